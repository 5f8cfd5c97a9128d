"""`scrapy parse URL`: Scrapy's; a spider of newscrawl gets a trial in place of a run, so that no bucket is needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from itemadapter import ItemAdapter
from scrapy import Request, Spider
from scrapy.commands.parse import Command as ScrapyParse
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader
from scrapy.utils import display

from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError, Stopped, last_line, program
from newscrawl.items import Article, Reject
from newscrawl.sites import SHIPPED, load
from newscrawl.text.printable import printable


class Command(ScrapyParse):
    """Fetches the page by the rules of a crawl, and prints the row that its article would have."""

    def short_desc(self) -> str:
        return "Fetch a page, and print the row that its article would have"

    def long_desc(self) -> str:
        return (
            "Takes the page for an article of its site in the sites file, or of a site that is not there yet. Nothing "
            f"is stored. Example: {program()} parse --nolog https://www.example.org/story-1"
        )

    def set_spidercls(self, url: str, opts: argparse.Namespace) -> None:
        """The spider that is named, else one that claims the address, else `news`."""
        assert self.crawler_process and self.settings
        loader = get_spider_loader(self.settings)
        if opts.spider is None and _claims(loader, url):
            super().set_spidercls(url, opts)
            return
        name = opts.spider or "news"
        try:
            self.spidercls = loader.load(name)
        except KeyError:
            if name != "news":
                raise UsageError(f"there is no spider {name!r}") from None
            from newscrawl.spiders.news import NewsSpider  # here, for each command imports this module

            self.spidercls = NewsSpider  # a project of somebody's own need not name it

        async def start(spider: Spider) -> AsyncIterator[Request]:
            yield self.prepare_request(spider, Request(url), opts)

        self.spidercls.start = start  # type: ignore[assignment,method-assign]

    def start_parsing(self, url: str, opts: argparse.Namespace) -> None:
        from newscrawl.spiders.news import NewsSpider
        from newscrawl.spiders.news_crawler import NewsCrawler
        from newscrawl.spiders.plan import refuse_anonymous, refuse_unknown
        from newscrawl.trial.proposal import site_of
        from newscrawl.trial.trial import Trial

        assert self.crawler_process and self.settings and self.spidercls
        if not issubclass(self.spidercls, NewsSpider):
            super().start_parsing(url, opts)
            return
        try:
            own = self.spidercls.own_arguments(opts.spargs)
            refuse_unknown(opts.spargs, own)
            config = Config.read(self.settings)
            registry = opts.spargs.get("sites_file") or self.settings["NEWSCRAWL_SITES_FILE"] or SHIPPED
            sites = [site_of(url, load(Path(registry)), config.connect_to)]
            refuse_anonymous(sites, config)
            with Trial.begun(config, sites, alone=False) as trial:
                self.pcrawler = NewsCrawler.of(self.crawler_process, self.spidercls, self.settings)
                self.crawler_process.crawl(self.pcrawler, run=trial, plan=trial.plan(), **own)
                self.crawler_process.start()
            if not self.first_response:
                if not trial.report.finished:
                    raise trial.report.failure or Stopped("a signal ended it at once")
                raise trial.report.failure or ConfigError(f"{url}: was not fetched; without --nolog the log says why")
        except NewscrawlError as e:
            print(printable(last_line(e)), file=sys.stderr)
            self.exitcode = e.exit_code

    def prepare_request(self, spider: Spider, request: Request, opts: argparse.Namespace) -> Request:
        """Scrapy's hook. The page is an article's: what its host states of it is asked, as in a crawl."""
        from newscrawl.fetching.optout import ARTICLE_META

        request.meta[ARTICLE_META] = True
        return super().prepare_request(spider, request, opts)

    def print_results(self, opts: argparse.Namespace) -> None:
        if not self.exitcode:
            super().print_results(opts)

    def print_items(self, lvl: int | None = None, colour: bool = True) -> None:
        """As Scrapy's; what is newscrawl's is shown as the row that the bucket would have."""
        levels = self.items.values() if lvl is None else [self.items.get(lvl, [])]
        print("# Scraped Items ", "-" * 60)
        display.pprint([_shown(item) for items in levels for item in items], colorize=colour)


def _claims(loader: Any, url: str) -> bool:
    return bool(loader.find_by_request(Request(url)))


def _shown(item: Any) -> Any:
    from newscrawl.bucket.schema import row_of, tables_of

    if isinstance(item, Article | Reject):
        [table, *_] = tables_of(item)
        # The verdict is left out: a page alone founds a story.
        return row_of(table, replace(item, story_id=item.id) if isinstance(item, Article) else item, "none")
    return ItemAdapter(item).asdict()
