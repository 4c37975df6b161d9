"""Two syncs of one repository: the second says so and leaves, the first is not disturbed."""

import os
import signal
import subprocess
import time
import unittest

from dovecot import Dovecot
from fixtures import ALICE, PASSWORD, ServerTest, fill
from programs import BUSY, DONE, PATIENCE_SECONDS, Backup

MESSAGES = 1500


class TwoAtOnce(ServerTest):
    def setUp(self):
        self.server = self.enterContext(Dovecot({ALICE: PASSWORD}))
        fill(self.server, ALICE, MESSAGES)
        self.backup = self.enterContext(Backup()).init()
        self.backup.add(self.server, ALICE)

    def test_the_second_sync_is_told(self):
        first = self.backup.start("sync")
        self.stop_once_it_writes(first)
        try:
            second = self.backup.sync(expect=BUSY)
            self.backup.run("snapshots")  # reading needs no lock
        finally:
            first.send_signal(signal.SIGCONT)
        _, err = first.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(first.returncode, DONE, err)
        self.assertEqual(len(second.err.splitlines()[0:1]), 1)
        with self.backup.mount() as mount:
            self.assertEqual(self.assert_mount_equals_server(mount, self.server), MESSAGES)

    def test_a_lock_dies_with_its_owner(self):
        first = self.backup.start("sync")
        self.stop_once_it_writes(first)
        first.kill()
        first.communicate()
        self.backup.sync()

    def stop_once_it_writes(self, sync: subprocess.Popen) -> None:
        """Holds the process at a moment when a pack is open for writing, so it has the lock."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self.assertIsNone(sync.poll(), "the sync was over before it could be stopped")
            sync.send_signal(signal.SIGSTOP)
            if any("/packs/" in target for target in open_files(sync.pid)):
                return
            sync.send_signal(signal.SIGCONT)
            time.sleep(0.002)
        self.fail("the sync never opened a pack")


def open_files(pid: int) -> list[str]:
    found = []
    for descriptor in os.scandir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(descriptor.path))
        except OSError:
            pass
    return found


if __name__ == "__main__":
    unittest.main()
