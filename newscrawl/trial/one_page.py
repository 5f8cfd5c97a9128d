"""One page fetched for a person who asks why, by the spider of a crawl: its robots.txt, redirects, later pages, browser
and what is stated of it are those of a crawl. Nothing is stored."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.exceptions import DropItem
from scrapy.http import Response
from scrapy.settings import Settings

from newscrawl.config import Config
from newscrawl.errors import ConfigError, Stopped
from newscrawl.fetching.browser import check_browser
from newscrawl.fetching.optout import header_wishes
from newscrawl.items import Hint, Page
from newscrawl.sites import Site
from newscrawl.spiders.news import NewsSpider
from newscrawl.spiders.news_crawler import NewsCrawler
from newscrawl.spiders.plan import refuse_anonymous
from newscrawl.state.ledger import Found
from newscrawl.trial.trial import Trial


def fetched(url: str, site: Site, settings: Settings, config: Config) -> tuple[Page, dict[str, str]]:
    """The page, and the opt-outs that its headers, robots.txt, tdmrep.json and licences state.

    Runs Scrapy's own process, so once in a program. Raises `ConfigError` that says why there is no page,
    `Stopped` after a signal.
    """
    check_browser([site])
    refuse_anonymous([site], config)
    settings.set("ITEM_PIPELINES", {_Keep: 0}, priority="cmdline")
    settings.set("EXTENSIONS", {}, priority="cmdline")  # they tell of runs
    # What is obeyed is judged with the page at hand.
    asking = replace(config, opt_outs=frozenset())
    with Trial.begun(asking, [site], alone=False, story_pages=config.story_pages) as trial:
        answer = _Answer(url)
        process = AsyncCrawlerProcess(settings)
        # A host that does not answer is told by the page's own failure, in a line and not in a traceback.
        for name in ("scrapy.downloadermiddlewares.robotstxt", "newscrawl.fetching.hosts"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        process.crawl(NewsCrawler(_OnePage, settings), run=trial, plan=trial.plan(), answer=answer)
        process.start()
        left = next(iter((trial.report.hosts_left | trial.report.sites_left).values()), None)
    if answer.page is None and left:
        raise ConfigError(f"{url}: {left}")
    if answer.page is None and (process.bootstrap_failed or answer.ended == "finished"):
        raise ConfigError(f"{url}: was not fetched; the log above says why")
    if answer.page is None:
        # After a first signal Scrapy says "shutdown", after a second one nothing.
        raise Stopped(f"{url}: a signal ended it before the page was there; start again")
    if answer.page.failure:
        raise ConfigError(f"{url}: {': '.join(answer.page.failure)}")
    return answer.page, answer.stated


@dataclass(slots=True)
class _Answer:
    """What came of the page at `url`; `ended`: how the spider did."""

    url: str
    page: Page | None = None
    stated: dict[str, str] = field(default_factory=dict)
    ended: str | None = None


class _OnePage(NewsSpider):
    """Asks for one page, as if a source had named it."""

    answer: _Answer

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, answer: _Answer, **arguments: Any) -> Self:  # type: ignore[override]
        """Scrapy's hook."""
        spider = super().from_crawler(crawler, *args, **arguments)
        spider.answer = answer
        crawler.signals.connect(spider._answered, signal=signals.response_received)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy's hook."""
        url = self.answer.url
        for request in self.articles.ask(Found(url=url, site=self.sites[0].name, source=url, hint=Hint())):
            yield request

    def closed(self, reason: str) -> None:
        """Scrapy's hook."""
        self.answer.ended = reason

    def _answered(self, response: Response, request: Request) -> None:
        if "found" in request.cb_kwargs:
            self.answer.stated |= header_wishes(response)


class _Keep:
    """Keeps the page in the place of the stages of a crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, page: Page) -> Page:
        self._crawler.spider.answer.page = page  # type: ignore[union-attr]
        raise DropItem("it is kept", log_level="DEBUG")
