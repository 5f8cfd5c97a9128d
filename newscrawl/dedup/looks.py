"""Known articles looked at once more, those of them that may move something."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from newscrawl.dedup.entries import posting_keys, text_id
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.index_writer import create_tables
from newscrawl.dedup.judge import rejudge
from newscrawl.dedup.meetings import name_of
from newscrawl.dedup.postings import Postings
from newscrawl.dedup.signature import signature
from newscrawl.items import Move, Signature

_ROW = "SELECT n, id, story, url, told_at, fetched_at, keys, fixed, moved_at, text FROM articles JOIN texts USING (n)"
# Numbers a statement: SQLite takes 32,766.
_AT_ONCE = 10_000


class Looks:
    """Looks at articles one after the other, and leaves out those that have nobody to be compared with."""

    def __init__(self, index: DedupIndex, meeting: NDArray[np.int64] | None = None) -> None:
        """`meeting`: names (`meetings.name_of`) of the articles that met one of another story when the looks began
        (`meetings.Meetings`), sorted; None: all may."""
        self._index, self._meeting = index, meeting
        # What met only its own story, until one of that left.
        self._stirred: set[str] = set()

    def look(self, article_id: str, made: Callable[[], Signature], now: datetime) -> tuple[Move, ...]:
        """What an article moves, as `rejudge`; `made` gives its signature, where that is needed."""
        if not self._meets(article_id) and article_id not in self._stirred:
            return ()
        moves = rejudge(article_id, made(), self._index, now)
        for move in moves:
            left = [move.article_id, *(m.article_id for m in self._index.members(move.story_before))]
            self._stirred.update(name for name in left if not self._meets(name))
        return moves

    def _meets(self, article_id: str) -> bool:
        if self._meeting is None:
            return True
        name = name_of(article_id)
        place = int(self._meeting.searchsorted(name))
        return place < len(self._meeting) and int(self._meeting[place]) == name


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some articles of the index, as its tables have them, in order of number, and the ids of those to be looked at, in
    order: groups of `meetings.Meetings`, so that nothing outside has to do with them."""

    rows: list[tuple[Any, ...]]
    asked: list[str]


def excerpt(db: sqlite3.Connection, numbers: list[int], asked: list[int]) -> Excerpt:
    """Articles of an index by their numbers."""
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(numbers), _AT_ONCE):
        part = sorted(numbers)[start : start + _AT_ONCE]
        rows += db.execute(f"{_ROW} WHERE n IN ({','.join('?' * len(part))}) ORDER BY n", part)
    names = {row[0]: text_id(row[1]) for row in rows}
    return Excerpt(rows, [names[number] for number in asked])


def looked_at(part: Excerpt, now: datetime) -> list[tuple[Move, ...]]:
    """What the articles of an excerpt move, each by itself, in order; the same as in the whole index."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(db)
    postings = Postings(db)
    decompress = zstandard.ZstdDecompressor().decompress
    made = {text_id(row[1]): signature(decompress(row[-1]).decode()) for row in part.rows}
    db.executemany("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [row[:-1] for row in part.rows])
    db.executemany("INSERT INTO texts VALUES (?, ?)", [(row[0], row[-1]) for row in part.rows])
    postings.insert((key, row[0]) for row in part.rows for key in posting_keys(made[text_id(row[1])]))
    looks = Looks(DedupIndex(db))
    moves = [looks.look(name, lambda name=name: made[name], now) for name in part.asked]  # type: ignore[misc]
    db.close()
    return [found for found in moves if found]
