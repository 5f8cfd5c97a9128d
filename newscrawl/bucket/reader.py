"""The archive as it was committed: only what a commit record names exists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from newscrawl.bucket.keys import Location, Table, commit_key, parse_commit_key
from newscrawl.bucket.losses import losses
from newscrawl.bucket.records import CommitRecord, PartRef
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.schema import ARROW
from newscrawl.errors import StateMismatch


def listed_records(store: ObjectStore, location: Location) -> dict[tuple[str, int], int]:
    """Run id and number of every commit record, with its size in bytes, as one listing names them."""
    found = {}
    for key, size in store.list(location.key("runs/")):
        if named := parse_commit_key(location.relative(key)):
            found[named] = size
    return found


def commit_records(
    store: ObjectStore, location: Location, named: Iterable[tuple[str, int]] | None = None
) -> Iterator[CommitRecord]:
    """All commit records, oldest run first and by number within a run.

    `named`: instead of those that a listing names. Without the parts that are recorded as lost: such a record is not
    `whole`, its counts stay what they were. Raises `StateMismatch` at a record that is torn, foreign, of another schema
    version, or not under the key that its run id and number give.
    """
    lost = losses(store, location)
    for record in stored_records(store, location, named):
        yield record.holding(part for part in record.objects if part.key not in lost)


def stored_records(
    store: ObjectStore, location: Location, named: Iterable[tuple[str, int]] | None = None
) -> Iterator[CommitRecord]:
    """As `commit_records`, with the parts that are lost."""
    for wanted in sorted(listed_records(store, location) if named is None else named):
        key = location.key(commit_key(*wanted))
        name = f"s3://{location.bucket}/{key}"
        record = CommitRecord.from_json(store.get(key), name)
        if (record.run_id, record.seq) != wanted:
            raise StateMismatch(f"{name} holds the record of {record.run_id} batch {record.seq}: restore it")
        yield record


def read_parts(
    store: ObjectStore,
    location: Location,
    table: Table,
    columns: Sequence[str] | None = None,
    records: Iterable[CommitRecord] | None = None,
) -> Iterator[tuple[PartRef, pa.Table]]:
    """The committed parts of a table in commit order, one in memory at a time.

    `records` limits it to some batches (default: all). Every part is compared with the size and hash of
    its record; raises `StateMismatch` on a damaged one and `ObjectMissing` where one was deleted.
    """
    for record in commit_records(store, location) if records is None else records:
        for part in record.objects:
            if part.table is table:
                yield part, _read(store, location, part, columns)


def read_table(
    store: ObjectStore,
    location: Location,
    table: Table,
    columns: Sequence[str] | None = None,
    records: Iterable[CommitRecord] | None = None,
) -> pa.Table:
    """A whole committed table in memory; see `read_parts` for one part at a time."""
    parts = [data.replace_schema_metadata(None) for _, data in read_parts(store, location, table, columns, records)]
    if parts:
        return pa.concat_tables(parts)
    empty = ARROW[table].empty_table()
    return empty.select(list(columns)) if columns is not None else empty


@dataclass(slots=True)
class Totals:
    """What the archive holds. `rows` and `bytes` are per table; `stored_bytes` their sum."""

    runs: int = 0
    batches: int = 0
    unchanged: int = 0
    rows: dict[Table, int] = field(default_factory=lambda: dict.fromkeys(Table, 0))
    bytes: dict[Table, int] = field(default_factory=lambda: dict.fromkeys(Table, 0))

    @property
    def stored_bytes(self) -> int:
        """Bytes of all committed parts."""
        return sum(self.bytes.values())


def totals(records: Iterable[CommitRecord]) -> Totals:
    """Sum up commit records, without touching a part."""
    sums, runs = Totals(), set()
    for record in records:
        runs.add(record.run_id)
        sums.batches += 1
        sums.unchanged += record.counts.unchanged
        for part in record.objects:
            sums.rows[part.table] += part.rows
            sums.bytes[part.table] += part.bytes
    sums.runs = len(runs)
    return sums


def read_bytes(store: ObjectStore, location: Location, part: PartRef) -> bytes:
    """A part as its batch stored it. Raises `ObjectMissing` or, where it is something else, `StateMismatch`."""
    key = location.key(part.key)
    body = store.get(key)
    if len(body) != part.bytes or hashlib.sha256(body).hexdigest() != part.sha256:
        raise StateMismatch(f"s3://{location.bucket}/{key} is not what its batch stored: restore the object")
    return body


def _read(store: ObjectStore, location: Location, part: PartRef, columns: Sequence[str] | None) -> pa.Table:
    """The columns of this release that are asked for: what the release that wrote the part had not yet is null, what
    it had beyond is left out."""
    file = pq.ParquetFile(pa.BufferReader(read_bytes(store, location, part)))
    ours = ARROW[part.table]
    wanted = ours if columns is None else pa.schema([ours.field(name) for name in columns])
    found = file.read([name for name in wanted.names if name in file.schema_arrow.names])
    nulls = {f.name: pa.nulls(found.num_rows, f.type) for f in wanted if f.name not in found.column_names}
    arrays = [nulls[f.name] if f.name in nulls else found[f.name].cast(f.type) for f in wanted]
    metadata = file.schema_arrow.metadata
    return pa.table(arrays, schema=pa.schema([f.with_nullable(True) for f in wanted], metadata))
