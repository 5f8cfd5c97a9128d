"""A proxy on this machine or in its network works; what is asked by way of it is held to the site list as ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.samples import OTHER, STORY, html
from tests.support import Answer, Archive, CountingWeb, scrapy

HOME = "http://www.namuna-samachar.example"
STORIES = [f"{HOME}/khabar-ek-do-teen-{n}" for n in range(2)]


@pytest.mark.parametrize("host", [pytest.param("127.0.0.1", marks=pytest.mark.faults), "localhost"])
def test_a_crawl_by_way_of_a_proxy_on_a_private_address(tmp_path: Path, archive: Archive, host: str) -> None:
    foreign = ["http://b.example/x-1", "http://127.0.0.1:9/x-2", f"http://{host}/x-3"]
    items = "".join(f"<item><link>{url}</link></item>" for url in STORIES + foreign)
    # A proxy is asked for whole addresses.
    pages: dict[str, Answer | list[Answer]] = {
        f"{HOME}/feed": (200, {"Content-Type": "application/rss+xml"}, f"<rss>{items}</rss>".encode()),
        STORIES[0]: (200, {}, html(STORY).encode()),
        STORIES[1]: (200, {}, html(OTHER, "हॉकी में जीत").encode()),
    }
    (tmp_path / "sites.toml").write_text(
        f'[[site]]\nname = "one"\nhome = "{HOME}/"\nfeeds = ["{HOME}/feed"]\ndelay = 0\n'
    )
    with CountingWeb(pages) as proxy:
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}",
            http_proxy=f"http://{host}:{proxy.url.rpartition(':')[2]}", no_proxy="127.0.0.1",
            NEWSCRAWL_CONTACT_URL="https://crawler.example/", NEWSCRAWL_STATE_DIR=str(tmp_path / "state"),
            **archive.variables,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert {row["url"] for row in archive.rows("articles")} == set(STORIES)
    assert set(proxy.requests) == {f"{HOME}/robots.txt", f"{HOME}/.well-known/tdmrep.json", *pages}
