"""Parts of the raw archive, read by extraction on Daft: on this machine's cores, or on a Ray cluster's (extra `scale`).

The plan is one column: of each part's key what extraction makes of its pages. Each of Daft's processes has one of the
workers that a crawl has, so a page that hangs or crashes the extractor costs that page; it asks the bucket for the part
itself, so that no page goes through the process that made the plan.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

from newscrawl.bucket.keys import Location
from newscrawl.bucket.reader import verified
from newscrawl.bucket.records import PartRef
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_client import Credentials
from newscrawl.bucket.warc import held
from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.items import Article, Page, Reject
from newscrawl.state.template_store import Stored
from newscrawl.workers.pool import WorkerPool

Read = list[tuple[Page, Article | Reject]]

# Daft and Ray tell their makers of each plan where nobody forbids it.
_SILENT = {"DO_NOT_TRACK": "1", "DAFT_ANALYTICS_ENABLED": "0", "RAY_USAGE_STATS_ENABLED": "0"}
# A plan that does not end by itself in this time, on Ray its workers with it, is killed.
_END_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What each of Daft's processes needs: the bucket, and how a crawl reads a page.

    `credentials`: of a server that we started ourselves; None: the process has its own, by boto3's chain. `learned`: of
    each site's template lines, when the plan is made; each part begins with that, whatever its process read before.
    """

    location: Location
    credentials: Credentials | None
    obeyed: frozenset[str]
    learned: Stored
    page_seconds: float
    costly_pages: int


class Plan:
    """Each part with its pages, without their bodies, and what extraction makes of them, as they come.

    The plan has a process of its own: the engine's threads would outlive a signal, and end ours with them.
    """

    def __init__(self, engine: str, parts: Sequence[PartRef], reading: Reading, cores: int) -> None:
        """`engine`: "daft", with `cores` processes here, or "ray", with as many on the cluster that RAY_ADDRESS names,
        else on one of this machine. Raises `ConfigError` where it is not installed."""
        for library in ["daft", *(["ray"] if engine == "ray" else [])]:
            if find_spec(library) is None:
                raise ConfigError(f"NEWSCRAWL_ENGINE={engine} needs {library}: pip install 'newscrawl[scale]'")
        self._engine, self._parts = engine, parts
        self._process = subprocess.Popen(
            [sys.executable, "-m", "newscrawl.workers.on_daft"],
            env={**_SILENT, **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdin
        with self._process.stdin as told:
            pickle.dump((engine, parts, reading, cores), told)

    def __iter__(self) -> Iterator[tuple[PartRef, Read]]:
        return self

    def __next__(self) -> tuple[PartRef, Read]:
        """Raises `NewscrawlError` where the plan failed; what the engine says of it stands on stderr."""
        assert self._process.stdout
        try:
            at, read = pickle.load(self._process.stdout)
        except EOFError:
            if code := self._process.wait():
                raise NewscrawlError(
                    f"the plan on {self._engine} ended with exit code {code}; what is committed is kept: start again"
                ) from None
            raise StopIteration from None
        return self._parts[at], pickle.loads(read)

    def close(self) -> None:
        """End the process, whatever it is at, and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class _Reader:
    """One of Daft's processes."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        location = reading.location
        self._store = ObjectStore(location.bucket, reading.credentials, prefix=location.prefix)
        self._loop = asyncio.new_event_loop()
        self._workers = WorkerPool(1, reading.page_seconds, reading.costly_pages)

    def read(self, part: bytes) -> bytes:
        """A pickled part to the pickled list of its pages and their outcomes."""
        return pickle.dumps(self._loop.run_until_complete(self._read(pickle.loads(part))))

    async def _read(self, part: PartRef) -> Read:
        reading = self._reading
        body = verified(reading.location, part, self._store.get(reading.location.key(part.key)))
        self._workers.learned.restore(reading.learned)
        found: Read = []
        for one in held(body):
            page = replace(one.page, obeyed=reading.obeyed, headers=None)
            outcome = await self._workers.process(page)
            found.append((replace(page, body=b"", later=()), outcome))
        return found

    def __del__(self) -> None:
        self._workers.stop()


def _run() -> None:
    """The plan's process: what to read by stdin, what came of it by stdout, pickled."""
    engine, parts, reading, cores = pickle.load(sys.stdin.buffer)
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # the engine prints, too
        import daft

        if engine == "ray":
            import ray

            ray.init(os.environ.get("RAY_ADDRESS"))
            daft.set_runner_ray(noop_if_initialized=True)
        # After Ray, which has a handler of its own.
        signal.signal(signal.SIGTERM, _end)
        made = daft.cls(_Reader, use_process=True, max_concurrency=max(1, min(cores, len(parts))))(reading)
        plan = daft.from_pydict({"at": list(range(len(parts))), "part": [pickle.dumps(part) for part in parts]})
        # A part a task: they differ in size, and one a process at a time is what fits into memory.
        plan = plan.into_batches(1).select("at", made.read(daft.col("part")).alias("read"))
        for row in plan.iter_rows():
            pickle.dump((row["at"], row["read"]), out)
            out.flush()


def _end(number: int, frame: object) -> None:
    # Who ended it says so; what the engine says of its own end are pages of traces.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    _run()
