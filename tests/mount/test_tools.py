"""The tools people use behave on the mount as on plain files."""
import ctypes
import errno
import os
import shutil
import unittest
from pathlib import Path

from mounting import ACCOUNT, MountCase


class Dirent(ctypes.Structure):
    _fields_ = [("ino", ctypes.c_uint64), ("offset", ctypes.c_int64), ("length", ctypes.c_uint16),
                ("kind", ctypes.c_uint8), ("name", ctypes.c_char * 256)]


libc = ctypes.CDLL(None, use_errno=True)
libc.opendir.restype = ctypes.c_void_p
libc.readdir.argtypes = libc.telldir.argtypes = libc.closedir.argtypes = [ctypes.c_void_p]
libc.readdir.restype = ctypes.POINTER(Dirent)
libc.telldir.restype = ctypes.c_long
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]


class Tools(MountCase):
    def setUp(self):
        super().setUp()
        self.source.add_sample()
        self.make_snapshot()
        self.mounted = self.mount()
        self.snapshot = self.newest()
        self.copy = self.directory / "copy"

    def copy_out(self):
        self.run_program("cp", "-a", self.snapshot, self.copy)

    def same_output(self, *command, check=True):
        """Runs a command in the snapshot and in its plain copy."""
        on_mount, on_copy = (self.run_program(*command, check=check, cwd=where) for where in (self.snapshot, self.copy))
        self.assertEqual(on_copy.returncode, on_mount.returncode)
        self.assertEqual(sorted(on_copy.stdout.splitlines()), sorted(on_mount.stdout.splitlines()))
        self.assertEqual(b"", on_mount.stderr)
        return on_mount.stdout

    def test_cp_find_ls_grep_as_on_plain_files(self):
        self.copy_out()
        listing = self.same_output("find", ".", "-type", "f", "-printf", "%P %s %m %u %g %n %T@ %y\n")
        self.assertEqual(len(self.source.messages()), len(listing.splitlines()))
        self.same_output("find", ".", "-type", "d", "-printf", "%P %m %u %g %T@ %y\n")
        self.same_output("grep", "-r", "budget", ".")
        self.same_output("grep", "-rc", "invoice", ".")
        self.same_output("grep", "-rl", "there is no such text", ".", check=False)
        self.same_output("sh", "-c", "ls -lR --time-style=full-iso | grep ^-")
        self.same_output("ls", "-aR")
        self.same_output("sh", "-c", "find . -type f -print0 | sort -z | xargs -0 md5sum")
        self.same_output("wc", "-c", *[path.relative_to(self.snapshot) for path in self.snapshot.rglob("*.eml")][:50])

    def test_ripgrep_with_mmap(self):
        self.copy_out()
        for how in ("--mmap", "--no-mmap"):
            self.same_output("rg", how, "-a", "-n", "見積書", ".")

    def test_tar(self):
        archive = self.directory / "archive.tar"
        self.run_program("tar", "-C", self.snapshot, "-cf", archive, ".")
        self.copy.mkdir()
        self.run_program("tar", "-C", self.copy, "-xf", archive)
        self.assertEqual(b"", self.run_program("diff", "-r", self.snapshot, self.copy).stdout)
        self.run_program("tar", "-C", self.snapshot, "-df", archive)  # compares; ends with 1 when anything differs

    def test_rsync_twice(self):
        first = self.run_program("rsync", "-a", "--itemize-changes", f"{self.snapshot}/", self.copy)
        again = self.run_program("rsync", "-a", "--itemize-changes", f"{self.snapshot}/", self.copy)
        self.assertGreater(len(first.stdout.splitlines()), len(self.source.messages()))
        self.assertEqual(b"", again.stdout)
        self.assertEqual(b"", self.run_program("diff", "-r", self.snapshot, self.copy).stdout)

    def test_diff_of_two_snapshots(self):
        self.source.add("INBOX", 5000, b"Subject: fresh\r\n\r\nx\r\n")
        self.source.remove("INBOX", 3)
        self.make_snapshot()
        older, newer = self.snapshots()
        done = self.run_program("diff", "-r", older, newer, check=False, cwd=self.mountpoint / ACCOUNT)
        self.assertEqual(1, done.returncode)
        lines = done.stdout.decode().splitlines()
        self.assertEqual(2, len(lines), lines)
        self.assertRegex(lines[0] + lines[1], rf"Only in {older}/INBOX: \S+\.3\.eml")
        self.assertRegex(lines[0] + lines[1], rf"Only in {newer}/INBOX: \S+\.5000\.eml")

    def test_writing_is_refused(self):
        message = next(self.snapshot.rglob("*.eml"))
        attempts = [
            lambda: open(message, "r+b"),
            lambda: open(message, "wb"),
            lambda: open(self.snapshot / "new", "xb"),
            lambda: open(self.mountpoint / "new", "xb"),
            message.unlink,
            lambda: message.rename(message.parent / "other"),
            lambda: message.chmod(0o600),
            lambda: os.chown(message, 1, 1),
            lambda: os.utime(message, (1, 1)),
            lambda: os.truncate(message, 0),
            lambda: os.link(message, message.parent / "linked"),
            lambda: os.symlink("x", self.snapshot / "link"),
            lambda: os.mkfifo(self.snapshot / "fifo"),
            lambda: os.setxattr(message, "user.x", b"y"),
            (self.snapshot / "directory").mkdir,
            (self.snapshot / "Empty").rmdir,
            (self.mountpoint / ACCOUNT / "latest").unlink,
            lambda: shutil.copy(message, self.snapshot / "INBOX"),
        ]
        for number, attempt in enumerate(attempts):
            with self.assertRaises(OSError, msg=number) as caught:
                attempt()
            self.assertEqual(errno.EROFS, caught.exception.errno, number)

    def test_file_system_is_measured(self):
        space = os.statvfs(self.mountpoint)
        self.assertEqual(255, space.f_namemax)
        self.assertEqual(len(self.source.messages()), space.f_files)
        stored = sum(path.stat().st_size for path in (self.repository / "packs").rglob("*.pack"))
        self.assertGreaterEqual(space.f_blocks * space.f_frsize, stored)
        self.assertEqual(0, space.f_bavail)
        self.run_program("df", self.mountpoint)

    def test_mount_options(self):
        line, = [line for line in Path("/proc/mounts").read_text().splitlines() if f" {self.mountpoint} " in line]
        source, _, kind, options = line.split()[:4]
        self.assertEqual(("fuse.mailbackupfs", str(self.repository)), (kind, source))
        self.assertLessEqual({"ro", "nosuid", "nodev", "noexec"}, set(options.split(",")))


