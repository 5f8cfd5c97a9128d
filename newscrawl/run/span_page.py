"""The report of a span as a page: a chart, lines, a heat map and differing words are drawn, without a script."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from newscrawl.run import chart
from newscrawl.run.findings import Site
from newscrawl.run.findings_page import largest_first, sections, spoken
from newscrawl.run.rendering import rendered, sparkline
from newscrawl.run.run_page import OUTCOMES, TAKEN
from newscrawl.run.span import STEPS, Span

# The span's report, in the state directory.
SPAN_PAGE = "archive.html"


def span_page(span: Span) -> str:
    """`scrapy bucket report`: one file that asks for nothing and runs nothing."""
    counts = Counter[str]()
    for record in span.records:
        if not record.reextracted:
            found = record.counts
            counts.update(
                articles=found.articles, duplicates=found.duplicates, unchanged=found.unchanged, rejects=found.rejects
            )
    discovery = sum((run.discovery for run in span.runs), Counter[str]())
    last = span.runs[-1] if span.runs else None
    names = {record.run_id for record in span.records} | {run.run_id for run in span.runs}
    pages: dict[str, Counter[int]] = defaultdict(Counter)
    for site in span.found.sites.values():
        for outcome, points in site.points.items():
            pages[outcome].update(points)
    # Of one step the funnel says as much.
    several = len({at for points in pages.values() for at in points}) > 1
    return rendered(
        "span_page.html",
        outcomes=OUTCOMES,
        counts={name: counts[name] for name in OUTCOMES},
        discovery=discovery,
        left_out=largest_first((k, n) for k, n in discovery.items() if k not in TAKEN),
        runs=span.runs[::-1],
        first=min(names),
        last_run=max(names),
        step=STEPS[span.step],
        several=several,
        charts=_charts(pages, span.step) if several else {},
        sites=_sites(span),
        changes=span.changes,
        doubtful=span.doubtful,
        silent=last.sites_quiet if last else {},
        left=last.left if last else {},
        alarms=last.alarms if last else [],
        failing=last.sources_failing if last else {},
        partly=last.sources_partly if last else {},
        licences=last.licences_unread if last else {},
        **sections(span.found),
        made_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
    )


def _charts(pages: Mapping[str, Mapping[int, int]], step: int) -> dict[str, Markup]:
    """The pages of all sites over time, by how wide a screen is; none where the library is not installed."""
    sizes = {"wide-chart": chart.WIDE, "narrow-chart": chart.NARROW} if chart.is_possible() else {}
    # Figures and dates alone, nothing from outside.
    return {name: Markup(chart.over_time(pages, step, size)) for name, size in sizes.items()}


def _sites(span: Span) -> dict[str, dict[str, Any]]:
    steps = [at for site in span.found.sites.values() for points in site.points.values() for at in points]
    first, last = (min(steps), max(steps)) if steps else (0, 0)
    unchanged = sum((run.unchanged for run in span.runs), Counter[str]())
    return {
        name: {
            "counts": {outcome: site.count(outcome) for outcome in OUTCOMES} | {"unchanged": unchanged[name]},
            "line": _line(site, first, last),
            "most": max(site.points["articles"].values(), default=0),
            "reasons": site.reasons,
            "reserved": site.reserved,
            "coverage": site.coverage,
            "words": [round(words) for words in site.words],
            "latency": [spoken(seconds) for seconds in site.latency],
        }
        for name, site in sorted(span.found.sites.items())
    }


def _line(site: Site, first: int, last: int) -> str:
    """Stories of each step as the points of a polyline."""
    points = site.points["articles"]
    return sparkline([points[at] for at in range(first, last + 1)])
