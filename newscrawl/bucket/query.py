"""SQL over the committed rows of a bucket, with DuckDB over Arrow datasets: nothing is downloaded first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

from newscrawl.bucket.keys import Location, Table
from newscrawl.bucket.losses import losses
from newscrawl.bucket.read_faults import read_fault
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.rollup import committed
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.schema import ARROW
from newscrawl.bucket.undo import undone
from newscrawl.doing import doing
from newscrawl.errors import ConfigError
from newscrawl.interrupts import ending

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Seconds in which a connection closes that is at nothing.
_AT_ONCE = 0.05

# Readers' tables; signatures are internal.
TABLES = (Table.ARTICLES, Table.DUPLICATES, Table.REJECTS, Table.MOVES)
# What else a statement may name; `stories` only after a compaction.
_MORE = ("current", "undone", "stories")

# Every stored version as it stands now: what its row says, else its last move, else a story of its own since its
# collapse was undone by hand. `WHERE id = story_id` is one row a story.
_CURRENT = """
CREATE VIEW current AS
WITH stored AS (SELECT * FROM articles UNION ALL BY NAME SELECT * FROM duplicates),
  decided AS (
    SELECT id, arg_max({'story': story_id, 'relation': relation, 'jaccard': jaccard, 'containment': containment},
      moved_at) AS now FROM moves WHERE id NOT IN (FROM undone) GROUP BY id
    UNION ALL SELECT id, {'story': id, 'relation': NULL, 'jaccard': NULL, 'containment': NULL} FROM undone
  )
SELECT stored.* REPLACE (
  CASE WHEN now IS NULL THEN story_id ELSE now.story END AS story_id,
  CASE WHEN now IS NULL THEN duplicate_of ELSE NULLIF(now.story, stored.id) END AS duplicate_of,
  CASE WHEN now IS NULL THEN relation ELSE now.relation END AS relation,
  CASE WHEN now IS NULL THEN jaccard ELSE now.jaccard END AS jaccard,
  CASE WHEN now IS NULL THEN containment ELSE now.containment END AS containment
)
FROM stored LEFT JOIN decided USING (id)
"""


def query(store: ObjectStore, location: Location, sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Column names and rows of one statement; see `asked`."""
    with asked(store, location, sql) as result:
        return [column[0] for column in result.description or ()], result.fetchall()


def _objects(store: ObjectStore, location: Location) -> dict[Table, list[str]]:
    """By table, the contract paths of the objects that hold its rows: segments of the roll-up, and parts that are in
    none."""
    rolled, named = committed(store, location)
    keys: dict[Table, list[str]] = {table: [] for table in TABLES}
    held: set[str] = set()
    for segment, parts in rolled.whole(losses(store, location)):
        held |= parts
        for table in TABLES:
            if wanted := segment.object(table):
                keys[table].append(wanted.key)
    here = {name for name, batch in rolled.batches.items() if batch.parts and held >= batch.parts.keys()}
    for record in commit_records(store, location, named.keys() - here, rolled):
        for part in record.objects:
            if part.table in keys and part.key not in held:
                keys[part.table].append(part.key)
    return keys


def parts_of(records: Iterable[CommitRecord]) -> dict[Table, list[str]]:
    """Contract paths of the parts of some batches, by readers' table."""
    keys: dict[Table, list[str]] = {table: [] for table in TABLES}
    for record in records:
        for part in record.objects:
            if part.table in keys:
                keys[part.table].append(part.key)
    return keys


def tables_of(sql: str) -> set[str]:
    """The tables that a statement reads, in lower case; none where it cannot be parsed."""
    import duckdb

    with duckdb.connect() as connection, suppress(duckdb.Error):
        return {name.lower() for name in connection.get_table_names(sql)}
    return set()


@contextmanager
def asked(
    store: ObjectStore, location: Location, sql: str, beside: Mapping[str, Any] | None = None
) -> Iterator[DuckDBPyConnection]:
    """Run one statement over the views `articles`, `duplicates`, `rejects`, `moves` and `current`; yields the result.

    `beside`: more that DuckDB can read, by the name that it has in the statement. `current`: every article and
    duplicate with the story, and the relation to it, that it has by now. Only parts that a commit record names are
    read. Raises `ConfigError` with DuckDB's words on bad SQL, and as `read_fault` where an object cannot be read.
    """
    import duckdb

    with (
        connected(store, location, _objects(store, location), beside) as connection,
        ending(partial(_interrupt, connection)),
    ):
        doing("asking the bucket")
        try:
            statements = connection.extract_statements(sql)
            if not statements:
                raise ConfigError("the query is empty: ask something, such as SELECT count(*) FROM articles")
            if len(statements) > 1:
                raise ConfigError(f"the query has {len(statements)} statements: ask one at a time")
            yield connection.execute(statements[0])
        except duckdb.CatalogException as e:
            raise ConfigError(f"the query failed: {e}\nthere are {', '.join([*map(str, TABLES), *_MORE])}") from e
        except duckdb.Error as e:
            if fault := read_fault(store, location, e):
                raise fault from e
            raise ConfigError(f"the query failed: {e}") from e


@contextmanager
def connected(
    store: ObjectStore,
    location: Location,
    keys: Mapping[Table, Sequence[str]],
    beside: Mapping[str, Any] | None = None,
) -> Iterator[DuckDBPyConnection]:
    """A connection with the views that `asked` has, over these objects by their contract paths."""
    # Here: with these a crawl, which asks nothing, would hold 50 MB more.
    import duckdb
    import pyarrow as pa
    import pyarrow.dataset as ds

    parts = {table: [f"{location.bucket}/{location.key(key)}" for key in named] for table, named in keys.items()}
    connection = duckdb.connect()
    # Days and hours are those of the archive's clock, not of the zone of who asks.
    connection.execute("SET TimeZone = 'UTC'")
    filesystem = store.arrow_filesystem()
    for table, paths in parts.items():
        dataset = ds.dataset(paths, schema=ARROW[table], format="parquet", filesystem=filesystem)
        connection.register(table.value, dataset if paths else ARROW[table].empty_table())
    connection.register("undone", pa.table({"id": pa.array(undone(store, location), pa.string())}))
    connection.execute(_CURRENT)
    for name, rows in (beside or {}).items():
        connection.register(name, rows)
    try:
        yield connection
    finally:
        _close(connection)


def _close(connection: DuckDBPyConnection) -> None:
    """Close a connection whose statement may be under way: DuckDB waits for its threads, and forgets to tell some of
    them that it is over."""
    closing = Thread(target=connection.close, name="close", daemon=True)
    closing.start()
    closing.join(_AT_ONCE)
    while closing.is_alive():
        _interrupt(connection)
        closing.join(_AT_ONCE)


def _interrupt(connection: DuckDBPyConnection) -> None:
    import duckdb

    with suppress(duckdb.ConnectionException):  # closed in this moment
        connection.interrupt()
