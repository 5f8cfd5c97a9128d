"""The lag of the event loop is seen, however it comes about."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from scrapy.utils.test import get_crawler

from newscrawl.run.loop_lag import SAMPLE_SECONDS, LoopLag, percentile

BLOCKED_SECONDS = 0.2


async def watched(extension: LoopLag, block_seconds: float) -> None:
    extension.spider_opened()
    await asyncio.sleep(3 * SAMPLE_SECONDS)
    time.sleep(block_seconds)  # what a page parsed in the reactor's thread does
    await asyncio.sleep(3 * SAMPLE_SECONDS)
    extension.spider_closed()


def test_a_loop_held_up_on_purpose_is_exported_as_its_longest_lag() -> None:
    crawler = get_crawler()
    crawler._apply_settings()
    asyncio.run(watched(LoopLag(crawler), BLOCKED_SECONDS))
    assert crawler.stats is not None
    longest = crawler.stats.get_value("newscrawl/loop_lag_max_ms")
    # The timer was due at most one sample after the block began.
    assert longest >= (BLOCKED_SECONDS - SAMPLE_SECONDS) * 1000 - 1


def test_the_percentile_is_a_value_that_was_seen() -> None:
    assert percentile(Counter({0: 98, 7: 1, 900: 1}), 0.99) == 7
    assert percentile(Counter({3: 1}), 0.99) == 3
    assert percentile(Counter({0: 9, 50: 1}), 0.99) == 50


def test_nothing_is_exported_of_a_crawl_that_never_opened() -> None:
    crawler = get_crawler()
    crawler._apply_settings()
    LoopLag(crawler).spider_closed()
    assert crawler.stats is not None
    assert crawler.stats.get_value("newscrawl/loop_lag_max_ms") is None
