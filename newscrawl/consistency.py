"""`scrapy bucket check` and the mending half of `scrapy bucket rebuild`: bucket and state compared."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from newscrawl.archive import Archive
from newscrawl.bucket.check import check, orphans
from newscrawl.bucket.layout import Location
from newscrawl.bucket.reader import commit_records, totals
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.state import State

# Tables that are functions of the bucket. `stories` numbers its rows in order of arrival, so it is compared by id.
_TABLES = {
    "batches": "SELECT run_id, seq FROM batches",
    "stories": "SELECT id, fetched_at, text FROM stories",
    "versions": "SELECT * FROM versions",
    "sentences": "SELECT key, id FROM sentences JOIN stories ON n = story",
    "bands": "SELECT key, id FROM bands JOIN stories ON n = story",
}


def findings(store: ObjectStore, location: Location, state_dir: Path) -> tuple[list[str], int]:
    """Everything that is wrong with the bucket, or between it and the state directory; and how many batches it has.

    Reads the whole archive. The caller holds the lock of the state directory.
    """
    found = check(store, location)
    lines = list(found.lines)
    if not (state_dir / "state.db").exists():
        return lines, found.batches  # a cache that is not there contradicts nothing
    if found.damaged:
        return [*lines, "the state was not compared: mend the bucket first"], found.batches
    # Made anew from the bucket and compared: what one code path writes live, another reads back.
    with tempfile.TemporaryDirectory(prefix="newscrawl-check-") as folder:
        rebuilt = Archive(State(Path(folder)), store, location)
        rebuilt.catch_up()
        live = State(state_dir)
        try:
            unchanged = totals(commit_records(store, location)).unchanged
            lines += _compared(live.db, rebuilt.state.db, unchanged)
        finally:
            live.close()
            rebuilt.state.close()
    return lines, found.batches


def remove_orphans(store: ObjectStore, location: Location) -> int:
    """Delete the parts that no commit record names; returns how many. The caller holds the lock."""
    paths = list(orphans(store, location, list(commit_records(store, location))))
    for path in paths:
        store.delete(location.key(path))
    return len(paths)


def _compared(live: sqlite3.Connection, rebuilt: sqlite3.Connection, unchanged: int) -> list[str]:
    lines = []
    for table, query in _TABLES.items():
        try:
            ours = set(live.execute(query))
        except sqlite3.OperationalError:
            ours = set()  # a state that never held this table
        theirs = set(rebuilt.execute(query))
        if missing := len(theirs - ours):
            lines.append(f"state, {table}: {missing} entries of the bucket are missing; the next run reads them back")
        if surplus := len(ours - theirs):
            lines.append(f"state, {table}: {surplus} entries that the bucket does not hold: scrapy bucket rebuild")
    return lines + _compared_urls(live, rebuilt, unchanged)


def _compared_urls(live: sqlite3.Connection, rebuilt: sqlite3.Connection, unchanged: int) -> list[str]:
    query = "SELECT key, url, state, fetched FROM urls WHERE fetched IS NOT NULL"
    ours = {key: (url, state, fetched) for key, url, state, fetched in live.execute(query)}
    theirs = {key: (url, state, fetched) for key, url, state, fetched in rebuilt.execute(query)}
    lines = []
    for key, (url, state, fetched) in theirs.items():
        mine = ours.get(key)
        # A recheck that found the page unchanged left no row, only a later time.
        later = mine is not None and mine[1] == "done" and mine[2] > fetched
        if mine is None or (mine[1:] != (state, fetched) and not later):
            known = f"{mine[1]}" if mine else "unknown"
            lines.append(f"ledger, {url}: {known}, the bucket says {state}")
    # An unchanged page may have been asked for, and have answered, under addresses that no row names.
    surplus = [url for key, (url, _, _) in ours.items() if key not in theirs]
    if len(surplus) > 2 * unchanged:
        lines.append(f"ledger: {len(surplus)} URLs fetched that the bucket does not hold, such as {surplus[0]}")
    return lines
