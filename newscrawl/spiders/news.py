"""`scrapy crawl news`: finds article URLs at every site of the list and fetches those that are due."""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Self

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from newscrawl.config import Config
from newscrawl.discovery.links import Discovered
from newscrawl.fetching.browser import Browser
from newscrawl.fetching.contact import say_who_crawls
from newscrawl.fetching.hosts import Hosts
from newscrawl.fetching.optout import ARTICLE_META
from newscrawl.fetching.reasons import failed_page
from newscrawl.fetching.scope import Scope
from newscrawl.items import Article, Hint, Reject, rejected
from newscrawl.run.run import Run
from newscrawl.sites import Site
from newscrawl.spiders import run_opening
from newscrawl.spiders.article_requests import ArticleRequests
from newscrawl.spiders.finds import Finds
from newscrawl.spiders.plan import Plan
from newscrawl.spiders.project_parts import check_parts
from newscrawl.spiders.source_requests import SOURCES_FIRST, SourceRequests
from newscrawl.spiders.turns import AT_ONCE
from newscrawl.state.database import unwritable
from newscrawl.state.ledger import Found
from newscrawl.state.sqlite import transaction


class NewsSpider(scrapy.Spider):
    """Sources (feeds, sitemaps, sections) give URLs, the ledger says which are due, pages go to the pipeline."""

    name = "news"
    crawls_news = True  # for `fetching.news_crawls`, which may not know this class
    tells_end = False  # no command is there to say how the run ended

    def __init__(
        self, *args: Any, run: Run, plan: Plan, connect_to: str | None = None, at_once: int = AT_ONCE, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.run, self.plan, self.sites = run, plan, plan.sites
        self.scope = Scope(plan.sites, connect_to)
        config = run.config
        self.opt_outs = config.opt_outs
        self.hosts = Hosts(
            backoff=config.backoff_seconds,
            longest=config.hold_seconds,
            failures=config.breaker_urls,
            left=run.report.hosts_left,
            sites_left=run.report.sites_left,
            site_seconds=config.site_seconds,
            owned=run.owns_hosts,
        )
        self.finds = Finds(run, self.scope, config.site_urls)
        self.articles = ArticleRequests(plan, run, self.finds, at_once)
        self.sources = SourceRequests(run, plan, self.finds, self.articles)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Scrapy's hook: `custom_settings`, then the contact into the user agent, where no project has its own."""
        super().update_settings(settings)
        say_who_crawls(settings)

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, *args: Any, run: Run | None = None, plan: Plan | None = None, **arguments: Any
    ) -> Self:
        """`scrapy crawl` gives the opened run, `scrapy sites` the plan, too; a script that runs the spider itself has
        the run opened here."""
        config = run.config if run else Config.read(crawler.settings)
        own = cls.own_arguments(arguments)
        plan = plan or Plan.read(arguments, config, crawler.settings["NEWSCRAWL_SITES_FILE"], own)
        opens = run is None
        if run is None and run_opening.instead:
            run = run_opening.instead(config, plan)
        elif run is None:
            check_parts(crawler.settings)
            run = Run.open(config, plan.leased, asks=True)
        # Enough for a host that may be asked more at once than others.
        at_once = max(AT_ONCE, 2 * crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"))
        ours = {"run": run, "plan": plan, "connect_to": config.connect_to, "at_once": at_once}
        try:
            spider = super().from_crawler(crawler, *args, **ours, **own)
        except BaseException:
            run.close()
            raise
        spider.tells_end = opens
        crawler.signals.connect(spider.sources.robots_parsed, signal=signals.robots_parsed)
        if any(site.render for site in plan.sites):
            spider.articles.browser = Browser(crawler, config.render_seconds)
            crawler.signals.connect(spider.articles.browser.close, signal=signals.spider_closed)
        crawler.signals.connect(spider._callback_failed, signal=signals.spider_error)
        return spider

    @classmethod
    def own_arguments(cls, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the arguments (`-a NAME=VALUE`) that a subclass has for itself: its `__init__` names them."""
        inits = [base.__init__ for base in cls.__mro__ if issubclass(base, NewsSpider) and base is not NewsSpider]
        named = {name for init in inits for name in inspect.signature(init).parameters}
        return {name: value for name, value in arguments.items() if name in named}

    def let_go(self) -> None:
        """Ask for nothing more, for the run is to end: pages under way are finished, all others stay pending."""
        self.sources.let_go()
        if self.crawler.engine is not None:
            self.hosts.let_go(self.crawler.engine.downloader)

    async def start(self) -> AsyncIterator[Any]:
        """What an earlier run left open first, then every site's sources."""
        now = datetime.now(UTC)
        if self.plan.idle:
            self.logger.warning(self.plan.idle)
        ledger = self.run.archive.ledger
        if self.plan.known:
            with transaction(self.run.archive.state.db):
                adopted = ledger.adopt(self.plan.known, self.scope.namer)
                again = sum(ledger.judge_by(site.name, site.judges_by, now) for site in self.sites)
            if adopted or again:
                self.logger.info(
                    "%d URLs waited under names that no site has any more; %d pages were refused by entries that have "
                    "changed since: they are asked again", adopted, again,
                )  # fmt: skip
        for site in self.sites:
            await asyncio.sleep(0)
            for request in self.articles.go_on(site.name, ledger.open([site.name], now)):
                yield request
        for site in self.sites:
            for request in self.sources.entrances(site):
                yield request

    async def parse(self, response: Response) -> AsyncIterator[Article | Reject | Request]:
        """Scrapy's hook: in `scrapy parse` the page as an article of its site. In a crawl the request for an
        article, where one is due at the address: of this one nobody has asked what its publisher wishes."""
        assert response.request
        url, site = response.request.url, self._site_of(response)
        if not response.meta.get(ARTICLE_META):
            async for request in self.take(response, {url: Hint()}):
                yield request
            return
        page = self.articles.page_of(response, Found(url=url, site=site.name, source=url, hint=Hint()))
        yield rejected(page, *page.failure) if page.failure else await self.run.workers.process(page)

    def source(self, site: str, url: str, callback: Callable[..., Any]) -> Iterator[Request]:
        """For a subclass: the request for a source that its `callback` reads; none where this crawl leaves the site
        out. What it names goes to `take`; one that fails stands in the report as any other does, and so does one of a
        site that the sites file has not."""
        if self.plan.known and site not in self.plan.known:
            problem = f"the sites file has no entry named {site!r}: add it, or correct the name"
            self.run.report.discovery_errors[url] = problem
            self.logger.warning("%s: %s", url, problem)
        if site in {s.name for s in self.sites}:
            # Each run asks, also one whose JOBDIR knows that another did.
            yield Request(
                url, callback, errback=self._source_failed, meta={"site": site}, priority=SOURCES_FIRST,
                dont_filter=True,
            )  # fmt: skip

    async def take(self, response: Response, articles: Mapping[str, Hint]) -> AsyncIterator[Request]:
        """For a subclass: the requests for those of the articles, by URL, that are due. All are noted in the ledger;
        what lies off the site list is counted in the report."""
        site = self._site_of(response)
        self.run.report.sources_read += 1
        self.run.report.source(site.name, "read")
        noted = await self.finds.note(response.url, site, Discovered(articles=dict(articles)), datetime.now(UTC))
        for found in noted.due:
            for request in self.articles.ask(found):
                yield request

    def closed(self, reason: str) -> None:
        """Scrapy's hook: nothing more comes."""
        if reason == "finished":
            self.sources.close()
            if self.plan.limit is None:  # a run that was cut short is like no other
                self.run.report.watched = [site.name for site in self.sites]

    def _source_failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]
        reason, detail, _ = failed_page(failure)
        self.run.report.discovery_errors[request.url] = f"{reason}: {detail}"
        self.run.report.source(request.meta["site"], "failed")

    def _site_of(self, response: Response) -> Site:
        """The site that a response was asked for; where its request names none, the first that its address is of."""
        assert response.request
        url, name = response.request.url, response.meta.get("site")
        names = [site for site in self.sites if site.name == name]
        return next(iter(names or [s for s in self.sites if self.scope.problem(url, s.name) is None]), self.sites[0])

    def _callback_failed(self, failure: Failure, response: Response | None) -> None:
        """An exception of ours while a source was read: reported, and the end where nothing can be noted."""
        error = failure.value
        # Of an errback that failed Scrapy gives the failure it was called with for a response.
        self.run.report.discovery_errors[getattr(response, "url", self.name)] = f"{type(error).__name__}: {error}"
        if isinstance(error, sqlite3.Error | OSError):
            self.run.fail(unwritable(error))
