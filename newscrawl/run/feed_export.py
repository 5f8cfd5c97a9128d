"""Scrapy's feed exports (`scrapy crawl news -O out.jsonl`): the kept articles, with the columns that the bucket has.

Duplicates, rejects and pages that did not change are no items of a feed. What another spider of the project gives goes
through as it is. What a feed lacks at the end is told (`lost`), for no later run brings it: its pages are done.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.exporters import (
    BaseItemExporter,
    CsvItemExporter,
    JsonItemExporter,
    JsonLinesItemExporter,
    MarshalItemExporter,
    PickleItemExporter,
    XmlItemExporter,
)
from scrapy.extensions.feedexport import FeedExporter

from newscrawl.bucket.keys import Table
from newscrawl.bucket.schema import row_of
from newscrawl.errors import FeedLost
from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.items import Article, Duplicate, Reject, Unchanged

logger = logging.getLogger(__name__)

# Statistics: of items that could not be written, and Scrapy's of feeds that could not be stored.
_UNWRITTEN, _UNSTORED = "newscrawl/feed_items_unwritten", "feedexport/failed_count/"
_NOT_KEPT = (Duplicate, Reject, Unchanged)


class Feeds(FeedExporter):
    """Scrapy's, which logs thirty lines for each item that it cannot write, and counts none."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            return FeedExporter.from_crawler(crawler)  # type: ignore[return-value]  # Scrapy's own, for its spiders
        return super().from_crawler(crawler)

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """Scrapy's hook: kept articles, and what is the project's own; the first item that fails is named."""
        if isinstance(item, _NOT_KEPT):
            return
        try:
            super().item_scraped(item, spider)
        except Exception as e:  # noqa: BLE001 - of a disk, a pipe, an encoding, or a format that lacks a type
            stats = self.crawler.stats
            assert stats is not None
            if not stats.get_value(_UNWRITTEN):
                what = getattr(item, "url", type(item).__name__)
                logger.warning("%s could not be written to a feed: %s: %s", what, type(e).__name__, e)
            stats.inc_value(_UNWRITTEN)

    async def _close_slot(self, slot: Any, spider: Spider) -> None:
        # Scrapy's own part of it, which opens what had no item.
        try:
            await super()._close_slot(slot, spider)
        except Exception as e:  # noqa: BLE001 - as above
            logger.warning("%s could not be closed: %s: %s", slot.uri, type(e).__name__, e)
            assert self.crawler.stats is not None
            self.crawler.stats.inc_value(_UNSTORED + "feeds")


def lost(crawler: Crawler) -> FeedLost | None:
    """What the feeds of a crawl that has ended lack, if it is anything."""
    if not crawler.settings.getdict("FEEDS"):
        return None
    stats = crawler.stats.get_stats() if crawler.stats else {}
    why = ""
    if crawler.get_extension(FeedExporter) is None:
        why = "nothing was written, the log says why"
    elif unwritten := stats.get(_UNWRITTEN):
        why = f"{unwritten} articles could not be written, the log says why"
    elif unstored := sum(many for name, many in stats.items() if name.startswith(_UNSTORED)):
        why = f"{unstored} could not be stored, the log says why"
    return FeedLost(f"of the feeds of -o, -O or FEEDS {why}") if why else None


class _Articles(BaseItemExporter):
    """Makes rows of articles, before Scrapy's own exporter of a format."""

    _crawler: Crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        exporter = cls(*args, **kwargs)
        exporter._crawler = crawler
        return exporter

    def export_item(self, item: Any) -> None:
        """Export an article's row, and what is another spider's as it is; no other outcome of ours."""
        if isinstance(item, _NOT_KEPT):
            return  # where a project has its own EXTENSIONS
        if isinstance(item, Article):
            run_id = self._crawler.spider.run.report.run_id  # type: ignore[union-attr]
            row = row_of(Table.ARTICLES, item, run_id)
            # ISO 8601 with its zone, where Scrapy would leave the zone out.
            item = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        super().export_item(item)  # type: ignore[safe-super]  # that of the format behind this class


class JsonArticles(_Articles, JsonItemExporter):
    """`.json`."""


class JsonLinesArticles(_Articles, JsonLinesItemExporter):
    """`.jsonl`, `.jsonlines`, `.jl`."""


class CsvArticles(_Articles, CsvItemExporter):
    """`.csv`; of lists the values are joined by commas."""


class XmlArticles(_Articles, XmlItemExporter):
    """`.xml`."""


class PickledArticles(_Articles, PickleItemExporter):
    """`.pickle`."""


class MarshalledArticles(_Articles, MarshalItemExporter):
    """`.marshal`."""
