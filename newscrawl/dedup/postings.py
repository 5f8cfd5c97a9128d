"""Postings of the dedup index in SQLite: 64-bit key -> numbers of the stories that hold it.

Two levels, as in a log-structured merge tree. New rows go to the B-tree `fresh`; the rest lies sorted in
`blocks`, a page of packed rows each, so that a look-up reads one leaf and a row costs 13 bytes of disk.
Each commit merges `fresh` into the next stretch of blocks while it is too big. Random inserts into one big
B-tree would split every page within a few batches.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newscrawl.state.sqlite import transaction

# A key that this many stories hold is template, boilerplate or a circulating quote: no candidate. Only the
# newest so many rows of a key are kept: when they expire, so have all others.
FREQUENT_KEY = 20

LOWEST_KEY = -(1 << 63)
_KEY, _STORY = np.dtype("<i8"), np.dtype("<i4")
_PAIR = np.dtype([("key", "<i8"), ("story", "<i8")])
_ROW_BYTES = _KEY.itemsize + _STORY.itemsize
# 338 rows of 12 bytes fill a leaf of 4,096 bytes; a key never lies in two blocks, which may add its other rows.
_BLOCK_ROWS = 338 - FREQUENT_KEY
# Blocks merged at a time: half a million rows, tens of milliseconds and megabytes.
_STRETCH = 1_600
# Rows that a commit may merge: about half a second's work.
_SWEEP_ROWS = 6_000_000
# `fresh` is left alone while it is small: its pages stay in the cache.
_FRESH_ROWS = 200_000
# ... or while it is small beside the blocks: with 1/32 each row is rewritten about 32 times in its life.
_FRESH_SHARE = 1 / 32
# Rows a statement, measured on sorted pairs: 50 take 0.32 of the time of one by one, 200 take 0.24, 1,000 0.21.
_STATEMENT_ROWS = 256

_SCHEMA = """
CREATE TABLE fresh(key INTEGER, story INTEGER, PRIMARY KEY(key, story)) WITHOUT ROWID;
CREATE TABLE blocks(first INTEGER PRIMARY KEY, rows BLOB);
CREATE TABLE postings_state(name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
TABLES = ("fresh", "blocks", "postings_state")
# Many keys a statement take half the time of one by one. {keys}: "(?),(?),..."
_READ = f"""
WITH wanted(key) AS (VALUES {{keys}})
SELECT key,
  (SELECT group_concat(story) FROM
    (SELECT story FROM fresh WHERE fresh.key = wanted.key ORDER BY story DESC LIMIT {FREQUENT_KEY})),
  (SELECT rows FROM blocks WHERE first <= key ORDER BY first DESC LIMIT 1)
FROM wanted
"""


class Postings:
    """Rows (key, story) of a database; keys signed, stories numbered in order of time, below 2^31.

    `insert` and `append` belong into the caller's transaction.
    """

    def __init__(self, db: sqlite3.Connection, schema: str = "main") -> None:
        """`schema`: the name under which the database is attached; one that is not `main` is only read."""
        self._db, self._schema = db, schema
        if schema == "main" and not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'fresh'").fetchone():
            db.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA.strip().splitlines():
                db.execute(statement)
            db.execute("INSERT INTO postings_state VALUES ('rows', 0), ('fresh', 0), ('next', ?)", (LOWEST_KEY,))
            db.execute("COMMIT")
        # A story below this number has expired; set by the index.
        self.live_from = 0
        self._read: dict[int, list[int]] = {}

    def get(self, key: int) -> list[int]:
        """The newest live stories of a key, at most FREQUENT_KEY, the newest first."""
        if key not in self._read:
            self.read([key])
        return [n for n in self._read[key] if n >= self.live_from]

    def read(self, keys: Sequence[int]) -> None:
        """Read the rows of keys that `get` will be asked for, all at once; the last ones read are kept."""
        self._read = {}
        for key, fresh, block in self._db.execute(_READ.format(keys=",".join(["(?)"] * len(keys))), keys):
            stories = sorted(map(int, fresh.split(",")), reverse=True) if fresh else []
            self._read[key] = (stories + _stories_in(block or b"", key))[:FREQUENT_KEY]

    def forget(self) -> None:
        """Forget what was read: rows may have come since."""
        self._read = {}

    def insert(self, rows: Iterable[tuple[int, int]]) -> None:
        """Add rows; those already there stay."""
        self.forget()
        # NumPy sorts without holding up other threads, and holds a hundred thousand rows in two megabytes.
        pairs = _pairs(rows)
        # In order of key: neighbours fall on the same page.
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        count = insert_flat(self._db, "fresh", 2, pairs.ravel())
        self._db.execute("UPDATE postings_state SET value = value + ? WHERE name = 'fresh'", (count,))

    def append(self, keys: NDArray[np.int64], stories: NDArray[np.int32]) -> None:
        """Write rows in order of key and story, all of higher keys than any there: a bulk load's way in."""
        self.forget()
        keys, stories = _newest(keys, stories)
        self._write(keys, stories)
        self._db.execute("UPDATE postings_state SET value = value + ? WHERE name = 'rows'", (len(keys),))

    def sweep(self, most: int = _SWEEP_ROWS) -> int:
        """Merge `fresh` into the next blocks while it is too big, about `most` rows; returns how many rows.

        Each stretch is a transaction of its own: other writers never wait for more than one.
        """
        state: dict[str, int] = dict(self._db.execute("SELECT name, value FROM postings_state"))
        written = 0
        while state["fresh"] > max(_FRESH_ROWS, _FRESH_SHARE * state["rows"]) and written < most:
            with transaction(self._db):
                written += self._merge(state)
                self._db.executemany("UPDATE postings_state SET value = ?2 WHERE name = ?1", list(state.items()))
        return written

    def _merge(self, state: dict[str, int]) -> int:
        low = state["next"]
        # A stretch ends where a block begins, and so begins there the next time: no block lies across.
        (high,) = self._db.execute(
            "SELECT MAX(first) FROM (SELECT first FROM blocks WHERE first > ? ORDER BY first LIMIT ?)", (low, _STRETCH)
        ).fetchone()
        blocks = [b for (b,) in self._db.execute(f"SELECT rows FROM blocks WHERE {_range('first', high)}", (low, high))]
        rows = self._db.execute(
            f"SELECT key, story FROM fresh WHERE {_range('key', high)} ORDER BY key, story", (low, high)
        )
        # Row by row: a list of them all would be turned into an array without a pause for other threads.
        fresh = _pairs(rows)
        keys = np.concatenate([np.empty(0, _KEY), *(_keys(b) for b in blocks)])
        stories = np.concatenate([np.empty(0, _STORY), *(_stories(b) for b in blocks)])
        before = len(keys)
        # What is fresh was numbered after what a block holds of the same key.
        places = np.searchsorted(keys, fresh[:, 0], side="right")
        keys = np.insert(keys, places, fresh[:, 0])
        stories = np.insert(stories, places, fresh[:, 1].astype(_STORY))
        live = stories >= self.live_from
        keys, stories = _newest(keys[live], stories[live])
        self._db.execute(f"DELETE FROM blocks WHERE {_range('first', high)}", (low, high))
        self._db.execute(f"DELETE FROM fresh WHERE {_range('key', high)}", (low, high))
        self._write(keys, stories)
        state["rows"] += len(keys) - before
        state["fresh"] -= len(fresh)
        state["next"] = LOWEST_KEY if high is None else high
        # An empty stretch is work too: the loop above must end.
        return max(len(keys), before, 1)

    def _write(self, keys: NDArray[np.int64], stories: NDArray[np.int32]) -> None:
        if not len(keys):
            return
        cuts = np.arange(0, len(keys), _BLOCK_ROWS)
        cuts = np.unique(np.searchsorted(keys, keys[cuts], side="left"))
        ends = [*cuts[1:].tolist(), len(keys)]
        keys, stories = keys.astype(_KEY, copy=False), stories.astype(_STORY, copy=False)
        self._db.executemany(
            "INSERT INTO blocks VALUES (?, ?)",
            (
                (int(keys[a]), keys[a:b].tobytes() + stories[a:b].tobytes())
                for a, b in zip(cuts.tolist(), ends, strict=True)
            ),
        )

    def ranges(self, rows: int) -> Iterator[tuple[int, int]]:
        """Lowest and highest key of ranges that cover all keys and have about so many rows each."""
        low: int | None = LOWEST_KEY
        while low is not None:
            (after,) = self._db.execute(
                f"SELECT first FROM {self._schema}.blocks WHERE first > ? ORDER BY first LIMIT 1 OFFSET ?",
                (low, rows // _BLOCK_ROWS),
            ).fetchone() or (None,)
            yield low, -LOWEST_KEY - 1 if after is None else after - 1
            low = after

    def between(self, low: int, high: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Keys and stories of every row that `get` may find for keys from `low` to `high`, expired ones too."""
        schema = self._schema
        # The block before the first one of the range may reach into it.
        blocks = self._db.execute(
            f"SELECT rows FROM {schema}.blocks WHERE first <= ?2 AND first >="
            f" COALESCE((SELECT MAX(first) FROM {schema}.blocks WHERE first <= ?1), ?1) ORDER BY first",
            (low, high),
        ).fetchall()
        fresh = _pairs(
            self._db.execute(f"SELECT key, story FROM {schema}.fresh WHERE key BETWEEN ? AND ? ORDER BY key, story",
                             (low, high))
        )  # fmt: skip
        keys = np.concatenate([np.empty(0, _KEY), *(_keys(block) for (block,) in blocks), fresh[:, 0]])
        stories = np.concatenate([np.empty(0, _STORY), *(_stories(block) for (block,) in blocks), fresh[:, 1]])
        inside = (keys >= low) & (keys <= high)
        keys, stories = keys[inside], stories[inside].astype(_STORY)
        # What is fresh was numbered after what a block holds of the same key, and the sort is stable.
        order = np.argsort(keys, kind="stable")
        return _newest(keys[order], stories[order])

    def rows(self) -> Iterator[tuple[int, int]]:
        """Every row (key, story) that `get` may find, expired ones too; reads everything."""
        keys, stories = self.between(LOWEST_KEY, -LOWEST_KEY - 1)
        yield from zip(keys.tolist(), stories.tolist(), strict=True)


def _pairs(rows: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    return np.fromiter(rows, _PAIR).view("<i8").reshape(-1, 2)


def _range(column: str, high: int | None) -> str:
    # Both parameters are bound whether there is an upper end or not.
    return f"{column} >= ?1 AND " + (f"{column} < ?2" if high is not None else "?2 IS NULL")


def _keys(block: bytes) -> NDArray[np.int64]:
    return np.frombuffer(block, _KEY, len(block) // _ROW_BYTES)


def _stories(block: bytes) -> NDArray[np.int32]:
    return np.frombuffer(block, _STORY, offset=len(block) // _ROW_BYTES * _KEY.itemsize)


def _stories_in(block: bytes, key: int) -> list[int]:
    # Nearly every key of a story is new; to find that out, this is the quickest.
    packed = key.to_bytes(_KEY.itemsize, "little", signed=True)
    place = block.find(packed)
    if place < 0:
        return []
    end = len(block) // _ROW_BYTES * _KEY.itemsize
    if place % _KEY.itemsize or place >= end:
        # Bytes of two keys, or of stories, that look like this one.
        place = int(_keys(block).searchsorted(key)) * _KEY.itemsize
    holders, start = 0, end + place // _KEY.itemsize * _STORY.itemsize
    while place < end and block.startswith(packed, place):
        holders, place = holders + 1, place + _KEY.itemsize
    return list(struct.unpack_from(f"<{holders}i", block, start))[::-1] if holders else []


def _newest(keys: NDArray[np.int64], stories: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The last FREQUENT_KEY rows of each key."""
    kept = np.ones(len(keys), bool)
    kept[:-FREQUENT_KEY] = keys[:-FREQUENT_KEY] != keys[FREQUENT_KEY:]
    return keys[kept], stories[kept]


def insert_flat(db: sqlite3.Connection, table: str, width: int, values: list[Any] | NDArray[np.int64]) -> int:
    """Insert rows of `width` columns, given one behind the other; returns how many were new.

    Many rows a statement take a quarter of the time of a row a statement.
    """
    before = db.total_changes
    step = _STATEMENT_ROWS * width
    for start in range(0, len(values), step):
        part = values[start : start + step]
        if isinstance(part, np.ndarray):
            part = part.tolist()
        places = ",".join([f"({','.join('?' * width)})"] * (len(part) // width))
        db.execute(f"INSERT OR IGNORE INTO {table} VALUES {places}", part)
    return db.total_changes - before
