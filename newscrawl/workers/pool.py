"""What a worker process does with a page: extraction and signature, all the CPU of a crawl.

The pool survives a page that crashes or hangs the extractor: pebble replaces the one worker, and the page is rejected
as `extract_failed`; one that ended its worker is tried once more before, for the system may have done so. A site whose
pages keep costing workers has one at a time, then none any more (`workers/costs.py`). A pool that breaks as a whole
(pebble gives up when an idle worker is killed, as the kernel does when memory is short) is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import forkserver, resource_tracker
from typing import Any, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessPool

from newscrawl.bucket.warc import raw_page
from newscrawl.dedup.signature import signature
from newscrawl.errors import WorkersBroken
from newscrawl.fetching.optout import head_wishes, told
from newscrawl.interrupts import die_with_parent
from newscrawl.items import Article, Page, Place, RawPage, Reason, Reject, rejected
from newscrawl.workers.costs import Costs
from newscrawl.workers.learned import Learned
from newscrawl.workers.own_processes import OwnProcesses
from newscrawl.workers.shares import Shares

logger = logging.getLogger(__name__)

# Pages after which a worker is replaced: libxml2 and the caches of the extractors grow slowly.
RECYCLE_PAGES = 5000
# Workers take what the event loop leaves: beside it they get a third of a core's time, alone all of it.
_NICE = 5
# Page timeouts without any answer after which a pool is taken for stuck: each page ends within one.
_STUCK = 3
# Pools that break one after the other, no page answered between: another one would break too.
_BROKEN_POOLS = 2
# Pages in work beyond one a worker, so that none waits for the event loop to bring the next.
_AHEAD = 1

Answer = TypeVar("Answer", Article, Place)
# Seconds between pebble's SIGTERM to a worker and its SIGKILL. Ours ignore the first (`_start_worker`), so that one
# which hangs is waited for in vain, and its pool looks after nothing else meanwhile: not for pebble's 3 s.
CONSTS.term_timeout = 0.2


class TooDear(Exception):
    """What was given to a worker cost it more than it may."""


class TooSlow(TooDear):
    """It took longer than it may."""


def work(page: Page) -> Article | Reject:
    """`Page -> Article | Reject`, in a worker process."""
    # Here: the crawl process, which imports this module, never extracts (docs/benchmarks.md, "Crawl").
    from newscrawl.extraction.story import extract

    wishes = told(dict.fromkeys(page.reservations, ""), head_wishes(page.body))
    if obeyed := [where for kind, where in wishes.items() if kind in page.obeyed]:
        return rejected(page, Reason.FORBIDDEN, obeyed[0])
    later = []
    for part in page.later:
        stated = head_wishes(part.body)
        if not page.obeyed.isdisjoint(stated):
            break  # the story ends here, as far as its publisher gives it
        wishes = told(wishes, stated)
        later.append(part)
    page = replace(page, reservations=tuple(wishes), later=tuple(later))
    outcome = extract(page, signature)
    return outcome if page.headers is None else replace(outcome, raw=raw_page(page))


def raw_of(page: Page) -> RawPage | None:
    """What the raw archive keeps of a page that cost its worker: nothing where its publisher wishes that."""
    if page.headers is None or not page.obeyed.isdisjoint(head_wishes(page.body)):
        return None
    return raw_page(replace(page, later=()))


def look(page: Page) -> Place:
    """`Page -> Place`, in a worker process: where it stands in a story of several pages."""
    from newscrawl.extraction.story import place

    return place(page)


def _start_worker() -> None:
    # Ctrl-C goes to the whole terminal group: the crawl decides when its workers stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    die_with_parent(signal.SIGKILL)
    if sys.platform == "linux" and os.getppid() == 1:  # the fork server died before the call above
        os._exit(1)
    os.nice(_NICE)
    # The extractors warn of every odd page; what matters of it is in the reject's reason.
    logging.disable(logging.CRITICAL)


def prepare() -> None:
    """Begin to load what workers need, in the fork server that they will come from; returns at once.

    Optional: it takes seconds of another core, better spent while the bucket is reached than while pages wait.
    """
    _Context()
    # Ctrl-C is for the crawl: Python's server of forks heeds it until it has loaded all. First what would unblock it.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Context(OwnProcesses):
    """A fork server, for forking the crawl itself would copy its threads' locks; it keeps the semaphores that it makes.

    pebble lets go of a pool's before it stops the workers, and one that has just been forked looks for them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.set_forkserver_preload(["newscrawl.workers.preload"])
        self.kept: list[Any] = []

    def RLock(self) -> Any:  # noqa: N802  # multiprocessing's name
        self.kept.append(super().RLock())
        return self.kept[-1]


