"""Scrapy's feed exports (`scrapy crawl news -O out.jsonl`): the kept articles, with the columns that the bucket has.

Duplicates, rejects and pages that did not change are no items of a feed. What another spider of the project gives goes
through as it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exporters import BaseItemExporter, CsvItemExporter, JsonItemExporter, JsonLinesItemExporter, XmlItemExporter
from scrapy.extensions.feedexport import ItemFilter

from newscrawl.bucket.keys import Table
from newscrawl.bucket.schema import row_of
from newscrawl.items import Article, Duplicate, Reject, Unchanged

_NOT_KEPT = (Duplicate, Reject, Unchanged)


class KeptItems(ItemFilter):
    """What a feed counts and exports, where it has no filter of its own."""

    def accepts(self, item: Any) -> bool:
        """Whether an item is a kept article, or another spider's that the feed wants."""
        return not isinstance(item, _NOT_KEPT) and super().accepts(item)


class _Articles(BaseItemExporter):
    """Makes rows of articles, before Scrapy's own exporter of a format."""

    _crawler: Crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        exporter = cls(*args, **kwargs)
        exporter._crawler = crawler
        return exporter

    def export_item(self, item: Any) -> None:
        """Export an article's row; leave out what is none."""
        if isinstance(item, _NOT_KEPT):
            return
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
