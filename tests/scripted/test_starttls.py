"""Somebody between us and the server, before TLS begins: the cases of "Why TLS Is Better Without STARTTLS" (2021) and
some more. Whatever is said, nothing goes out in the clear but CAPABILITY and STARTTLS, and the login never begins."""

import base64
import pathlib
import re
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "servers"))

from certificates import Certificates
from programs import SERVER, Backup

PASSWORD = "sesame-open"
HELLO = b"\x16"  # how a TLS record with a ClientHello begins
SILENCE_SECONDS = 0.2  # after which the man in the middle hangs up, unless he knows that more will come
PATIENCE_SECONDS = 60
ALLOWED = re.compile(rb"([A-Za-z0-9]+ (CAPABILITY|STARTTLS|LOGOUT)\r\n)*(\x16.*)?", re.S)

READY = b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"
UNTAGGED = {
    "list": b'* LIST (\\Noselect) "/" "evil"\r\n', "lsub": b'* LSUB () "/" "evil"\r\n',
    "status": b'* STATUS "INBOX" (MESSAGES 100)\r\n', "status2": b"* STATUS INBOX (UIDNEXT 1 UIDVALIDITY 1)\r\n",
    "search": b"* SEARCH 1 2 3\r\n", "flags": b"* FLAGS (\\Seen evil)\r\n", "exists": b"* 23 EXISTS\r\n",
    "recent": b"* 5 RECENT\r\n", "expunge": b"* 1 EXPUNGE\r\n", "fetch": b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n",
    "body": b"* 1 FETCH (UID 1 BODY[] {5}\r\nevil!)\r\n", "namespace": b'* NAMESPACE (("" "/")) NIL NIL\r\n',
    "referral": b"* OK [REFERRAL imaps://evil.example:993/] go there\r\n", "alert": b"* OK [ALERT] call 555-EVIL\r\n",
    "capability": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "preauth": b"* PREAUTH you are in\r\n",
    "no": b"* NO [ALERT] evil\r\n", "bad": b"* BAD evil\r\n", "bye": b"* BYE [REFERRAL imap://evil.example/] gone\r\n",
    "continuation": b"+ go on\r\n", "challenge": b"+ \r\n",
}
GREETINGS = {
    "preauth": b"* PREAUTH in\r\n", "preauth-capability": b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] in\r\n",
    "preauth-no-starttls": b"* PREAUTH [CAPABILITY IMAP4rev1 AUTH=PLAIN] in\r\n",
    "preauth-lower": b"* preauth in\r\n", "preauth-referral": b"* PREAUTH [REFERRAL imap://evil.example/] in\r\n",
    "ok-alert": b"* OK [ALERT] call 555-EVIL\r\n", "ok-badcharset": b"* OK [BADCHARSET (evil)] x\r\n",
    "ok-parse": b"* OK [PARSE] x\r\n", "no-alert": b"* NO [ALERT] x\r\n", "no-badcharset": b"* NO [BADCHARSET ({4}) x\r\n",
    "no-parse": b"* NO [PARSE] x\r\n", "bye-referral": b"* BYE [REFERRAL imap://evil.example/] x\r\n",
    "bye-alert": b"* BYE [ALERT] \x1b[2Jcall\r\n", "tagged": b"A1 OK ready\r\n", "bad": b"* BAD x\r\n",
    "no-star": b"OK ready\r\n", "empty": b"\r\n", "only-auth": b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n",
    "no-starttls": b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "capability-list": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n",
    "smtp": b"220 mail.example ESMTP\r\n", "nul": b"* OK \0 ready\r\n",
}
ANSWERS = {  # to STARTTLS; TAG is the command's
    "no": b"TAG NO not here\r\n", "bad": b"TAG BAD what?\r\n", "bye": b"TAG BYE x\r\n", "preauth": b"TAG PREAUTH x\r\n",
    "untagged-ok": b"* OK begin TLS now\r\n", "wrong-tag": b"A2 OK begin\r\n", "longer-tag": b"TAG1 OK begin\r\n",
    "upper-tag": b"tAg OK begin\r\n", "no-referral": b"TAG NO [REFERRAL imap://evil.example/] x\r\n",
    "no-capability": b"TAG NO [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\r\n", "ok-word": b"TAG OKAY begin\r\n",
    "continuation": b"+ begin\r\n", "nothing": b"", "garbage": b"\xff\xfe\0\r\n", "unfinished": b"TAG OK begin",
    "ok-capability": b"TAG OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] begin\r\n* OK more\r\n",
    "ok-tagged-again": b"TAG OK begin\r\nTAG OK again\r\n", "ok-byte": b"TAG OK begin\r\n*",
}


