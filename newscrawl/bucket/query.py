"""SQL over the committed rows of a bucket, with DuckDB over Arrow datasets: nothing is downloaded first."""

from __future__ import annotations

from newscrawl.bucket.keys import Location, Table
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.schema import ARROW
from newscrawl.errors import ConfigError

# Readers' tables; signatures are internal.
TABLES = (Table.ARTICLES, Table.DUPLICATES, Table.REJECTS)


def query(store: ObjectStore, location: Location, sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Run one statement over the views `articles`, `duplicates`, `rejects`; returns column names and rows.

    Only parts that a commit record names are read. Raises `ConfigError` with DuckDB's words on bad SQL.
    """
    # Here: with these a crawl, which asks nothing, would hold 50 MB more.
    import duckdb
    import pyarrow.dataset as ds

    parts: dict[Table, list[str]] = {table: [] for table in TABLES}
    for record in commit_records(store, location):
        for part in record.objects:
            if part.table in parts:
                parts[part.table].append(f"{location.bucket}/{location.key(part.key)}")
    connection = duckdb.connect()
    filesystem = store.arrow_filesystem()
    for table, paths in parts.items():
        dataset = ds.dataset(paths, schema=ARROW[table], format="parquet", filesystem=filesystem)
        connection.register(table.value, dataset if paths else ARROW[table].empty_table())
    try:
        result = connection.execute(sql)
        return [column[0] for column in result.description or ()], result.fetchall()
    except duckdb.Error as e:
        raise ConfigError(f"the query failed: {e}") from e
    finally:
        connection.close()
