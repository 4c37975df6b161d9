"""A disk that fills up again and again: an ingest of new mail, by turns alone and with ballast that leaves it more or
less room, until not a byte is free. Then mail can still be listed, checked and read, nothing acknowledged is lost, and
with room again the ingest goes on. CRASH_FILLINGS says how often."""
import os
import random
import shutil
import sys
import unittest

from crashing import INGEST, SEED, VERIFY, Oracle, run, scratch_directory
from disks import small_disk

FILLINGS = int(os.environ.get("CRASH_FILLINGS", "20"))
MEBIBYTES = 32
ROUNDS = 6
MOST_ROOM = 3 << 20  # an ingest needs less
BLOCK = 4096


def fill(path, keep=0):
    """Writes the file until at most `keep` bytes of the disk are free."""
    with open(path, "wb", buffering=0) as ballast:
        free = os.statvfs(path).f_bavail * os.statvfs(path).f_frsize
        size = MEBIBYTES << 20
        while free > keep and size >= BLOCK:
            try:
                os.posix_fallocate(ballast.fileno(), os.fstat(ballast.fileno()).st_size, min(size, free - keep))
            except OSError:
                size //= 2
            free = os.statvfs(path).f_bavail * os.statvfs(path).f_frsize


class FullDisk(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", file=sys.stderr)
        self.chance = random.Random(SEED)
        self.scratch = self.enterContext(scratch_directory("crash-full-disk"))
        self.disk = self.enterContext(small_disk(self.scratch, MEBIBYTES))
        self.oracle = Oracle(self.scratch, SEED, ROUNDS)
        self.repository = self.disk / "repository"

    def assert_sound(self, acknowledged, *options):
        result = run(VERIFY, *options, self.repository, SEED, self.oracle.file, acknowledged)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def ingest_until_full(self, acknowledged):
        """With little room at first, then with a little more, until it is through. The lines acknowledged by then."""
        room = self.chance.randrange(MOST_ROOM)
        fill(self.disk / "ballast", room)
        result = run(*self.oracle.ingest(self.repository))
        acknowledged = self.oracle.acknowledged_after(acknowledged, result.stdout)
        if result.returncode != 0:
            self.full += 1
            self.assertIn("space", result.stderr.lower())
        fill(self.disk / "rest")
        self.assertEqual(os.statvfs(self.disk).f_bavail, 0)
        self.assert_sound(acknowledged, "--read-only")
        (self.disk / "ballast").unlink()
        (self.disk / "rest").unlink()
        self.assert_sound(acknowledged)
        return acknowledged

    def test_filling(self):
        self.full = 0
        acknowledged = 0
        for _ in range(FILLINGS):
            if acknowledged in (0, len(self.oracle.lines)):
                shutil.rmtree(self.repository, ignore_errors=True)
                result = run(INGEST, "--create", self.repository)
                self.assertEqual(result.returncode, 0, result.stderr)
                acknowledged = 0
            acknowledged = self.ingest_until_full(acknowledged)
        self.assertEqual(self.oracle.problems_when_continued(self.repository), "")
        print(f"{FILLINGS} fillings, {self.full} of them cut an ingest off", file=sys.stderr)
        self.assertGreater(self.full, 0, "the disk was never full")


if __name__ == "__main__":
    unittest.main(verbosity=2)
