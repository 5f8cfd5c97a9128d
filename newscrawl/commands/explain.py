"""`scrapy explain URL|FILE`: one page through the steps of extraction, and what each of them made of it."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from scrapy import Request, Spider
from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawl.errors import ConfigError, NewscrawlError, program
from newscrawl.fetching.reasons import failed_page
from newscrawl.items import Article, Page, Reject
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from newscrawl.extraction.story import Steps

_URL = re.compile(r"https?://", re.IGNORECASE)
# Characters of an element's text that are shown: enough to know it again.
_SHOWN = 100
# Wide enough for a line of a story in a browser's window.
_HTML_COLUMNS = 120


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
            "Fetches a page (robots.txt obeyed, nothing stored) or reads a saved one, and shows its metadata, what was "
            f"cut by which rule, the text and the verdict. Example: {program()} explain page.html --url "
            "https://www.example.org/story-1 --html why.html"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--url", help="of a saved page: the address that it came from, which is part of the verdict"
        )
        parser.add_argument("--language", default="hi", help="what the site's entry says (default: hi)")
        parser.add_argument("--html", type=Path, metavar="OUT", help="write the same as a page to send with a report")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError(f"{program()} explain {self.syntax()}")
        try:
            page = self._fetched(args[0], opts) if _URL.match(args[0]) else _saved(Path(args[0]), opts)
            told = Group(*explained(page))
            Console(soft_wrap=False).print(told)
            if opts.html is not None:
                _write(told, opts.html)
        except NewscrawlError as e:
            print(printable(f"{program()} explain: {e}"), file=sys.stderr)
            self.exitcode = e.exit_code

    def _fetched(self, url: str, opts: argparse.Namespace) -> Page:
        assert self.settings
        self.settings.set("LOG_LEVEL", "WARNING", priority="cmdline")
        answers: list[Response | Failure] = []
        process = AsyncCrawlerProcess(self.settings)
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
        return _page(url, answer.url, answer.status, answer.body, content_type, opts.language)


class _OnePage(Spider):
    """Asks for one page; what came is put into `answers`."""

    name = "explain"

    def __init__(self, url: str, answers: list[Response | Failure], **arguments: Any) -> None:
        super().__init__(start_urls=[url], **arguments)
        self._url, self._answers = url, answers

    async def start(self) -> Any:
        """Scrapy's hook."""
        yield Request(self._url, callback=self._answers.append, errback=self._answers.append, dont_filter=True)


def explained(page: Page) -> list[RenderableType]:
    """What the steps made of a page, to print."""
    # Here, for each command imports this module.
    from newscrawl.dedup.signature import signature
    from newscrawl.extraction.story import Steps, extract, steps

    found = steps(page)
    outcome = extract(page, signature)
    parts: list[RenderableType] = [Rule("page"), _fields(_of_page(page))]
    if isinstance(found, Steps):
        parts += [Rule("what the page says of itself"), _fields(_said(found))]
        parts += [Rule("cut from the markup"), _cut(found)]
        parts += [Rule("the text"), _text(found, outcome)]
    return [*parts, Rule("verdict"), _fields(_verdict(outcome, found))]


def _of_page(page: Page) -> dict[str, object]:
    return {"url": page.url, "bytes": f"{len(page.body):,}", "content type": page.content_type, "status": page.status}


def _said(found: Steps) -> dict[str, object]:
    meta, said = found.meta, found.said
    names = (
        "title", "canonical_url", "first_page", "summary", "authors", "section", "tags", "published_at", "zone_assumed",
        "modified_at", "image_url",
    )  # fmt: skip
    told: dict[str, object] = {"decoded": f"{found.characters:,} characters, {found.elements:,} elements"}
    told |= {name: getattr(meta, name) for name in names}
    told |= {
        "JSON-LD types": sorted(meta.types),
        "JSON-LD articleBody": f"{len(meta.article_body):,} characters" if meta.article_body else None,
        "kind": said.kind,
        "says that it is an article": said.article,
        "address names a story": said.story_address,
        "address is none of a story": said.address,
    }
    return told


def _cut(found: Steps) -> RenderableType:
    table = Table(box=None, pad_edge=False)
    for name in ("rule", "reason", "words"):
        table.add_column(name, overflow="fold")  # never cut
    table.add_column("begins", overflow="fold")
    for taken in found.pruned.taken:
        words = " ".join("".join(taken.element.itertext()).split())
        if words:
            table.add_row(taken.rule, taken.reason, str(len(words.split())), _plain(words[:_SHOWN]))
    return table if table.row_count else Text("nothing with a text", style="dim")


def _text(found: Steps, outcome: Article | Reject) -> RenderableType:
    """The chosen lines, and those of the first candidate that did not stay: `+` is in the story, `-` is not."""
    chosen = found.chosen
    doubt = "the ways of reading disagree, so each was asked" if chosen.doubted else "two ways of reading agree"
    lines = [Text(f'read as "{chosen.candidate}", agreement {chosen.agreement:.2f}: {doubt}')]
    kept = outcome.text.split("\n") if isinstance(outcome, Article) else chosen.lines
    in_story = set(kept)
    for line in found.first:
        if line not in in_story:
            lines.append(Text(f"- {_plain(line)}", style="red"))
    for line in kept:
        mark = "+" if line in set(found.first) else "+ (another candidate's)"
        lines.append(Text(f"{mark} {_plain(line)}", style="green"))
    return Group(*lines)


def _verdict(outcome: Article | Reject, found: object) -> dict[str, object]:
    if isinstance(outcome, Reject):
        return {"reject": outcome.reason.value, "detail": outcome.detail}
    return {
        "article": outcome.id,
        "language": outcome.language,
        "words": outcome.word_count,
        "kind": outcome.kind,
        "confidence": outcome.confidence,
        "signature": f"{outcome.signature.shingles} shingles, {len(outcome.signature.keys)} window keys",
        "extraction version": outcome.extraction_version,
        "copies": f"{program()} bucket similar {outcome.url} shows what it was compared with, once it is stored",
    }


def _fields(told: dict[str, object]) -> Table:
    table = Table("name", box=None, pad_edge=False, show_header=False)
    table.add_column("value", overflow="fold")
    for name, value in told.items():
        plain = ", ".join(map(str, value)) if isinstance(value, tuple | list) else value
        table.add_row(Text(name, style="bold"), Text("-", style="dim") if plain in (None, "") else _plain(str(plain)))
    return table


def _plain(words: str) -> Text:
    return Text(printable(words))


def _saved(path: Path, opts: argparse.Namespace) -> Page:
    try:
        body = path.read_bytes()
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read ({e.strerror}); give a saved page or a URL") from e
    url = opts.url or f"https://saved.example/{path.stem}"
    return _page(url, url, 200, body, "text/html", opts.language)


def _page(asked: str, url: str, status: int, body: bytes, content_type: str | None, language: str) -> Page:
    return Page(
        discovered_url=asked, url=url, site="explain", fetched_at=datetime.now(UTC), status=status, body=body,
        content_type=content_type, language=language,
    )  # fmt: skip


def _write(told: RenderableType, out: Path) -> None:
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=_HTML_COLUMNS, file=nowhere)
        console.print(told)
        try:
            console.save_html(str(out))
        except OSError as e:
            raise ConfigError(f"{out}: cannot be written ({e.strerror})") from e
