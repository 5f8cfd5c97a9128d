"""Scrapy's crawler, which at a signal lets go of what waits."""

from __future__ import annotations

import asyncio
from typing import Self

from scrapy.core.engine import ExecutionEngine
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.settings import Settings
from scrapy.spiders import Spider

# Seconds between two looks at whether the engine runs yet.
_MOMENT = 0.05


class NewsCrawler(Crawler):
    """Scrapy's waits at a signal for every request that waits for its host, and forgets a signal that comes before its
    engine runs; ours lets go of the former, and waits for the latter.

    `is_stopped`: a signal was seen.
    """

    is_stopped = False

    @classmethod
    def of(cls, process: object, spider: type[Spider], settings: Settings) -> Self:
        """A crawler of a command's process, which has installed the reactor, or leaves it to its first crawler."""
        return cls(spider, settings, init_reactor=isinstance(process, CrawlerProcess))

    async def stop_async(self) -> None:
        """Scrapy's hook for signals."""
        self.is_stopped = True
        while self.crawling and not (self._engine is not None and self._engine.running):
            await asyncio.sleep(_MOMENT)
        if self.spider is not None:
            self.spider.let_go()  # type: ignore[attr-defined]  # made for a NewsSpider only
        await super().stop_async()

    def _create_engine(self) -> ExecutionEngine:
        # At the end of a crawl the engine stops its crawler, for which there is nothing to wait.
        return ExecutionEngine(self, lambda _: Crawler.stop_async(self))
