"""A repository of every earlier version opens, checks, and reads as it did then, also with its index lost."""
import re
import shutil
import struct
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from golden import GOLDEN, MAILBACKUP, listing
from mounting import MAKE_REPOSITORY, Source, message, plain_text

PACK_HEADER_BYTES, FRAME_HEADER_BYTES = 64, 48
NAMES = sorted(path.name.removesuffix(".tar.xz") for path in GOLDEN.glob("*.tar.xz"))


def frames_of(pack):
    """Where the frames of a whole pack begin."""
    at = PACK_HEADER_BYTES
    while at < len(pack):
        yield at
        at += FRAME_HEADER_BYTES + struct.unpack_from("<I", pack, at + 12)[0]


class GoldenTest(unittest.TestCase):
    def unpacked(self, name):
        temporary = tempfile.TemporaryDirectory(prefix="mailbackupfs-test-")
        self.addCleanup(temporary.cleanup)
        with tarfile.open(GOLDEN / f"{name}.tar.xz") as tar:
            tar.extractall(temporary.name)
        return Path(temporary.name, "repository")

    def run_mailbackup(self, repository, *arguments):
        return subprocess.run([MAILBACKUP, "-r", repository, *arguments], capture_output=True, text=True)

    def assert_as_written(self, name, repository):
        self.assertEqual(listing(repository), (GOLDEN / f"{name}.listing").read_text())
        checked = self.run_mailbackup(repository, "check", "--read-data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_reads_as_it_did(self):
        self.assertTrue(NAMES)
        for name in NAMES:
            with self.subTest(name):
                self.assert_as_written(name, self.unpacked(name))

    def test_packs_alone_are_enough(self):
        for name in NAMES:
            with self.subTest(name):
                repository = self.unpacked(name)
                shutil.rmtree(repository / "index")
                rebuilt = self.run_mailbackup(repository, "rebuild")
                self.assertEqual(rebuilt.returncode, 0, rebuilt.stderr)
                self.assert_as_written(name, repository)

    def test_each_is_written_on_in_its_own_way(self):
        for name in NAMES:
            with self.subTest(name):
                repository = self.unpacked(name)
                source = Source(repository.parent / "source")
                source.add("INBOX", 1, message("New", plain_text(1, 5000)))
                subprocess.run([MAKE_REPOSITORY, repository, "golden", source.path], check=True)
                kinds = {pack[at + 7] for pack in map(Path.read_bytes, repository.glob("packs/*/*.pack"))
                         for at in frames_of(pack)}
                self.assertEqual(kinds, {1 if name[0] >= "2" else 0})
                self.assertIn(f"version={name[0]}\n", (repository / "format").read_text())
                self.assertEqual(self.run_mailbackup(repository, "check", "--read-data").returncode, 0)

    def test_an_unknown_format_says_what_to_do(self):
        repository = self.unpacked(NAMES[-1])
        form = (repository / "format").read_text()
        (repository / "format").write_text(re.sub("version=.*", "version=99", form))
        refused = self.run_mailbackup(repository, "snapshots")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("format 99", refused.stderr)
        self.assertIn("version that wrote it", refused.stderr)


if __name__ == "__main__":
    unittest.main()
