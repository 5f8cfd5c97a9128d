"""The report of a run for people: one HTML file that asks for nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from newscrawl.run.rendering import rendered
from newscrawl.run.report import RunDocument

# The last run's, in the state directory.
PAGE = "report.html"
# What discovery counts of entries that are taken.
TAKEN = ("named", "new", "undated")
# In the order in which a bar shows them.
OUTCOMES = ("articles", "duplicates", "unchanged", "rejects")


def run_page(document: RunDocument) -> str:
    """`report.html` of what `run.json` says. What comes from outside, names and reasons, is text in it, no markup."""
    left_out: Counter[str] = Counter()
    for kinds in document["discovery"].values():
        left_out.update({kind: number for kind, number in kinds.items() if kind not in TAKEN})
    run = document | {"sites": {name: _all_of(counts) for name, counts in document["sites"].items()}}
    return rendered(
        "run_page.html",
        run=run,
        outcomes=OUTCOMES,
        funnel=_all_of(document["funnel"]),
        rejected=largest_first(document["reasons"].items()),
        related=largest_first(document["relations"].items()),
        left_out=largest_first(left_out.items()),
        failing=document["sources_dead"] | document["discovery_errors"],
    )


def _all_of(counts: dict[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in OUTCOMES}


def largest_first(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(counts, key=lambda item: (-item[1], item[0]))
