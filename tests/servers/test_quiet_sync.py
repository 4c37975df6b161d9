"""A sync with nothing new asks the server once, however many mailboxes there are, and writes only when it was."""

import datetime
import time
import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, ServerTest, fill
from programs import Backup

MAILBOXES = 1000
SECONDS_PER_WEEK = 7 * 24 * 3600


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

    def test_writes_only_when_it_was(self):
        with Dovecot({ALICE: PASSWORD}) as server, Backup() as backup:
            fill(server, ALICE, 5)
            backup.init().add(server, ALICE)
            backup.sync()
            started = int(time.time())
            this_week = started - started % SECONDS_PER_WEEK  # everything is looked at once a week
            (backup.repository / "seen").write_text(f"[{ALICE}]\ntime={this_week}\n[bob]\ntime=7\n")
            before = _contents(backup.repository)
            backup.sync()
            after = _contents(backup.repository)
            self.assertEqual({name for name in after if after[name] != before.get(name)}, {"seen"})
            self.assertIn(b"[bob]\ntime=7\n", after["seen"])
            self.assertGreaterEqual(_seen_at(backup), started)

    def test_knows_without_the_note(self):
        with Dovecot({ALICE: PASSWORD}) as server, Backup() as backup:
            fill(server, ALICE, 5)
            backup.init().add(server, ALICE)
            started = int(time.time())
            backup.sync()
            (backup.repository / "seen").write_bytes(b"[alice\xff\0")
            self.assertGreaterEqual(_seen_at(backup), started)


def _contents(repository):
    return {str(path.relative_to(repository)): path.read_bytes() for path in repository.rglob("*")
            if path.is_file() and path.name != "lock.mdb"}


def _seen_at(backup):
    account, = backup.run("accounts", "--json").json["accounts"]
    return datetime.datetime.fromisoformat(account["seen_at"].replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    unittest.main()
