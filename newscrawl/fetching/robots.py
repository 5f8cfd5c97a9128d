"""robots.txt by RFC 9309: absent allows everything, unreachable forbids everything for this run; and other wishes."""

from __future__ import annotations

import logging
from functools import cached_property, partial
from typing import Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.python import to_unicode
from twisted.internet.defer import Deferred

from newscrawl.discovery.robots_file import MAX_BYTES, read_robots
from newscrawl.discovery.robots_rules import Rules, rules_for_all
from newscrawl.errors import WorkersBroken
from newscrawl.fetching.data_loss import has_lost_data
from newscrawl.fetching.hosts import Hosts, RunEnds, host_of, hosts_of
from newscrawl.fetching.licence_files import FeedLicences, LicenceFiles
from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.fetching.optout import AI_AGENTS, ARTICLE_META, WISHES_META, robots_opt_out, stated_before, told
from newscrawl.fetching.tdm_files import TdmFiles

logger = logging.getLogger(__name__)

_TOO_MANY_REQUESTS = 429
# Whom a paper wants to be found by: where it forbids them, too, that may be an accident.
SEARCH_AGENT = "Googlebot"


def _without_traceback(record: logging.LogRecord) -> bool:
    # That a host is dead is one line; thirty frames of Scrapy and Twisted say no more.
    record.exc_info = record.exc_text = None
    return True


def _is_article(request: Request) -> bool:
    return "found" in request.cb_kwargs or bool(request.meta.get(ARTICLE_META))


class RobotsUnreachable(IgnoreRequest):
    """robots.txt exists perhaps, but the server does not say (2.3.1.4)."""


class ReadRobots(RobotParser):
    """Rules as they were read, with the sitemaps and licences that were named and the wishes that were stated."""

    def __init__(
        self,
        rules: Rules,
        sitemaps: list[str],
        stated: dict[str, Rules],
        licences: dict[str, Rules],
    ) -> None:
        self._rules, self.sitemaps, self.stated, self.licences = rules, sitemaps, stated, licences

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:
        """Scrapy's hook."""
        return cls(*read_robots((robotstxt_body, "")))

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        """Whether an agent may ask for a URL."""
        return self._rules.can_fetch(to_unicode(url), to_unicode(user_agent))

    def crawl_delay(self, user_agent: str | bytes) -> float | None:
        """Seconds that an agent is to wait between requests."""
        return self._rules.crawl_delay(to_unicode(user_agent))


def no_rules() -> ReadRobots:
    """What a robots.txt says that is not available."""
    return ReadRobots(Rules([]), [], {}, {})


