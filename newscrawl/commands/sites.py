"""`scrapy sites [list|lint] [FILE]`: show a site registry, or say what is doubtful in it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl.errors import ConfigError, NewscrawlError, program
from newscrawl.sites import SHIPPED, Site, doubts, load
from newscrawl.text.languages import IDENTIFIED
from newscrawl.text.printable import printable

_ACTIONS = ("list", "lint")


class Command(ScrapyCommand):
    """Asks nothing of the network."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        return "[list | lint] [FILE]"

    def short_desc(self) -> str:
        return "List a site registry (default: the configured or shipped one), or check it"

    def long_desc(self) -> str:
        return (
            "list: the entries; --json prints one a line. lint: what is likely wrong in them, and exit code 2. "
            f"Example: {program()} sites lint my.toml"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="list: a JSON object a line, with every field")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        action = args.pop(0) if args and args[0] in _ACTIONS else "list"
        if len(args) > 1:
            raise UsageError(f"name at most one sites file: {' '.join(args)}")
        assert self.settings
        path = Path(args[0] if args else self.settings["NEWSCRAWL_SITES_FILE"] or SHIPPED)
        try:
            sites = load(path)
            if action == "lint":
                _lint(path, sites)
            elif opts.json:
                for site in sites:
                    print(json.dumps(asdict(site), ensure_ascii=False))
            else:
                _list(path, sites)
        except NewscrawlError as e:
            print(printable(f"{program()} sites: {e}", lines=True), file=sys.stderr)
            self.exitcode = e.exit_code


def _lint(path: Path, sites: list[Site]) -> None:
    if found := list(doubts(sites, IDENTIFIED)):
        raise ConfigError("\n".join([f"{path}: {len(found)} doubts", *found]))
    print(f"{path}: {len(sites)} sites, nothing doubtful")


def _list(path: Path, sites: list[Site]) -> None:
    table = Table("name", "home", "feeds", "sitemaps", "sections", "delay")
    for s in sites:
        table.add_row(s.name, s.home, *(str(len(x)) for x in (s.feeds, s.sitemaps, s.sections)), f"{s.delay:g}")
    console = Console()
    console.print(table)
    named = sum(bool(s.feeds or s.sitemaps or s.sections) for s in sites)
    console.print(f"{path}: {len(sites)} sites, {named} with feeds, sitemaps or sections of their own, no error")
