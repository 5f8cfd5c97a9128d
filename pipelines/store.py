"""Stage 3: outcomes are batched and committed to the bucket."""

from __future__ import annotations

import asyncio
import logging
from typing import Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newscrawl.errors import last_line
from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.items import Outcome, Page, Reason, rejected
from newscrawl.run.run import Run, settings_fingerprint

logger = logging.getLogger(__name__)


class StorePipeline:
    """Hands outcomes to the run and ends the crawl when it can no longer go on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self._spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(self._item_dropped, signal=signals.item_dropped)
        crawler.signals.connect(self._item_failed, signal=signals.item_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            raise NotConfigured
        return cls(crawler)

    async def open_spider(self) -> None:
        self._run.start(self._failed)

    async def process_item(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Outcome):  # else the project's own, as a spider gives it
            await self._run.store(outcome)
        return outcome

    async def _item_dropped(self, item: object, exception: Exception) -> None:
        # By a pipeline of the project's: to it the page is no article, and need not be fetched again to be dropped.
        under_way = self._run.report.under_way
        if isinstance(item, Page) and item.discovered_url in under_way:
            dropped = rejected(item, Reason.NOT_ARTICLE, f"dropped by a pipeline: {exception}"[:500])
            await self._run.store(under_way[item.discovered_url] or dropped)

    def _item_failed(self, item: object) -> None:
        if isinstance(item, Page) and item.discovered_url in self._run.report.under_way:
            self._run.report.failed(item.discovered_url)

    def _failed(self) -> None:
        self._crawler.spider.let_go()  # type: ignore[union-attr]
        engine = self._crawler.engine
        assert engine is not None
        self._closing = asyncio.ensure_future(engine.close_spider_async(reason="failed"))

    async def _spider_closed(self, spider: Spider, reason: str) -> None:
        # At this signal, not in close_spider: only here is it known how the crawl ended.
        stats = self._crawler.stats
        assert stats is not None
        self._run.report.bytes_received = stats.get_value("downloader/response_bytes", 0)
        if (longest := stats.get_value("newscrawl/loop_lag_max_ms")) is not None:
            self._run.report.loop_lag_ms = {"max": longest, "p99": stats.get_value("newscrawl/loop_lag_p99_ms")}
        try:
            await self._run.finish(reason, settings_fingerprint(self._crawler.settings))
        finally:
            self._run.close()
        report = self._run.report
        if report.failure and spider.tells_end:  # type: ignore[attr-defined]
            logger.error(last_line(report.failure, report.pages_committed))

    @property
    def _run(self) -> Run:
        run: Run = self._crawler.spider.run  # type: ignore[union-attr]
        return run