class Directories(MountCase):
    def setUp(self):
        super().setUp()
        for uid in range(1, 3001):
            self.source.add("INBOX", uid, b"Subject: %d\r\n\r\n" % uid)
        for name in ("INBOX/one", "INBOX/two", "INBOX/three/four"):
            self.source.add(name, 1, b"")
        self.make_snapshot()
        self.mount()

    def read_all(self, stream):
        """[(name, the position after it)]"""
        found = []
        while entry := libc.readdir(stream):
            found.append((entry.contents.name, libc.telldir(stream)))
        return found

    def test_a_listing_can_be_resumed_anywhere(self):
        for path in (self.newest() / "INBOX", self.newest(), self.mountpoint / ACCOUNT, self.mountpoint):
            with self.subTest(path=path):
                stream = libc.opendir(os.fsencode(path))
                entries = self.read_all(stream)
                names = [name for name, _ in entries]
                self.assertEqual([b".", b".."], names[:2])
                self.assertEqual(len(names), len(set(names)))
                self.assertEqual(len(entries), len({position for _, position in entries}))
                for index in sorted({*range(0, len(entries), 97), 0, 1, 2, len(entries) - 1} & {*range(len(entries))}):
                    libc.seekdir(stream, entries[index][1])
                    self.assertEqual(names[index + 1:], [name for name, _ in self.read_all(stream)])
                libc.closedir(stream)

    def test_a_position_holds_in_another_listing(self):
        path = os.fsencode(self.newest() / "INBOX")
        stream = libc.opendir(path)
        entries = self.read_all(stream)
        libc.closedir(stream)
        other = libc.opendir(path)
        libc.seekdir(other, entries[1500][1])
        self.assertEqual([name for name, _ in entries[1501:]], [name for name, _ in self.read_all(other)])
        libc.closedir(other)

    def test_messages_come_in_the_order_of_inodes(self):
        with os.scandir(self.newest() / "INBOX") as listing:
            numbers = [entry.inode() for entry in listing if entry.name.endswith(".eml")]
        self.assertEqual(3000, len(numbers))
        self.assertEqual(sorted(numbers), numbers)

    def test_kinds_and_inodes_agree_with_stat(self):
        for directory in (self.mountpoint, self.mountpoint / ACCOUNT, self.newest(), self.newest() / "INBOX"):
            stream = libc.opendir(os.fsencode(directory))
            while entry := libc.readdir(stream):
                shown = os.lstat(os.path.join(os.fsencode(directory), entry.contents.name))
                if directory != self.mountpoint or entry.contents.name != b"..":
                    self.assertEqual(shown.st_ino, entry.contents.ino, entry.contents.name)
                self.assertEqual(shown.st_mode >> 12, entry.contents.kind, entry.contents.name)
            libc.closedir(stream)

    def test_partial_scan_then_another(self):
        with os.scandir(self.newest() / "INBOX") as listing:
            for _ in range(10):
                next(listing)
            self.assertEqual(3003, len(os.listdir(self.newest() / "INBOX")))
            self.assertEqual(3003 - 10, len(list(listing)))


if __name__ == "__main__":
    unittest.main()
