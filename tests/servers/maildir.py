"""Writes messages into a Maildir tree as Dovecot reads it: LAYOUT=fs, mailbox names in modified UTF-7."""

import base64
import os
import pathlib

_FLAG_LETTERS = {"\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}


def encode_mailbox_name(name: str) -> str:
    """Modified UTF-7 (RFC 3501 section 5.1.3)."""
    out, shifted = [], []

    def flush() -> None:
        if shifted:
            text = base64.b64encode("".join(shifted).encode("utf-16-be")).decode().rstrip("=")
            out.append("&" + text.replace("/", ",") + "-")
            shifted.clear()

    for character in name:
        if " " <= character <= "~":
            flush()
            out.append("&-" if character == "&" else character)
        else:
            shifted.append(character)
    flush()
    return "".join(out)


def decode_mailbox_name(name: str) -> str:
    """The opposite; raises ValueError on what is not modified UTF-7."""
    out, position = [], 0
    while position < len(name):
        if name[position] != "&":
            out.append(name[position])
            position += 1
            continue
        end = name.index("-", position)
        out.append(_decode_shifted(name[position + 1:end]))
        position = end + 1
    return "".join(out)


def _decode_shifted(text: str) -> str:
    if not text:
        return "&"
    padded = text.replace(",", "/") + "=" * (-len(text) % 4)
    return base64.b64decode(padded, validate=True).decode("utf-16-be")


class Maildir:
    """One user's mail below `root`. Files are owned by `owner` (uid, gid) where that is given."""

    def __init__(self, root: pathlib.Path, owner: tuple[int, int] | None = None):
        self.root = root
        self.owner = owner
        self._sequence = 0

    def folder(self, mailbox: str) -> pathlib.Path:
        return self.root if mailbox == "INBOX" else self.root / encode_mailbox_name(mailbox)

    def create(self, mailbox: str) -> pathlib.Path:
        folder = self.folder(mailbox)
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        if self.owner:
            self._own(folder)
        return folder

    def deliver(self, mailbox: str, message: bytes, when: int, flags: tuple[str, ...] = ()) -> pathlib.Path:
        """Stores one message; `when` becomes its INTERNALDATE. UIDs follow the order of delivery."""
        folder = self.folder(mailbox)
        if not (folder / "cur").is_dir():
            self.create(mailbox)
        self._sequence += 1
        letters = "".join(sorted(_FLAG_LETTERS[flag] for flag in flags))
        name = f"{1000000000 + self._sequence}.M{self._sequence}.sample,{_sizes(message)}:2,{letters}"
        path = folder / "cur" / name
        path.write_bytes(message)
        os.utime(path, (when, when))
        if self.owner:
            os.chown(path, *self.owner)
        return path

    def _own(self, folder: pathlib.Path) -> None:
        chain = [folder, *(parent for parent in folder.parents if parent.is_relative_to(self.root))]
        for directory in chain:
            os.chown(directory, *self.owner)
        for part in ("cur", "new", "tmp"):
            os.chown(folder / part, *self.owner)


def _sizes(message: bytes) -> str:
    """S= the size of the file, W= with CRLF line ends: Dovecot then need not read the file to know them."""
    bare = message.count(b"\n") - message.count(b"\r\n")
    return f"S={len(message)},W={len(message) + bare}"
