"""What a mount can still do when somebody has taken it over: nothing but show mail."""
import errno
import os
import signal
import unittest
from pathlib import Path

from mounting import PATIENCE_S, MountCase, wait_until

BREAK_OUT = os.environ["BREAK_OUT"]
ATTEMPTS = {"fork", "execve", "ptrace", "kill", "shadow", "environment", "inet", "inet6", "netlink", "write-outside",
            "make-outside", "remove-outside", "make-in-repository", "cut-pack", "remove-pack", "rename-pack",
            "chmod-pack", "mount", "unmount"}


class Confinement(MountCase):
    def setUp(self):
        super().setUp()
        self.source.add_sample()
        self.make_snapshot()
        self.outside = self.directory / "outside"
        self.outside.write_text("mine")
        self.pack = next((self.repository / "packs").rglob("*.pack"))

    def attempts(self, *options):
        results = self.directory / "results"
        descriptor = os.open(results, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        mounted = self.mount(*options, environment={"LD_PRELOAD": BREAK_OUT, "BREAK_OUT_TO": str(descriptor),
                                                    "BREAK_OUT_FILE": str(self.outside),
                                                    "BREAK_OUT_PACK": str(self.pack)}, keep=(descriptor,))
        os.close(descriptor)
        self.check_messages()
        mounted.unmount()
        lines = [line.split() for line in results.read_text().splitlines()]
        self.assertEqual("end", lines[-1][0])
        return {name: int(number) for name, number in lines[:-1]}

    def check_messages(self):
        shown = self.mounted_messages(self.newest())
        self.assertEqual({key: path.read_bytes() for key, path in self.source.messages().items()},
                         {key: path.read_bytes() for key, path in shown.items()})

    def test_nothing_but_showing_mail(self):
        before = self.pack.read_bytes()
        for options in ((), ("-o", "nopush")):
            found = self.attempts(*options)
            self.assertEqual(ATTEMPTS, set(found))
            allowed = {name for name, number in found.items() if number not in (errno.EPERM, errno.EACCES)}
            self.assertEqual(set(), allowed)
        self.assertEqual(before, self.pack.read_bytes())
        self.assertEqual("mine", self.outside.read_text())

    def test_packs_on_another_disk(self):
        elsewhere = self.directory / "elsewhere"
        (self.repository / "packs").rename(elsewhere)
        (self.repository / "packs").symlink_to(elsewhere)
        self.mount()
        self.check_messages()

    def test_every_thread(self):
        mounted = self.mount()
        self.check_messages()
        threads = list(Path(f"/proc/{mounted.process.pid}/task").iterdir())
        self.assertGreater(len(threads), 3)
        for thread in threads:
            status = (thread / "status").read_text()
            self.assertIn("NoNewPrivs:\t1", status, thread)
            self.assertIn("Seccomp:\t2", status, thread)

    def test_temporary_files_are_gone_with_the_mount(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            mounted = self.mount()
            self.assertEqual(1, len(self.scratch()))
            mounted.process.send_signal(number)
            mounted.process.wait(PATIENCE_S)
            wait_until(lambda: not self.scratch(), "the directory of temporary files to be removed")

    def scratch(self):
        return [path for path in self.directory.iterdir() if path.name.startswith("mailbackupfs-")]


if __name__ == "__main__":
    unittest.main()
