"""What a plain IMAP4rev1 server answers, out of the mailboxes of a peer file: LIST, STATUS, EXAMINE and UID FETCH."""

import re

from peer_file import Mailbox, Message

DATE = '"02-Jan-2020 03:04:05 +0000"'


class NotOrdinary(Exception):
    """No plain server knows this command, or it makes no sense here."""


def _quoted(octets: bytes) -> bytes:
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _name_in(argument: bytes) -> bytes:
    """A mailbox name as a client writes it: a literal, a quoted string, or an atom."""
    if literal := re.match(rb"\{(\d+)\+?\}", argument):
        return argument[literal.end():][:int(literal[1])]
    if quoted := re.match(rb'"((?:[^"\\]|\\.)*)"', argument):
        return re.sub(rb"\\(.)", rb"\1", quoted[1])
    return argument.partition(b" ")[0]


def _uids_in(uid_set: str, highest: int) -> list[range]:
    ranges = []
    for part in uid_set.split(","):
        first, _, last = part.partition(":")
        ends = sorted(highest if end == "*" else int(end) for end in (first, last or first))
        ranges.append(range(ends[0], ends[1] + 1))
    return ranges


def asks_for(command: bytes, uid: int) -> bool:
    """Whether the set of UIDs in a command has this one."""
    uid_set = re.match(rb"UID FETCH ([0-9:*,]+)", command)
    return bool(uid_set) and any(uid in part for part in _uids_in(uid_set[1].decode(), 2**32 - 1))


def _state(mailbox: Mailbox) -> dict[str, int]:
    """What STATUS knows; what the file says is `none` is left out."""
    state = {"MESSAGES": mailbox.words.get("exists", len(mailbox.messages)),
             "UIDNEXT": mailbox.words.get("uidnext", max((message.uid for message in mailbox.messages), default=0) + 1),
             "UIDVALIDITY": mailbox.words.get("uidvalidity", 7), "HIGHESTMODSEQ": mailbox.words.get("modseq", "none")}
    return {item: int(value) for item, value in state.items() if value != "none"}


def _body(message: Message) -> bytes:
    kind = message.words.get("body")
    if kind in ("nil", "quoted"):
        return b"NIL" if kind == "nil" else _quoted(message.content)
    return b"{%d}\r\n%b" % (int(message.words.get("literal", len(message.content))), message.content)


