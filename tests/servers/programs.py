"""The two programs under test, run as a user would: a repository, its accounts, and a mount of it."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

from local_server import LocalServer, die_with_parent
from maildir import decode_mailbox_name

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("MB_PROGRAMS", ROOT / "build" / "cli"))
PATIENCE_SECONDS = 300  # for what must end, whatever the machine; never part of what is asserted
MOUNT_SECONDS = 60

DONE, FAILED, USAGE, INCOMPLETE, SERVER, DAMAGE, DISK_FULL, BUSY = 0, 1, 2, 3, 4, 6, 7, 75


@dataclass(frozen=True)
class Result:
    status: int
    out: bytes
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Backup:
    """A repository in `directory` (else a temporary one) and `mailbackup` for it. Remove with close() or `with`."""

    def __init__(self, directory: pathlib.Path | None = None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="mailbackup-test-"))
        self.repository = directory or self.home / "repository"
        self.prefix: list[str] = []  # what `mailbackup` runs under

    def __enter__(self) -> "Backup":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the user's own settings gets in."""
        kept = {name: value for name, value in os.environ.items()
                if name in ("PATH", "TMPDIR", "LANG") or name.endswith("SAN_OPTIONS")}
        return kept | {"HOME": str(self.home), "LC_ALL": "C.UTF-8", "MAILBACKUP_REPO": str(self.repository)}

    def start(self, *arguments: object, **popen: object) -> subprocess.Popen:
        return subprocess.Popen([*self.prefix, PROGRAMS / "mailbackup", *map(str, arguments)], env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True, preexec_fn=die_with_parent, **popen)

    def run(self, *arguments: object, expect: int | None = DONE) -> Result:
        """Runs `mailbackup ARGUMENTS`; raises unless it exits with `expect` (None: whatever)."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
        result = Result(process.returncode, out, err.decode(errors="replace"))
        if expect is not None and result.status != expect:
            raise AssertionError(f"mailbackup {' '.join(map(str, arguments))}: exit {result.status}, not {expect}\n"
                                 f"{result.out[-2000:].decode(errors='replace')}\n{result.err[-4000:]}")
        return result

    def init(self) -> "Backup":
        self.run("init")
        return self

    def secret_file(self, password: str) -> pathlib.Path:
        path = self.home / f"secret-{hashlib.sha256(password.encode()).hexdigest()[:8]}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(password + "\n")
        return path

    def add(self, server: LocalServer, user: str, *options: object, tls: str = "implicit", password: str | None = None,
            host: str | None = None, port: int | None = None, expect: int | None = DONE) -> Result:
        password = server.users[user] if password is None else password
        port = port or (server.imap_port if tls == "starttls" else server.imaps_port)
        return self.run("add", user, "--host", host or server.host, "--port", port, "--tls", tls,
                        "--user", user, "--password-file", self.secret_file(password),
                        "--ca-file", server.ca_file, *options, expect=expect)

    def sync(self, *accounts: str, expect: int | None = DONE) -> Result:
        return self.run("sync", *accounts, expect=expect)

    def check(self) -> None:
        self.run("check", "--read-data")

    def flags(self, account: str, snapshot: str, mailbox: bytes, delimiter: str = "/") -> dict[int, frozenset[str]]:
        """UID to flags and keywords, as a snapshot has them."""
        path = f"{account}/{snapshot}/{mailbox_path(mailbox, delimiter)}"
        return {uid_of(entry["name"]): frozenset([*("\\" + flag.capitalize() for flag in entry["flags"]), *entry["keywords"]])
                for entry in self.run("ls", "--json", path).json["entries"] if entry["type"] == "message"}

    def mount(self, *options: str) -> "Mount":
        return Mount(self, *options)


class Mount:
    """`mailbackupfs` on a directory of its own, in the foreground so that it ends with the test."""

    def __init__(self, backup: Backup, *options: str):
        self.point = pathlib.Path(tempfile.mkdtemp(prefix="mount-", dir=backup.home))
        self._log = backup.home / f"{self.point.name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([PROGRAMS / "mailbackupfs", "-f", *options, backup.repository, self.point],
                                             env=backup.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             preexec_fn=die_with_parent)
        self._wait()

    def __enter__(self) -> "Mount":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._process.poll() is None:
            subprocess.run(["fusermount3", "-u", self.point], check=False)
        try:
            self._process.wait(MOUNT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            subprocess.run(["fusermount3", "-uz", self.point], check=False)
            raise
        if self._process.returncode != 0:
            raise AssertionError(f"mailbackupfs ended with {self._process.returncode}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def resident_peak_mib(self) -> float:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    def request_counts(self) -> str:
        """What the kernel has asked so far: "LOOKUP 5, READ 501"."""
        position = self._log.stat().st_size
        self._process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + MOUNT_SECONDS
        while time.monotonic() < deadline:
            for line in self._log.read_bytes()[position:].decode(errors="replace").splitlines(keepends=True):
                if "requests: " in line and line.endswith("\n"):
                    return line.split("requests: ")[1].strip()
            time.sleep(0.01)
        raise AssertionError("mailbackupfs does not answer SIGUSR1")

    def snapshots(self, account: str) -> list[str]:
        return sorted(name for name in os.listdir(self.point / account) if name != "latest")

    def snapshot(self, account: str, name: str = "latest", delimiter: str = "/") -> "SnapshotTree":
        return SnapshotTree(self.point / account / name, delimiter)

    def _wait(self) -> None:
        deadline = time.monotonic() + MOUNT_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise AssertionError(f"mailbackupfs: {self._log.read_text(errors='replace')}")
            if os.path.ismount(self.point):
                return
            time.sleep(0.02)
        raise AssertionError("mailbackupfs does not mount")


@dataclass(frozen=True)
class MountedFile:
    path: pathlib.Path
    sha256: str
    size: int
    mtime: int


class SnapshotTree:
    """What one snapshot shows."""

    def __init__(self, path: pathlib.Path, delimiter: str = "/"):
        self.path = path
        self.delimiter = delimiter

    def mailbox(self, mailbox: bytes) -> pathlib.Path:
        """The directory of a mailbox that has an ordinary name."""
        return self.path / mailbox_path(mailbox, self.delimiter)

    def files(self, directory: pathlib.Path) -> dict[int, pathlib.Path]:
        """UID to message file, of one directory."""
        return {uid_of(entry.name): pathlib.Path(entry.path) for entry in os.scandir(directory) if entry.is_file()}

    def messages(self, mailbox: bytes) -> dict[int, MountedFile]:
        return {uid: read_file(path) for uid, path in self.files(self.mailbox(mailbox)).items()}

    def all(self) -> dict[str, MountedFile]:
        """Every file by its path below the snapshot."""
        paths = [pathlib.Path(folder) / name for folder, _, names in os.walk(self.path) for name in names]
        return {str(path.relative_to(self.path)): read_file(path) for path in paths}

    def directories(self) -> set[str]:
        return {str((pathlib.Path(folder) / name).relative_to(self.path))
                for folder, names, _ in os.walk(self.path) for name in names}


def mailbox_path(mailbox: bytes, delimiter: str) -> str:
    """Where a mailbox with an ordinary name is below its snapshot."""
    return decode_mailbox_name(mailbox.decode("ascii")).replace(delimiter, "/")


def uid_of(file_name: str) -> int:
    return int(file_name.rsplit(".", 2)[1])


def read_file(path: pathlib.Path) -> MountedFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    status = path.stat()
    return MountedFile(path, digest, status.st_size, int(status.st_mtime))
