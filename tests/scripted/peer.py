"""An IMAP server that says what a data file tells it to, over TLS on loopback.

A file has rules: a line `on PATTERN` (a shell pattern for a command without its tag, * for anything), and below it the
lines of the answer, up to an empty line. The first rule that fits answers; those of peers/base.imap come last. In an
answer TAG stands for the command's tag, and \\xNN and the like are octets. Lines that start with ! do something else:

  !tls      the TLS handshake (behind the answer to STARTTLS)
  !inject   sends the next line in one piece with the line before
  !close    says goodbye and closes the connection, in the middle of whatever it is
  !cut      the same without a goodbye

`on greeting` is for the beginning, which no command precedes.
"""

import fnmatch
import pathlib
import re
import socket
import ssl
import tempfile
import threading

from certificates import Certificates

PEERS = pathlib.Path(__file__).parent / "peers"

# All that a backup may ever say; anything else could change the mailbox.
READ_ONLY = re.compile(rb"(CAPABILITY|STARTTLS|NOOP|LOGOUT|UNSELECT|ID \(.*\)|LOGIN .*|AUTHENTICATE .*|LIST .*|STATUS .*"
                       rb"|EXAMINE .*|UID FETCH [0-9:*,]+ \((UID FLAGS|UID FLAGS INTERNALDATE BODY\.PEEK\[\])\))", re.S)


def _rules(path: pathlib.Path) -> list[tuple[str, list[str]]]:
    rules = []
    for block in re.split(r"\n\s*\n", path.read_text()):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            assert lines[0].startswith("on "), f"{path}: {lines[0]}"
            rules.append((lines[0].removeprefix("on "), lines[1:]))
    return rules


def _octets(line: str) -> bytes:
    return line.encode().decode("unicode_escape").encode("latin-1")


class _Hangup(Exception):
    pass


class _Conversation:
    """One connection."""

    def __init__(self, peer: "Peer", connection: socket.socket):
        self.peer = peer
        self.socket = connection
        self.input = b""

    def run(self) -> None:
        if self.peer.implicit:
            self._start_tls()
        self._answer("greeting", b"*")
        while command := self._command():
            self.peer.said.append(command)
            tag, _, text = command.partition(b" ")
            self._answer(text.decode("latin-1"), tag)

    def _start_tls(self) -> None:
        self.socket = self.peer.tls.wrap_socket(self.socket, server_side=True)

    def _more(self) -> bytes:
        received = self.socket.recv(65536)
        self.input += received
        return received

    def _command(self) -> bytes | None:
        """A line, with the literals it holds."""
        command = b""
        while True:
            while b"\r\n" not in self.input:
                if not self._more():
                    return None
            line, self.input = self.input.split(b"\r\n", 1)
            command += line
            literal = re.search(rb"\{(\d+)\}$", line)
            if not literal:
                return command
            self.socket.sendall(b"+ go on\r\n")
            while len(self.input) < int(literal[1]):
                self._more()
            command, self.input = command + self.input[:int(literal[1])], self.input[int(literal[1]):]

    def _answer(self, text: str, tag: bytes) -> None:
        pending = b""
        for line in self.peer.answer_to(text):
            if line == "!inject":
                continue
            if not line.startswith("!"):
                pending += _octets(line).replace(b"TAG", tag) + b"\r\n"
                continue
            if pending:
                self.socket.sendall(pending.removesuffix(b"\r\n") if line in ("!close", "!cut") else pending)
            pending = b""
            self._act(line)
        if pending:
            self.socket.sendall(pending)

    def _act(self, directive: str) -> None:
        if directive == "!tls":
            self._start_tls()
        elif directive == "!close":
            self.socket.unwrap()
            raise _Hangup
        elif directive == "!cut":
            self.socket.close()
            raise _Hangup
        else:
            raise ValueError(directive)


class Peer:
    """Plays peers/NAME.imap with `with`. `said` is every command line it got, tags included."""

    host = "127.0.0.1"
    users = {"alice": "sesame"}

    def __init__(self, name: str, tls: str = "implicit"):
        self.implicit = tls == "implicit"
        self.rules = _rules(PEERS / f"{name}.imap") + _rules(PEERS / "base.imap")
        self.said: list[bytes] = []
        self.errors: list[Exception] = []

    def __enter__(self) -> "Peer":
        self._directory = tempfile.TemporaryDirectory()
        certificates = Certificates(pathlib.Path(self._directory.name))
        self.ca_file = certificates.authority
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificates.certificate, certificates.key)
        self._listener = socket.create_server((self.host, 0))
        self.imap_port = self.imaps_port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        self._directory.cleanup()

    def answer_to(self, command: str) -> list[str]:
        for pattern, lines in self.rules:
            if fnmatch.fnmatchcase(command, pattern.replace("[", "[[]")):
                return lines
        raise ValueError(f"no rule for {command!r}")

    def said_what_changes(self) -> list[bytes]:
        commands = [line.partition(b" ")[2] for line in self.said]
        return [command for command in commands if not READ_ONLY.fullmatch(command)]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        conversation = _Conversation(self, connection)
        try:
            conversation.run()
        except (_Hangup, OSError):
            pass  # the client may go away at any time
        except Exception as error:
            self.errors.append(error)
        finally:
            conversation.socket.close()
