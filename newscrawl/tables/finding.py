"""Rows of the stories table that are sought by story or by one of their articles, a stretch of days at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.tables.stories_table import dataset_of, files_by_day

if TYPE_CHECKING:
    from deltalake import DeltaTable

_T = TypeVar("_T")

# Days of the table that are looked through at a time, newest first: stories that change are mostly of the last ones.
_DAYS = 30
_CHANGED = ("story_id", "day", "last_changed_at", "best_id", "event_id", "members")


def find_stories(
    store: ObjectStore,
    location: Location,
    table: DeltaTable,
    *,
    story_ids: Collection[str] = (),
    article_ids: Collection[str] = (),
    parts: Collection[str] = (),
    sites: Collection[str] = (),
) -> Iterator[dict[str, Any]]:
    """Rows of the table, without what they tell: by story, or by one of their articles, its part or its site.

    Newest days first; what is sought by story alone is sought no further when all are found.
    """
    left = set(story_ids)
    sought = pa.array(list(story_ids), pa.string())
    by_member = {"id": article_ids, "part": parts, "site": sites}
    everywhere = any(by_member.values())
    files = files_by_day(table)
    for some in some_of(sorted(files, reverse=True), _DAYS):
        if not left and not everywhere:
            return
        condition = None if everywhere else pc.field("story_id").isin(sought)
        rows = dataset_of(store, location, [path for day in some for path in files[day]])
        for batch in rows.to_batches(columns=list(_CHANGED), filter=condition):
            inside = pc.list_flatten(batch["members"])
            wanted = set[int]()
            for name, values in by_member.items():
                hit = pc.is_in(inside.field(name), pa.array(list(values), pa.string()))
                wanted |= set(pc.filter(pc.list_parent_indices(batch["members"]), hit).to_pylist())
            wanted |= set(pc.indices_nonzero(pc.is_in(batch["story_id"], sought)).to_pylist())
            for row in batch.take(pa.array(sorted(wanted), pa.int64())).to_pylist():
                left.discard(row["story_id"])
                yield row


def some_of(items: Iterable[_T], number: int) -> Iterator[list[_T]]:
    """Items in lists of so many, the last may have fewer."""
    left = iter(items)
    return iter(lambda: list(islice(left, number)), [])