class StandardRobots(RobotsTxtMiddleware):
    """Scrapy's, for one page and for spiders that crawl no news, which reads and obeys as a crawl of ours does."""

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, once they are there."""
        # Of those that wait at Scrapy's Deferred the first takes its value; the others would be given None: no rules.
        await super().robot_parser(request)
        parser = self._parsers[urlparse_cached(request).netloc]
        assert not isinstance(parser, Deferred)
        return parser

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status < 400 and has_lost_data(response):
            # What is lost may be what forbids.
            parser = self._unreachable(response, "only its beginning came")
        elif response.status >= 500 or response.status == _TOO_MANY_REQUESTS:
            parser = self._unreachable(response, f"HTTP {response.status}")
        else:
            # Unavailable (2.3.1.3): the body of a "not found" page holds no rules.
            parser = await self._read(response.body[: MAX_BYTES + 1] if response.status < 400 else b"", response.url)
        await self.crawler.signals.send_catch_log_async(
            signal=signals.robots_parsed, robotparser=parser, request=request
        )
        waiting = self._parsers[netloc]
        assert isinstance(waiting, Deferred)
        self._parsers[netloc] = parser
        waiting.callback(parser)

    def _unreachable(self, response: Response, why: str) -> ReadRobots:
        """What holds where the server does not say its rules (2.3.1.4): nothing may be asked for."""
        logger.warning("%s: %s: everything is forbidden then (RFC 9309)", response.url, why)
        return ReadRobots(rules_for_all([("disallow", "/")]), [], {}, {})

    async def _read(self, body: bytes, url: str) -> ReadRobots:
        return ReadRobots(*read_robots((body, url)))


class RobotsMiddleware(StandardRobots):
    """Scrapy's obeys no robots.txt where it cannot be read; here its host is left for this run."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            return StandardRobots.from_crawler(crawler)  # type: ignore[return-value]  # for other spiders
        logging.getLogger(RobotsTxtMiddleware.__module__).addFilter(_without_traceback)
        return super().from_crawler(crawler)

    async def process_request(self, request: Request, spider: Spider | None = None) -> None:
        """Wait for the host's robots.txt and obey it; note of an article's URL what else is stated, and obey that which
        settings say."""
        await super().process_request(request)
        if request.meta.get("dont_obey_robotstxt"):
            return
        self._hosts.check(request)
        # What leads to articles is not kept, and has no such wishes.
        if _is_article(request):
            wishes = await self._wishes(request)
            self._hosts.check(request)  # it may have failed meanwhile
            if obeyed := [where for kind, where in wishes.items() if kind in self.crawler.spider.opt_outs]:  # type: ignore[union-attr]
                raise IgnoreRequest(f"Forbidden by {obeyed[0]}")
            request.meta[WISHES_META] = wishes

    async def process_response(self, request: Request, response: Response, spider: Spider | None = None) -> Response:
        """Note of an article what the licences refuse that its header or head names; who obeys that comes later."""
        if not _is_article(request) or request.meta.get("dont_obey_robotstxt") or response.status >= 400:
            return response
        # By a feed, too, that was read while the page was waited for.
        refused = await self._licences.refused_by_page(response) | self._stated_by_feeds(request)
        if refused:
            request.meta[WISHES_META] = told(request.meta.get(WISHES_META) or {}, refused)
        return response

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """The rules for us, and those for all who gather text for machines where settings say so."""
        super().process_request_2(rp, request)
        if rp is not None and "ai" in self.crawler.spider.opt_outs:  # type: ignore[union-attr]
            agent = robots_opt_out(rp, request.url)
            if agent:
                raise IgnoreRequest(f"Forbidden by robots.txt for {agent}")

    async def _wishes(self, request: Request) -> dict[str, str]:
        # One that leads off the site list is not available: the other files are.
        rules = await self.robot_parser(request) or no_rules()
        assert isinstance(rules, ReadRobots)
        closed_to = robots_opt_out(rules, request.url)
        tdm = await self._tdm.rules(request, rules)
        terms = await self._licences.terms(request, rules.licences)
        stated = stated_before(rules.stated, closed_to, tdm, terms, request.url, str(self._robotstxt_useragent))
        return told(stated, self._stated_by_feeds(request))

    def _stated_by_feeds(self, request: Request) -> dict[str, str]:
        licences: FeedLicences = self.crawler.spider.finds.licences  # type: ignore[union-attr]
        return licences.about(request.url, str(self._robotstxt_useragent))

    @cached_property
    def _tdm(self) -> TdmFiles:
        return TdmFiles(self.crawler, str(self._robotstxt_useragent))

    @cached_property
    def _licences(self) -> LicenceFiles:
        return LicenceFiles(self.crawler, str(self._robotstxt_useragent))

    def _unreachable(self, response: Response, why: str) -> ReadRobots:
        raise RobotsUnreachable(why)

    async def _read(self, body: bytes, url: str) -> ReadRobots:
        # In a worker, and no more of it than is asked about: what it makes is sent, and unpacked on the event loop.
        run = self.crawler.spider.run  # type: ignore[union-attr]
        read = partial(read_robots, agents=(str(self._robotstxt_useragent), SEARCH_AGENT, *AI_AGENTS))
        try:
            return ReadRobots(*await run.workers.call(read, (body, url), run.config.source_seconds))
        except WorkersBroken as e:
            run.fail(e)  # no fault of the host
            raise RunEnds(str(e)) from e

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        # What is ignored for other reasons leads off the site list: not available, so nothing is forbidden.
        if isinstance(exc, RobotsUnreachable) or not isinstance(exc, IgnoreRequest):
            host = host_of(Request(f"http://{netloc}/"))
            why = f"robots.txt cannot be read ({str(exc) or type(exc).__name__})"
            assert self.crawler.engine is not None
            self._hosts.leave(host, why, self.crawler.engine.downloader)
        super()._robots_error(exc, netloc)

    @property
    def _hosts(self) -> Hosts:
        return hosts_of(self.crawler)
