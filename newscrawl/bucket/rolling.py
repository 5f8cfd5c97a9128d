"""Writing the roll-up: batches that were committed since are put into segments, see `rollup.py`.

Under the lock object that takedowns and rebuilds hold, so none of them changes a batch meanwhile. The objects of a
segment first, under names that their content gives, then the manifest: killed in between, the next call writes the
same again. A batch that must change (`forget`) or has lost a part leaves the roll-up before it does.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq

from newscrawl.bucket.batch_writer import parquet
from newscrawl.bucket.keys import (
    RAW_TABLES,
    ROLLUP_FOLDER,
    ROLLUP_KEY,
    Location,
    Table,
    commit_key,
    rolled_key,
    run_key,
)
from newscrawl.bucket.losses import losses
from newscrawl.bucket.mending import mending
from newscrawl.bucket.reader import fetched_in, read_record, verified
from newscrawl.bucket.records import CommitRecord, PartRef
from newscrawl.bucket.rollup import (
    RECORDS,
    Named,
    RolledObject,
    RollUp,
    Segment,
    committed,
    decoded,
    listed_records,
    load,
    manifest_of,
    md5_of,
    packed,
)
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.bucket.schema import ARROW
from newscrawl.doing import counted
from newscrawl.errors import StateMismatch

# Where a segment ends: so many rows, with their texts, are 100 MB of memory while it is written.
SEGMENT_ROWS, _SEGMENT_BATCHES = 10_000, 2_000
# Batches with parts of so many bytes together are read from their parts: one GET more is nothing beside them.
_SMALL_BYTES = 2**20
# Batches whose parts are in memory together, 1 MB each at the most.
_AT_A_TIME = 50
# Of a hash: no two segments of a bucket have the same.
_NAME_CHARS = 16
# How long an object stays that the manifest names no more: who has read the manifest before may still ask for it.
_KEPT = timedelta(days=1)
# Batches that are committed and not rolled up before a run rolls them up at its end: two days of hourly runs. Reading
# them one by one takes a command a second.
ROLL_UP_AT = 50
# Batches that a run puts into the roll-up at its end, so that it ends; `bucket compact` takes all.
ROLL_UP_MOST = 1_000


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a segment takes in: a commit record without lost parts, its bytes, the rows of parts that are small, and
    what `RolledBatch` calls `md5` and `fetched`."""

    record: CommitRecord
    body: bytes
    rows: list[tuple[PartRef, pa.Table]]
    md5: dict[str, str]
    fetched: int | None


@dataclass(slots=True)
class _Pile:
    """A segment that is being made. `tables`: rows of the parts, in order; `ends`: how many that are."""

    lines: list[tuple[Named, bytes, dict[str, int], dict[str, str], int | None]] = field(default_factory=list)
    tables: dict[Table, list[pa.Table]] = field(default_factory=dict)
    ends: Counter[Table] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)

    def add(self, batch: _Batch) -> None:
        places = {}
        for part, data in batch.rows:
            places[part.key] = self.ends[part.table]
            self.ends[part.table] += part.rows
            self.tables.setdefault(part.table, []).append(data)
        named = batch.record.run_id, batch.record.seq
        self.lines.append((named, batch.body, places, batch.md5, batch.fetched))
        self.sums["unchanged"] += batch.record.counts.unchanged
        for part in batch.record.objects:
            self.sums[f"rows/{part.table}"] += part.rows
            self.sums[f"bytes/{part.table}"] += part.bytes

    @property
    def rows(self) -> int:
        return self.ends.total()


