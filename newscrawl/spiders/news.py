"""`scrapy crawl news`: finds article URLs at every site of the list and fetches those that are due."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Self
from urllib.parse import urlsplit

import regex
import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from scrapy.robotstxt import RobotParser
from twisted.python.failure import Failure

from newscrawl.config import Config
from newscrawl.discovery.feeds import parse_feed
from newscrawl.discovery.links import Discovered, NotReadable
from newscrawl.discovery.pages import announced_feeds, parse_section
from newscrawl.discovery.sitemaps import parse_sitemap
from newscrawl.errors import StateUnwritable
from newscrawl.fetching.failures import failed_page
from newscrawl.fetching.hosts import HostLeft, Hosts, RunEnds
from newscrawl.fetching.optout import opt_outs
from newscrawl.fetching.scope import Scope
from newscrawl.items import Page, Reason
from newscrawl.ledger import Found, Ledger
from newscrawl.run import Run
from newscrawl.sites import Site
from newscrawl.sources import Source
from newscrawl.spiders.plan import Plan
from newscrawl.spiders.turns import AT_ONCE, Turns
from newscrawl.sqlite import transaction

logger = logging.getLogger(__name__)

# Sitemaps nest index -> month -> day at the most; deeper is a loop.
MAX_DEPTH = 3
# Sources followed from one entry of a site (child sitemaps, listing pages): the newest come first, and
# the rest is archive. `-a since=all` lifts it.
MAX_FURTHER = 20
# Listing pages behind the first: at hourly crawls new stories have not moved further back.
MAX_LISTING_PAGES = 10

# URLs that are noted in one go: 30 ms of the event loop, and one fsync.
_AT_A_TIME = 200
# Discovery before articles: what is due is known early, and the hosts' queues fill evenly.
_SOURCE_PRIORITY = 10
NOT_MODIFIED = 304


@dataclass(slots=True)
class _Walk:
    """The way through a section's listing pages: pages asked for and not yet read, and whether one failed."""

    was_cut_off: bool
    outstanding: int = 0
    failed: bool = False


