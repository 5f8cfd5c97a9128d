"""The tdmrep.json of each host: asked for once in a run, before the host's first article."""

from __future__ import annotations

import logging
from functools import partial

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from newscrawl.discovery.signals import TdmRule, may_be_tdmrep, read_tdmrep
from newscrawl.fetching.hosts import RunEnds
from newscrawl.fetching.small_files import MAX_BYTES, Once, downloaded, read_in_worker

logger = logging.getLogger(__name__)

TDM_PATH = "/.well-known/tdmrep.json"


class TdmFiles:
    """What the hosts' tdmrep.json say. One that is not there, or cannot be read, reserves nothing (TDMRep, "TDM File on
    the Origin Server"); `agent` is asked for in robots.txt."""

    def __init__(self, crawler: Crawler, agent: str) -> None:
        self._crawler, self._agent = crawler, agent
        self._files = Once[list[TdmRule]](list)

    async def rules(self, request: Request, robots: RobotParser) -> list[TdmRule]:
        """The rules of the request's host, which is asked for them where robots.txt allows it. Raises `RunEnds`."""
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        return await self._files.of(origin, partial(self._ask, origin + TDM_PATH, robots))

    async def _ask(self, url: str, robots: RobotParser) -> list[TdmRule]:
        if not robots.allowed(url, self._agent):
            return []
        try:
            answer = await downloaded(self._crawler, url, dont_obey_robotstxt=True)  # it was asked above
            body = answer.body[:MAX_BYTES]
            if answer.status < 400 and may_be_tdmrep(body):
                return await read_in_worker(self._crawler, read_tdmrep, body)
        except RunEnds:
            raise
        except IgnoreRequest as e:
            logger.debug("%s: not read: %s", url, e)  # it leads off the site list
        except Exception as e:  # noqa: BLE001  # whatever a download or a reader may raise: nothing is reserved by it
            logger.warning("%s: cannot be read (%s); taken for none", url, str(e) or type(e).__name__)
        return []
