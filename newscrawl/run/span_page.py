"""The report of a span as a page: lines, a heat map and differing words are drawn here, without a script."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from newscrawl.dedup.explain import Side, word_diff
from newscrawl.run.rendering import rendered, sparkline
from newscrawl.run.run_page import OUTCOMES, TAKEN, largest_first
from newscrawl.run.span import STEPS, Large, Site, Span

# The span's report, in the state directory.
SPAN_PAGE = "archive.html"
# Copies of a story that are shown beside its first telling: more are more of the same.
_COPIES = 3
# Sites of the heat map, those that copy or are copied most: more squares cannot be told apart on a phone.
_SQUARES = 20
_EARLIER = "(earlier)"


def span_page(span: Span) -> str:
    """`scrapy bucket report`: one file that asks for nothing and runs nothing."""
    counts = Counter[str]()
    reasons = Counter[str]()
    for record in span.records:
        if not record.reextracted:
            found = record.counts
            counts.update(
                articles=found.articles, duplicates=found.duplicates, unchanged=found.unchanged, rejects=found.rejects
            )
            reasons.update(record.reasons)
    discovery = Counter[str]()
    for run in span.runs:
        for kinds in run.get("discovery", {}).values():
            discovery.update(kinds)
    last = span.runs[-1] if span.runs else {}
    return rendered(
        "span_page.html",
        outcomes=OUTCOMES,
        counts={name: counts[name] for name in OUTCOMES},
        discovery=discovery,
        left_out=largest_first((k, n) for k, n in discovery.items() if k not in TAKEN),
        rejected=largest_first(reasons.items()),
        runs=span.runs[::-1],
        first=min(record.run_id for record in span.records),
        last_run=max(record.run_id for record in span.records),
        step=STEPS[span.step],
        sites=_sites(span),
        reasons=[reason for reason, _ in largest_first(reasons.items())],
        heat=_heat(span.copied),
        stories=[_story(story) for story in span.largest],
        gaps=span.gaps,
        changes=span.changes,
        doubtful=span.doubtful,
        silent=last.get("sites_quiet", {}),
        left={**last.get("hosts_left", {}), **last.get("sites_left", {})},
        dead=last.get("sources_dead", {}),
        late={run["run_id"]: run.get("loop_lag_ms") for run in span.runs},
        made_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
    )


def _sites(span: Span) -> dict[str, dict[str, Any]]:
    steps = [at for site in span.sites.values() for points in site.points.values() for at in points]
    first, last = (min(steps), max(steps)) if steps else (0, 0)
    return {
        name: {
            "counts": {outcome: site.count(outcome) for outcome in OUTCOMES},
            "line": _line(site, first, last),
            "most": max(site.points["articles"].values(), default=0),
            "reasons": site.reasons,
            "coverage": site.coverage,
            "words": [round(words) for words in site.words],
            "latency": [_spoken(seconds) for seconds in site.latency],
        }
        for name, site in sorted(span.sites.items())
    }


def _line(site: Site, first: int, last: int) -> str:
    """Stories of each step as the points of a polyline."""
    points = site.points["articles"]
    return sparkline([points[at] for at in range(first, last + 1)])


def _spoken(seconds: float) -> str:
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
        sources[source or _EARLIER] += pages
    rows = [name for name, _ in largest_first(copiers.items())[:_SQUARES]]
    columns = [name for name, _ in largest_first(sources.items())[:_SQUARES]]
    shown = {(copier, source or _EARLIER): pages for (copier, source), pages in copied.items()}
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
    anchor, *copies = story.articles
    return {
        "anchor": anchor,
        "sites": story.sites,
        "copies": len(copies),
        "shown": [
            {"told": copy, "theirs": _side(anchor.text, copy.text, Side.FIRST), "ours": _side(anchor.text, copy.text)}
            for copy in copies[:_COPIES]
        ],
    }


def _side(first: str, second: str, side: Side = Side.SECOND) -> list[tuple[str, bool]]:
    """One of two texts as stretches of words, and whether the other lacks them."""
    return [(" ".join(s.words), s.side is side) for s in word_diff(first, second) if s.side in (Side.BOTH, side)]
