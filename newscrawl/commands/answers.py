"""The answer to a query, or to an export: a table on the terminal, or rows in a form that other tools read."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, Self

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule
from rich.table import Column, Table

from newscrawl.doing import answering, counted
from newscrawl.errors import ConfigError, program
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from duckdb import DuckDBPyConnection
    from pyarrow import RecordBatch

    from newscrawl.bucket.keys import Location
    from newscrawl.bucket.s3 import ObjectStore

# What `export` knows.
EXPORTED = ("stories", "articles", "duplicates", "rejects", "moves", "current")
# What a file's name says of its form.
_ENDINGS = {".csv": "csv", ".json": "json", ".jsonl": "json", ".jsonl.gz": "jsonl.gz", ".parquet": "parquet"}
# A cell of a printed table; whole texts are for the readers of docs/reading.md.
_CELL = 80
# Where each value has a line to itself: an address, and of a text its beginning.
_BELOW = 300
# What a column of a table takes at least, with its border, that one can read it.
_NARROWEST = 10
# A width that no row has: a table in a pipe is not cut.
_ENDLESS = 1_000_000
# Rows that are in memory at a time while they are written out.
_ROWS = 1_000


class AnswerConsole(Console):
    """Prints an answer into a terminal, a file or a pipe, whose reader may leave when it has enough."""

    @classmethod
    def whole(cls) -> Self:
        """One that cuts and wraps nothing where there is no terminal."""
        return cls(width=None if sys.stdout.isatty() else _ENDLESS)

    def on_broken_pipe(self) -> NoReturn:
        """Rich's hook, which would end the process with 1: `head` is no failure."""
        raise BrokenPipeError


class _Output(FileIO):
    """Standard output: where it cannot be written, that is told as such, and not as a full disk of the state's."""

    def write(self, data: ReadableBuffer) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as e:
            close_pipe()
            raise ConfigError(f"standard output cannot be written: {e.strerror}") from e


def make_output() -> None:
    """Have standard output and error take whatever is printed: in an encoding without its letters, as escapes; where
    they were closed (`>&-`), nowhere."""
    for stream in (sys.__stdout__, sys.__stderr__):  # what stands for them meanwhile writes to these
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115  # for as long as the process lives
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
    elif isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.flush()
        out = BufferedWriter(_Output(sys.stdout.fileno(), "w", closefd=False))
        sys.stdout = TextIOWrapper(
            out, sys.stdout.encoding, "backslashreplace", newline="\n", line_buffering=sys.stdout.line_buffering
        )


def in_utf8() -> None:
    """Have standard output take JSON, which is UTF-8 whatever the locale."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def close_pipe() -> None:
    """Whoever reads standard output has enough (`| head`): Python would say so once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def refuse_terminal(form: str) -> None:
    """Raise `ConfigError` where rows in a form that nobody can read would go to a terminal."""
    if form in ("jsonl.gz", "parquet") and sys.stdout.isatty():
        raise ConfigError(f"{form} is not for a terminal: write it to a file (>), or take --format csv or json")


def form_of(path: Path | None) -> str:
    """The form of an export that its file's name says; without an ending, zipped JSON lines. Raises `ConfigError`."""
    if path is None or not path.suffix:
        return "jsonl.gz"
    for ending, form in _ENDINGS.items():
        if path.name.lower().endswith(ending):
            return form
    raise ConfigError(f"{path}: no form has such a name; write it as {', '.join(_ENDINGS)}, or say which by --format")


def write_rows(result: DuckDBPyConnection, form: str, out: BinaryIO | None = None) -> int:
    """Write what a query found, to standard output by default; returns how many rows. `form` is one of `WRITERS`."""
    from pyarrow import ArrowNotImplementedError

    from newscrawl.bucket.rows_out import WRITERS, of_own_name

    if out is None:
        answering()
        out = sys.stdout.buffer
    with warnings.catch_warnings():
        # A copy more of a thousand rows: `execute` takes every statement, which `sql` does not.
        warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)
        reader = result.to_arrow_reader(_ROWS)
    assert reader is not None, "a statement was run"
    rows, schema = 0, of_own_name(reader.schema)

    def each() -> Iterator[RecordBatch]:
        nonlocal rows
        for batch in counted(reader, "writing rows", size=len):
            rows += len(batch)
            yield batch.rename_columns(schema.names)

    try:
        WRITERS[form](schema, each(), out)
    except ArrowNotImplementedError as e:
        raise ConfigError(f"{form} has no such type ({e}): cast the column to one that it has, such as VARCHAR") from e
    out.flush()
    return rows


def write_file(result: DuckDBPyConnection, form: str, path: Path) -> int:
    """As `write_rows`, into a file that has its name only when it is whole. Raises `ConfigError` where it cannot be
    written."""
    with written(path) as file:
        return write_rows(result, form, file)


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which has its name only when it is whole; what is no file, a pipe or a device, is written into.

    One that was there keeps its mode, and a link its place. Raises `ConfigError` where it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as device:
                yield device
            return
        whole = path.resolve()
        unfinished = whole.with_name(f"{whole.name}.part")
        try:
            with unfinished.open("wb") as file:
                yield file
            if whole.exists():
                shutil.copymode(whole, unfinished)
            unfinished.replace(whole)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as e:
        raise ConfigError(f"{path} cannot be written: {e.strerror}") from e


def print_table(console: Console, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    """Print rows as a table; where a terminal has no room for so many columns, a row below the other."""
    below = console.is_terminal and len(columns) * _NARROWEST > console.width
    longest = (_BELOW if below else _CELL) if console.is_terminal else _ENDLESS
    told = [[_cell(value, longest) for value in row] for row in rows]
    if below:
        for number, row in enumerate(told, 1):
            console.print(Rule(f"row {number}", align="left"))
            grid = Table.grid("name", Column(overflow="fold"), padding=(0, 2))
            for name, value in zip(columns, row, strict=True):
                grid.add_row(escape(name), value)
            console.print(grid)
        return
    table = Table(*map(escape, columns))
    for row in told:
        table.add_row(*row)
    console.print(table)


def condition_of(table: str, since: str | None, site: str | None) -> str:
    """Which rows of a table are exported. Raises `ConfigError`."""
    if table not in EXPORTED:
        raise ConfigError(f"{table!r} cannot be exported: {', '.join(EXPORTED)} can")
    if table == "moves" and site is not None:
        raise ConfigError("--site means nothing to moves: export current, where each article is as it stands now")
    conditions = ["true"]
    when = {"stories": "day", "moves": "moved_at"}.get(table, "fetched_at")
    if since is not None:
        try:
            day = date.fromisoformat(since)
        except ValueError as e:
            raise ConfigError(f"--since {since!r} is no day: write YYYY-MM-DD") from e
        conditions.append(f"{when} >= '{day}'")
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
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = "" if value is None else printable(str(value).replace("\n", " ⏎ "))
    return escape(text if len(text) <= longest else text[: longest - 1] + "…")
