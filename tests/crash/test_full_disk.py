"""A disk that fills up again and again: an ingest of new mail, by turns alone and with ballast that leaves it more or
less room, until not a byte is free. Then mail can still be listed, mounted, checked and read, nothing acknowledged is
lost, and with room again the ingest goes on. CRASH_FILLINGS says how often."""
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

from crashing import INGEST, PATIENCE_S, SEED, VERIFY, Oracle, run, scratch_directory
from disks import call, small_disk

CLI = Path(os.environ["MB_PROGRAMS"])
FILLINGS = int(os.environ.get("CRASH_FILLINGS", "20"))
MEBIBYTES = 32
ROUNDS = 6
MOST_ROOM = 3 << 20  # an ingest needs less
BLOCK = 4096
DONE, DISK_FULL = 0, 7


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


def files_below(directory):
    return [Path(top, name) for top, _, names in os.walk(directory) for name in names]


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

    def mailbackup(self, *arguments, expect=DONE):
        status, said = self.run_mailbackup(*arguments)
        self.assertEqual(status, expect, f"{arguments}: {said}")
        return said

    def run_mailbackup(self, *arguments):
        result = run(CLI / "mailbackup", "-r", self.repository, *arguments)
        return result.returncode, result.stdout + result.stderr

    def read_mounted(self, expected):
        """Reads all that a mount shows; `expected` of it are messages of the snapshots."""
        point = Path(self.scratch) / "mounted"
        point.mkdir(exist_ok=True)
        mount = subprocess.Popen([CLI / "mailbackupfs", "-f", "-r", self.repository, point])
        try:
            end = time.monotonic() + PATIENCE_S
            while not os.path.ismount(point):
                self.assertIsNone(mount.poll(), "the mount has ended")
                self.assertLess(time.monotonic(), end, "there is no mount")
                time.sleep(0.01)
            self.assertEqual(sum(path.stat().st_size == len(path.read_bytes()) for path in files_below(point)), expected)
            call("fusermount3", "-u", point)
            self.assertEqual(mount.wait(PATIENCE_S), 0)
        finally:
            mount.kill()
            mount.wait()

    def assert_usable(self):
        """What a user would do."""
        snapshots = json.loads(self.mailbackup("snapshots", "--json"))["snapshots"]
        self.mailbackup("ls", "-l")
        self.mailbackup("check", "--read-data")
        self.read_mounted(sum(snapshot["messages"] for snapshot in snapshots))

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
        self.assert_usable()
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

    def ingest_what_passes(self):
        """A repository of which so much is only in older snapshots that it is worth its room."""
        for seed in itertools.count(SEED):
            call(INGEST, "--create", self.repository)
            call(INGEST, self.repository, seed, ROUNDS)
            plan = json.loads(self.mailbackup("forget", "--keep-last", "1", "--dry-run", "--json"))
            if plan["accounts"][0]["lost_bytes"] > self.pack_bytes() // 5:
                return
            shutil.rmtree(self.repository)

    def test_forgetting(self):
        """Without a free byte snapshots can be forgotten. Their room comes back if what stays fits into the reserve, else
        when there is room for it."""
        self.ingest_what_passes()
        snapshots = json.loads(self.mailbackup("snapshots", "--json"))["snapshots"]
        fill(self.disk / "ballast")
        names = [f"{snapshot['account']}/{snapshot['name']}" for snapshot in snapshots[1:]]
        before = self.pack_bytes()
        status, said = self.run_mailbackup("forget", *names)
        self.assertIn(status, (DONE, DISK_FULL), said)
        self.assertEqual(len(json.loads(self.mailbackup("snapshots", "--json"))["snapshots"]), 1)
        self.mailbackup("check", "--read-data")
        self.read_mounted(snapshots[0]["messages"])
        if status == DISK_FULL:
            self.assertIn("are forgotten", said)
            (self.disk / "ballast").unlink()
            self.mailbackup("forget", "--keep-last", "1")
        self.assertLess(self.pack_bytes(), before)

    def pack_bytes(self):
        return sum(path.stat().st_size for path in files_below(self.repository / "packs"))

    def damage_index(self):
        """Whatever page is in use, it says nothing any more."""
        with open(self.repository / "index" / "data.mdb", "r+b") as index:
            size = index.seek(0, os.SEEK_END)
            index.seek(2 * BLOCK)
            index.write(bytes(size - 2 * BLOCK))

    def test_reserve(self):
        """Without a free byte there is room for a new index, once."""
        call(INGEST, "--create", self.repository)
        call(*self.oracle.ingest(self.repository))
        reserve = self.repository / "reserve"
        kept = reserve.stat().st_blocks
        fill(self.disk / "ballast")
        self.damage_index()
        self.assertIn("rebuilt", self.mailbackup("check", "--read-data"))
        self.assertGreater(reserve.stat().st_blocks, 0)
        reserve.unlink()
        fill(self.disk / "rest")
        self.damage_index()
        self.assertIn("space", self.mailbackup("ls", expect=DISK_FULL).lower())
        (self.disk / "ballast").unlink()
        self.assertIn("rebuilt", self.mailbackup("ls"))
        self.assert_sound(len(self.oracle.lines))
        self.assertEqual(reserve.stat().st_blocks, kept)


if __name__ == "__main__":
    unittest.main(verbosity=2)
