"""Rows that must leave a batch: its commit record says so first, then its parts are written anew under their keys.

A kill in between leaves a part that is what the record says it was: the next call writes it then. A reader who compares
hashes fails in that moment; one who does not sees the part before or after.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newscrawl.bucket.batch_writer import MEDIA_TYPES, parquet
from newscrawl.bucket.keys import RAW_TABLES, Location, Table, commit_key, parse_part_key, part_key
from newscrawl.bucket.records import CommitRecord, PartRef, Rewritten
from newscrawl.bucket.row_names import row_names
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.bucket.warc import cdxj, only
from newscrawl.errors import StateMismatch
from newscrawl.items import RawEntry

# Of a table and rows of it, which must go, a bool each.
Gone = Callable[[Table, pa.Table], pa.Array]


@dataclass(slots=True)
class _Left:
    """What is left of a batch. `bodies`: parts to write; `rows`: how many rows went, by table.

    `answers`: what is left of each part of the raw archive, by key, from which its index is made.
    """

    objects: list[PartRef] = field(default_factory=list)
    notes: list[Rewritten] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    rows: Counter[Table] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    answers: dict[str, list[RawEntry]] = field(default_factory=dict)


def rewrite(
    store: ObjectStore,
    location: Location,
    record: CommitRecord,
    lost: Collection[str],
    gone: Gone,
    before: Callable[[CommitRecord], None],
) -> int:
    """Take rows out of a batch; returns how many went, those of the raw archive not counted.

    `record` is as stored, `lost` names parts that count no more.

    `before`: called with it before anything changes; what is derived from the batch goes then.

    Raises `StateMismatch` at a damaged part: it may hold what must go.
    """
    left = _Left()
    for part in record.objects:
        if part.key in lost:
            left.objects.append(part)
        else:
            _leave(store, location, record, part, gone, left)
    if left.notes:
        before(record)
        body = _without(record, left).to_json()
        store.put(location.key(commit_key(record.run_id, record.seq)), body, content_type="application/json")
    tables = {part.key: part.table for part in left.objects}
    for key, body in left.bodies.items():
        store.put(location.key(key), body, content_type=MEDIA_TYPES[tables[key]])
    for note in (*record.rewritten, *left.notes):
        if note.sha256 is None:
            store.delete(location.key(note.key))
    return sum(rows for table, rows in left.rows.items() if table not in RAW_TABLES)


def _leave(
    store: ObjectStore, location: Location, record: CommitRecord, part: PartRef, gone: Gone, left: _Left
) -> None:
    name = f"s3://{location.bucket}/{location.key(part.key)}"
    mend = "restore it or run `bucket rebuild`, then forget again"
    try:
        body = store.get(location.key(part.key))
    except ObjectMissing as e:
        raise StateMismatch(f"{name} is missing: {mend}") from e
    found = hashlib.sha256(body).hexdigest()
    # The record was written, and then the process died.
    half_done = any(note.key == part.key and note.was == found for note in record.rewritten)
    if found != part.sha256 and not half_done:
        raise StateMismatch(f"{name} is not what its batch stored: {mend}")
    leave = {Table.RAW: _answers, Table.CDXJ: _index}.get(part.table, _rows)
    written, rows = leave(part, body, gone, left, half_done)
    if written == body:
        left.objects.append(part)
        return
    left.rows[part.table] += part.rows - rows
    if not rows:
        left.notes.append(Rewritten(key=part.key, was=found, sha256=None))
        return
    left.bodies[part.key] = written
    sha256 = hashlib.sha256(written).hexdigest()
    if sha256 != part.sha256:
        left.notes.append(Rewritten(key=part.key, was=found, sha256=sha256))
    left.objects.append(replace(part, rows=rows, bytes=len(written), sha256=sha256))


def _rows(part: PartRef, body: bytes, gone: Gone, left: _Left, half_done: bool) -> tuple[bytes, int]:
    """What a Parquet part becomes, and how many rows it has then."""
    data = pq.read_table(pa.BufferReader(body), partitioning=None)
    goes = gone(part.table, data)
    if not pc.any(goes).as_py():
        return body, part.rows
    kept = data.filter(pc.invert(goes))
    if part.table is Table.DUPLICATES and not half_done:
        left.relations.update(data.filter(goes)["relation"].to_pylist())
    if part.table is Table.REJECTS and not half_done:
        left.reasons.update(data.filter(goes)["reason"].to_pylist())
    return (parquet(part.table, kept) if kept.num_rows else b""), kept.num_rows


def _answers(part: PartRef, body: bytes, gone: Gone, left: _Left, half_done: bool) -> tuple[bytes, int]:
    goes = gone(part.table, row_names(part.table, body))
    written, left.answers[part.key] = only(body, pc.invert(goes).to_pylist())
    return written, len(left.answers[part.key])


def _index(part: PartRef, body: bytes, gone: Gone, left: _Left, half_done: bool) -> tuple[bytes, int]:
    name = part_key(Table.RAW, date.fromisoformat(part.dt), *parse_part_key(part.key))
    if name in left.answers:
        return cdxj(name, left.answers[name]), len(left.answers[name])
    # What it is an index of is lost: its lines name pages all the same.
    goes = gone(part.table, row_names(part.table, body)).to_pylist()
    lines = [line for line, go in zip(body.splitlines(keepends=True), goes, strict=True) if not go]
    return b"".join(lines), len(lines)


def _without(record: CommitRecord, left: _Left) -> CommitRecord:
    counts, rows = record.counts, left.rows
    taken = {"articles": Table.ARTICLES, "duplicates": Table.DUPLICATES, "rejects": Table.REJECTS}
    fewer = {name: getattr(counts, name) - rows[table] for name, table in taken.items()}
    forgotten = counts.forgotten + sum(rows[table] for table in taken.values())
    return replace(
        record,
        counts=replace(counts, **fewer, forgotten=forgotten),
        objects=tuple(left.objects),
        relations=dict(Counter(record.relations) - left.relations),
        reasons=dict(Counter(record.reasons) - left.reasons),
        rewritten=(*record.rewritten, *left.notes),
    )
