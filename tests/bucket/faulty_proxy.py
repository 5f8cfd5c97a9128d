"""A TCP proxy in front of a real server that loses replies: the request arrives, its answer does not."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class FaultyProxy:
    """Forwards to a port on loopback; after `lose(n)` the next n replies to PUTs never reach the client."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._to_lose = 0
        self.lost = 0
        self._guard = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def lose(self, replies: int) -> None:
        """Arm the fault."""
        with self._guard:
            self._to_lose = replies

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._target_port))
        method = [b""]

        def upstream() -> None:
            try:
                while data := client.recv(65536):
                    if data[:4] in (b"PUT ", b"GET ", b"HEAD", b"DELE"):
                        method[0] = data[:4]
                    server.sendall(data)
            except OSError:
                pass
            _close(server)

        threading.Thread(target=upstream, daemon=True).start()
        try:
            while data := server.recv(65536):
                # "100 Continue" is not the reply yet: the body is still to come.
                final = not data.startswith(b"HTTP/1.1 100")
                if final and method[0] == b"PUT " and self._take_fault():
                    break
                client.sendall(data)
        except OSError:
            pass
        _close(client)
        _close(server)

    def _take_fault(self) -> bool:
        with self._guard:
            if not self._to_lose:
                return False
            self._to_lose -= 1
            self.lost += 1
            return True


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
