"""A crawl asks again for what gave no story at first, and takes from each source what the others did not tell."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.samples import OTHER, STORY, html
from tests.support import Answer, Archive, CountingWeb, scrapy

FEED = {"Content-Type": "application/rss+xml"}
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
FIRST = {
    "empty": (200, {}, b""),
    "not-there-yet": (404, {}, b"not found"),
    "being-mended": (200, {}, "<html><body><p>अभी मरम्मत चल रही है, थोड़ी देर में लौटें।</p></body></html>".encode()),
}


def feed(*links: str) -> Answer:
    items = "".join(f"<item><link>{link.replace('&', '&amp;')}</link></item>" for link in links)
    return 200, FEED, f"<rss version='2.0'><channel>{items}</channel></rss>".encode()


def crawl(web: CountingWeb, state: Path, archive: Archive, sources: str) -> None:
    state.mkdir(parents=True, exist_ok=True)
    path = state / "sites.toml"
    path.write_text(f'[[site]]\nname = "one"\nhome = "{web.url}/"\n{sources}\ndelay = 0\n')
    result = scrapy(
        "crawl", "news", "-a", f"sites_file={path}",
        NEWSCRAWL_STATE_DIR=str(state), NEWSCRAWL_BACKOFF_SECONDS="0.05", NEWSCRAWL_POLL_SECONDS="0",
        **archive.variables,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    archive.check()


def hours_later(state: Path, hours: float) -> None:
    """Have everything that the state dates lie further back."""
    with closing(sqlite3.connect(state / "state.db")) as db, db:
        db.execute("UPDATE urls SET fetched = fetched - ?1, next_check = next_check - ?1", (hours * 3600,))


@pytest.mark.parametrize("feed_changes", [False, True])
def test_a_url_whose_first_answer_was_bad_is_asked_again_by_a_later_run(
    tmp_path: Path, archive: Archive, feed_changes: bool
) -> None:
    """Kind: an answer that says nothing of the page (empty, not there yet, being mended) settles its URL for good."""
    with CountingWeb() as web:
        stories = {name: html(f"{OTHER}\nयह {name} की पंक्ति है।", name).encode() for name in FIRST}
        web.pages = {f"/khabar-{name}-101": [answer, (200, {}, stories[name])] for name, answer in FIRST.items()}
        links = [f"{web.url}{path}" for path in web.pages]
        web.pages["/feed"] = feed(*links)
        sources = f'feeds = ["{web.url}/feed"]'
        state = tmp_path / "state"
        crawl(web, state, archive, sources)
        assert archive.rows("articles") == [] and len(archive.rows("rejects")) == len(FIRST)
        asked = len(web.requests)
        if feed_changes:
            web.pages["/nayi-khabar-102"] = (200, {}, html(STORY).encode())
            web.pages["/feed"] = feed(*links, f"{web.url}/nayi-khabar-102")
        crawl(web, state, archive, sources)
        again = web.requests[asked:]
        assert not {path for path in again if path.startswith("/khabar-")}, "not at once: with backoff"
        hours_later(state, 1)
        crawl(web, state, archive, sources)
        told = {row["title"] for table in ("articles", "duplicates") for row in archive.rows(table)}
        assert told >= set(FIRST)


@pytest.mark.parametrize("rule", ["/*utm_", "/*?"])
@pytest.mark.parametrize("is_named", [True, False])
def test_the_clean_address_is_fetched_where_robots_forbids_its_twin_with_trackers(
    tmp_path: Path, archive: Archive, *, is_named: bool, rule: str
) -> None:
    with CountingWeb() as web:
        path = "/jalashay-safai-101"
        web.pages = {
            "/robots.txt": (200, {"Content-Type": "text/plain"}, f"User-agent: *\nDisallow: {rule}\n".encode()),
            path: (200, {}, html().encode()),
            "/feed": feed(f"{web.url}{path}?utm_source=rss"),
            "/other": feed(f"{web.url}{path}"),
        }
        feeds = ["/feed", "/other"] if is_named else ["/feed"]
        for _ in range(2):
            crawl(web, tmp_path / "state", archive, f"feeds = {[web.url + named for named in feeds]}")
    assert [row["url"] for row in archive.rows("articles")] == [f"{web.url}{path}"]
    assert [path for path in web.requests if path.startswith("/jal")] == [path], "once, and not with trackers"


def test_what_a_second_source_tells_stands_in_the_row(tmp_path: Path, archive: Archive) -> None:
    with CountingWeb() as web:
        path = "/jalashay-safai-101"
        # Slow to be its turn: the pages before it are fetched first, one at a time.
        before = [f"/pehle-ki-khabar-{number}" for number in range(110, 113)]
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        entry = (
            f"<url><loc>{web.url}{path}</loc><news:news xmlns:news='{NEWS}'><news:title>जलाशय</news:title>"
            f"<news:publication_date>{an_hour_ago.isoformat()}</news:publication_date></news:news></url>"
        )
        sitemap = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entry}</urlset>"
        web.pages = {p: (200, {}, html(f"{OTHER}\nपृष्ठ {p}").encode()) for p in before} | {
            path: (200, {}, html().encode()),
            "/feed": feed(*(f"{web.url}{p}" for p in [*before, path])),
            "/news.xml": (200, {"Content-Type": "application/xml"}, sitemap.encode()),
        }
        crawl(
            web, tmp_path / "state", archive,
            f'feeds = ["{web.url}/feed"]\nsitemaps = ["{web.url}/news.xml"]',
        )  # fmt: skip
    [row] = [r for r in archive.rows("articles") + archive.rows("duplicates") if r["url"].endswith(path)]
    assert row["published_at"] is not None
