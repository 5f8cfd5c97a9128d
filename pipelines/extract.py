"""Stage 1: a page becomes an article or a reject, in a worker process."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler

from newscrawl.extraction import template_store
from newscrawl.items import Article, Page, Reject
from newscrawl.run import Run
from newscrawl.worker import WorkerPool, work


class ExtractPipeline:
    """Sends pages to the worker pool, with the template lines learned of their site."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        run: Run = self._crawler.spider.run  # type: ignore[union-attr]
        self._db = run.archive.state.db
        self._templates = template_store.load(self._db)
        self._workers = WorkerPool(run.config.workers, run.config.page_seconds)

    async def process_item(self, page: Page) -> Article | Reject:
        # A failed fetch has nothing to extract and is not worth a trip to a worker.
        if page.failure:
            return work(page)
        page = replace(page, template_lines=self._templates.of(page.site))
        outcome = await self._workers.process(page)
        if isinstance(outcome, Article):
            self._templates.observe(outcome.site, outcome.line_keys)
        return outcome

    def close_spider(self) -> None:
        self._workers.close()
        template_store.save(self._db, self._templates)
