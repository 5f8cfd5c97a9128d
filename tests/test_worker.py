"""The worker pool: a page may crash or hang its worker, never the crawl."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator

import pytest

from newscrawl import worker
from newscrawl.items import Article, Page, Reason, Reject
from newscrawl.worker import WorkerPool
from tests.samples import STORY, html, page


def hostile(p: Page) -> Article | Reject:
    """In a worker: does what the page says, as a bug in a parser would."""
    if b"die here" in p.body:
        os._exit(3)
    if b"hang here" in p.body:
        time.sleep(60)
    if b"raise here" in p.body:
        raise RecursionError("too deep")
    return _work(p)


_work = worker.work


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerPool]:
    monkeypatch.setattr(worker, "work", hostile)
    pool = WorkerPool(workers=1, page_seconds=3)
    yield pool
    pool.close()


def process(pool: WorkerPool, *pages: Page) -> list[Article | Reject]:
    async def all_of_them() -> list[Article | Reject]:
        return list(await asyncio.gather(*(pool.process(p) for p in pages)))

    return asyncio.run(all_of_them())


def test_a_crashing_a_raising_and_a_hanging_page_cost_only_themselves(pool: WorkerPool) -> None:
    good = [page(html(), url=f"https://a.example/story-number-{n}") for n in range(6)]
    bad = [page(words) for words in ("die here", "raise here", "hang here")]
    outcomes = process(pool, *good[:3], *bad, *good[3:])
    stories = [o for o in outcomes if isinstance(o, Article)]
    assert len(stories) == 6 and {s.text for s in stories} == {STORY}
    rejects = [o for o in outcomes if isinstance(o, Reject)]
    assert [r.reason for r in rejects] == [Reason.EXTRACT_FAILED] * 3
    details = [r.detail or "" for r in rejects]
    assert "exit code 3" in details[0] and "too deep" in details[1] and "3 s" in details[2]
