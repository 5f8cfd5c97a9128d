"""What a site brought otherwise than before, in words for a report: the plain differences that a person would see.

Whether one of them is chance the watch judges (`newscrawl/watch/alarms.py`); here nothing is called broken.
"""

from __future__ import annotations

from collections.abc import Iterator

# Worth a line: half of what was usual, or twice; a tenth of the pages; of fewer stories than this nothing.
_FACTOR, _SHARE, _LEAST = 2, 0.1, 5

REJECTED = "of its pages are no story"


def stories(now: int, usual: float) -> Iterator[str]:
    """Stories of a run, and of a usual one."""
    if max(now, usual) >= _LEAST and not usual / _FACTOR <= now <= usual * _FACTOR:
        yield f"{now} stories, {usual:.0f} a run before"


def share(now: float, usual: float, of: str) -> Iterator[str]:
    """A share of a run's pages or stories, and the usual one; `of` says which, behind the figure."""
    if abs(now - usual) >= _SHARE:
        yield f"{now:.0%} {of}, {usual:.0%} before"


def length(now: float, usual: float) -> Iterator[str]:
    """Mean words of a story."""
    if usual and not usual / _FACTOR <= now <= usual * _FACTOR:
        yield f"{now:.0f} words a story, {usual:.0f} before"
