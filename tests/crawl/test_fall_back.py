"""A site whose sources die is not lost: its home page is asked, and said to be."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.crawl.small_sites import Web, asked, page, xml
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
        report, _ = web.crawl(tmp_path, archive)
        assert set(asked(dead)) >= {"/feed", "/news.xml", "/", *(f"/khabar-ek-do-teen-{n}" for n in range(3))}
        assert asked(half) == ["/feed", "/old", "/khabar-ek-do-teen-7"] or "/" not in asked(half)
        assert "/khabar-ek-do-teen-7" in asked(moved) and "/khabar-ek-do-teen-1" not in asked(moved)
        assert {f"/khabar-ek-do-teen-{n}" for n in range(3)} <= set(asked(links))
        errors = report["discovery_errors"]
        assert "its home page is asked" in errors[f"{dead.url}/"] or "its own links" in errors[f"{dead.url}/"]
        assert "its home page is asked" in errors[f"{moved.url}/"]
        assert "its own links" in errors[f"{links.url}/"]
        assert f"{half.url}/" not in errors
        # The next run, which knows them as failed, does the same.
        for site in (dead, links):
            site.pages["/"] = (200, {}, HOME.replace(b"teen-0", b"teen-8"))
        before = {site: len(site.requests) for site in (dead, links)}
        web.crawl(tmp_path, archive)
        for site, start in before.items():
            assert "/khabar-ek-do-teen-8" in asked(site, start), site
