"""What cannot be mounted or read: one clear line, and nothing worse."""
import errno
import os
import re
import random
import subprocess
import unittest

from mounting import ACCOUNT, MAILBACKUPFS, PATIENCE_S, MountCase, message


class Refused(MountCase):
    def setUp(self):
        super().setUp()
        self.source.add("INBOX", 1, b"Subject: one\r\n\r\n")
        self.addCleanup(subprocess.run, ["fusermount3", "-u", "-z", "-q", self.mountpoint], check=False)

    def refused(self, *arguments, status=1):
        """The one line that the program says."""
        for stay in ([], ["-f"]):
            done = self.run_program(MAILBACKUPFS, *stay, *arguments, check=False, timeout=PATIENCE_S)
            self.assertEqual(status, done.returncode, done.stderr)
            self.assertEqual(b"", done.stdout)
        text = done.stderr.decode()
        self.assertTrue(text.startswith("mailbackupfs: "), text)
        if status != 2:
            self.assertEqual(1, text.count("\n"), text)
        return text

    def test_mountpoint_that_is_not_there(self):
        self.make_snapshot()
        absent = self.directory / "absent"
        self.assertIn(f"mountpoint {absent} does not exist; make it with: mkdir {absent}",
                      self.refused("-r", self.repository, absent))

    def test_mountpoint_that_is_a_file(self):
        self.make_snapshot()
        file = self.directory / "file"
        file.write_text("x")
        self.assertIn(f"mountpoint {file} is not a directory", self.refused("-r", self.repository, file))

    def test_mountpoint_that_is_not_empty(self):
        self.make_snapshot()
        (self.mountpoint / "precious").write_text("x")
        self.assertIn("is not empty; mount on an empty directory or give -o nonempty",
                      self.refused("-r", self.repository, self.mountpoint))
        self.run_program(MAILBACKUPFS, "-r", self.repository, "-o", "nonempty", self.mountpoint)
        self.assertEqual([ACCOUNT], os.listdir(self.mountpoint))

    def test_mountpoint_in_use(self):
        self.make_snapshot()
        self.mount()
        text = self.refused("-r", self.repository, self.mountpoint)
        self.assertIn(f"{self.mountpoint} is mounted already", text)
        self.assertIn("fusermount3 -u", text)

    def test_no_repository(self):
        text = self.refused("-r", self.directory / "nowhere", self.mountpoint)
        self.assertIn(str(self.directory / "nowhere"), text)
        self.assertIn("mailbackup init", text)
        self.assertFalse(os.path.ismount(self.mountpoint))

    def test_repository_of_another_format(self):
        self.make_snapshot()
        stated = (self.repository / "format").read_text()
        changed = re.sub("version=.*", "version=99", stated)
        self.assertNotEqual(stated, changed)
        (self.repository / "format").write_text(changed)
        self.assertIn("99", self.refused("-r", self.repository, self.mountpoint))
        self.assertFalse(os.path.ismount(self.mountpoint))

    def test_usage(self):
        self.make_snapshot()
        self.assertIn("no mountpoint", self.refused("-r", self.repository, status=2))
        self.assertIn("too many", self.refused("a", "b", "c", status=2))
        self.assertIn("too many", self.refused("-r", self.repository, "b", "c", status=2))
        self.assertIn("unknown mount option: fast", self.refused("-o", "ro,fast", self.mountpoint, status=2))
        self.assertIn("--nonsense", self.refused("--nonsense", status=2))

    def test_help_and_version(self):
        self.assertIn(b"MOUNTPOINT", self.run_program(MAILBACKUPFS, "--help").stdout)
        self.assertRegex(self.run_program(MAILBACKUPFS, "--version").stdout.decode(), r"^mailbackupfs \d+\.\d+\.\d+\n$")

    def test_empty_repository(self):
        (self.source.path / "INBOX" / "1").unlink()
        (self.source.path / "INBOX").rmdir()
        self.make_snapshot()
        self.mount()
        self.assertEqual([ACCOUNT], os.listdir(self.mountpoint))
        self.run_program("find", self.mountpoint)
        self.run_program("df", self.mountpoint)

    def test_repository_path_with_odd_characters(self):
        self.make_snapshot()
        odd = self.directory / "a, b\\c 'd"
        self.repository.rename(odd)
        self.repository = odd
        self.mount()
        self.assertEqual([ACCOUNT], os.listdir(self.mountpoint))


class Damage(MountCase):
    def damage_pack_at(self, content):
        """Spoils stored bytes that are equal to `content`."""
        for pack in sorted((self.repository / "packs").rglob("*.pack")):
            data = bytearray(pack.read_bytes())
            at = data.find(content)
            if at >= 0:
                data[at] ^= 0xFF
                pack.write_bytes(data)
                return
        self.fail("the bytes to spoil are not in any pack")

    def test_a_damaged_message_fails_alone(self):
        noise = random.Random(3).randbytes(20_000_000)  # a frame in its middle is all its own
        self.source.add("INBOX", 1, message("first", b"fine\r\n"))
        self.source.add("INBOX", 2, message("spoilt", noise))
        self.source.add("INBOX", 3, message("third", random.Random(4).randbytes(3_000_000)))
        self.make_snapshot()
        self.damage_pack_at(noise[10_000_000:10_000_064])
        mounted = self.mount()
        shown = self.mounted_messages(self.newest())
        for _ in range(3):
            with self.assertRaises(OSError) as caught:
                shown["INBOX", 2].read_bytes()
            self.assertEqual(errno.EIO, caught.exception.errno)
        for uid in (1, 3):
            self.assertEqual((self.source.path / "INBOX" / str(uid)).read_bytes(), shown["INBOX", uid].read_bytes())
        told, = mounted.log_text().splitlines()
        self.assertRegex(told, rf"cannot read \S*spoilt\.2\.eml in mailbox INBOX of {ACCOUNT}: ")
        self.assertEqual(0, mounted.unmount())


if __name__ == "__main__":
    unittest.main()
