"""The worker pool: a page may crash or hang its worker, never the crawl."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from pebble import ProcessPool
from pebble.pool.process import WORKERS_NAME, WorkerManager

from newscrawl.discovery.links import NotReadable
from newscrawl.errors import WorkersBroken
from newscrawl.items import Article, Page, Reason, Reject
from newscrawl.workers import pool as pool_module
from newscrawl.workers.pool import TooDear, TooSlow, WorkerPool
from tests.samples import STORY, html, page


def hostile(p: Page) -> Article | Reject:
    """In a worker: does what the page says, as a bug in a parser would."""
    if b"noted in" in p.body:
        what, where = p.body.decode().split(" here, noted in ")
        with Path(where).open("a") as file:
            file.write(f"{what}\n")
    if b"die here" in p.body:
        os._exit(3)
    if b"hang here" in p.body:
        time.sleep(60)
    if b"raise here" in p.body:
        raise RecursionError("too deep")
    return _work(p)


_work = pool_module.work


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerPool]:
    monkeypatch.setattr(pool_module, "work", hostile)
    pool = WorkerPool(workers=1, page_seconds=3, costly_pages=3)
    yield pool
    pool.stop()


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


def workers() -> list[int]:
    return [p.pid for p in multiprocessing.active_children() if p.pid and p.name == WORKERS_NAME]


def test_workers_that_are_killed_between_two_pages_are_replaced(pool: WorkerPool) -> None:
    async def crawl() -> list[Article | Reject]:
        first = await pool.process(page(html(), url="https://a.example/story-number-1"))
        for pid in workers():
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.5)  # it is seen between the pages
        later = [pool.process(page(html(), url=f"https://a.example/story-number-{n}")) for n in (2, 3)]
        return [first, *await asyncio.gather(*later)]

    outcomes = asyncio.run(crawl())
    assert [type(o) for o in outcomes] == [Article] * 3


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # that is what happens here
def test_a_pool_whose_thread_ended_is_replaced_and_its_pages_are_done(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    inspect = WorkerManager.inspect_workers

    def fail_once(manager: WorkerManager) -> tuple[Any, ...]:
        monkeypatch.setattr(WorkerManager, "inspect_workers", inspect)
        raise SystemError("a thread of the pool ends")

    async def crawl() -> list[Article | Reject]:
        first = await pool.process(page(html(), url="https://a.example/story-number-1"))
        hanging = asyncio.create_task(pool.process(page("hang here", url="https://a.example/story-number-2")))
        await asyncio.sleep(0.5)
        monkeypatch.setattr(WorkerManager, "inspect_workers", fail_once)
        await asyncio.sleep(0.5)
        return [first, await pool.process(page(html(), url="https://a.example/story-number-3")), await hanging]

    outcomes = asyncio.run(crawl())
    assert [type(o) for o in outcomes] == [Article, Article, Reject]
    assert "worker pool" in caplog.text


def test_workers_that_never_start_are_said_and_no_page_is_blamed(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(manager: WorkerManager) -> None:
        raise BrokenProcessPool("no process is left")

    monkeypatch.setattr(WorkerManager, "new_worker", refuse)
    with pytest.raises(WorkersBroken, match="no process is left"):
        process(pool, page(html(), url="https://a.example/story-number-1"))


def test_pools_that_the_system_has_no_means_for_end_the_run(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pipe(self: ProcessPool, *args: object, **options: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(ProcessPool, "schedule", no_pipe)
    with pytest.raises(WorkersBroken, match="Too many open files"):
        process(pool, page(html()))


def dear(what: str) -> str:
    """In a worker: what a reader of a source may do."""
    if what == "hang":
        time.sleep(60)
    if what == "die":
        os._exit(3)
    if what == "refuse":
        raise NotReadable("no feed")
    return what


def test_a_call_that_costs_too_much_fails_alone_and_says_how(pool: WorkerPool) -> None:
    async def calls() -> list[Any]:
        asked = [pool.call(dear, what, 2) for what in ("good", "hang", "die", "refuse", "good")]
        return await asyncio.gather(*asked, return_exceptions=True)

    good, slow, died, refused, last = asyncio.run(calls())
    assert good == last == "good"
    assert isinstance(slow, TooSlow) and "2 s" in str(slow) and isinstance(died, TooDear) and "exit code 3" in str(died)
    assert isinstance(refused, NotReadable) and str(refused) == "no feed"


def test_a_wish_in_the_head_is_obeyed_or_recorded_and_a_hostile_head_costs_no_time() -> None:
    wish = html().replace("<head>", f"<head><meta {'a' * 400_000}><meta name='TDM-Reservation' content='1'>")
    refused = _work(page(wish, obeyed=frozenset({"tdm"})))
    assert isinstance(refused, Reject) and refused.reason is Reason.FORBIDDEN
    assert refused.detail == "tdm-reservation meta element"
    kept = _work(page(wish, obeyed=frozenset({"noarchive"}), reservations=("ai",)))
    assert isinstance(kept, Article) and kept.reservations == ("tdm", "ai")


def test_a_page_that_hangs_is_not_tried_again_and_one_whose_worker_died_is(pool: WorkerPool, tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    hanging, dying = process(pool, page(f"hang here, noted in {tries}"), page(f"die here, noted in {tries}"))
    assert isinstance(hanging, Reject) and isinstance(dying, Reject)
    assert sorted(tries.read_text().split()) == ["die", "die", "hang"]


def test_a_site_whose_pages_keep_costing_workers_is_left_and_the_others_are_not(pool: WorkerPool) -> None:
    """Kind: one site's pages take the workers from all others."""
    lost: list[tuple[str, str]] = []
    pool.on_loss = lambda page, why: lost.append((page.site, why))
    # Each kind of cost: by time, by death. An exception costs no worker, whatever it says.
    kinds = ["die here", "hang here", "raise here", "die here"] + ["hang here"] * 6
    bad = [page(words, url=f"https://b.example/story-number-{n}", site="b") for n, words in enumerate(kinds)]
    good = [page(html(), url=f"https://a.example/story-number-{n}") for n in range(6)]
    outcomes = process(pool, *bad, *good)
    assert [type(o) for o in outcomes[len(bad) :]] == [Article] * 6
    details = [o.detail or "" for o in outcomes if isinstance(o, Reject)]
    assert [site for site, _ in lost] == ["b"] * 3
    assert {why for _, why in lost} == {"the worker died (exit code 3)", "no result within 3 s"}
    assert len(details) == len(bad) and sum("not tried" in detail for detail in details) == 6
    assert pool.costs.is_left("b") and not pool.costs.is_slowed("a")
