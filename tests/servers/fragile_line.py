"""A line to a server that breaks after so many bytes of what the server says."""

import socket
import threading
from collections.abc import Callable


class FragileLine:
    """Passes connections on to `port` of loopback, with `with`; `port` is its own one then. `carried` counts what the
    server said since the last mend(), on all connections together."""

    def __init__(self, port: int):
        self._to = port
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
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

    def break_after(self, count: int, act: Callable[[], None]) -> None:
        """Once so many bytes have come from the server, `act` is called; nothing more comes through until mend()."""
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
            there = threading.Thread(target=self._pass, args=(client, server, lambda data: data), daemon=True)
            there.start()
            self._pass(server, client, self._admit)
            there.join()
            with self._lock:
                self._sockets -= {client, server}

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket, admit: Callable[[bytes], bytes]) -> None:
        try:
            while data := admit(source.recv(65536)):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # either end may go away at any time
        _shut(source)

    def _admit(self, data: bytes) -> bytes:
        """What of it comes through."""
        with self._lock:
            if self.broken:
                return b""
            self.carried += len(data)
            surplus = self.carried - self._breaks_after if self._breaks_after is not None else 0
            self.broken = surplus > 0
        if not self.broken:
            return data
        threading.Thread(target=self._act).start()
        return data[:len(data) - surplus]


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
