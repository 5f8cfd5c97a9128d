"""The tdmrep.json of each host: asked for once in a run, before the host's first article."""

from __future__ import annotations

import logging

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from newscrawl.discovery.signals import TdmRule, read_tdmrep
from newscrawl.errors import WorkersBroken
from newscrawl.fetching.hosts import RunEnds

logger = logging.getLogger(__name__)

_PATH = "/.well-known/tdmrep.json"
# A rule has about a hundred bytes, and a file some of them.
_MAX_BYTES = 500 * 1024
# Before articles, as robots.txt is.
_PRIORITY = 1000


class TdmFiles:
    """What the hosts' tdmrep.json say. One that is not there, or cannot be read, reserves nothing (TDMRep, "TDM File on
    the Origin Server"); `agent` is asked for in robots.txt."""

    def __init__(self, crawler: Crawler, agent: str) -> None:
        self._crawler, self._agent = crawler, agent
        self._read: dict[str, list[TdmRule]] = {}
        self._asked: dict[str, Deferred[None]] = {}

    async def rules(self, request: Request, robots: RobotParser) -> list[TdmRule]:
        """The rules of the request's host, which is asked for them where robots.txt allows it. Raises `RunEnds`."""
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin in self._asked:
            # Each waiter takes the value out of a Deferred: what it says is only that the rules are there.
            await maybe_deferred_to_future(self._asked[origin])
        else:
            self._asked[origin] = Deferred()
            self._read[origin] = []
            try:
                if robots.allowed(origin + _PATH, self._agent):
                    self._read[origin] = await self._ask(origin + _PATH)
            finally:
                self._asked[origin].callback(None)
        return self._read[origin]

    async def _ask(self, url: str) -> list[TdmRule]:
        meta = {"dont_obey_robotstxt": True}  # it was asked above
        engine = self._crawler.engine
        assert engine is not None
        try:
            return await self._rules(
                await engine.download_async(Request(url, priority=_PRIORITY, meta=meta, callback=NO_CALLBACK))
            )
        except (RunEnds, WorkersBroken):
            raise
        except IgnoreRequest as e:
            logger.debug("%s: not read: %s", url, e)  # it leads off the site list
        except Exception as e:  # noqa: BLE001  # whatever a download or a reader may raise: nothing is reserved by it
            logger.warning("%s: cannot be read (%s); taken for none", url, str(e) or type(e).__name__)
        return []

    async def _rules(self, response: Response) -> list[TdmRule]:
        body = response.body[:_MAX_BYTES].lstrip()
        # Many a site answers with a page what it does not have.
        if response.status >= 400 or not body.startswith((b"[", b"{")):
            return []
        run = self._crawler.spider.run  # type: ignore[union-attr]
        try:
            rules: list[TdmRule] = await run.workers.call(read_tdmrep, body, run.config.source_seconds)
        except WorkersBroken as e:
            run.fail(e)  # no fault of the host
            raise RunEnds(str(e)) from e
        return rules
