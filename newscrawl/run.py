"""One run of the crawler: what it holds open, and what it leaves behind in the bucket."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pyarrow as pa

from newscrawl import __version__, memory
from newscrawl.archive import Archive
from newscrawl.bucket.embedded import EmbeddedS3
from newscrawl.bucket.failures import Outage
from newscrawl.bucket.layout import Location, new_run_id
from newscrawl.bucket.open import open_bucket
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.schema import InvalidRow, row_of, tables_of
from newscrawl.bucket.writer import BatchWriter
from newscrawl.committer import Committer
from newscrawl.config import Config
from newscrawl.dedup.judge import judge
from newscrawl.dedup.signature import header
from newscrawl.dedup.words import words_of
from newscrawl.errors import NewscrawlError, NothingDiscovered, Stopped
from newscrawl.funnel import Funnel
from newscrawl.items import Article, Outcome, Reason, Reject
from newscrawl.lock import RunLock
from newscrawl.looplag import give_way
from newscrawl.sources import Sources
from newscrawl.state import State

logger = logging.getLogger(__name__)

# The libraries whose version changes what is extracted, matched or written.
_LIBRARIES = ("scrapy", "trafilatura", "datasketch", "pyarrow", "boto3")


class Run:
    """Lock, state and bucket of one run. `open` before anything is fetched; `close` on every way out."""

    def __init__(self, config: Config, archive: Archive, lock: RunLock, server: EmbeddedS3 | None) -> None:
        self.config, self.archive = config, archive
        self._lock, self._server = lock, server
        self.id = new_run_id(datetime.now(UTC))
        self.started_at = datetime.now(UTC)
        self._started = time.monotonic()
        self.funnel = Funnel()
        self.bytes_received = 0
        # How late the event loop was, in milliseconds; None where nobody measured it.
        self.loop_lag: dict[str, int] | None = None
        self.sources = Sources(archive.state.db, config.poll_seconds)
        # Sources that answered, of these with nothing new; sources that are not due yet.
        self.sources_read = self.sources_unchanged = self.sources_resting = 0
        # Sources that have failed for long, whether they were asked or not.
        self.sources_dead: dict[str, str] = {}
        self.discovery_errors: dict[str, str] = {}
        # Hosts given up for this run, and why; their URLs stay pending.
        self.hosts_left: dict[str, str] = {}
        # Held while a batch or what a source brought is noted: SQLite would have the event loop wait for the thread
        # that commits. Single rows (a walk begun, a source that did not answer) are written without.
        self.writing = asyncio.Lock()
        self.failure: NewscrawlError | None = None
        # Whether it came to an end of its own, good or bad; a second signal leaves it before.
        self.finished = False
        # What else must be stopped on every way out, in this order.
        self.at_close: list[Callable[[], None]] = []
        self._writer = BatchWriter(archive.store, archive.location, self.id, header())
        self.committer: Committer | None = None

    @classmethod
    def open(cls, config: Config) -> Run:
        """Take the lock, reach the bucket, recover from whatever ended the last run.

        Raises a `NewscrawlError` with one clear line for every way in which this can fail.
        """
        memory.give_back()
        # Arrow's default pool keeps what writing a batch took.
        pa.set_memory_pool(pa.system_memory_pool())
        pa.array([""])  # Arrow imports pandas with its first column, where that is installed: now, not in the crawl
        lock = RunLock(config.state_dir).acquire()
        server: EmbeddedS3 | None = None
        try:
            store, location, server = open_bucket(config.bucket, config.state_dir)
            archive = open_archive(config, store, location)
            try:
                archive.recover()
                run = cls(config, archive, lock, server)
                run._writer.ensure_schema()
                words_of("")  # makes its tables now: the first verdict would hold up the event loop for them
            except Outage as e:
                raise NewscrawlError(f"the bucket went away while the run started: {e}") from e
            return run
        except BaseException:
            if server:
                server.stop()
            lock.release()
            raise

    def start(self, on_failure: Callable[[], None]) -> None:
        """Begin committing; within the running event loop. `on_failure` is called when the run must end."""
        self._on_failure = on_failure
        self.at_close.append(give_way())
        self.committer = Committer(
            self.archive,
            self._writer,
            self.id,
            rows=self.config.batch_rows,
            seconds=self.config.batch_seconds,
            outage_seconds=self.config.outage_seconds,
            writing=self.writing,
            on_failure=self.fail,
        )

    def fail(self, error: NewscrawlError) -> None:
        """End the run with this error, unless it already ends with another."""
        if self.failure is None:
            self.failure = error
            self._on_failure()

    def judge(self, article: Article) -> Outcome:
        """The dedup verdict; see `dedup.judge`. An article that the bucket cannot hold is rejected.

        Before the verdict, for the index must not know what will have no row; and one by one, for in a batch
        it would take its neighbours with it.
        """
        try:
            stored = replace(article, story_id=article.id)
            for table in tables_of(stored):
                row_of(table, stored, self.id)
        except InvalidRow as e:
            logger.warning("%s", e)
            return Reject(
                url=article.discovered_url,
                site=article.site,
                fetched_at=article.fetched_at,
                reason=Reason.EXTRACT_FAILED,
                detail=str(e)[:500],
            )
        return judge(article, self.archive.index)

    async def store(self, outcome: Outcome) -> None:
        """Count an outcome and hand it to the committer."""
        assert self.committer is not None, "Run.start comes first"
        if isinstance(outcome, Reject):
            outcome = _storable(outcome)
        self.funnel.count(outcome)
        await self.committer.add(outcome)

    async def finish(self, reason: str, fingerprint: str) -> None:
        """Commit the rest, check the funnel, and write the run's report. Failures end up in `failure`."""
        assert self.committer is not None, "Run.start comes first"
        await self.committer.close()
        if self.failure is None:
            try:
                self.funnel.check(self.committer.records)
                self._writer.write_run(self.report(reason, fingerprint))
                if reason == "shutdown":
                    raise Stopped("a signal ended the run before it was through; start again to go on")
                self._check_discovery()
            except NewscrawlError as e:
                self.failure = e
        self.finished = True

    def _check_discovery(self) -> None:
        failing = self.sources_dead | self.discovery_errors
        if failing and not self.sources_read and not self.sources_resting and not self.funnel.fetched:
            url, why = next(iter(failing.items()))
            raise NothingDiscovered(
                f"none of {len(failing)} sources could be read (the first: {url}: {why}): "
                "check the network and the sites file"
            )

    def report(self, reason: str, fingerprint: str) -> dict[str, Any]:
        """The content of `runs/<run_id>/run.json`."""
        return {
            "started_at": self.started_at.isoformat(),
            "finished_at": datetime.now(UTC).isoformat(),
            "seconds": round(self.seconds, 3),
            "finish_reason": reason,
            "funnel": {"fetched": self.funnel.fetched, **self.funnel.outcomes},
            "relations": dict(self.funnel.relations),
            "reasons": dict(self.funnel.reasons),
            "sites": {name: dict(counts) for name, counts in sorted(self.funnel.sites.items())},
            "sources_read": self.sources_read,
            "sources_unchanged": self.sources_unchanged,
            "sources_resting": self.sources_resting,
            "sources_dead": self.sources_dead,
            "discovery_errors": self.discovery_errors,
            "hosts_left": self.hosts_left,
            "batches": len(self.committer.records) if self.committer else 0,
            "bytes_received": self.bytes_received,
            "bytes": self.bytes_stored,
            "loop_lag_ms": self.loop_lag,
            "conditional_put": self.archive.store.conditional_put,
            "settings_sha256": fingerprint,
            "index": header(),
            "versions": {"newscrawl": __version__, "python": platform.python_version()}
            | {name: version(name) for name in _LIBRARIES},
        }

    @property
    def seconds(self) -> float:
        """Seconds since the run was opened."""
        return time.monotonic() - self._started

    @property
    def bytes_stored(self) -> int:
        """Bytes of the parts that this run committed."""
        records = self.committer.records if self.committer else []
        return sum(part.bytes for record in records for part in record.objects)

    @property
    def embedded(self) -> bool:
        """Whether the bucket is the embedded server's."""
        return self._server is not None

    def close(self) -> None:
        """Close the state, stop the embedded server if this run started it, give the lock back. Idempotent."""
        if self.committer:
            self.committer.abandon()
        while self.at_close:
            self.at_close.pop(0)()
        self.archive.state.close()
        if self._server:
            self._server.stop()
        self._lock.release()


def _storable(reject: Reject) -> Reject:
    # A page's own words may stand in the detail, and a lone surrogate in a URL that a page gave.
    url, detail = (text and text.encode("utf-8", "replace").decode() for text in (reject.url, reject.detail))
    return reject if (url, detail) == (reject.url, reject.detail) else replace(reject, url=url or "", detail=detail)


def open_archive(config: Config, store: ObjectStore, location: Location) -> Archive:
    """The archive of the configured state directory, opened in the same way by a run and by every command."""
    return Archive(
        State(config.state_dir),
        store,
        location,
        config.rechecks,
        window=config.dedup_window,
        redis=config.dedup_redis,
    )


def settings_fingerprint(settings: Mapping[str, Any]) -> str:
    """SHA-256 of the settings that shape a run's result; secrets are not among Scrapy's settings here."""
    kept = {name: repr(value) for name, value in settings.items() if not name.startswith(("LOG", "AWS_"))}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
