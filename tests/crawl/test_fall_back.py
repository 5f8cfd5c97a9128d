"""A site whose sources die, or name nothing, is not lost: its home page is asked, and said to be."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crawl.small_sites import NOW, Web, asked, page, xml
from tests.support import Answer, Archive

HOME = "".join(f'<p><a href="/khabar-ek-do-teen-{n}">समाचार {n}</a></p>' for n in range(3)).encode()
FEED = xml("<rss><item><link>/khabar-ek-do-teen-7</link></item></rss>")
ANNOUNCING = b'<link rel="alternate" type="application/rss+xml" href="/feed">' + HOME


def test_a_site_whose_sources_die_falls_back_to_its_home_and_says_so(tmp_path: Path, archive: Archive) -> None:
    stories: dict[str, Answer | list[Answer]] = {f"/khabar-ek-do-teen-{n}": page(n) for n in range(9)}
    with ExitStack() as stack:
        web = Web(stack)
        # What the entry names is gone, or is no feed any more; the home has links alone.
        dead = web.site("dead", dict(stories) | {"/": (200, {}, HOME), "/feed": (200, {}, b"<html>moved</html>")},
                        feeds=["/feed"], sitemaps=["/news.xml"])  # fmt: skip
        # One of two is left.
        half = web.site("half", dict(stories) | {"/": (200, {}, HOME), "/feed": FEED}, feeds=["/feed", "/old"])
        # The home announces a feed that is read in place of what was named.
        moved = web.site("moved", dict(stories) | {"/": (200, {}, ANNOUNCING), "/feed": FEED}, feeds=["/rss"])
        # What the home announces is dead as well: its own links are left.
        links = web.site("links", dict(stories) | {"/": (200, {}, ANNOUNCING)})
        # It announces the feed that was asked before it and failed; or itself, as themes do whose feed has no address.
        pages = {"/": (200, {}, ANNOUNCING), "/feed": (200, {}, b"<html>moved</html>")}
        again = web.site("again", dict(stories) | pages, feeds=["/feed"])
        itself = web.site("itself", dict(stories) | {"/": (200, {}, ANNOUNCING.replace(b'"/feed"', b'"#"'))})
        report, _ = web.crawl(tmp_path, archive)
        assert set(asked(dead)) >= {"/feed", "/news.xml", "/", *(f"/khabar-ek-do-teen-{n}" for n in range(3))}
        assert asked(half) == ["/feed", "/old", "/khabar-ek-do-teen-7"] or "/" not in asked(half)
        assert "/khabar-ek-do-teen-7" in asked(moved) and "/khabar-ek-do-teen-1" not in asked(moved)
        for site in (links, again, itself):
            assert {f"/khabar-ek-do-teen-{n}" for n in range(3)} <= set(asked(site))
        errors = report["discovery_errors"]
        assert "its home page is asked" in errors[f"{dead.url}/"] or "its own links" in errors[f"{dead.url}/"]
        assert "its home page is asked" in errors[f"{moved.url}/"]
        assert all("its own links" in errors[f"{site.url}/"] for site in (links, again, itself))
        assert f"{half.url}/" not in errors
        # The next run, which knows them as failed, does the same.
        for site in (dead, links):
            site.pages["/"] = (200, {}, HOME.replace(b"teen-0", b"teen-8"))
        before = {site: len(site.requests) for site in (dead, links)}
        web.crawl(tmp_path, archive)
        for site, start in before.items():
            assert "/khabar-ek-do-teen-8" in asked(site, start), site


def test_a_site_that_announces_nothing_is_asked_in_the_usual_places_then_at_its_sections(
    tmp_path: Path, archive: Archive
) -> None:
    stories: dict[str, Answer | list[Answer]] = {f"/khabar-ek-do-teen-{n}": page(n) for n in range(9)}
    menu = b'<a href="/desh/">Desh</a><a href="/about-us/">About</a><a href="/login">In</a>'
    desh: dict[str, Answer | list[Answer]] = {
        "/desh/": (200, {}, b'<a href="/khabar-ek-do-teen-5">x</a><a rel="next" href="/desh/page/2/">2</a>'),
        "/desh/page/2/": (200, {}, b'<a href="/khabar-ek-do-teen-6">x</a>'),
    }
    with ExitStack() as stack:
        web = Web(stack)
        usual = web.site("usual", dict(stories) | {"/": (200, {}, menu + HOME), "/rss.xml": FEED})
        # Two are announced, and no more than one is read: that of news.
        robots = b"Sitemap: /archive.xml\nSitemap: /news.xml"
        news = web.site(
            "news", dict(stories) | {"/": (200, {}, HOME), "/robots.txt": (200, {}, robots), "/news.xml": FEED}
        )
        sections = web.site("sections", dict(stories) | desh | {"/": (200, {}, menu + HOME)})
        # Its stories come by script.
        script = web.site("script", {"/": (200, {}, menu + b"<div id=app></div>"), "/desh/": (200, {}, menu)})
        report, _ = web.crawl(tmp_path, archive, NEWSCRAWL_HOME_SOURCES="1")
        assert "/khabar-ek-do-teen-7" in asked(usual) and "/desh/" not in asked(usual)
        assert f"{usual.url}/" not in report["discovery_errors"]
        assert "/news.xml" in asked(news) and "/archive.xml" not in asked(news)
        assert {f"/khabar-ek-do-teen-{n}" for n in (0, 1, 2, 5, 6)} <= set(asked(sections))
        assert not {"/about-us/", "/login"} & set(asked(sections))
        assert "own links and sections" in report["discovery_errors"][f"{sections.url}/"]
        assert "/desh/" in asked(script) and "name no story either" in report["discovery_errors"][f"{script.url}/"]
        # That there is no feed where none was announced is no failure of a source.
        assert [url for url in report["discovery_errors"] if "rss" in url or "sitemap" in url] == []
        assert report["watched"]["sections"].get("failed", 0) == 0
        # Later runs ask the places more rarely; nothing is dead for it.
        for poll in ("0", "600"):
            web.crawl(tmp_path, archive, NEWSCRAWL_HOME_SOURCES="1", NEWSCRAWL_POLL_SECONDS=poll)
        start = len(sections.requests)
        report, _ = web.crawl(tmp_path, archive, NEWSCRAWL_HOME_SOURCES="1", NEWSCRAWL_POLL_SECONDS="600")
        assert report["sources_dead"] == {}
        assert asked(sections, start) == ["/"]


def test_a_home_that_cannot_be_read_keeps_nobody_from_what_robots_txt_announces_or_the_usual_places(
    tmp_path: Path, archive: Archive
) -> None:
    """Firewalls answer 403 to who asks for a home without a cookie."""
    shut: dict[str, Answer | list[Answer]] = {"/": (403, {}, b"x"), "/khabar-ek-do-teen-7": page(7)}
    with ExitStack() as stack:
        web = Web(stack)
        announced = web.site("announced", shut | {"/robots.txt": (200, {}, b"Sitemap: /map.xml"), "/map.xml": FEED})
        usual = web.site("usual", shut | {"/feed/": FEED})
        alone = web.site("alone", dict(shut))
        report, _ = web.crawl(tmp_path, archive)
        assert asked(announced) == ["/", "/map.xml", "/khabar-ek-do-teen-7"]
        assert "/khabar-ek-do-teen-7" in asked(usual)
        for site in (announced, usual, alone):
            assert report["discovery_errors"][f"{site.url}/"] == "http_error: HTTP 403"


OLD = "<url><loc>/khabar-purani-ek-{}</loc><lastmod>{}</lastmod></url>"


def of_years_ago(number: int) -> str:
    return "".join(OLD.format(n, "2019-05-01T06:00:00+05:30") for n in range(number))


# Half a minute: `make faults`.
@pytest.mark.faults
def test_a_site_whose_sources_can_be_read_and_name_nothing_falls_back_too(tmp_path: Path, archive: Archive) -> None:
    stories: dict[str, Answer | list[Answer]] = {f"/khabar-ek-do-teen-{n}": page(n) for n in range(9)}
    stories["/"] = (200, {}, HOME)
    announced = (200, {}, b"Sitemap: /map.xml")
    index = xml("<sitemapindex><sitemap><loc>/a.xml</loc></sitemap><sitemap><loc>/b.xml</loc></sitemap></sitemapindex>")
    lately = (NOW - timedelta(days=9)).isoformat()
    with ExitStack() as stack:
        web = Web(stack)
        # A plugin was taken out and left its sitemap; a feed that nobody fills; links that all lead home, or away.
        stale = web.site(
            "stale", stories | {"/robots.txt": announced, "/map.xml": xml(f"<urlset>{of_years_ago(30)}</urlset>")}
        )
        empty = web.site("empty", stories | {"/robots.txt": announced, "/map.xml": xml("<urlset/>")})
        named = web.site("named", stories | {"/feed": xml("<rss><channel/></rss>")}, feeds=["/feed"])
        homes = web.site("homes", stories | {"/feed": xml("<rss><item><link>/</link></item></rss>")}, feeds=["/feed"])
        away = web.site(
            "away", stories | {"/feed": xml("<rss><item><link>https://b.example/x-1</link></item></rss>")},
            feeds=["/feed"],
        )  # fmt: skip
        # Of an index what is behind it counts: one child is gone, one has nothing.
        behind = web.site("behind", stories | {"/robots.txt": announced, "/map.xml": index, "/a.xml": xml("<urlset/>")})
        guessed = web.site("guessed", stories | {"/sitemap.xml": xml(f"<urlset>{of_years_ago(3)}</urlset>")})
        # A map made by hand, of the menu.
        menu = "".join(f"<url><loc>/{name}</loc></url>" for name in ("", "desh/", "khel.php", "about-us"))
        sections = web.site("sections", stories | {"/sitemap.xml": xml(f"<urlset>{menu}</urlset>")})
        lost = [sections, stale, empty, named, homes, away, behind, guessed]
        # What prints rarely is no more than quiet, and one child is enough.
        rare = web.site("rare", stories | {"/map.xml": xml(f"<urlset>{OLD.format(1, lately)}</urlset>")},
                        sitemaps=["/map.xml"])  # fmt: skip
        one = web.site("one", stories | {"/robots.txt": announced, "/map.xml": index, "/b.xml": FEED})
        # Once they brought news; then the paper writes into another feed, and leaves them as they are.
        frozen = [
            web.site("frozen", stories | {"/feed": FEED}, feeds=["/feed"]),
            web.site("hidden", stories | {"/robots.txt": announced, "/map.xml": FEED}),
        ]
        report, _ = web.crawl(tmp_path, archive)
        for site in lost:
            assert {f"/khabar-ek-do-teen-{n}" for n in range(3)} <= set(asked(site))
            assert "lead to a story" in report["discovery_errors"][f"{site.url}/"]
        assert asked(rare) == ["/map.xml"]
        assert asked(one) == ["/", "/map.xml", "/a.xml", "/b.xml", "/khabar-ek-do-teen-7"]
        assert all("/khabar-ek-do-teen-0" not in asked(site) for site in frozen)
        # The next run has its home's news, too; and of what froze a month ago.
        with sqlite3.connect(tmp_path / "state" / "state.db") as db:
            long_ago = (NOW - timedelta(days=31)).timestamp()
            db.execute("UPDATE sources SET brought = ? WHERE brought IS NOT NULL", (long_ago,))
        lost += frozen
        for site in lost:
            site.pages["/"] = (200, {}, HOME.replace(b"teen-0", b"teen-8"))
        before = {site: len(site.requests) for site in lost}
        report, _ = web.crawl(tmp_path, archive)
        for site, start in before.items():
            assert "/khabar-ek-do-teen-8" in asked(site, start), site.url
        assert all("lead to a story" in report["discovery_errors"][f"{site.url}/"] for site in frozen)