class NewsSpider(scrapy.Spider):
    """Sources (feeds, sitemaps, sections) give URLs, the ledger says which are due, pages go to the pipeline."""

    name = "news"

    def __init__(
        self, *args: Any, run: Run, plan: Plan, connect_to: str | None = None, at_once: int = AT_ONCE, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.run, self.plan = run, plan
        self.sites = plan.sites
        self.scope = Scope(plan.sites, connect_to)
        config = run.config
        self.opt_outs = config.opt_outs
        self.hosts = Hosts(
            backoff=config.backoff_seconds,
            longest=config.hold_seconds,
            failures=config.breaker_urls,
            left=run.hosts_left,
        )
        self._requested: set[str] = set()
        self._turns = Turns(at_once)
        self._sources: set[str] = set()
        self._announced: dict[str, list[str]] = {}
        self._walks: dict[str, _Walk] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, run: Run | None = None, **arguments: Any) -> Self:
        """`scrapy crawl` gives the opened run; a script that runs the spider itself has it opened here."""
        config = run.config if run else Config.read(crawler.settings)
        plan = Plan.read(arguments, config, crawler.settings["NEWSCRAWL_SITES_FILE"])
        run = run or Run.open(config)
        # Enough for a host that may be asked more at once than others.
        at_once = max(AT_ONCE, 2 * crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"))
        spider = super().from_crawler(crawler, *args, run=run, plan=plan, connect_to=config.connect_to, at_once=at_once)
        crawler.signals.connect(spider._robots_parsed, signal=signals.robots_parsed)
        crawler.signals.connect(spider._callback_failed, signal=signals.spider_error)
        return spider

    def let_go(self) -> None:
        """Ask for nothing more, for the run is to end: pages under way are finished, all others stay pending."""
        if self.crawler.engine is not None:
            self.hosts.let_go(self.crawler.engine.downloader)

    async def start(self) -> AsyncIterator[Any]:
        """What an earlier run left open first, then every site's sources."""
        opened = self.run.archive.ledger.open((site.name for site in self.sites), datetime.now(UTC))
        for number, found in enumerate(opened):
            if number % _AT_A_TIME == 0:
                await asyncio.sleep(0)
            for request in self._article(found):
                yield request
        for site in self.sites:
            for request in self._entrances(site):
                yield request

    def _entrances(self, site: Site) -> Iterator[Request]:
        for url in site.feeds:
            yield from self._source(site, url, self.parse_feed)
        for url in site.sitemaps:
            yield from self._source(site, url, self.parse_sitemap)
        for url in site.sections:
            yield from self._source(site, url, self.parse_section)
        if not (site.feeds or site.sitemaps or site.sections):
            yield from self._source(site, site.home, self.parse_home)

    def _source(
        self, site: Site, url: str, callback: Callable[..., Any], depth: int = 0, root: str | None = None
    ) -> Iterator[Request]:
        if url in self._sources:
            return
        self._sources.add(url)
        listing = callback == self.parse_section
        known = self._known(site, url, listing, root or url) if callback != self.parse_home else None
        if known and known.dead:
            self.run.sources_dead[url] = known.dead
        # Listing pages behind the first are only asked for while there is news.
        if known and known.rests(datetime.now(UTC)) and not (listing and depth):
            self.run.sources_resting += not known.dead
            return
        if listing:
            self._walk(root or url).outstanding += 1
        yield Request(
            url,
            callback=callback,
            errback=self.source_failed,
            headers=known.validators if known else None,
            meta={"site": site.name, "source": url, "known": known, "handle_httpstatus_list": [304]},
            cb_kwargs={"site": site, "depth": depth, "root": root or url},
            priority=_SOURCE_PRIORITY,
            dont_filter=True,
        )

    def _known(self, site: Site, url: str, listing: bool, root: str) -> Source | None:
        """The source as last read, unless it must be read whole: another reach, or a walk that was cut off."""
        if listing and (self._walks[root].was_cut_off if root in self._walks else self._ledger.is_cut_off(root)):
            return None
        known = self.run.sources.get(url)
        return known.beyond(self._reach(site)) if known else None

    def _reach(self, site: Site) -> str:
        return f"{self.plan.since or 'all'} {site.article_url}"

    @property
    def _ledger(self) -> Ledger:
        return self.run.archive.ledger

    # Sources

    async def parse_home(self, response: Response, site: Site, depth: int, root: str) -> AsyncIterator[Request]:
        """A site of which only the home is known: what robots.txt and the page announce."""
        sitemaps = self._announced.get(urlsplit(response.url).netloc, [])
        feeds = announced_feeds(response.text, response.url) if isinstance(response, TextResponse) else []
        if not sitemaps and not feeds:
            self._discovery_error(response.url, "announces neither sitemap nor feed; its own links are used")
            self._walk(root).outstanding += 1
            async for request in self.parse_section(response, site, depth, root):
                yield request
        for url in sitemaps:
            for request in self._source(site, url, self.parse_sitemap):
                yield request
        for url in feeds:
            for request in self._source(site, url, self.parse_feed):
                yield request

    async def parse_feed(self, response: Response, site: Site, depth: int, root: str) -> AsyncIterator[Request]:
        """An RSS or Atom feed."""
        kind = _content_type(response)
        parse = partial(parse_feed, response.body, response.url, kind)
        async for request in self._read(response, site, depth, root, parse, self.parse_feed):
            yield request

    async def parse_sitemap(self, response: Response, site: Site, depth: int, root: str) -> AsyncIterator[Request]:
        """A sitemap or sitemap index."""
        parse = partial(parse_sitemap, response.body, response.url)
        async for request in self._read(response, site, depth, root, parse, self.parse_sitemap):
            yield request

    async def parse_section(self, response: Response, site: Site, depth: int, root: str) -> AsyncIterator[Request]:
        """A listing page; further pages only while it brings something that is due."""
        parse = self._section_of(response, site)
        async for request in self._read(response, site, depth, root, parse, self.parse_section):
            yield request
        async with self.run.writing:
            self._walk_step(root)

    def _walk(self, section: str) -> _Walk:
        if section not in self._walks:
            self._walks[section] = _Walk(was_cut_off=self.run.archive.ledger.begin_walk(section))
        return self._walks[section]

    def _walk_step(self, section: str, failed: bool = False) -> None:
        walk = self._walk(section)
        walk.outstanding -= 1
        walk.failed = walk.failed or failed
        if not walk.outstanding and not walk.failed:
            self.run.archive.ledger.end_walk(section)

    def _section_of(self, response: Response, site: Site) -> Callable[[], Discovered]:
        def parse() -> Discovered:
            if not isinstance(response, TextResponse):
                raise NotReadable("no HTML")
            return parse_section(response.text, response.url, site.article_url)

        return parse

    async def _read(
        self,
        response: Response,
        site: Site,
        depth: int,
        root: str,
        parse: Callable[[], Discovered],
        callback: Callable[..., Any],
    ) -> AsyncIterator[Request]:
        now = datetime.now(UTC)
        asked: str = response.meta["source"]
        known: Source | None = response.meta["known"]
        sha256 = hashlib.sha256(response.body).hexdigest()
        if known and known.sha256 and (response.status == NOT_MODIFIED or sha256 == known.sha256):
            self.run.sources_read += 1
            self.run.sources_unchanged += 1
            async with self.run.writing:
                self.run.sources.unchanged(known, now)
            # An index that has not changed says nothing of what it lists.
            for url in known.further:
                for request in self._source(site, url, callback, depth + 1, root):
                    yield request
            return
        try:
            if response.status == NOT_MODIFIED:
                raise NotReadable("HTTP 304 to a request without condition")
            # Beside the event loop: a sitemap of a thousand URLs takes a tenth of a second.
            discovered = await asyncio.to_thread(parse)
        except NotReadable as e:
            self._discovery_error(response.url, str(e))
            async with self.run.writing:
                self.run.sources.failed(asked, now)
            return
        self.run.sources_read += 1
        listing = callback == self.parse_section
        further = discovered.further if self.plan.since is None else discovered.further[:MAX_FURTHER]
        oldest = now - self.plan.since if self.plan.since else None
        in_scope, due = 0, []
        articles = iter(discovered.articles.items())
        while some := list(islice(articles, _AT_A_TIME)):
            async with self.run.writing:
                found = [
                    Found(url=url, site=site.name, source=response.url, hint=hint)
                    for url, hint in some
                    if not (oldest and (when := hint.modified_at or hint.published_at) and when < oldest)
                    and (not site.article_url or regex.search(site.article_url, url))
                    and self.scope.problem(url, site.name) is None
                ]
                in_scope += len(found)
                with transaction(self.run.archive.state.db):
                    due += self._ledger.discover(found, now)
                await asyncio.sleep(0)
        # Only now: a source that is known as read is not read again unless it changes.
        async with self.run.writing:
            self.run.sources.read(
                asked,
                self._reach(site),
                etag=_header(response, "ETag"),
                last_modified=_header(response, "Last-Modified"),
                sha256=sha256,
                further=() if listing else further,
                news=bool(due),
                now=now,
            )
        logger.info(
            "%s: %d articles, %d in scope and young enough, %d due",
            response.url, len(discovered.articles), in_scope, len(due),
        )  # fmt: skip
        for f in due:
            for request in self._article(f):
                yield request
        if depth >= (MAX_LISTING_PAGES if listing else MAX_DEPTH):
            return
        if listing and not due and not self._walk(root).was_cut_off:
            return
        if len(further) < len(discovered.further):
            logger.info("%s: %d of %d further sources are read", response.url, len(further), len(discovered.further))
        for url in further:
            for request in self._source(site, url, callback, depth + 1, root):
                yield request

    def source_failed(self, failure: Failure) -> None:
        """A feed, sitemap or section that did not answer: counted and reported, never dropped silently."""
        request: Request = failure.request  # type: ignore[attr-defined]
        reason, detail, _ = failed_page(failure)
        # A source that was not asked because the run ends has not failed.
        if not isinstance(failure.value, RunEnds):
            self._discovery_error(request.meta["source"], f"{reason}: {detail}")  # not where a redirect led
        if not isinstance(failure.value, HostLeft):
            self.run.sources.failed(request.meta["source"], datetime.now(UTC))
        if request.callback == self.parse_section:
            self._walk_step(request.cb_kwargs["root"], failed=True)

    def _discovery_error(self, url: str, message: str) -> None:
        self.run.discovery_errors[url] = message
        logger.warning("%s: %s", url, message)

    def _robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        # Protego's; robotparsers without a list of sitemaps have none to offer.
        rules = getattr(robotparser, "rp", None)
        self._announced[urlsplit(request.url).netloc] = list(getattr(rules, "sitemaps", []))

    def _callback_failed(self, failure: Failure, response: Response | None) -> None:
        """An exception of ours while a source was read: reported, and the end where nothing can be noted."""
        error = failure.value
        # Of an errback that failed Scrapy gives the failure it was called with for a response.
        self.run.discovery_errors[getattr(response, "url", self.name)] = f"{type(error).__name__}: {error}"
        if isinstance(error, sqlite3.Error | OSError):
            self.run.fail(
                StateUnwritable(f"the state directory cannot be written ({error}); make room and start again")
            )

    # Articles

    def _article(self, found: Found) -> Iterator[Request]:
        if found.url in self._requested or (self.plan.limit and len(self._requested) >= self.plan.limit):
            return
        self._requested.add(found.url)
        if self._turns.ask(found):
            yield self._request(found)

    def _next(self, site: str) -> Iterator[Request]:
        if found := self._turns.next(site):
            yield self._request(found)

    def _request(self, found: Found) -> Request:
        return Request(
            found.url,
            callback=self.parse_article,
            errback=self.article_failed,
            meta={"site": found.site},
            cb_kwargs={"found": found},
            # A redirect onto a page that was fetched already must still end as a row of its own.
            dont_filter=True,
        )

    def parse_article(self, response: Response, found: Found) -> Iterator[Page | Request]:
        """A page that answered: to the pipeline, undecoded, unless its publisher wishes otherwise."""
        # First of all: whatever becomes of this page, the next one has its turn.
        yield from self._next(found.site)
        stated = opt_outs(response)
        if obeyed := [wish for kind, wish in stated.items() if kind in self.opt_outs]:
            yield self._page(found, url=response.url, status=response.status, failure=(Reason.FORBIDDEN, obeyed[0]))
            return
        yield self._page(
            found,
            url=response.url,
            status=response.status,
            body=response.body,
            content_type=_content_type(response),
            reservations=tuple(stated),
        )

    def article_failed(self, failure: Failure) -> Iterator[Page | Request]:
        """A page that gave no story to look at: still one row (invariant 3)."""
        if isinstance(failure.value, RunEnds):
            return  # nor will any other be asked for
        request: Request = failure.request  # type: ignore[attr-defined]
        found: Found = request.cb_kwargs["found"]
        yield from self._next(found.site)
        if isinstance(failure.value, HostLeft):
            return  # not fetched: it stays pending, and the report names its host
        reason, detail, status = failed_page(failure)
        yield self._page(found, url=request.url, status=status, failure=(reason, detail))

    def _page(self, found: Found, **answer: Any) -> Page:
        self.run.funnel.fetched += 1
        language = next(site.language for site in self.sites if site.name == found.site)
        return Page(
            discovered_url=found.url,
            site=found.site,
            fetched_at=datetime.now(UTC),
            language=language,
            hint=found.hint,
            **answer,
        )


def _content_type(response: Response) -> str | None:
    return _header(response, "Content-Type")


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
