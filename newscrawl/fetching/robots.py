"""robots.txt by RFC 9309: absent allows everything, unreachable forbids everything for this run; and other wishes."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Self

from protego import Protego
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from newscrawl.discovery.robots_file import MAX_BYTES, read_robots
from newscrawl.errors import WorkersBroken
from newscrawl.fetching.hosts import Hosts, RunEnds, host_of, hosts_of
from newscrawl.fetching.licence_files import LicenceFiles
from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.fetching.optout import ARTICLE_META, WISHES_META, robots_opt_out, stated_before, told
from newscrawl.fetching.tdm_files import TdmFiles

_TOO_MANY_REQUESTS = 429


def _without_traceback(record: logging.LogRecord) -> bool:
    # That a host is dead is one line; thirty frames of Scrapy and Twisted say no more.
    record.exc_info = record.exc_text = None
    return True


def _is_article(request: Request) -> bool:
    return "found" in request.cb_kwargs or bool(request.meta.get(ARTICLE_META))


class RobotsUnreachable(IgnoreRequest):
    """robots.txt exists perhaps, but the server does not say (2.3.1.4)."""


class ReadRobots(ProtegoRobotParser):
    """Rules that a worker has read, with the sitemaps and licences that were named and the wishes that were stated with
    them."""

    def __init__(
        self, rules: Protego, sitemaps: list[str], stated: dict[str, Protego], licences: dict[str, Protego]
    ) -> None:
        self.rp, self.sitemaps, self.stated, self.licences = rules, sitemaps, stated, licences


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's obeys no robots.txt where it cannot be read; here its host is left for this run."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            return RobotsTxtMiddleware.from_crawler(crawler)  # type: ignore[return-value]  # Scrapy's own, for its spiders
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
        if refused := await self._licences.refused_by_page(response):
            request.meta[WISHES_META] = told(request.meta.get(WISHES_META) or {}, refused)
        return response

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """The rules for us, and those for all who gather text for machines where settings say so."""
        super().process_request_2(rp, request)
        if rp is not None and "ai" in self.crawler.spider.opt_outs:  # type: ignore[union-attr]
            agent = robots_opt_out(rp, request.url)
            if agent:
                raise IgnoreRequest(f"Forbidden by robots.txt for {agent}")

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, once they are there."""
        # Of those that wait at Scrapy's Deferred the first takes its value; the others would be given None: no rules.
        await super().robot_parser(request)
        parser = self._parsers[urlparse_cached(request).netloc]
        assert not isinstance(parser, Deferred)
        return parser

    async def _wishes(self, request: Request) -> dict[str, str]:
        rules = await self.robot_parser(request)
        if not isinstance(rules, ReadRobots):
            return {}
        closed_to = robots_opt_out(rules, request.url)
        tdm = await self._tdm.rules(request, rules)
        terms = await self._licences.terms(request, rules.licences)
        return stated_before(rules.stated, closed_to, tdm, terms, request.url, str(self._robotstxt_useragent))

    @cached_property
    def _tdm(self) -> TdmFiles:
        return TdmFiles(self.crawler, str(self._robotstxt_useragent))

    @cached_property
    def _licences(self) -> LicenceFiles:
        return LicenceFiles(self.crawler, str(self._robotstxt_useragent))

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == _TOO_MANY_REQUESTS:
            raise RobotsUnreachable(f"HTTP {response.status}")
        # Unavailable (2.3.1.3): the body of a "not found" page holds no rules.
        body = response.body[:MAX_BYTES] if response.status < 400 else b""
        run = self.crawler.spider.run  # type: ignore[union-attr]
        # As Scrapy's, but read in a worker.
        try:
            read = await run.workers.call(read_robots, (body, response.url), run.config.source_seconds)
        except WorkersBroken as e:
            run.fail(e)  # no fault of the host
            raise RunEnds(str(e)) from e
        parser = ReadRobots(*read)
        await self.crawler.signals.send_catch_log_async(
            signal=signals.robots_parsed, robotparser=parser, request=request
        )
        waiting = self._parsers[netloc]
        assert isinstance(waiting, Deferred)
        self._parsers[netloc] = parser
        waiting.callback(parser)

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
