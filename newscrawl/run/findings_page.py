"""What stored rows say as sections of a page, the same in a run's report and in a span's: see `findings.html`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from newscrawl.dedup.explain import Side, Stretch, word_diff
from newscrawl.run.findings import FIELDS, Findings, Large

# Sites of the heat map, those that copy or are copied most: more squares cannot be told apart on a phone.
_SQUARES = 20
EARLIER = "(earlier)"
# Words of a text that are compared: a story's. A live blog of a day has ten times as many, and would take seconds.
_WORDS = 2_000


def sections(found: Findings) -> dict[str, Any]:
    """The values that the macros of `findings.html` take, but for what only one of the pages knows of sites."""
    reasons = sum((site.reasons for site in found.sites.values()), Counter[str]())
    wishes = sum((site.reserved for site in found.sites.values()), Counter[str]())
    return {
        "fields": list(FIELDS),
        "reasons": [reason for reason, _ in largest_first(reasons.items())],
        "wishes": sorted(wishes),
        "heat": _heat(found.copied),
        "stories": [_story(story) for story in found.largest],
        "gaps": found.gaps,
    }


def largest_first(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Names and numbers, those of one number by name."""
    return sorted(counts, key=lambda item: (-item[1], item[0]))


def spoken(seconds: float) -> str:
    """A time as people say it."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _heat(copied: dict[tuple[str, str | None], int]) -> dict[str, Any]:
    """Who copies whom: a row for each copier, a column for each site that told it first, the busiest."""
    copiers, sources = Counter[str](), Counter[str]()
    for (copier, source), pages in copied.items():
        copiers[copier] += pages
        sources[source or EARLIER] += pages
    rows = [name for name, _ in largest_first(copiers.items())[:_SQUARES]]
    columns = [name for name, _ in largest_first(sources.items())[:_SQUARES]]
    shown = {(copier, source or EARLIER): pages for (copier, source), pages in copied.items()}
    most = max(shown.values(), default=1)
    return {
        "columns": columns,
        "rows": [
            (row, [(shown.get((row, column), 0), shown.get((row, column), 0) / most) for column in columns])
            for row in rows
        ],
    }


def _story(story: Large) -> dict[str, Any]:
    """A story's first telling, and copies beside it with their differing words."""
    first, *copies = story.articles
    return {
        "anchor": first,
        "sites": story.sites,
        "copies": story.of - 1,
        "shown": [{"told": copy, **_beside(first.text, copy.text)} for copy in copies],
    }


def _beside(first: str, second: str) -> dict[str, list[tuple[str, bool]]]:
    """Two texts as stretches of words, and of each whether the other text lacks it."""
    one, other = first.split(), second.split()
    diff = word_diff(" ".join(one[:_WORDS]), " ".join(other[:_WORDS]))
    return {"theirs": _side(diff, Side.FIRST, len(one) > _WORDS), "ours": _side(diff, Side.SECOND, len(other) > _WORDS)}


def _side(diff: list[Stretch], side: Side, cut: bool) -> list[tuple[str, bool]]:
    stretches = [(" ".join(s.words), s.side is side) for s in diff if s.side in (Side.BOTH, side)]
    return [*stretches, ("…", False)] if cut else stretches
