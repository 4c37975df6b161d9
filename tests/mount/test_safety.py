"""Who may not look sees nothing, and what is shown is nothing but directories, files and the links `latest`."""
import errno
import os
import resource
import signal
import stat
import subprocess
import unittest
from pathlib import Path

from mounting import PATIENCE_S, MountCase, wait_until

STRANGER = 65533
NOBODY = 65534
SECRET = b"the sentinel that must not leak"


class OtherUsers(MountCase):
    def setUp(self):
        super().setUp()
        self.source.add_sample()
        self.make_snapshot()
        for directory in (self.directory, self.mountpoint):
            directory.chmod(0o755)

    def as_user(self, number, *command):
        return self.run_program("setpriv", f"--reuid={number}", "--regid", number, "--clear-groups", *command,
                                check=False, timeout=PATIENCE_S)

    def sees_nothing(self, number):
        for command in (("ls", self.mountpoint), ("cat", self.message), ("stat", self.message.parent)):
            done = self.as_user(number, *command)
            self.assertNotEqual(0, done.returncode, command)
            self.assertEqual(b"", done.stdout, command)
            self.assertIn(b"Permission denied", done.stderr, command)

    def mount_and_find(self, *options):
        mounted = self.mount(*options)
        self.message = next((self.newest() / "INBOX").glob("*.eml"))
        return mounted

    def test_others_see_nothing(self):
        for options in ((), ("-o", "allow_other"), ("-o", "allow_other,uid=1234,gid=1234")):
            mounted = self.mount_and_find(*options)
            self.sees_nothing(STRANGER)
            mounted.unmount()

    def test_the_owner_sees_everything_and_others_nothing(self):
        self.mount_and_find("-o", f"allow_other,uid={NOBODY},gid={NOBODY}")
        content = self.as_user(NOBODY, "cat", self.message)
        self.assertEqual(self.message.read_bytes(), content.stdout)
        self.assertEqual(0, self.as_user(NOBODY, "find", self.mountpoint, "-ls").returncode)
        self.sees_nothing(STRANGER)

    def test_what_a_mount_allows(self):
        self.mount_and_find("-o", "allow_other,suid,dev,exec,rw")
        line, = [line for line in Path("/proc/mounts").read_text().splitlines() if f" {self.mountpoint} " in line]
        self.assertLessEqual({"ro", "nosuid", "nodev", "noexec", "default_permissions", "allow_other"},
                             set(line.split()[3].split(",")))


class WhatIsThere(MountCase):
    def setUp(self):
        super().setUp()
        self.source.add_sample()
        self.make_snapshot()

    def check_kinds(self):
        for root, directories, files in os.walk(self.mountpoint):
            for path in (Path(root, name) for name in directories + files):
                status = os.lstat(path)
                if stat.S_ISLNK(status.st_mode):
                    self.assertEqual("latest", path.name)
                    self.assertNotIn("/", os.readlink(path))
                else:
                    self.assertIn(status.st_mode, (stat.S_IFREG | 0o400, stat.S_IFDIR | 0o500))

    def test_kinds_and_modes(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        for options in ((), ("-o", "layout=maildir"), ("-o", "view=text")):
            mounted = self.mount(*options)
            self.check_kinds()
            mounted.unmount()

    def test_nothing_can_be_executed(self):
        self.mount()
        message = next((self.newest() / "INBOX").glob("*.eml"))
        with self.assertRaises(OSError) as caught:
            os.execv(message, ["x"])
        self.assertEqual(errno.EACCES, caught.exception.errno)


class CoreFiles(MountCase):
    def test_no_core_file(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, (soft, hard))
        before = os.getcwd()
        os.chdir(self.directory)
        self.addCleanup(os.chdir, before)
        self.source.add("INBOX", 1, b"Subject: x\r\n\r\n" + SECRET)
        self.make_snapshot()
        mounted = self.mount("-o", "view=text")
        self.assertIn(SECRET, next((self.newest() / "INBOX").iterdir()).read_bytes())
        mounted.process.send_signal(signal.SIGABRT)
        self.assertEqual(-signal.SIGABRT, mounted.process.wait(PATIENCE_S))
        wait_until(lambda: not os.path.ismount(self.mountpoint), "the mountpoint to be free")
        found = subprocess.run(["grep", "-rla", SECRET, self.directory], capture_output=True, check=False).stdout
        self.assertEqual([str(self.source.path / "INBOX" / "1")],
                         [line for line in found.decode().splitlines() if "/repository/" not in line])
        self.assertEqual([], [path for path in self.directory.iterdir() if path.name.startswith("core")])


if __name__ == "__main__":
    unittest.main()