def roll_up(
    store: ObjectStore, location: Location, *, most: int | None = None, segment_rows: int = SEGMENT_ROWS
) -> int:
    """Put what was committed since into the roll-up; returns how many batches.

    `most`: no more batches than these, and only those that began since the last one (`rollup.committed`); without it
    all, as a whole listing names them. `segment_rows`: where a segment ends. Raises `StateLocked` while somebody else
    mends, and `StateMismatch` at a batch that is damaged.
    """
    now = datetime.now(UTC)
    with mending(store, location, now):
        found = load(store, location)
        there = listed_records(store, location) if most is None else committed(store, location)[1]
        lost = losses(store, location)
        kept = _current(found, there, lost, renew=most is None)
        new = sorted(there.keys() - kept.batches.keys())[:most]
        segments = list(kept.segments)
        if new or len(segments) < len(found.segments):
            # The last one takes more, if it is not full.
            again: list[Named] = []
            if segments and not _full(segments[-1].rows, segments[-1].batches, segment_rows):
                again = [named for named, batch in kept.batches.items() if batch.segment is segments[-1]]
                segments.pop()
            for pile in _piles(store, location, kept, [*again, *new], lost, segment_rows):
                segments.append(_written(store, location, pile))
                _put_manifest(store, location, segments)
            if not new:
                _put_manifest(store, location, segments)
        _sweep(store, location, segments, before=now - _KEPT)
    return len(new)


class Rolled:
    """The roll-up of a bucket in which batches are about to change. Who uses it holds the lock object."""

    def __init__(self, store: ObjectStore, location: Location) -> None:
        self._store, self._location = store, location
        self._found = load(store, location)

    def drop(self, record: CommitRecord) -> None:
        """Take the segment that has a batch out of the roll-up, and its objects out of the bucket."""
        batch = self._found.batches.get((record.run_id, record.seq))
        if batch is None:
            return
        self._found = self._found.without([batch.segment])
        _put_manifest(self._store, self._location, self._found.segments)
        for wanted in batch.segment.objects:
            self._store.delete(self._location.key(wanted.key))

    def sweep(self) -> None:
        """Delete below the roll-up's folder what its manifest does not name, whatever it is."""
        if not self._found.segments:
            self._store.delete(self._location.key(ROLLUP_KEY))
        _sweep(self._store, self._location, self._found.segments, before=None)


def _full(rows: int, batches: int, segment_rows: int) -> bool:
    return rows >= segment_rows or batches >= _SEGMENT_BATCHES


def _current(found: RollUp, there: Mapping[Named, int], lost: Collection[str], *, renew: bool) -> RollUp:
    """The roll-up without segments that say something else than the commit records, or hold what is lost; with `renew`
    without those, too, of an older release that noted no MD5."""
    whole = {segment.name for segment, _ in found.whole(lost)}
    wrong = {
        batch.segment.name
        for named, batch in found.batches.items()
        if there.get(named) != len(batch.body) or (renew and batch.parts.keys() - batch.md5.keys())
    }
    return found.without(s for s in found.segments if s.name in wrong or s.name not in whole)


def _piles(
    store: ObjectStore,
    location: Location,
    found: RollUp,
    named: list[Named],
    lost: Collection[str],
    segment_rows: int,
) -> Iterator[_Pile]:
    """The batches, in their order, as segments will have them."""
    bodies = store.get_many(location.key(commit_key(*name)) for name in named if name not in found.batches)
    pile, left = _Pile(), counted(named, "rolling up batches")
    while some := list(islice(left, _AT_A_TIME)):
        records = [(found.batches[name].body if name in found.batches else next(bodies)) for name in some]
        for batch in _read(store, location, found, some, records, lost):
            pile.add(batch)
            if _full(pile.rows, len(pile.lines), segment_rows):
                yield pile
                pile = _Pile()
    if pile.lines:
        yield pile


