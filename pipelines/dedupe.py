"""Stage 2: is this story known? Articles become kept, duplicate or unchanged; rejects pass."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.items import Article, Outcome, Reject


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
        return self._crawler.spider.run.judge(item) if isinstance(item, Article) else item  # type: ignore[union-attr]
