"""`scrapy runspider FILE`: as `scrapy crawl`, for a spider that no project has."""

from __future__ import annotations

from scrapy import Spider
from scrapy.commands.runspider import Command as ScrapyRunspider
from scrapy.commands.runspider import _import_file
from scrapy.utils.spider import iter_spider_classes

from newscrawl.commands.crawl import OpensRun
from newscrawl.errors import program


class Command(OpensRun, ScrapyRunspider):
    """Scrapy's command; a spider of newscrawl gets an opened `Run`, and our exit codes."""

    def syntax(self) -> str:
        return "[options] FILE"

    def long_desc(self) -> str:
        return (
            "Runs the spider of a file; one of newscrawl takes the arguments of `crawl news`. "
            f"Example: {program()} runspider mypaper.py -a sites_file=my.toml"
        )

    def spider_of(self, args: list[str]) -> type[Spider] | None:
        """The last spider of the file, as Scrapy takes it."""
        if len(args) != 1:
            return None
        try:
            spiders = list(iter_spider_classes(_import_file(args[0])))
        except (ImportError, ValueError):
            return None
        return spiders[-1] if spiders else None
