"""What the processes of a plan do (`workers/on_daft.py`): a task's bytes in, its result's bytes out.

Each of these says what a process needs, once; `start` makes of it what does one task after the other there.
"""

from __future__ import annotations

import asyncio
import pickle
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from newscrawl.bucket.keys import Location
from newscrawl.bucket.reader import read_bytes
from newscrawl.bucket.records import PartRef
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_client import Credentials
from newscrawl.bucket.warc import held, torn
from newscrawl.dedup.excerpts import compared, looked_at
from newscrawl.items import Article, Page, Reject
from newscrawl.state.template_store import Stored
from newscrawl.workers.pool import WorkerPool

# Of a part its pages; or why it is torn.
Read = list[tuple[Page, Article | Reject]] | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Parts of the raw archive are read by extraction: a part's reference in, its pages with their outcomes out.

    Each process has one of the workers that a crawl has, so a page that hangs or crashes the extractor costs that page;
    it asks the bucket for the part itself, so that no page goes through the process that made the plan.

    `credentials`: of a server that we started ourselves; None: the process has its own, by boto3's chain. `learned`: of
    each site's template lines, when the plan is made; each part begins with that, whatever its process read before.
    """

    location: Location
    credentials: Credentials | None
    obeyed: frozenset[str]
    learned: Stored
    page_seconds: float
    costly_pages: int

    def start(self) -> Reader:
        """In the process that is to read."""
        return Reader(self)


class Reader:
    """One of the processes that read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        location = reading.location
        self._store = ObjectStore(location.bucket, reading.credentials, prefix=location.prefix)
        self._loop = asyncio.new_event_loop()
        self._workers = WorkerPool(1, reading.page_seconds, reading.costly_pages)

    def do(self, part: bytes) -> bytes:
        """A pickled part to the pickled list of its pages, without their bodies, and their outcomes; or to the reason
        for which it cannot be read. Raises what `read_bytes` does."""
        return pickle.dumps(self._loop.run_until_complete(self._read(pickle.loads(part))))

    async def _read(self, part: PartRef) -> Read:
        reading = self._reading
        body = read_bytes(self._store, reading.location, part)
        if why := torn(body):
            return why
        self._workers.learned.restore(reading.learned)
        found: list[tuple[Page, Article | Reject]] = []
        for one in held(body):
            page = replace(one.page, obeyed=reading.obeyed, headers=None)
            outcome = await self._workers.process(page)
            found.append((replace(page, body=b"", later=()), outcome))
        return found

    def close(self) -> None:
        """Stop the worker; once more does nothing."""
        self._workers.stop()
        self._loop.close()


class Look:
    """Groups of articles are looked at anew: a `dedup.excerpts.Excerpt` in, what each of its articles moves out."""

    def start(self) -> Look:
        """In the process that is to look: it needs nothing."""
        return self

    def do(self, part: bytes) -> bytes:
        """A pickled excerpt to the pickled list of moves."""
        return pickle.dumps(looked_at(pickle.loads(part), datetime.now(UTC)))

    def close(self) -> None:
        """It holds nothing."""


class Compare:
    """Pairs of texts are compared: `dedup.excerpts.Pairs` in, a comparison of each out."""

    def start(self) -> Compare:
        """In the process that is to compare: it needs nothing."""
        return self

    def do(self, pairs: bytes) -> bytes:
        """Pickled pairs to the pickled list of comparisons."""
        return pickle.dumps(compared(pickle.loads(pairs)))

    def close(self) -> None:
        """It holds nothing."""
