"""`scrapy crawl`, with the run opened before anything is fetched and an exit code that tells the truth."""

from __future__ import annotations

import argparse
import difflib
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from rich.console import Console
from scrapy import Spider
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader
from w3lib.url import file_uri_to_path

from newscrawl import doing, interrupts
from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError, Stopped, command, last_line, program
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from scrapy.commands import BaseRunSpiderCommand as _Running

    from newscrawl.run.run import Run
else:
    # Every command class of this package is a command to Scrapy.
    _Running = object


# How long threads may take to end after a second signal; they need milliseconds, or hang.
_LAST_SECONDS = 5.0


class OpensRun(_Running):
    """For a command of Scrapy's that runs one spider: one of newscrawl gets an opened `Run`, any other runs as Scrapy
    has it."""

    opened: Run | None = None

    def spider_of(self, args: list[str]) -> type[Spider] | None:
        """The spider that a command line names; None where Scrapy says what is wrong with it. Raises `UsageError`."""
        raise NotImplementedError

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Open the run here, before Scrapy starts to log: a failure is one line and an exit code."""
        super().process_options(args, opts)
        assert self.settings
        if opts.pdb or any(str(uri).startswith("stdout:") for uri in self.settings.getdict("FEEDS")):
            # Beside a debugger, or articles on their way to standard output (`-O -:jsonlines`), it would be in the way.
            doing.cleared()
        else:
            # Until the run's end: what Scrapy logs comes above it.
            doing.show("reading the settings")
        self._spider = self.spider_of(args)
        if self._spider is None:
            doing.cleared()
            return
        try:
            # A spider's own settings hold, too.
            settings = self.settings.copy()
            self._spider.update_settings(settings)
            _refuse_unwritable(settings.getdict("FEEDS"))
            if getattr(self._spider, "crawls_news", False):
                self.opened = _opened(self._spider, settings, opts.spargs)
            else:
                doing.cleared()
        except NewscrawlError as e:
            _refuse(e)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        run = self.opened
        if run is None:
            super().run(args, opts)  # type: ignore[safe-super]  # that of Scrapy's command behind this class
            return
        from newscrawl.run.feed_export import lost
        from newscrawl.run.progress import Progress, progress_line
        from newscrawl.run.summary import print_summary
        from newscrawl.spiders.news_crawler import NewsCrawler

        assert self.crawler_process and self.settings and self._spider
        try:
            crawler = NewsCrawler.of(self.crawler_process, self._spider, self.settings)
            interrupts.heed()
            self.crawler_process.crawl(crawler, run=run, **opts.spargs)
            doing.telling(lambda: progress_line(run.report))
            self.crawler_process.start()
            # Scrapy takes its handlers away at a second signal, which leaves everything open.
            is_killed = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            began = _began(crawler)
            if began and (progress := crawler.get_extension(Progress)):
                progress.spider_closed()
        finally:
            run.close()
            doing.cleared()
        report = run.report
        failure = report.failure
        if self.crawler_process.bootstrap_failed:
            failure = failure or NewscrawlError("the crawl could not start; the log above says why")
        if not report.finished:
            failure = failure or _unfinished(is_killed=is_killed, is_stopped=crawler.is_stopped)
        failure = failure or (lost(crawler) if began else None)
        where = f"{run.archive.location} at {run.archive.store.endpoint}"
        print_summary(report, where, Console(stderr=True), _query_command())
        print(printable(last_line(failure, report.pages_committed)), file=sys.stderr)
        self.exitcode = failure.exit_code if failure else 0
        if not report.finished:
            # Threads of the reactor that nobody stopped keep the process alive.
            from twisted.internet import reactor

            reactor.getThreadPool().stop()
            end = threading.Timer(_LAST_SECONDS, os._exit, (self.exitcode,))
            end.daemon = True
            end.start()


def _opened(spider: Any, settings: BaseSettings, arguments: dict[str, str]) -> Run:
    """The run of a `NewsSpider` with these arguments, validated."""
    # Here, for each command imports this module.
    from newscrawl.spiders.plan import Plan
    from newscrawl.spiders.project_parts import check_parts

    check_parts(settings)
    config, own = Config.read(settings), spider.own_arguments(arguments)
    plan = Plan.read(arguments, config, settings["NEWSCRAWL_SITES_FILE"], own)
    doing.doing("loading the crawler")
    from newscrawl.run.run import Run
    from newscrawl.workers import pool

    pool.prepare()
    return Run.open(config, plan.leased, asks=True)


class Command(OpensRun, ScrapyCrawl):
    """`scrapy crawl`."""

    def syntax(self) -> str:
        return "[options] SPIDER"

    def long_desc(self) -> str:
        return (
            "news, the spider of newscrawl, takes -a sites=NAME,NAME, -a sites_file=FILE, -a since=12h (or all) and "
            f"-a limit=PAGES. Example: {program()} crawl news -a sites=amarujala,jagran -a limit=100"
        )

    def spider_of(self, args: list[str]) -> type[Spider]:
        """The project's spider of that name."""
        assert self.settings
        if len(args) != 1:
            raise UsageError(f"name one spider: {program()} crawl news")
        try:
            return get_spider_loader(self.settings).load(args[0])
        except KeyError:
            names = get_spider_loader(self.settings).list() or ["news"]
            near = (difflib.get_close_matches(args[0], names, n=1) or names)[0]
            raise UsageError(f"there is no spider {args[0]!r}; try: {program()} crawl {near}") from None


def _began(crawler: Crawler) -> bool:
    """Whether it came as far as to have extensions, for which Scrapy's raises where it did not."""
    try:
        return crawler.extensions is not None
    except RuntimeError:
        return False


def _unfinished(*, is_killed: bool, is_stopped: bool) -> NewscrawlError:
    """Why a run came to no end of ours."""
    if is_killed:
        return Stopped("a second signal ended the run at once; start again to go on")
    if is_stopped:
        return Stopped("a signal ended the run before it asked for anything; start again")
    return ConfigError(
        "nothing was committed, for ITEM_PIPELINES has no newscrawl.pipelines.store.StorePipeline: add it, or take the"
        " articles from -O articles.jsonl"
    )


def _refuse_unwritable(feeds: Iterable[object]) -> None:
    """Raise `ConfigError` where a file of -o or -O cannot be written: Scrapy would only log it, and what it lacks then
    no later run writes, for its pages are done."""
    for feed in map(str, feeds):
        if urlsplit(feed).scheme not in ("", "file") or "%(" in feed:
            continue  # another machine's, or named when the run begins
        path = Path(file_uri_to_path(feed) if feed.startswith("file:") else feed)
        if path.exists() and not path.is_file() and not path.is_dir():
            continue  # a pipe, whose reader may not be there yet
        is_new = not path.exists()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab"):
                pass
            if is_new:
                path.unlink()
        except OSError as e:
            raise ConfigError(f"{path} cannot be written: {e.strerror}; name another file behind -o or -O") from e


def _refuse(error: NewscrawlError) -> NoReturn:
    doing.cleared()
    print(printable(last_line(error)), file=sys.stderr)
    sys.exit(error.exit_code)


def _query_command() -> str:
    """A command that asks the bucket of this run, ready to paste into the shell that started it."""
    beside = Path(sys.executable).with_name(program())
    sql = "SELECT site, count(*) AS stories FROM articles GROUP BY site ORDER BY stories DESC"
    return command(f'bucket query "{sql}"', shlex.quote(os.path.relpath(beside)) if beside.exists() else None)
