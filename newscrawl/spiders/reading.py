"""Sources are read by the workers, without one that takes long holding up the others, or many of one site."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from scrapy.http import Response, TextResponse

from newscrawl.discovery.links import Discovered, NotReadable, Rank
from newscrawl.errors import WorkersBroken
from newscrawl.fetching.hosts import RunEnds
from newscrawl.fetching.raw_headers import header_of
from newscrawl.run.run import Run
from newscrawl.spiders.asked import Asked
from newscrawl.workers.pool import TooDear, TooSlow
from newscrawl.workers.source_work import SourceAnswer, SourceKind, read_source

logger = logging.getLogger(__name__)

# Nearly every source takes less; one that takes longer is begun anew, beside the others and one at a time.
_QUICK_SECONDS = 5
# Sources of a site that may cost a worker all its time: behind these the site is asked for no more of them in this run.
_DEAR_SOURCES = 3
_PAGES = (SourceKind.HOME, SourceKind.SECTION, SourceKind.FRONT)
NOT_MODIFIED = 304


class Reading:
    """Two queues for the workers: of sources that nobody has tried, and of those that are known to take long."""

    def __init__(self, run: Run, since: timedelta | None) -> None:
        """`since`: how old what a source names may be (None: any age)."""
        self._run, self._since, self._seconds = run, since, run.config.source_seconds
        self._dear: Counter[str] = Counter()
        # Half the workers at the most: articles are not starved by sources.
        self._quick = asyncio.Semaphore(max(1, run.config.workers // 2))
        self._slow = asyncio.Semaphore(1)
        self._ending = False
        self._under_way: set[asyncio.Future[Any]] = set()

    def is_dear(self, site: str) -> bool:
        """Whether so many sources of a site were too dear to read that no more of them are asked."""
        return self._dear[site] >= _DEAR_SOURCES

    async def read(self, response: Response, asked: Asked, now: datetime, after: Rank | None = None) -> Discovered:
        """What a source's answer names, behind `after` where it is read on. Raises `NotReadable`, also where it costs
        too much, `WorkersBroken`, and `RunEnds` where the run ends."""
        if response.status == NOT_MODIFIED:
            raise NotReadable("HTTP 304 to a request without condition")
        if asked.kind in _PAGES and not isinstance(response, TextResponse):
            raise NotReadable("no HTML")
        try:
            bounds = asked.bounds(now, self._since, after)
            said = header_of(response, "Content-Type")
            return await self._in_turn(
                SourceAnswer(kind=asked.kind, url=response.url, body=response.body, content_type=said, bounds=bounds)
            )
        except TooDear as e:
            self._dear[asked.site.name] += 1
            raise NotReadable(f"too dear to read: {e}") from e
        except WorkersBroken as e:
            self._run.fail(e)
            raise
        except (NotReadable, RunEnds):
            raise
        except (RecursionError, MemoryError) as e:
            raise NotReadable(f"too dear to read: {type(e).__name__}") from e
        except Exception as e:  # whatever a reader raises is the source's fault, and has what is asked in its place
            logger.exception("%s could not be read; please report it", response.url)
            raise NotReadable(f"the reader failed ({type(e).__name__}: {e})") from e

    async def _in_turn(self, answer: SourceAnswer) -> Discovered:
        if self._ending:
            raise RunEnds("not read: the run ends")
        reading = asyncio.ensure_future(self._read(answer))
        self._under_way.add(reading)
        try:
            return await reading
        except asyncio.CancelledError as e:
            raise RunEnds("not read: the run ends") from e
        finally:
            self._under_way.discard(reading)

    def let_go(self) -> None:
        """Wait for no source any more."""
        self._ending = True
        for reading in self._under_way:
            reading.cancel()

    async def _read(self, answer: SourceAnswer) -> Discovered:
        quick = min(_QUICK_SECONDS, self._seconds)
        try:
            async with self._quick:
                return await self._call(answer, quick)
        except TooSlow:
            if self._seconds <= quick:
                raise
        async with self._slow:
            return await self._call(answer, self._seconds)

    async def _call(self, answer: SourceAnswer, seconds: float) -> Discovered:
        found: Discovered = await self._run.workers.call(read_source, answer, seconds)
        return found