def _items(message: Message, asked: str) -> list[bytes]:
    words = message.words
    items = [b"UID %d" % message.uid]
    if "FLAGS" in asked:
        items.append(b"FLAGS (%b)" % " ".join(message.flags).encode())
    if "INTERNALDATE" in asked and words.get("date") != "none":
        date = words.get("date", DATE.strip('"'))
        items.append(b"INTERNALDATE " + (b"NIL" if date == "nil" else _quoted(date.encode())))
    if words.get("size") != "none" and ("RFC822.SIZE" in asked or "size" in words):
        items.append(b"RFC822.SIZE %d" % int(words.get("size", len(message.content))))
    if "BODY.PEEK[HEADER]" in asked:
        header = message.content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        items.append(b"BODY[HEADER] {%d}\r\n%b" % (len(header), header))
    for item, word in (("EMAILID", "(%s)"), ("X-GM-MSGID", "%s")):
        if item in asked and "origin" in words:
            items.append(f"{item} {word % words['origin']}".encode())
    if sample := re.search(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>", asked):
        piece = message.content[int(sample[1]):][:int(sample[2])]
        items.append(b"BODY[]<%b> {%d}\r\n%b" % (sample[1].encode(), len(piece), piece))
    elif "BODY.PEEK[]" in asked and words.get("body") != "absent":
        items.append(b"BODY[] " + _body(message))
    return items


def _fetched(messages: list[tuple[int, Message]], asked: str) -> bytes:
    told = [(number, message) for number, message in messages
            if "BODY" not in asked or message.words.get("body") != "silent"]
    return b"".join(b"* %d FETCH (%b)\r\n" % (number, b" ".join(_items(message, asked))) for number, message in told)


class OrdinaryServer:
    """One connection's view of the mailboxes."""

    def __init__(self, mailboxes: dict[bytes, Mailbox]):
        self.mailboxes = mailboxes
        self.opened: Mailbox | None = None

    def answer(self, command: bytes, without: int | None = None) -> tuple[bytes, bytes]:
        """The data, and the last line without its tag. `without`: a UID that is passed over."""
        verbs = {b"LIST ": self._list, b"STATUS ": self._status, b"EXAMINE ": self._examine}
        for verb, answer in verbs.items():
            if command.startswith(verb):
                return answer(command.removeprefix(verb))
        if command.startswith(b"UID SEARCH "):
            return self._search(), b"OK done"
        asked, messages = self._messages_of(command)
        return _fetched([(number, message) for number, message in messages if message.uid != without], asked), b"OK done"

    def limited_answer(self, command: bytes, limit: int) -> tuple[bytes, bytes]:
        """About the newest messages only (RFC 9738)."""
        asked, messages = self._messages_of(command)
        newest = messages[-limit:]
        code = b"[MESSAGELIMIT %d %d] " % (limit, newest[0][1].uid) if len(messages) > limit else b""
        return _fetched(newest, asked), b"OK %bdone" % code

    def _search(self) -> bytes:
        """All there are, whatever was looked for."""
        return b"* SEARCH" + b"".join(b" %d" % message.uid for message in self.opened.messages) + b"\r\n"

    def _messages_of(self, command: bytes) -> tuple[str, list[tuple[int, Message]]]:
        """What a UID FETCH asks for, and the messages it is about with their numbers."""
        fetch = re.fullmatch(rb"UID FETCH (\S+) \((.*)\)", command)
        if not fetch or not self.opened:
            raise NotOrdinary(command)
        messages = self.opened.messages
        wanted = _uids_in(fetch[1].decode(), max((message.uid for message in messages), default=0))
        return fetch[2].decode(), [(number, message) for number, message in enumerate(messages, 1)
                                   if any(message.uid in part for part in wanted)]

    def _list(self, arguments: bytes) -> tuple[bytes, bytes]:
        pattern = _name_in(arguments.partition(b" ")[2])
        matches = re.compile(re.escape(pattern).replace(rb"\*", b".*").replace(rb"%", b"[^/]*"), re.S)
        status = re.search(rb"RETURN \(.*STATUS \((.*?)\)", arguments)
        answer = b""
        for mailbox in self.mailboxes.values():
            if not matches.fullmatch(mailbox.name):
                continue
            delimiter = mailbox.words.get("delimiter", "/")
            answer += b"* LIST (%b) %b %b\r\n" % (" ".join(mailbox.attributes).encode(),
                                                  b"NIL" if delimiter == "none" else _quoted(delimiter.encode()),
                                                  _quoted(mailbox.name))
            if status and "\\Noselect" not in mailbox.attributes:
                answer += self._status_line(mailbox, status[1].decode().split())
        return answer, b"OK listed"

    @staticmethod
    def _status_line(mailbox: Mailbox, items: list[str]) -> bytes:
        state = _state(mailbox)
        told = " ".join(f"{item} {state[item]}" for item in items if item in state)
        return b"* STATUS %b (%b)\r\n" % (_quoted(mailbox.name), told.encode())

    def _find(self, name: bytes) -> Mailbox | None:
        mailbox = self.mailboxes.get(b"INBOX" if name.upper() == b"INBOX" and name not in self.mailboxes else name)
        return None if mailbox is None or "\\Noselect" in mailbox.attributes else mailbox

    def _status(self, arguments: bytes) -> tuple[bytes, bytes]:
        mailbox = self._find(_name_in(arguments))
        items = re.search(rb"\(([A-Z ]*)\)$", arguments)
        if not mailbox or not items:
            return b"", b"NO [NONEXISTENT] no such mailbox"
        return self._status_line(mailbox, items[1].decode().split()), b"OK done"

    def _examine(self, arguments: bytes) -> tuple[bytes, bytes]:
        self.opened = self._find(_name_in(arguments))
        if not self.opened:
            return b"", b"NO [NONEXISTENT] no such mailbox"
        state = _state(self.opened)
        answer = b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
        answer += b"* %d EXISTS\r\n" % state.pop("MESSAGES")
        answer += b"".join(b"* OK [%b %d] so it is\r\n" % (item.encode(), value) for item, value in state.items())
        return answer, b"OK [READ-ONLY] open"
