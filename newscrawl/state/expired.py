"""The compact form of URLs that are settled and old: 64 bits of the key and until when it is known, 19 bytes a URL.

A URL is still known by it, and still due when its lastmod moves on. What goes is what only a fresh page needs: its
text, its source's hint, its place in the queues.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import xxhash

# Keys that one commit looks at, in order of key: 0.1 to 0.3 s of the thread that commits where all of them expire. At
# sixty commits a day a million and a half URLs, thirty days of a large crawl, are gone over in five days.
_SWEEP_KEYS = 5_000
_SWEPT = "swept_key"


def create(db: sqlite3.Connection) -> None:
    """Create the table where it is not there."""
    db.execute("CREATE TABLE IF NOT EXISTS expired(hash INTEGER PRIMARY KEY, until INTEGER NOT NULL)")
    db.execute("CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL)")
    db.create_function("key_hash", 1, key_hash, deterministic=True)


def key_hash(key: str) -> int:
    """A URL key in 64 bits, signed as SQLite has it. Two of a hundred million URLs meet with odds of 1 in 3,700."""
    return int.from_bytes(xxhash.xxh3_64_digest(key.encode()), "big", signed=True)


def known_until(db: sqlite3.Connection, key: str) -> int | None:
    """A lastmod up to this (seconds since 1970, UTC) is that of the version fetched; None: the URL is not known."""
    row = db.execute("SELECT until FROM expired WHERE hash = ?", (key_hash(key),)).fetchone()
    return row[0] if row else None


def sweep(db: sqlite3.Connection, may_expire: str, parameters: Iterable[object], keys: int = _SWEEP_KEYS) -> int:
    """Put the next rows of `urls` that satisfy `may_expire` into the compact form, in the caller's transaction.

    Goes over `keys` rows, in order of key, and round again; returns how many expired.
    """
    row = db.execute("SELECT value FROM meta WHERE name = ?", (_SWEPT,)).fetchone()
    low = row[0] if row else ""
    end = db.execute("SELECT key FROM urls WHERE key > ? ORDER BY key LIMIT 1 OFFSET ?", (low, keys - 1)).fetchone()
    between = "key > ?" + (" AND key <= ?" if end else "")
    bounds = (low, end[0]) if end else (low,)
    # By a clock ahead of ours the version fetched may be dated after its fetch.
    until = "CAST(MAX(fetched, COALESCE(lastmod, 0)) AS INTEGER) + 1"
    old = db.execute(
        f"SELECT key, {until} FROM urls WHERE {between} AND {may_expire}", (*bounds, *parameters)
    ).fetchall()
    db.executemany("INSERT OR REPLACE INTO expired VALUES (?, ?)", [(key_hash(key), at) for key, at in old])
    for table in ("urls", "revivals"):
        db.executemany(f"DELETE FROM {table} WHERE key = ?", [(key,) for key, _ in old])
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_SWEPT, end[0] if end else ""))
    return len(old)
