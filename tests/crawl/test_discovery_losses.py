# ruff: noqa: E501  # entries of a sitemap read better whole
"""What a crawl's sources name is read, within bounds, and what is not is said: in run.json, the summary and the log."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.state.database import State
from newscrawl.state.site_finds import SiteFinds
from tests.crawl.small_sites import NOW, XML, Web, asked, entry, page, urlset, xml
from tests.support import Answer, Archive


def test_what_is_left_out_is_counted_and_what_waits_comes_with_the_next_run(tmp_path: Path, archive: Archive) -> None:
    stories: dict[str, Answer | list[Answer]] = {f"/khabar-ek-do-teen-{n}": page(n) for n in range(20)}
    old = NOW - timedelta(days=30)
    with ExitStack() as stack:
        web = Web(stack)
        # Thirty numbered children, the newest last.
        children = [(f"/post-sitemap{n}.xml", NOW - timedelta(days=31 - n)) for n in range(1, 31)]
        index = "".join(entry(path, when, "sitemap") for path, when in children)
        maps = web.site("maps", {"/index.xml": xml(f"<sitemapindex>{index}</sitemapindex>")}, sitemaps=["/index.xml"])
        maps.pages |= {path: urlset() for path, _ in children} | stories
        maps.pages["/post-sitemap30.xml"] = urlset(("/khabar-ek-do-teen-19", NOW))
        # More new stories than a run takes.
        many = web.site("many", dict(stories), sitemaps=["/news.xml"])
        many.pages["/news.xml"] = urlset(*((f"/khabar-ek-do-teen-{n}", NOW - timedelta(hours=n)) for n in range(8)))
        # An entry of every kind.
        mixed = web.site("mixed", dict(stories), sitemaps=["/news.xml"])
        mixed.pages["/news.xml"] = xml(
            "<urlset>"
            + entry("/khabar-ek-do-teen-8", None) + entry("/khabar-ek-do-teen-9", old) + entry("https://b.example/x-1", NOW)
            + entry(f"http://editor:geheim@{mixed.url[7:]}/khabar-ek-do-teen-10", NOW) + entry("/", NOW) + "<url><loc/></url>"
            + entry("/khabar.php?id=7&cat=3", NOW) + "</urlset>"
        )  # fmt: skip
        mixed.pages["/khabar.php?id=7&cat=3"] = page(7)
        # Only a home: robots.txt names a sitemap by its path, and one that is none; the page names a feed.
        home = web.site("home", dict(stories))
        home.pages |= {
            "/robots.txt": (
                200,
                {},
                b"\xef\xbb\xbfUSER-AGENT: *\r\nAllow: /\r\nsitemap: /ek.xml\r\nSitemap: http://[\r\n",
            ),
            "/": (
                200,
                {},
                b'<base href="/x/"><link rel="alternate" type="application/rss+xml" href="//feeds.example/x"><link rel="alternate" type="application/rss+xml" href="feed">',
            ),
            "/ek.xml": urlset(("/khabar-ek-do-teen-11", NOW)),
            "/x/feed": xml("<rss><item><guid>/khabar-ek-do-teen-12</guid></item></rss>"),
        }
        # Each listing page names fifteen others.
        trap = web.site("trap", {}, sections=["/desh/"])
        for n in range(300):
            links = "".join(f'<a href="/desh/page/{15 * n + m}">{m}</a>' for m in range(1, 16))
            story = f'<a href="/khabar-ek-do-teen-{1000 + n}">x</a>'
            trap.pages[f"/desh/page/{n}" if n else "/desh/"] = (200, {}, f"{links}{story}".encode())
        # A server that takes a condition for an attack.
        strict = web.site("strict", dict(stories), feeds=["/feed"])
        feed = xml("<rss><item><link>/khabar-ek-do-teen-13</link></item></rss>", **{"Last-Modified": "x"})
        strict.pages["/feed"] = [feed, (400, {}, b"no"), feed]
        # A wish that would hold the run for most of an hour.
        slow = web.site("slow", dict(stories), feeds=["/feed"])
        slow.pages["/robots.txt"] = (200, {}, b"User-agent: *\nCrawl-delay: 3000\n")

        report, said = web.crawl(tmp_path, archive, NEWSCRAWL_ENTRY_SOURCES="40", NEWSCRAWL_SITE_URLS="5")
        counts = report["discovery"]
        assert asked(maps)[:-1] == ["/index.xml", *(path for path, _ in reversed(children[10:]))]
        assert counts["maps"] == {"named": 1, "new": 1, "sources_cut": 10}
        assert set(asked(many)[1:]) == {f"/khabar-ek-do-teen-{n}" for n in range(5)}
        assert counts["many"] == {"named": 5, "new": 5, "cut": 3}
        assert counts["mixed"] == {
            "named": 2, "new": 2, "undated": 1, "too_old": 1, "out_of_scope": 1, "no_url": 2, "no_article": 1,
        }  # fmt: skip
        assert set(asked(mixed)) == {"/news.xml", "/khabar-ek-do-teen-8", "/khabar.php?id=7&cat=3"}
        assert [url for url in report["sources_partly"] if url.startswith(mixed.url)] == [f"{mixed.url}/news.xml"]
        assert set(asked(home)) == {"/", "/ek.xml", "/x/feed", "/khabar-ek-do-teen-11", "/khabar-ek-do-teen-12"}
        assert counts["home"] == {"named": 2, "new": 2, "undated": 1, "out_of_scope": 1}
        assert len([path for path in asked(trap) if path.startswith("/desh/")]) == 1 + 10
        assert counts["trap"]["sources_cut"] > 50
        assert slow.requests == ["/robots.txt"] and "3000 s" in report["hosts_left"]["127.0.0.47"]
        assert list(report["hosts_left"]) == ["127.0.0.47"], "no host is left for a fault of a link's"
        assert "geheim" not in said and "geheim" not in str(report)
        for words in ("left out", "partly read", "https://b.example/x-1", "10 sources_cut (such as"):
            assert words in said

        state = State(tmp_path / "state")
        for day in range(1, 8):
            SiteFinds(state.db).add("strict", 20, NOW - timedelta(days=day, hours=1))
        state.close()
        seen = {name: len(host.requests) for name, host in web.hosts.items()}
        report, said = web.crawl(tmp_path, archive, NEWSCRAWL_ENTRY_SOURCES="40", NEWSCRAWL_SITE_URLS="5")
        again = asked(maps, seen["maps"])
        assert {path for path, _ in children[:10]} < set(again), "those that were cut come now"
        assert {path for path, _ in children[-10:]} < set(again), "and the newest come again"
        assert set(asked(many, seen["many"])) == {"/news.xml", *(f"/khabar-ek-do-teen-{n}" for n in range(5, 8))}
        assert asked(strict, seen["strict"]) == ["/feed", "/feed"]
        assert report["sites_quiet"] == {"strict": "1 new URLs in a day, usually 20"} and "sites quiet" in said
        assert list(report["discovery_errors"]) == [f"{slow.url}/feed"]


def test_a_sitemap_of_more_entries_than_a_run_takes_is_read_on_by_the_next(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        own = [f"/khabar-ek-do-teen-{n}" for n in range(10)]
        big = web.site("big", {path: page(n) for n, path in enumerate(own)}, sitemaps=["/news.xml"])
        # Off the site list, so that they cost nothing but their reading.
        foreign = "".join(f"<url><loc>https://b.example/x-{n}</loc></url>" for n in range(50_000))
        big.pages["/news.xml"] = xml(f"<urlset>{foreign}{''.join(entry(path, None) for path in own)}</urlset>")
        report, _ = web.crawl(tmp_path, archive)
        assert report["discovery"]["big"]["cut"] == 10 and asked(big) == ["/news.xml"]
        report, _ = web.crawl(tmp_path, archive)
        assert "cut" not in report["discovery"]["big"] and set(asked(big)) == {"/news.xml", *own}


@pytest.mark.parametrize("body", [b"<urlset>" + b"<url>" * 600_000, b"<urlset " + b"a='1' " * 600_000 + b">"])
def test_a_source_that_costs_too_much_fails_alone(tmp_path: Path, archive: Archive, body: bytes) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        dear = web.site("dear", {"/news.xml": (200, XML, body)}, sitemaps=["/news.xml"])
        web.site(
            "plain",
            {"/n.xml": urlset(("/khabar-ek-do-teen-1", NOW)), "/khabar-ek-do-teen-1": page(1)},
            sitemaps=["/n.xml"],
        )
        report, _ = web.crawl(tmp_path, archive, NEWSCRAWL_SOURCE_SECONDS="1")
    # Its home is asked in its place, and there is none.
    assert set(report["discovery_errors"]) == {f"{dear.url}/news.xml", f"{dear.url}/"}
    assert report["funnel"]["articles"] == 1
