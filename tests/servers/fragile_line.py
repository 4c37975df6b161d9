"""A line to a server that breaks after so many bytes of what the server says."""

import socket
import threading
import time
from collections.abc import Callable

PIECE_BYTES = 4096


class FragileLine:
    """Passes connections on to `port` of loopback, with `with`; `port` is its own one then. `carried` counts what the
    server said since the last mend(), on all connections together; `connections` were made. `bytes_per_second`: of each connection, while a
    break is ahead."""

    def __init__(self, port: int, bytes_per_second: float = float("inf")):
        self._to = port
        self._rate = bytes_per_second
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self.connections = 0
        self.mend()

    def __enter__(self) -> "FragileLine":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()

    def mend(self) -> None:
        self.carried = 0
        self.broken = False
        self._breaks_after: int | None = None

    def break_after(self, count: int, act: Callable[[], None] | None = None) -> None:
        """Once so many bytes have come from the server, `act` is called, and nothing more comes through until mend().
        Without `act` only the connection that brings them is cut, and the line is whole again."""
        self.mend()
        self._act = act
        self._breaks_after = count

    def cut_all(self) -> None:
        """All connections, without a goodbye."""
        with self._lock:
            for each in self._sockets:
                _shut(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._to)) as server:
            with self._lock:
                if self.broken:
                    return
                self._sockets |= {client, server}
                self.connections += 1
            there = threading.Thread(target=self._pass, args=(client, server, lambda data: data), daemon=True)
            there.start()
            self._pass(server, client, self._admit)
            there.join()
            with self._lock:
                self._sockets -= {client, server}

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket, admit: Callable[[bytes], bytes]) -> None:
        try:
            while data := admit(source.recv(PIECE_BYTES)):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # either end may go away at any time
        _shut(source)

    def _admit(self, data: bytes) -> bytes:
        """What of it comes through."""
        if self._breaks_after is not None:
            time.sleep(len(data) / self._rate)
        with self._lock:
            if self.broken:
                return b""
            self.carried += len(data)
            surplus = self.carried - self._breaks_after if self._breaks_after is not None else 0
            self.broken = surplus > 0
            if self.broken and not self._act:
                self.mend()
                return b""
        if not self.broken:
            return data
        threading.Thread(target=self._act).start()
        return data[:len(data) - surplus]


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
