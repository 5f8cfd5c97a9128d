"""The stories table's `event_id`: stories that were folded in and are in no event yet are linked, day by day.

Which days have such is in the table's own log, so a compaction that was killed before leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.doing import counted
from newscrawl.tables.events import WINDOW_DAYS, Told, link, words_held
from newscrawl.tables.finding import find_stories
from newscrawl.tables.replacing import replace_rows
from newscrawl.tables.stories_table import SCHEMA, dataset_of, files_by_day, has_stories, open_stories

if TYPE_CHECKING:
    from deltalake import DeltaTable

_DAY = timedelta(days=1)
_AROUND = ceil(WINDOW_DAYS)
# Days around a story in which others of its event are looked for: one that is told on for longer is shown in part.
_SHOWN = 30


def link_stories(store: ObjectStore, location: Location, table: DeltaTable, rows: int) -> int:
    """Link what is in no event yet, about `rows` stories a Delta commit; returns how many were linked.

    Raises deltalake's `CommitFailedError` where another writer was first.
    """
    linked = 0
    held: dict[date, list[Told]] = {}
    new: dict[str, tuple[date, str]] = {}
    days, rows_of = _unlinked(table), _rows(table)
    for day in counted(days, "linking stories of one event, day"):
        around = [day + n * _DAY for n in range(-_AROUND, _AROUND + 1)]
        files = files_by_day(table)
        # Of many stories the first words are held; where the days before had fewer, more of theirs are there still.
        most = words_held(sum(rows_of.get(d, 0) for d in around))
        held = {d: held.get(d) or _told(store, location, files.get(d, []), most) for d in around}
        found = link([story for stories in held.values() for story in stories], _number(day))
        held[day] = [_with(story, found) for story in held[day]]
        new |= {story_id: (day, event) for story_id, event in found.items()}
        if len(new) >= rows or day == days[-1]:
            placed = list(new.items())
            for first in range(0, len(placed), rows):
                _write(store, location, table, dict(placed[first : first + rows]))
                table.update_incremental()
            linked += len(new)
            new = {}
    return linked


def linked_to(store: ObjectStore, location: Location, article_id: str) -> list[dict[str, Any]]:
    """The other stories of an article's event, of the days around it: `story_id`, `title`, `url`, `first_published_at`.

    Empty where the table, or the story in it, is missing. Raises `ConfigError` without `deltalake`.
    """
    table = open_stories(store, location) if has_stories(store, location) else None
    if table is None:
        return []
    row = next(find_stories(store, location, table, article_ids=[article_id]), None)
    if row is None or row["event_id"] is None:
        return []
    files = files_by_day(table)
    near = [path for day, paths in files.items() if abs(day - row["day"]) <= _SHOWN * _DAY for path in paths]
    others = (pc.field("event_id") == row["event_id"]) & (pc.field("story_id") != row["story_id"])
    shown = ["story_id", "title", "url", "site", "first_published_at"]
    found = dataset_of(store, location, near).to_table(columns=shown, filter=others).to_pylist()
    return sorted(found, key=lambda story: (story["first_published_at"], story["story_id"]))


def _unlinked(table: DeltaTable) -> list[date]:
    """Days with stories that are in no event, by the table's log."""
    files = pa.table(table.get_add_actions(flatten=True))
    lacking = files.filter(pc.greater(files["null_count.event_id"], 0))
    return sorted(set(lacking["partition.day"].to_pylist()))


def _rows(table: DeltaTable) -> dict[date, int]:
    """How many stories each day has, by the table's log."""
    files = pa.table(table.get_add_actions(flatten=True)).group_by("partition.day").aggregate([("num_records", "sum")])
    return dict(zip(files["partition.day"].to_pylist(), files["num_records_sum"].to_pylist(), strict=True))


def _told(store: ObjectStore, location: Location, files: list[str], most: int) -> list[Told]:
    """The stories of a day's files, with so many words each."""
    if not files:
        return []
    columns = ["story_id", "first_published_at", "event_id", "event_words"]
    return [
        Told(story_id, _moment(at), words, event_id)
        for batch in dataset_of(store, location, files).to_batches(columns=columns)
        for story_id, at, event_id, words in zip(
            *(batch[name].to_pylist() for name in columns[:3]), _lists(batch["event_words"], most), strict=True
        )
    ]


def _lists(column: pa.ListArray, most: int) -> Iterator[Any]:
    values, offsets = column.values.to_numpy(), column.offsets.to_pylist()
    # Copied: a part of it would hold the whole column in memory.
    return (values[first : min(last, first + most)].copy() for first, last in pairwise(offsets))


def _with(story: Told, events: dict[str, str]) -> Told:
    return Told(story.story_id, story.at, story.words, events.get(story.story_id, story.event_id))


def _moment(at: datetime) -> float:
    return at.timestamp() / _DAY.total_seconds()


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _write(store: ObjectStore, location: Location, table: DeltaTable, new: dict[str, tuple[date, str]]) -> None:
    days = {day for day, _ in new.values()}
    files = files_by_day(table)
    wanted = pc.field("story_id").isin(pa.array(list(new), pa.string()))
    rows = dataset_of(store, location, [path for day in days for path in files[day]]).to_table(filter=wanted)
    events = pa.array([new[story_id][1] for story_id in rows["story_id"].to_pylist()], pa.string())
    rows = rows.set_column(SCHEMA.get_field_index("event_id"), SCHEMA.field("event_id"), events)
    replace_rows(
        table, rows.select(SCHEMA.names).cast(SCHEMA), {name: {"day": day} for name, (day, _) in new.items()}, {}
    )
