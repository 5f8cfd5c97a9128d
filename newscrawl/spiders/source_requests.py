"""The sources' half of the spider: which feeds, sitemaps and sections are asked, and what comes of their answers.

A source is asked (`ask`) unless it rests; its answer (`answered`) is either nothing new, or read: its URLs are noted
in the ledger, those that are due become articles, and the sources behind it are asked in turn.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from urllib.parse import urlsplit

import regex
from scrapy import Request
from scrapy.http import Response, TextResponse
from scrapy.robotstxt import RobotParser
from twisted.python.failure import Failure

from newscrawl.discovery.feeds import parse_feed
from newscrawl.discovery.links import Discovered, NotReadable
from newscrawl.discovery.sections import announced_feeds, parse_section
from newscrawl.discovery.sitemaps import parse_sitemap
from newscrawl.fetching.hosts import HostLeft, RunEnds
from newscrawl.fetching.reasons import failed_page
from newscrawl.fetching.scope import Scope
from newscrawl.run.run import Run
from newscrawl.sites import Site
from newscrawl.spiders.article_requests import ArticleRequests
from newscrawl.spiders.plan import Plan
from newscrawl.spiders.walks import Walks
from newscrawl.state.ledger import Found
from newscrawl.state.sources import Source
from newscrawl.state.sqlite import transaction

logger = logging.getLogger(__name__)

# Sitemaps nest index -> month -> day at the most; deeper is a loop.
MAX_DEPTH = 3
# Sources followed from one entry of a site (child sitemaps, listing pages): the newest come first, and
# the rest is archive. `-a since=all` lifts it.
MAX_FURTHER = 20
# Listing pages behind the first: at hourly crawls new stories have not moved further back.
MAX_LISTING_PAGES = 10

# URLs that are noted in one go: 30 ms of the event loop, and one fsync.
AT_A_TIME = 200
# Discovery before articles: what is due is known early, and the hosts' queues fill evenly.
_PRIORITY = 10
_NOT_MODIFIED = 304


class SourceKind(StrEnum):
    """How a source is read."""

    HOME = "home"  # only the site's home is known: what robots.txt and the page announce
    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A source of a site. `root`: the entry it was reached from, itself at depth 0."""

    site: Site
    url: str
    kind: SourceKind
    root: str
    depth: int = 0

    @classmethod
    def entrance(cls, site: Site, url: str, kind: SourceKind) -> Asked:
        """A source that the site's entry names, or its home announces."""
        return cls(site=site, url=url, kind=kind, root=url)

    def behind(self, url: str) -> Asked:
        """A source that this one names: a child sitemap, the next listing page."""
        return replace(self, url=url, depth=self.depth + 1)

    @property
    def is_section(self) -> bool:
        return self.kind is SourceKind.SECTION


