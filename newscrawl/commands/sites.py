"""`scrapy sites [FILE]`: check a site registry and show it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl.errors import NewscrawlError, program
from newscrawl.sites import SHIPPED, load
from newscrawl.text.printable import printable


class Command(ScrapyCommand):
    """Validates without asking the network."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        return "[FILE]"

    def short_desc(self) -> str:
        return "Check a site registry (default: the configured or shipped one) and list it"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) > 1:
            raise UsageError("name at most one sites file")
        assert self.settings
        path = Path(args[0] if args else self.settings["NEWSCRAWL_SITES_FILE"] or SHIPPED)
        try:
            sites = load(path)
        except NewscrawlError as e:
            print(printable(f"{program()} sites: {e}"), file=sys.stderr)
            self.exitcode = e.exit_code
            return
        table = Table("name", "home", "feeds", "sitemaps", "sections", "delay")
        for s in sites:
            table.add_row(s.name, s.home, *(str(len(x)) for x in (s.feeds, s.sitemaps, s.sections)), f"{s.delay:g}")
        console = Console()
        console.print(table)
        console.print(f"{path}: {len(sites)} sites, no error")
