"""Whether a bucket keeps its contract: every promise of `docs/bucket-contract.md` that a machine can verify."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newscrawl.bucket.keys import (
    RAW_TABLES,
    RUNS_FOLDER,
    Location,
    Table,
    commit_key,
    is_part_key,
    parse_commit_key,
    run_key,
)
from newscrawl.bucket.losses import losses
from newscrawl.bucket.reader import PARTS_AT_ONCE, fetched_in
from newscrawl.bucket.records import CommitRecord, PartRef
from newscrawl.bucket.rollup import RollUp, load
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.bucket.undo import undone
from newscrawl.doing import counted, doing
from newscrawl.errors import StateMismatch

# A part without a commit record may be that of a batch which another machine is writing: through an outage of its store
# a run waits a quarter of an hour, and nobody sets that to a day.
UNDER_WAY = timedelta(days=1)
# What is compared between tables; of rejects that there are as many as were counted.
_COLUMNS: dict[Table, tuple[str, ...]] = {
    Table.ARTICLES: ("id",),
    Table.DUPLICATES: ("id", "duplicate_of"),
    Table.SIGNATURES: ("id",),
    Table.MOVES: ("id", "story_id"),
    Table.REJECTS: ("url",),
}


@dataclass(slots=True)
class Findings:
    """What is wrong, one line each. `damaged`: committed rows cannot be read; orphans alone damage nothing.

    `notes`: losses that are recorded. They are no findings: nothing in the bucket contradicts them. `unread`: objects
    that were told to be untouched by their ETag alone.
    """

    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)  # contract paths
    damaged: bool = False
    batches: int = 0
    unread: int = 0

    def add(self, line: str, *, damage: bool = True) -> None:
        """Note a finding."""
        self.lines.append(line)
        self.damaged = self.damaged or damage


class _Ids:
    """Ids by table, those of batches apart that have lost a part; anchors that duplicates name; duplicates that founded
    a story since, by a move or because a collapse was undone.

    In a database of its own that SQLite keeps on disk and removes: an archive has millions.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("CREATE TABLE ids(id TEXT NOT NULL, kind TEXT NOT NULL, whole INTEGER NOT NULL)")
        self._db.execute("BEGIN")
        self.lost_anchors = 0  # rows that are lost, any of which may have been, or founded, an anchor

    def add(self, kind: str, ids: list[str], *, whole: bool) -> None:
        """Note the ids of a part's rows; `kind`: a table's name, `anchor` for what duplicates name, or `founder`."""
        self._db.executemany("INSERT INTO ids VALUES (?, ?, ?)", ((name, kind, whole) for name in ids))

    def check(self, found: Findings) -> None:
        """Note what contradicts the contract."""
        self._db.execute("CREATE INDEX by_id ON ids(id, kind, whole)")
        for name, rows in self._db.execute(
            "SELECT id, COUNT(*) FROM ids WHERE kind IN ('articles', 'duplicates') GROUP BY id HAVING COUNT(*) > 1"
        ):
            found.add(f"id {name}: {rows} rows of articles and duplicates have it")
        for name, rows, signed in self._db.execute(
            "SELECT id, SUM(kind <> 'signatures') AS rows, SUM(kind = 'signatures') AS signed FROM ids"
            " WHERE whole AND kind NOT IN ('anchor', 'founder') GROUP BY id HAVING rows <> signed"
        ):
            found.add(f"id {name}: articles and duplicates have {rows} rows, signatures {signed}")
        missing = (
            "FROM ids AS named WHERE kind = 'anchor'"
            " AND NOT EXISTS (SELECT 1 FROM ids WHERE id = named.id AND kind IN ('articles', 'founder')) GROUP BY id"
        )
        # Which ids the lost parts had is not known where the signatures are lost as well; how many is.
        (lost,) = self._db.execute(f"SELECT COUNT(*) FROM (SELECT id {missing})").fetchone()
        for name, fallen in self._db.execute(f"SELECT id, COUNT(*) {missing}"):
            said = f"id {name}: {fallen} duplicates fell to it, and it is"
            if lost <= self.lost_anchors:
                found.notes.append(f"{said} lost, or was taken down")
            else:
                found.add(f"{said} no story")

    def close(self) -> None:
        """Remove the database."""
        self._db.close()


