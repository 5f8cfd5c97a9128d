"""`stories/`: one row a story, a Delta Lake table over the archive's own bucket. Its columns, and how it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.fs as fs

from newscrawl.bucket.keys import STORIES_FOLDER, Location, Table
from newscrawl.bucket.read_faults import first_line, is_of_s3, read_fault, remake_stories
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.schema import ARROW
from newscrawl.errors import ConfigError, StateMismatch, StorageOutage

if TYPE_CHECKING:
    import pyarrow.dataset as ds
    from deltalake import DeltaTable

_TIME = pa.timestamp("us", tz="UTC")

# One article of a story, as the story sees it.
MEMBER = pa.struct(
    [
        ("id", pa.string()),
        ("url", pa.string()),
        ("site", pa.string()),
        ("title", pa.string()),
        ("published_at", _TIME),
        ("fetched_at", _TIME),
        ("word_count", pa.int32()),
        ("kind", pa.string()),
        ("confidence", pa.float64()),
        # To the anchor; null for the anchor itself.
        ("relation", pa.string()),
        ("jaccard", pa.float64()),
        ("containment", pa.float64()),
        # When a move or an undo put it into this story; null where its row did.
        ("placed_at", _TIME),
        # Contract path of the part that holds its row.
        ("part", pa.string()),
    ]
)

# What a story says: the columns of one of its articles, that with the best text.
CONTENT = tuple(name for name in ARROW[Table.ARTICLES].names if name not in ("id", "story_id", "run_id"))

SCHEMA = pa.schema(
    [
        ("story_id", pa.string()),
        ("day", pa.date32()),
        ("first_published_at", _TIME),
        ("last_changed_at", _TIME),
        ("copies", pa.int32()),
        ("sites", pa.list_(pa.string())),
        ("revisions", pa.list_(pa.string())),
        ("members", pa.list_(MEMBER)),
        ("best_id", pa.string()),
        # The story that founded its event; null only between the commits of one compaction.
        ("event_id", pa.string()),
        # What linking sees of the text, `events.event_words`.
        ("event_words", pa.list_(pa.int64())),
        *((name, ARROW[Table.ARTICLES].field(name).type) for name in CONTENT),
    ]
)

# A reader of changes that comes once a month still finds them: as long as Delta keeps its log by default.
KEPT_HOURS = 30 * 24
_CONFIGURATION = {
    "delta.enableChangeDataFeed": "true",
    # By default the log holds the smallest and largest title and text of each file: no use to readers, and a takedown
    # could not reach them. `event_id`: which files have stories that are to be linked.
    "delta.dataSkippingStatsColumns": "first_published_at,last_changed_at,event_id",
    "delta.deletedFileRetentionDuration": f"interval {KEPT_HOURS} hours",
    "delta.logRetentionDuration": f"interval {KEPT_HOURS} hours",
}


def uri(location: Location) -> str:
    """Where the table lies, as `deltalake`, Polars and Spark take it."""
    return f"s3://{location.bucket}/{location.key(STORIES_FOLDER)}".rstrip("/")


def has_stories(store: ObjectStore, location: Location) -> bool:
    """Whether anything lies where the table does; asks without `deltalake`."""
    return any(True for _ in store.list(location.key(STORIES_FOLDER)))


def open_stories(store: ObjectStore, location: Location) -> DeltaTable | None:
    """The table as it is now; None where nothing was compacted yet. Raises `ConfigError` without `deltalake`, and as
    `reading_stories` does."""
    delta = _deltalake()
    from deltalake.exceptions import TableNotFoundError

    with reading_stories(store, location):
        # Not asked by `is_deltatable` before: while it waits for the store no thread of Python goes on.
        try:
            table: DeltaTable = delta.DeltaTable(uri(location), storage_options=store.delta_options())
        except TableNotFoundError:
            return None
    return table


@contextmanager
def reading_stories(store: ObjectStore, location: Location) -> Iterator[None]:
    """Have a failure of Delta's, or of Arrow's in one of its files, told as one of ours.

    The store is away or refuses, which asking it for the table's log raises; else the table is damaged
    (`StateMismatch`), and may be made anew.
    """
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (DeltaError, OSError, pa.ArrowException) as e:
        if fault := read_fault(store, location, e):
            raise fault from e
        store.is_empty(location.key(f"{STORIES_FOLDER}_delta_log/"))
        if is_of_s3(e):
            raise StorageOutage(f"{uri(location)} could not be read: {first_line(e)}; try again") from e
        raise StateMismatch(f"{uri(location)} cannot be read ({first_line(e)}): {remake_stories(location)}") from e


def create_stories(store: ObjectStore, location: Location) -> DeltaTable:
    """The table, made if it is not there. Two at once make one."""
    table: DeltaTable = _deltalake().DeltaTable.create(
        uri(location),
        SCHEMA,
        mode="ignore",
        partition_by=["day"],
        configuration=_CONFIGURATION,
        storage_options=store.delta_options(),
        description="One row a story, derived from articles, duplicates, moves and undo",
    )
    return table


def add_columns(table: DeltaTable) -> bool:
    """Give a table of an earlier release the columns of ours that it lacks, null in the rows that it has; whether it
    has ours then, and no other.

    What is not said by an article's row (`CONTENT`) other code counts on: a table without is to be made anew. Raises
    deltalake's `DeltaError` where another writer was first.
    """
    theirs, ours = {field.name for field in table.schema().fields}, set(SCHEMA.names)
    if theirs - ours or not ours - theirs <= set(CONTENT):
        return False
    if ours - theirs:
        wanted = pa.schema([field for field in SCHEMA if field.name not in theirs])
        table.alter.add_columns(_deltalake().Schema.from_arrow(wanted).fields)
        table.update_incremental()
    return True


def files_by_day(table: DeltaTable) -> dict[date, list[str]]:
    """The table's files, relative to it, by the day that they hold."""
    found: dict[date, list[str]] = {}
    for row in pa.table(table.get_add_actions(flatten=True)).select(["path", "partition.day"]).to_pylist():
        found.setdefault(row["partition.day"], []).append(row["path"])
    return found


def dataset_of(store: ObjectStore, location: Location, files: list[str]) -> ds.Dataset:
    """Some of the table's files as an Arrow dataset."""
    import pyarrow.dataset as ds

    # From there on: a prefix may hold what looks like a partition, too.
    root = fs.SubTreeFileSystem(f"{location.bucket}/{location.key(STORIES_FOLDER)}", store.arrow_filesystem())
    return ds.dataset(
        [unquote(path) for path in files],
        schema=SCHEMA,
        format="parquet",
        filesystem=root,
        partitioning=ds.partitioning(pa.schema([("day", pa.date32())]), flavor="hive"),
    )


def _deltalake() -> Any:
    try:
        import deltalake
    except ImportError as e:
        raise ConfigError(f"the stories table needs deltalake ({e}): pip install 'newscrawl[tables]'") from e
    return deltalake
