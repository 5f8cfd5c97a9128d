"""Which known articles meet one of another story: share a key or a page with it.

Only they can be one story with something that they are not yet one with. The postings lie sorted by key, so one pass
over them tells it of all articles, in a hundredth of the time that a look-up for each of them takes. What it notes of
each article lies in files (`_column`), so the memory that it needs does not grow with the archive.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from newscrawl.dedup.entries import short_id
from newscrawl.dedup.hashes import BANDS, hash64
from newscrawl.dedup.postings import FREQUENT_KEY, Postings

# Rows of postings in memory at a time, articles, and links between articles: 60 MB.
_ROWS = 1_000_000
# Keys of an article besides those of its windows: its bands' and that of its whole MinHash.
_OTHER_KEYS = BANDS + 1
# What is sorted by a hash is so by its first bits, one part after the other: of ten million articles 625,000 each.
_PART_BITS = 4

_ARTICLE = np.dtype([("number", "<i8"), ("name", "<i8"), ("story", "<i8"), ("url", "<i8"), ("keys", "<i4")])
_Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Meetings:
    """What `meetings` found; one entry an article, the oldest number first. In files, but for `apart`.

    `number`: in the index. `name`: of its id, `name_of`. `meets`: whether it shares a key or a page
    with another story's, or may do so: of a key that many hold the index has the newest only, and an older one's is not
    seen here. `group`: articles that meet, or are of one story, directly or through others, have one number; what
    becomes of a group's stories has nothing to do with any other group's. `apart`: groups of which that is not certain,
    for those keys.
    """

    number: NDArray[np.int64]
    name: NDArray[np.int64]
    meets: NDArray[np.bool_]
    group: NDArray[np.int32]
    apart: NDArray[np.bool_]


def meetings(db: sqlite3.Connection, expired_before: int, live_from: int, directory: Path | None = None) -> Meetings:
    """Read the whole index; see `DedupIndex` for the bounds of what it still knows. What is noted of its articles lies
    in `directory` (None: where the system has such files), 50 bytes each, until nobody has it any more."""
    known = "FROM articles WHERE fetched_at >= ? AND n >= ?"
    (size,) = db.execute(f"SELECT COUNT(*) {known}", (expired_before, live_from)).fetchone()
    number, name, story, url = (_column(directory, size, np.int64) for _ in range(4))
    keys, seen = (_column(directory, size, np.int32) for _ in range(2))
    meets, full = (_column(directory, size, np.bool_) for _ in range(2))
    rows = db.execute(f"SELECT n, id, COALESCE(story, id), url, keys {known} ORDER BY n", (expired_before, live_from))
    for some in slices(size):
        said = ((n, _hash(a), _hash(of), page, held) for n, a, of, page, held in islice(rows, some.stop - some.start))
        read = np.fromiter(said, _ARTICLE)
        for column, field in zip((number, name, story, url, keys), _ARTICLE.names or (), strict=True):
            column[some] = read[field]
    groups = _Groups(directory, size)
    for held, places, whole in _shared(db, number, seen):
        full[places[whole]] = True
        _meet(held, places, story, meets, groups)
    for pages, places in _sorted(url):
        _meet(pages, places, story, meets, groups)
    for told, places in _sorted(story):
        same = told[1:] == told[:-1]
        groups.link(places[:-1][same], places[1:][same])
    group, count = groups.numbered(directory)
    apart = np.zeros(count, np.bool_)
    for some in slices(size):
        # Some key of it is one that only newer ones are found under.
        hidden = seen[some] < keys[some] + _OTHER_KEYS
        meets[some] |= hidden
        apart[group[some][hidden | full[some]]] = True
    return Meetings(number, name, meets, group, apart)


def slices(size: int) -> Iterator[slice]:
    """Of so many articles some at a time."""
    return (slice(start, min(start + _ROWS, size)) for start in range(0, size, _ROWS))


def name_of(article_id: str) -> int:
    """64 bits that stand for an id: that two of ten million have the same happens in one archive of a million."""
    return _hash(short_id(article_id))


def _hash(stored: bytes | str) -> int:
    return hash64(stored if isinstance(stored, bytes) else stored.encode())


def _column(directory: Path | None, size: int, kind: type[np.generic]) -> NDArray[Any]:
    """Zeros, one an article, in a file that has no name: the system keeps in memory what there is room for."""
    with TemporaryFile(dir=directory) as file:
        file.truncate(max(size, 1) * np.dtype(kind).itemsize)
        # As a plain array: a memmap makes an object of its own kind of each part that is looked at.
        return np.asarray(np.memmap(file, kind, "r+", shape=max(size, 1)))[:size]


def _sorted(values: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], _Places]]:
    """Hashes in order, with the place of each, a part of them at a time."""
    shift, half = np.int64(64 - _PART_BITS), 1 << (_PART_BITS - 1)
    for part in range(-half, half):
        found = [some.start + np.flatnonzero(values[some] >> shift == part) for some in slices(len(values))]
        places = np.concatenate([np.empty(0, np.int64), *found])
        places = places[np.argsort(values[places], kind="stable")]
        yield values[places], places


def _shared(
    db: sqlite3.Connection, number: NDArray[np.int64], seen: NDArray[np.int32]
) -> Iterator[tuple[NDArray[np.int64], _Places, NDArray[np.bool_]]]:
    """Rows of keys that several hold, in order of key: key, article's place, whether the key may have older holders.

    Counts in `seen` how many keys of each article there are.
    """
    postings = Postings(db)
    for low, high in postings.ranges(_ROWS):
        keys, numbers = postings.between(low, high)
        holders = np.diff(_starts(keys), append=len(keys))
        full = np.repeat(holders >= FREQUENT_KEY, holders)
        places = np.searchsorted(number, numbers)
        # Rows of what has expired, or was committed twice, are left out: no number is its.
        known = np.append(number, -1)[places] == numbers
        keys, places, full = keys[known], places[known], full[known]
        np.add.at(seen, places, 1)
        holders = np.diff(_starts(keys), append=len(keys))
        several = np.repeat(holders > 1, holders) | full
        yield keys[several], places[several], full[several]


def _meet(
    keys: NDArray[np.int64], places: _Places, story: NDArray[np.int64], meets: NDArray[np.bool_], groups: _Groups
) -> None:
    """Note who meets whom under `keys`, which are sorted."""
    if not len(keys):
        return
    starts = _starts(keys)
    stories = story[places]
    several = np.minimum.reduceat(stories, starts) != np.maximum.reduceat(stories, starts)
    meeting = np.repeat(several, np.diff(starts, append=len(keys)))
    meets[places[meeting]] = True
    linked = meeting[1:] & (keys[1:] == keys[:-1])
    groups.link(places[:-1][linked], places[1:][linked])


def _starts(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where in sorted keys each begins."""
    return np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])


