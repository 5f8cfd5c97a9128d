"""The sources' half of the spider: which feeds, sitemaps and sections are asked, and what comes of their answers.

A source is asked (`ask`) unless it rests; its answer (`answered`) is either nothing new, or read: its URLs are noted
in the ledger, those that are due become articles, and the sources behind it are asked in turn.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from twisted.python.failure import Failure

from newscrawl.discovery.links import Loss, NotReadable
from newscrawl.discovery.sitemaps import MAX_BYTES
from newscrawl.fetching.data_loss import has_lost_data
from newscrawl.fetching.hosts import HostLeft, RunEnds
from newscrawl.fetching.raw_headers import header_of
from newscrawl.fetching.reasons import failed_page
from newscrawl.run.run import Run
from newscrawl.sites import Site
from newscrawl.spiders.article_requests import ArticleRequests
from newscrawl.spiders.asked import MAX_DEPTH, Asked, Fallback, by_turns, guesses, reach, stand_still, wanted_together
from newscrawl.spiders.finds import Finds, may_bring, names_story
from newscrawl.spiders.plan import Plan
from newscrawl.spiders.reading import NOT_MODIFIED, Reading
from newscrawl.spiders.walks import Walks
from newscrawl.state.sources import Source
from newscrawl.workers.source_work import SourceKind

logger = logging.getLogger(__name__)

# Discovery before articles: what is due is known early, and the hosts' queues fill evenly. Less what stands before a
# source among its siblings: of equals Scrapy takes the last first.
SOURCES_FIRST = 100_000
_BAD_REQUEST = 400


class SourceRequests:
    """Asks each source once a run. Everything it learns goes to the ledger, the sources' table and the report."""

    def __init__(self, run: Run, plan: Plan, finds: Finds, articles: ArticleRequests) -> None:
        self._run, self._report, self._config = run, run.report, run.config
        self._articles, self._since, self._sites = articles, plan.since, plan.sites
        self._budget = None if plan.since is None else self._config.entry_sources
        self._reading = Reading(run, plan.since)
        self._finds = finds
        self._asked: set[str] = set()
        # Of these, what has neither answered nor failed.
        self._under_way: dict[str, str] = {}  # and of which site it is
        # Sitemaps that the robots.txt of a host announces.
        self._announced: dict[str, list[str]] = {}
        self._walks = Walks(run.archive.ledger, run.note, self._config.listing_pages)
        self._fallback, self._wanted = Fallback(), wanted_together(plan.sites)
        # Sites of which the usual places were asked.
        self._guessed: set[str] = set()
        # Called with each source that was asked, and why it could not be read (None: it could).
        self.on_source: Callable[[Asked, str | None], None] = lambda asked, problem: None

    # Asking

    def entrances(self, site: Site) -> Iterator[Request]:
        """The requests for what a site's entry names; where that is nothing, or dead, for its home."""
        named = [
            Asked.entrance(replace(site, article_url=self._wanted.get(url, site.article_url)), url, kind, self._budget)
            for urls, kind in (
                (site.feeds, SourceKind.FEED),
                (site.sitemaps, SourceKind.SITEMAP),
                (site.sections, SourceKind.SECTION),
            )
            for url in urls
        ]
        home = Asked.entrance(site, site.home, SourceKind.HOME, self._budget)
        yield from self._ask_all(named, instead=home) if named else self.ask(home)

    def _ask_all(self, entrances: Sequence[Asked], instead: Asked) -> Iterator[Request]:
        """The requests for entrances of a site, and what is asked where none of them leads to a story."""
        self._fallback.hope(entrances, instead)
        if stand_still(self._run.sources, entrances, datetime.now(UTC)):
            self._fallback.doubt(entrances)
        for asked in entrances:
            requests = list(self.ask(asked))
            yield from requests
            is_asked = requests or not (self._fallback.doubts(asked) or (asked.guessed and self._is_dead(asked)))
            if asked.url in self._report.sources_dead or not is_asked:
                yield from self._lost(asked)

    def _is_dead(self, asked: Asked) -> bool:
        return bool((known := self._known(asked)) and known.dead)

    def _lost(self, asked: Asked) -> Iterator[Request]:
        """What is asked in the place of a source that leads to no story: the last entrance of its site to do so has
        one."""
        instead = self._fallback.lost(asked)
        if instead is None or self._reading.is_dear(asked.site.name):
            return
        if instead.kind is SourceKind.FRONT and instead.site.name not in self._guessed:
            self._guessed.add(instead.site.name)
            if places := [g for g in guesses(instead.site, instead.url, self._budget) if g.url not in self._asked]:
                yield from self._ask_all(places, instead)
                return
        is_front = instead.kind is SourceKind.FRONT
        what = "its own links and sections are used" if is_front else "its home page is asked"
        self._report_error(instead.url, f"no source named for {asked.site.name} seems to lead to a story: {what}")
        self._asked.add(instead.url)
        yield self._request(instead, None)

    def ask(self, asked: Asked) -> Iterator[Request]:
        """The request for a source, unless this run asked it before or it rests."""
        if asked.url in self._asked:
            return
        self._asked.add(asked.url)
        known = self._known(asked)
        if known and known.dead and not asked.guessed:
            self._report.sources_dead[asked.url] = known.dead
            self._report.source(asked.site.name, "failed")
        # Pages behind the first are only asked for while there is news.
        if known and known.rests(datetime.now(UTC)) and not (asked.paged and asked.depth):
            self._report.sources_resting += not known.dead and not asked.guessed
            if known.sha256:
                self._fallback.lead(asked)
            return
        if self._reading.is_dear(asked.site.name):
            self._finds.leave(asked.root, asked.site, Loss.SOURCES_CUT, [asked.url])
            return
        if asked.paged:
            self._walks.page_asked(asked.root)
        self._fallback.wait(asked)
        yield self._request(asked, known)

    def _request(self, asked: Asked, known: Source | None, *, conditional: bool = True) -> Request:
        self._under_way[asked.url] = asked.site.name
        validators = known.validators if known and conditional else {}
        statuses = [NOT_MODIFIED, _BAD_REQUEST] if validators else [NOT_MODIFIED]
        meta: dict[str, object] = {"site": asked.site.name, "handle_httpstatus_list": statuses}
        if asked.kind is SourceKind.SITEMAP:
            # Large ones are read piece by piece.
            meta["download_maxsize"] = MAX_BYTES
        return Request(
            asked.url,
            callback=self.answered,
            errback=self.failed,
            headers=validators,
            meta=meta,
            cb_kwargs={"asked": asked, "known": known},
            priority=SOURCES_FIRST - asked.place,
            dont_filter=True,
        )

    def _known(self, asked: Asked) -> Source | None:
        """The source as last read, unless it must be read whole: another reach, or a walk that was cut off."""
        if asked.kind is SourceKind.HOME or self._walks.was_cut_off(asked.root):
            return None
        known = self._run.sources.get(asked.url)
        return known.beyond(reach(asked.site, self._since)) if known else None

    # Answers

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Remember the sitemaps that a robots.txt announces."""
        # Ours; robotparsers without a list of sitemaps have none to offer.
        self._announced[urlsplit(request.url).netloc] = list(getattr(robotparser, "sitemaps", []))

    def let_go(self) -> None:
        """Read nothing more, for the run is to end: the next run reads it."""
        self._reading.let_go()

    def close(self) -> None:
        """Every source that this run asks has answered or failed; or a spider middleware dropped its request."""
        for url, site in self._under_way.items():
            self._report_error(
                url, "its request was dropped, by URLLENGTH_LIMIT or a spider middleware of the project's"
            )
            self._report.source(site, "failed")
        for url in self._fallback.in_vain():
            self._report_error(url, "its own links and sections name no story either: name a feed in its entry")
        self._finds.close(self._sites, datetime.now(UTC))

    async def answered(self, response: Response, asked: Asked, known: Source | None) -> AsyncIterator[Request]:
        """What a source's answer leads to: articles that are due, and the sources behind it."""
        self._under_way.pop(asked.url, None)
        if response.status == _BAD_REQUEST:
            # Some servers take a condition for an attack; asked plainly they answer.
            yield self._request(asked, known, conditional=False)
            return
        if asked.kind is SourceKind.HOME:
            try:
                announced = await self._announced_by(response, asked)
            except RunEnds:
                return
            requests = self._after_home(asked, announced)
            if not (requests and requests[0].cb_kwargs["asked"].kind is SourceKind.FRONT):
                for request in requests:
                    yield request
                return
            # The page itself, which is here already.
            asked = requests[0].cb_kwargs["asked"]
        try:
            async for request in self._read(response, asked, known):
                yield request
        except RunEnds:
            self._walks.page_failed(asked.root)
            return
        async with self._run.writing:
            self._walks.page_read(asked.root)

    def failed(self, failure: Failure) -> list[Request]:
        """A source that did not answer: counted and reported, never dropped silently; what is asked in its place."""
        request: Request = failure.request  # type: ignore[attr-defined]
        asked: Asked = request.cb_kwargs["asked"]
        self._under_way.pop(asked.url, None)
        reason, detail, _ = failed_page(failure)
        # A source that was not asked because the run ends has not failed.
        if not isinstance(failure.value, RunEnds) and not asked.guessed:
            self._report_error(asked.url, f"{reason}: {detail}")  # not where a redirect led
            self._report.source(asked.site.name, "failed")
            self.on_source(asked, f"{reason}: {detail}")
        if not isinstance(failure.value, HostLeft):
            now = datetime.now(UTC)
            self._run.note(lambda: self._run.sources.failed(asked.url, now))
        self._walks.page_failed(asked.root)
        if isinstance(failure.value, RunEnds | HostLeft):
            return []
        if asked.kind is SourceKind.HOME:
            # Firewalls close a home to robots that robots.txt leads elsewhere.
            return self._after_home(asked, self._entrances(asked, self._in_robots(request.url, asked.url)))
        return list(self._lost(asked))

    def _after_home(self, asked: Asked, announced: Sequence[Asked]) -> list[Request]:
        """The requests for what a home and its robots.txt announce; where that is nothing, for what is asked in its
        place."""
        front = replace(asked, kind=SourceKind.FRONT)
        if announced:
            return list(self._ask_all(announced, instead=front))
        self._fallback.hope([asked], instead=front)
        return list(self._lost(asked))

    def _in_robots(self, *urls: str) -> dict[str, SourceKind]:
        """Sitemaps that the robots.txt of these URLs' hosts announce."""
        hosts = dict.fromkeys(urlsplit(url).netloc for url in urls)
        sitemaps = [url for host in hosts for url in self._announced.get(host, [])]
        # Those of news first, where there are more than are read: they have the last two days and no archive.
        return dict.fromkeys(sorted(sitemaps, key=lambda url: "news" not in urlsplit(url).path), SourceKind.SITEMAP)

    async def _announced_by(self, response: Response, asked: Asked) -> list[Asked]:
        """Sitemaps that robots.txt announces and feeds that the home page does, as many as are read of one site."""
        entrances = self._in_robots(response.url, asked.url)
        try:
            home = await self._reading.read(response, asked, datetime.now(UTC))
        except NotReadable as e:
            self._report_error(response.url, str(e))
            self.on_source(asked, str(e))
        else:
            self.on_source(asked, None)
            entrances |= {url: SourceKind.FEED for url in home.further if url not in entrances}
        return self._entrances(asked, entrances)

    def _entrances(self, asked: Asked, entrances: Mapping[str, SourceKind]) -> list[Asked]:
        # The page itself, and what was asked before it and failed, would be hoped for until the end.
        new = [url for url in entrances if url not in self._asked]
        usable = self._by_turns(asked, self._finds.in_scope(asked.url, asked.site, new))
        return [Asked.entrance(asked.site, url, entrances[url], self._budget) for url in usable]

    def _by_turns(self, asked: Asked, urls: Sequence[str]) -> list[str]:
        """Of the sources that a home names those that this run asks; the others are counted."""
        chosen = by_turns(urls, self._run.sources.looks(urls, datetime.now(UTC)), self._config.home_sources)
        self._finds.leave(asked.url, asked.site, Loss.SOURCES_CUT, sorted(set(urls).difference(chosen)))
        return chosen

    async def _read(self, response: Response, asked: Asked, known: Source | None) -> AsyncIterator[Request]:
        now = datetime.now(UTC)
        sha256 = hashlib.sha256(response.body).hexdigest()
        if known and known.sha256 and (response.status == NOT_MODIFIED or sha256 == known.sha256):
            for request in await self._unchanged(asked, known, now):
                yield request
            return
        before = known.reached if known else None
        try:
            discovered = await self._reading.read(response, asked, now, before)
        except NotReadable as e:
            for request in await self._unreadable(response.url, asked, str(e), now):
                yield request
            return
        if has_lost_data(response):
            discovered = replace(discovered, partly=discovered.partly or "its body ends too early")
        self._report.sources_read += 1
        self._report.source(asked.site.name, "read")
        self.on_source(asked, None)
        if discovered.partly:
            self._report.sources_partly[response.url] = discovered.partly
            logger.warning("%s: partly read: %s", response.url, discovered.partly)
        if discovered.paged and not asked.paged and not asked.depth:
            # A feed that has pages, as is seen when the first is read.
            asked = replace(asked, paged=True)
            self._walks.page_asked(asked.root)
        named, due, all_taken = await self._finds.note(response.url, asked.site, discovered, now)
        if asked.kind is SourceKind.FRONT:
            self._fallback.last_resort(asked)
        is_listing = asked.kind in (SourceKind.SECTION, SourceKind.FRONT)  # its links are told from sections already
        leads = bool(named) and (is_listing or names_story(discovered, asked.site, now))
        if leads or may_bring(discovered, now):
            self._fallback.keep(asked, news=bool(due))
        # Read anew next time, changed or not: what was not read or taken wholly, leads nowhere, or has licences.
        is_whole = all_taken and not (discovered.partly or discovered.left_out.get(Loss.CUT) or discovered.licences)
        is_whole &= leads or (bool(discovered.further) and not discovered.paged)
        # Only now: a source that is known as read is not read again unless it changes.
        async with self._run.writing:
            self._run.sources.read(
                asked.url,
                reach(asked.site, self._since),
                etag=header_of(response, "ETag") if is_whole else None,
                last_modified=header_of(response, "Last-Modified") if is_whole else None,
                sha256=sha256 if is_whole else None,
                further=() if asked.paged else discovered.further,
                changed=discovered.changed,
                news=bool(due),
                now=now,
                # Where not even this much was taken, from where it was.
                reached=discovered.reached if all_taken else before,
            )
            if due:
                self._run.sources.brought(asked.root, now)
        for found in due:
            for request in self._articles.ask(found):
                yield request
        # The pages of a section or feed are asked for only while they bring news.
        if not asked.paged or due or self._walks.was_cut_off(asked.root):
            for request in self._behind(asked, discovered.further, discovered.changed, now):
                yield request
        for request in self._lost(asked):
            yield request

    async def _unchanged(self, asked: Asked, known: Source, now: datetime) -> Iterator[Request]:
        """What a source leads to that says what it said before: those behind it, which may have changed."""
        self._report.sources_read += 1
        self._report.sources_unchanged += 1
        self._report.source(asked.site.name)
        async with self._run.writing:
            self._run.sources.unchanged(known, now)
        if not known.further:
            self._fallback.keep(asked)  # what named no story is read anew
        # An index that has not changed says nothing of what it lists.
        return chain(self._behind(asked, known.further, known.changed, now), self._lost(asked))

    async def _unreadable(self, url: str, asked: Asked, why: str, now: datetime) -> Iterator[Request]:
        """What is asked in the place of a source that answered what nobody can read."""
        if not asked.guessed:
            self._report_error(url, why)
            self._report.source(asked.site.name, "failed")
        self.on_source(asked, why)
        async with self._run.writing:
            self._run.sources.failed(asked.url, now)
        return self._lost(asked)

    def _behind(
        self, asked: Asked, urls: Sequence[str], changed: Mapping[str, datetime], now: datetime
    ) -> Iterator[Request]:
        """The requests for sources behind this one; what is beyond the bounds is counted."""
        new = self._finds.in_scope(asked.url, asked.site, [url for url in urls if url not in self._asked])
        if asked.paged:
            room = self._walks.room(asked.root)
            self._finds.leave(asked.url, asked.site, Loss.SOURCES_CUT, new[room:])
            for place, url in enumerate(new[:room]):
                yield from self.ask(asked.behind(url, place))
            return
        if asked.kind is SourceKind.FRONT:
            for url in self._by_turns(asked, new):
                yield from self.ask(Asked.entrance(asked.site, url, SourceKind.SECTION, self._budget))
            return
        looks = self._run.sources.looks(new, now)
        resting = [url for url in new if url in looks and looks[url].rests]
        for url in resting:
            if looks[url].dead:
                yield from self.ask(asked.behind(url))  # it names it, and asks nothing
            else:
                self._fallback.keep(asked)  # what it names is not looked at
                self._report.sources_resting += 1
        children = list(asked.children(new, changed, looks)) if asked.depth < MAX_DEPTH else []
        chosen = {child.url for child in children} | set(resting)
        self._finds.leave(asked.url, asked.site, Loss.SOURCES_CUT, [url for url in new if url not in chosen])
        for child in children:
            yield from self.ask(child)

    def _report_error(self, url: str, message: str) -> None:
        self._report.discovery_errors[url] = message
        logger.warning("%s: %s", url, message)
