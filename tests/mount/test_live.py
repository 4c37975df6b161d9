"""A mount that stays while the repository grows, is killed, and ends."""
import contextlib
import os
import signal
import socket
import subprocess
import unittest

from mounting import ACCOUNT, MAILBACKUPFS, PATIENCE_S, MountCase, sha256, wait_until


class Live(MountCase):
    def setUp(self):
        super().setUp()
        self.source.add("INBOX", 1, b"Subject: one\r\n\r\n")

    def list_account(self):
        return self.run_program("ls", self.mountpoint / ACCOUNT).stdout.decode().split()

    def test_a_new_snapshot_shows_in_a_listed_account(self):
        self.make_snapshot()
        self.mount()
        latest = self.mountpoint / ACCOUNT / "latest"
        for count in range(2, 6):
            before = self.list_account()
            self.assertEqual(count, len(before))
            self.assertEqual(count - 1, len(os.listdir(latest / "INBOX")))
            self.source.add("INBOX", count, b"Subject: more\r\n\r\n%d" % count)
            self.make_snapshot()
            self.assertEqual(count + 1, len(self.list_account()))
            added, = set(self.list_account()) - set(before)
            self.assertEqual(added, os.readlink(latest))
            self.assertEqual(count, len(os.listdir(latest / "INBOX")))
            self.assertEqual(count, len(os.listdir(self.mountpoint / ACCOUNT / added / "INBOX")))
            self.assertEqual(count - 1, len(os.listdir(self.mountpoint / ACCOUNT / sorted(before)[-2] / "INBOX")))

    def test_a_new_snapshot_is_found_by_a_name_that_was_absent(self):
        self.make_snapshot()
        self.mount()
        other = self.mountpoint / "bob@example.org"
        self.assertFalse(other.exists())
        self.assertEqual([ACCOUNT], os.listdir(self.mountpoint))
        self.make_snapshot("bob@example.org")
        self.assertTrue(other.exists())
        self.assertTrue((other / "latest" / "INBOX").is_dir())
        wait_until(lambda: len(os.listdir(self.mountpoint)) == 2, "the new account in the list")

    def test_an_older_snapshot_stays_as_it_was(self):
        self.source.add_sample()
        self.make_snapshot()
        self.mount()
        first = self.newest()
        before = {path: sha256(path) for path in first.rglob("*.eml")}
        for uid in range(3, 300, 6):
            self.source.remove("INBOX", uid)
        self.source.remove("Archive/2020", 1)
        self.make_snapshot()
        self.assertEqual(before, {path: sha256(path) for path in first.rglob("*.eml")})

    def test_unmounting_ends_the_program(self):
        self.make_snapshot()
        mounted = self.mount()
        self.list_account()
        self.assertEqual(0, mounted.unmount())
        self.assertEqual([], os.listdir(self.mountpoint))

    def test_signals_unmount(self):
        self.make_snapshot()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            mounted = self.mount()
            self.list_account()
            mounted.process.send_signal(number)
            self.assertEqual(0, mounted.process.wait(PATIENCE_S))
            self.assertFalse(os.path.ismount(self.mountpoint))

    def test_unmounting_while_it_is_read(self):
        self.source.add_huge()
        self.make_snapshot()
        mounted = self.mount()
        huge = next((self.newest() / "Huge").iterdir())
        with subprocess.Popen(["cat", huge], stdout=subprocess.PIPE) as reader:
            reader.stdout.read(1000)
            mounted.process.terminate()
            self.assertEqual(0, mounted.process.wait(PATIENCE_S))
            reader.kill()

    def test_killed_and_free(self):
        self.make_snapshot()
        for options in ((), ("-o", "auto_unmount")):
            killed = self.mount(*options)
            self.list_account()
            release = killed.release_process()
            killed.process.kill()
            killed.process.wait()
            wait_until(lambda: not os.path.ismount(self.mountpoint), "the mountpoint to be free")
            wait_until(lambda release=release: not os.path.exists(f"/proc/{release}"), "the end of what freed it")
        self.assertEqual([], os.listdir(self.mountpoint))

    def test_nothing_stays_when_it_ends(self):
        self.make_snapshot()
        mounted = self.mount()
        release = mounted.release_process()
        os.kill(release, signal.SIGTERM)
        mounted.unmount()
        wait_until(lambda: not os.path.exists(f"/proc/{release}"), "the end of the process beside")

    def test_killed_and_mounted_again(self):
        self.make_snapshot()
        killed = self.mount()
        self.list_account()
        os.kill(killed.release_process(), signal.SIGKILL)
        killed.process.kill()
        killed.process.wait()
        with self.assertRaises(OSError):
            os.listdir(self.mountpoint)
        again = self.mount()
        self.assertEqual(2, len(self.list_account()))
        self.assertIn("was left from a mount that was killed", again.log_text())
        self.assertEqual(1, len(again.log_text().splitlines()))

    def test_two_mounts_of_one_repository(self):
        self.make_snapshot()
        self.mount()
        self.mountpoint = self.directory / "second"
        self.mountpoint.mkdir()
        self.mount()
        self.assertEqual(2, len(self.list_account()))


