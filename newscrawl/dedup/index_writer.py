"""The writing side of the index: what a batch adds once S3 has acknowledged it, and what expires.

On a connection of its own, so that a thread can write a batch while the crawl goes on asking.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import zstandard

from newscrawl.dedup.entries import Entry, id_hash, posting_keys, short_id, version_row
from newscrawl.dedup.lsh import hash64
from newscrawl.dedup.postings import Postings
from newscrawl.errors import StateMismatch, program

# Rows that one commit may delete for expiry, stories and versions each: a few milliseconds.
_EXPIRE_ROWS = 20_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS stories(n INTEGER PRIMARY KEY, id BLOB, fetched_at INTEGER, keys INTEGER);
CREATE TABLE IF NOT EXISTS texts(n INTEGER PRIMARY KEY, text BLOB);
CREATE TABLE IF NOT EXISTS versions(url INTEGER, article BLOB, story BLOB, fetched_at INTEGER,
  PRIMARY KEY(url, article)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forgotten(id INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS window(name TEXT PRIMARY KEY, value INTEGER);
"""
_STORIES_ID = "CREATE UNIQUE INDEX IF NOT EXISTS stories_id ON stories(id)"


class IndexWriter:
    """Writes to the index in `db`; one at a time. `window` as `DedupIndex` has it."""

    def __init__(self, db: sqlite3.Connection, *, window: timedelta | None = None) -> None:
        self._db = db
        create_tables(db)
        self._window = window
        self._postings = Postings(db)
        state = window_state(db)
        self._newest = state.get("newest", 0)
        self._swept_url = state.get("swept_url", -(1 << 63))
        self._postings.live_from = state.get("live_from", 0)
        last: int | None = db.execute("SELECT MAX(n) FROM stories").fetchone()[0]
        self._next = max(last or 0, self._postings.live_from) + 1
        self._compress = zstandard.ZstdCompressor(level=3).compress

    def commit(self, entries: list[Entry]) -> None:
        """Write entries, inside the caller's transaction; deletes its bounded share of what has expired.

        Entries already there stay as they are.
        """
        if entries:
            # Of this batch, not of all: after one that was fetched under a clock years ahead the window comes back.
            self._newest = max(int(e.fetched_at.timestamp()) for e in entries)
        self._insert(entries)
        self._expire()

    def _insert(self, entries: list[Entry]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO versions VALUES (?, ?, ?, ?)", [version_row(e) for e in entries])
        self._postings.insert(row for e in entries if e.anchor_text is not None for row in self._insert_story(e))

    def sweep(self) -> None:
        """Merge new postings into the others when they are many, little by little, each step a transaction.

        To be called after a commit; what the index knows does not change.
        """
        self._postings.sweep()

    def _insert_story(self, e: Entry) -> list[tuple[int, int]]:
        n = self._next
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO stories VALUES (?, ?, ?, ?)",
            (n, short_id(e.article_id), int(e.fetched_at.timestamp()), len(e.signature.keys)),
        )
        if not cursor.rowcount:
            return []
        self._next += 1
        assert e.anchor_text is not None
        self._db.execute("INSERT INTO texts VALUES (?, ?)", (n, self._compress(e.anchor_text.encode())))
        return [(key, n) for key in posting_keys(e.signature)]

    def restore(self, entry: Entry) -> None:
        """Make an article that had collapsed the anchor of its own story, inside the caller's transaction."""
        self._db.execute(
            "DELETE FROM versions WHERE url = ? AND article = ?",
            (hash64(entry.url_key.encode()), short_id(entry.article_id)),
        )
        self._insert([entry])

    def _expire(self) -> None:
        """Delete a bounded number of rows that are older than the window."""
        before = expired_before(self._newest, self._window)
        if self._window is not None:
            # Numbers grow with time but for the minutes of a batch: a younger one stops the deletion, and
            # what stands behind it is ignored until then all the same.
            old = self._db.execute("SELECT n, fetched_at FROM stories ORDER BY n LIMIT ?", (_EXPIRE_ROWS,)).fetchall()
            last = next((i for i, (_, at) in enumerate(old) if at >= before), len(old))
            if last:
                self._postings.live_from = old[last - 1][0] + 1
                for table in ("stories", "texts"):
                    self._db.execute(f"DELETE FROM {table} WHERE n < ?", (self._postings.live_from,))
            self._expire_versions(before)
        self._db.executemany(
            "INSERT OR REPLACE INTO window VALUES (?, ?)",
            [("newest", self._newest), ("live_from", self._postings.live_from), ("swept_url", self._swept_url)],
        )

    def _expire_versions(self, before: int) -> None:
        end = self._db.execute(
            "SELECT url FROM versions WHERE url > ? ORDER BY url LIMIT 1 OFFSET ?", (self._swept_url, _EXPIRE_ROWS)
        ).fetchone()
        last = end[0] if end else (1 << 63) - 1
        old = "FROM versions WHERE url > ? AND url <= ? AND fetched_at < ?"
        found = self._db.execute(f"SELECT article {old}", (self._swept_url, last, before)).fetchall()
        # An id is stored once in an archive's life, however old its story is when it is met again.
        self._db.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", [(id_hash(blob),) for (blob,) in found])
        self._db.execute(f"DELETE {old}", (self._swept_url, last, before))
        self._swept_url = last if end else -(1 << 63)


def create_tables(db: sqlite3.Connection) -> None:
    """Create what is not there. Raises `StateMismatch` where a bulk load was cut short."""
    db.executescript(_SCHEMA)
    if window_state(db).get("loading"):
        raise StateMismatch(f"a rebuild of the dedup index was interrupted: run `{program()} bucket rebuild` again")
    db.execute(_STORIES_ID)


def window_state(db: sqlite3.Connection) -> dict[str, int]:
    """`newest`: when the newest story was fetched; `live_from`: its lowest number that has not expired; and more."""
    return dict(db.execute("SELECT name, value FROM window"))


def expired_before(newest: int, window: timedelta | None) -> int:
    """Stories fetched before this (seconds since 1970, UTC) are forgotten."""
    return newest - int(window.total_seconds()) if window is not None else 0


def mark_loading(db: sqlite3.Connection, *, loading: bool) -> None:
    """Mark the index as half loaded, or as whole again."""
    db.execute("INSERT OR REPLACE INTO window VALUES ('loading', ?)", (int(loading),))


def mark_newest(db: sqlite3.Connection, newest: int) -> None:
    """Note the time of the newest story (seconds since 1970, UTC), from which the window is measured."""
    db.execute("INSERT OR REPLACE INTO window VALUES ('newest', ?)", (newest,))
