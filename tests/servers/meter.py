"""A line to a server that counts what goes through it and can be slow."""

import socket
import threading
import time


class Meter:
    """Passes connections on to `port` of loopback, with `with`; `port` is its own one then, `received` the bytes from the
    server. `bytes_per_second` and `delay_seconds` make the way from the server slow."""

    def __init__(self, port: int, bytes_per_second: float | None = None, delay_seconds: float = 0):
        self._to = port
        self._rate = bytes_per_second
        self._delay = delay_seconds
        self.received = 0

    def __enter__(self) -> "Meter":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._to)) as server:
            there = threading.Thread(target=self._pass, args=(client, server, False), daemon=True)
            there.start()
            self._pass(server, client, True)
            there.join()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while data := source.recv(65536):
                if counted:
                    self.received += len(data)
                    time.sleep(self._delay + (len(data) / self._rate if self._rate else 0))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # either end may go away at any time
