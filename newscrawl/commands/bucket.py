"""`scrapy bucket ACTION`: look into the archive, serve it, rebuild its caches."""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl.config import Config
from newscrawl.errors import BucketDamaged, ConfigError, NewscrawlError, program
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from newscrawl.bucket.keys import Location
    from newscrawl.bucket.s3 import ObjectStore

# What can be asked for, with the number of its arguments; each is a method of the command.
ACTIONS = {"query": 1, "compact": 0, "stats": 0, "serve": 0, "check": 0, "rebuild": 0, "similar": 1, "undo": 1}
# A cell of a printed table; whole texts are for the readers of docs/reading.md.
_CELL = 80
# A statement that reads the stories table, which is opened only then: it needs `deltalake`.
_STORIES = re.compile(r"\b(?:from|join)\s+stories\b", re.IGNORECASE)


class Command(ScrapyCommand):
    """Actions on the configured bucket (NEWSCRAWL_BUCKET, or the embedded server's)."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        return "<query SQL | compact | stats | serve | check | rebuild | similar URL-OR-ID | undo ID>"

    def short_desc(self) -> str:
        return "Query, measure, serve or re-index the archive"

    def long_desc(self) -> str:
        return (
            "query SQL: run SQL over the tables (CSV into a pipe). stats: rows and bytes. "
            "compact: bring the stories table up to what is committed. "
            "serve: run the embedded S3 server until Ctrl-C, for other tools. "
            "check: compare every object with its commit record, and the state with the bucket. "
            "rebuild: remove parts that were never committed, record lost ones, make ledger and dedup index anew. "
            "similar: what an article was compared with, the scores, the verdict and the words that differ. "
            "undo: make a wrongly collapsed article a story of its own."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not args or len(args) - 1 != ACTIONS.get(args[0]):
            raise UsageError(f"{program()} bucket {self.syntax()}")
        assert self.settings
        action: Callable[..., None] = getattr(self, f"_{args[0]}")
        try:
            action(Config.read(self.settings), *args[1:])
        except NewscrawlError as e:
            print(printable(f"{program()} bucket {args[0]}: {e}"), file=sys.stderr)
            self.exitcode = e.exit_code

    def _query(self, config: Config, sql: str) -> None:
        from newscrawl.bucket.query import query

        with _bucket(config, write=False) as (store, location):
            columns, rows = query(store, location, sql, _stories(store, location) if _STORIES.search(sql) else {})
        console = Console()
        if not console.is_terminal:
            # For a pipe or a file: whole values, in a form that other tools read.
            out = csv.writer(sys.stdout)
            out.writerow(columns)
            out.writerows(rows)
            return
        table = Table(*columns)
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        console.print(table)

    def _compact(self, config: Config) -> None:
        from newscrawl.tables.compact import compact

        with _bucket(config) as (store, location):
            done = compact(store, location)
        print(
            f"stories: {done.new} new, {done.changed} changed, {done.gone} gone; {done.batches} batches folded in,"
            f" version {done.version}"
        )

    def _stats(self, config: Config) -> None:
        from newscrawl.bucket.reader import commit_records, totals

        with _bucket(config, write=False) as (store, location):
            sums = totals(commit_records(store, location))
        table = Table("table", "rows", "bytes")
        for name, rows in sums.rows.items():
            table.add_row(name.value, f"{rows:,}", f"{sums.bytes[name]:,}")
        console = Console()
        console.print(table)
        console.print(f"{sums.runs} runs, {sums.batches} batches, {sums.unchanged} pages unchanged")

    def _serve(self, config: Config) -> None:
        if config.bucket is not None:
            raise ConfigError(f"NEWSCRAWL_BUCKET is {config.bucket}: only the embedded server can be served from here")
        from newscrawl.server.embedded import EmbeddedS3

        def announce(server: EmbeddedS3) -> None:
            for name, value in server.aws_env().items():
                print(f"export {name}={value}")
            print(
                f"# {server.location} is served until Ctrl-C; paste the lines above where you read it",
                flush=True,
            )

        EmbeddedS3(config.state_dir).serve_forever(announce)

    def _check(self, config: Config) -> None:
        from newscrawl.archive.consistency import findings

        with _lock(config), _bucket(config, write=False) as (store, location):
            lines, batches, notes = findings(store, location, config.state_dir, config.dedup_window)
        for line in [*notes, *lines]:
            print(printable(line))
        if lines:
            raise BucketDamaged(f"{len(lines)} findings in {batches} batches")
        print(f"{batches} batches: bucket, ledger and index agree" + (", losses are recorded" if notes else ""))

    def _rebuild(self, config: Config) -> None:
        from newscrawl.archive.consistency import rebuild
        from newscrawl.archive.opening import open_archive

        with _lock(config), _bucket(config) as (store, location):
            done = rebuild(store, location, config.state_dir, lambda: open_archive(config, store, location))
        print(f"rebuilt {config.state_dir / 'state.db'} from {done.batches} batches: {done.urls or 'no URLs'}")
        if done.orphans:
            print(f"{done.orphans} parts that no commit record names were removed")
        for loss in done.losses:
            print(f"{loss.key}: {loss.rows} rows are lost ({loss.why}); recorded, their pages are fetched again")
        if done.pending:
            print(f"{done.pending} URLs that the old state knew and the bucket has no row for are pending")

    def _similar(self, config: Config, name: str) -> None:
        from newscrawl.archive.opening import open_archive
        from newscrawl.archive.similar import similar

        # No lock: a crawl may go on; its pending articles are not seen.
        with _bucket(config, write=False) as (store, location):
            archive = open_archive(config, store, location)
            similar(archive, name, Console())
            archive.state.close()

    def _undo(self, config: Config, article_id: str) -> None:
        from newscrawl.archive.opening import open_archive

        with _lock(config), _bucket(config) as (store, location):
            archive = open_archive(config, store, location)
            archive.recover()
            undo = archive.undo(article_id)
            archive.state.close()
        print(
            f"{article_id} is a story of its own since {undo.undone_at}"
            f" (it had fallen to {undo.story_id} as {undo.relation})"
        )


def _stories(store: ObjectStore, location: Location) -> dict[str, Any]:
    """The stories table for a query that names it."""
    from newscrawl.tables.stories_table import dataset_of, files_by_day, open_stories

    table = open_stories(store, location)
    if table is None:
        raise ConfigError(f"{location} has no stories table yet: {program()} bucket compact")
    files = [path for paths in files_by_day(table).values() for path in paths]
    return {"stories": dataset_of(store, location, files)}


@contextmanager
def _lock(config: Config) -> Iterator[None]:
    """The state directory's lock, for what no run may go on beside."""
    from newscrawl.state.lock import RunLock

    lock = RunLock(config.state_dir).acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _bucket(config: Config, *, write: bool = True) -> Iterator[tuple[ObjectStore, Location]]:
    """The configured bucket; the embedded server ends with it if it was started here."""
    from newscrawl.archive.opening import open_bucket

    store, location, server = open_bucket(config.bucket, config.state_dir, write=write)
    try:
        yield store, location
    finally:
        if server:
            server.stop()


def _cell(value: object) -> str:
    text = "" if value is None else printable(str(value).replace("\n", " ⏎ "))
    return escape(text if len(text) <= _CELL else text[: _CELL - 1] + "…")
