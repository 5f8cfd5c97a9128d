"""The learned template lines in the state database: a cache, read when a run opens and written when it closes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from newscrawl.state.sqlite import transaction

# Site, line, support, page, story keys: what `extraction.templates` knows of a line.
Line = tuple[str, int, float, int, str]

_TABLES = (
    "CREATE TABLE IF NOT EXISTS template_sites(site TEXT PRIMARY KEY, pages INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS template_lines(site TEXT NOT NULL, line INTEGER NOT NULL, support REAL NOT NULL, "
    "page INTEGER NOT NULL, stories TEXT NOT NULL, PRIMARY KEY (site, line)) WITHOUT ROWID",
)


def load(db: sqlite3.Connection) -> tuple[dict[str, int], list[Line]]:
    """What earlier runs learned: pages seen of each site, and its lines; nothing in a new state directory."""
    for table in _TABLES:
        db.execute(table)
    pages = dict(db.execute("SELECT site, pages FROM template_sites").fetchall())
    rows = db.execute("SELECT site, line, support, page, stories FROM template_lines ORDER BY site, line")
    return pages, rows.fetchall()


def save(db: sqlite3.Connection, pages: Mapping[str, int], lines: Iterable[Line]) -> None:
    """Replace what was stored."""
    with transaction(db):
        db.execute("DELETE FROM template_sites")
        db.execute("DELETE FROM template_lines")
        db.executemany("INSERT INTO template_sites VALUES (?, ?)", pages.items())
        db.executemany("INSERT INTO template_lines VALUES (?, ?, ?, ?, ?)", lines)
