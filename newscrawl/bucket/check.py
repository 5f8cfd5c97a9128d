"""Whether a bucket keeps its contract: every promise of `docs/bucket-contract.md` that a machine can verify."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.parquet as pq

from newscrawl.bucket.keys import Location, Table, commit_key, parse_commit_key, run_key
from newscrawl.bucket.losses import losses
from newscrawl.bucket.records import CommitRecord, PartRef
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.errors import StateMismatch


@dataclass(slots=True)
class Findings:
    """What is wrong, one line each. `damaged`: committed rows cannot be read; orphans alone damage nothing.

    `notes`: losses that are recorded. They are no findings: nothing in the bucket contradicts them.
    """

    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)  # contract paths
    damaged: bool = False
    batches: int = 0

    def add(self, line: str, *, damage: bool = True) -> None:
        """Note a finding."""
        self.lines.append(line)
        self.damaged = self.damaged or damage


def _counters() -> dict[Table, Counter[str]]:
    return {table: Counter() for table in Table}


@dataclass(slots=True)
class _Ids:
    """Ids by table, those of batches apart that have lost a part; anchors that duplicates name."""

    whole: dict[Table, Counter[str]] = field(default_factory=_counters)
    partial: dict[Table, Counter[str]] = field(default_factory=_counters)
    anchors: Counter[str] = field(default_factory=Counter)
    lost_articles: int = 0


def check(store: ObjectStore, location: Location) -> Findings:
    """Read every object of the archive and compare it with its commit record. No run may write meanwhile."""
    found = Findings()
    records = list(_records(store, location, found))
    found.batches = len(records)
    lost = losses(store, location)
    known = _Ids()
    for record in records:
        rows: Counter[Table] = Counter()
        whole = not any(part.key in lost for part in record.objects)
        ids = known.whole if whole else known.partial
        for part in record.objects:
            rows[part.table] += part.rows
            if loss := lost.get(part.key):
                found.notes.append(f"{part.key}: {loss.rows} rows are lost ({loss.why}, recorded {loss.found_at})")
                known.lost_articles += part.rows if part.table is Table.ARTICLES else 0
                continue
            data = _part(store, location, part, found)
            if data is None:
                continue
            if part.table is not Table.REJECTS:
                ids[part.table].update(data.column("id").to_pylist())
            if part.table is Table.DUPLICATES:
                known.anchors.update(data.column("duplicate_of").to_pylist())
        _check_sums(record, rows, found)
    if not found.damaged:
        _check_ids(known, found)
    _check_runs(store, location, records, found)
    counted = [
        replace(record, objects=tuple(part for part in record.objects if part.key not in lost)) for record in records
    ]
    found.orphans = sorted(orphans(store, location, counted))
    for path in found.orphans:
        found.add(f"{path}: no commit record names this part", damage=False)
    return found


def orphans(store: ObjectStore, location: Location, records: list[CommitRecord]) -> Iterator[str]:
    """Contract paths of the parts that no commit record names."""
    named = {part.key for record in records for part in record.objects}
    for table in Table:
        for key, _ in store.list(location.key(f"{table.value}/")):
            path = location.relative(key)
            if path.endswith(".parquet") and path not in named:
                yield path


def _records(store: ObjectStore, location: Location, found: Findings) -> Iterator[CommitRecord]:
    for key, _ in store.list(location.key("runs/")):
        path = location.relative(key)
        if not (named := parse_commit_key(path)):
            continue
        try:
            record = CommitRecord.from_json(store.get(key), path)
        except (StateMismatch, ObjectMissing) as error:
            found.add(str(error))
            continue
        if (record.run_id, record.seq) == named:
            yield record
        else:
            found.add(f"{path}: holds the record of {record.run_id} batch {record.seq}")


def _part(store: ObjectStore, location: Location, part: PartRef, found: Findings) -> pa.Table | None:
    """A part's ids and links, or None when it is not what its record says."""
    try:
        body = store.get(location.key(part.key))
    except ObjectMissing:
        found.add(f"{part.key}: missing, its batch stored {part.rows} rows in it")
        return None
    if len(body) != part.bytes or hashlib.sha256(body).hexdigest() != part.sha256:
        found.add(f"{part.key}: {len(body)} bytes that are not the {part.bytes} which its batch stored")
        return None
    wanted = [name for name in ("id", "duplicate_of") if name in pq.read_schema(pa.BufferReader(body)).names]
    data = pq.read_table(pa.BufferReader(body), columns=wanted or ["url"], partitioning=None)
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


def _check_ids(known: _Ids, found: Findings) -> None:
    ids = known.whole
    stories = ids[Table.ARTICLES] + ids[Table.DUPLICATES]
    for name, number in (stories + known.partial[Table.ARTICLES] + known.partial[Table.DUPLICATES]).items():
        if number > 1:
            found.add(f"id {name}: {number} rows of articles and duplicates have it")
    for name in sorted((stories - ids[Table.SIGNATURES]) + (ids[Table.SIGNATURES] - stories)):
        found.add(
            f"id {name}: articles and duplicates have {stories[name]} rows, signatures {ids[Table.SIGNATURES][name]}"
        )
    missing = known.anchors.keys() - ids[Table.ARTICLES].keys() - known.partial[Table.ARTICLES].keys()
    # Which ids the lost parts had is not known where the signatures are lost as well; how many is.
    if len(missing) <= known.lost_articles:
        found.notes.extend(
            f"id {name}: {known.anchors[name]} duplicates fell to it, and it is lost" for name in missing
        )
        return
    for name in sorted(missing):
        found.add(f"id {name}: {known.anchors[name]} duplicates fell to it, and it is no article")


def _check_runs(store: ObjectStore, location: Location, records: list[CommitRecord], found: Findings) -> None:
    """Compare each finished run's own count with its batches."""
    for run_id in sorted({record.run_id for record in records}):
        try:
            report = json.loads(store.get(location.key(run_key(run_id))))
            fetched = report["funnel"]["fetched"]
        except ObjectMissing:
            continue  # killed before its end; its batches count all the same
        except (ValueError, KeyError, TypeError) as error:
            found.add(f"{run_key(run_id)}: no report of a run ({error!r})")
            continue
        pages = sum(record.counts.pages for record in records if record.run_id == run_id)
        if fetched != pages:
            found.add(f"{run_key(run_id)}: {fetched} pages fetched, its commit records hold {pages}")
