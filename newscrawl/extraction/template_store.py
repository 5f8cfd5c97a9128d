"""The learned template lines in the state database: a cache, read when a run opens and written when it closes."""

from __future__ import annotations

import sqlite3

from newscrawl.extraction.templates import Templates

_TABLES = (
    "CREATE TABLE IF NOT EXISTS template_sites(site TEXT PRIMARY KEY, pages INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS template_lines(site TEXT NOT NULL, line INTEGER NOT NULL, support REAL NOT NULL, "
    "page INTEGER NOT NULL, stories TEXT NOT NULL, alone INTEGER NOT NULL, PRIMARY KEY (site, line)) WITHOUT ROWID",
)


def load(db: sqlite3.Connection) -> Templates:
    """What earlier runs learned; nothing in a new state directory."""
    for table in _TABLES:
        db.execute(table)
    pages = dict(db.execute("SELECT site, pages FROM template_sites").fetchall())
    rows = db.execute("SELECT site, line, support, page, stories, alone FROM template_lines ORDER BY site, line")
    return Templates.restore(pages, rows.fetchall())


def save(db: sqlite3.Connection, templates: Templates) -> None:
    """Replace what was stored."""
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("DELETE FROM template_sites")
        db.execute("DELETE FROM template_lines")
        db.executemany("INSERT INTO template_sites VALUES (?, ?)", templates.pages().items())
        db.executemany("INSERT INTO template_lines VALUES (?, ?, ?, ?, ?, ?)", templates.rows())
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
