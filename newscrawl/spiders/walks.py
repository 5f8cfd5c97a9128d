"""How far the pages of each section or feed were walked, in this run and in an earlier one that was cut off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from newscrawl.state.ledger import Ledger


@dataclass(slots=True)
class _Walk:
    was_cut_off: bool
    outstanding: int = 0  # pages asked for and not yet read
    failed: bool = False
    asked: int = 0


class Walks:
    """The walks of one run, by section or feed (the URL of its first page). Other sources have none.

    A walk stops where a page brings nothing new. After a walk that was cut off, that proves nothing of the pages
    behind; so the ledger keeps which walks have begun and not ended.
    """

    def __init__(self, ledger: Ledger, note: Callable[[Callable[[], None]], None], most: int) -> None:
        """`note` has a small write done while no batch is written (`Run.note`); `most`: pages of one walk behind its
        first that a run reads."""
        self._ledger, self._note, self._most = ledger, note, most
        self._walks: dict[str, _Walk] = {}

    def was_cut_off(self, section: str) -> bool:
        """Whether an earlier walk through this section did not come to its end."""
        walk = self._walks.get(section)
        return walk.was_cut_off if walk else self._ledger.is_cut_off(section)

    def page_asked(self, section: str) -> None:
        """One more of the section's pages is asked for; the first one begins the walk."""
        if section not in self._walks:
            self._walks[section] = _Walk(was_cut_off=self._ledger.is_cut_off(section))
            self._note(lambda: self._ledger.begin_walk(section))
        self._walks[section].outstanding += 1
        self._walks[section].asked += 1

    def room(self, section: str) -> int:
        """How many more of the section's pages this run may ask for."""
        return max(0, 1 + self._most - self._walks[section].asked)

    def page_read(self, section: str) -> None:
        """One page was read, and what is behind it asked for; the last one ends the walk, unless one failed."""
        if walk := self._walks.get(section):
            walk.outstanding -= 1
            if not walk.outstanding and not walk.failed:
                self._ledger.end_walk(section)

    def page_failed(self, section: str) -> None:
        """One page gave no answer: the walk is cut off."""
        if walk := self._walks.get(section):
            walk.outstanding -= 1
            walk.failed = True