def check(store: ObjectStore, location: Location, now: datetime, *, deep: bool = False) -> Findings:
    """Compare every object of the archive with its commit record. No run may write meanwhile.

    What was found right when it was rolled up, and is what it was then by its ETag, is read again only with `deep`. One
    part is in memory at a time, and of the roll-up a segment.
    """
    found = Findings()
    with closing(_Ids()) as known:
        _check(store, location, now, found, known, RollUp(store, location) if deep else load(store, location))
    return found


def _check(store: ObjectStore, location: Location, now: datetime, found: Findings, known: _Ids, rolled: RollUp) -> None:
    # Each folder is listed once: the records first, so that no part of theirs is missing.
    runs = _listed(store, location, RUNS_FOLDER)
    stored = {path: entry for table in Table for path, entry in _listed(store, location, f"{table.value}/").items()}
    untouched = rolled.untouched({path: tag for path, (tag, _) in (runs | stored).items()})
    found.unread = len(untouched)
    records = list(_records(store, location, found, rolled, untouched, runs))
    found.batches = len(records)
    lost = losses(store, location)
    parts = [part for record in records for part in record.objects if part.key not in lost]
    held = {part.key for part in parts if part.key in untouched and rolled.holds(part)}
    bodies = store.get_each((location.key(part.key) for part in parts if part.key not in held), PARTS_AT_ONCE)
    for record in counted(records, "comparing parts with their commit records, batch"):
        rows: Counter[Table] = Counter()
        known.lost_anchors += record.counts.forgotten
        whole = not any(part.key in lost for part in record.objects if part.table not in RAW_TABLES)
        for part in record.objects:
            rows[part.table] += part.rows
            if loss := lost.get(part.key):
                found.notes.append(f"{part.key}: {loss.rows} rows are lost ({loss.why}, recorded {loss.found_at})")
                known.lost_anchors += part.rows if part.table in (Table.ARTICLES, Table.MOVES) else 0
                continue
            data = rolled.rows(part, _COLUMNS[part.table]) if part.key in held else None
            if data is None:
                # A segment that went in this moment: its parts are still there.
                answer = partial(store.get, location.key(part.key)) if part.key in held else next(bodies).result
                data = _part(part, answer, found)
            if data is None or part.table in RAW_TABLES:
                continue
            if part.table is Table.MOVES:
                founded = pc.equal(data.column("id"), data.column("story_id"))
                known.add("founder", data.filter(founded).column("id").to_pylist(), whole=whole)
            elif part.table is not Table.REJECTS:
                known.add(part.table.value, data.column("id").to_pylist(), whole=whole)
            if part.table is Table.DUPLICATES:
                known.add("anchor", data.column("duplicate_of").to_pylist(), whole=whole)
        _check_sums(record, rows, found)
    try:
        known.add("founder", list(undone(store, location)), whole=True)
    except StateMismatch as error:
        found.add(str(error))
    if not found.damaged:
        doing("comparing ids")
        known.check(found)
    reported = {
        run_id: batch.fetched
        for (run_id, _), batch in rolled.batches.items()
        if batch.fetched is not None and run_key(run_id) in untouched
    }
    _check_runs(store, location, records, found, reported)
    left = [
        replace(record, objects=tuple(part for part in record.objects if part.key not in lost)) for record in records
    ]
    doing("looking for parts that no commit record names")
    for path, stored_at in sorted(_unnamed(((path, at) for path, (_, at) in stored.items()), left)):
        if not is_part_key(path):
            found.notes.append(f"{path}: not ours, and readers that take the folder as it is read it")
        elif now - stored_at < UNDER_WAY:
            found.notes.append(f"{path}: no commit record names this part yet; its batch may be under way")
        else:
            found.orphans.append(path)
            found.add(f"{path}: no commit record names this part", damage=False)


def orphans(store: ObjectStore, location: Location, records: list[CommitRecord]) -> Iterator[tuple[str, datetime]]:
    """Contract path of every object that has a part's name and no commit record names, ours or not, and when it was
    stored."""
    listed = (entry for table in Table for entry in store.list_dated(location.key(f"{table.value}/")))
    return _unnamed(((location.relative(key), stored_at) for key, _, stored_at in listed), records)


