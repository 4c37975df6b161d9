"""A repository of every earlier version opens, checks, and reads as it did then, also with its index lost."""
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from golden import GOLDEN, MAILBACKUP, listing

NAMES = sorted(path.name.removesuffix(".tar.xz") for path in GOLDEN.glob("*.tar.xz"))


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

    def test_an_unknown_format_says_what_to_do(self):
        repository = self.unpacked(NAMES[-1])
        form = (repository / "format").read_text()
        (repository / "format").write_text(form.replace("version=1\n", "version=99\n"))
        refused = self.run_mailbackup(repository, "snapshots")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("format 99", refused.stderr)
        self.assertIn("version that wrote it", refused.stderr)


if __name__ == "__main__":
    unittest.main()