class Background(MountCase):
    def setUp(self):
        super().setUp()
        self.source.add("INBOX", 1, b"Subject: one\r\n\r\n")
        self.make_snapshot()
        self.addCleanup(subprocess.run, ["fusermount3", "-u", "-z", "-q", self.mountpoint], check=False)

    def opened_by(self, number):
        """What the process has open; it may close some while one looks."""
        for descriptor in os.scandir(f"/proc/{number}/fd"):
            with contextlib.suppress(FileNotFoundError):
                yield os.readlink(descriptor.path)

    def serving_process(self):
        """The daemon: the process that holds /dev/fuse and this mountpoint on its command line."""
        wanted = os.fsencode(self.mountpoint)
        for number in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{number}/cmdline", "rb") as file:
                    if wanted in file.read().split(b"\0") and "/dev/fuse" in self.opened_by(number):
                        return int(number)
        return None

    def test_it_is_mounted_when_the_command_returns(self):
        self.run_program(MAILBACKUPFS, "-r", self.repository, self.mountpoint, timeout=PATIENCE_S)
        self.assertEqual([ACCOUNT], os.listdir(self.mountpoint))
        number = self.serving_process()
        self.assertEqual("/", os.readlink(f"/proc/{number}/cwd"))
        self.assertEqual(number, os.getsid(number))
        for descriptor in range(3):
            self.assertEqual("/dev/null", os.readlink(f"/proc/{number}/fd/{descriptor}"))
        with open(f"/proc/{number}/limits", encoding="ascii") as limits:
            self.assertRegex(limits.read(), r"Max core file size +0 +0 ")
        self.run_program("fusermount3", "-u", self.mountpoint)
        wait_until(lambda: not os.path.exists(f"/proc/{number}"), "the end of the daemon")

    def test_relative_paths(self):
        self.run_program(MAILBACKUPFS, "repository", "mnt", cwd=self.directory, timeout=PATIENCE_S)
        self.assertEqual([ACCOUNT], os.listdir(self.mountpoint))

    def mount_from_environment(self, name, value):
        environment = {key: text for key, text in os.environ.items() if key != "MAILBACKUP_REPO"}
        environment[name] = str(value)
        self.run_program(MAILBACKUPFS, self.mountpoint, env=environment, timeout=PATIENCE_S)
        self.assertEqual([ACCOUNT], os.listdir(self.mountpoint))

    def test_repository_of_the_environment(self):
        self.mount_from_environment("MAILBACKUP_REPO", self.repository)

    def test_repository_of_the_user(self):
        share = self.directory / "share"
        share.mkdir()
        self.repository.rename(share / "mailbackup")
        self.mount_from_environment("XDG_DATA_HOME", share)

    def test_fstab(self):
        """mount(8) looks for the program where it is installed; so it is there, in a namespace of its own."""
        fstab = self.directory / "fstab"
        fstab.write_text(f"{self.repository} {self.mountpoint} fuse.mailbackupfs "
                         f"ro,_netdev,nofail,allow_other,x-systemd.automount,account={ACCOUNT},uid=1234 0 0\n")
        script = f"""set -e
            mount -t tmpfs none /usr/local/sbin
            ln -s {MAILBACKUPFS} /usr/local/sbin/mailbackupfs
            mount --all --fstab {fstab}
            stat -c %u {self.mountpoint}/latest/INBOX
            umount {self.mountpoint}
            mount --fstab {fstab} {self.mountpoint}
            fusermount3 -u {self.mountpoint}"""
        done = self.run_program("unshare", "--mount", "sh", "-c", script, timeout=PATIENCE_S)
        self.assertEqual(b"1234\n", done.stdout)

    def test_mount_command_with_the_program_in_the_source(self):
        self.run_program("mount", "-t", "fuse3", "-o", "noauto,_netdev,x-systemd.automount,nofail,allow_other",
                         f"{MAILBACKUPFS}#{self.repository}", self.mountpoint, timeout=PATIENCE_S)
        self.assertEqual([ACCOUNT], os.listdir(self.mountpoint))
        self.run_program("umount", self.mountpoint)

    def test_systemd_learns_when_it_is_ready(self):
        for name in (str(self.directory / "notify"), f"@mailbackupfs-test-{os.getpid()}"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
                listener.settimeout(PATIENCE_S)
                listener.bind(name.replace("@", "\0"))
                self.run_program(MAILBACKUPFS, self.repository, self.mountpoint, timeout=PATIENCE_S,
                                 env={**os.environ, "NOTIFY_SOCKET": name})
                self.assertEqual(f"READY=1\nMAINPID={self.serving_process()}", listener.recv(1000).decode())
                self.assertEqual([ACCOUNT], os.listdir(self.mountpoint))
                self.run_program("fusermount3", "-u", self.mountpoint)
                self.assertEqual(b"STOPPING=1", listener.recv(1000))
                wait_until(lambda: not self.serving_process(), "its end")


if __name__ == "__main__":
    unittest.main()
