"""Batches into the bucket: Parquet parts first, the commit record last."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from newscrawl.bucket.keys import Location, Table, commit_key, page_key, part_key, run_key, schema_key, utc_day
from newscrawl.bucket.records import CommitRecord, Counts, LeaseRef, PartRef
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import AlreadyExists, ObjectMissing
from newscrawl.bucket.schema import COLUMNS, Row, move_row, moves_of, row_of, schema_document, tables_of, to_arrow
from newscrawl.bucket.warc import cdxj, warc_file
from newscrawl.errors import StateMismatch
from newscrawl.items import Article, Duplicate, Move, Outcome, RawPage, Reject, Unchanged

# zstd's own default: a higher level costs CPU that a crawl needs for extraction.
_ZSTD_LEVEL = 3
# Between so many rows, 4 ms of Python, the thread that writes lets others have the interpreter: without that the event
# loop, which loses it at each of its system calls, came up to 130 ms late. A batch of 5,000 takes half a second longer.
_ROWS_A_TURN, _TURN_SECONDS = 100, 0.005
MEDIA_TYPES = dict.fromkeys(Table, "application/vnd.apache.parquet") | {
    Table.RAW: "application/warc",
    Table.CDXJ: "text/x-cdxj",
}
# Text columns with few values; a dictionary of headlines or bodies only costs memory.
_DICTIONARY_COLUMNS = frozenset(
    {"site", "language", "section", "run_id", "reason", "detail", "relation", "authors", "tags"}
)


@dataclass(frozen=True, slots=True)
class Batch:
    """The outcomes that are committed together, and their number within the run.

    `reextracted`: the parts of the raw archive that they were made of; none where their pages were fetched. `moves`:
    those that no outcome of the batch brings with it.
    """

    seq: int
    outcomes: tuple[Outcome, ...]
    reextracted: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()

    @property
    def all_moves(self) -> Iterator[Move]:
        """What the batch changes in the stories of others, in order."""
        for outcome in self.outcomes:
            if not isinstance(outcome, Unchanged):
                yield from moves_of(outcome)
        yield from self.moves

    @property
    def days(self) -> set[date]:
        """The days that it has parts of."""
        fetched = {utc_day(_fetched_at(outcome)) for outcome in self.outcomes}
        return fetched | {utc_day(move.moved_at) for move in self.all_moves}


class BatchWriter:
    """Writes the batches of one run.

    `header` says what makes the signatures (normaliser version, shingling, permutations, seed, scheme,
    library version: invariant 7), `extraction_version` which extraction read the pages, `software` is named in WARC
    files, `lease` is what the run holds of a shard. A batch is in the archive when `write` has returned, never in part:
    parts that no commit record names do not
    count.
    """

    def __init__(
        self,
        store: ObjectStore,
        location: Location,
        run_id: str,
        header: Mapping[str, Any],
        *,
        extraction_version: int | None = None,
        software: str = "newscrawl",
        lease: LeaseRef | None = None,
    ) -> None:
        self._store = store
        self._location = location
        self._run_id = run_id
        self._header = dict(header)
        self._extraction_version, self._software, self.lease = extraction_version, software, lease
        self._next_seq = 1

    def batch(self, outcomes: Iterable[Outcome], reextracted: Iterable[str] = (), moves: Iterable[Move] = ()) -> Batch:
        """Number a batch. Keep it until `write` has returned: it is what a retry writes again."""
        batch = Batch(self._next_seq, tuple(outcomes), tuple(reextracted), tuple(moves))
        self._next_seq += 1
        return batch

    def write(self, batch: Batch) -> CommitRecord:
        """Store a batch; when it returns, every object was acknowledged.

        Raises `Outage` where trying again helps. Writing the same batch again stores nothing twice: keys
        and bytes are the same. Raises `InvalidRow` before anything is sent, `AlreadyExists` if another
        process wrote this batch's commit record.
        """
        places: dict[tuple[Table, date], list[Article | Duplicate | Reject]] = defaultdict(list)
        for outcome in batch.outcomes:
            if not isinstance(outcome, Unchanged):
                for table in tables_of(outcome):
                    places[table, utc_day(_fetched_at(outcome))].append(outcome)
        bodies = {place: (len(places[place]), self._body(place[0], places[place])) for place in sorted(places)}
        for day, moves in sorted(_moves(batch).items()):
            rows = (move_row(move, self._run_id) for move in moves)
            bodies[Table.MOVES, day] = len(moves), parquet(Table.MOVES, to_arrow(Table.MOVES, rows, self._header))
        for day, pages in sorted(_raw(batch.outcomes).items()):
            key = part_key(Table.RAW, day, self._run_id, batch.seq)
            body, entries = warc_file(key, self._run_id, self._software, pages)
            bodies[Table.RAW, day] = len(entries), body
            bodies[Table.CDXJ, day] = len(entries), cdxj(key, entries)
        parts = tuple(self._put_part(batch.seq, *place, rows, body) for place, (rows, body) in bodies.items())
        record = self._record(batch, parts)
        self._store.put(
            self._location.key(commit_key(self._run_id, batch.seq)),
            record.to_json(),
            only_if_absent=True,
            content_type="application/json",
        )
        return record

    def _body(self, table: Table, outcomes: Sequence[Article | Duplicate | Reject]) -> bytes:
        return parquet(table, to_arrow(table, self._rows(table, outcomes), self._header))

    def _rows(self, table: Table, outcomes: Sequence[Article | Duplicate | Reject]) -> Iterator[Row]:
        for number, outcome in enumerate(outcomes):
            if number % _ROWS_A_TURN == 0:
                time.sleep(_TURN_SECONDS)
            yield row_of(table, outcome, self._run_id)

    def _put_part(self, seq: int, table: Table, dt: date, rows: int, body: bytes) -> PartRef:
        key = part_key(table, dt, self._run_id, seq)
        put = self._store.put(self._location.key(key), body, content_type=MEDIA_TYPES[table])
        day = dt.isoformat()
        return PartRef(table=table, dt=day, key=key, rows=rows, bytes=put.bytes, sha256=put.sha256)

    def write_run(self, report: Mapping[str, Any], page: str | None = None) -> None:
        """Store the finished run's report as `runs/<run_id>/run.json`, and for people as `report.html` beside it."""
        if page is not None:
            key = self._location.key(page_key(self._run_id))
            self._store.put(key, page.encode(), content_type="text/html; charset=utf-8")
        self._store.put(
            self._location.key(run_key(self._run_id)),
            json.dumps(report, sort_keys=True, indent=1, ensure_ascii=False).encode(),
            content_type="application/json",
        )

    def ensure_schema(self) -> None:
        """Store `_schema/v1.json` if it is absent or lacks columns that this release adds.

        Raises `StateMismatch` if the bucket holds another version or gives a column another type.
        """
        key = self._location.key(schema_key())
        ours = schema_document()
        try:
            body = self._store.get(key)
        except ObjectMissing:
            try:
                self._put_schema(key, ours, only_if_absent=True)
                return
            except AlreadyExists:  # another shard began in the same moment
                body = self._store.get(key)
        if (union := _union(ours, body, f"s3://{self._location.bucket}/{key}")) is not None:
            self._put_schema(key, union, only_if_absent=False)

    def _put_schema(self, key: str, document: Mapping[str, Any], *, only_if_absent: bool) -> None:
        body = json.dumps(document, indent=1, ensure_ascii=False).encode()
        self._store.put(key, body, only_if_absent=only_if_absent, content_type="application/json")

    def _record(self, batch: Batch, parts: tuple[PartRef, ...]) -> CommitRecord:
        kinds = Counter(type(outcome) for outcome in batch.outcomes)
        fetched = () if batch.reextracted else batch.outcomes
        times = [_fetched_at(outcome).astimezone(UTC) for outcome in fetched]
        return CommitRecord(
            run_id=self._run_id,
            seq=batch.seq,
            counts=Counts(
                articles=kinds[Article],
                duplicates=kinds[Duplicate],
                rejects=kinds[Reject],
                unchanged=kinds[Unchanged],
            ),
            objects=parts,
            fetched_from=min(times).isoformat() if times else None,
            fetched_to=max(times).isoformat() if times else None,
            relations=dict(Counter(o.relation.value for o in batch.outcomes if isinstance(o, Duplicate))),
            reasons=dict(Counter(o.reason.value for o in batch.outcomes if isinstance(o, Reject))),
            header=self._header,
            extraction_version=self._extraction_version,
            reextracted=batch.reextracted,
            lease=self.lease,
        )


