"""The archive as it was committed: only what a commit record names exists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from newscrawl.bucket.keys import Location, Table, commit_key, parse_part_key
from newscrawl.bucket.losses import losses
from newscrawl.bucket.records import CommitRecord, PartRef
from newscrawl.bucket.rollup import Named, RollUp, committed, decoded, listed_records
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.schema import ARROW
from newscrawl.doing import counted
from newscrawl.errors import StateMismatch

# Parts that are asked for together: of large batches each is some MB.
PARTS_AT_ONCE = 8


def commit_records(
    store: ObjectStore,
    location: Location,
    named: Iterable[Named] | None = None,
    roll_up: RollUp | None = None,
) -> Iterator[CommitRecord]:
    """All commit records, oldest run first and by number within a run.

    `named`: instead of those that a listing names; `roll_up`: where some of them may be taken from. Without the parts
    that are recorded as lost: such a record is not `whole`, its counts stay what they were. Raises `StateMismatch` at a
    record that is torn, foreign, of another schema version, or not under the key that its run id and number give.
    """
    lost = losses(store, location)
    for record in stored_records(store, location, named, roll_up):
        yield record.holding(part for part in record.objects if part.key not in lost)


def stored_records(
    store: ObjectStore,
    location: Location,
    named: Iterable[Named] | None = None,
    roll_up: RollUp | None = None,
) -> Iterator[CommitRecord]:
    """As `commit_records`, with the parts that are lost."""
    wanted = sorted(listed_records(store, location) if named is None else named)
    rolled = roll_up.batches if roll_up else {}
    apart = store.get_many(location.key(commit_key(*name)) for name in wanted if name not in rolled)
    for name in counted(wanted, "reading commit records"):
        yield rolled[name].record if name in rolled else read_record(location, name, next(apart))


def read_record(location: Location, named: Named, body: bytes) -> CommitRecord:
    """A commit record of its bytes. Raises `StateMismatch` where it is not the one that its key names."""
    name = f"s3://{location.bucket}/{location.key(commit_key(*named))}"
    record = CommitRecord.from_json(body, name)
    if (record.run_id, record.seq) != named:
        raise StateMismatch(f"{name} holds the record of {record.run_id} batch {record.seq}: restore it")
    return record


def fetched_in(report: bytes, path: str) -> int:
    """The pages that a run's `run.json` says were fetched. Raises `StateMismatch` where it says nothing of them."""
    try:
        return int(json.loads(report)["funnel"]["fetched"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StateMismatch(f"{path}: no report of a run ({error!r})") from error


def read_parts(
    store: ObjectStore,
    location: Location,
    table: Table,
    columns: Sequence[str] | None = None,
    records: Iterable[CommitRecord] | None = None,
    roll_up: RollUp | None = None,
) -> Iterator[tuple[PartRef, pa.Table]]:
    """The committed parts of a table in commit order, a few in memory at a time.

    `records` limits it to some batches (default: all); `roll_up`: where rows may be taken from. Every part that is read
    is compared with the size and hash of its record; raises `StateMismatch` on a damaged one and `ObjectMissing` where
    one was deleted.
    """
    found = commit_records(store, location) if records is None else records
    parts = [part for record in found for part in record.objects if part.table is table]
    names = None if columns is None else tuple(columns)
    held = {part.key for part in parts if roll_up and roll_up.holds(part)}
    apart = store.get_many((location.key(part.key) for part in parts if part.key not in held), PARTS_AT_ONCE)
    for part in parts:
        data = roll_up.rows(part, names) if roll_up and part.key in held else None
        if data is None:
            # A segment that went in this moment: its parts are still there.
            body = store.get(location.key(part.key)) if part.key in held else next(apart)
            data = decoded(verified(location, part, body), table, names)
        yield part, data


def read_table(
    store: ObjectStore,
    location: Location,
    table: Table,
    columns: Sequence[str] | None = None,
    records: Iterable[CommitRecord] | None = None,
    roll_up: RollUp | None = None,
) -> pa.Table:
    """A whole committed table in memory; see `read_parts` for one part at a time."""
    found = read_parts(store, location, table, columns, records, roll_up)
    parts = [data.replace_schema_metadata(None) for _, data in found]
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


def archive_totals(store: ObjectStore, location: Location) -> Totals:
    """The sums of the whole archive: as `totals` of all commit records, of which few are read where it is rolled up."""
    rolled, named = committed(store, location)
    lost = {parse_part_key(key) for key in losses(store, location)}
    changed = {rolled.batches[name].segment.name for name in lost if name in rolled.batches}
    kept = [segment for segment in rolled.segments if segment.name not in changed]
    names = {segment.name for segment in kept}
    apart = [name for name in named if name not in rolled.batches or rolled.batches[name].segment.name not in names]
    sums = totals(commit_records(store, location, apart, rolled))
    for segment in kept:
        sums.batches += segment.batches
        sums.unchanged += segment.sums.get("unchanged", 0)
        for table in Table:
            sums.rows[table] += segment.sums.get(f"rows/{table}", 0)
            sums.bytes[table] += segment.sums.get(f"bytes/{table}", 0)
    sums.runs = len({run_id for run_id, _ in named})
    return sums


def read_bytes(store: ObjectStore, location: Location, part: PartRef) -> bytes:
    """A part as its batch stored it. Raises `ObjectMissing` or, where it is something else, `StateMismatch`."""
    return verified(location, part, store.get(location.key(part.key)))


def verified(location: Location, part: PartRef, body: bytes) -> bytes:
    """A part's bytes, where they are what its batch stored. Raises `StateMismatch` where not."""
    if not part.is_of(body):
        key = location.key(part.key)
        raise StateMismatch(f"s3://{location.bucket}/{key} is not what its batch stored: restore the object")
    return body
