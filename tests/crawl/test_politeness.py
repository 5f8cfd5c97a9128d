"""What a web server sees of us: robots.txt first, an honest name, one request at a time, the delay kept."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.samples import OTHER, STORY, html
from tests.support import Archive, CountingWeb, scrapy

OK: dict[str, str] = {}


def sites_file(folder: Path, web: CountingWeb, delay: float) -> Path:
    path = folder / "sites.toml"
    path.write_text(
        f'[[site]]\nname = "one"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = {delay}\n', encoding="utf-8"
    )
    return path


def feed(web: CountingWeb, *paths: str) -> bytes:
    items = "".join(f"<item><link>{web.url}{path}</link></item>" for path in paths)
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


@pytest.mark.parametrize(("crawl_delay", "own_delay", "least"), [(0.6, 0, 0.6), (0.1, 0.6, 0.6)])
def test_the_longer_of_crawl_delay_and_the_entrys_delay_is_kept(
    archive: Archive, tmp_path: Path, crawl_delay: float, own_delay: float, least: float
) -> None:
    with CountingWeb() as web:
        web.pages["/robots.txt"] = (200, OK, f"User-agent: *\nCrawl-delay: {crawl_delay}\nDisallow: /band/".encode())
        paths = ("/jalashay-safai-101", "/hockey-final-77", "/band/khas-report-5")
        web.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, feed(web, *paths))
        web.pages[paths[0]] = (200, OK, html(STORY).encode())
        web.pages[paths[1]] = (200, OK, html(OTHER, "हॉकी का फाइनल").encode())
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={sites_file(tmp_path, web, own_delay)}",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_CONTACT_URL="https://who.example/we-are",
            **archive.variables,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    # Of requests that come together Scrapy's queue gives the last first.
    assert web.requests == ["/robots.txt", "/feed", "/.well-known/tdmrep.json", paths[1], paths[0]]
    gaps = [later - earlier for earlier, later in pairwise(web.times[1:])]
    # Not a measure of speed: a host may be asked later than promised, never earlier. A tenth is for the clock.
    assert min(gaps) >= least * 0.9
    assert web.agents == {"newscrawl/0.1 (+https://who.example/we-are)"}
    assert {row["text"] for row in archive.rows("articles")} == {STORY, OTHER}
    [forbidden] = archive.rows("rejects")
    assert (forbidden["reason"], forbidden["detail"]) == ("forbidden", "robots.txt")
