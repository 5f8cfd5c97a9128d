"""datasketch's LSH hash tables over SQLite: the logic of MinHashLSH stays the library's."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from typing import Any

import xxhash
from datasketch import MinHashLSH
from datasketch.storage import UnorderedStorage

# 16 bands of 4 of the 128 values: a pair at Jaccard 0.7 meets with probability 0.99, at 0.5 with 0.64, at
# 0.1 with 0.002. Lower overlaps are the sentence keys' part; each band costs an index row a story.
BANDS, ROWS = 16, 4


def hash64(data: bytes, seed: int = 0) -> int:
    """A signed 64-bit hash, as SQLite stores integers."""
    return signed(xxhash.xxh3_64_intdigest(data, seed))


def signed(value: int) -> int:
    """An unsigned 64-bit number as the signed one with the same bits."""
    return value - (1 << 64) if value >= 1 << 63 else value


class SqliteSetStorage(UnorderedStorage):  # type: ignore[misc]  # datasketch ships no types
    """One LSH band as rows (band key, story number) of the shared table `bands`.

    Keys are hashed to 64 bits together with the band's number, so that all bands share one B-tree: an
    eighth of the space of one table a band with the band's bytes as key. A false meeting of two 64-bit
    keys costs one verification.
    """

    def __init__(self, db: sqlite3.Connection, band: int) -> None:
        self._db = db
        self._seed = band
        self._last: tuple[bytes, list[int]] = (b"", [])

    def _key(self, key: bytes) -> int:
        return hash64(key, self._seed)

    def has_key(self, key: bytes) -> bool:
        """MinHashLSH asks this and then `get`: the row read here is kept for that."""
        self._last = (key, self._read(key))
        return bool(self._last[1])

    def get(self, key: bytes) -> list[int]:
        return self._last[1] if self._last[0] == key else self._read(key)

    def _read(self, key: bytes) -> list[int]:
        return [n for (n,) in self._db.execute("SELECT story FROM bands WHERE key = ?", (self._key(key),))]

    def insert(self, key: bytes, *vals: int, **kwargs: Any) -> None:
        k = self._key(key)
        self._db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", [(k, v) for v in vals])

    def remove(self, *keys: bytes, **kwargs: Any) -> None:
        self._db.executemany("DELETE FROM bands WHERE key = ?", [(self._key(k),) for k in keys])

    def remove_val(self, key: bytes, val: int, **kwargs: Any) -> None:
        self._db.execute("DELETE FROM bands WHERE key = ? AND story = ?", (self._key(key), val))

    def keys(self) -> Iterator[int]:
        return (k for (k,) in self._db.execute("SELECT DISTINCT key FROM bands"))

    def size(self) -> int:
        count: int = self._db.execute("SELECT COUNT(DISTINCT key) FROM bands").fetchone()[0]
        return count

    def itemcounts(self, **kwargs: Any) -> dict[int, int]:
        return dict(self._db.execute("SELECT key, COUNT(*) FROM bands GROUP BY key"))


class _NoKeys(UnorderedStorage):  # type: ignore[misc]
    """MinHashLSH's key -> bands table, needed only to remove a key; expiry removes by story number instead."""

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


def sqlite_lsh(db: sqlite3.Connection, num_perm: int) -> MinHashLSH:
    """A MinHashLSH whose tables are rows of `db`; insert with `check_duplication=False` inside a transaction."""
    db.execute("CREATE TABLE IF NOT EXISTS bands(key INTEGER, story INTEGER, PRIMARY KEY(key, story)) WITHOUT ROWID")
    lsh = memory_lsh(num_perm)
    lsh.hashtables = [SqliteSetStorage(db, band) for band in range(BANDS)]
    lsh.keys = _NoKeys()
    return lsh


def memory_lsh(num_perm: int) -> MinHashLSH:
    """The same index over datasketch's dict storage, for entries that no commit has covered yet."""
    return MinHashLSH(
        num_perm=num_perm,
        params=(BANDS, ROWS),
        storage_config={"type": "dict", "basename": struct.pack(">H", 0)},
    )
