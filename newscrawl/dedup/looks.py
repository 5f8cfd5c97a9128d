"""Known articles looked at once more, those of them that may move something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.judge import others, rejudge
from newscrawl.dedup.meetings import name_of
from newscrawl.dedup.scene import Compared
from newscrawl.items import Move, Signature


class Looks:
    """Looks at articles one after the other, and leaves out those that have nobody to be compared with."""

    def __init__(self, index: DedupIndex, meeting: NDArray[np.int64] | None = None) -> None:
        """`meeting`: names (`meetings.name_of`) of the articles that met one of another story when the looks began
        (`meetings.Meetings`), sorted; None: all may."""
        self._index, self._meeting = index, meeting
        # What met only its own story, until one of that left.
        self._stirred: set[str] = set()
        # What was compared elsewhere.
        self.compared: Compared = {}

    def look(self, article_id: str, made: Callable[[], Signature], now: datetime) -> tuple[Move, ...]:
        """What an article moves, as `rejudge`; `made` gives its signature, where that is needed."""
        if not self._meets(article_id) and article_id not in self._stirred:
            return ()
        moves = rejudge(article_id, made(), self._index, now, self.compared)
        for move in moves if self._meeting is not None else ():
            left = [move.article_id, *(m.article_id for m in self._index.members(move.story_before))]
            self._stirred.update(name for name in left if not self._meets(name))
        return moves

    def pairs(self, article_id: str, made: Callable[[], Signature]) -> list[tuple[str, str]]:
        """What a look at an article would compare first, by what is known now."""
        if not self._meets(article_id):
            return []
        return [(article_id, other) for other in others(article_id, made(), self._index)]

    def _meets(self, article_id: str) -> bool:
        if self._meeting is None:
            return True
        name = name_of(article_id)
        place = int(self._meeting.searchsorted(name))
        return place < len(self._meeting) and int(self._meeting[place]) == name