class Middle:
    """Takes one connection: says `greeting`, answers STARTTLS with `answer`, hangs up when it is told no more. `heard` is
    all that came in the clear and the beginning of a ClientHello."""

    def __init__(self, greeting: bytes = READY, answer: bytes = b"TAG OK begin\r\n", patience: float = SILENCE_SECONDS):
        self.greeting, self.answer, self.patience, self.heard = greeting, answer, patience, b""

    def __enter__(self) -> "Middle":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(self.patience)
            try:
                connection.sendall(self.greeting)
                while received := connection.recv(65536):
                    self.heard += received
                    if HELLO in received:
                        return
                    for tag, command in re.findall(rb"(\w+) (\w+)\r\n", received):
                        connection.sendall(self._answer_to(command).replace(b"TAG", tag))
            except OSError:
                pass  # silence, or the client went away

    def _answer_to(self, command: bytes) -> bytes:
        if command == b"STARTTLS":
            return self.answer
        return b"* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n"


class Between(unittest.TestCase):
    def setUp(self):
        self.backup = self.enterContext(Backup()).init()
        (self.backup.home / "certificates").mkdir()
        self.authority = Certificates(self.backup.home / "certificates").authority
        self.secret = self.backup.secret_file(PASSWORD)

    def check(self, name: str, may_begin_tls: bool = False, **how: bytes) -> None:
        with self.subTest(name), Middle(**how) as middle:
            result = self.backup.run("add", "alice", "--host", "127.0.0.1", "--port", middle.port, "--tls", "starttls",
                                     "--password-file", self.secret, "--ca-file", self.authority, expect=SERVER)
            self.assertTrue(ALLOWED.fullmatch(middle.heard), middle.heard)
            for secret in (PASSWORD.encode(), base64.b64encode(PASSWORD.encode()), b"alice"):
                self.assertNotIn(secret, middle.heard)
            self.assertNotIn("\x1b", result.err)
            if not may_begin_tls:
                self.assertNotIn(HELLO, middle.heard)

    def test_greetings(self):
        for name, greeting in GREETINGS.items():
            self.check(name, may_begin_tls=not name.startswith(("preauth", "no-alert", "bye")), greeting=greeting)

    def test_untagged_after_the_greeting(self):
        for name, response in UNTAGGED.items():
            self.check(name, may_begin_tls=True, greeting=READY + response)

    def test_untagged_before_the_answer(self):
        for name, response in UNTAGGED.items():
            self.check(name, may_begin_tls=True, answer=response + b"TAG OK begin\r\n")

    def test_untagged_behind_the_answer(self):
        """In one piece with it: this is what would be taken for the server's word inside TLS."""
        for name, response in UNTAGGED.items():
            self.check(name, answer=b"TAG OK begin\r\n" + response)

    def test_answers(self):
        for name, answer in ANSWERS.items():
            self.check(name, answer=answer)

    def test_a_good_one_begins_tls(self):
        """So the others are not good for a reason of no interest."""
        with Middle(patience=PATIENCE_SECONDS) as middle:
            self.backup.run("add", "alice", "--host", "127.0.0.1", "--port", middle.port, "--tls", "starttls",
                            "--password-file", self.secret, expect=SERVER)
        self.assertIn(HELLO, middle.heard)


if __name__ == "__main__":
    unittest.main()
