"""An IMAP server that says what a file of peers/ tells it to, over TLS on loopback; peer_file.py has the language."""

import atexit
import functools
import pathlib
import re
import socket
import ssl
import tempfile
import threading
import time

from certificates import Certificates
from ordinary_server import OrdinaryServer, asks_for
from peer_file import Act, PeerFile, Rule, fits, line_octets, octets

# All that a backup may ever say; anything else could change the mailbox.
FETCH_ITEMS = rb"UID( (FLAGS|INTERNALDATE|RFC822\.SIZE|EMAILID|X-GM-MSGID|BODY\.PEEK\[(HEADER)?\](<[0-9]+\.[0-9]+>)?))*"
READ_ONLY = re.compile(rb"CAPABILITY|STARTTLS|COMPRESS DEFLATE|NAMESPACE|ENABLE UTF8=ACCEPT|GETQUOTAROOT INBOX|NOOP|LOGOUT|UNSELECT|ID \(.*\)|LOGIN .*|AUTHENTICATE .*|LIST .*|STATUS .*|EXAMINE .*"
                       rb"|UID FETCH [0-9:*,]+ \(" + FETCH_ITEMS + rb"\)( \(CHANGEDSINCE [0-9]+\))?"
                       rb"|UID SEARCH (RETURN \(ALL\) )?(ALL|(UID 1:[0-9]+ )?SINCE [0-9A-Za-z-]+)", re.S)


PIECE_REPEATED = 10000  # before it is sent
SLOW_SECONDS = 0.005


class _Hangup(Exception):
    pass


class _Conversation:
    """One connection."""

    def __init__(self, peer: "Peer", connection: socket.socket, number: int):
        self.peer = peer
        self.act = peer.act
        self.socket = connection
        self.number = number
        self.ordinary = OrdinaryServer(peer.act.mailboxes)
        self.said: list[str] = []
        self.input = b""
        self.output = b""

    def run(self) -> None:
        if self.peer.implicit:
            self._start_tls()
        self._answer(b"greeting", b"*")
        while command := self._command():
            self.peer.note(command)
            tag, _, text = command.partition(b" ")
            self._answer(text, tag)
            self.said.append(text.decode("latin-1"))

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
            literal = re.search(rb"\{(\d+)(\+?)\}$", line)
            if not literal:
                return command
            if not literal[2]:
                self.socket.sendall(b"+ go on\r\n")
            while len(self.input) < int(literal[1]):
                if not self._more():
                    return None
            command, self.input = command + self.input[:int(literal[1])], self.input[int(literal[1]):]

    def _holds(self, condition: str, rule: Rule, command: bytes) -> bool:
        word, _, value = condition.partition(" ")
        if word in ("after", "before"):
            return any(fits(said, value) for said in self.said) == (word == "after")
        return {"first": lambda: not rule.used, "has": lambda: asks_for(command, int(value)),
                "longer": lambda: len(command) > int(value), "connection": lambda: self.number == int(value)}[word]()

    def _rule_for(self, command: bytes) -> Rule | None:
        text = command.decode("latin-1")
        for rule in self.act.rules:
            if fits(text, rule.pattern) and all(self._holds(each, rule, command) for each in rule.conditions):
                rule.used = True
                return rule
        return None

    def _answer(self, command: bytes, tag: bytes) -> None:
        rule = self._rule_for(command)
        for line in rule.answer if rule else ["!answer"]:
            if line.startswith("!"):
                self._act(line, command, tag)
            else:
                self.output += line_octets(line).replace(b"TAG", tag)
        self._flush()

    def _flush(self) -> None:
        self.peer.bodies += self.output.count(b"BODY[] {")
        self.socket.sendall(self.output)
        self.output = b""

    def _act(self, directive: str, command: bytes, tag: bytes) -> None:
        word, *arguments = directive.split()
        if word in ("!answer", "!data"):
            data, end = self.ordinary.answer(command, int(arguments[1]) if arguments else None)
            self.output += data + (b"%b %b\r\n" % (tag, end) if word == "!answer" else b"")
        elif word == "!limited":
            data, end = self.ordinary.limited_answer(command, int(arguments[0]))
            self.output += data + b"%b %b\r\n" % (tag, end)
        elif word == "!slowly":
            self._say_slowly()
        elif word == "!repeat":
            self._repeat(int(arguments[0]), directive.split(" ", 2)[2])
        elif word == "!open":
            self.ordinary.answer(command)
        elif word == "!tls":
            self._flush()
            self._start_tls()
        elif word in ("!close", "!cut"):
            self._flush()
            self._hang_up(politely=word == "!close")
        elif word != "!inject":
            raise ValueError(directive)

    def _repeat(self, times: int, text: str) -> None:
        plain = octets(text)
        for number in range(1, times + 1):
            if number % PIECE_REPEATED == 1:
                self._flush()
            self.output += plain.replace(b"%N%", b"%d" % number)

    def _say_slowly(self) -> None:
        """Until the client goes away."""
        while True:
            self.output += b" "
            self._flush()
            time.sleep(SLOW_SECONDS)

    def _hang_up(self, politely: bool) -> None:
        if politely:
            self.socket.unwrap()
        self.socket.close()
        raise _Hangup


@functools.cache
def _certificates() -> Certificates:
    directory = tempfile.TemporaryDirectory()
    atexit.register(directory.cleanup)
    return Certificates(pathlib.Path(directory.name))


class Peer:
    """Plays a file of peers/ with `with`, act by act. `said`, `bodies` and `connections` are of this act."""

    host = "127.0.0.1"
    users = {"alice": "sesame"}

    def __init__(self, name: str, tls: str = "implicit"):
        self.file = PeerFile(name)
        self.implicit = tls == "implicit"
        self.errors: list[Exception] = []
        self.forbidden: list[bytes] = []  # commands that could change something
        self.said: list[bytes] = []  # command lines with their tags
        self.begin(self.file.acts[0])

    def begin(self, act: Act) -> None:
        """What the server says from the next connection on."""
        self.act = act
        self.said.clear()
        self.bodies = self.connections = 0
        for rule in act.rules:
            rule.used = False

    def __enter__(self) -> "Peer":
        certificates = _certificates()
        self.ca_file = certificates.authority
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificates.certificate, certificates.key)
        self._listener = socket.create_server((self.host, 0))
        self.imap_port = self.imaps_port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:  # which grow until the first has ended
            thread.join()
        self._listener.close()

    def note(self, command: bytes) -> None:
        self.said.append(command)
        if not READ_ONLY.fullmatch(command.partition(b" ")[2]):
            self.forbidden.append(command)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._threads.append(threading.Thread(target=self._converse, args=(connection, self.connections)))
            self._threads[-1].start()

    def _converse(self, connection: socket.socket, number: int) -> None:
        conversation = _Conversation(self, connection, number)
        try:
            conversation.run()
        except (_Hangup, OSError):
            pass  # the client may go away at any time
        except Exception as error:
            self.errors.append(error)
        finally:
            conversation.socket.close()
