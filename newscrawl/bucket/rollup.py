"""The roll-up: what many small batches committed, in a few objects, for who would else read thousands.

It lies in segments, each of which has the commit records of some batches, byte for byte, and the rows of their parts,
one behind the other; `rollup/manifest.json` names the segments. Commit records and parts stay the truth, and are not
touched by it: a roll-up may be deleted at any time, and is left aside where it says something else than they do.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from newscrawl.bucket.keys import (
    ROLLUP_KEY,
    RUNS_FOLDER,
    Location,
    Table,
    commit_key,
    parse_commit_key,
    run_started,
    runs_since,
)
from newscrawl.bucket.records import CommitRecord, PartRef
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.bucket.schema import ARROW
from newscrawl.doing import counted
from newscrawl.errors import StateMismatch

logger = logging.getLogger(__name__)

Named = tuple[str, int]

# How far before the newest run that is known a listing begins: a clock that is a day behind is refused, and a run takes
# hours, so what comes late begins within this.
MARGIN = timedelta(days=3)
# What a segment calls its commit records.
RECORDS = "records.jsonl.zst"
# How often the manifest is read again where what it names was replaced in that moment.
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledObject:
    """An object of a segment. `name`: a table's, or `RECORDS`; `key` is relative to the location."""

    name: str
    key: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Some batches. `rows`: of their parts, as far as they are rolled up; `sums`: what `reader.Totals` has of all of
    them: `unchanged`, and `rows/TABLE` and `bytes/TABLE` of parts that were not lost."""

    name: str
    batches: int
    rows: int
    sums: Mapping[str, int]
    objects: tuple[RolledObject, ...]

    def object(self, name: str) -> RolledObject | None:
        """The one of this name, None where the segment has no such rows."""
        return next((o for o in self.objects if o.name == name), None)


@dataclass(frozen=True, slots=True)
class RolledBatch:
    """A commit record as a segment has it: its bytes, and of its parts that are rolled up, by key, the first row of the
    segment's that is theirs. `md5`: of the bytes of these parts, and of its run's `run.json` if there was one, by key;
    `fetched`: the pages that this says; empty and None in segments that an older release wrote."""

    named: Named
    body: bytes
    parts: Mapping[str, int]
    segment: Segment
    md5: Mapping[str, str]
    fetched: int | None = None

    @property
    def record(self) -> CommitRecord:
        """The commit record, read anew each time: most readers need a few of thousands."""
        return CommitRecord.from_json(self.body, f"the record of {self.named} in segment {self.segment.name}")


@dataclass(slots=True)
class RollUp:
    """A roll-up as one reading of its manifest found it; without segments where there is none."""

    store: ObjectStore
    location: Location
    segments: tuple[Segment, ...] = ()
    batches: dict[Named, RolledBatch] = field(default_factory=dict)
    _places: dict[str, tuple[Segment, int]] = field(default_factory=dict)
    _held: dict[tuple[Table, tuple[str, ...] | None], tuple[Segment, pa.Table]] = field(default_factory=dict)

    def add(self, segment: Segment, batches: Iterable[RolledBatch]) -> None:
        """Take a segment in."""
        self.segments = (*self.segments, segment)
        for batch in batches:
            self.batches[batch.named] = batch
            self._places.update((key, (segment, first)) for key, first in batch.parts.items())

    def without(self, segments: Iterable[Segment]) -> RollUp:
        """The same without some segments."""
        gone = {segment.name for segment in segments}
        kept = RollUp(self.store, self.location)
        of: dict[str, list[RolledBatch]] = {}
        for batch in self.batches.values():
            of.setdefault(batch.segment.name, []).append(batch)
        for segment in self.segments:
            if segment.name not in gone:
                kept.add(segment, of.get(segment.name, ()))
        return kept

    @property
    def sizes(self) -> dict[Named, int]:
        """The commit records that are rolled up, with their sizes in bytes."""
        return {named: len(batch.body) for named, batch in self.batches.items()}

    def agrees(self, there: Mapping[Named, int], after: str) -> bool:
        """Whether it says what the commit records say that were listed: `there`, with their sizes, among them all that
        lie behind the contract path `after`."""
        known = self.sizes
        missing = any(commit_key(*named) > after for named in known.keys() - there.keys())
        return not missing and all(known[named] == there[named] for named in known.keys() & there.keys())

    def holds(self, part: PartRef) -> bool:
        """Whether the rows of a part are here."""
        return part.key in self._places

    def rows(self, part: PartRef, columns: tuple[str, ...] | None = None) -> pa.Table | None:
        """The rows of a part, None where they are not here. A segment of each table is in memory at a time."""
        if part.key not in self._places:
            return None
        segment, first = self._places[part.key]
        found = self._held.get((part.table, columns))
        if found is None or found[0] is not segment:
            wanted = segment.object(part.table)
            assert wanted is not None, "the manifest was read with its segments"
            try:
                body = read_rolled(self.store, self.location, wanted)
            except (ObjectMissing, StateMismatch) as e:
                logger.info("%s: reading the parts themselves", e)
                self._leave(segment)
                return None
            self._held[part.table, columns] = found = segment, decoded(body, part.table, columns)
        return found[1].slice(first, part.rows)

    def _leave(self, segment: Segment) -> None:
        self._places = {key: place for key, place in self._places.items() if place[0] is not segment}

    def untouched(self, tags: Mapping[str, str]) -> frozenset[str]:
        """Contract paths of commit records, rolled-up parts and reports of runs that are, by their ETag in `tags`, what
        was read when they were rolled up; none where a store's ETag is no MD5."""
        known: dict[str, str] = {}
        for batch in self.batches.values():
            known[commit_key(*batch.named)] = md5_of(batch.body)
            known.update(batch.md5)
        return frozenset(path for path, md5 in known.items() if tags.get(path) == md5)

    def whole(self, lost: Iterable[str]) -> Iterator[tuple[Segment, frozenset[str]]]:
        """The segments whose rows all count, each with the parts that it holds; `lost` are parts that count no more."""
        gone = set(lost)
        held: dict[str, set[str]] = {segment.name: set() for segment in self.segments}
        for key, (segment, _) in self._places.items():
            held[segment.name].add(key)
        for segment in self.segments:
            if not held[segment.name] & gone:
                yield segment, frozenset(held[segment.name])


