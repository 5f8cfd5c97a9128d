"""How late the event loop comes to its timers, as a page parsed in its thread would make it, and what is done
against it."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Callable
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

# Nothing that blocks the loop for longer than this goes unseen; fifty timers a second cost a thousandth of a core.
SAMPLE_SECONDS = 0.02

# Collections of the younger generations before one of the oldest: none in a run.
_NEVER = 1 << 30
# Seconds after which a thread that computes gives the interpreter to one that waits for it, instead of 5 ms: the event
# loop loses it at each system call, and wants it back while a batch is written.
_SWITCH_SECONDS = 0.001


def give_way() -> Callable[[], None]:
    """Have garbage collection and other threads hold up the event loop less, in the whole process; returns the undo.

    What there is stays for the whole run: each full collection went over it again, for 160 to 220 ms. What waits for
    its commit is no garbage either, and more of it with each page: whoever lets it go has it gone over in full then.
    """
    thresholds, switch = gc.get_threshold(), sys.getswitchinterval()

    def undo() -> None:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(switch)

    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds[:2], _NEVER)
    sys.setswitchinterval(_SWITCH_SECONDS)
    return undo


class LoopLag:
    """Exports `newscrawl/loop_lag_max_ms` and `newscrawl/loop_lag_p99_ms` when the spider closes.

    A sample is how many milliseconds a timer of `SAMPLE_SECONDS` came late. A pause of the loop counts as one
    sample however long it was, so of a loop that is always busy the 99th percentile is that of its pauses.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        # By whole milliseconds: bounded, however long the crawl.
        self._samples: Counter[int] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_opened(self) -> None:
        loop = asyncio.get_running_loop()

        def sample(due: float) -> None:
            self._samples[int((loop.time() - due) * 1000)] += 1
            wait()

        def wait() -> None:
            due = loop.time() + SAMPLE_SECONDS
            self._timer = loop.call_at(due, sample, due)

        wait()

    def spider_closed(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._samples:
            assert self._crawler.stats is not None
            self._crawler.stats.set_value("newscrawl/loop_lag_max_ms", max(self._samples))
            self._crawler.stats.set_value("newscrawl/loop_lag_p99_ms", percentile(self._samples, 0.99))


def percentile(counts: Counter[int], share: float) -> int:
    """The smallest value that `share` of the counted values do not exceed."""
    left = share * counts.total()
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return max(counts)
