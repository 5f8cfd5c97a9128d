"""The report of a run for people: one HTML file that asks for nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from newscrawl.run.report import RunDocument

# The last run's, in the state directory.
PAGE = "report.html"
_TEMPLATE = Path(__file__).with_name("run_page.html")
# In the order in which a bar shows them.
_OUTCOMES = ("articles", "duplicates", "unchanged", "rejects")


def run_page(document: RunDocument) -> str:
    """`report.html` of what `run.json` says. What comes from outside, names and reasons, is text in it, no markup."""
    from jinja2 import Environment, StrictUndefined  # not while a crawl goes on

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    left_out: Counter[str] = Counter()
    for kinds in document["discovery"].values():
        left_out.update({kind: number for kind, number in kinds.items() if kind not in ("named", "new")})
    run = document | {"sites": {name: _all_of(counts) for name, counts in document["sites"].items()}}
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        run=run,
        outcomes=_OUTCOMES,
        funnel=_all_of(document["funnel"]),
        rejected=_largest_first(document["reasons"].items()),
        related=_largest_first(document["relations"].items()),
        left_out=_largest_first(left_out.items()),
        failing=document["sources_dead"] | document["discovery_errors"],
    )


def _all_of(counts: dict[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in _OUTCOMES}


def _largest_first(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(counts, key=lambda item: (-item[1], item[0]))
