"""`scrapy bucket check` and the mending half of `scrapy bucket rebuild`: bucket and state compared."""

from __future__ import annotations

import logging
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from newscrawl.archive.archive import Archive
from newscrawl.bucket.check import check, orphans
from newscrawl.bucket.keys import Location
from newscrawl.bucket.losses import Loss, record_loss
from newscrawl.bucket.reader import commit_records, read_bytes, totals
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.errors import StateMismatch, program
from newscrawl.state.database import State, set_aside

logger = logging.getLogger(__name__)


class Checked(NamedTuple):
    """What a check found: what is wrong, a line each; the number of batches; losses that are recorded, a line each."""

    lines: list[str]
    batches: int
    notes: list[str]


def findings(store: ObjectStore, location: Location, state_dir: Path, window: timedelta | None = None) -> Checked:
    """Everything that is wrong with the bucket, or between it and the state directory.

    Reads the whole archive. The caller holds the lock of the state directory. `window`: the index's; what it
    has forgotten is not missed.
    """
    found = check(store, location)
    lines = list(found.lines)
    if not (state_dir / "state.db").exists():
        return Checked(lines, found.batches, found.notes)  # a cache that is not there contradicts nothing
    if found.damaged:
        lines.append("the state was not compared: mend the bucket first")
        return Checked(lines, found.batches, found.notes)
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
    return Checked(lines, found.batches, found.notes)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did. `pending`: URLs that the old state knew and the bucket has no row for."""

    batches: int
    pending: int
    orphans: int
    losses: list[Loss]
    urls: dict[str, int]


def rebuild(store: ObjectStore, location: Location, state_dir: Path, open_archive: Callable[[], Archive]) -> Rebuilt:
    """Mend the bucket, make the state anew from it, and keep of the old state what a bucket cannot know.

    The caller holds the lock. A rebuild that is killed is begun again by the next one, and then nothing is missing:
    old states lie in the state directory until a rebuild has come to its end.
    """
    lost = record_losses(store, location)
    removed = remove_orphans(store, location)
    before = set_aside(state_dir)
    archive = open_archive()
    try:
        batches = archive.rebuild()
        pending = sum(_take_over(archive, old) for old in before)
        return Rebuilt(batches, pending, removed, lost, archive.ledger.counts())
    finally:
        archive.state.close()


def _take_over(archive: Archive, old: Path) -> int:
    try:
        with closing(sqlite3.connect(old)) as db:
            found = db.execute("SELECT value FROM meta WHERE name = 'location'").fetchone()
        if found and found[0] != str(archive.location):
            logger.warning("%s is the state of %s: it is kept as it is, delete it if you like", old, found[0])
            return 0
        taken = archive.ledger.take_over(old)
    except sqlite3.Error as e:
        logger.warning("%s cannot be read (%s): discovery must find again what was never fetched", old, e)
        return 0
    old.unlink()
    return taken


def record_losses(store: ObjectStore, location: Location) -> list[Loss]:
    """Record every committed part that is missing or not what its batch stored. Reads the whole archive."""
    lost = []
    for record in commit_records(store, location):
        for part in record.objects:
            try:
                read_bytes(store, location, part)
            except (ObjectMissing, StateMismatch):
                lost.append(record_loss(store, location, part))
    return lost


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
            lines.append(f"state, {table}: {surplus} entries that the bucket does not hold: {program()} bucket rebuild")
    return lines


def _compared_urls(live: sqlite3.Connection, rebuilt: sqlite3.Connection, unchanged: int) -> list[str]:
    query = "SELECT key, url, state, fetched FROM urls WHERE fetched IS NOT NULL"
    ours = {key: (url, state, fetched) for key, url, state, fetched in live.execute(query)}
    theirs = {key: (url, state, fetched) for key, url, state, fetched in rebuilt.execute(query)}
    lines, retimed = [], []
    for key, (url, state, fetched) in theirs.items():
        mine = ours.get(key)
        # An unchanged page left no row, only its time: later for a recheck, earlier for a main page that its AMP page
        # overtook in the workers.
        if mine is not None and mine[1] == state == "done" and mine[2] != fetched:
            retimed.append(url)
        elif mine is None or mine[1:] != (state, fetched):
            known = f"{mine[1]}" if mine else "unknown"
            lines.append(f"ledger, {url}: {known}, the bucket says {state}")
    # An unchanged page may have been asked for, and have answered, under addresses that no row names.
    surplus = [url for key, (url, _, _) in ours.items() if key not in theirs]
    if len(retimed) > 2 * unchanged:
        lines.append(f"ledger: {len(retimed)} URLs fetched at other times than the bucket says, such as {retimed[0]}")
    if len(surplus) > 2 * unchanged:
        lines.append(f"ledger: {len(surplus)} URLs fetched that the bucket does not hold, such as {surplus[0]}")
    return lines