class _Pool(ProcessPool):
    """pebble's, which a stop beside its start would not end."""

    def __init__(self, **arguments: Any) -> None:
        self._made_of = _Context()
        super().__init__(context=self._made_of, **arguments)
        self._starting = threading.Lock()

    def begin(self) -> None:
        """Start the processes, unless it was ended; it takes seconds."""
        with self._starting:
            # pebble starts them when it is first asked whether it is active.
            _ = self.active

    def end(self) -> None:
        """Stop at once, or as soon as a start that is under way has come to its end; once more does nothing."""
        with self._starting:
            self.stop()  # type: ignore[no-untyped-call]
            self.join()
            self._made_of.kept.clear()


class WorkerPool:
    """Processes that turn pages into outcomes."""

    def __init__(
        self, workers: int, page_seconds: float, costly_pages: int, db: sqlite3.Connection | None = None
    ) -> None:
        """`workers` processes; a page that takes longer than `page_seconds` costs its worker, and `costly_pages` that
        do so are as many as a site may have.

        `db`: of the state, with the template lines that earlier runs learned of each site.
        """
        self.learned = Learned(db)
        self._page_seconds = page_seconds
        self._workers = workers
        self.costs = Costs(costly_pages)
        # Called with each page that cost a worker, and why.
        self.on_loss: Callable[[Page, str], None] = lambda page, why: None
        self._shares = Shares(workers + _AHEAD, self.costs.is_slowed)
        self._pool = self._new_pool()
        self._started: asyncio.Task[None] | None = None
        # When a page was last answered, by the event loop's clock, and the pools that broke since.
        self._answered = 0.0
        self._broken = 0
        self._stopping: list[asyncio.Task[None]] = []

    def _new_pool(self) -> _Pool:
        return _Pool(
            max_workers=self._workers,
            max_tasks=RECYCLE_PAGES,
            initializer=_start_worker,
        )

    def start(self) -> None:
        """Begin to start the workers; within a running event loop, which goes on meanwhile (it takes seconds)."""
        self._started = asyncio.create_task(_start(self._pool))

    async def process(self, page: Page) -> Article | Reject:
        """Work on a page; never raises for what the page does to the worker. Raises `WorkersBroken`."""
        outcome = await self._turn(work, page)
        if isinstance(outcome, Article):
            self.learned.observe(outcome)
        return outcome

    async def look(self, page: Page) -> Place | Reject:
        """Where a page stands in a story of several; a reject where it costs its worker. Raises `WorkersBroken`."""
        return await self._turn(look, page)

    async def _turn(self, function: Callable[[Page], Answer | Reject], page: Page) -> Answer | Reject:
        async with self._shares.turn(page.site):
            if self.costs.is_left(page.site):
                return rejected(page, Reason.EXTRACT_FAILED, "not tried: the site's pages cost too many workers")
            return await self._work(function, replace(page, template_lines=self.learned.of(page.site)))

    async def call(self, function: Callable[[Any], Any], argument: Any, seconds: float) -> Any:
        """What `function` makes of something from outside, in a worker. Raises what it raises; `TooDear` where it takes
        longer than `seconds` or ends its worker; `WorkersBroken`."""
        for attempt in (1, 2):
            try:
                return await self._answer(function, argument, seconds)
            except TimeoutError as e:
                raise TooSlow(f"no result within {seconds:g} s") from e
            except BrokenProcessPool:
                if attempt == 2:
                    raise
            except ProcessExpired as e:
                raise TooDear(f"the worker died (exit code {e.exitcode})") from e

    async def _work(self, function: Callable[[Page], Answer | Reject], page: Page) -> Answer | Reject:
        for attempt in (1, 2):
            try:
                outcome: Answer | Reject = await self._answer(function, page, self._page_seconds)
                self.costs.ended_well(page.site)
                return outcome
            except TimeoutError:
                # Not once more: it would take as long again.
                return self._lost(page, f"no result within {self._page_seconds:g} s")
            except ProcessExpired as e:
                failure = f"the worker died (exit code {e.exitcode})"
                if attempt == 2:
                    return self._lost(page, failure)
            except (CancelledError, WorkersBroken):
                raise
            except Exception as e:  # noqa: BLE001  # whatever the extractor raises is the page's fault
                failure = f"{type(e).__name__}: {e}"
            logger.warning("%s: extraction failed, attempt %d: %s", page.url, attempt, failure)
        return rejected(page, Reason.EXTRACT_FAILED, failure[:500])

    def _lost(self, page: Page, why: str) -> Reject:
        logger.warning("%s: extraction failed: %s", page.url, why)
        self.costs.lost(page.site)
        self.on_loss(page, why)
        return rejected(page, Reason.EXTRACT_FAILED, why)

    async def _ready(self) -> None:
        if self._started is None:
            self.start()
        assert self._started is not None
        # Shielded: a page that is given up must not take the start with it.
        await asyncio.shield(self._started)

    async def _answer(self, function: Callable[[Any], Any], argument: Any, seconds: float) -> Any:
        """One attempt. Raises what the page raised in the worker, or `BrokenProcessPool` when no answer will come."""
        clock = asyncio.get_running_loop().time
        pool, future = await self._schedule(function, argument, seconds)
        answer, asked_at = asyncio.wrap_future(future), clock()
        try:
            while not (await asyncio.wait([answer], timeout=seconds))[0]:
                # A pool whose thread has ended, or that was stopped, leaves its pages without an answer.
                stuck = clock() - max(asked_at, self._answered) > _STUCK * max(seconds, self._page_seconds)
                if stuck or pool is not self._pool or not pool.active:
                    raise BrokenProcessPool("no answer comes any more")
            if not isinstance(answer.exception(), BrokenProcessPool):
                self._answered, self._broken = clock(), 0
            return answer.result()
        except BrokenProcessPool as e:
            self._replace(pool, e)
            raise
        finally:
            answer.cancel()

    async def _schedule(
        self, function: Callable[[Any], Any], argument: Any, seconds: float
    ) -> tuple[_Pool, Future[Any]]:
        while True:
            await self._ready()
            pool = self._pool
            try:
                return pool, pool.schedule(function, args=(argument,), timeout=seconds)
            except (RuntimeError, OSError) as e:  # the pool does not work any more; no pipe, no semaphore for one
                self._replace(pool, e)

    def _replace(self, pool: _Pool, error: Exception) -> None:
        if pool is self._pool:
            logger.error("the worker pool broke: %s", error)
            self._broken += 1
            self._pool = self._new_pool()
            self.start()
            # Beside the event loop: a worker that does not listen takes seconds to end.
            self._stopping.append(asyncio.create_task(asyncio.to_thread(pool.end)))
        if self._broken >= _BROKEN_POOLS:
            why = str(error) or repr(error.__cause__ or error)
            raise WorkersBroken(
                f"worker processes end or do not start ({why}): is there memory for them, and may /dev/shm be written?"
            ) from error

    async def close(self) -> None:
        """Stop the workers; call when nothing is in process."""
        await asyncio.to_thread(self.stop)
        await asyncio.gather(*self._stopping, return_exceptions=True)

    def stop(self) -> None:
        """Stop the workers at once; once more does nothing."""
        self._pool.end()


async def _start(pool: _Pool) -> None:
    # A start that fails is tried again by the next page, and if there is none, nobody needs to hear of it: not after
    # the run's last line either.
    with contextlib.suppress(RuntimeError, OSError):
        await asyncio.to_thread(pool.begin)
