"""How a host is treated that is throttled, broken, silent about its rules, or wishes not to be archived."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from newscrawl.fetching.hosts import retry_after
from newscrawl.fetching.optout import head_wishes, header_wishes, told
from newscrawl.state.database import State
from tests.samples import NOW, OTHER, STORY, html
from tests.support import Answer, Archive, CountingWeb, scrapy

OK: dict[str, str] = {}
STORIES = [STORY, OTHER]
RETRY_AFTER = 3


def paths(number: int) -> list[str]:
    return [f"/nagar-ki-khabar-{n + 101}" for n in range(number)]


def page(number: int, **headers: str) -> Answer:
    # Different enough to be rows of their own, kept or fallen.
    return 200, headers, html(f"{STORIES[number % 2]}\nयह समाचार क्रमांक {number} है।", f"समाचार {number}").encode()


class Hosts:
    """Sites on loopback addresses of their own: politeness goes by host."""

    def __init__(self, folder: Path, archive: Archive) -> None:
        self.folder, self.archive, self.webs = folder, archive, dict[str, CountingWeb]()
        self.delays: dict[str, float] = {}
        self.servers = ExitStack()

    def site(self, name: str, articles: int, delay: float = 0) -> CountingWeb:
        web = self.servers.enter_context(CountingWeb(address=f"127.0.0.{21 + len(self.webs)}"))
        items = "".join(f"<item><link>{web.url}{path}</link></item>" for path in paths(articles))
        web.pages = {path: page(n) for n, path in enumerate(paths(articles))}
        web.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, f"<rss>{items}</rss>".encode())
        self.webs[name], self.delays[name] = web, delay
        return web

    def crawl(
        self, state: Path, *arguments: str, opt_outs: str = "tdm,noarchive,ai"
    ) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]], str]:
        entries = [
            f'[[site]]\nname = "{name}"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = {self.delays[name]}\n'
            for name, web in self.webs.items()
        ]
        (self.folder / "sites.toml").write_text("\n".join(entries))
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={self.folder / 'sites.toml'}", *arguments,
            NEWSCRAWL_STATE_DIR=str(state), NEWSCRAWL_BACKOFF_SECONDS="0.05", NEWSCRAWL_HOLD_SECONDS="30",
            NEWSCRAWL_OPT_OUTS=opt_outs, **self.archive.variables,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        self.archive.check()
        reports = sorted(name for name in self.archive.names() if name.endswith("/run.json"))
        rows = {table: self.archive.rows(table) for table in ("articles", "duplicates", "rejects")}
        return self.archive.document(reports[-1]), rows, result.stderr


def test_a_host_is_waited_for_or_left_while_the_others_go_on(tmp_path: Path, archive: Archive) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        throttled = hosts.site("throttled", 4)
        slower = paths(4)[3]
        throttled.pages[slower] = [(429, {"Retry-After": str(RETRY_AFTER)}, b"slower"), page(3)]
        broken = hosts.site("broken", 8)
        for path in paths(8):
            broken.pages[path] = (503, OK, b"down")
        away = hosts.site("away", 3)
        away.pages |= {path: (503, {"Retry-After": "86400"}, b"tomorrow") for path in paths(3)}
        silent = hosts.site("silent", 2)
        silent.pages["/robots.txt"] = (500, OK, b"broken")
        wishing = hosts.site("wishing", 4, delay=0.7)
        wishing.pages["/robots.txt"] = (403, OK, b"User-agent: *\nDisallow: /")
        wishing.pages[paths(4)[0]] = page(0, **{"tdm-reservation": "1"})
        wishing.pages[paths(4)[1]] = page(1, **{"X-Robots-Tag": "max-snippet:50, noarchive"})
        closed = hosts.site("closed", 3)
        closed.pages["/robots.txt"] = (200, OK, b"User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /*-102$\n")
        closed.pages["/feed"] = (*closed.pages["/feed"][:2], closed.pages["/feed"][2].replace(b"-103", b"-102"))
        report, rows, said = hosts.crawl(tmp_path / "state")

        # Throttled: nothing of it is asked while it rests, the page comes after, the other hosts do not wait.
        at = throttled.times[throttled.requests.index(slower)]
        later = [time for time in throttled.times if time > at]
        # A tenth is for the clock.
        assert min(later) - at >= RETRY_AFTER * 0.9
        assert throttled.requests.count(slower) == 2
        others = [web for web in hosts.webs.values() if web is not throttled]
        assert any(at < time < min(later) for web in others for time in web.times)

        # Broken: asked for as many pages as the setting allows, the others not at all, and none of them is a row.
        assert len(broken.requests) == 2 + 5
        # Asked to come back tomorrow: not asked again.
        assert len(away.requests) == 2 + 1
        assert set(silent.requests) == {"/robots.txt"}, "robots.txt that cannot be read forbids everything"
        assert set(report["hosts_left"]) == {"127.0.0.22", "127.0.0.23", "127.0.0.24"}
        assert "86400 s" in report["hosts_left"]["127.0.0.23"]
        assert "robots.txt" in report["hosts_left"]["127.0.0.24"]
        assert "hosts left" in said

        # Wishes: forbidden by name. A robots.txt that is refused (403) allows the rest.
        details = {row["url"].removeprefix(wishing.url): row["detail"] for row in rows["rejects"]}
        assert details == {
            paths(4)[0]: "tdm-reservation header",
            paths(4)[1]: "noarchive in X-Robots-Tag",
            closed.url + paths(4)[1]: "robots.txt for CCBot",
        }
        assert paths(4)[1] not in closed.requests, "closed to AI crawlers: not even fetched"
        stored = rows["articles"] + rows["duplicates"]
        assert Counter(row["site"] for row in stored) == {"throttled": 4, "wishing": 2, "closed": 1}
        assert all(row["reservations"] == [] for row in stored)
        state = State(tmp_path / "state")
        pending = state.db.execute("SELECT site, COUNT(*) FROM urls WHERE state = 'pending' GROUP BY 1 ORDER BY 1")
        assert pending.fetchall() == [("away", 3), ("broken", 8)]
        state.close()

        # The next run, the hosts mended and their feeds empty: what was left pending is fetched.
        for web, number in ((broken, 8), (away, 3)):
            web.pages |= {path: page(n) for n, path in enumerate(paths(number))}
            web.pages["/feed"] = (200, OK, b"<rss version='2.0'><channel/></rss>")
        report, rows, _ = hosts.crawl(tmp_path / "state")
        assert report["funnel"]["fetched"] == 11 and report["hosts_left"].keys() == {"127.0.0.24"}
        assert len(rows["articles"] + rows["duplicates"]) == 7 + 11


def test_wishes_that_are_not_obeyed_stand_in_the_row(tmp_path: Path, archive: Archive) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        web = hosts.site("wishing", 4)
        web.pages["/robots.txt"] = (200, OK, b"User-agent: Google-Extended\nDisallow: /*-104$\n")
        moved = {"Location": f"{web.url}{paths(4)[3]}"}
        web.pages |= {paths(4)[0]: (302, moved, b"")}
        web.pages[paths(4)[1]] = page(1, **{"tdm-reservation": "1", "X-Robots-Tag": "noarchive"})
        web.pages[paths(4)[3]] = page(3, **{"X-Robots-Tag": "noarchive"})
        _, rows, _ = hosts.crawl(tmp_path / "state", opt_outs="")
    stored = rows["articles"] + rows["duplicates"]
    found = {row["url"].removeprefix(web.url): row["reservations"] for row in stored}
    # The first page leads to the fourth: what counts is the page that answered.
    assert found == {paths(4)[1]: ["tdm", "noarchive"], paths(4)[2]: [], paths(4)[3]: ["noarchive", "ai"]}
    assert rows["rejects"] == []


def test_after_a_time_out_nothing_slips_out_of_the_hosts_queue(tmp_path: Path, archive: Archive) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        web = hosts.site("dead", 5)
        web.pages |= dict.fromkeys(paths(5), (0, OK, b""))
        report, rows, _ = hosts.crawl(tmp_path / "state", "-s", "DOWNLOAD_TIMEOUT=1", "-s", "NEWSCRAWL_BREAKER_URLS=1")
    # robots.txt, the feed, and the one page after which the host is left: the other four stood in its queue.
    assert len(web.requests) == 2 + 1
    assert report["hosts_left"].keys() == {"127.0.0.21"} and rows["rejects"] == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120),
        (b" 0 ", 0),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True).encode(), 300),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True).encode(), 0),
        (b"soon", None),
        (b"-5", None),
        (b"", None),
        (None, None),
        ("²".encode("latin-1"), None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: bytes | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "head", "wish"),
    [
        ({}, "", None),
        ({"tdm-reservation": "0"}, "", None),
        ({"tdm-reservation": "1"}, "", "tdm-reservation header"),
        ({}, '<meta name="tdm-reservation" content="1">', "tdm-reservation meta element"),
        ({}, "<META CONTENT='index, NOARCHIVE' NAME='Robots'/>", "noarchive in a robots meta element"),
        ({}, "<meta name=robots content=noarchive>", "noarchive in a robots meta element"),
        ({}, '<meta name="googlebot" content="noarchive">', None),
        ({}, '<meta name="robots" content="noindex, nofollow">', None),
        ({"X-Robots-Tag": "googlebot: noarchive"}, "", None),
        ({"X-Robots-Tag": "newscrawl: noarchive"}, "", "noarchive in X-Robots-Tag"),
        ({"X-Robots-Tag": "unavailable_after: 25 Jun 2030 15:00:00 GMT, noarchive"}, "", "noarchive in X-Robots-Tag"),
    ],
)
def test_a_publishers_wish_is_read_where_it_may_stand(headers: dict[str, str], head: str, wish: str | None) -> None:
    body = f"<html><head>{head}<title>x</title></head><body></body></html>".encode()
    response = HtmlResponse("https://a.example/", headers=headers, body=body)
    stated = told(header_wishes(response), head_wishes(response.body))
    assert list(stated.values()) == ([wish] if wish else [])
