"""The files in peers/: what a server has, what it says, and what a backup of it comes to.

A file is made of blocks with an empty line between them. A line that starts with # is a comment.

    mail NAME                The bytes of a message: each line with CRLF behind it; a line of one dot is an empty line; one
    Subject: hello           that ends with \\ goes on without CRLF. %UID% becomes the UID of the message.

    mailbox NAME WORD...     A mailbox: its name as LIST tells it, attributes (\\Noselect) and KEY=VALUE of MAILBOX_WORDS. Each
    1 hello \\Seen            line is a message: UID, 5:9, or 5:9/2, then the name of its mail, flags, and KEY=VALUE of MESSAGE_WORDS.
                             A file whose first run has mailboxes has not those of base.imap.

    on PATTERN               An answer other than the ordinary one, to commands that fit a shell pattern (* is anything; the
    ?CONDITION               command is without its tag); `on greeting` is for the beginning. The first rule that fits is
    ANSWER                   taken. Those of base.imap come last, then the ordinary answer out of the mailboxes. In an answer
                             TAG is the command's tag, \\xNN an octet, and \\ at the end as above.

    expect EXIT              How the run ends (`expect add EXIT`: adding the account, which then fails), and below it:
    says WORDS                 what it says,
    holds MAILBOX UID=MAIL...  what the mailbox has, and nothing else: 5:9=hello; `held NUMBER MAILBOX ...` in an old snapshot,
    flags MAILBOX UID=FLAG,...   with these flags,
    names NAME...              what is in the root of the snapshot,
    asked PATTERN              a command that was said; `never PATTERN`: one that was not,
    bodies NUMBER              how many bodies came over the wire,
    quiet                      no warning and no error.

    next run                 What follows is new with the next run: its rules come before those above, its mailboxes in the
                             place of those of their name; `mailbox NAME gone` takes one away.

Conditions: ?first           only once in a run           ?has UID      a set of UIDs that has this one
            ?after PATTERN   said on this connection      ?longer BYTES
            ?before PATTERN  not yet said on it           ?connection NUMBER  counted in the run, from 1
Directives, instead of a line of the answer:
            !answer          the ordinary answer          !data [without UID]  the same without its last line
            !tls             the TLS handshake            !inject   sends the next line together with the line before
            !limited N       the ordinary answer about the N highest of the messages asked for, as MESSAGELIMIT has it
            !repeat N TEXT   so many times, without CRLF; %N% in it counts from 1
            !slowly          one byte now and then, for ever
            !open            opens the mailbox that an EXAMINE asks for without a word
            !close           says goodbye and closes      !cut      closes without a goodbye, both in the middle of anything
"""

import fnmatch
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

PEERS = pathlib.Path(__file__).parent / "peers"

# `none` instead of a value: it is not told.
MAILBOX_WORDS = ("uidvalidity", "uidnext", "modseq", "exists", "delimiter")
# size: of RFC822.SIZE, told unasked; literal: the length announced; body: nil, quoted, absent (no body in the answer), silent
# (no answer); origin: EMAILID or X-GM-MSGID.
MESSAGE_WORDS = ("size", "date", "literal", "body", "origin")


def octets(text: str) -> bytes:
    return text.encode().decode("unicode_escape").encode("latin-1")


def line_octets(line: str) -> bytes:
    if line.endswith("\\") and not line.endswith("\\\\"):
        return octets(line[:-1])
    return octets(line) + b"\r\n"


def words_of(line: str) -> list[str]:
    """Split at spaces outside of quotes; the quotes go."""
    return [word.replace('"', "") for word in re.findall(r'(?:[^\s"]|"[^"]*")+', line)]


def fits(command: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(command, pattern.replace("[", "[[]"))


def uids_of(text: str) -> range:
    """5, 5:9, or 5:9/2: every second one."""
    first, last, step = re.fullmatch(r"(\d+)(?::(\d+))?(?:/(\d+))?", text).groups()
    return range(int(first), int(last or first) + 1, int(step or 1))


@dataclass
class Message:
    uid: int
    content: bytes
    flags: list[str]
    words: dict[str, str]


@dataclass
class Mailbox:
    name: bytes
    attributes: list[str]
    words: dict[str, str]
    messages: list[Message]


@dataclass
class Rule:
    pattern: str
    conditions: list[str]
    answer: list[str]
    used: bool = False  # in this run


@dataclass
class Act:
    """What holds in one run."""
    rules: list[Rule] = field(default_factory=list)
    mailboxes: dict[bytes, Mailbox] = field(default_factory=dict)
    expectations: list[str] = field(default_factory=list)


def _blocks(name: str) -> list[list[str]]:
    blocks = ([line for line in block.splitlines() if line and not line.startswith("#")]
              for block in re.split(r"\n\s*\n", (PEERS / f"{name}.imap").read_text()))
    return [block for block in blocks if block]


def _rule(block: list[str]) -> Rule:
    conditions = [line[1:] for line in block[1:] if line.startswith("?")]
    return Rule(block[0].removeprefix("on "), conditions, [line for line in block[1:] if not line.startswith("?")])


class PeerFile:
    """`acts`: one for each run. `mails`: what was defined, by name."""

    def __init__(self, name: str):
        base, own = _blocks("base"), _blocks(name)
        self.mails: dict[str, bytes] = {}
        self.acts = [Act()]
        first_act = own[:own.index(["next run"])] if ["next run"] in own else own
        if any(block[0].startswith("mailbox ") for block in first_act):
            base = [block for block in base if not block[0].startswith("mailbox ")]
        self._read(base)
        last_rules, self.acts[0].rules = self.acts[0].rules, []
        self._read(own)
        for act in self.acts:
            act.rules = last_rules = act.rules + last_rules

    def mail(self, name: str, uid: int) -> bytes:
        return self.mails[name].replace(b"%UID%", b"%d" % uid)

    def _read(self, blocks: list[list[str]]) -> None:
        for block in blocks:
            kind, _, rest = block[0].partition(" ")
            if kind == "mail":
                self.mails[rest] = b"".join(line_octets("" if line == "." else line) for line in block[1:])
            elif kind == "mailbox":
                self._add_mailbox(words_of(rest), block[1:])
            elif kind == "on":
                self.acts[-1].rules.append(_rule(block))
            elif kind == "expect":
                self.acts[-1].expectations = block
            elif block == ["next run"]:
                self.acts.append(Act(mailboxes=dict(self.acts[-1].mailboxes)))
            else:
                raise ValueError(f"{block[0]}: no block starts like this")

    def _add_mailbox(self, words: list[str], lines: list[str]) -> None:
        name = octets(words[0])
        if words[1:] == ["gone"]:
            del self.acts[-1].mailboxes[name]
            return
        told, others = self._told(words[1:], MAILBOX_WORDS)
        messages = [message for line in lines for message in self._messages(line)]
        self.acts[-1].mailboxes[name] = Mailbox(name, others, told, messages)

    def _messages(self, line: str) -> Iterator[Message]:
        uids, mail, *words = words_of(line)
        told, flags = self._told(words, MESSAGE_WORDS)
        for uid in uids_of(uids):
            yield Message(uid, self.mail(mail, uid), flags, told)

    @staticmethod
    def _told(words: list[str], keys: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
        told = dict(word.split("=", 1) for word in words if word.partition("=")[0] in keys)
        return told, [word for word in words if word.partition("=")[0] not in keys]
