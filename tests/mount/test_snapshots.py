"""A thousand snapshots: each as it was, and listed as one alone is."""
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from mounting import ACCOUNT, MountCase

MANY_SNAPSHOTS = os.environ["MANY_SNAPSHOTS"]
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a thousand commits take long on a disk
MESSAGES = 2000
SNAPSHOTS = 1000
TRIES = 6


class Snapshots(MountCase):
    @classmethod
    def setUpClass(cls):
        cls.repositories = tempfile.TemporaryDirectory(prefix="mailbackupfs-test-", dir=MEMORY)
        cls.addClassCleanup(cls.repositories.cleanup)
        for snapshots in (1, SNAPSHOTS):
            where = Path(cls.repositories.name) / str(snapshots)
            subprocess.run([MANY_SNAPSHOTS, "make", where, str(MESSAGES), str(snapshots), "1"], check=True)

    def mount_with(self, snapshots):
        self.repository = Path(self.repositories.name) / str(snapshots)
        return self.mount()

    def listing(self, snapshots, index):
        """Seconds and requests of the first listing of a mailbox in a new mount, at best, and how many it holds."""
        best = []
        for _ in range(TRIES):
            mounted = self.mount_with(snapshots)
            mailbox = self.mountpoint / ACCOUNT / self.snapshots()[index] / "INBOX"
            began = time.monotonic()
            counts = mounted.requests_of(lambda: self.run_program("ls", "-l", mailbox))
            best.append((time.monotonic() - began, counts["READDIRPLUS"], len(os.listdir(mailbox))))
            mounted.unmount()
        return min(best)

    def test_listing_any_costs_what_one_alone_costs(self):
        seconds, requests, messages = self.listing(1, 0)
        for index in (0, SNAPSHOTS // 2, -1):
            with self.subTest(index=index):
                among = self.listing(SNAPSHOTS, index)
                self.assertLess(abs(among[2] - messages), MESSAGES / 20)
                self.assertLessEqual(among[1], requests + 1)
                self.assertLess(among[0], 3 * seconds)

    def names_in(self, snapshot):
        return {name for _, _, names in os.walk(self.mountpoint / ACCOUNT / snapshot) for name in names}

    def test_all_are_there_and_differ(self):
        self.mount_with(SNAPSHOTS)
        names = self.snapshots()
        self.assertEqual(SNAPSHOTS, len(names))
        for older, newer in zip(names[::97], names[1::97]):
            before, after = self.names_in(older), self.names_in(newer)
            self.assertEqual((1, 1), (len(before - after), len(after - before)), f"{older} and {newer}")


if __name__ == "__main__":
    unittest.main()
