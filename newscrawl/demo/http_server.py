"""A small HTTP/1.1 server on asyncio streams: keep-alive, HEAD, conditional GET, gzip, stalls.

It serves what an `App` answers and knows nothing of news. Loopback only: any other address is refused.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import ipaddress
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

logger = logging.getLogger(__name__)

# A request head beyond this is no browser's and no crawler's; it also bounds the memory of a connection.
_MAX_HEAD = 64 * 1024
# Seconds an idle or stalled connection is kept: longer than any client's time-out in a demo.
_IDLE = 120
# Below this, gzip saves nothing.
_GZIP_FROM = 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One parsed request. `target` is the raw path and query, verbatim; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    address: tuple[str, int]  # the local address that was asked

    @property
    def host(self) -> str:
        """Host header without port, lower case."""
        return self.headers.get("host", "").rsplit(":", 1)[0].lower()


@dataclass(slots=True, kw_only=True)
class Reply:
    """One answer. `etag=None` derives it from the body; `""` sends none."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    modified: datetime | None = None
    etag: str | None = None
    revalidate: bool = True  # False: conditional requests always get the full answer
    compress: bool = True
    stall: bool = False  # headers and the body so far, then silence


App = Callable[[Request], Reply]


class HttpServer:
    """Listens on the given loopback addresses until closed."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, addresses: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
        """Bind every address (port 0: a free one) and return what was bound. `OSError` binds none."""
        bound = []
        try:
            for host, port in addresses:
                if not ipaddress.ip_address(host).is_loopback:
                    raise ValueError(f"{host} is not a loopback address")
                server = await asyncio.start_server(self._accept, host, port, limit=_MAX_HEAD)
                self._servers.append(server)
                bound.append(server.sockets[0].getsockname()[:2])
        except OSError:
            await self.close()
            raise
        return bound

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._servers.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            logger.debug("client went away")
        except asyncio.CancelledError:
            logger.debug("connection dropped at close")
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; False ends the connection."""
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _IDLE)
        except asyncio.LimitOverrunError:
            await self._send(writer, None, Reply(status=431, etag=""))
            return False
        try:
            request = _parse(head, writer.get_extra_info("sockname")[:2])
        except ValueError:
            await self._send(writer, None, Reply(status=400, etag=""))
            return False
        if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
            await self._send(writer, request, Reply(status=413, etag=""))
            return False
        if request.method not in ("GET", "HEAD"):
            reply = Reply(status=405, headers={"Allow": "GET, HEAD"}, etag="")
        else:
            try:
                reply = self.app(request)
            except Exception:
                # The boundary of a server: one broken page must not take the others with it.
                logger.exception("no answer for %s", request.target)
                reply = Reply(status=500, body=b"demo server error", content_type="text/plain", etag="")
        await self._send(writer, request, reply)
        if reply.stall:
            await asyncio.wait_for(reader.read(1), _IDLE)
            return False
        return request.headers.get("connection", "").lower() != "close"

    async def _send(self, writer: asyncio.StreamWriter, request: Request | None, reply: Reply) -> None:
        headers = {"Date": format_datetime(datetime.now(UTC), usegmt=True), "Server": "newscrawl-demo"}
        headers["Content-Type"] = reply.content_type
        status, body = reply.status, reply.body
        if status == 200 and reply.etag != "":
            headers["ETag"] = reply.etag or f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
        if reply.modified:
            headers["Last-Modified"] = format_datetime(reply.modified.astimezone(UTC), usegmt=True)
        if request and status == 200 and reply.revalidate and _not_modified(request, headers):
            status, body = 304, b""
        elif request and reply.compress and len(body) >= _GZIP_FROM and _takes_gzip(request):
            body = gzip.compress(body, 6, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        length = len(body) + (1 << 20 if reply.stall else 0)  # a stall promises what it never sends
        if status != 304:
            headers["Content-Length"] = str(length)
        headers |= reply.headers
        closing = request is None or status in (400, 413, 431) or request.headers.get("connection") == "close"
        headers["Connection"] = "close" if closing else "keep-alive"
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{k}: {v}" for k, v in headers.items())]
        writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
        if request is None or request.method != "HEAD":
            for at in range(0, len(body), 1 << 18):  # piecewise, so that a big page waits for its reader
                writer.write(body[at : at + (1 << 18)])
                await writer.drain()
        await writer.drain()


def _parse(head: bytes, address: tuple[str, int]) -> Request:
    """Raises `ValueError` for anything but a plain HTTP/1.x request in origin form."""
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, version = first.split(" ")
    if not target.startswith("/") or version not in ("HTTP/1.1", "HTTP/1.0"):
        raise ValueError(first)
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip() or not name:
            raise ValueError(line)
        headers[name.lower()] = value.strip()
    if version == "HTTP/1.0":
        headers.setdefault("connection", "close")
    return Request(method, target, headers, address)


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "").lower()


def _not_modified(request: Request, headers: dict[str, str]) -> bool:
    """RFC 9110, 13.2.2: If-None-Match, and only without it If-Modified-Since."""
    if known := request.headers.get("if-none-match"):
        mine = headers.get("ETag", "").removeprefix("W/")
        return known == "*" or mine in [tag.strip().removeprefix("W/") for tag in known.split(",")]
    since, modified = request.headers.get("if-modified-since"), headers.get("Last-Modified")
    if not since or not modified:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except ValueError:
        return False  # an unreadable date is ignored, as the RFC says
