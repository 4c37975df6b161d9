"""`mailbackup` against servers that no one can install: each test plays a file of peers/."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "servers"))

from peer import Peer
from programs import DONE, INCOMPLETE, SERVER, Backup

ALICE = "alice"
ONE, TWO = b"Subject: one\r\n", b"Subject: two\r\n"


class Scripted(unittest.TestCase):
    def setUp(self):
        self.backup = self.enterContext(Backup()).init()

    def play(self, name: str, tls: str = "implicit") -> Peer:
        peer = self.enterContext(Peer(name, tls))
        self.addCleanup(self.check_peer, peer)
        return peer

    def check_peer(self, peer: Peer) -> None:
        self.assertEqual(peer.errors, [])
        self.assertEqual(peer.forbidden, [])

    def refuse(self, name: str, *words: str, tls: str = "implicit") -> Peer:
        """Adding the account fails with one line that has these words, and the password is not sent in the clear."""
        peer = self.play(name, tls)
        result = self.backup.add(peer, ALICE, tls=tls, expect=SERVER)
        for word in words:
            self.assertIn(word, result.err.splitlines()[0])
        self.assertNotIn("\x1b", result.err)
        return peer

    def said_login(self, peer: Peer) -> bool:
        return any(b"AUTHENTICATE" in line or b"LOGIN" in line for line in peer.said)

    def add_and_sync(self, name: str, expect: int = DONE, tls: str = "implicit"):
        peer = self.play(name, tls)
        self.backup.add(peer, ALICE, tls=tls)
        result = self.backup.sync(expect=expect)
        self.backup.check()
        return result

    def stored(self, mailbox: str = "INBOX", snapshot: str = "latest") -> dict[int, bytes]:
        """UID to bytes."""
        path = f"{ALICE}/{snapshot}/{mailbox}"
        names = [entry["name"] for entry in self.backup.run("ls", "--json", path).json["entries"]
                 if entry["type"] == "message"]
        return {int(name.split(".")[-2]): self.backup.run("cat", f"{path}/{name}").out for name in names}


class Login(Scripted):
    def test_good(self):
        self.add_and_sync("plain-good")
        self.assertEqual(self.stored(), {1: ONE, 2: TWO})

    def test_login_command(self):
        self.add_and_sync("login-command")

    def test_wrong_password(self):
        self.refuse("wrong-password", "login as alice refused", "no such user")

    def test_no_mechanism(self):
        self.assertFalse(self.said_login(self.refuse("no-mechanism", "no way to log in")))

    def test_preauth(self):
        for tls in ("implicit", "starttls"):
            self.assertFalse(self.said_login(self.refuse("preauth", "PREAUTH", tls=tls)))

    def test_greeting_bye(self):
        self.refuse("greeting-bye", "too many connections")

    def test_not_imap(self):
        self.refuse("not-imap")


class Starttls(Scripted):
    def test_good(self):
        self.add_and_sync("starttls-good", tls="starttls")

    def test_refused(self):
        peer = self.refuse("starttls-refused", "has no STARTTLS", tls="starttls")
        self.assertFalse(self.said_login(peer))

    def test_injection(self):
        peer = self.refuse("starttls-injection", "tampering", tls="starttls")
        self.assertFalse(self.said_login(peer))

    def test_earlier_capabilities_do_not_count(self):
        self.add_and_sync("starttls-early-capability", tls="starttls")


class Fetch(Scripted):
    def check_cut(self, name: str) -> None:
        """Without patience: what came whole stays, what was cut does not, and the next run fetches the rest."""
        peer = self.play(name)
        self.backup.add(peer, ALICE)
        self.backup.run("sync", "--patience", 0, expect=SERVER)
        self.backup.check()
        self.assertEqual(self.backup.run("snapshots", "--json", ALICE).json["snapshots"], [])
        good = self.play("second-only")
        self.backup.add(good, ALICE)
        self.backup.sync()
        self.assertEqual(self.stored(), {1: ONE, 2: TWO})

    def test_closed_mid_literal(self):
        self.check_cut("closed-mid-literal")

    def test_cut_mid_literal(self):
        self.check_cut("cut-mid-literal")

    def test_garbage(self):
        self.refuse("garbage")

    def test_nothing_listed(self):
        self.refuse("nothing-listed", "no mailbox at all")


class Mailboxes(Scripted):
    def names(self, path: str = f"{ALICE}/latest") -> list[str]:
        return [entry["name"] for entry in self.backup.run("ls", "--json", path).json["entries"]]

    def test_examine_refused(self):
        result = self.add_and_sync("examine-refused", expect=INCOMPLETE)
        self.assertIn("you may not", result.err + result.out.decode())
        self.assertEqual(sorted(self.names()), ["INBOX", "Locked"])
        self.assertEqual(len(self.stored()), 2)

    def test_odd_names(self):
        self.add_and_sync("odd-names")
        names = self.names()
        self.assertIn("INBOX", names)
        self.assertEqual(len(self.stored()), 2)
        for name in names:
            self.assertNotIn(name, ("..", ".", ""))
            self.assertNotIn("/", name)
            self.assertTrue(name.isprintable(), name)


class Server(Scripted):
    def test_what_it_says_of_itself(self):
        peer = self.play("server-tells")
        added = self.backup.add(peer, ALICE)
        self.assertIn("The server: Post\\x1bfix 4.2, 922 kB of 1.0 MB taken.", added.out.decode())
        self.assertIn("server: Post\\x1bfix 4.2, 922 kB of 1.0 MB taken", self.backup.run("sync", "-v").out.decode())
        account, = self.backup.run("sync", "--json").json["accounts"]
        told = {key: account[key] for key in ("server", "quota_used", "quota_limit")}
        self.assertEqual(told, {"server": "Post\\x1bfix 4.2", "quota_used": 900 << 10, "quota_limit": 1 << 20})

    def test_searches_in_parts(self):
        peer = self.play("since-message-limit")
        self.backup.add(peer, ALICE, "--mailboxes", "since=2020-01-01:*")
        self.backup.sync()
        self.assertEqual(sorted(self.stored()), [3, 4, 5, 6])


if __name__ == "__main__":
    unittest.main()
