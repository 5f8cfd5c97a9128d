"""What a worker process does with a page: extraction and signature, all the CPU of a crawl.

The pool survives a page that crashes or hangs the extractor: pebble replaces the one worker, the page is
tried once more and then rejected as `extract_failed`.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import multiprocessing
import os
import signal
import sqlite3
import sys
from concurrent.futures import CancelledError, TimeoutError
from dataclasses import replace
from multiprocessing import forkserver
from typing import Any

from pebble import ProcessExpired, ProcessPool

from newscrawl.dedup.signature import signature
from newscrawl.extraction import template_store
from newscrawl.extraction.templates import Templates
from newscrawl.items import Article, Page, Reason, Reject, rejected

logger = logging.getLogger(__name__)

# Pages after which a worker is replaced: libxml2 and the caches of the extractors grow slowly.
RECYCLE_PAGES = 5000
_PR_SET_PDEATHSIG = 1


def work(page: Page) -> Article | Reject:
    """`Page -> Article | Reject`, in a worker process."""
    # Here: the crawl process, which imports this module, never extracts (docs/benchmarks.md, "Crawl").
    from newscrawl.extraction.story import extract

    return extract(page, signature)


def _start_worker(parent: int) -> None:
    # Ctrl-C goes to the whole terminal group: the crawl decides when its workers stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:  # the fork server died before the call above
            os._exit(1)
    # The extractors warn of every odd page; what matters of it is in the reject's reason.
    logging.disable(logging.CRITICAL)


def prepare() -> None:
    """Begin to load what workers need, in the fork server that they will come from; returns at once.

    Optional: it takes seconds of another core, better spent while the bucket is reached than while pages wait.
    """
    _context()
    forkserver.ensure_running()


def _context() -> Any:
    # A fork server: forking the crawl itself would copy its threads' locks.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["newscrawl.preload"])
    return context


class WorkerPool:
    """Processes that turn pages into outcomes."""

    def __init__(self, workers: int, page_seconds: float, db: sqlite3.Connection | None = None) -> None:
        """`workers` processes; a page that takes longer than `page_seconds` costs its worker.

        `db` keeps the template lines learned of each site from run to run; without it they last as long as
        the pool.
        """
        self._db = db
        self._templates = template_store.load(db) if db else Templates()
        self._page_seconds = page_seconds
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=RECYCLE_PAGES,
            initializer=_start_worker,
            initargs=(os.getpid(),),
            context=_context(),
        )
        self._started: asyncio.Task[bool] | None = None

    def start(self) -> None:
        """Begin to start the workers; within a running event loop, which goes on meanwhile (it takes seconds)."""
        # pebble starts the processes of a pool when it is first asked whether it is active.
        self._started = asyncio.create_task(asyncio.to_thread(lambda: self._pool.active))

    async def process(self, page: Page) -> Article | Reject:
        """Work on a page; never raises for what the page does to the worker."""
        if self._started is None:
            self.start()
        assert self._started is not None
        # Shielded: a page that is given up must not take the start with it.
        await asyncio.shield(self._started)
        outcome = await self._work(replace(page, template_lines=self._templates.of(page.site)))
        if isinstance(outcome, Article):
            self._templates.observe(outcome.site, outcome.line_keys)
        return outcome

    async def _work(self, page: Page) -> Article | Reject:
        for attempt in (1, 2):
            future: Any = self._pool.schedule(work, args=(page,), timeout=self._page_seconds)
            try:
                outcome: Article | Reject = await asyncio.wrap_future(future)
                return outcome
            except TimeoutError:
                failure = f"no result within {self._page_seconds:g} s"
            except ProcessExpired as e:
                failure = f"the worker died (exit code {e.exitcode})"
            except CancelledError:
                raise
            except Exception as e:  # noqa: BLE001  # whatever the extractor raises is the page's fault
                failure = f"{type(e).__name__}: {e}"
            logger.warning("%s: extraction failed, attempt %d: %s", page.url, attempt, failure)
        return rejected(page, Reason.EXTRACT_FAILED, failure[:500])

    def close(self) -> None:
        """Stop the workers and store what was learned; call when nothing is in process."""
        if self._db:
            template_store.save(self._db, self._templates)
        self.stop()

    def stop(self) -> None:
        """Stop the workers at once; once more does nothing."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
