"""Headers of a site's entry, on requests to that site's own addresses and on no other."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.fetching.scope import registered_domain
from newscrawl.sites import Site, origin

# Names of the headers that a request was given here. A redirect's request begins as a copy of the one before.
GIVEN = "site_headers"


class SiteHeadersMiddleware:
    """Gives each request the headers of its site where it goes to an origin (scheme, host, port) that the entry names
    on its own domain, and takes them from one that goes elsewhere, as after a redirect."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._by_site: dict[str, dict[str, tuple[tuple[str, str], ...]]] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler):
            raise NotConfigured
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        for name in request.meta.pop(GIVEN, ()):
            request.headers.pop(name, None)
        if headers := self._headers(request):
            for name, value in headers:
                request.headers[name] = value
            request.meta[GIVEN] = tuple(name for name, _ in headers)

    def _headers(self, request: Request) -> tuple[tuple[str, str], ...]:
        if self._by_site is None:
            sites: list[Site] = self._crawler.spider.sites  # type: ignore[union-attr]
            self._by_site = {site.name: _by_origin(site) for site in sites if site.headers}
        if not self._by_site:
            return ()
        where = origin(request.url)
        if site := request.meta.get("site"):
            return self._by_site.get(site, {}).get(where, ())
        # A host's robots.txt and tdmrep.json are asked for no site: as its only one would ask, where it has one.
        naming = [s for s in self._crawler.spider.sites if where in map(origin, s.urls)]  # type: ignore[union-attr]
        return self._by_site.get(naming[0].name, {}).get(where, ()) if len(naming) == 1 else ()


def _by_origin(site: Site) -> dict[str, tuple[tuple[str, str], ...]]:
    own = registered_domain(urlsplit(site.home).hostname or "")
    return dict.fromkeys(site.header_origins(lambda host: registered_domain(host) == own), site.headers)
