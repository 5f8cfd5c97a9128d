"""The learned template lines in the state database: a cache, read when a run opens and written with each batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

# Site, line, support, page, story keys: what `extraction.templates` knows of a line.
Line = tuple[str, int, float, int, str]
# Pages seen of each site, and its lines.
Stored = tuple[dict[str, int], list[Line]]

_TABLES = (
    "CREATE TABLE IF NOT EXISTS template_sites(site TEXT PRIMARY KEY, pages INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS template_lines(site TEXT NOT NULL, line INTEGER NOT NULL, support REAL NOT NULL, "
    "page INTEGER NOT NULL, stories TEXT NOT NULL, PRIMARY KEY (site, line)) WITHOUT ROWID",
)


def load(db: sqlite3.Connection) -> Stored:
    """What earlier runs learned: pages seen of each site, and its lines; nothing in a new state directory."""
    for table in _TABLES:
        db.execute(table)
    pages = dict(db.execute("SELECT site, pages FROM template_sites").fetchall())
    rows = db.execute("SELECT site, line, support, page, stories FROM template_lines ORDER BY site, line")
    return pages, rows.fetchall()


def save(db: sqlite3.Connection, site: str, pages: int, keys: Iterable[int], lines: Iterable[Line]) -> None:
    """Write what is known of a site's lines with these keys now, in the caller's transaction; of those that are not
    among `lines` it is nothing."""
    db.execute("INSERT OR REPLACE INTO template_sites VALUES (?, ?)", (site, pages))
    db.executemany("DELETE FROM template_lines WHERE site = ? AND line = ?", [(site, key) for key in keys])
    db.executemany("INSERT INTO template_lines VALUES (?, ?, ?, ?, ?)", lines)
