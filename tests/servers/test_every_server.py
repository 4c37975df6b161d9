"""One suite of scenarios for every kind of server: MB_SERVER is dovecot, cyrus or courier. What is compared is what an
independent client reads. MB_LARGE=1 adds the scenarios with much mail."""

import os
import signal
import subprocess
import time
import unittest

from courier import Courier
from cyrus import ADMINISTRATOR, ADMINISTRATOR_PASSWORD, Cyrus
from dovecot import Dovecot
from fixtures import PASSWORD, ServerTest, hashes, sample_mailbox
from independent import Client, quote
from maildir import encode_mailbox_name
from meter import Meter
from programs import PATIENCE_SECONDS, SERVER, Backup, Mount

KIND = {kind.name: kind for kind in (Dovecot, Cyrus, Courier)}[os.environ.get("MB_SERVER", "dovecot")]
MUCH_MAIL = unittest.skipUnless(os.environ.get("MB_LARGE"), "only in the ordinary build")
MESSAGES = 60
MANY, DOUBLINGS = 157, 6  # 157 * 2**6 messages: just over 10,000
SHRINKING_BYTES = 3_000_000
BIG_BYTES = 60_000_000
DATE = '"02-Jan-2020 03:04:05 +0000"'

NAMES = (("Zażółć gęślą jaźń",), ("旅行", "京都"), ("Q & A",), ("with space", "and more"), ("brackets (1) [2]",),
         ("Ωmega" * 20,), ("a", "b", "c", "d", "e"), ("case",), ("CASE",), ("apostrophe's",), ("x -rf",), ("$HOME",))


def user_of(test: str) -> str:
    return test.removeprefix("test_").replace("_", "")


