"""Whose turn it is: of each site's due URLs only a few are out as requests, however many are due."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from datetime import datetime

from newscrawl.items import Hint
from newscrawl.state.ledger import Found

# Requests of a site that are out at once. A site may have several hosts, and each answers one or a few at a time;
# a request in Scrapy's queues takes 4 KB, a URL that waits here a tenth of that.
AT_ONCE = 32

_Waiting = tuple[str, str, str | None, datetime | None, bool, datetime | None]


class Turns:
    """URLs that wait, by site, first come first served."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._out: Counter[str] = Counter()
        # As plain tuples (URL, source, hint's fields): the garbage collector does not go over those.
        self._waiting: dict[str, deque[_Waiting]] = defaultdict(deque)

    def has_room(self, site: str) -> bool:
        """Whether another request of the site may go out."""
        return self._out[site] < self._at_once

    def ask(self, found: Found) -> bool:
        """Whether it is this URL's turn now; if not, `next` will give it."""
        if not self.has_room(found.site):
            hint = found.hint
            self._waiting[found.site].append(
                (found.url, found.source, hint.title, hint.published_at, hint.zone_assumed, hint.modified_at)
            )
            return False
        self._out[found.site] += 1
        return True

    def waits(self, site: str) -> bool:
        """Whether a URL of the site waits for its turn."""
        return bool(self._waiting.get(site))

    def next(self, site: str) -> Found | None:
        """A request of the site has ended, however it did: the URL whose turn it is instead."""
        if waiting := self._waiting[site]:
            url, source, title, published, zone_assumed, modified = waiting.popleft()
            hint = Hint(title=title, published_at=published, zone_assumed=zone_assumed, modified_at=modified)
            return Found(url=url, site=site, source=source, hint=hint)
        self._out[site] -= 1
        return None
