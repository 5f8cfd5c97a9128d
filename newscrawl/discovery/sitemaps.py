"""Sitemaps and Google-News sitemaps, through ultimate-sitemap-parser."""

from __future__ import annotations

import logging
import zlib
from datetime import UTC, datetime

import regex
from usp.objects.sitemap import AbstractIndexSitemap, InvalidSitemap
from usp.tree import sitemap_from_str

from newscrawl.discovery.links import Discovered, NotReadable
from newscrawl.items import Hint
from newscrawl.text import hindi
from newscrawl.text.dates import IST

# sitemaps.org allows 50 MB; nothing of that size is news. Also bounds a gzip bomb in a .xml.gz.
MAX_BYTES = 16 * 1024 * 1024

# It tells every step at INFO, and warns of each child that it was not asked to fetch.
logging.getLogger("usp").setLevel(logging.ERROR)

_NEWS = regex.compile(r"news|latest|today|recent", regex.IGNORECASE)
_YEAR_MONTH = regex.compile(r"(20\d\d)[-_/]?(\d\d)?")


def parse_sitemap(body: bytes, url: str) -> Discovered:
    """Read a sitemap or sitemap index, gzipped or not. Raises `NotReadable` when it is none.

    Children of an index come news sitemaps first, then the latest dated ones: a bounded crawl must not
    spend itself on the archive of 2011.
    """
    text = _text(body)
    sitemap = sitemap_from_str(text)
    if isinstance(sitemap, InvalidSitemap):
        raise NotReadable(sitemap.reason)
    if isinstance(sitemap, AbstractIndexSitemap):
        return Discovered(further=tuple(sorted((s.url for s in sitemap.sub_sitemaps), key=_rank)))
    articles: dict[str, Hint] = {}
    for page in sitemap.all_pages():
        news = page.news_story
        articles[page.url] = Hint(
            title=hindi.clean(news.title) or None if news and news.title else None,
            published_at=_utc(news.publish_date) if news else None,
            modified_at=_utc(page.last_modified),
        )
    if not articles and "<urlset" not in text[:4096] and "<sitemapindex" not in text[:4096]:
        raise NotReadable("neither urlset nor sitemapindex")
    return Discovered(articles)


def _text(body: bytes) -> str:
    if body[:2] == b"\x1f\x8b":
        unzip = zlib.decompressobj(wbits=31)
        body = unzip.decompress(body, MAX_BYTES)
        if unzip.unconsumed_tail:
            raise NotReadable(f"over {MAX_BYTES} bytes decompressed")
    return body.decode("utf-8-sig", errors="replace")


def _rank(url: str) -> tuple[bool, int]:
    dated = _YEAR_MONTH.search(url)
    return not _NEWS.search(url), -int(dated[1] + (dated[2] or "00")) if dated else 0


def _utc(when: datetime | None) -> datetime | None:
    if when is None:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=IST)).astimezone(UTC)
