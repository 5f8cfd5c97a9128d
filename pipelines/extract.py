"""Stage 1: a page becomes an article or a reject, in a worker process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newscrawl.errors import WorkersBroken
from newscrawl.fetching.hosts import hosts_of
from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.items import Article, Page, Reason, Reject, rejected
from newscrawl.run.run import Run
from newscrawl.workers.pool import raw_of


class ExtractPipeline:
    """Sends pages to the worker pool, which learns the sites' templates."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            raise NotConfigured
        return cls(crawler)

    async def open_spider(self) -> None:
        run: Run = self._crawler.spider.run  # type: ignore[union-attr]
        self._workers = run.workers
        self._workers.on_loss = self._lost
        self._page_seconds = run.config.page_seconds
        self._workers.start()

    async def process_item(self, page: Page | Article | Reject) -> Article | Reject:
        if not isinstance(page, Page):
            return page  # of `scrapy parse --pipelines`, which shows what the workers made of it, or the project's own
        # A failed fetch has nothing to extract and is not worth a trip to a worker.
        if page.failure:
            return self._known(rejected(page, *page.failure))
        run: Run = self._crawler.spider.run  # type: ignore[union-attr]
        try:
            outcome = await self._workers.process(page)
        except WorkersBroken as e:
            run.fail(e)
            raise
        if isinstance(outcome, Reject) and outcome.reason is Reason.EXTRACT_FAILED:
            # It has no records yet: its worker is gone. In a thread, for a page takes some milliseconds.
            outcome = replace(outcome, raw=await asyncio.to_thread(raw_of, page))
        joined = outcome.joined if isinstance(outcome, Article) else 0
        run.report.later_pages.update(joined=joined, unlike=len(page.later) - joined)
        return self._known(outcome)

    def _known(self, outcome: Article | Reject) -> Article | Reject:
        if isinstance(outcome, Reject):  # a pipeline of the project's may drop it, and its reason must stay
            self._crawler.spider.run.report.under_way[outcome.url] = outcome  # type: ignore[union-attr]
        return outcome

    def _lost(self, page: Page, why: str) -> None:
        # A site whose pages cost workers rests as long as one may take, then is left: what waits for a worker counts
        # against all sites (back-pressure).
        assert self._crawler.engine is not None
        hosts, downloader = hosts_of(self._crawler), self._crawler.engine.downloader
        if self._workers.costs.is_left(page.site):
            many = self._workers.costs.of(page.site)
            hosts.leave_site(page.site, f"{many} of its pages cost a worker each, the last: {why}", downloader)
        else:
            hosts.rest(Request(page.url), self._page_seconds, downloader)

    async def close_spider(self) -> None:
        await self._workers.close()
