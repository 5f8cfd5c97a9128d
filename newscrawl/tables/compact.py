"""`scrapy bucket compact`: what was committed since the last time goes into the stories table.

In slices of commit records, each one Delta commit: the stories that a slice changes, and beside them, as application
transactions, how far each run was folded in and which undos and losses were. So a kill between two commits repeats
nothing, and of two compactions at once the later commit is refused and begins anew from what the other did.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from newscrawl.bucket.keys import STORIES_FOLDER, Location, Table, parse_part_key
from newscrawl.bucket.losses import Loss, losses
from newscrawl.bucket.mending import mending
from newscrawl.bucket.reader import commit_records, read_parts
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.rolling import roll_up
from newscrawl.bucket.rollup import Named, RollUp, committed
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.undo import Undo, undone
from newscrawl.doing import counted, doing
from newscrawl.errors import StateLocked, StateMismatch, StorageOutage
from newscrawl.tables.data_card import write_card
from newscrawl.tables.events import event_words
from newscrawl.tables.finding import find_stories, some_of
from newscrawl.tables.linking import link_stories
from newscrawl.tables.membership import Member, Stories, best, summary
from newscrawl.tables.replacing import replace_rows
from newscrawl.tables.stories_table import (
    CONTENT,
    KEPT_HOURS,
    MEMBER,
    SCHEMA,
    add_columns,
    create_stories,
    files_by_day,
    has_stories,
    open_stories,
    reading_stories,
)

if TYPE_CHECKING:
    from deltalake import DeltaTable

logger = logging.getLogger(__name__)

# Rows of articles and duplicates that are in memory at a time, with their texts: 100 MB.
SLICE_ROWS = 10_000
# Commit records that are read at a time.
_RECORDS = 500
# Stories that lose an article to a takedown and are written in one commit.
_STORIES = 2_000
# Files of a day from which on they are merged: a compaction an hour gives a day 24 and a few late ones.
_FILES_A_DAY = 8
_FILE_BYTES = 128 * 2**20
_WORDS = SCHEMA.get_field_index("event_words")


@dataclass(slots=True)
class Compacted:
    """What a compaction did: batches that went into the roll-up; stories that are new, changed and gone, that were put
    into an event, batches folded in, the table's version."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    linked: int = 0
    batches: int = 0
    version: int = 0
    rolled_up: int = 0


@dataclass(frozen=True, slots=True)
class _Archive:
    """Where the rows are, what was committed, and what was undone and lost of it when the compaction began."""

    store: ObjectStore
    location: Location
    undos: Mapping[str, Undo]
    losses: Mapping[str, Loss]
    roll_up: RollUp
    committed: Collection[Named]

    @classmethod
    def read(cls, store: ObjectStore, location: Location) -> _Archive:
        found, named = committed(store, location)
        return cls(store, location, undone(store, location), losses(store, location), found, named.keys())

    def records(self, named: Iterable[tuple[str, int]]) -> Iterator[CommitRecord]:
        """These commit records, in their order."""
        for some in some_of(sorted(named), _RECORDS):
            yield from commit_records(self.store, self.location, some, self.roll_up)

    def parts(
        self, table: Table, records: Iterable[CommitRecord], columns: list[str] | None = None
    ) -> Iterator[tuple[str, pa.Table]]:
        """Key and rows of each part of a table."""
        for part, data in read_parts(self.store, self.location, table, columns, records, self.roll_up):
            yield part.key, data


@dataclass(frozen=True, slots=True)
class _Slice:
    """What one Delta commit folds in. `marks`: its application transactions."""

    records: tuple[CommitRecord, ...] = ()
    undos: tuple[Undo, ...] = ()
    lost: Mapping[str, datetime] = field(default_factory=dict)  # key of the part: when that was found
    marks: Mapping[str, int] = field(default_factory=dict)


