"""One run of the crawler: lock, state and bucket, held from before the first request until the last commit."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import json
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from newscrawl import __version__
from newscrawl.archive.archive import Archive
from newscrawl.archive.history import refuse_clock
from newscrawl.archive.opening import open_archive
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Table, new_run_id
from newscrawl.bucket.leases import Lease
from newscrawl.bucket.presence import Presence, refuse_beside_crawls
from newscrawl.bucket.rolling import ROLL_UP_AT, ROLL_UP_MOST, roll_up
from newscrawl.bucket.rollup import rolled_up
from newscrawl.bucket.s3_client import Credentials
from newscrawl.bucket.schema import InvalidRow, row_of, tables_of
from newscrawl.config import Config
from newscrawl.dedup.judge import judge
from newscrawl.dedup.signature import header
from newscrawl.dedup.words import words_of
from newscrawl.doing import doing
from newscrawl.errors import STOPS, Alarmed, LeaseLost, NewscrawlError, NothingDiscovered, StateUnwritable, Stopped
from newscrawl.extraction.version import EXTRACTION_VERSION
from newscrawl.items import Article, Outcome, RawPage, Reason, Reject, Unchanged, asked
from newscrawl.run import safe_log
from newscrawl.run.committer import Committer
from newscrawl.run.loop_lag import give_way
from newscrawl.run.metrics import write_metrics
from newscrawl.run.report import RunDocument, RunReport
from newscrawl.run.run_page import PAGE, page_of_run
from newscrawl.run.tracing import page_traces
from newscrawl.run.watching import site_runs, watch
from newscrawl.server.configured import open_bucket
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import close_to_others, needing_room, or_full_disk, refusing_damage, unwritable
from newscrawl.state.lock import RunLock
from newscrawl.state.run_history import RUN
from newscrawl.state.site_finds import SiteFinds
from newscrawl.state.sources import Sources
from newscrawl.text.printable import printable
from newscrawl.workers import memory
from newscrawl.workers.pool import WorkerPool

logger = logging.getLogger(__name__)


class Run:
    """What one run holds open. `open` before anything is fetched; `close` on every way out.

    What happens meanwhile is noted in `report`.
    """

    def __init__(
        self,
        config: Config,
        archive: Archive,
        lock: RunLock,
        server: EmbeddedS3 | None,
        *,
        run_id: str | None = None,
        lease: Lease | None = None,
        presence: Presence | None = None,
    ) -> None:
        self.config, self.archive = config, archive
        self._lock, self._server, self._lease, self._presence = lock, server, lease, presence
        self.report = RunReport(run_id=run_id or new_run_id(datetime.now(UTC)))
        self.sources = Sources(archive.state.db, config.poll_seconds)
        self.site_finds = SiteFinds(archive.state.db)
        # Held while a batch or what a source brought is noted: SQLite would have the event loop wait for the thread
        # that commits.
        self.writing = asyncio.Lock()
        self._notes: deque[Callable[[], None]] = deque()
        self._noting: asyncio.Task[None] | None = None
        # What else must be stopped on every way out, in this order.
        self.at_close: list[Callable[[], None]] = []
        self.writer = BatchWriter(
            archive.store,
            archive.location,
            self.report.run_id,
            header(),
            extraction_version=EXTRACTION_VERSION,
            software=f"newscrawl/{__version__}",
            lease=lease.ref if lease else None,
        )
        self._committer: Committer | None = None
        self._document: RunDocument | None = None
        # Processes in which everything from outside is parsed; they start with the first that asks.
        self.workers = WorkerPool(config.workers, config.page_seconds, config.costly_pages, archive.state.db)
        self.at_close.append(self.workers.stop)
        self.traces = page_traces()
        if self.traces:
            self.at_close.append(self.traces.close)

    @property
    def credentials(self) -> Credentials | None:
        """Of the server that we started ourselves; None where boto3's own chain has them."""
        return self._server.credentials if self._server else None

    @classmethod
    @needing_room()
    def open(cls, config: Config, shard: tuple[int, int] | None = None, *, asks: bool = False) -> Run:
        """Take the lock, reach the bucket, recover from whatever ended the last run.

        `shard`: index and count of the one whose lease this run takes; None: it has all hosts, or, unless it `asks`
        them, none. Raises a `NewscrawlError` with one clear line for every way in which this can fail.
        """
        memory.give_back()
        safe_log.install()
        # Arrow's default pool keeps what writing a batch took.
        pa.set_memory_pool(pa.system_memory_pool())
        # What the first page would wait for: Arrow imports pandas with its first column, where that is installed, and
        # datasketch SciPy.
        pa.array([""])
        if asks:
            importlib.import_module("newscrawl.dedup.lsh")
        lock = RunLock(config.state_dir).acquire()
        server: EmbeddedS3 | None = None
        archive: Archive | None = None
        lease: Lease | None = None
        presence: Presence | None = None
        run_id = new_run_id(datetime.now(UTC))
        try:
            store, location, server = open_bucket(config.bucket, config.state_dir)
            if shard:
                # Before the bucket is read: what its last owner may still commit is seen, or refused.
                lease = Lease.acquire(
                    store, location, *shard, run_id=run_id, owner=lock.identity, seconds=config.lease_seconds
                )
                refuse_beside_crawls(store, location, lock.identity)
            elif asks:
                presence = Presence.declare(
                    store, location, run_id=run_id, owner=lock.identity, seconds=config.lease_seconds
                )
            archive = open_archive(config, store, location)
            with refusing_damage(archive.state.path):
                archive.recover()
            if not config.trust_clock:
                refuse_clock(datetime.now(UTC), archive.newest)
            if lease is None:  # that of a shard stands in its lease
                run_id = archive.next_run_id(datetime.now(UTC))
            run = cls(config, archive, lock, server, run_id=run_id, lease=lease, presence=presence)
            run.writer.ensure_schema()
            words_of("")  # makes its tables now: the first verdict would hold up the event loop for them
            return run
        except BaseException:
            if archive:
                archive.state.close()
            for word in (lease, presence):
                if word:
                    word.close()
            if server:
                server.stop()
            lock.release()
            raise

    def start(self, on_failure: Callable[[], None]) -> None:
        """Begin committing; within the running event loop. `on_failure` is called when the run must end."""
        self._on_failure = on_failure
        loop = asyncio.get_running_loop()
        for word in (self._lease, self._presence):
            if word:
                word.on_lost(lambda error: loop.call_soon_threadsafe(self.fail, error))
        self.at_close.append(give_way())
        self._committer = Committer(
            self.archive,
            self.writer,
            self.report,
            rows=self.config.batch_rows,
            seconds=self.config.batch_seconds,
            outage_seconds=self.config.outage_seconds,
            writing=self.writing,
            learn=self.workers.learned.commit,
            on_commit=self.traces.committed if self.traces else lambda outcomes: None,
            on_failure=self.fail,
        )

    def fail(self, error: NewscrawlError) -> None:
        """End the run with this error, unless it already ends with another."""
        if self.report.failure is None:
            # The embedded server lies on the disk of the state.
            self.report.failure = error if self.config.bucket else or_full_disk(error, self.config.state_dir)
            self._on_failure()

    def owns_hosts(self) -> bool:
        """Whether no other run can have this one's shard; where one can, this one is about to end."""
        if self._lease is None or self._lease.valid:
            return True
        # Soon, and not now: a request is being sent.
        asyncio.get_running_loop().call_soon(self.fail, self._lease.lost())
        return False

    def note(self, write: Callable[[], None]) -> None:
        """Have a small write to the state done as soon as no batch is written, after those noted before it."""
        self._notes.append(write)
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._write_notes())

    async def _write_notes(self) -> None:
        async with self.writing:
            try:
                while self._notes:
                    self._notes.popleft()()
            except (sqlite3.Error, OSError) as e:
                self.fail(unwritable(e))

    def judge(self, article: Article) -> Outcome:
        """The dedup verdict; see `dedup.judge`. An article that the bucket cannot hold is rejected.

        Before the verdict, for the index must not know what will have no row; and one by one, for in a batch
        it would take its neighbours with it. So is one that was taken down, and came under another address; and one
        whose text makes the comparison fail: that must cost its page, and not this run and all that meet it again.
        """
        addresses = (article.discovered_url, article.url, article.canonical_url)
        if any(self.archive.ledger.refuses(url, article.site) for url in addresses):
            return _rejected(article, Reason.FORBIDDEN, "taken down")
        try:
            stored = replace(article, story_id=article.id)
            for table in tables_of(stored):
                row_of(table, stored, self.report.run_id)
        except InvalidRow as e:
            logger.warning("%s", e)
            return _rejected(article, Reason.EXTRACT_FAILED, str(e)[:500], article.raw)
        try:
            verdict = judge(article, self.archive.index)
        except (sqlite3.Error, OSError, MemoryError, NewscrawlError):
            raise  # the machine's or the bucket's, not the page's
        except Exception as e:
            logger.exception("%s could not be compared; please report it", article.url)
            why = f"could not be compared ({type(e).__name__}: {e})"[:500]
            return _rejected(article, Reason.EXTRACT_FAILED, why, article.raw)
        return replace(verdict, line_keys=article.line_keys) if isinstance(verdict, Unchanged) else verdict

    async def store(self, outcome: Outcome) -> None:
        """Count an outcome and hand it to the committer."""
        assert self._committer is not None, "Run.start comes first"
        self.report.under_way.pop(asked(outcome), None)
        if isinstance(outcome, Reject):
            outcome = _storable(outcome, self.report.run_id)
        self.report.funnel.count(outcome)
        if isinstance(outcome, Article) and (outcome.confidence or 0.0) < self.config.doubtful_below:
            self.report.doubt(outcome.url, outcome.confidence or 0.0)
        await self._committer.add(outcome)

    async def finish(self, reason: str, fingerprint: str) -> None:
        """Commit the rest, check the funnel, and write the run's report. Failures end up in `report.failure`.

        `reason`: why Scrapy closed the spider; `fingerprint`: `settings_fingerprint` of its settings.
        """
        assert self._committer is not None, "Run.start comes first"
        await self._committer.close()
        if isinstance(self.report.failure, LeaseLost):
            self._clear_away()
        if self._noting is not None:
            await self._noting
        report = self.report
        if report.failure is None:
            try:
                report.funnel.check(report.records)
                report.rechecks = self.archive.looks
                if report.watched:
                    report.alarms = watch(self.archive, report)
                document = report.document(
                    finish_reason=reason,
                    settings_sha256=fingerprint,
                    conditional_put=self.archive.store.conditional_put,
                    index=header(),
                    watched={site: run.counts() for site, run in site_runs(report).items()} | {RUN: report.counts},
                )
                # Through. The page takes 100 MB, which without them is no more than the crawl took.
                self.workers.stop()
                store, location, loop = self.archive.store, self.archive.location, asyncio.get_running_loop()
                page = await loop.run_in_executor(
                    None, page_of_run, store, location, report.records, document, report.before
                )
                self.writer.write_run(document, page)
                self._keep(page)
                self._document = document
                await loop.run_in_executor(None, self._roll_up, self.archive.batches)
                if what := STOPS.get(reason):
                    raise Stopped(f"{what} ended the run before it was through; start again to go on")
                self._check_discovery()
                if report.unstored:
                    raise NewscrawlError(
                        f"an item pipeline raised on {report.unstored} pages, which stay pending: see the log"
                    )
                if report.alarms:
                    raise Alarmed("; ".join(map(str, report.alarms)))
            except NewscrawlError as e:
                report.failure = e
            self._write_metrics()
        report.finished = True

    def _clear_away(self) -> None:
        """Remove what this run has begun and may not commit: the shard's next owner fetches it again."""
        try:
            self.archive.drop_uncommitted()
        except NewscrawlError as e:
            logger.warning("parts that were not committed stay until the next run here: %s", e)

    def _keep(self, page: str) -> None:
        path = self.config.state_dir / PAGE
        try:
            path.write_text(page, encoding="utf-8")
            close_to_others(path)
            self.report.page = path
        except OSError as e:
            raise unwritable(e) from e

    def _write_metrics(self) -> None:
        """Once it is known how the run ends."""
        report, path = self.report, self.config.metrics_file
        if path and self._document:
            try:
                write_metrics(path, self._document, report.failure.exit_code if report.failure else 0)
            except StateUnwritable as e:
                report.failure = report.failure or e

    def _roll_up(self, batches: int) -> None:
        """Have many small batches of the last runs read as one, out of `batches`; where that fails the run does not."""
        store, location = self.archive.store, self.archive.location
        try:
            if batches - rolled_up(store, location) >= ROLL_UP_AT:
                roll_up(store, location, most=ROLL_UP_MOST)
        except NewscrawlError as e:
            logger.warning("the roll-up stays as it is until the next run: %s", e)

    def _check_discovery(self) -> None:
        report = self.report
        failing = report.sources_dead | report.discovery_errors
        if failing and not report.sources_read and not report.sources_resting and not report.funnel.fetched:
            url, why = next(iter(failing.items()))
            raise NothingDiscovered(
                f"none of {len(failing)} sources could be read (the first: {url}: {why}): "
                "check the network and the sites file"
            )

    def close(self) -> None:
        """Close the state, stop the embedded server if this run started it, give the lock back. Idempotent."""
        if self._committer:
            self._committer.abandon()
        while self.at_close:
            self.at_close.pop(0)()
        self.archive.state.close()
        for word in (self._lease, self._presence):
            if word:
                word.close()
        if self._server:
            doing("stopping the S3 server")
            self._server.stop()
        self._lock.release()


