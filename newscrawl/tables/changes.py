"""What changed in the stories table since a cursor: stories that are new, changed, and gone, once each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.doing import doing
from newscrawl.errors import ConfigError, StorageOutage, program
from newscrawl.tables.stories_table import dataset_of, files_by_day, open_stories, reading_stories

if TYPE_CHECKING:
    from deltalake import DeltaTable

# What is told of a story: enough to know it again; the row itself is in the table.
_TOLD = ("story_id", "day", "title", "url", "sites", "copies", "event_id", "last_changed_at")

Change = dict[str, Any]

_NAME_CHARS = 8
_CURSOR = re.compile(rf"(?P<version>[0-9]{{1,18}})(?:-(?P<table>[0-9a-f]{{{_NAME_CHARS}}}))?")


def changes(store: ObjectStore, location: Location, since: str | None) -> tuple[Iterator[Change], str]:
    """The changes after a cursor, and the next cursor; with None every story there is, as new.

    A cursor is a version of the table and how its own id begins, `12-5f0c9a1e`: a table that was made anew, or another
    bucket's, has versions of the same numbers. `change` is `new`, `changed` or `gone`; of a story that is gone because
    its anchor fell to another, `into` is that. Raises `ConfigError` where nothing was compacted yet, the cursor is none
    of this table, or the feed does not reach back so far.
    """
    found = None if since is None else _CURSOR.fullmatch(since)
    if since is not None and found is None:
        raise ConfigError(f"--since {since!r} is no cursor: give the one that the last call printed")
    doing("reading the stories table")
    table = open_stories(store, location)
    if table is None:
        raise ConfigError(f"{location} has no stories table yet: {program()} bucket compact")
    now, name = table.version(), str(table.metadata().id)[:_NAME_CHARS]
    cursor = f"{now}-{name}"
    if found is None:
        return _all(store, location, table), cursor
    version = int(found["version"])
    # Earlier releases gave the version alone.
    if version > now or found["table"] not in (None, name):
        raise ConfigError(
            f"cursor {since} is ahead of {location}, or of another table than the one that is there now, which is at "
            f"{cursor}: read all anew, without --since"
        )
    return (_netted(table, version, location) if version < now else iter(())), cursor


def _all(store: ObjectStore, location: Location, table: DeltaTable) -> Iterator[Change]:
    with reading_stories(store, location):
        # By Arrow's own filesystem: the table's reads in threads that call Python, which abort a process that ends.
        for _, files in sorted(files_by_day(table).items()):
            for batch in dataset_of(store, location, files).to_batches(columns=list(_TOLD)):
                yield from ({"change": "new"} | row for row in batch.to_pylist())


def _netted(table: DeltaTable, since: int, location: Location) -> Iterator[Change]:
    """Of each story what it was before and what it is now, whatever lay between."""
    existed: set[str] = set()
    after: dict[str, Change | None] = {}
    for _, rows in groupby(_feed(table, since, location), key=lambda row: row["_commit_version"]):
        told = list(rows)
        deleted = {row["story_id"] for row in told if row["_change_type"] == "delete"}
        existed |= deleted - after.keys()
        # A story that changed is deleted and inserted in one version.
        after |= dict.fromkeys(deleted)
        after |= {row["story_id"]: row for row in told if row["_change_type"] == "insert"}
    into = {member["id"]: name for name, row in after.items() if row for member in row["members"]}
    for story_id, now in after.items():
        if now is not None:
            kind = "changed" if story_id in existed else "new"
            yield {"change": kind} | {name: now[name] for name in _TOLD}
        elif story_id in existed:
            yield {"change": "gone", "story_id": story_id, "into": into.get(story_id)}


def _feed(table: DeltaTable, since: int, location: Location) -> list[Change]:
    """Rows of the change data feed, by version."""
    columns = [*_TOLD, "members", "_change_type", "_commit_version"]
    try:
        read = pa.table(table.load_cdf(starting_version=since + 1, columns=columns).read_all())
    except Exception as e:  # what reads the feed raises nothing more exact
        if "not found" not in str(e).lower():
            raise StorageOutage(f"the changes of {location} cannot be read: {e}") from e
        raise ConfigError(
            f"the changes of {location} since {since} are not kept any more, for 30 days went by or a takedown ended "
            "them: read all anew, without --since"
        ) from e
    found: list[Change] = read.to_pylist()
    return sorted(found, key=lambda row: row["_commit_version"])
