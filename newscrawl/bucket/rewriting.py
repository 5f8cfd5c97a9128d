"""Rows that must leave a batch: its commit record says so first, then its parts are written anew under their keys.

A kill in between leaves a part that is what the record says it was: the next call writes it then. A reader who compares
hashes fails in that moment; one who does not sees the part before or after.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newscrawl.bucket.batch_writer import parquet
from newscrawl.bucket.keys import Location, Table, commit_key
from newscrawl.bucket.records import CommitRecord, PartRef, Rewritten
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.errors import StateMismatch

# Of a table and rows of it, which must go, a bool each.
Gone = Callable[[Table, pa.Table], pa.Array]


@dataclass(slots=True)
class _Left:
    """What is left of a batch. `bodies`: parts to write; `rows`: how many rows went, by table."""

    objects: list[PartRef] = field(default_factory=list)
    notes: list[Rewritten] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    rows: Counter[Table] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


def rewrite(
    store: ObjectStore,
    location: Location,
    record: CommitRecord,
    lost: Collection[str],
    gone: Gone,
    before: Callable[[CommitRecord], None],
) -> int:
    """Take rows out of a batch; returns how many went. `record` is as stored, `lost` names parts that count no more.

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
    for key, body in left.bodies.items():
        store.put(location.key(key), body, content_type="application/vnd.apache.parquet")
    for note in (*record.rewritten, *left.notes):
        if note.sha256 is None:
            store.delete(location.key(note.key))
    return left.rows.total()


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
    data = pq.read_table(pa.BufferReader(body), partitioning=None)
    goes = gone(part.table, data)
    if not pc.any(goes).as_py():
        left.objects.append(part)
        return
    kept = data.filter(pc.invert(goes))
    left.rows[part.table] += part.rows - kept.num_rows
    if part.table is Table.DUPLICATES and not half_done:
        left.relations.update(data.filter(goes)["relation"].to_pylist())
    if part.table is Table.REJECTS and not half_done:
        left.reasons.update(data.filter(goes)["reason"].to_pylist())
    if not kept.num_rows:
        left.notes.append(Rewritten(key=part.key, was=found, sha256=None))
        return
    left.bodies[part.key] = written = parquet(part.table, kept)
    sha256 = hashlib.sha256(written).hexdigest()
    if sha256 != part.sha256:
        left.notes.append(Rewritten(key=part.key, was=found, sha256=sha256))
    left.objects.append(replace(part, rows=kept.num_rows, bytes=len(written), sha256=sha256))


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
