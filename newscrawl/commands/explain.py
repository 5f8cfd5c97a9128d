"""`scrapy explain URL|FILE`: one page through the whole path, and what each step made of it (`newscrawl.why`)."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from newscrawl import doing
from newscrawl.commands.answers import AnswerConsole, close_pipe
from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError, program
from newscrawl.items import Page
from newscrawl.sites import SHIPPED, Site, load
from newscrawl.text.languages import IDENTIFIED
from newscrawl.text.printable import printable
from newscrawl.text.urls import web_url

if TYPE_CHECKING:
    from newscrawl.why.why import Why

_URL = re.compile(r"https?://", re.IGNORECASE)
_GZIP = b"\x1f\x8b"


class Command(ScrapyCommand):
    """Reads a page as a crawl does, by the same functions, and stores nothing."""

    requires_project = True
    requires_crawler_process = False  # a saved page needs none
    default_settings = {"LOG_LEVEL": "WARNING"}

    def syntax(self) -> str:
        return "URL | FILE.html"

    def short_desc(self) -> str:
        return "Show what each step of extraction makes of a page"

    def long_desc(self) -> str:
        return (
            "Fetches a page (robots.txt obeyed, nothing stored) or reads a saved one, and shows where each "
            "value came from, its lines beside the stored text with the rule that cut each, and what the archive of "
            f"NEWSCRAWL_STATE_DIR would take it for. Example: {program()} explain page.html --url "
            "https://www.example.org/story-1 --html why.html"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--url", help="of a saved page: the address that it came from, which is part of the verdict"
        )
        parser.add_argument("--language", choices=IDENTIFIED, help="in the place of what the site's entry says, or hi")
        parser.add_argument(
            "--announced", action="store_true", help="a feed or news sitemap names it, which is part of the verdict"
        )
        parser.add_argument(
            "--bucket",
            action="store_true",
            help="ask the bucket, too: what its neighbours are called, and without a state which it has",
        )
        parser.add_argument("--html", type=Path, metavar="OUT", help="write the same as a page to send with a report")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError(f"{program()} explain {self.syntax()}")
        try:
            assert self.settings
            config = Config.read(self.settings)
            doing.show(f"reading {args[0]}")
            # Here, for each command imports this module.
            from newscrawl.why.known import learned_lines
            from newscrawl.why.page import why_page
            from newscrawl.why.terminal import show
            from newscrawl.why.why import why

            _refuse_odd(args[0], opts)
            page, stated = self._page(args[0], opts, config)
            page = replace(
                page,
                obeyed=config.opt_outs,
                reservations=tuple(stated),
                announced=opts.announced,
                template_lines=learned_lines(config.state_dir, page.site),
            )
            doing.doing("reading the page as a crawl does")
            told = _beside_bucket(page, stated, config) if opts.bucket else why(page, stated, config)
            doing.answering()
            show(told, AnswerConsole(highlight=False))
            if opts.html is not None:
                _write(why_page(told), opts.html)
        except BrokenPipeError:
            close_pipe()
        except NewscrawlError as e:
            doing.cleared()
            print(printable(f"{program()} explain: {e}"), file=sys.stderr)
            self.exitcode = e.exit_code

    def _page(self, asked: str, opts: argparse.Namespace, config: Config) -> tuple[Page, dict[str, str]]:
        """The page, and of a fetched one the opt-outs that are stated about it."""
        from newscrawl.trial.one_page import fetched
        from newscrawl.trial.proposal import site_of

        assert self.settings
        url = asked if _URL.match(asked) else opts.url or f"https://saved.example/{Path(asked).stem}"
        site = site_of(url, load(Path(self.settings["NEWSCRAWL_SITES_FILE"] or SHIPPED)), config.connect_to)
        site = replace(site, language=opts.language or site.language)
        if not _URL.match(asked):
            return _saved(Path(asked), url, site), {}
        self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")
        return fetched(url, site, self.settings, config)


def _refuse_odd(asked: str, opts: argparse.Namespace) -> None:
    """Raise `ConfigError` where the arguments contradict each other, before anything is asked."""
    if opts.url and _URL.match(asked):
        raise ConfigError(f"--url is for a saved page: leave it out, {asked} has its own")
    if opts.url and web_url(opts.url) is None:
        raise ConfigError(f"--url {opts.url!r} is no web address")
    if opts.html and not _URL.match(asked) and opts.html.resolve() == Path(asked).resolve():
        raise ConfigError(f"--html {opts.html} is the page itself: name another file")


def _beside_bucket(page: Page, stated: dict[str, str], config: Config) -> Why:
    """As `why`, with the names of its neighbours, by the bucket; where there is no state, by one made of the bucket."""
    from newscrawl.archive.opening import state_at_hand
    from newscrawl.bucket.lookup import find_stored
    from newscrawl.server.configured import bucket_of
    from newscrawl.why.why import why

    with bucket_of(config, write=False) as (store, location), state_at_hand(config, store, location) as state_dir:
        told = why(page, stated, replace(config, state_dir=state_dir))
        rows = find_stored(store, location, [one.article_id for one in told.known.neighbours])
    names = {
        row.id: f"“{row.title}”, {row.site}, {row.told_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {row.url}"
        for row in rows
    }
    asked = told.known.asked
    if state_dir != config.state_dir:
        asked = asked.replace(f"{state_dir / 'state.db'}", f"a state made of {location}")
    return replace(told, known=replace(told.known.naming(names), asked=asked))


def _saved(path: Path, url: str, site: Site) -> Page:
    try:
        body = path.read_bytes()
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read ({e.strerror}); give a saved page or a URL") from e
    if body.startswith(_GZIP):
        raise ConfigError(f"{path}: is compressed: unpack it first (gunzip, zcat)")
    return Page(
        discovered_url=url, url=url, site=site.name, fetched_at=datetime.now(UTC), status=200, body=body,
        content_type="text/html", language=site.language, named=site.names(url), own_address=site.canonical == "ignore",
    )  # fmt: skip


def _write(page: str, out: Path) -> None:
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as e:
        raise ConfigError(f"{out}: cannot be written ({e.strerror})") from e
