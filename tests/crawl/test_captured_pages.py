"""Real captured pages, crawled under their own host names into a real bucket."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from newscrawl.server.embedded import EmbeddedS3
from tests.support import Archive, scrapy


def test_captured_pages_end_as_articles_and_listings_as_rejects(tmp_path: Path, shared: Path) -> None:
    pages = shared / "pages"
    index = [json.loads(line) for line in (pages / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    result = scrapy("demo", "--pages", pages, NEWSCRAWL_STATE_DIR=str(tmp_path))
    assert result.returncode == 0, result.stderr
    with EmbeddedS3(tmp_path) as server:
        archive = Archive(server)
        archive.check()
        articles = {row["url"]: row for row in archive.rows("articles")}
        rejects = {row["url"]: row["reason"] for row in archive.rows("rejects")}
    assert set(articles) == {page["url"] for page in index if page["kind"] == "article"}
    # A home page that a sitemap names is no article's address, and not asked for as one.
    listings = {page["url"] for page in index if page["kind"] == "listing" and urlsplit(page["url"]).path != "/"}
    assert rejects == dict.fromkeys(listings, "not_article")
