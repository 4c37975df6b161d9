"""What the user wants of which mailboxes, and how much of the server: choices by account and pattern, bytes a day over
several days, several connections, one of which dies."""

import hashlib
import os
import pathlib
import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, SOME_DAY, ServerTest
from fragile_line import FragileLine
from independent import Client
from programs import DONE, INCOMPLETE, Backup

BOB = "bob@example.com"
HASTY_CLOCK = pathlib.Path(os.environ["MB_HELPERS"]) / "libhasty_clock.so"
YEAR = 365 * 24 * 3600
SINCE_OPTION = "since=2021-06-01"  # between SOME_DAY and a year and a half later
MANY = 1300  # three connections share them
BYTES_PER_DAY = 200_000  # so MANY come in three days
LARGEST = 1000  # no message has as many bytes


def mail(number: int) -> bytes:
    return b"Subject: number %d\nX-Long: %b\n\nThe text of number %d.\n" % (number, b"x" * (number % 50), number)


class Choices(ServerTest):
    def setUp(self):
        self.server = self.enterContext(Dovecot({ALICE: PASSWORD, BOB: PASSWORD}))
        self.backup = self.enterContext(Backup()).init()
        for user in (ALICE, BOB):
            for mailbox in ("INBOX", "Archive/2020", "Lists/one", "Lists/two", "Trash"):
                for number in range(10):
                    self.server.maildir(user).deliver(mailbox, mail(number), SOME_DAY + number * YEAR // 4)

    def shown(self, user: str) -> dict[str, dict[int, str]]:
        """Mailbox to UID to hash, of mailboxes that have any messages."""
        with self.backup.mount() as mount:
            tree = mount.snapshot(user)
            found = {name: {uid: file.sha256 for uid, file in tree.messages(name.encode()).items()}
                     for name in tree.directories()}
        return {name: messages for name, messages in found.items() if messages}

    def expected(self, user: str, mailbox: str, headers: bool = False, uids: range = range(1, 11)) -> dict[int, str]:
        item = "BODY.PEEK[HEADER]" if headers else "BODY.PEEK[]"
        with Client(self.server, user) as client:
            client.examine(mailbox.encode())
            bodies = {uid: client.check(client.imap.uid("FETCH", str(uid), f"({item})"))[0][1] for uid in uids}
        return {uid: hashlib.sha256(body).hexdigest() for uid, body in bodies.items()}

    def test_each_account_has_its_own(self):
        self.backup.add(self.server, ALICE, "--mailboxes", "!*", "--mailboxes", "INBOX", "--mailboxes", "headers:Lists/%",
                        "--mailboxes", f"{SINCE_OPTION}:Archive/*")
        self.backup.add(self.server, BOB, "--mailboxes", "!\\Trash", "--mailboxes", "!Lists/two")
        result = self.backup.sync()
        self.assertIn(b"left out by choice", result.out)
        late = range(7, 11)  # INTERNALDATE of SOME_DAY and a year and a half, or later
        self.assertEqual(self.shown(ALICE), {
            "INBOX": self.expected(ALICE, "INBOX"), "Archive/2020": self.expected(ALICE, "Archive/2020", uids=late),
            "Lists/one": self.expected(ALICE, "Lists/one", headers=True),
            "Lists/two": self.expected(ALICE, "Lists/two", headers=True)})
        whole = {name: self.expected(BOB, name) for name in ("INBOX", "Archive/2020", "Lists/one")}
        self.assertEqual(self.shown(BOB), whole)
        self.backup.check()

    def test_another_choice_later(self):
        """What is not wanted any more stays in earlier snapshots; what is wanted now comes, whole."""
        self.backup.add(self.server, ALICE, "--mailboxes", "!*", "--mailboxes", "headers:INBOX", "--mailboxes", "Lists/*")
        self.backup.sync()
        first = self.shown(ALICE)
        self.backup.add(self.server, ALICE, "--mailboxes", "!Lists/*")
        self.backup.sync()
        self.assertEqual(self.shown(ALICE), {name: self.expected(ALICE, name) for name in ("INBOX", "Archive/2020", "Trash")})
        with self.backup.mount() as mount:
            earlier = mount.snapshots(ALICE)[0]
            tree = mount.snapshot(ALICE, earlier)
            self.assertEqual({uid: file.sha256 for uid, file in tree.messages(b"Lists/one").items()}, first["Lists/one"])
            self.assertEqual({uid: file.sha256 for uid, file in tree.messages(b"INBOX").items()}, first["INBOX"])
        self.backup.check()


class BytesPerDay(ServerTest):
    def sync_on(self, backup: Backup, day: int) -> dict:
        backup.prefix = ["env", f"LD_PRELOAD={HASTY_CLOCK}", f"CLOCK_DAYS={day}"]
        result = backup.run("sync", "--json", "--max-connections", "3", expect=None)
        account = result.json["accounts"][0]
        self.assertEqual(result.status, INCOMPLETE if account["unasked"] else DONE, result.err)
        return account

    def test_what_is_left_comes_the_next_day(self):
        with Dovecot({ALICE: PASSWORD}) as server, Backup() as backup:
            for number in range(MANY):
                server.maildir(ALICE).deliver("INBOX", mail(number) + b"x" * 300, SOME_DAY + number)
            backup.init().add(server, ALICE, "--max-bytes-per-day", BYTES_PER_DAY)
            left, days = MANY, 0
            while left > 0:
                account = self.sync_on(backup, days)
                self.assertGreater(account["added"], 0)
                self.assertEqual(account["unasked"], left - account["added"])
                self.assertLess(account["bytes_read"], BYTES_PER_DAY + LARGEST)
                if account["unasked"]:
                    self.assertGreaterEqual(account["bytes_read"], BYTES_PER_DAY)
                left, days = account["unasked"], days + 1
                if left > 0:
                    self.assertIn("the first sync after midnight UTC goes on", " ".join(account["warnings"]))
                    again = self.sync_on(backup, days - 1)  # the day's bytes are read: nothing comes
                    self.assertEqual((again["added"], again["unasked"]), (0, left))
            self.assertGreater(days, 1)
            with backup.mount() as mount:
                self.assertEqual(self.assert_mount_equals_server(mount, server), MANY)
            backup.check()


class Connections(ServerTest):
    def test_one_of_several_dies(self):
        """The others take over what it had to do; the run ends complete, and nothing was fetched twice that had come."""
        with Dovecot({ALICE: PASSWORD}) as server, FragileLine(server.imaps_port, 200_000) as line, Backup() as backup:
            for number in range(MANY):
                server.maildir(ALICE).deliver("INBOX", mail(number), SOME_DAY + number * 60)
            backup.init().add(server, ALICE, port=line.port)
            server.record_commands()
            line.break_after(150_000)
            result = backup.run("sync", "--json", "--max-connections", "3").json["accounts"][0]
            self.assertGreater(line.connections, 3)  # with that of `add`, and the one made anew or that was cut
            asked = sum(server.take_bodies_asked(), [])
            self.assertEqual(len(set(asked)), MANY)
            self.assertLessEqual(len(asked), MANY + 400)  # what was on its way on the one that died
            self.assertEqual((result["status"], result["messages_stored"]), ("complete", MANY))
            with backup.mount() as mount:
                self.assertEqual(self.assert_mount_equals_server(mount, server), MANY)
            backup.check()


if __name__ == "__main__":
    unittest.main()
