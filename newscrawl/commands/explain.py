"""`scrapy explain URL|FILE`: one page through the whole path, and what each step made of it (`newscrawl.why`)."""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from newscrawl import doing
from newscrawl.commands.answers import AnswerConsole, close_pipe
from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError, program
from newscrawl.fetching.contact import say_who_crawls
from newscrawl.fetching.optout import WISHES_META, header_wishes
from newscrawl.fetching.page_wishes import wishes_about
from newscrawl.fetching.reasons import failed_page
from newscrawl.fetching.scope import OutOfScope, Scope
from newscrawl.items import Page
from newscrawl.sites import Site
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from newscrawl.why.why import Why

_URL = re.compile(r"https?://", re.IGNORECASE)
_REDIRECTS = (301, 302, 303, 307, 308)
# As browsers and robots do not go on for longer; a chain of a real site has three.
_MOST_HOPS = 10


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
        parser.add_argument("--language", default="hi", help="what the site's entry says (default: hi)")
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
            page, stated = (
                self._fetched(args[0], opts, config) if _URL.match(args[0]) else (_saved(Path(args[0]), opts), {})
            )
            page = replace(page, obeyed=config.opt_outs, reservations=tuple(stated), announced=opts.announced)
            doing.doing("reading the page as a crawl does")
            # Here, for each command imports this module.
            from newscrawl.why.page import why_page
            from newscrawl.why.terminal import show
            from newscrawl.why.why import why

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

    def _fetched(self, url: str, opts: argparse.Namespace, config: Config) -> tuple[Page, dict[str, str]]:
        """The page, and the opt-outs that its headers, robots.txt, tdmrep.json and licences state."""
        from newscrawl.spiders.plan import refuse_anonymous

        assert self.settings
        refuse_anonymous([Site(name=_OnePage.name, home=url)], config)
        self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")
        answers: list[Response | Failure] = []
        process = AsyncCrawlerProcess(self.settings)
        # A host that does not answer is told by the page's own failure, in a line and not in a traceback.
        logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)
        process.crawl(_OnePage, url=url, answers=answers)
        process.start()
        if not answers:
            raise ConfigError(f"{url}: was not fetched; the log above says why")
        [answer] = answers
        if isinstance(answer, Failure):
            reason, detail, _ = failed_page(answer)
            raise ConfigError(f"{url}: {reason}: {detail}")
        kind = answer.headers.get("Content-Type")
        content_type = kind.decode("latin-1") if kind else None
        page = _page(url, answer.url, answer.status, answer.body, content_type, opts.language)
        return page, header_wishes(answer)


def _beside_bucket(page: Page, stated: dict[str, str], config: Config) -> Why:
    """As `why`, with the names of its neighbours, by the bucket; where there is no state, by one made of the bucket."""
    from newscrawl.archive.opening import bucket_of, state_at_hand
    from newscrawl.bucket.lookup import find_stored
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


class _OnePage(Spider):
    """Asks for one page; what came is put into `answers`."""

    name = "explain"

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Scrapy's hook."""
        super().update_settings(settings)
        say_who_crawls(settings)

    def __init__(self, url: str, answers: list[Response | Failure], **arguments: Any) -> None:
        super().__init__(start_urls=[url], **arguments)
        self._url, self._answers = url, answers
        # As a crawl: not to another site, and to no address within.
        self._scope = Scope([Site(name=self.name, home=url)])
        self._hops = 0

    async def start(self) -> Any:
        """Scrapy's hook."""
        yield self._asking(self._url)

    def _asking(self, url: str) -> Request:
        # Redirects are followed here, where it is seen whither they lead.
        meta = {"dont_redirect": True, "handle_httpstatus_list": list(_REDIRECTS)}
        return Request(url, callback=self._answered, errback=self._answers.append, dont_filter=True, meta=meta)

    async def _answered(self, response: Response) -> AsyncIterator[Request]:
        self._hops += 1
        target = (response.headers.get("Location") or b"").decode("latin-1")
        if response.status not in _REDIRECTS or not target:
            assert response.request
            agent = self.settings["ROBOTSTXT_USER_AGENT"]
            response.request.meta[WISHES_META] = await wishes_about(self.crawler, response, agent, self._may_ask)
            self._answers.append(response)
            return
        target = response.urljoin(target)
        problem = self._scope.problem(target, self.name) if self._hops <= _MOST_HOPS else "redirected too often"
        if problem:
            self._answers.append(Failure(OutOfScope(f"leads to {target}: {problem}")))  # type: ignore[no-untyped-call]
            return
        yield self._asking(target)

    def _may_ask(self, url: str) -> bool:
        return self._scope.problem(url, self.name) is None


def _saved(path: Path, opts: argparse.Namespace) -> Page:
    try:
        body = path.read_bytes()
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read ({e.strerror}); give a saved page or a URL") from e
    url = opts.url or f"https://saved.example/{path.stem}"
    return _page(url, url, 200, body, "text/html", opts.language)


def _page(asked: str, url: str, status: int, body: bytes, content_type: str | None, language: str, **more: Any) -> Page:
    return Page(
        discovered_url=asked, url=url, site="explain", fetched_at=datetime.now(UTC), status=status, body=body,
        content_type=content_type, language=language, **more,
    )  # fmt: skip


def _write(page: str, out: Path) -> None:
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as e:
        raise ConfigError(f"{out}: cannot be written ({e.strerror})") from e
