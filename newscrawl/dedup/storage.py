"""Postings (64-bit key -> stories) in SQLite, and datasketch's LSH over them.

The logic of MinHashLSH stays the library's; here are its hash tables. Bands, window keys and whole texts
share the postings, told apart by the seed of the hash. Two levels keep a big index small on disk and cheap
to write: new rows go to the table `fresh`; the rest lies in 64 tables by range of key, and a commit
rewrites the next of them in order of key, which packs its pages full, takes in what is fresh and leaves
out what has expired. Random inserts into one big B-tree would split every page within a few batches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import xxhash
from datasketch import MinHashLSH
from datasketch.storage import UnorderedStorage, unordered_storage

from newscrawl.errors import ConfigError

# 8 bands of 4 of the 128 values: a pair at Jaccard 0.8 meets with probability 0.98, at 0.7 with 0.89, at
# 0.05 never. Lower overlaps are the window keys' part; each band costs an index row a story.
BANDS, ROWS = 8, 4
# A key that this many stories hold is template, boilerplate or a circulating quote: no candidate.
FREQUENT_KEY = 20

_PARTITION_BITS = 6
PARTITIONS = 1 << _PARTITION_BITS
# Rows a statement, measured on sorted pairs: 50 take 0.32 of the time of one by one, 200 take 0.24, 1,000 0.21.
_STATEMENT_ROWS = 256
# Rows that a commit may rewrite: about a second's work. At 10 million stories a partition has ~3.5 million.
_SWEEP_ROWS = 2_000_000
# `fresh` is left alone while it is small: its pages stay in the cache.
_FRESH_ROWS = 200_000
# ... or while it is small beside the rest: 1/16 means that each row is rewritten about 16 times in its life.
_FRESH_SHARE = 1 / 16


def hash64(data: bytes, seed: int = 0) -> int:
    """A signed 64-bit hash, as SQLite stores integers."""
    return signed(xxhash.xxh3_64_intdigest(data, seed))


def signed(value: int) -> int:
    """An unsigned 64-bit number as the signed one with the same bits."""
    return value - (1 << 64) if value >= 1 << 63 else value


def partition_of(key: int) -> int:
    """Which of the 64 ranges a signed key lies in; ranges are in order of key."""
    return (key >> (64 - _PARTITION_BITS)) + PARTITIONS // 2


def partition_name(partition: int) -> str:
    """The table of a range of keys."""
    return f"postings_{partition:02d}"


class Postings:
    """Rows (key, story) of a database; writes belong into the caller's transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        # Pages of a dropped table are only reused; some builds would write zeros over them first.
        db.execute("PRAGMA secure_delete=OFF")
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'fresh'").fetchone():
            db.execute("BEGIN IMMEDIATE")
            for name in ("fresh", *map(partition_name, range(PARTITIONS))):
                create_postings(db, name)
            db.execute("CREATE TABLE postings_state(name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
            db.execute("INSERT INTO postings_state VALUES ('rows', 0), ('fresh', 0), ('next', 0)")
            db.execute("COMMIT")
        # A story below this number has expired; set by the index.
        self.live_from = 0
        self._select = [
            f"SELECT story FROM {partition_name(p)} WHERE key = ?1 AND story >= ?2"
            " UNION ALL SELECT story FROM fresh WHERE key = ?1 AND story >= ?2 LIMIT ?3"
            for p in range(PARTITIONS)
        ]

    def get(self, key: int, limit: int = FREQUENT_KEY) -> list[int]:
        """The live stories of a signed key, at most `limit`."""
        sql = self._select[partition_of(key)]
        return [n for (n,) in self._db.execute(sql, (key, self.live_from, limit))]

    def insert(self, rows: Iterable[tuple[int, int]]) -> None:
        """Add rows; those already there stay."""
        # In order of key: neighbours fall on the same page.
        count = insert_flat(self._db, "fresh", 2, [value for row in sorted(rows) for value in row])
        self._db.execute("UPDATE postings_state SET value = value + ? WHERE name = 'fresh'", (count,))

    def remove(self, key: int, story: int) -> None:
        """Remove one row, wherever it lies."""
        for table in ("fresh", partition_name(partition_of(key))):
            self._db.execute(f"DELETE FROM {table} WHERE key = ? AND story = ?", (key, story))

    def sweep(self, most: int = _SWEEP_ROWS) -> int:
        """Rewrite the next partitions while too much is fresh, about `most` rows; returns how many rows."""
        state: dict[str, int] = dict(self._db.execute("SELECT name, value FROM postings_state"))
        written = 0
        for _ in range(PARTITIONS):
            if state["fresh"] <= max(_FRESH_ROWS, _FRESH_SHARE * state["rows"]) or written >= most:
                break
            written += self._rewrite(state)
        if written:
            self._db.executemany("UPDATE postings_state SET value = ?2 WHERE name = ?1", list(state.items()))
        return written

    def _rewrite(self, state: dict[str, int]) -> int:
        partition = state["next"]
        name = partition_name(partition)
        low = (partition - PARTITIONS // 2) << (64 - _PARTITION_BITS)
        bounds = (low, low + (1 << (64 - _PARTITION_BITS)) - 1)
        create_postings(self._db, "rewritten")
        written = self._db.execute(
            f"INSERT INTO rewritten SELECT key, story FROM {name} WHERE story >= ?3"
            " UNION SELECT key, story FROM fresh WHERE key BETWEEN ?1 AND ?2 AND story >= ?3 ORDER BY 1, 2",
            (*bounds, self.live_from),
        ).rowcount
        taken = self._db.execute("DELETE FROM fresh WHERE key BETWEEN ? AND ?", bounds).rowcount
        before: int = self._db.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0]
        self._db.execute(f"DROP TABLE {name}")
        self._db.execute(f"ALTER TABLE rewritten RENAME TO {name}")
        state["rows"] += written - before
        state["fresh"] -= taken
        state["next"] = (partition + 1) % PARTITIONS
        return max(written, before)


def insert_flat(db: sqlite3.Connection, table: str, width: int, values: list[Any]) -> int:
    """Insert rows of `width` columns, given one behind the other; returns how many were new.

    Many rows a statement take a quarter of the time of a row a statement.
    """
    before = db.total_changes
    step = _STATEMENT_ROWS * width
    for start in range(0, len(values), step):
        part = values[start : start + step]
        places = ",".join([f"({','.join('?' * width)})"] * (len(part) // width))
        db.execute(f"INSERT OR IGNORE INTO {table} VALUES {places}", part)
    return db.total_changes - before


def create_postings(db: sqlite3.Connection, name: str) -> None:
    """An empty table of postings."""
    db.execute(f"CREATE TABLE {name}(key INTEGER, story INTEGER, PRIMARY KEY(key, story)) WITHOUT ROWID")


class Collected:
    """Rows that an LSH over it would write, so that a whole batch can be written in order of key."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int]] = []

    def insert(self, rows: Iterable[tuple[int, int]]) -> None:
        """Note rows."""
        self._rows.extend(rows)

    def take(self) -> list[tuple[int, int]]:
        """The rows noted since the last call."""
        rows, self._rows = self._rows, []
        return rows


class SqliteSetStorage(UnorderedStorage):  # type: ignore[misc]  # datasketch ships no types
    """A hash table of datasketch over `Postings`: keys are bytes, hashed to 64 bits with the table's own seed.

    A false meeting of two 64-bit keys costs one verification. Tables share their rows, so what lists or
    counts the keys of one table is not offered; MinHashLSH needs it only for statistics.
    """

    def __init__(self, postings: Postings | Collected, seed: int) -> None:
        self._postings: Any = postings
        self._seed = seed
        self._last: tuple[bytes, list[int]] = (b"", [])

    def _key(self, key: bytes) -> int:
        return hash64(key, self._seed)

    def has_key(self, key: bytes) -> bool:
        """MinHashLSH asks this and then `get`: the rows read here are kept for that."""
        self._last = (key, self._postings.get(self._key(key)))
        return bool(self._last[1])

    def get(self, key: bytes) -> list[int]:
        return self._last[1] if self._last[0] == key else self._postings.get(self._key(key))

    def insert(self, key: bytes, *vals: int, **kwargs: Any) -> None:
        self._last = (b"", [])
        self._postings.insert([(self._key(key), v) for v in vals])

    def remove(self, *keys: bytes, **kwargs: Any) -> None:
        for key in keys:
            for story in self._postings.get(self._key(key), limit=-1):
                self.remove_val(key, story)

    def remove_val(self, key: bytes, val: int, **kwargs: Any) -> None:
        self._last = (b"", [])
        self._postings.remove(self._key(key), val)

    def keys(self) -> Iterator[int]:
        raise NotImplementedError("tables share their rows")

    def size(self) -> int:
        raise NotImplementedError("tables share their rows")

    def itemcounts(self, **kwargs: Any) -> dict[int, int]:
        raise NotImplementedError("tables share their rows")


class _NoKeys(UnorderedStorage):  # type: ignore[misc]
    """MinHashLSH's key -> bands table, needed only to remove a key; stories leave by expiry instead."""

    def keys(self) -> list[int]:
        return []

    def get(self, key: int) -> list[bytes]:
        return []

    def has_key(self, key: int) -> bool:
        return False

    def insert(self, key: int, *vals: bytes, **kwargs: Any) -> None:
        return

    def remove(self, *keys: int, **kwargs: Any) -> None:
        return

    def remove_val(self, key: int, val: bytes, **kwargs: Any) -> None:
        return

    def size(self) -> int:
        return 0

    def itemcounts(self, **kwargs: Any) -> dict[int, int]:
        return {}


def sqlite_lsh(postings: Postings | Collected, num_perm: int) -> MinHashLSH:
    """A MinHashLSH whose tables are rows of `postings`; insert with `check_duplication=False`."""
    lsh = memory_lsh(num_perm)
    lsh.hashtables = [SqliteSetStorage(postings, band) for band in range(BANDS)]
    lsh.keys = _NoKeys()
    return lsh


def memory_lsh(num_perm: int) -> MinHashLSH:
    """The same index over datasketch's dict storage, for entries that no commit has covered yet."""
    return MinHashLSH(num_perm=num_perm, params=(BANDS, ROWS))


def redis_lsh(url: str, name: str, num_perm: int) -> tuple[MinHashLSH, UnorderedStorage]:
    """The same index over datasketch's own Redis storage, and one more Redis set table for the other keys.

    `url`: redis://[:password@]host[:port][/db]. `name`: prefix of all keys, one for each index.
    """
    config = {"type": "redis", "redis": redis_parameters(url), "basename": name.encode()}
    lsh = MinHashLSH(num_perm=num_perm, params=(BANDS, ROWS), storage_config=config)
    return lsh, unordered_storage(config, name=f"{name}_windows".encode())


def redis_parameters(url: str) -> dict[str, str | int]:
    """The arguments of a Redis client from its URL. Raises `ConfigError`."""
    parts = urlsplit(url)
    db = parts.path.strip("/") or "0"
    if parts.scheme != "redis" or not parts.hostname or not db.isdigit():
        raise ConfigError(f"{url!r} is no Redis address: write redis://HOST:PORT/DB")
    found: dict[str, str | int] = {"host": parts.hostname, "port": parts.port or 6379, "db": int(db)}
    return found | ({"password": parts.password} if parts.password else {})