class SourceRequests:
    """Asks each source once a run. Everything it learns goes to the ledger, the sources' table and the report."""

    def __init__(self, run: Run, plan: Plan, scope: Scope, articles: ArticleRequests) -> None:
        self._run, self._report, self._ledger = run, run.report, run.archive.ledger
        self._scope, self._articles = scope, articles
        self._since = plan.since
        self._asked: set[str] = set()
        # Sitemaps that the robots.txt of a host announces.
        self._announced: dict[str, list[str]] = {}
        self._walks = Walks(self._ledger, run.note)

    # Asking

    def entrances(self, site: Site) -> Iterator[Request]:
        """The requests for what a site's entry names; where that is nothing, for its home."""
        for urls, kind in (
            (site.feeds, SourceKind.FEED),
            (site.sitemaps, SourceKind.SITEMAP),
            (site.sections, SourceKind.SECTION),
        ):
            for url in urls:
                yield from self.ask(Asked.entrance(site, url, kind))
        if not (site.feeds or site.sitemaps or site.sections):
            yield from self.ask(Asked.entrance(site, site.home, SourceKind.HOME))

    def ask(self, asked: Asked) -> Iterator[Request]:
        """The request for a source, unless this run asked it before or it rests."""
        if asked.url in self._asked:
            return
        self._asked.add(asked.url)
        known = self._known(asked)
        if known and known.dead:
            self._report.sources_dead[asked.url] = known.dead
        # Listing pages behind the first are only asked for while there is news.
        if known and known.rests(datetime.now(UTC)) and not (asked.is_section and asked.depth):
            self._report.sources_resting += not known.dead
            return
        if asked.is_section:
            self._walks.page_asked(asked.root)
        yield Request(
            asked.url,
            callback=self.answered,
            errback=self.failed,
            headers=known.validators if known else None,
            meta={"site": asked.site.name, "handle_httpstatus_list": [_NOT_MODIFIED]},
            cb_kwargs={"asked": asked, "known": known},
            priority=_PRIORITY,
            dont_filter=True,
        )

    def _known(self, asked: Asked) -> Source | None:
        """The source as last read, unless it must be read whole: another reach, or a walk that was cut off."""
        if asked.kind is SourceKind.HOME or (asked.is_section and self._walks.was_cut_off(asked.root)):
            return None
        known = self._run.sources.get(asked.url)
        return known.beyond(self._reach(asked.site)) if known else None

    def _reach(self, site: Site) -> str:
        return f"{self._since or 'all'} {site.article_url}"

    # Answers

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Remember the sitemaps that a robots.txt announces."""
        # Protego's; robotparsers without a list of sitemaps have none to offer.
        protego = getattr(robotparser, "rp", None)
        self._announced[urlsplit(request.url).netloc] = list(getattr(protego, "sitemaps", []))

    async def answered(self, response: Response, asked: Asked, known: Source | None) -> AsyncIterator[Request]:
        """What a source's answer leads to: articles that are due, and the sources behind it."""
        if asked.kind is SourceKind.HOME:
            if announced := self._announced_by(response, asked.site):
                for entrance in announced:
                    for request in self.ask(entrance):
                        yield request
                return
            self._report_error(response.url, "announces neither sitemap nor feed; its own links are used")
            asked = replace(asked, kind=SourceKind.SECTION)
            self._walks.page_asked(asked.root)
        async for request in self._read(response, asked, known):
            yield request
        if asked.is_section:
            async with self._run.writing:
                self._walks.page_read(asked.root)

    def failed(self, failure: Failure) -> None:
        """A source that did not answer: counted and reported, never dropped silently."""
        request: Request = failure.request  # type: ignore[attr-defined]
        asked: Asked = request.cb_kwargs["asked"]
        reason, detail, _ = failed_page(failure)
        # A source that was not asked because the run ends has not failed.
        if not isinstance(failure.value, RunEnds):
            self._report_error(asked.url, f"{reason}: {detail}")  # not where a redirect led
        if not isinstance(failure.value, HostLeft):
            now = datetime.now(UTC)
            self._run.note(lambda: self._run.sources.failed(asked.url, now))
        if asked.is_section:
            self._walks.page_failed(asked.root)

    def _announced_by(self, response: Response, site: Site) -> list[Asked]:
        sitemaps = self._announced.get(urlsplit(response.url).netloc, [])
        feeds = announced_feeds(response.text, response.url) if isinstance(response, TextResponse) else []
        return [Asked.entrance(site, url, SourceKind.SITEMAP) for url in sitemaps] + [
            Asked.entrance(site, url, SourceKind.FEED) for url in feeds
        ]

    async def _read(self, response: Response, asked: Asked, known: Source | None) -> AsyncIterator[Request]:
        now = datetime.now(UTC)
        sha256 = hashlib.sha256(response.body).hexdigest()
        if known and known.sha256 and (response.status == _NOT_MODIFIED or sha256 == known.sha256):
            self._report.sources_read += 1
            self._report.sources_unchanged += 1
            async with self._run.writing:
                self._run.sources.unchanged(known, now)
            # An index that has not changed says nothing of what it lists.
            for request in self._behind(asked, known.further):
                yield request
            return
        try:
            # Beside the event loop: a sitemap of a thousand URLs takes a tenth of a second.
            discovered = await asyncio.to_thread(_parse, response, asked)
        except NotReadable as e:
            self._report_error(response.url, str(e))
            async with self._run.writing:
                self._run.sources.failed(asked.url, now)
            return
        self._report.sources_read += 1
        further = discovered.further if self._since is None else discovered.further[:MAX_FURTHER]
        due = await self._note(response.url, asked.site, discovered, now)
        # Only now: a source that is known as read is not read again unless it changes.
        async with self._run.writing:
            self._run.sources.read(
                asked.url,
                self._reach(asked.site),
                etag=_header(response, "ETag"),
                last_modified=_header(response, "Last-Modified"),
                sha256=sha256,
                further=() if asked.is_section else further,
                news=bool(due),
                now=now,
            )
        for found in due:
            for request in self._articles.ask(found):
                yield request
        if not self._goes_on(asked, bool(due)):
            return
        if len(further) < len(discovered.further):
            logger.info("%s: %d of %d further sources are read", response.url, len(further), len(discovered.further))
        for request in self._behind(asked, further):
            yield request

    async def _note(self, source: str, site: Site, discovered: Discovered, now: datetime) -> list[Found]:
        """Note in the ledger what is young enough and in scope; the part of it that is due."""
        oldest = now - self._since if self._since else None
        in_scope, due = 0, []
        articles = iter(discovered.articles.items())
        while some := list(islice(articles, AT_A_TIME)):
            async with self._run.writing:
                found = [
                    Found(url=url, site=site.name, source=source, hint=hint)
                    for url, hint in some
                    if not (oldest and (when := hint.modified_at or hint.published_at) and when < oldest)
                    and (not site.article_url or regex.search(site.article_url, url))
                    and self._scope.problem(url, site.name) is None
                ]
                in_scope += len(found)
                with transaction(self._run.archive.state.db):
                    due += self._ledger.discover(found, now)
                await asyncio.sleep(0)
        logger.info(
            "%s: %d articles, %d in scope and young enough, %d due",
            source, len(discovered.articles), in_scope, len(due),
        )  # fmt: skip
        return due

    def _goes_on(self, asked: Asked, news: bool) -> bool:
        """Whether the sources behind this one are asked: a section's pages only while they bring news."""
        if not asked.is_section:
            return asked.depth < MAX_DEPTH
        return asked.depth < MAX_LISTING_PAGES and (news or self._walks.was_cut_off(asked.root))

    def _behind(self, asked: Asked, urls: Sequence[str]) -> Iterator[Request]:
        for url in urls:
            yield from self.ask(asked.behind(url))

    def _report_error(self, url: str, message: str) -> None:
        self._report.discovery_errors[url] = message
        logger.warning("%s: %s", url, message)


def _parse(response: Response, asked: Asked) -> Discovered:
    """Read a source's answer. Raises `NotReadable`."""
    if response.status == _NOT_MODIFIED:
        raise NotReadable("HTTP 304 to a request without condition")
    if asked.kind is SourceKind.FEED:
        return parse_feed(response.body, response.url, _header(response, "Content-Type"))
    if asked.kind is SourceKind.SITEMAP:
        return parse_sitemap(response.body, response.url)
    if not isinstance(response, TextResponse):
        raise NotReadable("no HTML")
    return parse_section(response.text, response.url, asked.site.article_url)


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