def compact(store: ObjectStore, location: Location) -> Compacted:
    """Bring roll-up and stories table up to what is committed; nothing is written where nothing is new.

    Raises `StorageOutage` where the store stays away: the next call goes on.
    """
    done = Compacted()
    days: set[date] = set()
    try:
        done.rolled_up = roll_up(store, location)
    except StateLocked as e:
        logger.info("the roll-up stays as it is until the next time: %s", e)

    def work(archive: _Archive, table: DeltaTable) -> None:
        if _lost_moves(archive, table):
            table = _started_over(store, location, "a part of moves is lost")
        elif not add_columns(table):
            table = _started_over(store, location, "its columns are those of another release")
        for piece in _slices(archive, table):
            days.update(_fold(archive, table, piece, done))
            table.update_incremental()
        done.linked += link_stories(store, location, table, SLICE_ROWS)
        _tidy(store, location, table, days)
        if days:
            doing("writing the data card")
            write_card(store, location, table)
        done.version = table.version()

    _in_turn(store, location, work)
    return done


def take_out(store: ObjectStore, location: Location, ids: Collection[str], sites: Collection[str]) -> int:
    """Take articles out of the table, and out of every object below it; returns how many stories they were in.

    The change feed from before ends: who reads it from there is told that a file is missing, and begins at the version
    of now. Raises `StateLocked` while somebody merges files or mends.
    """
    touched: set[str] = set()

    def work(archive: _Archive, table: DeltaTable) -> None:
        now = datetime.now(UTC)
        # Refuses who has read what must go and not committed yet.
        replace_rows(table, SCHEMA.empty_table(), {}, {})
        table.update_incremental()
        found = find_stories(archive.store, archive.location, table, article_ids=ids, sites=sites)
        doing("taking stories out")
        for rows in some_of(found, _STORIES):
            stories = Stories()
            for row in rows:
                stories.load(row["story_id"], row["members"], row["last_changed_at"])
                for member in row["members"]:
                    if member["id"] in ids or member["site"] in sites:
                        stories.remove(member["id"], now)
            replace_rows(
                table, _source(archive, stories, [], before := {row["story_id"]: row for row in rows}), before, {}
            )
            touched.update(row["story_id"] for row in rows)
            table.update_incremental()
        write_card(store, location, table)
        _purge(store, location, table)

    if has_stories(store, location):
        with mending(store, location, datetime.now(UTC)):
            _in_turn(store, location, work)
    return len(touched)


def _purge(store: ObjectStore, location: Location, table: DeltaTable) -> None:
    """Delete what the table's version of now does not need, but for what another writer may have under way.

    A writer who began before our last commit cannot commit any more; a file that is younger may be of one who can.
    """
    root = location.key(STORIES_FOLDER)
    listed = list(store.list_dated(root))
    until = max(stored_at for key, _, stored_at in listed if "/_delta_log/" in key)
    table.update_incremental()  # after the listing: what was committed until then is needed
    needed = {f"{root}{unquote(path)}" for paths in files_by_day(table).values() for path in paths}
    for key, _, stored_at in listed:
        if "/_delta_log/" not in key and key not in needed and stored_at <= until:
            store.delete(key)


def _in_turn(store: ObjectStore, location: Location, work: Callable[[_Archive, DeltaTable], None]) -> None:
    """Do something to the table, again from the start where another writer was first."""
    from deltalake.exceptions import CommitFailedError

    failed_at = -1
    with reading_stories(store, location):
        create_stories(store, location)
        while True:
            table = _opened(store, location)
            try:
                return work(_Archive.read(store, location), table)
            except CommitFailedError as e:
                if table.version() == failed_at:
                    raise StorageOutage(f"{location}/{STORIES_FOLDER}: {e}; try again, it goes on where it was") from e
                failed_at = table.version()
                logger.info("another writer was first (%s): going on from there", e)


def _opened(store: ObjectStore, location: Location) -> DeltaTable:
    table = open_stories(store, location)
    assert table is not None, "it was just made"
    return table


def _lost_moves(archive: _Archive, table: DeltaTable) -> bool:
    """Whether a part of moves is lost that may have been folded in: what it said cannot be taken back row by row."""
    moves = [key for key in archive.losses if key.startswith(f"{Table.MOVES}/")]
    return any(table.transaction_version(_loss_mark(key)) is None for key in moves) and table.version() > 0


