"""Which page comes next where more of them wait than there are workers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Shares:
    """The workers go to the site that has the fewest pages in work, then to the page that came first.

    In pebble's own queue the pages of a site that hang would stand before those of all others.
    """

    def __init__(self, most: int, is_slowed: Callable[[str], bool]) -> None:
        """`most` pages are in work at once; of a site that `is_slowed` one."""
        self._most, self._is_slowed = most, is_slowed
        self._in_work: Counter[str] = Counter()
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, site: str) -> AsyncIterator[None]:
        """Wait until a page of the site may be worked on, and hold its place meanwhile."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((site, turn))
        self._give()
        try:
            await turn
            yield
        finally:
            # Cancelled while it waited, it holds no place.
            if turn.done() and not turn.cancelled():
                self._in_work[site] -= 1
            self._give()

    def _give(self) -> None:
        self._waiting = [(site, turn) for site, turn in self._waiting if not turn.done()]
        while self._in_work.total() < self._most and (free := [w for w in self._waiting if self._may(w[0])]):
            chosen = min(free, key=lambda waiting: self._in_work[waiting[0]])
            self._waiting.remove(chosen)
            self._in_work[chosen[0]] += 1
            chosen[1].set_result(None)

    def _may(self, site: str) -> bool:
        return not (self._in_work[site] and self._is_slowed(site))
