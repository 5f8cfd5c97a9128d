"""Sources are read by the workers, without one that takes long holding up the others."""

from __future__ import annotations

import asyncio
from typing import Any

from newscrawl.discovery.links import Discovered
from newscrawl.fetching.hosts import RunEnds
from newscrawl.run.run import Run
from newscrawl.workers.pool import TooSlow
from newscrawl.workers.source_work import SourceAnswer, read_source

# Nearly every source takes less; one that takes longer is begun anew, beside the others and one at a time.
_QUICK_SECONDS = 5


class Reading:
    """Two queues for the workers: of sources that nobody has tried, and of those that are known to take long."""

    def __init__(self, run: Run) -> None:
        self._run, self._seconds = run, run.config.source_seconds
        # Half the workers at the most: articles are not starved by sources.
        self._quick = asyncio.Semaphore(max(1, run.config.workers // 2))
        self._slow = asyncio.Semaphore(1)
        self._ending = False
        self._under_way: set[asyncio.Future[Any]] = set()

    async def read(self, answer: SourceAnswer) -> Discovered:
        """What a source names. Raises `NotReadable`, `TooDear`, `WorkersBroken`, and `RunEnds` where the run ends."""
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