def _raw(outcomes: Iterable[Outcome]) -> dict[date, list[RawPage]]:
    """What was answered for the rows of a batch, by day, in order."""
    found: dict[date, list[RawPage]] = defaultdict(list)
    for outcome in outcomes:
        page = outcome.article if isinstance(outcome, Duplicate) else outcome
        if not isinstance(page, Unchanged) and page.raw is not None:
            found[utc_day(page.fetched_at)].append(page.raw)
    return found


def _moves(batch: Batch) -> dict[date, list[Move]]:
    """What a batch changed in the stories of others, by day, in order."""
    found: dict[date, list[Move]] = defaultdict(list)
    for move in batch.all_moves:
        found[utc_day(move.moved_at)].append(move)
    return found


def _fetched_at(outcome: Outcome) -> datetime:
    return outcome.article.fetched_at if isinstance(outcome, Duplicate) else outcome.fetched_at


def parquet(table: Table, rows: pa.Table) -> bytes:
    """One Parquet file with one row group: a batch is small, and readers prune by file.

    No time and no random value goes in, so the same rows give the same bytes. Rows of an earlier release lack columns.
    """
    sink = pa.BufferOutputStream()
    columns = [column for column in COLUMNS[table] if column.name in rows.column_names]
    pq.write_table(
        rows,
        sink,
        row_group_size=rows.num_rows,
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        # Minimum and maximum of a body, a hash or a list help no reader.
        write_statistics=[c.name for c in columns if c.statistics],
        use_dictionary=[
            f"{c.name}.list.element" if pa.types.is_list(c.type) else c.name
            for c in columns
            if c.name in _DICTIONARY_COLUMNS
        ],
    )
    body: bytes = sink.getvalue().to_pybytes()
    return body


def _union(ours: Mapping[str, Any], body: bytes, name: str) -> dict[str, Any] | None:
    """The stored schema with our columns behind those that it has, or None where it has them all.

    Columns and tables that another release added stay. `StateMismatch` where ours contradicts the stored one.
    """
    try:
        theirs: dict[str, Any] = json.loads(body)
        known = {
            (table, column["name"]): column["type"] for table, columns in theirs["tables"].items() for column in columns
        }
        version = theirs["version"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateMismatch(f"{name} is no schema of ours ({error!r}): use another prefix") from error
    if version != ours["version"]:
        raise StateMismatch(
            f"{name} says version {version}, this program writes {ours['version']}: "
            "use another prefix or the release that fits"
        )
    added = False
    for table, columns in ours["tables"].items():
        for column in columns:
            kind = known.get((table, column["name"]))
            if kind is None:
                theirs["tables"].setdefault(table, []).append(column)
                added = True
            elif kind != column["type"]:
                raise StateMismatch(
                    f"{name} has {table}.{column['name']} as {kind}, this program writes {column['type']}: "
                    "use another prefix or the release that fits"
                )
    return theirs if added else None