def _started_over(store: ObjectStore, location: Location, why: str) -> DeltaTable:
    logger.warning("%s: the stories table is made anew, readers see it grow", why)
    for key, _ in list(store.list(location.key(STORIES_FOLDER))):
        store.delete(key)
    create_stories(store, location)
    return _opened(store, location)


def _slices(archive: _Archive, table: DeltaTable) -> Iterator[_Slice]:
    """What the table lacks: first what was undone and lost of rows that it may have, then batches in their order."""
    undos = [u for u in archive.undos.values() if table.transaction_version(_undo_mark(u)) is None]
    lost = [loss for loss in archive.losses.values() if table.transaction_version(_loss_mark(loss.key)) is None]
    if undos or lost:
        marks = dict.fromkeys([*map(_undo_mark, undos), *(_loss_mark(loss.key) for loss in lost)], 1)
        gone = {loss.key: datetime.fromisoformat(loss.found_at) for loss in lost}
        yield _Slice(undos=tuple(undos), lost=gone, marks=marks)
    folded: dict[str, int] = {}
    new = []
    for run_id, seq in archive.committed:
        if run_id not in folded:
            folded[run_id] = table.transaction_version(run_id) or 0
        if seq > folded[run_id]:
            new.append((run_id, seq))
    records: list[CommitRecord] = []
    rows = 0
    for record in counted(archive.records(new), "folding batches into stories", len(new)):
        stories = record.counts.articles + record.counts.duplicates
        if records and rows + stories > SLICE_ROWS:
            yield _slice_of(records)
            records, rows = [], 0
        records.append(record)
        rows += stories
    if records:
        yield _slice_of(records)


def _slice_of(records: list[CommitRecord]) -> _Slice:
    return _Slice(records=tuple(records), marks={record.run_id: record.seq for record in records})


def _undo_mark(undo: Undo) -> str:
    return f"undo/{undo.article_id}"


def _loss_mark(part: str) -> str:
    return f"lost/{part}"


def _fold(archive: _Archive, table: DeltaTable, piece: _Slice, done: Compacted) -> set[date]:
    """Commit a slice; returns the days that it touched."""
    rows = [found for kind in (Table.ARTICLES, Table.DUPLICATES) for found in archive.parts(kind, piece.records)]
    moves = _moves(archive, piece)
    before: dict[str, dict[str, Any]] = {}
    stories = Stories()

    def load(found: Iterable[dict[str, Any]]) -> None:
        for row in found:
            before[row["story_id"]] = row
            stories.load(row["story_id"], row["members"], row["last_changed_at"])

    members = [(story_id, member) for key, data in rows for story_id, member in _members(key, data)]
    named = {story_id for story_id, _ in members} | {m[name] for m in moves for name in ("story_id", "story_before")}
    # Others may have been moved to the story that an undone one founds.
    named |= {undo.article_id for undo in piece.undos} | {m["id"] for _, m in members if m["id"] in archive.undos}
    # A story that a row founds is new, unless a row of it was lost and came back.
    founded = set() if archive.losses else {story_id for story_id, member in members if member["id"] == story_id}
    find = partial(find_stories, archive.store, archive.location, table)
    load(find(story_ids=named - founded))
    for story_id, member in members:
        stories.add(story_id, member)
    ids = {m["id"] for m in moves} | {undo.article_id for undo in piece.undos}
    load(find(article_ids={name for name in ids if not stories.knows(name)}, parts=piece.lost.keys()))
    for row in before.values():
        for member in row["members"]:
            if (found_at := piece.lost.get(member["part"])) is not None:
                stories.remove(member["id"], found_at)
    for move in moves:
        stories.move(move)
    for undo in archive.undos.values():
        if stories.knows(undo.article_id):
            stories.undo(undo.article_id, datetime.fromisoformat(undo.undone_at))
    source = _source(archive, stories, rows, before)
    replace_rows(table, source, before, piece.marks)
    now = set(source["story_id"].to_pylist())
    done.new += len(now - before.keys())
    done.changed += len(now & before.keys())
    done.gone += len(before.keys() - now)
    done.batches += len(piece.records)
    return {row["day"] for row in before.values()} | set(source["day"].to_pylist())


