"""The RSL licences that a robots.txt names: each asked for once in a run, before the first article that it is for."""

from __future__ import annotations

import logging
from functools import partial

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.httpobj import urlparse_cached

from newscrawl.discovery.licences import Asset, read_rsl, terms_of
from newscrawl.fetching.hosts import RunEnds
from newscrawl.fetching.small_files import MAX_BYTES, Once, downloaded, read_in_worker

logger = logging.getLogger(__name__)

# A host has one; of more their first ones.
MOST = 3


class LicenceFiles:
    """The terms of the licences that are named to `agent`. Of one that cannot be read the terms are not known: the
    report names it (`licences_unread`), and the crawl goes on."""

    def __init__(self, crawler: Crawler, agent: str) -> None:
        self._crawler, self._agent = crawler, agent
        self._files = Once[list[Asset]](list)
        self._terms: dict[tuple[str, str], dict[str, Protego]] = {}

    async def terms(self, request: Request, named: dict[str, Protego]) -> list[tuple[str, dict[str, Protego]]]:
        """The licences among those of robots.txt (`licences_in_robots`) that are for us, by URL, and what each refuses
        in the request's host (`terms_of`). Raises `RunEnds`."""
        host = urlparse_cached(request).netloc.lower()
        ours = [url for url, rules in named.items() if not rules.can_fetch(request.url, self._agent)]
        for url in ours[:MOST]:
            assets = await self._files.of(url, partial(self._ask, url))
            if (url, host) not in self._terms:
                self._terms[url, host] = terms_of(assets, host)
        return [(url, self._terms[url, host]) for url in ours[:MOST]]

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
            why = str(e) or type(e).__name__
            self._crawler.spider.run.report.licences_unread[url] = why  # type: ignore[union-attr]
            logger.warning("%s: the licence cannot be read (%s); its terms are not known", url, why)
        return []
