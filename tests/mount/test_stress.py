"""Many who read at once while messages are pushed ahead of them; some are killed, and so is the mount in the middle.
Nothing hangs, and no byte is wrong.

MB_STRESS_ROUNDS rounds (200 for a long run), MB_SEED to repeat one, MB_STRESS_MEMORY=128M to do it all within a memory
cgroup of that size (root only)."""
import hashlib
import os
import random
import re
import signal
import subprocess
import time
import unittest
from pathlib import Path

from mounting import ACCOUNT, PATIENCE_S, MountCase, message, wait_until

ROUNDS = int(os.environ.get("MB_STRESS_ROUNDS", "6"))
SEED = int(os.environ.get("MB_SEED", random.randrange(1 << 30)))
MEMORY = os.environ.get("MB_STRESS_MEMORY")
CONNECTIONS = Path("/sys/fs/fuse/connections")
READERS = 8
SNAPSHOTS = 5
MAILBOXES = ("INBOX", "Sent", "Lists/one")
MESSAGES = 250  # in each mailbox at first


def memory_group():
    """A cgroup of its own, or None when none is asked for."""
    if not MEMORY:
        return None
    first_version = Path("/sys/fs/cgroup/memory")
    group = (first_version if first_version.is_dir() else Path("/sys/fs/cgroup")) / f"mailbackupfs-{os.getpid()}"
    group.mkdir()
    (group / ("memory.limit_in_bytes" if first_version.is_dir() else "memory.max")).write_text(MEMORY)
    return group


def enter(group):
    if group:
        (group / "cgroup.procs").write_text(str(os.getpid()))


class Stress(MountCase):
    def setUp(self):
        super().setUp()
        if os.geteuid() == 0 and not any(CONNECTIONS.iterdir()):
            subprocess.run(["mount", "-t", "fusectl", "fusectl", CONNECTIONS], check=False, capture_output=True)
        self.chance = random.Random(SEED)
        self.expected = {}  # (mailbox, UID) -> SHA-256
        for number in range(SNAPSHOTS):
            self.change(number)
            self.make_snapshot()
        self.group = memory_group()
        if self.group:
            self.addCleanup(self.group.rmdir)

    def change(self, number):
        for mailbox in MAILBOXES:
            for uid in range(number * MESSAGES + 1, number * MESSAGES + (MESSAGES if number == 0 else 20)):
                size = self.chance.choice([100, 2000, 10_000, 30_000, 30_000, 2_000_000 if uid % 50 == 0 else 500])
                body = b"%d %s\r\n" % (uid, mailbox.encode()) + self.chance.randbytes(64).hex().encode() * (size // 128)
                self.source.add(mailbox, uid, message(f"number {uid}", body))
                content = (self.source.path / mailbox / str(uid)).read_bytes()
                self.expected[mailbox, uid] = hashlib.sha256(content).hexdigest()
            for uid in [key for key in self.source.messages() if number and key[0] == mailbox][:5]:
                self.source.remove(*uid)

    def start(self, *command, output=subprocess.DEVNULL, cwd):
        return subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, cwd=cwd, start_new_session=True,
                                preexec_fn=lambda: enter(self.group))

    def start_readers(self):
        """Processes that grep, and others that say the SHA-256 of every file, some from the last one up."""
        readers, sums = [], []
        for number in range(READERS):
            snapshot = self.mountpoint / ACCOUNT / self.chance.choice(self.names)
            if number % 2:
                readers.append(self.start("grep", "-r", "no such words", ".", cwd=snapshot))
                continue
            turn = self.chance.choice(["cat", "tac --separator=''"])
            sums.append(self.directory / f"sums-{number}")
            with open(sums[-1], "wb") as output:
                readers.append(self.start("sh", "-c", f"find . -name '*.eml' -print0 | {turn} | xargs -0 sha256sum",
                                          output=output, cwd=snapshot))
        return readers, sums

    def check(self, sums):
        """What was said is right, also when it was cut. Returns how many files it was."""
        lines = [line for path in sums for line in re.findall(r"^([0-9a-f]{64})  \./(.*\.eml)\n", path.read_text(), re.M)]
        for digest, name in lines:
            self.assertEqual(self.expected[str(Path(name).parent), int(name.split(".")[-2])], digest, name)
        return len(lines)

    def wait_for(self, processes, mounted, what):
        """The watchdog."""
        end = time.monotonic() + PATIENCE_S
        while any(process.poll() is None for process in processes):
            if time.monotonic() > end:
                waiting, stacks = self.waiting(), self.stacks([*processes, mounted.process])
                self.abort()
                self.fail(f"{what} hangs, {waiting} requests wait; MB_SEED={SEED}\n{mounted.log_text()}\n{stacks}")
            time.sleep(0.005)

    def waiting(self):
        try:
            return int((self.connection / "waiting").read_text())
        except OSError:
            return 0

    def abort(self):
        try:
            (self.connection / "abort").write_text("1")
        except OSError:
            pass

    @staticmethod
    def stacks(processes):
        found = []
        for process in processes:
            for task in Path(f"/proc/{process.pid}/task").glob("*"):
                try:
                    found.append(f"{(task / 'comm').read_text()}{(task / 'stack').read_text()}")
                except OSError:
                    pass
        return "\n".join(found)

    def kill_some(self, readers):
        for reader in self.chance.sample(readers, self.chance.randrange(1, READERS)):
            time.sleep(self.chance.uniform(0, 0.1))
            if reader.poll() is None:
                os.killpg(reader.pid, signal.SIGKILL)

    def one_round(self):
        mounted = self.mount()
        if self.group:
            (self.group / "cgroup.procs").write_text(str(mounted.process.pid))
        self.connection = CONNECTIONS / str(os.minor(os.stat(self.mountpoint).st_dev))
        self.names = self.snapshots()
        readers, sums = self.start_readers()
        self.kill_some(readers)
        ending = self.chance.choice(["read to the end", "unmount", "SIGTERM"])
        if ending == "unmount":
            subprocess.run(["fusermount3", "-u", "-z", self.mountpoint], check=True)
        elif ending == "SIGTERM":
            mounted.process.terminate()
        self.wait_for(readers, mounted, f"a reader ({ending})")
        if ending == "read to the end":
            # What a killed reader had asked for is still being answered.
            wait_until(lambda: self.waiting() == 0, "answers to all requests")
            mounted.process.terminate()
        self.wait_for([mounted.process], mounted, f"the mount ({ending})")
        self.assertEqual(0, mounted.process.returncode)
        self.assertEqual("", mounted.log_text())
        return self.check(sums)

    def test_readers_killed_and_mounts_ended(self):
        print(f"MB_SEED={SEED}", end=" ", flush=True)
        checked = sum(self.one_round() for _ in range(ROUNDS))
        print(f"{ROUNDS} rounds, {checked} files checked", end=" ", flush=True)
        self.assertGreater(checked, 0)


if __name__ == "__main__":
    unittest.main()