class EveryServer(ServerTest):
    @classmethod
    def setUpClass(cls):
        tests = unittest.TestLoader().getTestCaseNames(cls)
        cls.server = cls.enterClassContext(KIND({user_of(test): PASSWORD for test in tests}))

    def setUp(self):
        self.user = user_of(self._testMethodName)
        self.backup = self.enterContext(Backup()).init()

    def mailbox(self, *levels: str) -> bytes:
        """The name as the server wants it."""
        text = self.server.prefix + self.server.delimiter.join(levels)
        return encode_mailbox_name(text).encode()

    def client(self) -> Client:
        return self.enterContext(Client(self.server, self.user))

    def create(self, client: Client, *levels: str) -> bytes:
        name = self.mailbox(*levels)
        client.check(client.imap.create(quote(name)))
        return name

    def fill(self, client: Client, count: int = MESSAGES) -> None:
        """A person's mail in INBOX and below."""
        known = {"INBOX": b"INBOX"}
        for each in sample_mailbox.sample(1, count):
            if each.mailbox not in known:
                known[each.mailbox] = self.create(client, *each.mailbox.split("/"))
            client.append(known[each.mailbox], each.content, f"({' '.join(each.flags)})", DATE)

    def add(self, *options: object, **how: object):
        return self.backup.add(self.server, self.user, *options, **how)

    def first_sync(self, *options: object, **how: object) -> Mount:
        self.add(*options, **how)
        self.backup.sync()
        return self.enterContext(self.backup.mount())

    def assert_same(self, mount: Mount) -> int:
        count = self.assert_mount_equals_server(mount, self.server, self.user)
        self.assert_flags_equal_server(self.backup, self.server, self.user)
        self.backup.check()
        return count

    def test_first_sync(self):
        client = self.client()
        self.fill(client)
        flags = client.flags(b"INBOX")
        mount = self.first_sync()
        self.assertEqual(self.assert_same(mount), MESSAGES)
        before = self.backup.run("snapshots", "--json").out
        self.backup.sync()
        self.assertEqual(self.backup.run("snapshots", "--json").out, before)
        self.assertEqual(client.flags(b"INBOX"), flags)

    def test_starttls(self):
        self.fill(self.client(), 5)
        self.assertEqual(self.assert_same(self.first_sync(tls="starttls")), 5)

    def test_compressed(self):
        """Where the server can, and only when asked to on loopback; the same comes out."""
        client = self.client()
        self.fill(client, 20)
        client.append(b"INBOX", b"Subject: zeros\r\n\r\n" + b"0" * SHRINKING_BYTES, "", DATE)
        client.append(b"INBOX", b"Subject: noise\r\n\r\n" + os.urandom(500_000).hex().encode(), "", DATE)
        received = {}
        for how in ("auto", "on"):
            with Meter(self.server.imaps_port) as meter, Backup() as backup:
                backup.init().add(self.server, self.user, "--compress", how, port=meter.port)
                backup.sync()
                with backup.mount() as mount:
                    self.assertEqual(self.assert_mount_equals_server(mount, self.server, self.user), 22)
                received[how] = meter.received
        self.assertGreater(received["auto"], SHRINKING_BYTES)
        self.assertEqual(received["on"] < SHRINKING_BYTES, self.server.compresses, received)

    def test_every_mechanism(self):
        self.client().append(b"INBOX", b"Subject: one\r\n\r\n.\r\n", "", DATE)
        for mechanism in self.server.mechanisms:
            with self.subTest(mechanism):
                result = self.add("--auth", mechanism)
                self.assertIn(f"Logged in with {mechanism}.", result.out.decode())
                self.backup.sync()

    def test_changes(self):
        """New, expunged, flagged, moved, a renamed mailbox, a deleted one and a new one: all at once."""
        client = self.client()
        self.fill(client)
        doomed, old = self.create(client, "Doomed"), self.create(client, "Old", "Name")
        for number in range(3):
            client.append(doomed, b"Subject: doomed %d\r\n\r\n.\r\n" % number, "", DATE)
            client.append(old, b"Subject: moves %d\r\n\r\n.\r\n" % number, "(\\Seen)", DATE)
        mount = self.first_sync()
        first = mount.snapshots(self.user)[0]
        stored = hashes(mount.snapshot(self.user, first))
        client.select(b"INBOX")
        uids = client.uids()
        client.remove(",".join(map(str, uids[:3])))
        client.store(str(uids[3]), "FLAGS", "(\\Flagged \\Answered $Important Some-Keyword)")
        client.store(str(uids[4]), "-FLAGS", "(\\Seen)")
        client.check(client.imap.uid("COPY", str(uids[5]), quote(doomed)))
        client.append(b"INBOX", b"Subject: new\r\n\r\nhello\r\n", "(\\Draft)", DATE)
        client.check(client.imap.rename(quote(old), quote(self.mailbox("New", "Name"))))
        client.check(client.imap.delete(quote(self.create(client, "Short-lived"))))
        client.append(self.create(client, "Neu & größer"), b"Subject: first\r\n\r\nhere\r\n", "", DATE)
        self.backup.sync()
        self.assert_same(mount)
        self.assertEqual(len(mount.snapshots(self.user)), 2)
        self.assertEqual(hashes(mount.snapshot(self.user, first)), stored)

    def test_mailbox_deleted(self):
        client = self.client()
        doomed = self.create(client, "Doomed")
        client.append(doomed, b"Subject: doomed\r\n\r\n.\r\n", "", DATE)
        client.append(b"INBOX", b"Subject: stays\r\n\r\n.\r\n", "", DATE)
        mount = self.first_sync()
        first = mount.snapshots(self.user)[0]
        client.check(client.imap.delete(quote(doomed)))
        self.backup.sync()
        self.assertEqual(self.assert_same(mount), 1)
        self.assertFalse(mount.snapshot(self.user, delimiter=self.server.delimiter).mailbox(doomed).exists())
        self.assertEqual(len(mount.snapshot(self.user, first).all()), 2)

    def test_uidvalidity_changed(self):
        client = self.client()
        name = self.create(client, "Anew")
        client.append(name, b"Subject: first life\r\n\r\n.\r\n", "", DATE)
        mount = self.first_sync()
        time.sleep(1.1)  # Courier's UIDVALIDITY is the second in which the mailbox was made
        client.check(client.imap.delete(quote(name)))
        self.create(client, "Anew")
        client.append(name, b"Subject: second life\r\n\r\n.\r\n", "", DATE)
        self.backup.sync()
        self.assertEqual(self.assert_same(mount), 1)

    def test_international_names(self):
        client = self.client()
        for number, levels in enumerate(NAMES):
            client.append(self.create(client, *levels), b"Subject: in it %d\r\n\r\n.\r\n" % number, "", DATE)
        self.assertEqual(self.assert_same(self.first_sync()), len(NAMES))

    def test_empty_mailboxes(self):
        client = self.client()
        client.append(b"INBOX", b"Subject: alone\r\n\r\n.\r\n", "", DATE)
        names = [self.create(client, "Empty"), self.create(client, "Above", "Below")]
        mount = self.first_sync()
        self.assert_same(mount)
        for name in names:
            self.assertTrue(mount.snapshot(self.user, delimiter=self.server.delimiter).mailbox(name).is_dir(), name)

    @unittest.skipIf(KIND is not Cyrus, "only Cyrus shares mailboxes without further ado")
    def test_mailboxes_of_others(self):
        """Those are for others to back up, unless one asks for them."""
        other = Client(self.server, user_of("test_first_sync"))
        with other:
            other.check(other.imap.create(quote(self.mailbox("Ours"))))
            other.append(self.mailbox("Ours"), b"Subject: shared\r\n\r\n.\r\n", "", DATE)
            other.check(other.imap.setacl(quote(self.mailbox("Ours")), self.user, "lrs"))
        client = self.client()
        client.append(b"INBOX", b"Subject: mine\r\n\r\n.\r\n", "", DATE)
        self.assertEqual(len(client.mailboxes()), 2)
        mount = self.first_sync()
        self.assertEqual(len(mount.snapshot(self.user).all()), 1)
        self.add("--shared")
        self.backup.sync()
        self.assertEqual(self.assert_same(mount), 2)

    @unittest.skipIf(KIND is not Cyrus, "only Cyrus has quotas without further ado")
    def test_quota(self):
        with Client(self.server, ADMINISTRATOR, ADMINISTRATOR_PASSWORD) as administrator:
            administrator.check(administrator.imap.setquota(f"user.{self.user}", "(STORAGE 5000)"))
        self.client().append(b"INBOX", b"Subject: takes room\r\n\r\n" + b"x" * 100_000, "", DATE)
        self.assertIn("kB of 5.1 MB taken", self.add().out.decode())
        account, = self.backup.run("sync", "--json").json["accounts"]
        self.assertTrue(account["server"].startswith("Cyrus IMAPD "), account["server"])
        self.assertEqual(account["quota_limit"], 5000 * 1024)
        self.assertIn(account["quota_used"] // 1000, range(90, 120))

    def test_special_use(self):
        client = self.client()
        name = self.mailbox("Gesendet")
        use = "(USE (\\Sent))" if "CREATE-SPECIAL-USE" in client.imap.capability()[1][0].decode() else ""
        client.check(client.imap._simple_command("CREATE", quote(name), *([use] if use else [])))
        client.append(name, b"Subject: sent\r\n\r\n.\r\n", "", DATE)
        self.assertEqual(self.assert_same(self.first_sync()), 1)

    def test_wrong_password(self):
        client = self.client()
        client.append(b"INBOX", b"Subject: kept\r\n\r\n.\r\n", "", DATE)
        mount = self.first_sync()
        self.backup.secret_file(PASSWORD).write_text("wrong\n")
        result = self.backup.sync(expect=SERVER)
        self.assertIn("refused", result.err)
        self.assertIn("check user and password", result.err)
        self.assertEqual(self.assert_same(mount), 1)

    def test_interrupted(self):
        """Killed in the middle of the first sync, three times; then complete."""
        client = self.client()
        self.fill(client)
        for number in range(6):
            client.append(b"INBOX", b"Subject: large %d\r\n\r\n" % number + os.urandom(1_000_000).hex().encode(), "", DATE)
        self.add()
        for _ in range(3):
            self.kill_midway()
        self.backup.sync()
        self.assertEqual(self.assert_same(self.enterContext(self.backup.mount())), MESSAGES + 6)

    def kill_midway(self) -> None:
        before = self.stored_bytes()
        sync = self.backup.start("sync")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sync.poll() is None and self.stored_bytes() == before and time.monotonic() < deadline:
            time.sleep(0.001)
        sync.send_signal(signal.SIGKILL)
        sync.communicate()
        self.backup.run("check")

    def stored_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.backup.repository.rglob("*.pack"))

    @MUCH_MAIL
    def test_message_of_60_megabytes(self):
        big = b"Subject: big\r\n\r\n" + (os.urandom(BIG_BYTES // 4).hex() + "\r\n").encode() * 2
        client = self.client()
        client.append(b"INBOX", big, "", DATE)
        client.append(b"INBOX", b"Subject: small\r\n\r\n.\r\n", "", DATE)
        self.assertEqual(self.assert_same(self.first_sync()), 2)

    @MUCH_MAIL
    def test_ten_thousand_messages(self):
        client = self.client()
        for number in range(MANY):
            client.append(b"INBOX", b"Subject: one of many %d\r\n\r\n%d\r\n" % (number, number), "", DATE)
        client.select(b"INBOX")
        for _ in range(DOUBLINGS):
            client.check(client.imap.copy("1:*", "INBOX"))
            client.select(b"INBOX")
        self.assertEqual(self.assert_same(self.first_sync()), MANY << DOUBLINGS)


if __name__ == "__main__":
    unittest.main()
