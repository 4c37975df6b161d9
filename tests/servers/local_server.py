"""What all servers under test have in common: a directory of their own, two free ports of loopback, users with
passwords, a certificate, and an end that comes with the test's, however that ends."""

import atexit
import ctypes
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from certificates import GOOD, Certificates

START_ATTEMPTS = 5
START_SECONDS = 30
STOP_SECONDS = 20
_PR_SET_PDEATHSIG = 1


class LocalServer:
    """Start with start() or `with`; `imap_port` offers STARTTLS, `imaps_port` TLS from the first byte.

    `users` maps names to passwords. Without `directory` everything is in a temporary one that stop() removes; with it,
    the mail found there is served and stays. A mailbox is `prefix` and its levels, joined by `delimiter`.
    """

    host = "127.0.0.1"
    name = ""
    prefix = ""
    delimiter = "/"
    mechanisms: tuple[str, ...] = ()  # that can be logged in with
    compresses = True  # has COMPRESS=DEFLATE

    def __init__(self, users: dict[str, str], directory: pathlib.Path | None = None, certificate: str = GOOD):
        self.users = users
        self.temporary = directory is None
        # Unix sockets must have short paths, so not below a build directory of any depth.
        self.directory = (pathlib.Path(tempfile.mkdtemp(prefix=f"{self.name}-")) if self.temporary
                          else directory.resolve())
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o711)
        self.imap_port = 0
        self.imaps_port = 0
        (self.directory / "certificates").mkdir(exist_ok=True)
        self.certificates = Certificates(self.directory / "certificates", certificate)
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "LocalServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def ca_file(self) -> pathlib.Path:
        return self.certificates.authority

    @property
    def log(self) -> pathlib.Path:
        return self.directory / "log"

    def start(self, detached: bool = False) -> None:
        """Returns when logins are answered. Ports are picked free; another process may take one in between, so this
        tries a few times. Unless `detached`, the server ends with this process, however that ends."""
        atexit.register(self.stop)
        for _ in range(START_ATTEMPTS):
            self.imap_port, self.imaps_port = _free_ports(2)
            self.write_config()
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                 start_new_session=True,
                                                 preexec_fn=None if detached else self.die_with_parent)
            if self._wait_until_ready():
                return
            self.stop_process()
        raise RuntimeError(f"{self.name} does not start:\n{self._log_tail()}")

    def stop(self) -> None:
        atexit.unregister(self.stop)
        self.stop_process()
        if self.temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    def stop_process(self) -> None:
        if self._process is None:
            return
        self.end_process(self._process)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def write_config(self) -> None:
        """Called before each attempt to start, with the ports chosen."""
        raise NotImplementedError

    def command(self) -> list:
        """What runs in the foreground."""
        raise NotImplementedError

    def end_process(self, process: subprocess.Popen) -> None:
        process.terminate()

    def die_with_parent(self) -> None:
        """What makes the process end when this one does, however it does."""
        die_with_parent()

    def ports(self) -> tuple[int, ...]:
        """Those that must answer."""
        return self.imap_port, self.imaps_port

    def is_ours(self) -> bool:
        """Whether it is this server that answers, not something that took the port first."""
        return True

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if all(map(_answers, self.ports())) and self.is_ours() and self._process.poll() is None:
                return True
            time.sleep(0.02)
        return False

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-10:]) if self.log.exists() else "(no log)"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def die_with_parent(by: int = signal.SIGTERM) -> None:
    """For preexec_fn: the child gets this signal when the thread that started it ends, however it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, by)
