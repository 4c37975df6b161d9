"""What changes on the server between two syncs: the second snapshot shows it, the first stays as it was, and a mount
that was there all the time shows both."""

import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, SOME_DAY, ServerTest, fill, hashes
from independent import Client
from programs import DONE, INCOMPLETE, Backup

MESSAGES = 120
DATE = '"02-Jan-2020 03:04:05 +0000"'


class Changes(ServerTest):
    def setUp(self):
        self.server = self.enterContext(Dovecot({ALICE: PASSWORD}))
        self.backup = self.enterContext(Backup()).init()
        fill(self.server, ALICE, MESSAGES)
        for number in range(5):
            self.server.maildir(ALICE).deliver("Doomed", b"Subject: doomed %d\n\n.\n" % number, SOME_DAY)
            self.server.maildir(ALICE).deliver("Old name", b"Subject: moves %d\n\n.\n" % number, SOME_DAY)
        self.backup.add(self.server, ALICE)
        self.backup.sync()
        self.mount = self.enterContext(self.backup.mount())
        self.first = self.mount.snapshots(ALICE)[0]
        self.first_hashes = hashes(self.mount.snapshot(ALICE, self.first))
        self.first_flags = self.backup.flags(ALICE, self.first, b"INBOX")

    def change(self, *steps) -> None:
        with Client(self.server, ALICE) as client:
            for step in steps:
                step(client)

    def sync_and_compare(self, expect: int = DONE) -> str:
        """The newest snapshot's name, after all that must hold whatever has changed."""
        self.said = self.backup.sync(expect=expect).err
        names = self.mount.snapshots(ALICE)
        self.assertEqual(len(names), 2)
        self.assertEqual((self.mount.point / ALICE / "latest").readlink().name, names[-1])
        self.assert_mount_equals_server(self.mount, self.server)
        self.assert_flags_equal_server(self.backup, self.server)
        self.assertEqual(hashes(self.mount.snapshot(ALICE, self.first)), self.first_hashes)
        self.assertEqual(self.backup.flags(ALICE, self.first, b"INBOX"), self.first_flags)
        self.backup.check()
        return names[-1]

    def test_everything_at_once(self):
        self.change(append_three, expunge_two, flag_one, create_one, rename_one, delete_one)
        second = self.sync_and_compare()
        directories = self.mount.snapshot(ALICE, second).directories()
        self.assertIn("Neu & größer", directories)
        self.assertIn("New name", directories)
        self.assertNotIn("Old name", directories)
        self.assertNotIn("Doomed", directories)
        self.assertIn("Doomed", self.mount.snapshot(ALICE, self.first).directories())

    def test_nothing_new_makes_no_snapshot(self):
        self.change(append_three)
        self.sync_and_compare()
        before = [self.mount.snapshots(ALICE), self.backup.run("snapshots", "--json").out]
        self.backup.sync()
        self.assertEqual([self.mount.snapshots(ALICE), self.backup.run("snapshots", "--json").out], before)

    def test_a_flag_alone_makes_a_snapshot(self):
        self.change(flag_one)
        self.sync_and_compare()

    def test_a_mailbox_made_anew_under_an_old_name(self):
        self.change(delete_one, recreate_doomed)
        self.sync_and_compare()

    def test_a_message_moved_to_another_mailbox(self):
        self.change(move_one)
        self.sync_and_compare()

    def test_everything_gone(self):
        self.change(lambda client: [empty(client, mailbox) for mailbox in client.mailboxes() if mailbox != b"Sent"])
        self.sync_and_compare(INCOMPLETE)
        self.assertIn("messages are gone from the server at once; earlier snapshots keep them", self.said)
        self.backup.sync()  # said once


def append_three(client: Client) -> None:
    for number in range(3):
        client.append(b"INBOX", b"Subject: new %d\r\n\r\nhello\r\n" % number, "(\\Seen)", DATE)


def expunge_two(client: Client) -> None:
    client.select(b"INBOX")
    client.remove(",".join(map(str, client.uids()[:2])))


def flag_one(client: Client) -> None:
    client.select(b"INBOX")
    client.store(str(client.uids()[2]), "FLAGS", "(\\Flagged \\Answered $Important)")


def create_one(client: Client) -> None:
    client.check(client.imap.create('"Neu &- gr&APYA3w-er"'))
    client.append(b"Neu &- gr&APYA3w-er", b"Subject: first\r\n\r\nhere\r\n", "", DATE)


def rename_one(client: Client) -> None:
    client.check(client.imap.rename('"Old name"', '"New name"'))


def delete_one(client: Client) -> None:
    client.check(client.imap.delete('"Doomed"'))


def recreate_doomed(client: Client) -> None:
    client.check(client.imap.create('"Doomed"'))
    client.append(b"Doomed", b"Subject: another life\r\n\r\n.\r\n", "", DATE)


def move_one(client: Client) -> None:
    client.select(b"Doomed")
    client.check(client.imap.uid("COPY", str(client.uids()[0]), "INBOX"))
    client.remove(str(client.uids()[0]))


def empty(client: Client, mailbox: bytes) -> None:
    client.select(mailbox)
    if client.uids():
        client.remove("1:*")


if __name__ == "__main__":
    unittest.main()
