"""Feeds and sitemaps that mean harm cost one line of the report each; the crawl goes on and ends with 0."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawl.discovery.links import Discovered, NotReadable
from newscrawl.errors import NewscrawlError, StateUnwritable
from newscrawl.sites import Site
from newscrawl.spiders.asked import Asked
from newscrawl.spiders.news import NewsSpider
from newscrawl.spiders.reading import Reading
from newscrawl.workers.source_work import SourceAnswer, SourceKind, read_source
from tests.samples import html
from tests.support import ROOT, Archive, CountingWeb, environment

OK: dict[str, str] = {}
XML = {"Content-Type": "application/xml"}
MAX_BYTES = 8 * 1024 * 1024  # DOWNLOAD_MAXSIZE
# The crawl's process peaks at 370 MB, on a quiet web too (imports, most of it). The endless feed alone would pass
# this bound within seconds, and each of the bombs has a terabyte.
MEMORY_BOUND_KB = 600_000

_NESTED = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{_NESTED}]>'


def index(*urls: str) -> tuple[int, dict[str, str], bytes]:
    maps = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return 200, XML, f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>'.encode()


def urlset(url: str) -> tuple[int, dict[str, str], bytes]:
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{url}</loc></url></urlset>'
    return 200, XML, body.encode()


def feed(*links: str) -> tuple[int, dict[str, str], bytes]:
    items = "".join(f"<item><link>{link}</link></item>" for link in links)
    return 200, XML, f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def endless() -> Iterator[bytes]:
    yield b'<rss version="2.0"><channel>'
    item = b"<item><title>" + b"x" * 4000 + b"</title></item>"
    for n in itertools.count():
        yield item * 16 + b"<item><link>/khabar-jo-kabhi-nahin-%d</link></item>" % n


class Web:
    """A site with one good article, one whose sitemaps lead in circles, and one that serves `trap` as its source."""

    def __init__(self, stack: ExitStack) -> None:
        self.victim = stack.enter_context(CountingWeb(address="127.0.0.99"))
        self.good, self.loop, self.bad = (
            stack.enter_context(CountingWeb(address=f"127.0.0.{n}")) for n in (31, 32, 33)
        )
        page = (200, OK, html().encode())
        # More than are asked for at once, each longer than a URL may be once it is escaped.
        long = [f"/{'लंबी-' * 60}{n}" for n in range(40)]
        self.good.pages = {"/feed": feed(*long, "/achchhi-khabar-yahan-1"), "/achchhi-khabar-yahan-1": page}
        self._circle(self.loop)
        self._traps(self.bad)

    def _circle(self, web: CountingWeb) -> None:
        to = lambda path: web.url + path  # noqa: E731
        web.pages = {
            "/sitemap.xml": index(to("/sitemap.xml"), to("/a.xml"), to("/deeper?n=1")),
            "/a.xml": index(to("/b.xml"), to("/sitemap.xml")),
            "/b.xml": index(to("/a.xml"), to("/pages.xml")),
            "/pages.xml": urlset(to("/gol-chakkar-ki-khabar-2")),
            "/gol-chakkar-ki-khabar-2": (200, OK, html(title="गोल चक्कर").encode()),
        }
        web.pages |= {f"/deeper?n={n}": index(to(f"/deeper?n={n + 1}")) for n in range(1, 20)}

    def _traps(self, web: CountingWeb) -> None:
        away = f"{self.victim.url}/khabar-andar-ki-9"
        hidden = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY x SYSTEM "{self.victim.url}/entity">]>'
        web.pages = {
            "/endless": (200, XML, endless()),
            "/bomb-feed": (200, XML, f"{BOMB}<rss><channel><title>&e11;</title></channel></rss>".encode()),
            "/bomb-map": (200, XML, f"{BOMB}<urlset><url><loc>&e11;</loc></url></urlset>".encode()),
            "/outside-map": (200, XML, f"{hidden}<urlset><url><loc>&x;</loc></url></urlset>".encode()),
            "/to-file": (302, {"Location": "file:///etc/passwd"}, b""),
            "/to-private": (302, {"Location": f"{self.victim.url}/feed"}, b""),
            "/links": feed(
                f"{web.url}/khabar-file-se-judi-3",
                f"{web.url}/khabar-bahar-se-judi-4",
                f"{web.url}/khabar-do-line-5&#13;&#10;X-Evil: 1&#13;&#10;",
                f"{web.url}/khabar-tin-line-6%0d%0aX-Evil: 1",
                f"{web.url}:80&#10;/khabar-char-line-7",
                away,
                "file:///etc/passwd",
            ),
            "/khabar-file-se-judi-3": (302, {"Location": "file:///etc/passwd"}, b""),
            "/khabar-bahar-se-judi-4": (301, {"Location": away}, b""),
        }

    def sites(self) -> str:
        def entry(name: str, web: CountingWeb, feeds: list[str], sitemaps: list[str]) -> str:
            lists = f"feeds = {[web.url + f for f in feeds]}\nsitemaps = {[web.url + s for s in sitemaps]}\n"
            return f'[[site]]\nname = "{name}"\nhome = "{web.url}/"\ndelay = 0\n' + lists.replace("'", '"')

        traps = ["/endless", "/bomb-feed", "/to-file", "/to-private", "/links"]
        return (
            entry("good", self.good, ["/feed"], [])
            + entry("loop", self.loop, [], ["/sitemap.xml"])
            + entry("bad", self.bad, traps, ["/bomb-map", "/outside-map"])
        )


def test_a_full_disk_while_a_source_fails_ends_the_run() -> None:
    failures: list[NewscrawlError] = []
    spider = NewsSpider.__new__(NewsSpider)
    spider.run = SimpleNamespace(report=SimpleNamespace(discovery_errors={}), fail=failures.append)  # type: ignore[assignment]
    # Of an errback that fails, Scrapy gives the failure that it was called with as the response.
    spider._callback_failed(Failure(sqlite3.OperationalError("disk is full")), Failure(ValueError()))  # type: ignore[arg-type]
    assert isinstance(failures[0], StateUnwritable) and "news" in spider.run.report.discovery_errors


def test_a_reader_that_fails_costs_its_source_which_has_what_is_asked_in_its_place() -> None:
    """By a pattern that the sites file would refuse: no source is known at which a reader of ours raises."""
    site = Site(name="one", home="http://127.0.0.1/", article_url="([")
    asked = Asked.entrance(site, "http://127.0.0.1/feed", SourceKind.FEED, None)
    response = Response(asked.url, body=b"<rss><channel><item><link>/a-b-c-d-1</link></item></channel></rss>")

    async def read(answer: SourceAnswer) -> Discovered:
        return read_source(answer)

    reading = Reading.__new__(Reading)
    reading._since, reading._in_turn = None, read  # type: ignore[method-assign]
    with pytest.raises(NotReadable, match="the reader failed"):
        asyncio.run(reading.read(response, asked, datetime.now(UTC)))


def peak_kb(process: subprocess.Popen[bytes]) -> int:
    """The most memory that a process ever held, watched until its end."""
    peak = 0
    deadline = time.monotonic() + 150
    while process.poll() is None:
        assert time.monotonic() < deadline
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                peak = int(line.split()[1])
        time.sleep(0.05)
    return peak


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_hostile_sources_are_reported_and_the_crawl_goes_on(tmp_path: Path, archive: Archive) -> None:
    state = tmp_path / "state"
    with ExitStack() as stack:
        web = Web(stack)
        (tmp_path / "sites.toml").write_text(web.sites())
        log = (tmp_path / "log").open("wb")
        crawl = subprocess.Popen(
            [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}"],
            cwd=ROOT, env=environment(NEWSCRAWL_STATE_DIR=str(state), **archive.variables), stdout=log, stderr=log,
        )  # fmt: skip
        peak = peak_kb(crawl)
        said = (tmp_path / "log").read_text()
        assert crawl.returncode == 0, said
        assert peak < MEMORY_BOUND_KB, f"{peak} KB"

        # The circle: each sitemap once, and no further down than sitemaps nest.
        assert max(web.loop.requests.count(path) for path in web.loop.requests) == 1
        assert "/deeper?n=3" in web.loop.requests and "/deeper?n=5" not in web.loop.requests
        # The feed without an end: cut off once, a little above the limit (what the sockets hold).
        assert MAX_BYTES <= web.bad.bytes_sent < 3 * MAX_BYTES
        # What is private was not asked, neither by redirect nor by link nor by entity; no header came through a URL.
        assert web.victim.requests == []
        assert not any(name.lower() == "x-evil" for name in web.bad.header_names)
    archive.check()
    [report] = [archive.document(name) for name in archive.names() if name.endswith("/run.json")]
    stored = {row["site"] for table in ("articles", "duplicates") for row in archive.rows(table)}
    refused = archive.rows("rejects")
    rejects: dict[str, Any] = {
        row["url"].removeprefix(web.bad.url): row["reason"] for row in refused if row["site"] == "bad"
    }
    errors = {url.removeprefix(web.bad.url): why for url, why in report["discovery_errors"].items()}
    assert set(errors) == {"/endless", "/bomb-feed", "/bomb-map", "/outside-map", "/to-file", "/to-private"}
    assert errors["/endless"].startswith("too_large")
    assert "file:" in errors["/to-file"] and "not a public address" in errors["/to-private"]
    assert stored == {"good", "loop"}
    # Line breaks go out of a URL, or stay escaped in it; where they stand in the port, it is no URL.
    assert rejects == {
        "/khabar-file-se-judi-3": "forbidden",
        "/khabar-bahar-se-judi-4": "forbidden",
        "/khabar-do-line-5X-Evil: 1": "gone",
        "/khabar-tin-line-6%0d%0aX-Evil: 1": "gone",
    }
    assert [row["reason"] for row in refused if row["site"] == "good"] == ["forbidden"] * 40
    assert {row["detail"] for row in refused if row["site"] == "good"} == {"longer than a URL may be (2083)"}
