"""How a host is treated that is throttled, broken, or silent about its rules."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from newscrawl.fetching.hosts import retry_after
from newscrawl.state.database import State
from tests.crawl.host_sites import OK, Hosts, page, paths
from tests.samples import NOW
from tests.support import Archive

RETRY_AFTER = 3


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
        # What a content network says of a paper that does not answer it.
        behind = hosts.site("behind", 8)
        behind.pages |= dict.fromkeys(paths(8), (521, OK, b"down"))
        # Half a robots.txt: what is lost may be what forbids.
        torn = hosts.site("torn", 2)
        rules = "".join(f"Disallow: /{n * 7919 % 10_007}/\n" for n in range(500))
        zipped = gzip.compress(f"User-agent: *\n{rules}".encode())[:-100]
        torn.pages["/robots.txt"] = (200, {"Content-Encoding": "gzip"}, zipped)
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

        # robots.txt, feed and tdmrep.json come first.
        # Broken: asked for as many pages as the setting allows, the others not at all, and none of them is a row.
        assert len(broken.requests) == 3 + 5
        # Asked to come back tomorrow: not asked again.
        assert len(away.requests) == 3 + 1
        assert set(silent.requests) == {"/robots.txt"}, "robots.txt that cannot be read forbids everything"
        assert set(report["hosts_left"]) == {f"127.0.0.{n}" for n in range(22, 27)}
        assert len(behind.requests) == 3 + 5 and set(torn.requests) == {"/robots.txt"}
        assert "only its beginning" in report["hosts_left"]["127.0.0.26"]
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
        assert pending.fetchall() == [("away", 3), ("behind", 8), ("broken", 8)]
        state.close()

        # The next run, the hosts mended and their feeds empty: what was left pending is fetched.
        for web, number in ((broken, 8), (away, 3), (behind, 8)):
            web.pages |= {path: page(n) for n, path in enumerate(paths(number))}
            web.pages["/feed"] = (200, OK, b"<rss version='2.0'><channel/></rss>")
        report, rows, _ = hosts.crawl(tmp_path / "state")
        assert report["funnel"]["fetched"] == 19 and report["hosts_left"].keys() == {"127.0.0.24", "127.0.0.26"}
        assert len(rows["articles"] + rows["duplicates"]) == 7 + 19


def test_all_that_wait_for_a_robots_txt_obey_it(tmp_path: Path, archive: Archive) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        web = hosts.site("closed", 0)
        web.pages["/robots.txt"] = (200, OK, b"User-agent: *\nDisallow: /feed-\n")
        # Asked for at the same time, before robots.txt has answered.
        hosts.more_feeds["closed"] = [f"{web.url}/feed-{n}" for n in range(4)]
        hosts.crawl(tmp_path / "state")
    assert [path for path in web.requests if path.startswith("/feed-")] == []


def test_after_a_time_out_nothing_slips_out_of_the_hosts_queue(tmp_path: Path, archive: Archive) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        web = hosts.site("dead", 5)
        web.pages |= dict.fromkeys(paths(5), (0, OK, b""))
        report, rows, _ = hosts.crawl(tmp_path / "state", "-s", "DOWNLOAD_TIMEOUT=1", "-s", "NEWSCRAWL_BREAKER_URLS=1")
    # robots.txt, the feed, tdmrep.json, and the one page after which the host is left: four stood in its queue.
    assert len(web.requests) == 3 + 1
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
        (b"Tue, 24 Nov 99999999999999999999 10:00:00 GMT", None),
        (b"Tue, 99999999999999999999 Nov 2026 10:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: bytes | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
