"""A trial as a person sees it: run, watched meanwhile, and what it saw in words (`scrapy sites check`, `add`)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from newscrawl.config import Config
from newscrawl.doing import doing, is_shown, telling
from newscrawl.errors import NewscrawlError, Stopped
from newscrawl.items import Article
from newscrawl.sites import Site
from newscrawl.spiders.news import NewsSpider
from newscrawl.spiders.news_crawler import NewsCrawler
from newscrawl.spiders.plan import refuse_anonymous
from newscrawl.text.printable import printable
from newscrawl.trial.evidence import Evidence
from newscrawl.trial.site_verdict import Verdict
from newscrawl.trial.trial import Trial
from newscrawl.workers import pool
from newscrawl.workers.source_work import SourceKind

# Where there is no terminal to redraw; whoever reads a log of it wants to see that it is alive.
_SECONDS_PER_LINE = 2.0
# Above what -s sets.
_COMMAND_LINE = 40


def tried(settings: Settings, config: Config, sites: list[Site]) -> tuple[list[Evidence], NewscrawlError | None]:
    """Try these sites out by a small crawl; what was seen of each, and what ended the trial early.

    Raises a `NewscrawlError` where it cannot begin.
    """
    refuse_anonymous(sites, config)
    if (settings.getpriority("LOG_LEVEL") or 0) < _COMMAND_LINE:
        # What fails stands in the verdict.
        settings.set("LOG_LEVEL", "CRITICAL", priority="cmdline")
    pool.prepare()
    with Trial.begun(config, sites) as trial:
        process = AsyncCrawlerProcess(settings)
        crawler = NewsCrawler(NewsSpider, settings)
        trial.watch(crawler)
        watching = _Watching(trial)
        crawler.signals.connect(watching.opened, signal=signals.spider_opened)
        crawler.signals.connect(watching.closed, signal=signals.spider_closed)
        process.crawl(crawler, run=trial, plan=trial.plan())
        process.start()
        watching.closed()  # a second signal leaves it open
        doing("looking at what came")
        if process.bootstrap_failed:
            raise NewscrawlError("the crawl could not start; -s LOG_LEVEL=ERROR says why")
        if not trial.report.finished:
            raise trial.report.failure or Stopped("a second signal ended it at once, so nothing is said of any site")
        return list(trial.seen.values()), trial.report.failure


class _Watching:
    """A line that says how far a trial is: redrawn on a terminal, again and again elsewhere."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._task: asyncio.Task[None] | None = None

    def opened(self) -> None:
        if is_shown():
            telling(self._line)
        else:
            self._task = asyncio.ensure_future(self._lines())

    def closed(self) -> None:
        if self._task and not self._task.get_loop().is_closed():
            self._task.cancel()

    async def _lines(self) -> None:
        while True:
            print(self._line(), file=sys.stderr)
            await asyncio.sleep(_SECONDS_PER_LINE)

    def _line(self) -> str:
        seen, report = self._trial.seen.values(), self._trial.report
        with_article = sum(bool(s.articles) for s in seen)
        sources = sum(len(s.sources) for s in seen)
        return (
            f"{report.seconds:5.1f} s  {with_article} of {len(seen)} sites gave an article  "
            f"{sources} sources  {report.funnel.fetched} pages"
        )


def document(seen: Evidence, found: Verdict) -> dict[str, Any]:
    """What a check says of a site, for `--json` and the status file."""
    best = seen.best
    return {
        "name": seen.site.name,
        "verdict": found.finding.value,
        "words": printable(found.words),
        "mends": [printable(mend) for mend in found.mends],
        "robots": seen.robots,
        **{f"{kind}s": _counts(seen, kind) for kind in (SourceKind.FEED, SourceKind.SITEMAP, SourceKind.SECTION)},
        "links": seen.links,
        "newest": seen.newest.isoformat() if seen.newest else None,
        "articles": len(seen.articles),
        "reservations": seen.reserved,
        "rejects": len(seen.rejects),
        "article": _of_article(best) if best else None,
    }


def _counts(seen: Evidence, kind: SourceKind) -> dict[str, int]:
    asked = [source for source in seen.sources if source.kind is kind]
    return {"asked": len(asked), "read": sum(source.problem is None for source in asked)}


def _of_article(article: Article) -> dict[str, Any]:
    return {
        "url": article.url,
        "title": article.title,
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "words": article.word_count,
        "language": article.language,
        "confidence": article.confidence,
    }


def shown(seen: Evidence, found: Verdict, now: datetime) -> Group:
    """A site's verdict as it is printed."""
    good = found.finding.works
    head = Text.assemble((seen.site.name, "bold"), "  ", (found.finding.value, "green" if good else "red"))
    head.append(f"  {printable(found.words)}")
    lines = [Text(_sources(seen, now))]
    lines += told(seen.best) if seen.best else []
    if seen.reserved:
        lines.append(Text(f"its publisher reserves: {', '.join(seen.reserved)}"))
    lines += [Text(f"mend: {printable(mend)}", style="yellow") for mend in found.mends]
    return Group(head, *(Padding(line, (0, 0, 0, 2), expand=False) for line in lines))


def told(article: Article) -> Iterator[Text]:
    """An article as it is printed: address, title, figures."""
    yield Text(printable(article.url), style="dim")
    yield Text(f"“{printable(article.title)}”")
    date = f"{article.published_at:%Y-%m-%d %H:%M} UTC" if article.published_at else "no date"
    confidence = "-" if article.confidence is None else f"{article.confidence:.2f}"
    yield Text(f"{date}, {article.word_count} words, {article.language}, confidence {confidence}")


def _sources(seen: Evidence, now: datetime) -> str:
    parts = [f"robots.txt {seen.robots}"]
    for kind in (SourceKind.FEED, SourceKind.SITEMAP, SourceKind.SECTION):
        counts = _counts(seen, kind)
        if counts["asked"]:
            parts.append(f"{counts['read']} of {counts['asked']} {kind}s")
    parts.append(f"{seen.links} links")
    if seen.newest:
        parts.append(f"newest {_age((now - seen.newest).total_seconds())} old")
    return ", ".join(parts)


def _age(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def print_all(console: Console, parts: Sequence[Group]) -> None:
    """Print blocks."""
    for part in parts:
        console.print(part, soft_wrap=False)