def load(store: ObjectStore, location: Location) -> RollUp:
    """The roll-up as it lies there; an empty one where there is none, or none that can be read."""
    for _ in range(_TRIES):
        try:
            body = store.get(location.key(ROLLUP_KEY))
        except ObjectMissing:
            break
        try:
            found = RollUp(store, location)
            segments = _segments(body)
            wanted = [_required(segment) for segment in segments]
            bodies = store.get_many(location.key(o.key) for o in wanted)
            told = counted(segments, "reading the roll-up, segment")
            for segment, records, lines in zip(told, wanted, bodies, strict=True):
                _compare(location, records, lines)
                found.add(segment, unpacked(lines, segment))
            return found
        except (ObjectMissing, StateMismatch) as e:
            # Replaced between manifest and segment by who rolled up more.
            logger.info("the roll-up of %s is left aside: %s", location, e)
    return RollUp(store, location)


def rolled_up(store: ObjectStore, location: Location) -> int:
    """How many batches the manifest says are rolled up; 0 where there is none that can be read."""
    try:
        return sum(segment.batches for segment in _segments(store.get(location.key(ROLLUP_KEY))))
    except (ObjectMissing, StateMismatch):
        return 0


def committed(store: ObjectStore, location: Location) -> tuple[RollUp, dict[Named, int]]:
    """The roll-up, and every commit record with its size in bytes: those rolled up, and what has come since.

    Listed are the runs that began up to `MARGIN` before the newest that is rolled up; where what is rolled up of them
    is not what the listing names, the roll-up is another bucket's or out of date, and counts for nothing.
    """
    found = load(store, location)
    after = listing_start(found.batches, datetime.now(UTC))
    there = listed_records(store, location, after)
    if not found.agrees(there, after):
        logger.warning("the roll-up of %s says something else than its commit records: left aside", location)
        return RollUp(store, location), listed_records(store, location)
    return found, found.sizes | there


def listing_start(known: Iterable[Named], now: datetime) -> str:
    """Contract path behind which a listing finds what is not known yet, `""` where all must be listed.

    Runs of a clock that was ahead do not count: what begins now lies before them.
    """
    for run_id in sorted({run_id for run_id, _ in known}, reverse=True):
        if (began := run_started(run_id)) and began <= now:
            return runs_since(began - MARGIN)
    return ""


