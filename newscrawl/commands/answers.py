"""The answer to a query, or to an export: a table on the terminal, or rows in a form that other tools read."""

from __future__ import annotations

import sys
import warnings
from datetime import date
from typing import TYPE_CHECKING, Any, BinaryIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from newscrawl.doing import answering, counted
from newscrawl.errors import ConfigError, program
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from newscrawl.bucket.keys import Location
    from newscrawl.bucket.s3 import ObjectStore

# What `export` knows.
EXPORTED = ("stories", "articles", "duplicates", "rejects", "moves", "current")
# A cell of a printed table; whole texts are for the readers of docs/reading.md.
_CELL = 80
# A width that no row has: a table in a pipe is not cut.
_ENDLESS = 1_000_000
# Rows that are in memory at a time while they are written out.
_ROWS = 1_000


def write_rows(result: DuckDBPyConnection, form: str, out: BinaryIO) -> None:
    """Write what a query found; `form` is one of `WRITERS`."""
    from newscrawl.bucket.rows_out import WRITERS

    with warnings.catch_warnings():
        # A copy more of a thousand rows: `execute` takes every statement, which `sql` does not.
        warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)
        reader = result.to_arrow_reader(_ROWS)
    assert reader is not None, "a statement was run"
    if out is sys.stdout.buffer:
        answering()
    WRITERS[form](reader.schema, counted(reader, "writing rows", size=len), out)
    out.flush()


def print_table(console: Console, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    """Print rows as a table, as wide as the terminal is, or whole into a pipe."""
    if not console.is_terminal:
        console = Console(width=_ENDLESS)
    table = Table(*columns)
    for row in rows:
        table.add_row(*(_cell(value, _CELL if console.is_terminal else _ENDLESS) for value in row))
    console.print(table)


def condition_of(table: str, since: str | None, site: str | None) -> str:
    """Which rows of a table are exported. Raises `ConfigError`."""
    if table not in EXPORTED:
        raise ConfigError(f"{table!r} cannot be exported: {', '.join(EXPORTED)} can")
    conditions = ["true"]
    if since is not None:
        try:
            day = date.fromisoformat(since)
        except ValueError as e:
            raise ConfigError(f"--since {since!r} is no day: write YYYY-MM-DD") from e
        conditions.append(f"{'day' if table == 'stories' else 'fetched_at'} >= '{day}'")
    if site is not None:
        name = "'" + site.replace("'", "''") + "'"
        conditions.append(f"list_contains(sites, {name})" if table == "stories" else f"site = {name}")
    return " AND ".join(conditions)


def stories_dataset(store: ObjectStore, location: Location) -> dict[str, Any]:
    """The stories table for a query that names it."""
    from newscrawl.tables.stories_table import dataset_of, files_by_day, open_stories

    table = open_stories(store, location)
    if table is None:
        raise ConfigError(f"{location} has no stories table yet: {program()} bucket compact")
    files = [path for paths in files_by_day(table).values() for path in paths]
    return {"stories": dataset_of(store, location, files)}


def _cell(value: object, longest: int) -> str:
    text = "" if value is None else printable(str(value).replace("\n", " ⏎ "))
    return escape(text if len(text) <= longest else text[: longest - 1] + "…")
