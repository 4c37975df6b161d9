"""A mailbox of 300,000 messages: what our programs keep in memory must not grow with it, and listing it must be quick."""

import hashlib
import os
import pathlib
import random
from collections.abc import Iterator

from benchmark.budgets import Figure, ratio
from benchmark.setting import Run, Setting, median, run
from dovecot import Dovecot
from maildir import Maildir
from programs import PROGRAMS, Backup, Mount

MESSAGES = 300_000
MAILBOX = "Large"
USER = "large"
WHEN = 1_577_934_245
LISTINGS = 5


def measure(setting: Setting) -> dict[str, Figure]:
    with Dovecot({USER: "large"}) as server, Backup() as backup:
        fill(server.maildir(USER))
        backup.init().add(server, USER)
        figures = {"large/first": memory(command(backup, "sync", "--quiet")),
                   "large/nothing": memory(command(backup, "sync", "--quiet")),
                   "large/check": memory(command(backup, "check"))}
        with backup.mount() as mount:
            reading = run("grep", "-rlF", "no mail says this", f"{mount.point / USER / 'latest'}/", expect=(0, 1))
            figures["large/mount"] = Figure(mount.resident_peak_mib(), f"read in {reading.seconds:.1f} s")
        figures |= listing(backup, setting.place / "large")
        return figures | {"large/optimize": memory(command(backup, "optimize"))}


def listing(backup: Backup, plain: pathlib.Path) -> dict[str, Figure]:
    """Each time in a new mount, so that the kernel knows nothing, against files of the same names."""
    with backup.mount() as mount:
        make_empty_files(plain, os.listdir(mailbox_in(mount)))
    run("ls", "-l", plain)
    ours, theirs, first_entries = [], [], []
    for _ in range(LISTINGS):
        with backup.mount() as mount:
            first_entries.append(run("sh", "-c", f"ls -f '{mailbox_in(mount)}' | head -1"))
        with backup.mount() as mount:
            ours.append(run("ls", "-l", mailbox_in(mount)))
        theirs.append(run("ls", "-l", plain))
    return {"large/listing": ratio(median(ours), median(theirs), "s"),
            "large/first-entry": Figure(median(first_entries))}


def mailbox_in(mount: Mount) -> pathlib.Path:
    return mount.point / USER / "latest" / MAILBOX


def make_empty_files(directory: pathlib.Path, names: list[str]) -> None:
    directory.mkdir()
    for name in names:
        (directory / name).touch()


def fill(maildir: Maildir) -> None:
    for message in messages():
        maildir.deliver(MAILBOX, message, WHEN)


def messages() -> Iterator[bytes]:
    chance = random.Random(1)
    words = [hashlib.sha256(b"%d" % number).hexdigest()[:2 + number % 7].encode() for number in range(5000)]
    for number in range(MESSAGES):
        text = b" ".join(chance.choices(words, k=chance.randrange(20, 200)))
        yield b"Message-ID: <%d@bench>\r\nSubject: %d\r\n\r\n%s\r\n" % (number, number, text)


def command(backup: Backup, *arguments: str) -> Run:
    return run(PROGRAMS / "mailbackup", *arguments, environment=backup.environment)


def memory(measured: Run) -> Figure:
    return Figure(measured.resident_mib, f"{measured.seconds:.1f} s")