def _unnamed(stored: Iterable[tuple[str, datetime]], records: Iterable[CommitRecord]) -> Iterator[tuple[str, datetime]]:
    named = {part.key for record in records for part in record.objects}
    suffixes = {table.value: table.suffix for table in Table}
    for path, stored_at in stored:
        if path.endswith(suffixes[path.partition("/")[0]]) and path not in named:
            yield path, stored_at


def _listed(store: ObjectStore, location: Location, folder: str) -> dict[str, tuple[str, datetime]]:
    """Contract path of every object of a folder, with its ETag and when it was stored."""
    listed = counted(store.list_tagged(location.key(folder)), f"listing {folder}")
    return {location.relative(key): (tag, stored_at) for key, tag, stored_at in listed}


def _records(
    store: ObjectStore,
    location: Location,
    found: Findings,
    rolled: RollUp,
    untouched: Collection[str],
    runs: Iterable[str],
) -> Iterator[CommitRecord]:
    wanted = sorted(named for path in runs if (named := parse_commit_key(path)))
    paths = [commit_key(*named) for named in wanted]
    bodies = store.get_each(location.key(path) for path in paths if path not in untouched)
    for named, path in zip(wanted, paths, strict=True):
        try:
            body = rolled.batches[named].body if path in untouched else next(bodies).result()
            record = CommitRecord.from_json(body, path)
        except (StateMismatch, ObjectMissing) as error:
            found.add(str(error))
            continue
        if (batch := rolled.batches.get(named)) and batch.body != body:
            found.notes.append(
                f"{path}: segment {batch.segment.name} of the roll-up says something else and is left aside"
            )
        if (record.run_id, record.seq) == named:
            yield record
        else:
            found.add(f"{path}: holds the record of {record.run_id} batch {record.seq}")


def _part(part: PartRef, answer: Callable[[], bytes], found: Findings) -> pa.Table | None:
    """A part's ids and links, or None when it is not what its record says. Of the raw archive, an empty table."""
    try:
        body = answer()
    except ObjectMissing:
        found.add(f"{part.key}: missing, its batch stored {part.rows} rows in it")
        return None
    if not part.is_of(body):
        found.add(f"{part.key}: {len(body)} bytes that are not the {part.bytes} which its batch stored")
        return None
    if part.table in RAW_TABLES:
        return pa.table({})
    stored = pq.read_schema(pa.BufferReader(body)).names
    wanted = [name for name in _COLUMNS[part.table] if name in stored]
    data = pq.read_table(pa.BufferReader(body), columns=wanted, partitioning=None)
    if data.num_rows != part.rows:
        found.add(f"{part.key}: {data.num_rows} rows, its batch counted {part.rows}")
        return None
    return data


def _check_sums(record: CommitRecord, rows: Counter[Table], found: Findings) -> None:
    counts = record.counts
    wanted = {
        Table.ARTICLES: counts.articles,
        Table.DUPLICATES: counts.duplicates,
        Table.REJECTS: counts.rejects,
        Table.SIGNATURES: counts.articles + counts.duplicates,
    }
    name = commit_key(record.run_id, record.seq)
    for table, number in wanted.items():
        if rows[table] != number:
            found.add(f"{name}: counts {number} rows of {table}, its parts hold {rows[table]}")


def _check_runs(
    store: ObjectStore,
    location: Location,
    records: list[CommitRecord],
    found: Findings,
    known: Mapping[str, int],
) -> None:
    """Compare each finished run's own count with its batches; `known`: counts that need not be read."""
    pages: Counter[str] = Counter()
    for record in records:
        pages[record.run_id] += record.counts.pages
    runs = sorted(pages)
    answers = store.get_each(location.key(run_key(run_id)) for run_id in runs if run_id not in known)
    for run_id in counted(runs, "comparing reports of runs"):
        try:
            fetched = known[run_id] if run_id in known else fetched_in(next(answers).result(), run_key(run_id))
        except ObjectMissing:
            continue  # killed before its end; its batches count all the same
        except StateMismatch as error:
            found.add(str(error))
            continue
        if fetched != pages[run_id]:
            found.add(f"{run_key(run_id)}: {fetched} pages fetched, its commit records hold {pages[run_id]}")
