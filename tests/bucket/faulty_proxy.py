"""A TCP proxy in front of a real server that is at fault: it loses replies, answers itself, or is slow."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_METHODS = (b"PUT ", b"GET ", b"HEAD ", b"DELETE ")


@dataclass(slots=True)
class _Rule:
    """Requests whose first line matches are answered by the proxy; the real server never sees them."""

    first_line: re.Pattern[bytes]
    answer: bytes
    times: int


class FaultyProxy:
    """Forwards to a port on loopback; after `lose(n)` the next n replies to PUTs never reach the client."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._to_lose = 0
        self._rules: list[_Rule] = []
        self._delay = 0.0
        self.lost = 0
        self.answered = 0
        self._guard = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def lose(self, replies: int) -> None:
        """Arm the fault."""
        with self._guard:
            self._to_lose = replies

    def answer(self, first_line: str, status: str, body: str = "", times: int = 1, promised: int | None = None) -> None:
        """Answer the next `times` requests whose first line has this pattern with a status line and an XML body.

        `promised`: how long the answer says that its body is, where it breaks off before.
        """
        raw = body.encode()
        length = len(raw) if promised is None else promised
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\n"
        with self._guard:
            pattern = re.compile(first_line.encode())
            self._rules.append(_Rule(pattern, head.encode() + b"Connection: close\r\n\r\n" + raw, times))

    def mended(self) -> None:
        """Answer nothing any more."""
        with self._guard:
            self._rules.clear()

    def slow_down(self, seconds: float) -> None:
        """Hold back every reply for so long."""
        self._delay = seconds

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
                    if data.startswith(_METHODS):
                        method[0] = data[:4]
                        if (canned := self._canned(data.partition(b"\r\n")[0])) is not None:
                            client.sendall(canned)
                            # What is still to come of its body is read, or the client would see a reset.
                            client.shutdown(socket.SHUT_WR)
                            while client.recv(65536):
                                pass
                            break
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
                time.sleep(self._delay)
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

    def _canned(self, first_line: bytes) -> bytes | None:
        with self._guard:
            for rule in self._rules:
                if rule.times and rule.first_line.search(first_line):
                    rule.times -= 1
                    self.answered += 1
                    return rule.answer
        return None


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
