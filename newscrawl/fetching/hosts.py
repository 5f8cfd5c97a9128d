"""How each host bears us: waits that it asks for, backoff while it fails, and when it is left for this run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.asyncio import call_later

logger = logging.getLogger(__name__)

# 2 ** 16 seconds is most of a day, beyond any longest hold; larger exponents only overflow.
_MAX_EXPONENT = 16


class HostLeft(IgnoreRequest):
    """The host is asked no more in this run. Its URLs were not fetched: they stay pending for the next one."""


class RunEnds(HostLeft):
    """No host is asked any more: the run comes to its end."""


@dataclass(slots=True, kw_only=True)
class Hosts:
    """Failures of each host since it last answered. A host is a downloader slot (docs/architecture.md, invariant 6).

    `backoff`: seconds of the first wait after a failure, doubled with each further one. `longest`: seconds
    that a run waits for a host at the most. `failures`: different URLs that may fail in a row (one page
    that always fails says nothing of its host). `left`: host -> why it is asked no more, `sites_left` the same
    by site; shared with the run's report. `site_seconds`: of the run that a site may take. `owned`: whether they are
    still this process's to ask.
    """

    backoff: float
    longest: float
    failures: int
    left: dict[str, str]
    sites_left: dict[str, str]
    site_seconds: float
    owned: Callable[[], bool] = lambda: True
    _failed: dict[str, set[str]] = field(default_factory=dict)
    _begun: dict[str, float] = field(default_factory=dict)
    _ending: bool = False

    def check(self, request: Request) -> None:
        """Raise `HostLeft` where the request's host was given up, or `RunEnds`."""
        if self._ending:
            raise RunEnds("not asked: the run ends")
        if why := self.left.get(host_of(request)) or self.sites_left.get(request.meta.get("site", "")):
            raise HostLeft(f"left for this run: {why}")

    def check_owned(self) -> None:
        """Raise `RunEnds` where another process may own the hosts by now; asked right before a request is sent."""
        if not self.owned():
            raise RunEnds("not asked: another run may have its host")

    def answered(self, request: Request) -> None:
        """The host gave an answer that is no failure of its own."""
        self._failed.pop(host_of(request), None)

    def failed(self, request: Request, why: str, wait: float | None, downloader: Downloader) -> None:
        """The host failed; hold its queue as long as it asks (`wait`), else by backoff, or leave it."""
        host = host_of(request)
        urls = self._failed.setdefault(host, set())
        urls.add(request.url)
        if wait is not None and wait > self.longest:
            # Coming back earlier than asked would be no answer to the wish.
            self.leave(host, f"{why}, asks to come back in {wait:.0f} s", downloader)
        elif len(urls) >= self.failures:
            self.leave(host, f"{len(urls)} URLs failed in a row, the last with {why}", downloader)
        else:
            tries = max(request.meta.get("retry_times", 0), len(urls) - 1)
            backoff = min(self.backoff * 2 ** min(tries, _MAX_EXPONENT), self.longest)
            _hold(downloader, request, backoff if wait is None else wait)

    def leave(self, host: str, why: str, downloader: Downloader) -> None:
        """Ask the host no more, and let go of the requests that wait in its queue."""
        if host in self.left:
            return
        logger.warning("%s is left for this run: %s", host, why)
        self.left[host] = why
        drain(downloader, lambda waiting: host_of(waiting) == host, HostLeft(f"left for this run: {why}"))

    def rest(self, request: Request, seconds: float, downloader: Downloader) -> None:
        """Ask the host for nothing for a while, though it answers."""
        _hold(downloader, request, min(seconds, self.longest))

    def spend(self, request: Request, downloader: Downloader) -> None:
        """Leave the request's site where it has had its time of this run."""
        site = request.meta.get("site")
        if site and monotonic() - self._begun.setdefault(site, monotonic()) > self.site_seconds:
            self.leave_site(site, f"it has had its {self.site_seconds:g} s of this run", downloader)

    def leave_site(self, site: str, why: str, downloader: Downloader) -> None:
        """Ask none of the site's hosts for it any more; another site may be on the same hosts."""
        if site in self.sites_left:
            return
        logger.warning("site %s is left for this run: %s", site, why)
        self.sites_left[site] = why
        drain(downloader, lambda waiting: waiting.meta.get("site") == site, HostLeft(f"left for this run: {why}"))

    def let_go(self, downloader: Downloader) -> None:
        """Ask no host any more: what waits for its turn, or for the end of a hold, would keep the run from ending."""
        self._ending = True
        drain(downloader, lambda waiting: True, RunEnds("not asked: the run ends"))


def hosts_of(crawler: Crawler) -> Hosts:
    """The memory of hosts that a crawl's spider holds."""
    hosts: Hosts = crawler.spider.hosts  # type: ignore[union-attr]
    return hosts


def host_of(request: Request) -> str:
    """The host of a request, as the downloader's slots are named."""
    return urlsplit(request.url).hostname or ""


def drain(downloader: Downloader, wanted: Callable[[Request], bool], error: Exception) -> None:
    """Fail the requests that wait in the downloader's queues, not those under way."""
    for slot in list(downloader.slots.values()):
        waiting = [entry for entry in slot.queue if wanted(entry[0])]
        for entry in waiting:
            slot.queue.remove(entry)
        for _, answer in waiting:
            answer.errback(error)


def retry_after(value: bytes | None, now: datetime) -> float | None:
    """Seconds from a Retry-After header (seconds or an HTTP date, RFC 9110 10.2.3); None when there is none."""
    text = (value or b"").decode("latin-1").strip()
    # isascii: "²" is a digit to Python, and no number.
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the other one: a day or a year of twenty figures
        return None
    return max(0.0, ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds())


def _hold(downloader: Downloader, request: Request, seconds: float) -> None:
    # The queue of a slot rests while it has a `latercall`. `lastseen` keeps the slot from being collected
    # as unused meanwhile, and makes its delay begin at the end of the hold.
    _, slot = downloader._get_slot(request)
    until = monotonic() + seconds
    if until <= slot.lastseen:
        return
    slot.lastseen = until
    if slot.latercall:
        slot.latercall.cancel()
    slot.latercall = call_later(seconds, downloader._latercall, slot)
