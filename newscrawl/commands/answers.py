"""The answer to a query: a table on the terminal, or rows in a form that other tools read."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, BinaryIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

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
    WRITERS[form](reader.schema, reader, out)
    out.flush()


def print_table(console: Console, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    """Print rows as a table, as wide as the terminal is, or whole into a pipe."""
    if not console.is_terminal:
        console = Console(width=_ENDLESS)
    table = Table(*columns)
    for row in rows:
        table.add_row(*(_cell(value, _CELL if console.is_terminal else _ENDLESS) for value in row))
    console.print(table)


def _cell(value: object, longest: int) -> str:
    text = "" if value is None else printable(str(value).replace("\n", " ⏎ "))
    return escape(text if len(text) <= longest else text[: longest - 1] + "…")
