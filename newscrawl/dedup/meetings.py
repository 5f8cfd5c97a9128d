"""Which known articles meet one of another story: share a key or a page with it.

Only they can be one story with something that they are not yet one with. The postings lie sorted by key, so one pass
over them tells it of all articles, in a hundredth of the time that a look-up for each of them takes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from newscrawl.dedup.entries import short_id
from newscrawl.dedup.hashes import BANDS, hash64
from newscrawl.dedup.postings import FREQUENT_KEY, Postings

# Rows of postings in memory at a time, and links between articles: 60 MB.
_ROWS = 1_000_000
# Keys of an article besides those of its windows: its bands' and that of its whole MinHash.
_OTHER_KEYS = BANDS + 1

_ARTICLE = np.dtype([("number", "<i8"), ("name", "<i8"), ("story", "<i8"), ("url", "<i8"), ("keys", "<i8")])
_Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Meetings:
    """What `meetings` found; one entry an article, the oldest number first. 21 bytes each.

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


def meetings(db: sqlite3.Connection, expired_before: int, live_from: int) -> Meetings:
    """Read the whole index; see `DedupIndex` for the bounds of what it still knows."""
    asked = "SELECT n, id, COALESCE(story, id), url, keys FROM articles WHERE fetched_at >= ? AND n >= ? ORDER BY n"
    rows = db.execute(asked, (expired_before, live_from))
    read = np.fromiter(((n, _hash(a), _hash(story), url, keys) for n, a, story, url, keys in rows), _ARTICLE)
    number, story = read["number"].copy(), read["story"].copy()
    meets = np.zeros(len(read), np.bool_)
    groups = _Groups(len(read))
    seen = np.zeros(len(read), np.int32)
    full = np.zeros(len(read), np.bool_)
    for keys, places, whole in _shared(db, number, seen):
        full[places[whole]] = True
        _meet(keys, places, story, meets, groups)
    by_page = np.argsort(read["url"], kind="stable")
    _meet(read["url"][by_page], by_page, story, meets, groups)
    by_story = np.argsort(story, kind="stable")
    told = story[by_story]
    groups.link(by_story[:-1][told[1:] == told[:-1]], by_story[1:][told[1:] == told[:-1]])
    # Some key of it is one that only newer ones are found under.
    hidden = seen < read["keys"] + _OTHER_KEYS
    group = groups.numbered()
    apart = np.zeros(int(group.max(initial=-1)) + 1, np.bool_)
    apart[group[hidden | full]] = True
    return Meetings(number, read["name"].copy(), meets | hidden, group, apart)


def name_of(article_id: str) -> int:
    """64 bits that stand for an id: that two of ten million have the same happens in one archive of a million."""
    return _hash(short_id(article_id))


def _hash(stored: bytes | str) -> int:
    return hash64(stored if isinstance(stored, bytes) else stored.encode())


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
    """Groups of articles by links between them."""

    def __init__(self, articles: int) -> None:
        self._group = np.arange(articles, dtype=np.int32)
        self._links: list[NDArray[np.int32]] = []
        self._waiting = 0

    def link(self, some: _Places, others: _Places) -> None:
        """Each of `some` is in the group of that of `others` at the same place."""
        self._links.append(np.stack((some, others)).astype(np.int32))
        self._waiting += len(some)
        # As many links as articles: they are joined in the time that these take.
        if self._waiting > max(_ROWS, len(self._group)):
            self._join()

    def numbered(self) -> NDArray[np.int32]:
        """The number of each article's group, from 0."""
        self._join()
        return self._group

    def _join(self) -> None:
        size = int(self._group.max(initial=-1)) + 1
        if self._links and size:
            some, others = self._group[np.concatenate(self._links, axis=1)]
            graph = coo_array((np.ones(len(some), np.bool_), (some, others)), shape=(size, size))
            self._group = connected_components(graph, directed=False)[1].astype(np.int32)[self._group]
        self._links, self._waiting = [], 0