def listed_records(store: ObjectStore, location: Location, after: str = "") -> dict[Named, int]:
    """Run id and number of every commit record, with its size in bytes, as one listing names them.

    `after`: a contract path; only those behind it.
    """
    found = {}
    listed = store.list(location.key(RUNS_FOLDER), location.key(after) if after else "")
    for key, size in counted(listed, "listing commit records"):
        if named := parse_commit_key(location.relative(key)):
            found[named] = size
    return found


def read_rolled(store: ObjectStore, location: Location, wanted: RolledObject) -> bytes:
    """An object of a segment. Raises `ObjectMissing` or, where it is something else, `StateMismatch`."""
    body = store.get(location.key(wanted.key))
    _compare(location, wanted, body)
    return body


def decoded(body: bytes, table: Table, columns: Iterable[str] | None) -> pa.Table:
    """Rows of a Parquet object, in the columns of this release that are asked for: what the release that wrote it had
    not yet is null, what it had beyond is left out."""
    file = pq.ParquetFile(pa.BufferReader(body))
    ours = ARROW[table]
    wanted = ours if columns is None else pa.schema([ours.field(name) for name in columns])
    found = file.read([name for name in wanted.names if name in file.schema_arrow.names])
    nulls = {f.name: pa.nulls(found.num_rows, f.type) for f in wanted if f.name not in found.column_names}
    arrays = [nulls[f.name] if f.name in nulls else found[f.name].cast(f.type) for f in wanted]
    metadata = file.schema_arrow.metadata
    return pa.table(arrays, schema=pa.schema([f.with_nullable(True) for f in wanted], metadata))


def md5_of(body: bytes) -> str:
    """The MD5 of an object's bytes, as an ETag has it."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def packed(lines: Iterable[tuple[Named, bytes, Mapping[str, int], Mapping[str, str], int | None]]) -> bytes:
    """Batches as `unpacked` reads them, what `RolledBatch` has of each: JSON lines."""
    documents = (
        {"run_id": run_id, "seq": seq, "parts": parts, "md5": md5, "fetched": fetched, "record": body.decode()}
        for (run_id, seq), body, parts, md5, fetched in lines
    )
    text = "\n".join(json.dumps(document, sort_keys=True) for document in documents)
    return zstandard.ZstdCompressor(level=9).compress(text.encode())


def unpacked(body: bytes, segment: Segment) -> list[RolledBatch]:
    """The batches of a segment. Raises `StateMismatch` where it holds something else."""
    try:
        lines = [json.loads(line) for line in zstandard.ZstdDecompressor().decompress(body).decode().split("\n")]
        return [
            RolledBatch(
                named=(line["run_id"], line["seq"]),
                body=line["record"].encode(),
                parts=line["parts"],
                segment=segment,
                md5=line.get("md5", {}),
                fetched=line.get("fetched"),
            )
            for line in lines
        ]
    except (ValueError, KeyError, TypeError, zstandard.ZstdError) as e:
        raise StateMismatch(f"segment {segment.name} of the roll-up cannot be read ({e!r})") from e


def _segments(manifest: bytes) -> list[Segment]:
    try:
        found = json.loads(manifest)["segments"]
        return [
            Segment(
                name=segment["name"],
                batches=segment["batches"],
                rows=segment["rows"],
                sums=segment["sums"],
                objects=tuple(
                    RolledObject(**{name: o[name] for name in RolledObject.__dataclass_fields__})
                    for o in segment["objects"]
                ),
            )
            for segment in found
        ]
    except (ValueError, KeyError, TypeError) as e:
        raise StateMismatch(f"{ROLLUP_KEY} cannot be read ({e!r})") from e


def _required(segment: Segment) -> RolledObject:
    if (found := segment.object(RECORDS)) is None:
        raise StateMismatch(f"segment {segment.name} of the roll-up has no commit records")
    return found


def _compare(location: Location, wanted: RolledObject, body: bytes) -> None:
    if len(body) != wanted.bytes or hashlib.sha256(body).hexdigest() != wanted.sha256:
        raise StateMismatch(f"s3://{location.bucket}/{location.key(wanted.key)} is not what was rolled up")


def manifest_of(segments: Iterable[Segment]) -> Mapping[str, object]:
    """The manifest's document."""
    return {
        "schema_version": 1,
        "segments": [
            {
                "name": segment.name,
                "batches": segment.batches,
                "rows": segment.rows,
                "sums": dict(segment.sums),
                "objects": [{f: getattr(o, f) for f in RolledObject.__dataclass_fields__} for o in segment.objects],
            }
            for segment in segments
        ],
    }
