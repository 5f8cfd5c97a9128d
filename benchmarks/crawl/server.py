"""The page server: printed pages from disk, sitemaps and robots.txt from memory, one loopback address a site.

    python -m benchmarks.crawl.server FOLDER COUNT

announces `ready BASE BASE ...` and serves the first COUNT pages until SIGTERM. `GET /.bench` tells what was
asked (JSON: `pages`, `bytes`, and `first`, the CLOCK_MONOTONIC seconds of the first request).
An answer costs it about 0.15 ms, so that it is never what a crawl waits for.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import signal
import sys
import time
from datetime import datetime
from pathlib import Path

from benchmarks.crawl.pages import URLS_A_SITEMAP, Printed, load_web
from newscrawl.demo.feed_xml import Entry, news_urlset, robots, sitemap_index
from newscrawl.demo.process import free_addresses
from newscrawl.interrupts import die_with_parent

SITEMAP = "/sitemap.xml"
_TELL = b"/.bench"


class Web:
    """What each address answers, and what was asked."""

    def __init__(self, folder: Path, printed: list[Printed]) -> None:
        self._folder = folder
        sites = max(p.site for p in printed) + 1
        self.addresses = free_addresses(sites)
        self.bases = [f"http://{host}:{port}" for host, port in self.addresses]
        self._pages = [{p.target.encode(): p.file for p in printed if p.site == site} for site in range(sites)]
        self._documents = [
            self._documents_of(self.bases[site], [p for p in printed if p.site == site]) for site in range(sites)
        ]
        self._count = self._bytes = 0
        self._first: float | None = None

    def _documents_of(self, base: str, printed: list[Printed]) -> dict[bytes, bytes]:
        entries = [Entry(base + p.target, published=datetime.fromisoformat(p.published)) for p in printed]
        parts = [entries[i : i + URLS_A_SITEMAP] for i in range(0, len(entries), URLS_A_SITEMAP)]
        names = [f"/news-sitemap-{i}.xml" for i in range(len(parts))]
        documents = {name: news_urlset(part, base) for name, part in zip(names, parts, strict=True)}
        documents[SITEMAP] = sitemap_index([base + name for name in names])
        answers = {name.encode(): _answer(text.encode(), b"application/xml") for name, text in documents.items()}
        answers[b"/robots.txt"] = _answer(robots(base, SITEMAP).encode(), b"text/plain")
        return answers

    def answer(self, site: int, head: bytes) -> bytes:
        """The answer to a request's head (method and version are not looked at: every client here is ours)."""
        target = head.split(b" ", 2)[1]
        if target == _TELL:
            return self._tell()
        self._first = self._first or time.monotonic()
        if answer := self._documents[site].get(target):
            return answer
        if (name := self._pages[site].get(target)) is None:
            return _answer(b"not here", b"text/plain", b"404 Not Found")
        body = (self._folder / name).read_bytes()
        self._count += 1
        self._bytes += len(body)
        if b"gzip" not in head:
            return _answer(gzip.decompress(body), b"text/html; charset=utf-8")
        return _answer(body, b"text/html; charset=utf-8\r\nContent-Encoding: gzip")

    def _tell(self) -> bytes:
        told = json.dumps({"pages": self._count, "bytes": self._bytes, "first": self._first})
        return _answer(told.encode(), b"application/json")


def _answer(body: bytes, kind: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (status, kind, len(body), body)


class Connection(asyncio.Protocol):
    """One client's connection; requests are answered in their order."""

    def __init__(self, web: Web, site: int) -> None:
        self._web, self._site = web, site
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head, self._received = self._received[:end], self._received[end + 4 :]
            self._transport.write(self._web.answer(self._site, head))


async def serve(folder: Path, count: int) -> None:
    """Serve until SIGTERM or the parent's death."""
    die_with_parent(signal.SIGTERM)
    web = Web(folder, load_web(folder)[:count])
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    for site, (host, port) in enumerate(web.addresses):
        await loop.create_server(lambda site=site: Connection(web, site), host, port)  # type: ignore[misc]
    print("ready", *web.bases, flush=True)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
