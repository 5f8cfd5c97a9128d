"""Which pages a trial asks for: the newest few of each source, so that one source does not speak for the site."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from newscrawl.discovery.links import latest
from newscrawl.spiders.finds import LEFT_BEHIND
from newscrawl.state.ledger import Found, Ledger

# Pages asked of a source: one odd page among the first says nothing of it, and not all links are articles.
PAGES = 5
# Of what a source has from long ago a page tells as much as five: it was left behind, and another source is looked at.
_OLD_PAGES = 2
_NEVER = datetime.min.replace(tzinfo=UTC)


class SampleLedger(Ledger):
    """Of what discovery finds, only the newest few of each source are due. All is noted, and counts.

    `named`: how many addresses each source named; `source_of`: by the address of a page that is asked for.
    """

    def __init__(self, db: sqlite3.Connection, homes: Mapping[str, str]) -> None:
        """`homes`: by site. Where that is a folder, as of one language among ten, few pages of it may be among the
        newest of its host: as many are asked of both sides."""
        super().__init__(db)
        self._homes = homes
        self._due: Counter[tuple[str, bool]] = Counter()
        self.named: Counter[str] = Counter()
        self.source_of: dict[str, str] = {}

    def discover(self, found: Iterable[Found], now: datetime) -> list[Found]:
        """Note what discovery found; of what is due, the sample."""
        found, chosen = list(found), []
        self.named.update(one.source for one in found)
        for one in sorted(super().discover(found, now), key=lambda f: latest(f.hint) or _NEVER, reverse=True):
            told = latest(one.hint)
            most = _OLD_PAGES if told and now - told > LEFT_BEHIND else PAGES
            side = (one.source, lies_below(one.url, self._homes.get(one.site, "")))
            if self._due[side] < most:
                self._due[side] += 1
                self.source_of[one.url] = one.source
                chosen.append(one)
        return chosen


def lies_below(url: str, home: str) -> bool:
    """Whether a page stands in the folder that a home page is."""
    return url.startswith(f"{home.rstrip('/')}/")