class _Groups:
    """Groups of articles by links between them: each has the first of its group's, or one on the way to it."""

    def __init__(self, directory: Path | None, articles: int) -> None:
        self._above = _column(directory, articles, np.int32)
        for some in slices(articles):
            self._above[some] = np.arange(some.start, some.stop, dtype=np.int32)
        self._links: list[NDArray[np.int32]] = []
        self._waiting = 0

    def link(self, some: _Places, others: _Places) -> None:
        """Each of `some` is in the group of that of `others` at the same place."""
        self._links.append(np.stack((some, others)).astype(np.int32))
        self._waiting += len(some)
        if self._waiting > _ROWS:
            self._join()

    def numbered(self, directory: Path | None) -> tuple[NDArray[np.int32], int]:
        """The number of each article's group, from 0, and how many there are."""
        self._join()
        group, count = _column(directory, len(self._above), np.int32), 0
        for some in slices(len(group)):
            places = np.arange(some.start, some.stop, dtype=np.int32)
            first = self._first(places)
            own = np.flatnonzero(first == places)
            group[places[own]] = np.arange(count, count + len(own), dtype=np.int32)
            group[some] = group[first]
            count += len(own)
        return group, count

    def _first(self, places: NDArray[np.int32]) -> NDArray[np.int32]:
        """The first of each one's group."""
        found = self._above[places]
        while not np.array_equal(above := self._above[found], found):
            found = above
        self._above[places] = found
        return found

    def _join(self) -> None:
        if self._links and self._waiting:
            ends = self._first(np.concatenate(self._links, axis=1).ravel())
            joined, places = np.unique(ends, return_inverse=True)
            some, others = places.reshape(2, -1)
            graph = coo_array((np.ones(len(some), np.bool_), (some, others)), shape=(len(joined), len(joined)))
            count, group = connected_components(graph, directed=False)
            first = np.full(count, len(self._above), np.int32)
            np.minimum.at(first, group, joined)
            self._above[joined] = first[group]
        self._links, self._waiting = [], 0
