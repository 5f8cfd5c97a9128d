"""Parts of the index that are judged by themselves, on any machine: groups of articles that nothing else meets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from newscrawl.dedup.entries import posting_keys, text_id
from newscrawl.dedup.index import DedupIndex, Member
from newscrawl.dedup.index_writer import create_tables
from newscrawl.dedup.looks import Looks
from newscrawl.dedup.match import Comparison
from newscrawl.dedup.meetings import Meetings, slices
from newscrawl.dedup.postings import Postings
from newscrawl.dedup.scene import comparison, time_between
from newscrawl.dedup.signature import signature
from newscrawl.dedup.words import words_of
from newscrawl.items import Move

# A group is in one task; a larger one would take as many seconds as all others, and half a minute of one process.
_LARGEST = 5_000
_ROW = "SELECT n, id, story, url, told_at, fetched_at, keys, fixed, moved_at, text FROM articles JOIN texts USING (n)"
# Numbers a statement: SQLite takes 32,766.
_AT_ONCE = 10_000

Places = NDArray[np.int64]


def wanted(met: Meetings, asked: NDArray[np.int64]) -> tuple[Places, Places]:
    """The places in `met` of all articles of the groups that can be looked at by themselves and have something to look
    at, and of those in them that are `asked` for, by their names in the order of the archive; both group by group.

    Groups that are too large are marked in `met.apart`.
    """
    groups = len(met.apart)
    articles = np.zeros(groups, np.int32)
    places = np.full(len(asked), -1, np.int64)
    order = np.argsort(asked, kind="stable")
    names = asked[order]
    for some in slices(len(met.name)):
        np.add.at(articles, met.group[some], 1)
        found = np.searchsorted(names, met.name[some])
        found[found == len(names)] = 0
        hits = np.flatnonzero(names[found] == met.name[some]) if len(names) else np.empty(0, np.int64)
        # An id that was committed twice is asked for once.
        places[order[found[hits]]] = some.start + hits
    met.apart[articles > _LARGEST] = True
    looks = places[places >= 0]
    meeting, new = np.zeros(groups, np.bool_), np.zeros(groups, np.bool_)
    meeting[met.group[met.meets]] = True
    new[met.group[looks]] = True
    chosen = meeting & new & ~met.apart
    return tuple(  # type: ignore[return-value]
        some[np.argsort(met.group[some], kind="stable")]
        for some in (np.flatnonzero(chosen[met.group]), looks[chosen[met.group[looks]]])
    )


def cut(met: Meetings, places: Places, looks: Places, most: int) -> Iterator[tuple[Places, Places]]:
    """Whole groups, so many together that they have about `most` articles."""
    group, looked = met.group[places], met.group[looks]
    start = 0
    while start < len(places):
        last = group[min(start + most, len(places)) - 1]
        end = int(np.searchsorted(group, last, side="right"))
        mine = slice(int(np.searchsorted(looked, group[start])), int(np.searchsorted(looked, last, side="right")))
        yield places[start:end], looks[mine]
        start = end


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
    moves = [looks.look(name, partial(made.__getitem__, name), now) for name in part.asked]
    db.close()
    return [found for found in moves if found]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Texts, compressed, and which two of them are to be compared that were told how long apart."""

    texts: list[bytes]
    pairs: list[tuple[int, int, timedelta]]


def compared(asked: Pairs) -> list[Comparison | None]:
    """The comparison of each pair, as the judge makes it."""
    decompress = zstandard.ZstdDecompressor().decompress
    words = [words_of(decompress(text).decode()) for text in asked.texts]
    return [comparison(words[a], words[b], apart) for a, b, apart in asked.pairs]


def pairs_of(index: DedupIndex, names: list[tuple[str, str]]) -> Pairs:
    """Pairs of articles that the index knows, to be compared anywhere."""
    compress = zstandard.ZstdCompressor(level=1).compress
    members: dict[str, Member] = {}
    texts: list[bytes] = []
    for name in dict.fromkeys(name for pair in names for name in pair):
        member, text = index.member(name), index.text(name)
        assert member is not None and text is not None
        members[name] = member
        texts.append(compress(text.encode()))
    place = {name: number for number, name in enumerate(members)}
    return Pairs(texts, [(place[a], place[b], time_between(members[a], members[b])) for a, b in names])
