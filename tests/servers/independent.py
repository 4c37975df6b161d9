"""The independent client: reads an account with Python's imaplib, sharing no code with the project."""

import hashlib
import imaplib
import re
import ssl
from dataclasses import dataclass

imaplib._MAXLINE = 64 << 20  # UID SEARCH answers on one line

_BATCH_BYTES = 32 << 20
_LIST = re.compile(rb'^\((?P<attributes>[^)]*)\) (?:"(?P<delimiter>\\?.)"|NIL) (?P<name>.*)$', re.S)
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]*)"')


@dataclass(frozen=True)
class Message:
    sha256: str
    size: int


class Client:
    """One logged-in connection. Mailbox names are bytes, as they are on the wire."""

    def __init__(self, server, user: str, password: str | None = None, starttls: bool = False):
        context = ssl.create_default_context(cafile=server.ca_file)
        if starttls:
            self.imap = imaplib.IMAP4(server.host, server.imap_port)
            self.imap.starttls(context)
        else:
            self.imap = imaplib.IMAP4_SSL(server.host, server.imaps_port, ssl_context=context)
        credentials = f"\0{user}\0{server.users[user] if password is None else password}".encode()
        self.imap.authenticate("PLAIN", lambda _: credentials)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.imap.shutdown()

    def check(self, answer: tuple) -> list:
        status, data = answer
        if status != "OK":
            raise RuntimeError(f"the server answered {status}: {data}")
        return data

    def mailboxes(self) -> list[bytes]:
        """All that can be selected."""
        names = []
        for line in self.check(self.imap.list('""', "*")):
            head, literal = line if isinstance(line, tuple) else (line, None)
            match = _LIST.match(head or b"")
            if match and b"\\noselect" not in match["attributes"].lower():
                names.append(literal if literal is not None else _unquote(match["name"]))
        return names

    def examine(self, mailbox: bytes) -> None:
        self.check(self.imap.select(quote(mailbox), readonly=True))

    def select(self, mailbox: bytes) -> None:
        self.check(self.imap.select(quote(mailbox)))

    def uids(self) -> list[int]:
        return [int(word) for word in (self.check(self.imap.uid("SEARCH", "ALL"))[0] or b"").split()]

    def flags(self, mailbox: bytes) -> dict[int, frozenset[str]]:
        """UID to flags, \\Recent left out."""
        self.examine(mailbox)
        result = {}
        for line in self._fetch_all("(UID FLAGS)"):
            words = _FLAGS.search(line)[1].decode().split()
            result[int(_UID.search(line)[1])] = frozenset(word for word in words if word != "\\Recent")
        return result

    def dates(self, mailbox: bytes) -> dict[int, str]:
        """UID to INTERNALDATE as the server writes it."""
        self.examine(mailbox)
        return {int(_UID.search(line)[1]): _DATE.search(line)[1].decode()
                for line in self._fetch_all("(UID INTERNALDATE)")}

    def messages(self, mailbox: bytes) -> dict[int, Message]:
        """UID to hash and size of the bytes of BODY.PEEK[]."""
        self.examine(mailbox)
        sizes = {int(_UID.search(line)[1]): int(_SIZE.search(line)[1]) for line in self._fetch_all("(UID RFC822.SIZE)")}
        result = {}
        for batch in _batches(sizes):
            result |= self._bodies(batch)
        return result

    def account(self) -> dict[tuple[bytes, int], Message]:
        """Every message of every mailbox."""
        return {(mailbox, uid): message for mailbox in self.mailboxes()
                for uid, message in self.messages(mailbox).items()}

    def append(self, mailbox: bytes, message: bytes, flags: str = "", when: str | None = None) -> None:
        self.check(self.imap.append(quote(mailbox), flags, when, message))

    def store(self, uids: str, operation: str, flags: str) -> None:
        self.check(self.imap.uid("STORE", uids, operation, flags))

    def remove(self, uids: str) -> None:
        self.store(uids, "+FLAGS", "(\\Deleted)")
        self.check(self.imap.expunge())

    def _fetch_all(self, items: str) -> list[bytes]:
        if not self.uids():
            return []
        return [line for line in self.check(self.imap.uid("FETCH", "1:*", items)) if line and _UID.search(line)]

    def _bodies(self, uids: list[int]) -> dict[int, Message]:
        answer = self.check(self.imap.uid("FETCH", ",".join(map(str, uids)), "(UID BODY.PEEK[])"))
        result = {}
        for line in answer:
            if isinstance(line, tuple):
                result[int(_UID.search(line[0])[1])] = Message(hashlib.sha256(line[1]).hexdigest(), len(line[1]))
            elif line and b'BODY[] ""' in line:
                result[int(_UID.search(line)[1])] = Message(hashlib.sha256(b"").hexdigest(), 0)
        return result


def quote(mailbox: bytes) -> str:
    text = mailbox.decode("latin-1").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _unquote(name: bytes) -> bytes:
    if name.startswith(b'"') and name.endswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", name[1:-1])
    return name


def _batches(sizes: dict[int, int]) -> list[list[int]]:
    """UIDs in groups of about _BATCH_BYTES."""
    batches, current, held = [], [], 0
    for uid, size in sizes.items():
        current.append(uid)
        held += size
        if held >= _BATCH_BYTES or len(current) >= 1000:
            batches.append(current)
            current, held = [], 0
    return batches + ([current] if current else [])