def _rejected(article: Article, reason: Reason, detail: str, raw: RawPage | None = None) -> Reject:
    return Reject(
        url=article.discovered_url,
        site=article.site,
        fetched_at=article.fetched_at,
        reason=reason,
        detail=detail,
        raw=raw,
    )


def _storable(reject: Reject, run_id: str) -> Reject:
    """The reject as the bucket can hold it: in a batch it would take its neighbours with it."""
    # A page's own words may stand in the detail, and a lone surrogate in a URL that a page gave.
    url = reject.url.encode("utf-8", "replace").decode()
    # A header's value, or words of the page: who lists rejects lists them on a terminal.
    detail = printable(reject.detail) if reject.detail else reject.detail
    if (url, detail) != (reject.url, reject.detail):
        reject = replace(reject, url=url, detail=detail)
    try:
        row_of(Table.REJECTS, reject, run_id)
    except InvalidRow as e:
        # A status line may have any number.
        logger.warning("%s", e)
        reject = replace(reject, http_status=None, detail=f"{detail or reject.reason}; {e}"[:500])
    return reject


def settings_fingerprint(settings: Mapping[str, Any]) -> str:
    """SHA-256 of the settings that shape a run's result, the same in each process; secrets are not among Scrapy's
    settings here."""
    kept = {name: _plain(value) for name, value in settings.items() if not name.startswith(("LOG", "AWS_"))}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A setting's value as JSON has it: `repr` tells the address of an object, and of a set an order of chance."""
    if isinstance(value, Mapping):
        return {str(_plain(name)): _plain(inner) for name, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(inner) for inner in value), key=json.dumps)
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, str | int | float):
        return value
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
