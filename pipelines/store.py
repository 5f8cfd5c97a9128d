"""Stage 3: outcomes are batched and committed to the bucket."""

from __future__ import annotations

import asyncio
from typing import Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.items import Outcome
from newscrawl.run.run import Run, settings_fingerprint


class StorePipeline:
    """Hands outcomes to the run and ends the crawl when it can no longer go on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self._spider_closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            raise NotConfigured
        return cls(crawler)

    async def open_spider(self) -> None:
        self._run.start(self._failed)

    async def process_item(self, outcome: Outcome) -> Outcome:
        await self._run.store(outcome)
        return outcome

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

    @property
    def _run(self) -> Run:
        run: Run = self._crawler.spider.run  # type: ignore[union-attr]
        return run
