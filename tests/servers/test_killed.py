"""kill -9 at random moments of the first sync; then a sync to the end is complete, without a manual step. MB_KILLS
says how many, MB_SEED repeats a run."""

import os
import random
import signal
import subprocess
import time
import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, SOME_DAY, ServerTest, fill
from programs import Backup

KILLS = int(os.environ.get("MB_KILLS", "10"))
SEED = int(os.environ.get("MB_SEED", random.SystemRandom().randrange(1 << 32)))
MESSAGES = 1500
LARGE_MESSAGES = 4
LARGE_BYTES = 6_000_000
MOST_KILLS_IN_A_ROW = 4


class Killed(ServerTest):
    def test_killed_syncs_are_completed(self):
        chance = random.Random(SEED)
        print(f"MB_SEED={SEED} MB_KILLS={KILLS}", flush=True)
        with Dovecot({ALICE: PASSWORD}) as server:
            fill(server, ALICE, MESSAGES)
            for _ in range(LARGE_MESSAGES):
                server.maildir(ALICE).deliver("INBOX", b"Subject: large\n\n" + chance.randbytes(LARGE_BYTES), SOME_DAY)
            duration = self.undisturbed_duration(server)
            done = 0
            while done < KILLS:
                in_a_row = min(chance.randint(1, MOST_KILLS_IN_A_ROW), KILLS - done)
                done += self.kill_and_complete(server, chance, duration, in_a_row)

    def undisturbed_duration(self, server: Dovecot) -> float:
        with Backup() as backup:
            backup.init().add(server, ALICE)
            started = time.monotonic()
            backup.sync()
            return time.monotonic() - started

    def kill_and_complete(self, server: Dovecot, chance: random.Random, duration: float, in_a_row: int) -> int:
        """Returns how many kills hit a sync that was still running."""
        with Backup() as backup:
            backup.init().add(server, ALICE)
            hits = sum(self.killed(backup, chance.uniform(0, duration)) for _ in range(in_a_row))
            backup.sync()
            backup.check()
            with backup.mount() as mount:
                count = self.assert_mount_equals_server(mount, server)
                self.assertEqual(count, MESSAGES + LARGE_MESSAGES)
            return hits

    def killed(self, backup: Backup, after: float) -> bool:
        sync = backup.start("sync")
        try:
            sync.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            sync.send_signal(signal.SIGKILL)
        sync.communicate()
        self.assertIn(sync.returncode, (0, -signal.SIGKILL))
        backup.run("check")
        return sync.returncode == -signal.SIGKILL


if __name__ == "__main__":
    unittest.main()
