"""What the mount tests share: a repository made from a directory, a mount of it, and looking at both."""
import hashlib
import os
import random
import re
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

MAILBACKUPFS = os.environ["MAILBACKUPFS"]
MAKE_REPOSITORY = os.environ["MAKE_REPOSITORY"]
PATIENCE_S = 60  # how long a test waits for what must happen; never how fast it must be
ACCOUNT = "alice@example.com"


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for: {what}")
        time.sleep(0.005)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def message(subject, body, sender="Bob Smith <bob@example.org>"):
    head = f"From: {sender}\r\nTo: alice@example.com\r\nSubject: {subject}\r\n" \
           "Date: Fri, 20 Nov 2026 09:15:00 +0000\r\n\r\n"
    return head.encode() + body


def plain_text(seed, size):
    chance = random.Random(seed)
    words = ["invoice", "budget", "meeting", "zażółć", "見積書", "holiday", "report", "re:", "the", "of", "and"]
    lines = []
    while sum(map(len, lines)) < size:
        lines.append(" ".join(chance.choices(words, k=9)) + "\r\n")
    return "".join(lines).encode()


class Source:
    """A directory that stands for a server: mailboxes are directories, messages are files named by UID."""

    def __init__(self, path):
        self.path = Path(path)
        self.path.mkdir()

    def add(self, mailbox, uid, content, when=1763630100):
        directory = self.path / mailbox
        directory.mkdir(parents=True, exist_ok=True)
        (directory / str(uid)).write_bytes(content)
        os.utime(directory / str(uid), (when, when))

    def remove(self, mailbox, uid):
        (self.path / mailbox / str(uid)).unlink()

    def messages(self):
        """{(mailbox, uid): path}"""
        return {(str(path.parent.relative_to(self.path)), int(path.name)): path
                for path in self.path.rglob("*") if path.is_file()}

    def add_sample(self):
        """Mail as it comes, and as it should not."""
        for uid in range(1, 301):
            self.add("INBOX", uid * 3, message(f"Budget {uid}", plain_text(uid, 200 + uid * 37)), 1600000000 + uid)
        for uid in range(1, 41):
            self.add("Archive/2019/Q1", uid, message(f"Report {uid}", plain_text(uid + 1000, 3000)), 1550000000)
        self.add("Archive/2020", 1, message("=?UTF-8?B?6KaL56mN5pu444Gu5Lu2?=", b"nihongo\r\n"))
        self.add("Archive/2020", 2, message("Zażółć gęślą jaźń", plain_text(2, 100)))
        self.add("Odd", 1, b"")
        self.add("Odd", 2, b"no headers at all")
        self.add("Odd", 3, message("NUL and bare LF", b"a\0b\nc\rd\0\0" * 500))
        self.add("Odd", 4, message("../../etc/passwd\x00\x1b[31m", b"hostile subject"))
        self.add("Odd", 5, message("long " * 400, b"long subject"))
        self.add("Odd", 6, message("", b"no subject", sender=""))
        self.add("Odd", 4294967295, message("the last UID there can be", b"x"))
        (self.path / "Empty").mkdir()

    def add_huge(self, size=60_000_000):
        noise = random.Random(60).randbytes(1 << 20)
        content = b"".join(b"%08d" % n + noise[n:] for n in range(size >> 20)) + plain_text(1, 100_000)
        self.add("Huge", 1, message("sixty megabytes", content))


def is_served(mountpoint):
    """Whether a mount is there and lives: statfs() is never answered from what the kernel remembers."""
    try:
        os.statvfs(mountpoint)
    except OSError:
        return False
    return os.path.ismount(mountpoint)


class Mount:
    """A mailbackupfs in the foreground, its log in a file, and its temporary files beside that."""

    def __init__(self, repository, mountpoint, log, *options, environment=None, keep=()):
        self.path = Path(mountpoint)
        self.log = Path(log)
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        with open(log, "ab") as stderr:
            self.process = subprocess.Popen([MAILBACKUPFS, "-f", "-r", repository, *options, mountpoint],
                                            stderr=stderr, stdout=stderr, pass_fds=keep,
                                            env={**os.environ, "TMPDIR": str(self.log.parent), **(environment or {})})
        wait_until(lambda: is_served(mountpoint) or self.process.poll() is not None, "the mount")
        if self.process.poll() is not None:
            raise AssertionError("mailbackupfs ended: " + self.log_text())

    def log_text(self):
        return self.log.read_bytes()[self.log_start:].decode()

    def requests(self):
        """{kind: how many so far}"""
        before = self.log_text().count("requests:")
        self.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: self.log_text().count("requests:") > before and self.log_text().endswith("\n"), "counts")
        line = self.log_text().rsplit("requests:", 1)[1].split("\n")[0]
        return {kind: int(count) for kind, count in re.findall(r"(\S+) (\d+)", line)}

    def requests_of(self, action):
        """What `action` makes the kernel ask."""
        before = self.requests()
        action()
        after = self.requests()
        return {kind: after[kind] - before.get(kind, 0) for kind in after if after[kind] != before.get(kind, 0)}

    def fewest_requests_of(self, action):
        """The same for the best of a few times: under pressure the kernel may forget something at any moment."""
        return min((self.requests_of(action) for _ in range(5)), key=lambda counts: sum(counts.values()))

    def unmount(self):
        subprocess.run(["fusermount3", "-u", self.path], check=True)
        return self.process.wait(PATIENCE_S)

    def release_process(self):
        """The number of the process that frees the mountpoint when this one is killed."""
        number, = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(number)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        subprocess.run(["fusermount3", "-u", "-z", "-q", self.path], check=False)


class MountCase(unittest.TestCase):
    """A temporary directory with a source, a repository and a mountpoint; everything stops when the test ends."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="mailbackupfs-test-")
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)
        self.repository = self.directory / "repository"
        self.mountpoint = self.directory / "mnt"
        self.mountpoint.mkdir()
        self.source = Source(self.directory / "source")

    def make_snapshot(self, account=ACCOUNT):
        subprocess.run([MAKE_REPOSITORY, self.repository, account, self.source.path], check=True)

    def mount(self, *options, **more):
        mounted = Mount(self.repository, self.mountpoint, self.directory / "log", *options, **more)
        self.addCleanup(mounted.end)
        return mounted

    def run_program(self, *arguments, check=True, **more):
        done = subprocess.run([str(word) for word in arguments], capture_output=True, **more)
        if check and done.returncode != 0:
            raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stderr.decode()}")
        return done

    def snapshots(self, account=ACCOUNT):
        return sorted(name for name in os.listdir(self.mountpoint / account) if name != "latest")

    def newest(self, account=ACCOUNT):
        return self.mountpoint / account / self.snapshots(account)[-1]

    @staticmethod
    def mounted_messages(snapshot):
        """{(mailbox, uid): path}"""
        return {(str(path.parent.relative_to(snapshot)), int(path.name.split(".")[-2])): path
                for path in Path(snapshot).rglob("*.eml")}
