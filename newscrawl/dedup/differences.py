"""Where an index and one that was made anew from the bucket know different things, counted without holding either."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.entries import id_hash
from newscrawl.dedup.postings import Postings

# Ranges of keys that are compared one after the other: of ten million articles, a million rows each.
_RANGES = 256
_KEYS = 1 << 64
_ARTICLES = "SELECT id, story, url, told_at, fetched_at, keys, fixed FROM {}.articles WHERE fetched_at >= ?"
# Joined and not subtracted: SQLite would sort all texts.
_OTHER_TEXT = """
SELECT COUNT(*) FROM {0}.articles a JOIN {0}.texts t USING (n)
LEFT JOIN {1}.articles b ON b.id = a.id LEFT JOIN {1}.texts u ON u.n = b.n
WHERE a.fetched_at >= ? AND u.text IS NOT t.text
"""


def differences(db: sqlite3.Connection, since: int) -> dict[str, tuple[int, int]]:
    """How many rows of `rebuilt` (attached to `db`) are missing in `main`, and how many are there beyond, by table.

    Of articles fetched from `since` (seconds since 1970) on.
    """
    texts = tuple(
        int(db.execute(_OTHER_TEXT.format(*sides), (since,)).fetchone()[0])
        for sides in (("rebuilt", "main"), ("main", "rebuilt"))
    )
    return {
        "articles": differences_of_rows(db, _ARTICLES, since),
        "texts": (texts[0], texts[1]),
        "postings": _postings(db, since),
    }


def differences_of_rows(db: sqlite3.Connection, query: str, *parameters: int) -> tuple[int, int]:
    """Missing and surplus rows of a query with `{}` for the database."""
    ours, theirs = query.format("main"), query.format("rebuilt")
    twice = (*parameters, *parameters)
    (missing,) = db.execute(f"SELECT COUNT(*) FROM ({theirs} EXCEPT {ours})", twice).fetchone()
    (surplus,) = db.execute(f"SELECT COUNT(*) FROM ({ours} EXCEPT {theirs})", twice).fetchone()
    return missing, surplus


def _postings(db: sqlite3.Connection, since: int) -> tuple[int, int]:
    missing = surplus = 0
    ours, theirs = (_rows(db, schema, since) for schema in ("main", "rebuilt"))
    for mine, wanted in zip(ours, theirs, strict=True):
        missing += len(np.setdiff1d(wanted, mine))
        surplus += len(np.setdiff1d(mine, wanted))
    return missing, surplus


def _rows(db: sqlite3.Connection, schema: str, since: int) -> Iterator[NDArray[np.void]]:
    """The postings by range of keys, each article by 64 bits of its id: 8 bytes an article in memory."""
    articles = f"{schema}.articles"
    (last,) = db.execute(f"SELECT COALESCE(MAX(n), 0) FROM {articles}").fetchone()
    names = np.zeros(last + 1, np.int64)
    live = np.zeros(last + 1, np.bool_)
    for n, blob in db.execute(f"SELECT n, id FROM {articles} WHERE fetched_at >= ?", (since,)):
        names[n], live[n] = id_hash(blob), True
    postings = Postings(db, schema)
    step = _KEYS // _RANGES
    for low in range(-(_KEYS // 2), _KEYS // 2, step):
        keys, numbers = postings.between(low, low + step - 1)
        known = numbers <= last
        keys, numbers = keys[known], numbers[known]
        keys, numbers = keys[live[numbers]], numbers[live[numbers]]
        rows = np.empty(len(keys), [("key", "<i8"), ("story", "<i8")])
        rows["key"], rows["story"] = keys, names[numbers]
        yield rows
