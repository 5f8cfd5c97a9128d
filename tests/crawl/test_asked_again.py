"""A crawl asks again for what gave no story at first, and takes from each source what the others did not tell."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
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


def crawl(state: Path, archive: Archive, *entries: tuple[CountingWeb, str]) -> None:
    """A run over sites, each a web with its sources as an entry of the registry names them."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / "sites.toml"
    path.write_text(
        "\n".join(
            f'[[site]]\nname = "paper-{number}"\nhome = "{web.url}/"\n{sources}\ndelay = 0\n'
            for number, (web, sources) in enumerate(entries)
        )
    )
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


def test_a_url_whose_first_answer_was_bad_is_asked_again_by_a_later_run(tmp_path: Path, archive: Archive) -> None:
    """Kind: an answer that says nothing of the page (empty, not there yet, being mended) settles its URL for good."""
    with CountingWeb() as same, CountingWeb(address="127.0.0.2") as changing:
        for web in (same, changing):
            web.pages = {
                f"/khabar-{name}-101": [
                    answer,
                    (200, {}, html(f"{OTHER}\n{web.url} की {name} की पंक्ति है।", name).encode()),
                ]
                for name, answer in FIRST.items()
            }
            web.pages["/feed"] = feed(*(f"{web.url}{path}" for path in web.pages))
        sites = [(web, f'feeds = ["{web.url}/feed"]') for web in (same, changing)]
        state = tmp_path / "state"
        crawl(state, archive, *sites)
        assert archive.rows("articles") == [] and len(archive.rows("rejects")) == 2 * len(FIRST)
        asked = len(same.requests), len(changing.requests)
        links = [f"{changing.url}{path}" for path in changing.pages if path != "/feed"]
        changing.pages["/nayi-khabar-102"] = (200, {}, html(STORY).encode())
        changing.pages["/feed"] = feed(*links, f"{changing.url}/nayi-khabar-102")
        crawl(state, archive, *sites)
        again = same.requests[asked[0] :] + changing.requests[asked[1] :]
        assert not [path for path in again if path.startswith("/khabar-")], "not at once: with backoff"
        hours_later(state, 1)
        crawl(state, archive, *sites)
    told = [row["title"] for table in ("articles", "duplicates") for row in archive.rows(table)]
    assert all(told.count(name) == 2 for name in FIRST)


@pytest.mark.faults
def test_the_clean_address_is_fetched_where_robots_forbids_its_twin_with_trackers(
    tmp_path: Path, archive: Archive
) -> None:
    path = "/jalashay-safai-101"
    kinds = [(rule, named) for rule in ("/*utm_", "/*?") for named in (["/feed", "/other"], ["/feed"])]
    with ExitStack() as stack:
        sites = []
        for number, (rule, named) in enumerate(kinds):
            web = stack.enter_context(CountingWeb(address=f"127.0.0.{1 + number}"))
            web.pages = {
                "/robots.txt": (200, {"Content-Type": "text/plain"}, f"User-agent: *\nDisallow: {rule}\n".encode()),
                path: (200, {}, html(f"{STORY}\n{web.url} से।").encode()),
                "/feed": feed(f"{web.url}{path}?utm_source=rss"),
                "/other": feed(f"{web.url}{path}"),
            }
            sites.append((web, f"feeds = {[web.url + source for source in named]}"))
        for _ in range(2):
            crawl(tmp_path / "state", archive, *sites)
    stored = {row["url"] for table in ("articles", "duplicates") for row in archive.rows(table)}
    assert stored == {f"{web.url}{path}" for web, _ in sites}
    for web, _ in sites:
        assert [asked for asked in web.requests if asked.startswith("/jal")] == [path], "once, and not with trackers"


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
        crawl(tmp_path / "state", archive, (web, f'feeds = ["{web.url}/feed"]\nsitemaps = ["{web.url}/news.xml"]'))
    [row] = [r for r in archive.rows("articles") + archive.rows("duplicates") if r["url"].endswith(path)]
    assert row["published_at"] is not None
