"""Live progress of a crawl: what the line on a terminal says (`newscrawl/doing.py`), plain lines elsewhere."""

from __future__ import annotations

import asyncio
import sys
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from newscrawl.doing import is_shown
from newscrawl.run.report import RunReport

# Plain lines go to logs and pipes, where a line every few seconds is enough.
_SECONDS_PER_LINE = 5.0


class Progress:
    """Prints the funnel filling where no terminal shows it, and at the end leaves its last figures."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._task: asyncio.Task[None] | None = None
        self._open = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_opened(self) -> None:
        self._open = True
        if not is_shown():
            self._task = asyncio.ensure_future(self._lines())

    def spider_closed(self) -> None:
        """Leave the last figures as a line of their own; once, whoever calls it."""
        if self._task and not self._task.get_loop().is_closed():
            self._task.cancel()
        if self._open:
            self._print()
        self._open = False

    async def _lines(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_PER_LINE)
            self._print()

    def _print(self) -> None:
        report: RunReport = self._crawler.spider.run.report  # type: ignore[union-attr]
        # On a terminal in one line, too.
        print(figures(report) if is_shown() else progress_line(report), file=sys.stderr)


def progress_line(report: RunReport) -> str:
    """What became of the pages so far, and of which site most of them are. The end may be cut."""
    return figures(report) + _busiest(report)


def figures(report: RunReport) -> str:
    """What became of the pages so far."""
    funnel = report.funnel
    return (
        f"{report.seconds:.1f} s  {funnel.fetched} pages: {funnel.articles} stories, "
        f"{funnel.relations.total()} duplicates, {funnel.reasons.total()} rejects; {report.pages_committed} stored"
    )


def _busiest(report: RunReport) -> str:
    found = max(report.funnel.sites.items(), key=lambda s: s[1].total(), default=(None, None))[0]
    return f"  most from {found}" if found else ""