def _moves(archive: _Archive, piece: _Slice) -> list[dict[str, Any]]:
    """What the slice moved, in order, without what was undone by hand: that stays where it is."""
    found = (row for _, data in archive.parts(Table.MOVES, piece.records) for row in data.to_pylist())
    return sorted((move for move in found if move["id"] not in archive.undos), key=lambda move: move["moved_at"])


def _members(part: str, data: pa.Table) -> Iterator[tuple[str, Member]]:
    """Story by its row, and member, of each row of a part."""
    columns = [f.name for f in MEMBER if f.name in data.column_names]
    blank = dict.fromkeys(f.name for f in MEMBER)
    for row in data.select([*columns, "story_id"]).to_pylist():
        story_id = row.pop("story_id")
        yield story_id, blank | row | {"part": part}


def _source(
    archive: _Archive, stories: Stories, rows: list[tuple[str, pa.Table]], before: Mapping[str, Mapping[str, Any]]
) -> pa.Table:
    """The rows of stories as they are now; of one that has no members left, none. A story stays in its event."""
    told = {name: best(name, members) for name, members in stories.members.items() if members}
    made = [
        summary(name, stories.members[name], stories.changed_at[name])
        | {"event_id": before[name]["event_id"] if name in before else None}
        for name in told
    ]
    table = pa.Table.from_pylist(made, pa.schema([f for f in SCHEMA if f.name not in CONTENT]))
    texts = _texts(archive, list(told.values()), rows)
    where = pc.index_in(table["best_id"].combine_chunks(), texts["id"].combine_chunks())
    if where.null_count:
        missing = table.filter(pc.is_null(where))["best_id"][0]
        raise StateMismatch(
            f"{archive.location}: the row of {missing} is gone and no loss is recorded: a takedown that was begun is "
            "ended by `bucket forget` again, a loss is recorded by `bucket rebuild`"
        )
    content = texts.take(where)
    words = [event_words(*said) for said in zip(*(content[n].to_pylist() for n in ("title", "text")), strict=True)]
    table = table.set_column(_WORDS, SCHEMA.field(_WORDS), pa.array(words, SCHEMA.field(_WORDS).type))
    for name in CONTENT:
        table = table.append_column(SCHEMA.field(name), content[name].cast(SCHEMA.field(name).type))
    return table


def _texts(archive: _Archive, members: list[Member], rows: list[tuple[str, pa.Table]]) -> pa.Table:
    """The rows of some members whole: of this slice's parts, or read from the part that holds them."""
    columns = ["id", *CONTENT]
    wanted = pa.array([member["id"] for member in members], pa.string())
    here = {key for key, _ in rows}
    elsewhere = {member["part"] for member in members} - here
    records = [
        record.holding(part for part in record.objects if part.key in elsewhere)
        for record in archive.records({parse_part_key(key) for key in elsewhere})
    ]
    found = [data.select(columns) for _, data in rows]
    for kind in (Table.ARTICLES, Table.DUPLICATES):
        found += [data for _, data in archive.parts(kind, records, columns)]
    plain = [data.filter(pc.is_in(data["id"], wanted)).replace_schema_metadata(None) for data in found]
    return pa.concat_tables([_NOTHING, *plain], promote_options="permissive").combine_chunks()


def _tidy(store: ObjectStore, location: Location, table: DeltaTable, days: Collection[date]) -> None:
    """Merge the small files of days that were touched, and remove what no reader of the last month can need."""
    crowded = {day for day, files in files_by_day(table).items() if len(files) > _FILES_A_DAY}
    if crowded & set(days):
        try:
            # Such a commit carries no mark, so a takedown could not refuse it: the two never meet.
            with mending(store, location, datetime.now(UTC)):
                for day in counted(sorted(crowded & set(days)), "merging small files, day"):
                    only = [("day", "=", day.isoformat())]
                    table.optimize.compact(only, target_size=_FILE_BYTES, max_concurrent_tasks=1)
        except StateLocked as e:
            logger.info("small files stay as they are until the next time: %s", e)
    if days:
        doing("removing old files")
        table.vacuum(retention_hours=KEPT_HOURS, dry_run=False, full=True)


_NOTHING = pa.schema([("id", pa.string()), *((n, SCHEMA.field(n).type) for n in CONTENT)]).empty_table()
