"""Files that say something of a host's pages, each asked for once in a run, before the first page that it is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred

from newscrawl.errors import WorkersBroken
from newscrawl.fetching.hosts import RunEnds

_T = TypeVar("_T")

# A rule has about a hundred bytes, and a file some of them.
MAX_BYTES = 500 * 1024
# Before articles, as robots.txt is.
_PRIORITY = 1000


class Once(Generic[_T]):
    """What is made once by name: who asks while it is made waits for it. Where making it raises, the others get
    `nothing`."""

    def __init__(self, nothing: Callable[[], _T]) -> None:
        self._nothing = nothing
        self._made: dict[str, _T] = {}
        self._asked: dict[str, Deferred[None]] = {}

    async def of(self, name: str, make: Callable[[], Awaitable[_T]]) -> _T:
        """The one of this name. Raises what `make` does."""
        if name in self._asked:
            # Each waiter takes the value out of a Deferred: what it says is only that the rules are there.
            await maybe_deferred_to_future(self._asked[name])
        else:
            self._asked[name] = Deferred()
            self._made[name] = self._nothing()
            try:
                self._made[name] = await make()
            finally:
                self._asked[name].callback(None)
        return self._made[name]


async def downloaded(crawler: Crawler, url: str, **meta: Any) -> Response:
    """The answer to a request beside the spider's, by all rules for those. Raises what a download and a rule may."""
    assert crawler.engine is not None
    return await crawler.engine.download_async(Request(url, priority=_PRIORITY, meta=meta, callback=NO_CALLBACK))


async def read_in_worker(crawler: Crawler, read: Callable[[bytes], _T], body: bytes) -> _T:
    """What `read` makes of a body. Raises what it raises, `TooDear`, and `RunEnds` where no worker is left."""
    run = crawler.spider.run  # type: ignore[union-attr]
    try:
        made: _T = await run.workers.call(read, body, run.config.source_seconds)
    except WorkersBroken as e:
        run.fail(e)  # no fault of the host
        raise RunEnds(str(e)) from e
    return made
