"""What the pages of each site cost in workers, and what follows: the site is slowed, then left for the run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# Pages that end well after which one that cost a worker is forgiven: together they take a tenth of its time-out.
_GOOD_FOR_ONE = 100


@dataclass(slots=True)
class Costs:
    """Pages by site that hung or killed their worker, beside those that ended well.

    `most`: pages that may do so before the site is left, one more for every hundred that ended well.
    """

    most: int
    _lost: Counter[str] = field(default_factory=Counter)
    _good: Counter[str] = field(default_factory=Counter)

    def ended_well(self, site: str) -> None:
        """A page was answered, whatever became of it."""
        self._good[site] += 1

    def lost(self, site: str) -> None:
        """A page hung or killed its worker."""
        self._lost[site] += 1

    def of(self, site: str) -> int:
        """Pages of a site that cost a worker."""
        return self._lost[site]

    def is_slowed(self, site: str) -> bool:
        """Whether only one of the site's pages is worked on at a time."""
        return self._lost[site] > 0

    def is_left(self, site: str) -> bool:
        """Whether no page of the site is worked on any more in this run."""
        return self._lost[site] >= self.most + self._good[site] // _GOOD_FOR_ONE
