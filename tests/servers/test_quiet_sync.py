"""A sync with nothing new asks the server once, however many mailboxes there are."""

import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, ServerTest, fill
from programs import Backup


class QuietSync(ServerTest):
    def test_one_round_trip(self):
        with Dovecot({ALICE: PASSWORD}) as server, Backup() as backup:
            fill(server, ALICE, 60)
            for number in range(40):
                server.maildir(ALICE).create(f"Lists/{number}")
            backup.init().add(server, ALICE)
            backup.sync()
            server.record_commands()
            backup.sync()
            self.assertEqual(server.round_trips(), 1)


if __name__ == "__main__":
    unittest.main()
