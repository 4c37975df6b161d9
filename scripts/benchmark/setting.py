"""What is measured on: one account in a private Dovecot, our repository of it, and the same files plain on the disk."""

import os
import pathlib
import re
import select
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass

from corpus import Source, load
from dovecot import Dovecot
from programs import Backup

ACCOUNT = "bench"
PASSWORD = "bench"
TIMEOUT_SECONDS = 1800
SAMPLE_SECONDS = 0.05  # how often memory is looked at, which takes time from what is measured


class TooSlow(Exception):
    """A peer did not end in time; what it says goes into the table."""


@dataclass(frozen=True)
class Run:
    seconds: float
    resident_mib: float


class Setting:
    """Use with `with`: everything is in one temporary directory."""

    def __init__(self, sources: list[Source]):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
        self.server = Dovecot({ACCOUNT: PASSWORD})
        self.messages = len(sources)
        self.sources = sources
        self.bytes = load(self.server, ACCOUNT, sources)
        self.backup = Backup()

    def __enter__(self) -> "Setting":
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.backup.close()
        self.server.stop()
        shutil.rmtree(self.place, ignore_errors=True)

    def synced(self) -> Backup:
        """Our repository with at least one snapshot of the account."""
        if not (self.backup.repository / "packs").exists():
            self.backup.init().add(self.server, ACCOUNT)
            self.backup.sync()
        return self.backup

    def plain(self) -> pathlib.Path:
        """The files of the newest snapshot, copied to the disk."""
        plain = self.place / "plain"
        if not plain.exists():
            with self.synced().mount() as mount:
                shutil.copytree(mount.point / ACCOUNT / "latest", plain)
        return plain

    def renew_backup(self) -> Backup:
        self.backup.close()
        self.backup = Backup().init()
        self.backup.add(self.server, ACCOUNT)
        return self.backup


def run(*command: object, timeout: float = TIMEOUT_SECONDS, environment: dict[str, str] | None = None,
        expect: tuple[int, ...] = (0,)) -> Run:
    """Time and largest resident memory of a command."""
    with tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen([*map(str, command)], env={**os.environ, **(environment or {})},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        resident_kib = _wait(process, started + timeout)
        seconds = time.monotonic() - started
        if process.returncode not in expect:
            errors.seek(0)
            raise RuntimeError(f"{command[0]}: exit {process.returncode}: {errors.read()[-500:].decode(errors='replace')}")
    return Run(seconds, resident_kib / 1024)


def _wait(process: subprocess.Popen, deadline: float) -> int:
    """Until it ends; returns its largest resident memory in KiB. (What wait4() tells of that counts this program's own
    memory too, which the process had before exec.)"""
    resident_kib = 0
    descriptor = os.pidfd_open(process.pid)
    try:
        while not select.select([descriptor], [], [], SAMPLE_SECONDS)[0]:
            resident_kib = max(resident_kib, _resident_kib(process.pid))
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise TooSlow("did not end in time")
    finally:
        os.close(descriptor)
    process.wait()
    return resident_kib


def _resident_kib(pid: int) -> int:
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    peak = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(peak[1]) if peak else 0


def median(runs: list[Run]) -> float:
    return statistics.median(each.seconds for each in runs)


def have(program: str) -> bool:
    return shutil.which(program) is not None


def drop_caches() -> None:
    """Needs root."""
    subprocess.run(["sync"], check=True)
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n")


def size_mb(path: pathlib.Path) -> float:
    """Bytes on the disk, in MB."""
    return sum(entry.lstat().st_blocks * 512 for entry in (path, *path.rglob("*"))) / 1e6
