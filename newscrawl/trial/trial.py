"""A run that asks a few pages of each site, by all the rules of a crawl, and keeps what it sees in memory."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from newscrawl.archive.archive import Archive
from newscrawl.archive.opening import open_archive
from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_client import Credentials
from newscrawl.config import Config
from newscrawl.errors import Stopped
from newscrawl.fetching.robots import SEARCH_AGENT
from newscrawl.items import Article, Duplicate, Outcome, Reject
from newscrawl.run.run import Run
from newscrawl.sites import Site
from newscrawl.spiders.asked import Asked
from newscrawl.spiders.news import NewsSpider
from newscrawl.spiders.plan import Plan
from newscrawl.state.lock import RunLock
from newscrawl.trial.evidence import Evidence, SourceSeen
from newscrawl.trial.sample import SampleLedger
from newscrawl.workers.source_work import SourceKind

# Pages asked of a site, `sample.PAGES` of a source: those of three sources that name none together.
PAGES = 15
# Sources that are followed from one that the entry names: an index, its newest map, and the one behind that.
_ENTRY_SOURCES = 4
# Announced sources that are asked of a site: the main feed and map stand first.
_HOME_SOURCES = 10
# Seconds for one site: what is asked of it takes 20 at a second each, and one that is slower holds up all others.
_SITE_SECONDS = 180.0
# Whatever a source names is counted: the newest of a paper that stopped is years old.
_SINCE = timedelta(days=36_500)


class Trial(Run):
    """Opened by `begun`; what it saw of each site is in `seen` once it has finished.

    It holds the lock of the state directory, for no other process may ask the same hosts meanwhile (invariant 6); its
    own ledger and index lie in a folder that goes with it. There is no bucket.
    """

    def __init__(
        self, config: Config, archive: Archive, lock: RunLock, sites: list[Site], sample: SampleLedger
    ) -> None:
        super().__init__(config, archive, lock, None)
        self._sample = sample
        # By the address at which a source answered, after redirects, the entrance that it was reached from.
        self._roots: dict[str, str] = {}
        self.seen = {site.name: Evidence(site=site) for site in sites}
        self._sites = {site.name: site for site in sites}

    @classmethod
    @contextmanager
    def begun(cls, config: Config, sites: list[Site], *, alone: bool = True, story_pages: int = 1) -> Iterator[Self]:
        """A trial of these sites. Raises `StateLocked` where a crawl uses the state directory, unless `alone` is false:
        one page may be asked beside a crawl, as by a reader. `story_pages`: of a story, its first included."""
        with tempfile.TemporaryDirectory(prefix="newscrawl-trial-") as folder:
            lock = RunLock(config.state_dir if alone else Path(folder)).acquire()
            try:
                config = replace(
                    config,
                    state_dir=Path(folder),
                    rechecks=(),
                    poll_seconds=0.0,
                    entry_sources=_ENTRY_SOURCES,
                    home_sources=_HOME_SOURCES,
                    listing_pages=1,
                    story_pages=story_pages,
                    site_seconds=min(config.site_seconds, _SITE_SECONDS),
                    warc=False,
                )
                # Nothing is asked of this store: credentials of its own, so that nothing is looked up for it.
                store = ObjectStore("trial", Credentials("http://127.0.0.1:9", "none", "none"))
                archive = open_archive(config, store, Location("trial"))
                archive.ledger = sample = SampleLedger(archive.state.db, {site.name: site.home for site in sites})
                trial = cls(config, archive, lock, sites, sample)
                try:
                    yield trial
                finally:
                    trial.close()
            finally:
                lock.release()

    def plan(self) -> Plan:
        """What the spider is to do."""
        return Plan(sites=list(self._sites.values()), since=_SINCE, limit=None, limit_each=PAGES)

    def watch(self, crawler: Crawler) -> None:
        """See what the crawler's spider asks, and what comes of it."""

        def opened(spider: NewsSpider) -> None:
            spider.sources.on_source = self._saw

        # Signals hold their receivers weakly.
        self._opened, self._answered, self._read = opened, self._source_answered, self._robots_read
        crawler.signals.connect(opened, signal=signals.spider_opened)
        crawler.signals.connect(self._answered, signal=signals.response_received)
        crawler.signals.connect(self._read, signal=signals.robots_parsed)

    def start(self, on_failure: Callable[[], None]) -> None:
        """Nothing is committed."""
        self._on_failure = on_failure

    async def store(self, outcome: Outcome) -> None:
        """Count an outcome, and keep it."""
        self.report.funnel.count(outcome)
        if isinstance(outcome, Reject):
            self.seen[outcome.site].rejects.append(outcome)
        elif isinstance(outcome, Article | Duplicate):
            article = outcome.article if isinstance(outcome, Duplicate) else outcome
            self.seen[article.site].articles.append(article)
            self.seen[article.site].stories.add(outcome.duplicate_of if isinstance(outcome, Duplicate) else outcome.id)

    async def finish(self, reason: str, fingerprint: str) -> None:
        """Sum up what was seen."""
        if self._noting is not None:
            await self._noting
        if reason == "shutdown":
            self.report.failure = self.report.failure or Stopped("a signal ended the check before it was through")
        for name, seen in self.seen.items():
            seen.left_out = self.report.discovery.get(name, Counter())
            seen.links = seen.left_out.pop("named", 0)
            seen.left_out.pop("new", None)
            hosts = {urlsplit(source.url).hostname for source in seen.sources} | seen.site.hosts
            left = (why for host, why in self.report.hosts_left.items() if host in hosts)
            seen.left = self.report.sites_left.get(name) or next(left, None)
            seen.stopped = reason != "finished"
            seen.idle = self._idle(seen)
            entrances = [s for s in seen.sources if s.depth == 0 and s.kind in (SourceKind.FEED, SourceKind.SITEMAP)]
            seen.cut = sum(not s.named for s in entrances) >= _HOME_SOURCES
            seen.newest = self._newest(seen)
        self.report.finished = True

    def _newest(self, seen: Evidence) -> datetime | None:
        """The latest time that sources or articles tell, and that is not yet to come."""
        now = datetime.now(UTC)
        told = [self.archive.ledger.newest(seen.site.name, now), *(article.published_at for article in seen.articles)]
        return max((when for when in told if when and when <= now), default=None)

    def _idle(self, seen: Evidence) -> frozenset[str]:
        """The entrances that led to no article, of those that were read."""
        named: Counter[str] = Counter()
        for source, count in self._sample.named.items():
            named[self._roots.get(source, source)] += count

        def roots(urls: Iterator[str]) -> set[str]:
            return {self._roots.get(source, source) for url in urls if (source := self._sample.source_of.get(url))}

        refused = roots(r.url for r in seen.rejects)
        told = roots(article.discovered_url for article in seen.articles)
        read = {source.root for source in seen.sources if source.problem is None}
        return frozenset(root for root in read if not named[root] or (root in refused and root not in told))

    def _saw(self, asked: Asked, problem: str | None) -> None:
        seen = self.seen[asked.site.name]
        # The home page stands in an entry, too; its links are used where nothing else is.
        is_home = asked.kind in (SourceKind.HOME, SourceKind.FRONT)
        named = asked.depth == 0 and asked.url in asked.site.urls and not is_home
        seen.sources.append(
            SourceSeen(url=asked.url, kind=asked.kind, depth=asked.depth, named=named, problem=problem, root=asked.root)
        )

    def _robots_read(self, robotparser: RobotParser, request: Request) -> None:
        if seen := self.seen.get(request.meta.get("site", "")):
            seen.hidden |= not robotparser.allowed(request.url, SEARCH_AGENT)

    def _source_answered(self, response: Response, request: Request) -> None:
        asked = request.cb_kwargs.get("asked")
        if isinstance(asked, Asked):
            self._roots[response.url] = asked.root
        if isinstance(asked, Asked) and asked.kind is SourceKind.HOME and response.status < 300:
            self.seen[asked.site.name].home = response.url
