"""Live progress of a crawl: a display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text
from scrapy import signals
from scrapy.crawler import Crawler

from newscrawl.run.report import RunReport

# Often enough to look alive; each redraw costs about a millisecond.
_REDRAWS_PER_SECOND = 4
# Plain lines go to logs and pipes, where a line every few seconds is enough.
_SECONDS_PER_LINE = 5.0


class Progress:
    """Shows the funnel filling."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._console = Console(stderr=True)
        self._live: Live | None = None
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_opened(self) -> None:
        if self._console.is_terminal:
            self._live = Live(
                console=self._console, get_renderable=self._render, refresh_per_second=_REDRAWS_PER_SECOND
            )
            self._live.start()
        else:
            self._task = asyncio.ensure_future(self._lines())

    def spider_closed(self) -> None:
        """Leave the last figures as a line of their own; once, whoever calls it."""
        if self._live:
            self._live.stop()
            self._live = None
        if self._task:
            if not self._task.get_loop().is_closed():
                self._task.cancel()
            self._task = None
            self._console.print(self._render(), soft_wrap=True)

    async def _lines(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_PER_LINE)
            self._console.print(self._render(), soft_wrap=True)

    def _render(self) -> Text:
        report: RunReport = self._crawler.spider.run.report  # type: ignore[union-attr]
        funnel = report.funnel
        busiest = max(funnel.sites.items(), key=lambda s: s[1].total(), default=(None, None))[0]
        told = (
            f"{report.seconds:.1f} s  {funnel.fetched} pages: {funnel.articles} stories, "
            f"{funnel.relations.total()} duplicates, {funnel.reasons.total()} rejects; {report.pages_committed} stored"
        )
        most = f"  most from {busiest}" if busiest else ""
        # One line on any terminal: a second one would not be drawn over.
        fits = not self._console.is_terminal or len(told + most) < self._console.width
        return Text(told + (most if fits else ""), no_wrap=True, overflow="ellipsis")
