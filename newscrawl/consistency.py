"""`scrapy bucket check` and the mending half of `scrapy bucket rebuild`: bucket and state compared."""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path

from newscrawl.archive import Archive
from newscrawl.bucket.check import check, orphans
from newscrawl.bucket.layout import Location
from newscrawl.bucket.reader import commit_records, totals
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.state import State


def findings(
    store: ObjectStore, location: Location, state_dir: Path, window: timedelta | None = None
) -> tuple[list[str], int]:
    """Everything that is wrong with the bucket, or between it and the state directory; and how many batches it has.

    Reads the whole archive. The caller holds the lock of the state directory. `window`: the index's; what it
    has forgotten is not missed.
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
        rebuilt.rebuild()
        live = Archive(State(state_dir), store, location, window=window)
        try:
            unchanged = totals(commit_records(store, location)).unchanged
            lines += _compared_index(live, rebuilt)
            lines += _compared_urls(live.state.db, rebuilt.state.db, unchanged)
        finally:
            live.state.close()
            rebuilt.state.close()
    return lines, found.batches


def remove_orphans(store: ObjectStore, location: Location) -> int:
    """Delete the parts that no commit record names; returns how many. The caller holds the lock."""
    paths = list(orphans(store, location, list(commit_records(store, location))))
    for path in paths:
        store.delete(location.key(path))
    return len(paths)


def _compared_index(live: Archive, rebuilt: Archive) -> list[str]:
    since = live.index.expired_before
    lines = []
    ours = live.index.contents(since) | {"batches": set(live.state.db.execute("SELECT run_id, seq FROM batches"))}
    theirs = rebuilt.index.contents(since) | {
        "batches": set(rebuilt.state.db.execute("SELECT run_id, seq FROM batches"))
    }
    for table, expected in theirs.items():
        if missing := len(expected - ours[table]):
            lines.append(f"state, {table}: {missing} entries of the bucket are missing; the next run reads them back")
        if surplus := len(ours[table] - expected):
            lines.append(f"state, {table}: {surplus} entries that the bucket does not hold: scrapy bucket rebuild")
    return lines


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
