"""The RSL licences that a robots.txt or a page names: each asked for once in a run, before the first article that it is
for is kept; and those that feeds carry."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from itertools import islice

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from newscrawl.discovery.licences import Asset, read_rsl, terms_of
from newscrawl.discovery.robots_rules import Rules
from newscrawl.fetching.hosts import RunEnds
from newscrawl.fetching.optout import HEAD_BYTES, LICENCE_TYPE, head_licences, header_licences, refused_by
from newscrawl.fetching.small_files import MAX_BYTES, Once, downloaded, read_in_worker
from newscrawl.text.urls import listed_url, site_host

logger = logging.getLogger(__name__)

# A host has one, as has a page; of more their first ones.
MOST = 3
# A site whose every page names another licence would double its requests.
_MOST_OF_PAGES = 20
# How one is called that has no address.
IN_HEAD = "the licence in the page's head"


def named_to(agent: str, named: Mapping[str, Rules], url: str) -> list[str]:
    """Of the licences that a robots.txt names (`licences_in_robots`) those that are for an agent and a page."""
    return [licence for licence, rules in named.items() if not rules.can_fetch(url, agent)][:MOST]


class FeedLicences:
    """What the licences state that feeds carry (`read_feed`), as far as this run has read them."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, Mapping[str, Rules]]] = {}

    def add(self, feed: str, stated: Mapping[str, Rules]) -> None:
        """Note what a feed states of pages of its site."""
        if stated:
            self._of.setdefault(site_host(feed), {})[feed] = stated

    def about(self, url: str, agent: str) -> dict[str, str]:
        """What is stated of a page, by kind and with the feed that states it."""
        return refused_by(self._of.get(site_host(url), {}).items(), url, agent)


class LicenceFiles:
    """The terms of the licences that are named to `agent`. Of one that cannot be read the terms are not known: the
    report names it (`licences_unread`), and the crawl goes on."""

    def __init__(self, crawler: Crawler, agent: str) -> None:
        self._crawler, self._agent = crawler, agent
        self._files = Once[list[Asset]](list)
        self._terms: dict[tuple[str, str], dict[str, Rules]] = {}
        self._of_pages: dict[str, set[str]] = {}

    async def terms(self, request: Request, named: dict[str, Rules]) -> list[tuple[str, dict[str, Rules]]]:
        """The licences among those of robots.txt (`licences_in_robots`) that are for us, by URL, and what each refuses
        in the request's host (`terms_of`). Raises `RunEnds`."""
        host = urlparse_cached(request).netloc.lower()
        ours = named_to(self._agent, named, request.url)
        return [(url, await self._terms_in(url, host)) for url in ours]

    async def refused_by_page(self, response: Response) -> dict[str, str]:
        """What the licences refuse of a page that its header and head name or hold, by kind and with where that is
        said. Raises `RunEnds`."""
        named, held = header_licences(response), list[Asset]()
        if LICENCE_TYPE in response.body[:HEAD_BYTES].lower():
            try:
                of_head, held = await read_in_worker(self._crawler, head_licences, response.body)
            except RunEnds:
                raise
            except Exception as e:  # noqa: BLE001  # whatever a reader may raise: terms that are not known
                self._unread(response.url, e)
            else:
                named += of_head
        if not (named or held):
            return {}
        urls = [url for said in named if (url := listed_url(said, response.url))]
        host = urlparse_cached(response).netloc.lower()
        terms = [(url, await self._terms_in(url, host)) for url in self._some(urls, host)]
        return refused_by([*terms, (IN_HEAD, terms_of(held, host))], response.url, self._agent)

    def _some(self, urls: list[str], host: str) -> list[str]:
        known = self._of_pages.setdefault(host, set())
        known.update(islice((url for url in urls if url not in known), max(0, _MOST_OF_PAGES - len(known))))
        if unknown := [url for url in urls if url not in known]:
            why = f"pages of {host} name more than {_MOST_OF_PAGES} licences"
            if why not in self._crawler.spider.run.report.licences_unread.values():  # type: ignore[union-attr]
                self._unread(unknown[0], ValueError(why))
        return [url for url in dict.fromkeys(urls) if url in known][:MOST]

    async def _terms_in(self, url: str, host: str) -> dict[str, Rules]:
        assets = await self._files.of(url, partial(self._ask, url))
        if (url, host) not in self._terms:
            self._terms[url, host] = terms_of(assets, host)
        return self._terms[url, host]

    async def _ask(self, url: str) -> list[Asset]:
        try:
            # By the rules of the host that it lies on, which may be another: its robots.txt, and the site list.
            answer = await downloaded(self._crawler, url)
            if answer.status >= 400:
                raise ValueError(f"HTTP {answer.status}")
            # Half of it would be other terms.
            if len(answer.body) > MAX_BYTES:
                raise ValueError(f"more than {MAX_BYTES:,} bytes")
            return await read_in_worker(self._crawler, read_rsl, answer.body)
        except RunEnds:
            raise
        except Exception as e:  # noqa: BLE001  # whatever a download or a reader may raise: terms that are not known
            self._unread(url, e)
        return []

    def _unread(self, url: str, error: Exception) -> None:
        why = str(error) or type(error).__name__
        self._crawler.spider.run.report.licences_unread[url] = why  # type: ignore[union-attr]
        logger.warning("%s: the licence cannot be read (%s); its terms are not known", url, why)
