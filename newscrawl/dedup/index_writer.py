"""The writing side of the index: what a batch adds once S3 has acknowledged it, and what expires.

On a connection of its own, so that a thread can write a batch while the crawl goes on asking.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain, takewhile

import zstandard

from newscrawl.dedup.entries import Entry, article_row, id_hash, posting_keys, short_id
from newscrawl.dedup.postings import TABLES as POSTINGS_TABLES
from newscrawl.dedup.postings import Postings
from newscrawl.errors import StateMismatch, program
from newscrawl.items import Move

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
# Rows that one commit may delete for expiry: a few milliseconds.
_EXPIRE_ROWS = 20_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS articles(n INTEGER PRIMARY KEY, id BLOB, story BLOB, url INTEGER, told_at INTEGER,
  fetched_at INTEGER, keys INTEGER, fixed INTEGER, moved_at INTEGER);
CREATE TABLE IF NOT EXISTS texts(n INTEGER PRIMARY KEY, text BLOB);
CREATE TABLE IF NOT EXISTS forgotten(id INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS window(name TEXT PRIMARY KEY, value INTEGER);
"""
# A bulk load makes these at its end.
INDEXES = {
    "articles_id": "UNIQUE INDEX {} articles_id ON articles(id)",
    "articles_url": "INDEX {} articles_url ON articles(url)",
    "articles_story": "INDEX {} articles_story ON articles(story) WHERE story IS NOT NULL",
}


class IndexWriter:
    """Writes to the index in `db`; one at a time. `window` as `DedupIndex` has it."""

    def __init__(self, db: sqlite3.Connection, *, window: timedelta | None = None) -> None:
        self._db = db
        create_tables(db)
        self._window = window
        self._postings = Postings(db)
        state = window_state(db)
        self._newest = state.get("newest", 0)
        self._postings.live_from = state.get("live_from", 0)
        last: int | None = db.execute("SELECT MAX(n) FROM articles").fetchone()[0]
        self._next = max(last or 0, self._postings.live_from) + 1
        self._compress = zstandard.ZstdCompressor(level=3).compress

    def commit(self, entries: list[Entry], moves: Iterable[Move] = ()) -> None:
        """Write entries with their moves, then other moves, inside the caller's transaction; deletes its bounded share
        of what has expired.

        Entries already there stay as they are.
        """
        if entries:
            # Of this batch, not of all: after one that was fetched under a clock years ahead the window comes back.
            self._newest = max(int(e.fetched_at.timestamp()) for e in entries)
        self._postings.insert(row for e in entries for row in self._insert_article(e))
        apply_moves(self._db, chain((m for e in entries for m in e.moves), moves))
        self._expire()

    def sweep(self) -> None:
        """Merge new postings into the others when they are many, little by little, each step a transaction.

        To be called after a commit; what the index knows does not change.
        """
        self._postings.sweep()

    def _insert_article(self, e: Entry) -> list[tuple[int, int]]:
        n = self._next
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", (n, *article_row(e))
        )
        if not cursor.rowcount:
            return []
        self._next += 1
        self._db.execute("INSERT INTO texts VALUES (?, ?)", (n, self._compress(e.text.encode())))
        return [(key, n) for key in posting_keys(e.signature)]

    def fix(self, article_id: str) -> None:
        """Make an article a story of its own for good, inside the caller's transaction."""
        self._db.execute("UPDATE articles SET story = NULL, fixed = 1 WHERE id = ?", (short_id(article_id),))

    def _expire(self) -> None:
        """Delete a bounded number of rows that are older than the window."""
        if self._window is not None:
            before = expired_before(self._newest, self._window)
            # Numbers grow with time but for the minutes of a batch: a younger one stops the deletion, and
            # what stands behind it is ignored until then all the same.
            rows = self._db.execute("SELECT n, id, fetched_at FROM articles ORDER BY n LIMIT ?", (_EXPIRE_ROWS,))
            old = list(takewhile(lambda row: row[2] < before, rows))
            if old:
                self._postings.live_from = old[-1][0] + 1
                # An id is stored once in an archive's life, however old its story is when it is met again.
                gone = [(id_hash(blob),) for _, blob, _ in old]
                self._db.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", gone)
                for table in ("articles", "texts"):
                    self._db.execute(f"DELETE FROM {table} WHERE n < ?", (self._postings.live_from,))
        self._db.executemany(
            "INSERT OR REPLACE INTO window VALUES (?, ?)",
            [("newest", self._newest), ("live_from", self._postings.live_from)],
        )


def apply_moves(db: sqlite3.Connection, moves: Iterable[Move]) -> None:
    """Let articles belong to other stories, inside the caller's transaction.

    The later of two moves stays, in whatever order they are read: the records of runs that went on side by side, as
    those of shards, sort by when a run began.
    """
    db.executemany(
        "UPDATE articles SET story = ?1, moved_at = ?2 WHERE id = ?3 AND NOT fixed AND COALESCE(moved_at < ?2, TRUE)",
        [
            (
                None if m.story_id == m.article_id else short_id(m.story_id),
                (m.moved_at - _EPOCH) // _MICROSECOND,
                short_id(m.article_id),
            )
            for m in moves
        ],
    )


def last_move(db: sqlite3.Connection, article_ids: Collection[str]) -> datetime | None:
    """When one of these articles was moved last; None where none was."""
    ids = [short_id(name) for name in article_ids]
    known = f"SELECT MAX(moved_at) FROM articles WHERE id IN ({','.join('?' * len(ids))})"
    found: int | None = db.execute(known, ids).fetchone()[0]
    return None if found is None else _EPOCH + found * _MICROSECOND


def create_tables(db: sqlite3.Connection) -> None:
    """Create what is not there. Raises `StateMismatch` where a bulk load was cut short."""
    db.executescript(_SCHEMA)
    if "moved_at" not in {name for _, name, *_ in db.execute("PRAGMA table_info(articles)")}:
        # Of an earlier release: what it moved, any move may move on.
        db.execute("ALTER TABLE articles ADD COLUMN moved_at INTEGER")
    if window_state(db).get("loading"):
        raise StateMismatch(f"a rebuild of the dedup index was interrupted: run `{program()} bucket rebuild` again")
    for statement in INDEXES.values():
        db.execute("CREATE " + statement.format("IF NOT EXISTS"))


def drop_tables(db: sqlite3.Connection) -> None:
    """Drop the index, half loaded or whole, inside the caller's transaction."""
    for table in ("articles", "texts", "forgotten", "window", *POSTINGS_TABLES):
        db.execute(f"DROP TABLE IF EXISTS {table}")


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
