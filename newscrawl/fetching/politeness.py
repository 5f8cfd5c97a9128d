"""One delay a host: the longest of the site entry's `delay`, else DOWNLOAD_DELAY, and robots.txt's Crawl-delay."""

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


def host_delay(host: str, sites: list[Site], usual: float = DEFAULT_DELAY) -> float:
    """Seconds between requests to `host`: the longest delay of the entries that name it, or its domain; where they say
    none the `usual` one, if that is longer than ours. A shorter one is for an entry to say."""
    usual = max(usual, DEFAULT_DELAY)
    naming = [s for s in sites if host in s.hosts]
    domain = registered_domain(host)
    related = naming or [s for s in sites if domain in {registered_domain(h) for h in s.hosts}]
    return max((usual if s.delay == DEFAULT_DELAY else s.delay for s in related), default=usual)


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
        # Connected after AutoThrottle's, which extensions are before middlewares.
        crawler.signals.connect(middleware.response_downloaded, signal=signals.response_downloaded)
        return middleware

    def process_request(self, request: Request) -> None:
        """Give a host its delay before its first request reaches the downloader."""
        host = urlsplit(request.url).hostname or ""
        slots = self._downloader.per_slot_settings
        if "delay" not in slots.get(host, {}):  # DOWNLOAD_SLOTS may have the host, and say nothing of its delay
            usual = self._crawler.settings.getfloat("DOWNLOAD_DELAY")
            delay = host_delay(host, self._crawler.spider.sites, usual)  # type: ignore[union-attr]
            slots[host] = slots.get(host, {}) | {"delay": max(delay, _LEAST_DELAY)}

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
        self._downloader.per_slot_settings[host] |= {"delay": wanted}
        if slot := self._downloader.slots.get(host):
            slot.delay = wanted

    def response_downloaded(self, request: Request) -> None:
        """Take back what made a host's delay shorter than was promised: AutoThrottle does where it answers fast."""
        host = urlsplit(request.url).hostname or ""
        if slot := self._downloader.slots.get(host):
            slot.delay = max(slot.delay, self._downloader.per_slot_settings[host]["delay"])

    @property
    def _downloader(self) -> Any:
        return self._crawler.engine.downloader
