"""`scrapy bucket ACTION`: look into the archive, serve it, rebuild its caches."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Column, Table
from scrapy.commands import ScrapyCommand

from newscrawl import doing, interrupts
from newscrawl.commands.actions import ACTIONS, action_of, add_options, described
from newscrawl.commands.answers import (
    AnswerConsole,
    close_pipe,
    condition_of,
    form_of,
    in_utf8,
    make_output,
    print_table,
    refuse_terminal,
    stories_dataset,
    write_file,
    write_rows,
)
from newscrawl.commands.opened import locked, opened
from newscrawl.config import Config
from newscrawl.errors import BucketDamaged, BucketMissing, ConfigError, NewscrawlError, Stopped, program
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from newscrawl.bucket.keys import Location
    from newscrawl.bucket.s3 import ObjectStore

# Actions that say what an archive has: of none there is nothing to say, and nothing to make.
_LOOKING = frozenset(("query", "export", "stats", "check", "similar", "changes", "report"))


class Command(ScrapyCommand):
    """Actions on the configured bucket (NEWSCRAWL_BUCKET, or the embedded server's)."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        return "<ACTION> [ARGUMENT] [options]"

    def short_desc(self) -> str:
        return "Query, measure, serve or re-index the archive"

    def long_desc(self) -> str:
        return described("bucket", ACTIONS)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_options(parser, "bucket", ACTIONS)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        name, given = action_of(args, opts)
        assert self.settings
        action: Callable[..., None] = getattr(self, f"_{name}")
        from newscrawl.state.database import needing_room

        self._opts = opts
        make_output()
        try:
            with doing.shown("starting"), needing_room():
                config = Config.read(self.settings)
                if name in _LOOKING:
                    _refuse_absent(config)
                action(config, *given)
            sys.stdout.flush()
        except BrokenPipeError:
            close_pipe()
        except NewscrawlError as e:
            print(printable(f"{program()} bucket {name}: {e}", lines=True), file=sys.stderr)
            self.exitcode = e.exit_code

    @contextmanager
    def _read(self, config: Config) -> Iterator[tuple[ObjectStore, Location]]:
        """The bucket, for a command that only reads it: says which that is, and where the demo's is if it is empty."""
        from newscrawl.bucket.keys import RUNS_FOLDER

        with opened(config, write=False) as (store, location):
            print(f"reading {location} at {store.endpoint}", file=sys.stderr)
            demo = config.state_dir / "demo" / "state.db"
            if store.is_empty(location.key(RUNS_FOLDER)):
                hint = f"; the demo's: SCRAPY_PROJECT=demo {program()} bucket ..." if demo.exists() else ""
                print(f"it is empty{hint}", file=sys.stderr)
            yield store, location

    def _query(self, config: Config, sql: str) -> None:
        from newscrawl.bucket.query import asked, tables_of

        console = AnswerConsole.whole()
        # For a pipe or a file: whole values, in a form that other tools read.
        form = self._opts.format or ("table" if console.is_terminal else "csv")
        refuse_terminal(form)
        with self._read(config) as (store, location):
            beside = stories_dataset(store, location) if "stories" in tables_of(sql) else {}
            with asked(store, location, sql, beside) as result:
                if form == "table":
                    rows = result.fetchall()
                    doing.answering()
                    print_table(console, [column[0] for column in result.description or ()], rows)
                else:
                    write_rows(result, form)

    def _export(self, config: Config, table: str) -> None:
        from newscrawl.bucket.query import asked

        opts = self._opts
        form = opts.format or form_of(opts.out)
        if form == "table":
            raise ConfigError("--format table is for query: an export is csv, json, jsonl.gz or parquet")
        if opts.out is None:
            refuse_terminal(form)
        condition = condition_of(table, opts.since, opts.site)
        with self._read(config) as (store, location), ExitStack() as stack:
            beside = stories_dataset(store, location) if table == "stories" else {}
            result = stack.enter_context(asked(store, location, f"SELECT * FROM {table} WHERE {condition}", beside))
            rows = write_rows(result, form) if opts.out is None else write_file(result, form, opts.out)
        print(f"{rows:,} rows of {table}" + (f" in {opts.out}" if opts.out else ""), file=sys.stderr)
        if opts.site and not rows:
            names = f'{program()} bucket query "SELECT DISTINCT site FROM articles"'
            print(f"of a site {opts.site!r} there is none; which there are: {names}", file=sys.stderr)

    def _compact(self, config: Config) -> None:
        from newscrawl.tables.compact import compact

        with opened(config) as (store, location):
            done = compact(store, location)
        print(
            f"stories: {done.new} new, {done.changed} changed, {done.gone} gone; {done.batches} batches folded in,"
            f" version {done.version}"
        )
        if done.rolled_up:
            print(f"roll-up: {done.rolled_up} batches more, for commands and lost states")

    def _stats(self, config: Config) -> None:
        from newscrawl.bucket.reader import archive_totals

        with self._read(config) as (store, location):
            sums = archive_totals(store, location)
        table = Table("table", Column("rows", justify="right"), Column("bytes", justify="right"))
        for name, rows in sums.rows.items():
            table.add_row(name.value, f"{rows:,}", f"{sums.bytes[name]:,}")
        doing.answering()
        console = AnswerConsole()
        console.print(table)
        runs = "run" if sums.runs == 1 else "runs"
        # A run that stored nothing has no batch.
        console.print(f"{sums.batches:,} batches of {sums.runs:,} {runs}, {sums.unchanged:,} pages unchanged")

    def _serve(self, config: Config) -> None:
        if config.bucket is not None:
            raise ConfigError(f"NEWSCRAWL_BUCKET is {config.bucket}: only the embedded server can be served from here")
        from newscrawl.server.embedded import EmbeddedS3

        def announce(server: EmbeddedS3) -> None:
            doing.cleared()
            for name, value in server.aws_env().items():
                print(f"export {name}={value}")
            print(
                f"# {server.location} is served until Ctrl-C; paste the lines above where you read it",
                flush=True,
            )

        EmbeddedS3(config.state_dir).serve_forever(announce)

    def _check(self, config: Config) -> None:
        from newscrawl.archive.consistency import findings

        with locked(config), self._read(config) as (store, location):
            lines, batches, notes, unread = findings(
                store, location, config.state_dir, config.dedup_window, deep=self._opts.deep
            )
        for line in [*notes, *lines]:
            print(printable(line))
        if lines:
            raise BucketDamaged(f"{len(lines)} findings in {batches} batches")
        print(f"{batches} batches: bucket, ledger and index agree" + (", but for what is noted above" if notes else ""))
        if unread:
            print(
                f"{unread:,} objects were not read again: their ETag is that of the bytes that were rolled up (--deep)"
            )

    def _rebuild(self, config: Config) -> None:
        from newscrawl.archive.consistency import rebuild
        from newscrawl.archive.opening import open_archive

        with locked(config), opened(config) as (store, location):
            done = rebuild(store, location, config.state_dir, lambda: open_archive(config, store, location))
        urls = ", ".join(f"{number:,} {state}" for state, number in done.urls.items())
        print(f"rebuilt {config.state_dir / 'state.db'} from {done.batches} batches; URLs: {urls or 'none'}")
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
        with self._read(config) as (store, location):
            archive = open_archive(config, store, location)
            similar(archive, name, AnswerConsole())
            archive.state.close()

    def _undo(self, config: Config, article_id: str) -> None:
        from newscrawl.archive.opening import open_archive
        from newscrawl.bucket.undo import undone

        with locked(config), opened(config) as (store, location):
            before = undone(store, location)
            archive = open_archive(config, store, location)
            archive.recover()
            undo = archive.undo(article_id)
            archive.state.close()
        done = "was undone before: it" if article_id in before else "undone: it"
        print(
            f"{article_id} {done} is a story of its own since {undo.undone_at}"
            f" (it had fallen to {undo.story_id} as {undo.relation})"
        )

    def _changes(self, config: Config) -> None:
        from newscrawl.bucket.rows_out import plain
        from newscrawl.tables.changes import changes

        with self._read(config) as (store, location):
            rows, cursor = changes(store, location, self._opts.since)
            doing.answering()
            in_utf8()
            for row in rows:
                print(json.dumps(row, ensure_ascii=False, default=plain))
        print(json.dumps({"cursor": cursor}))

    def _reextract(self, config: Config) -> None:
        import asyncio
        import signal

        from newscrawl.run.reextract import Reextracted, reextract
        from newscrawl.run.run import Run

        run = Run.open(config)

        async def stoppable() -> Reextracted:
            # An exception that a signal raises somewhere in the loop may be swallowed there; a cancelled task is not.
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, asyncio.current_task().cancel)  # type: ignore[union-attr]
            interrupts.heed()
            return await reextract(run, lambda part, n, of: _step(f"{n}/{of} {part.key}"))

        try:
            done = asyncio.run(stoppable())
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise Stopped("a signal ended it before it was through; start again to go on") from None
        finally:
            run.close()
        kinds = ", ".join(f"{number:,} {name}" for name, number in done.outcomes.most_common())
        print(
            f"reextracted {done.pages:,} pages of {done.parts} raw parts: {done.rows:,} new rows"
            + (f" ({kinds})" if kinds else "; this extraction has read all there are")
        )

    def _dedupe(self, config: Config) -> None:
        from newscrawl.run.joining import join
        from newscrawl.run.run import Run

        run = Run.open(config)
        try:
            interrupts.heed()
            done = join(run, lambda done, of, what: _step(f"{done:,}/{of:,} {what}"))
        finally:
            run.close()
        print(f"looked at {done.articles:,} articles of {done.batches:,} batches: {done.moved:,} belong elsewhere now")

    def _report(self, config: Config) -> None:
        from newscrawl.run.span import gather
        from newscrawl.run.span_page import SPAN_PAGE, span_page
        from newscrawl.state.database import close_to_others

        with self._read(config) as (store, location):
            page = span_page(gather(store, location, self._opts.since, config.doubtful_below))
        path: Path = self._opts.out or config.state_dir / SPAN_PAGE
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():  # another's mode is theirs to choose
                path.touch()
                close_to_others(path)
            path.write_text(page, encoding="utf-8")
        except OSError as e:
            if self._opts.out is None:
                raise  # a state directory that cannot be written is told for all commands
            raise ConfigError(f"{path} cannot be written: {e.strerror}") from e
        print(path)

    def _forget(self, config: Config, page: str | None = None) -> None:
        from newscrawl.commands.takedown import forget

        forget(config, self._opts, page)


def _refuse_absent(config: Config) -> None:
    if config.bucket is None and not config.state_dir.exists():
        raise BucketMissing(
            f"there is no archive at {config.state_dir}: correct NEWSCRAWL_STATE_DIR, name a bucket by "
            f"NEWSCRAWL_BUCKET, or make one: {program()} crawl news"
        )


def _step(words: str) -> None:
    """Say how far a command is where no line does."""
    if not doing.is_shown():
        print(words, file=sys.stderr)
