"""Messages and mailbox names that real life brings: each is stored byte for byte as the server gives it."""

import os
import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, SOME_DAY, ServerTest
from independent import Client
from programs import Backup

BIG_BYTES = 60_000_000
DATE = '"02-Jan-2020 03:04:05 +0000"'

ODD_MESSAGES = {
    "empty": b"",
    "one byte": b"x",
    "no headers": b"just text, and no end of line",
    "only headers": b"Subject: nothing follows\n",
    "only an empty line": b"\n",
    "nul bytes": b"Subject: nul\0nul\n\nbefore\0after\n",
    "bare carriage returns": b"Subject: cr\n\none\rtwo\r\rthree\r\n",
    "all byte values": b"Subject: bytes\n\n" + bytes(range(256)) * 8,
    "a line without end": b"Subject: long\n\n" + b"x" * 3_000_000,
    "a header without end": b"Subject: " + b"y" * 300_000 + b"\n\nbody\n",
    "raw utf-8 subject": "Subject: zażółć 日本 \u202egpj.exe\n\nbody\n".encode(),
    "broken utf-8 subject": b"Subject: \xff\xfe\xc3\x28\n\nbody\n",
    "an encoded slash and dots": b"Subject: =?utf-8?q?../../etc/passwd=00?=\nFrom: /../\n\nbody\n",
    "looks like imap": b"Subject: )\n\n* 1 FETCH (UID 1 BODY[] {3}\nabc)\nA1 OK done\n",
    "no date": b"From: a@example.org\nSubject: no date\n\nbody\n",
    "impossible date": b"Date: Mon, 99 Foo 99999 99:99:99 +9999\nSubject: date\n\nbody\n",
}

ODD_MAILBOXES = (
    b"with space", b" leading and trailing ", b"quote\" and back\\slash", b"percent % star", b"apostrophe's",
    b"brackets (1) [2] {3}", b"Za&AXwA8wFCAQc- g&ARkBWw-l&AQU-", b"&ZeVnLIqe-/&TqxvwA-", b"A &- B", b"-rf", b"...",
    b"con", b"dollar$HOME", b"semi;colon`tick`", b"newyear&2Dzfhg-", b"very " + b"long " * 40 + b"name", b"a/b/c/d/e/f/g/h",
    b"case", b"CASE", b"Case",
)


class OddMail(ServerTest):
    def setUp(self):
        self.server = self.enterContext(Dovecot({ALICE: PASSWORD}))
        self.backup = self.enterContext(Backup()).init()

    def first_sync(self):
        self.backup.add(self.server, ALICE)
        self.backup.sync()
        self.backup.check()
        return self.enterContext(self.backup.mount())

    def test_odd_messages(self):
        maildir = self.server.maildir(ALICE)
        for message in ODD_MESSAGES.values():
            maildir.deliver("INBOX", message, SOME_DAY)
        count = self.assert_mount_equals_server(self.first_sync(), self.server)
        self.assertEqual(count, len(ODD_MESSAGES))

    def test_a_message_of_60_megabytes(self):
        half = os.urandom(BIG_BYTES // 2).replace(b"\n", b"\r")
        self.server.maildir(ALICE).deliver("INBOX", b"Subject: big\n\n" + half + b"z" * (BIG_BYTES // 2), SOME_DAY)
        self.server.maildir(ALICE).deliver("INBOX", b"Subject: small, after it\n\n.\n", SOME_DAY)
        self.assertEqual(self.assert_mount_equals_server(self.first_sync(), self.server), 2)

    def test_odd_mailbox_names(self):
        self.server.maildir(ALICE).create("INBOX")
        with Client(self.server, ALICE) as client:
            for number, mailbox in enumerate(ODD_MAILBOXES):
                client.check(client.imap.create(quoted(mailbox)))
                client.append(mailbox, b"Subject: in it\r\n\r\n%d\r\n" % number, "", DATE)
            expected = sorted(message.sha256 for message in client.account().values())
        mounted = self.first_sync().snapshot(ALICE).all()
        self.assertEqual(sorted(file.sha256 for file in mounted.values()), expected)
        self.assertEqual(len(mounted), len(ODD_MAILBOXES))
        for path in mounted:
            self.assertTrue(all(len(part.encode()) <= 255 for part in path.split("/")), path)


def quoted(mailbox: bytes) -> str:
    return '"' + mailbox.decode("latin-1").replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    unittest.main()
