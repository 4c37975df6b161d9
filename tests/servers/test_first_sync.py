"""The first sync of a real server, over both kinds of TLS: what the mount and `mailbackup cat` give is what an
independent client reads, and the server's own files are as they were."""

import calendar
import hashlib
import time
import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, SOME_DAY, ServerTest, fill, maildir_state
from independent import Client
from programs import Backup

MESSAGES = 250
EVERY_NTH_BY_CAT = 10


class FirstSync(ServerTest):
    def setUp(self):
        self.server = self.enterContext(Dovecot({ALICE: PASSWORD}))
        self.backup = self.enterContext(Backup()).init()
        fill(self.server, ALICE, MESSAGES)

    def first_sync(self, tls: str = "implicit"):
        self.backup.add(self.server, ALICE, tls=tls)
        self.backup.sync()
        return self.enterContext(self.backup.mount())

    def test_mount_equals_server(self):
        mount = self.first_sync()
        self.assertEqual(self.assert_mount_equals_server(mount, self.server), MESSAGES)
        self.assertEqual(len(mount.snapshots(ALICE)), 1)
        self.backup.check()

    def test_starttls(self):
        mount = self.first_sync(tls="starttls")
        self.assertEqual(self.assert_mount_equals_server(mount, self.server), MESSAGES)

    def test_cat_equals_server(self):
        mount = self.first_sync()
        tree = mount.snapshot(ALICE)
        with Client(self.server, ALICE) as client:
            for mailbox in client.mailboxes():
                paths = tree.files(tree.mailbox(mailbox))
                for uid, message in list(client.messages(mailbox).items())[::EVERY_NTH_BY_CAT]:
                    out = self.backup.run("cat", paths[uid].relative_to(mount.point)).out
                    self.assertEqual(hashlib.sha256(out).hexdigest(), message.sha256, (mailbox, uid))

    def test_time_of_a_file_is_its_arrival(self):
        tree = self.first_sync().snapshot(ALICE)
        with Client(self.server, ALICE) as client:
            for mailbox in client.mailboxes():
                expected = {uid: calendar.timegm(time.strptime(date[:20].strip(), "%d-%b-%Y %H:%M:%S"))
                            for uid, date in client.dates(mailbox).items() if date.endswith("+0000")}
                mounted = tree.messages(mailbox)
                self.assertEqual({uid: mounted[uid].mtime for uid in expected}, expected)

    def test_flags_equal_server(self):
        self.first_sync()
        self.assert_flags_equal_server(self.backup, self.server)

    def test_all_mailboxes_are_there_also_empty_ones(self):
        tree = self.first_sync().snapshot(ALICE)
        with Client(self.server, ALICE) as client:
            client.check(client.imap.create('"Empty/Below"'))
            mailboxes = client.mailboxes()
        self.backup.sync()
        for mailbox in mailboxes:
            self.assertTrue(tree.mailbox(mailbox).is_dir(), mailbox)

    def test_server_is_left_as_it_was(self):
        unseen = self.server.maildir(ALICE).deliver("INBOX", b"Subject: unseen\n\nyet\n", SOME_DAY)
        unseen.rename(unseen.parent.parent / "new" / unseen.name.split(":")[0])
        before = maildir_state(self.server, ALICE)
        self.first_sync()
        self.assertEqual(len(before), MESSAGES + 1)
        self.assertEqual(maildir_state(self.server, ALICE), before)

    def test_two_accounts_do_not_mix(self):
        bob = "bob"
        with Dovecot({bob: "builder"}) as other:
            fill(other, bob, 20, seed=2)
            self.backup.add(other, bob)
            mount = self.first_sync()
            self.assertEqual(self.assert_mount_equals_server(mount, self.server), MESSAGES)
            self.assertEqual(self.assert_mount_equals_server(mount, other, bob), 20)


if __name__ == "__main__":
    unittest.main()
