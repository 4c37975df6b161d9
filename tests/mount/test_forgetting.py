"""A mount that stays while snapshots are forgotten, packs are emptied and the index is replaced under it."""
import os
import shutil
import subprocess
import threading
import unittest
from pathlib import Path

from mounting import ACCOUNT, MountCase, sha256, wait_until

MAILBACKUP = os.environ["MAILBACKUP"]
ROUNDS = 4


class Reader(threading.Thread):
    """Reads every file of a snapshot again and again, past the page cache, and compares."""

    def __init__(self, files):
        super().__init__(daemon=True)
        self.files, self.stop, self.rounds, self.wrong = files, threading.Event(), 0, []

    def read_all(self):
        for path, expected in self.files.items():
            with open(path, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if sha256(path) != expected:
                self.wrong.append(f"{path} is not what it was")

    def run(self):
        while not self.stop.is_set() and not self.wrong:
            try:
                self.read_all()
            except OSError as error:
                self.wrong.append(str(error))
            self.rounds += 1


class Forgetting(MountCase):
    def mailbackup(self, *arguments):
        done = self.run_program(MAILBACKUP, "-r", self.repository, *arguments, stdin=subprocess.DEVNULL)
        return done.stdout.decode()

    def add_round(self, number):
        """New mail comes, and all that came in the round before goes."""
        for uid in range(1, 60):
            self.source.add("INBOX", number * 100 + uid, b"Subject: x\r\n\r\n" + os.urandom(6000).hex().encode())
            if number > 1:
                self.source.remove("INBOX", (number - 1) * 100 + uid)
        self.make_snapshot()

    def files_of(self, snapshot):
        return {path: sha256(path) for path in Path(snapshot).rglob("*.eml")}

    def assert_reads_on(self, reader):
        rounds = reader.rounds
        wait_until(lambda: reader.rounds > rounds + 1 or reader.wrong, "the reader")
        self.assertEqual([], reader.wrong)

    def test_reading_all_the_while(self):
        self.source.add_sample()
        self.make_snapshot()
        self.mount()
        first = self.newest()
        reader = Reader(self.files_of(first))
        reader.start()
        self.addCleanup(reader.stop.set)
        for number in range(1, ROUNDS):
            self.add_round(2 * number - 1)
            self.add_round(2 * number)
            doomed = self.snapshots()[1:-1]
            self.mailbackup("forget", "--yes", *doomed)
            wait_until(lambda: len(self.snapshots()) == 2, "the forgotten snapshots to go from the listing")
            self.assertFalse((self.mountpoint / ACCOUNT / doomed[0]).exists())
            self.assert_reads_on(reader)
            self.assertIn("no problems", self.mailbackup("check", "--read-data"))
        reader.stop.set()
        reader.join()
        self.assertEqual([], reader.wrong)
        self.assertFalse((self.repository / "packs" / "00" / "00000001.pack").exists(), "no pack was emptied")

    def test_a_forgotten_directory_that_is_open(self):
        self.source.add("INBOX", 1, b"one")
        self.make_snapshot()
        self.source.add("INBOX", 2, b"two")
        self.make_snapshot()
        self.mount()
        doomed = self.mountpoint / ACCOUNT / self.snapshots()[0]
        descriptor = os.open(doomed / "INBOX", os.O_RDONLY | os.O_DIRECTORY)
        self.addCleanup(os.close, descriptor)
        self.mailbackup("forget", doomed.name)
        wait_until(lambda: not doomed.exists(), "the snapshot to go")
        with self.assertRaises(FileNotFoundError):
            os.stat("2", dir_fd=descriptor)
        self.assertEqual(2, len(os.listdir(self.newest() / "INBOX")))

    def test_a_rebuilt_index_is_followed(self):
        """A mount goes over to the new index by itself, and shows what comes after."""
        self.source.add("INBOX", 1, b"one")
        self.make_snapshot()
        self.mount()
        self.assertEqual(1, len(self.snapshots()))
        self.mailbackup("rebuild")
        self.source.add("INBOX", 2, b"two")
        self.make_snapshot()
        wait_until(lambda: len(self.snapshots()) == 2, "the snapshot after the rebuild")
        self.assertEqual(2, len(os.listdir(self.newest() / "INBOX")))

    def test_a_deleted_index_is_followed(self):
        self.source.add("INBOX", 1, b"one")
        self.make_snapshot()
        self.mount()
        shutil.rmtree(self.repository / "index")
        self.source.add("INBOX", 2, b"two")
        self.make_snapshot()
        wait_until(lambda: len(self.snapshots()) == 2, "the snapshot after the rebuild")


if __name__ == "__main__":
    unittest.main()
