"""Stage 2: is this story known? Articles become kept, duplicate or unchanged; rejects pass."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newscrawl.dedup.signature import of_its_text
from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.items import Article, Outcome, Reject
from newscrawl.run.run import Run


class DedupePipeline:
    """Asks the run's index, one article at a time: two copies in flight must see each other."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            raise NotConfigured
        return cls(crawler)

    def process_item(self, item: Article | Reject) -> Outcome:
        if not isinstance(item, Article):
            return item
        run: Run = self._crawler.spider.run  # type: ignore[union-attr]
        return run.judge(of_its_text(item))
