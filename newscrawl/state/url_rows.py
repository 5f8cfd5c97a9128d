"""The rows of the ledger: columns, the partial indexes by which it is asked, and what is asked of one row."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

_COLUMNS = (
    "key TEXT PRIMARY KEY",
    "url TEXT NOT NULL",
    "site TEXT NOT NULL",
    "source TEXT",  # that named it first; another one may revive it
    "title TEXT", "published REAL",  # told by discovery or the page
    "lastmod REAL",  # the latest told
    "noted REAL",  # when that lastmod took the place of `before`; null: it was there from the first
    "before REAL",
    "fetched_lastmod REAL",  # of the version that was fetched; a later one is a change
    "first_seen REAL NOT NULL",
    "state TEXT NOT NULL",
    "attempts INTEGER NOT NULL DEFAULT 0",  # askings in a row that gave no story and may be repeated
    "fetched REAL",
    "next_check REAL",  # when it is asked again, by the recheck ages or `askings.py`; null: not by itself
    "zone_assumed INTEGER NOT NULL DEFAULT 0",  # `published` was said without a zone
    "revised INTEGER NOT NULL DEFAULT 0",  # looks for its age that found another text
    "in_vain INTEGER NOT NULL DEFAULT 0",  # looks in a row for a change that a source told, and that found none
)  # fmt: skip
# Releases before had all but so many of these, at the end.
_ADDED = 3
# Partial indexes: what is open is little beside the millions done. SQLite uses one only for a query that repeats its
# condition. A table without rowid has the key at the end of each index.
PENDING = "state = 'pending'"
# Known to have changed and not fetched since: the run that was told so may have died.
CHANGED = "state NOT IN ('pending', 'failed') AND lastmod > COALESCE(fetched_lastmod, fetched)"
CHECKED = "next_check IS NOT NULL"
_INDEXES = (
    ("pending_urls", "site, first_seen", PENDING),
    ("changed_urls", "site", CHANGED),
    ("checks", "site, next_check", CHECKED),
)
MAY_EXPIRE = f"state <> 'pending' AND next_check IS NULL AND ({CHANGED}) IS NOT TRUE AND fetched < ?"


class Known(NamedTuple):
    """What `discover` and `settle` ask of a row."""

    url: str
    source: str | None
    title: str | None
    published: float | None
    zone_assumed: int
    lastmod: float | None
    noted: float | None
    before: float | None
    fetched_lastmod: float | None
    first_seen: float
    state: str
    attempts: int
    fetched: float | None
    next_check: float | None
    revised: int
    in_vain: int

    @property
    def told(self) -> bool:
        """Whether a source told a change that was not fetched yet (`CHANGED`, without the state)."""
        fetched = self.fetched_lastmod if self.fetched_lastmod is not None else self.fetched
        return self.lastmod is not None and fetched is not None and self.lastmod > fetched


_READ = f"SELECT {', '.join(Known._fields)} FROM urls WHERE key = ?"


def create(db: sqlite3.Connection) -> None:
    """Create the table where it is not there."""
    db.execute(f"CREATE TABLE IF NOT EXISTS urls({', '.join(_COLUMNS)}) WITHOUT ROWID")
    add_columns(db)
    for name, columns, condition in _INDEXES:
        db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON urls({columns}) WHERE {condition}")


def add_columns(db: sqlite3.Connection, schema: str = "main") -> None:
    """Add what the table of a release before lacks."""
    there = {name for _, name, *_ in db.execute(f"PRAGMA {schema}.table_info(urls)")}
    for column in _COLUMNS[-_ADDED:]:
        if column.split()[0] not in there:
            db.execute(f"ALTER TABLE {schema}.urls ADD COLUMN {column}")


def read(db: sqlite3.Connection, key: str) -> Known | None:
    """The row of a URL key."""
    row = db.execute(_READ, (key,)).fetchone()
    return Known(*row) if row else None
