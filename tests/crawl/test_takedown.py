"""A page that was taken down is never asked for again, and comes back under no other address."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crawl.test_asked_again import crawl, feed
from tests.samples import OTHER, STORY, html
from tests.support import Archive, CountingWeb, scrapy

PATH = "/khabar-jalashay-101"


@pytest.mark.parametrize("machine", [pytest.param("same", marks=pytest.mark.faults), "other"])
def test_a_page_that_was_taken_down_stays_away(machine: str, tmp_path: Path, archive: Archive) -> None:
    with CountingWeb() as web:
        canonical = f"<link rel=canonical href='{web.url}{PATH}'></head>"
        web.pages = {
            PATH: (200, {}, html(STORY, "तालाब भरेगा").encode()),
            "/khabar-hockey-102": (200, {}, html(OTHER, "हॉकी").encode()),
            "/feed": feed(f"{web.url}{PATH}", f"{web.url}/khabar-hockey-102"),
        }
        sources = f'feeds = ["{web.url}/feed"]'
        state = tmp_path / "state"
        crawl(state, archive, (web, sources))
        assert len(archive.rows("articles")) == 2
        done = scrapy(
            "bucket", "forget", f"{web.url}{PATH}", "--yes", NEWSCRAWL_STATE_DIR=str(state), **archive.variables
        )
        assert done.returncode == 0, done.stderr
        asked = web.requests.count(PATH)
        # Its feed still names it, and two more addresses: one leads to it, the other says that it is the same page.
        other = html(STORY, "तालाब भरेगा").replace("</head>", canonical).encode()
        web.pages |= {
            "/amp/khabar-jalashay-101": (200, {}, other),
            "/feed": feed(*(f"{web.url}{p}" for p in (PATH, f"{PATH}?utm_source=x", "/amp/khabar-jalashay-101"))),
        }
        crawl(state if machine == "same" else tmp_path / "another", archive, (web, sources))
        assert web.requests.count(PATH) == asked
        assert not [path for path in web.requests if "utm_source" in path]
        assert [row["title"] for row in archive.rows("articles")] == ["हॉकी"]
        [reject] = archive.rows("rejects")
        assert (reject["reason"], reject["detail"]) == ("forbidden", "taken down")
