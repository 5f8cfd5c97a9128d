"""`scrapy bucket check` and the mending half of `scrapy bucket rebuild`: bucket and state compared."""

from __future__ import annotations

import logging
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from newscrawl.archive.archive import Archive
from newscrawl.archive.forget import obey
from newscrawl.bucket.check import UNDER_WAY, check, orphans
from newscrawl.bucket.keys import Location, is_part_key
from newscrawl.bucket.losses import Loss, is_lost, record_loss
from newscrawl.bucket.mending import mending
from newscrawl.bucket.reader import archive_totals, commit_records
from newscrawl.bucket.rollup import load
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.dedup.differences import differences, differences_of_rows
from newscrawl.doing import counted, doing
from newscrawl.errors import command
from newscrawl.state.database import State, refusing_damage, set_aside
from newscrawl.state.url_differences import compared_urls

logger = logging.getLogger(__name__)


class Checked(NamedTuple):
    """What a check found: what is wrong, a line each; the number of batches; losses that are recorded, a line each;
    objects of which only the ETag was looked at."""

    lines: list[str]
    batches: int
    notes: list[str]
    unread: int


def findings(
    store: ObjectStore, location: Location, state_dir: Path, window: timedelta | None = None, *, deep: bool = False
) -> Checked:
    """Everything that is wrong with the bucket, or between it and the state directory.

    Reads the whole archive, a part at a time; without `deep` of what is rolled up no more than has changed since. The
    caller holds the lock of the state directory. `window`: the index's; what it has forgotten is not missed.
    """
    found = check(store, location, datetime.now(UTC), deep=deep)
    checked = Checked(found.lines, found.batches, found.notes, found.unread)
    if not (state_dir / "state.db").exists():
        return checked  # a cache that is not there contradicts nothing
    if found.damaged:
        checked.lines.append("the state was not compared: mend the bucket first")
        return checked
    # Made anew from the bucket and compared: what one code path writes live, another reads back.
    with tempfile.TemporaryDirectory(prefix="newscrawl-check-") as folder:
        rebuilt = Archive(State(Path(folder)), store, location)
        rebuilt.rebuild(load(store, location))
        doing("comparing the state with the bucket")
        with refusing_damage(state_dir / "state.db"):
            live = Archive(State(state_dir), store, location, window=window)
        try:
            unchanged = archive_totals(store, location).unchanged
            live.state.db.execute("ATTACH ? AS rebuilt", (f"{rebuilt.state.path}",))
            behind, beyond = differences_of_rows(live.state.db, "SELECT run_id, seq FROM {}.batches")
            if behind and not beyond:
                # As after each run of another shard: what else is missing is in these.
                said = f"the state is {behind} batches behind the bucket, and was not compared"
                checked.notes.append(f"{said}: the next run reads them back")
                return checked
            checked.lines.extend(_compared_index(live.state.db, live.index.expired_before))
            checked.lines.extend(compared_urls(live.state.db, unchanged))
        finally:
            live.state.close()
            rebuilt.state.close()
    return checked


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did. `pending`: URLs that the old state knew and the bucket has no row for; `forgotten`: rows of
    takedowns that were not ended."""

    batches: int
    pending: int
    orphans: int
    losses: list[Loss]
    forgotten: int
    urls: dict[str, int]


def rebuild(store: ObjectStore, location: Location, state_dir: Path, open_archive: Callable[[], Archive]) -> Rebuilt:
    """Mend the bucket, make the state anew from it, and keep of the old state what a bucket cannot know.

    The caller holds the lock. A rebuild that is killed is begun again by the next one, and then nothing is missing:
    old states lie in the state directory until a rebuild has come to its end.
    """
    now = datetime.now(UTC)
    with mending(store, location, now):
        forgotten = obey(store, location)  # a takedown that was killed left parts that are not what their records say
        lost = record_losses(store, location)
        removed = remove_orphans(store, location, now)
    before = set_aside(state_dir)
    archive = open_archive()
    try:
        batches = archive.rebuild()
        doing("looking through the old state")
        pending = sum(_take_over(archive, old) for old in before)
        return Rebuilt(batches, pending, removed, lost, forgotten, archive.ledger.counts())
    finally:
        archive.state.close()


def _take_over(archive: Archive, old: Path) -> int:
    try:
        with closing(sqlite3.connect(old)) as db:
            found = db.execute("SELECT value FROM meta WHERE name = 'location'").fetchone()
        if found and found[0] != str(archive.location):
            logger.warning("%s is the state of %s: it is kept as it is, delete it if you like", old, found[0])
            return 0
        taken = archive.take_over(old)
    except sqlite3.Error as e:
        logger.warning("%s cannot be read (%s): discovery must find again what was never fetched", old, e)
        return 0
    old.unlink()
    return taken


def record_losses(store: ObjectStore, location: Location) -> list[Loss]:
    """Record every committed part that is missing or not what its batch stored. Reads the whole archive."""
    lost = []
    for record in counted(list(commit_records(store, location)), "looking for lost parts, batch"):
        for part in record.objects:
            if is_lost(store, location, part):
                lost.append(record_loss(store, location, part))
    return lost


def remove_orphans(store: ObjectStore, location: Location, now: datetime) -> int:
    """Delete the parts that no commit record names and that no batch under way can be writing; returns how many.

    Only what has a key of ours: a Parquet file that somebody else keeps below a table's folder is left alone. The
    caller holds the lock object.
    """
    doing("looking for parts that were never committed")
    found = list(orphans(store, location, list(commit_records(store, location))))
    paths = [path for path, stored_at in found if is_part_key(path) and now - stored_at >= UNDER_WAY]
    for path in paths:
        store.delete(location.key(path))
    return len(paths)


def _compared_index(db: sqlite3.Connection, since: int) -> list[str]:
    counted = {"batches": differences_of_rows(db, "SELECT run_id, seq FROM {}.batches")} | differences(db, since)
    lines = []
    for table, (missing, surplus) in counted.items():
        if missing:
            lines.append(f"state, {table}: {missing} entries of the bucket are missing: {command('bucket rebuild')}")
        if surplus:
            lines.append(
                f"state, {table}: {surplus} entries that the bucket does not hold: {command('bucket rebuild')}"
            )
    return lines
