"""A sync with nothing new asks the server once, however many mailboxes there are."""

import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, ServerTest, fill
from programs import Backup

MAILBOXES = 1000


class QuietSync(ServerTest):
    def test_one_round_trip(self):
        with Dovecot({ALICE: PASSWORD}) as server, Backup() as backup:
            fill(server, ALICE, 60)
            for number in range(MAILBOXES):
                server.maildir(ALICE).create(f"Lists/{number}")
            backup.init().add(server, ALICE)
            backup.sync()
            server.record_commands()
            account, = backup.run("sync", "--json").json["accounts"]
            self.assertEqual(server.round_trips(), 1)
            self.assertEqual(account["status"], "unchanged")
            self.assertGreater(account["mailboxes"], MAILBOXES)


if __name__ == "__main__":
    unittest.main()
