"""One delay a host: the longest of the site entry's `delay` and robots.txt's Crawl-delay."""

from __future__ import annotations

import logging
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.robotstxt import RobotParser

from newscrawl.fetching.hosts import hosts_of
from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.fetching.scope import registered_domain
from newscrawl.sites import DEFAULT_DELAY, Site

logger = logging.getLogger(__name__)

# Scrapy 2.19 starts a slot's whole queue at once where its delay is 0, whatever its concurrency: it counts
# a request as under way only one turn of the event loop later. With any delay it starts one at a time.
_LEAST_DELAY = 0.001


def host_delay(host: str, sites: list[Site]) -> float:
    """Seconds between requests to `host`: the longest delay of the entries that name it, or its domain."""
    naming = [s for s in sites if host in s.hosts]
    domain = registered_domain(host)
    related = naming or [s for s in sites if domain in {registered_domain(h) for h in s.hosts}]
    return max((s.delay for s in related), default=DEFAULT_DELAY)


class PolitenessMiddleware:
    """Sets the delay of the downloader's slots; a slot is a host (docs/architecture.md, invariant 6)."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            raise NotConfigured
        middleware = cls(crawler)
        crawler.signals.connect(middleware.robots_parsed, signal=signals.robots_parsed)
        return middleware

    def process_request(self, request: Request) -> None:
        """Give a host its delay before its first request reaches the downloader."""
        host = urlsplit(request.url).hostname or ""
        slots = self._downloader.per_slot_settings
        if host not in slots:
            delay = host_delay(host, self._crawler.spider.sites)  # type: ignore[union-attr]
            slots[host] = {"delay": max(delay, _LEAST_DELAY)}

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Lengthen a host's delay to its Crawl-delay, for requests to come and those in its queue.

        One that asks for more than a run waits for any host is left: it would hold the run for as long.
        """
        host = urlsplit(request.url).hostname or ""
        wanted = robotparser.crawl_delay(self._crawler.settings["ROBOTSTXT_USER_AGENT"])
        if wanted is None or wanted <= self._downloader.per_slot_settings[host]["delay"]:
            return
        hosts = hosts_of(self._crawler)
        if wanted > hosts.longest:
            hosts.leave(host, f"robots.txt asks for {wanted:g} s between requests", self._downloader)
            return
        logger.info("%s: robots.txt asks for %g s between requests", host, wanted)
        self._downloader.per_slot_settings[host] = {"delay": wanted}
        if slot := self._downloader.slots.get(host):
            slot.delay = wanted

    @property
    def _downloader(self) -> Any:
        return self._crawler.engine.downloader
