"""`scrapy crawl`, with the run opened before anything is fetched and an exit code that tells the truth."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError

from newscrawl.config import Config
from newscrawl.errors import NewscrawlError
from newscrawl.report import last_line, print_summary
from newscrawl.run import Run
from newscrawl.spiders.news import NewsSpider
from newscrawl.spiders.plan import Plan


class Command(ScrapyCrawl):
    """Scrapy's command; a spider of newscrawl gets an opened `Run`, any other runs as Scrapy has it."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one spider: scrapy crawl news")
        assert self.crawler_process and self.settings
        try:
            spider = self.crawler_process.spider_loader.load(args[0])
        except KeyError:
            raise UsageError(f"there is no spider {args[0]!r}; try: scrapy crawl news") from None
        if not issubclass(spider, NewsSpider):
            super().run(args, opts)
            return
        run: Run | None = None
        try:
            config = Config.read(self.settings)
            Plan.read(opts.spargs, config, self.settings["NEWSCRAWL_SITES_FILE"])
            run = Run.open(config)
        except NewscrawlError as e:
            self._end(e, run)
            return
        try:
            self.crawler_process.crawl(self._create_crawler(args[0]), run=run, **opts.spargs)
            self.crawler_process.start()
            failure = run.failure
            if self.crawler_process.bootstrap_failed:
                failure = failure or NewscrawlError("the crawl could not start; the log above says why")
            print_summary(run, Console(stderr=True))
            self._end(failure, run)
        finally:
            run.close()

    def _end(self, failure: NewscrawlError | None, run: Run | None) -> None:
        print(last_line(failure, run), file=sys.stderr)
        self.exitcode = failure.exit_code if failure else 0
