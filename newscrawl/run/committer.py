"""Outcomes into batches, batches into the bucket, one after the other, while the crawl goes on."""

from __future__ import annotations

import asyncio
import gc
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from newscrawl.archive.archive import Archive, Learn
from newscrawl.bucket.batch_writer import Batch, BatchWriter
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.s3 import retry_outage
from newscrawl.bucket.s3_errors import AlreadyExists, Outage
from newscrawl.errors import LeaseLost, NewscrawlError, StateUnwritable, Stopped
from newscrawl.items import Duplicate, Outcome, Unchanged
from newscrawl.run.report import RunReport

logger = logging.getLogger(__name__)

# Sealed batches that may wait for S3 before the crawl is held up: one is written, one is ready, and the
# third fills. More would only be more pages to fetch again after a crash.
MAX_WAITING = 2
# Bytes of WARC records with which a batch is full, however few its rows: a thousand pages. They are held in memory, as
# many times as there are batches.
RAW_BYTES = 64 * 1024 * 1024
# Entries that leave the index's overlay in one go: about 10 ms of the event loop.
_FORGET_ROWS = 100


class Committer:
    """Collects outcomes and commits them when a batch is full or old; use within a running event loop.

    What S3 has acknowledged is noted in the report.
    """

    def __init__(
        self,
        archive: Archive,
        writer: BatchWriter,
        report: RunReport,
        *,
        rows: int,
        seconds: float,
        outage_seconds: float,
        writing: asyncio.Lock,
        learn: Learn,
        on_commit: Callable[[Sequence[Outcome]], None],
        on_failure: Callable[[NewscrawlError], None],
    ) -> None:
        self._archive, self._writer, self._report = archive, writer, report
        self._rows, self._seconds, self._outage_seconds = rows, seconds, outage_seconds
        self._writing, self._learn = writing, learn
        self._on_commit, self._on_failure = on_commit, on_failure
        self._open: list[Outcome] = []
        self._raw_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Queue[Batch | None] = asyncio.Queue()
        self._room = asyncio.Condition()
        self._unwritten = 0
        # boto3 and SQLite block; one thread keeps the batches in order.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="s3")
        self._abandoned = threading.Event()
        self._task = asyncio.create_task(self._write_batches())
        self.failure: NewscrawlError | None = None

    async def add(self, outcome: Outcome) -> None:
        """Take an outcome; returns at once unless S3 is behind. Never waits for a batch to fill."""
        self._open.append(outcome)
        self._raw_bytes += _raw_bytes(outcome)
        if len(self._open) >= self._rows or self._raw_bytes >= RAW_BYTES:
            self._seal()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._seal)
        async with self._room:
            await self._room.wait_for(lambda: self._unwritten <= MAX_WAITING or self.failure is not None)

    async def close(self) -> None:
        """Commit what is left and wait until everything is acknowledged, or has failed for good."""
        self._seal()
        self._waiting.put_nowait(None)
        await self._task
        self._thread.shutdown()

    def abandon(self) -> None:
        """Stop without `close`: only the write under way is waited for, so that nothing is written without the lock.

        Its batch is committed whole or not at all, and the next run finds out which. After `close` it does nothing.
        """
        self._abandoned.set()
        self._thread.shutdown(cancel_futures=True)

    def _seal(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._open:
            self._unwritten += 1
            self._waiting.put_nowait(self._writer.batch(self._open))
            self._open, self._raw_bytes = [], 0

    async def _write_batches(self) -> None:
        while (batch := await self._waiting.get()) is not None:
            # After a failure the rest stays pending: the next run fetches it again.
            if self.failure is None:
                await self._commit(batch)
            del batch  # thousands of pages, now of no use to anybody
            gc.collect()  # the only full collections of a run, see `loop_lag.give_way`
            async with self._room:
                self._unwritten -= 1
                self._room.notify_all()

    async def _commit(self, batch: Batch) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with self._writing:
                self._archive.intend(self._report.run_id, batch)
            began = loop.time()
            record = await loop.run_in_executor(self._thread, self._write, batch)
            self._report.store_seconds.append(loop.time() - began)
            async with self._writing:
                entries = await loop.run_in_executor(self._thread, self._archive.remember, record, batch, self._learn)
            self._report.records.append(record)
            self._on_commit(batch.outcomes)
            for start in range(0, len(entries), _FORGET_ROWS):
                self._archive.index.forget_pending(entries[start : start + _FORGET_ROWS])
                await asyncio.sleep(0)
        except AlreadyExists as e:
            lease = self._writer.lease
            self._fail(LeaseLost(f"shard {lease.shard} was taken by another run while this one slept") if lease else e)
        except NewscrawlError as e:
            self._fail(e)
        except (sqlite3.Error, OSError) as e:
            self._fail(StateUnwritable(f"batch {batch.seq}: the state directory cannot be written ({e})"))
        except Exception as e:  # a bug here must end the run, not hang it
            logger.exception("batch %d could not be committed", batch.seq)
            self._fail(NewscrawlError(f"batch {batch.seq} could not be committed: {e!r}; see the log"))

    def _fail(self, error: NewscrawlError) -> None:
        self.failure = error
        self._on_failure(error)

    def _write(self, batch: Batch) -> CommitRecord:
        return retry_outage(
            lambda: self._writer.write(batch), self._outage_seconds, _say_wait, pause=self._pause_unless_abandoned
        )

    def _pause_unless_abandoned(self, seconds: float) -> None:
        if self._abandoned.wait(seconds):
            raise Stopped("a second signal ended the run while S3 was away")


def _raw_bytes(outcome: Outcome) -> int:
    page = outcome.article if isinstance(outcome, Duplicate) else outcome
    return 0 if isinstance(page, Unchanged) or page.raw is None else len(page.raw.body)


def _say_wait(outage: Outage, seconds: float) -> None:
    logger.warning("%s; next try in %.1f s", outage, seconds)
