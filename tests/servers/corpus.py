"""A directory of messages, one file each in any tree, as the mail of an account."""

import os
import pathlib
from dataclasses import dataclass

from dovecot import Dovecot

LEAST_MAILBOXES = 8
MAILDIR_PARTS = ("cur", "new", "tmp")
_EARLIEST, _LATEST, _SOME_DAY = 600_000_000, 4_000_000_000, 1_577_934_245


@dataclass(frozen=True)
class Source:
    mailbox: str
    path: pathlib.Path


def collect(directory: pathlib.Path) -> list[Source]:
    """Mailboxes are named by the upper two levels of directories; where that gives few, messages are dealt out."""
    sources = []
    for folder, subfolders, names in os.walk(directory):
        subfolders.sort()
        parts = [part for part in pathlib.Path(folder).relative_to(directory).parts if part not in MAILDIR_PARTS]
        mailbox = "/".join(parts[:2])
        sources += [Source(mailbox, pathlib.Path(folder) / name) for name in sorted(names)]
    if len({source.mailbox for source in sources}) >= LEAST_MAILBOXES:
        return [Source(source.mailbox or "INBOX", source.path) for source in sources]
    return [Source(f"Part {1 + number * LEAST_MAILBOXES // len(sources)}", source.path)
            for number, source in enumerate(sources)]


def load(server: Dovecot, user: str, sources: list[Source]) -> int:
    """Puts them into the account's Maildir; INTERNALDATE is the file's time. Returns the bytes."""
    maildir = server.maildir(user)
    maildir.create("INBOX")
    total = 0
    for number, source in enumerate(sources):
        message = source.path.read_bytes()
        mtime = int(source.path.stat().st_mtime)
        flags = ("\\Seen",) * (number % 3 == 0) + ("\\Flagged",) * (number % 17 == 0)
        maildir.deliver(source.mailbox, message, mtime if _EARLIEST < mtime < _LATEST else _SOME_DAY, flags)
        total += len(message)
    return total