def _read(
    store: ObjectStore,
    location: Location,
    found: RollUp,
    named: list[Named],
    bodies: list[bytes],
    lost: Collection[str],
) -> Iterator[_Batch]:
    records = []
    wanted: list[tuple[PartRef, ...]] = []
    for name, body in zip(named, bodies, strict=True):
        stored = read_record(location, name, body)
        records.append(record := stored.holding(part for part in stored.objects if part.key not in lost))
        tables = tuple(part for part in record.objects if part.table not in RAW_TABLES)
        wanted.append(tables if sum(part.bytes for part in tables) <= _SMALL_BYTES else ())
    apart = store.get_many(location.key(part.key) for parts in wanted for part in parts if not found.holds(part))
    reports = _reports(store, location, found, named)
    for name, record, body, parts in zip(named, records, bodies, wanted, strict=True):
        rows = []
        of_run, fetched = reports[record.run_id]
        md5 = dict(of_run)
        for part in parts:
            data = found.rows(part) if found.holds(part) else None
            if data is None:
                part_body = verified(location, part, next(apart))
                md5[part.key] = md5_of(part_body)
                data = _known(part.table, part_body)
            elif part.key in found.batches[name].md5:
                md5[part.key] = found.batches[name].md5[part.key]
            rows.append((part, data))
        # All or none, so that a reader need not look which parts of a batch are here.
        whole = [(part, data) for part, data in rows if data is not None]
        yield _Batch(record, body, whole if len(whole) == len(rows) else [], md5, fetched)


def _reports(
    store: ObjectStore, location: Location, found: RollUp, named: list[Named]
) -> dict[str, tuple[dict[str, str], int | None]]:
    """By run the MD5 of its `run.json`, by its key, and the pages that it says; nothing of one that is not there, or is
    torn: `bucket check` reads it then."""
    told: dict[str, tuple[dict[str, str], int | None]] = {}
    for name in named:
        key, batch = run_key(name[0]), found.batches.get(name)
        if batch and key in batch.md5:
            told[name[0]] = {key: batch.md5[key]}, batch.fetched
    asked = list(dict.fromkeys(run_id for run_id, _ in named if run_id not in told))
    answers = store.get_each(location.key(run_key(run_id)) for run_id in asked)
    for run_id, answer in zip(asked, answers, strict=True):
        key = run_key(run_id)
        try:
            body = answer.result()
            told[run_id] = {key: md5_of(body)}, fetched_in(body, key)
        except (ObjectMissing, StateMismatch):
            told[run_id] = {}, None
    return told


def _known(table: Table, body: bytes) -> pa.Table | None:
    """The rows of a part; None where a later release wrote columns that this one would leave out."""
    if set(pq.read_schema(pa.BufferReader(body)).names) - set(ARROW[table].names):
        return None
    return decoded(body, table, None)


def _written(store: ObjectStore, location: Location, pile: _Pile) -> Segment:
    lines = packed(pile.lines)
    name = hashlib.sha256(lines).hexdigest()[:_NAME_CHARS]
    objects = [_put(store, location, name, RECORDS, lines, len(pile.lines))]
    for table, data in sorted(pile.tables.items()):
        rows = pa.concat_tables(part.replace_schema_metadata(None) for part in data).combine_chunks()
        objects.append(_put(store, location, name, table.value, parquet(table, rows), rows.num_rows))
    sums = dict(sorted(pile.sums.items()))
    return Segment(name=name, batches=len(pile.lines), rows=pile.rows, sums=sums, objects=tuple(objects))


def _put(store: ObjectStore, location: Location, segment: str, name: str, body: bytes, rows: int) -> RolledObject:
    key = rolled_key(segment, name if name == RECORDS else f"{name}.parquet")
    put = store.put(location.key(key), body)
    return RolledObject(name=name, key=key, rows=rows, bytes=put.bytes, sha256=put.sha256)


def _put_manifest(store: ObjectStore, location: Location, segments: Sequence[Segment]) -> None:
    body = json.dumps(manifest_of(segments), sort_keys=True, indent=1).encode()
    store.put(location.key(ROLLUP_KEY), body, content_type="application/json")


def _sweep(store: ObjectStore, location: Location, segments: Sequence[Segment], before: datetime | None) -> None:
    named = {ROLLUP_KEY, *(o.key for segment in segments for o in segment.objects)}
    for key, _, stored_at in list(store.list_dated(location.key(ROLLUP_FOLDER))):
        if location.relative(key) not in named and (before is None or stored_at < before):
            store.delete(key)
