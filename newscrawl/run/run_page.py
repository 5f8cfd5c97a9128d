"""The report of a run for people: one HTML file that asks for nothing else."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from newscrawl.bucket.keys import Location
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.errors import NewscrawlError
from newscrawl.run import compared
from newscrawl.run.findings import Findings, Site, findings_of_run
from newscrawl.run.findings_page import largest_first, sections, spoken
from newscrawl.run.rendering import rendered, sparkline
from newscrawl.run.report import RunDocument
from newscrawl.text.printable import printable
from newscrawl.watch.site_runs import SiteRun

logger = logging.getLogger(__name__)

# The last run's, in the state directory.
PAGE = "report.html"
# What discovery counts of entries that are taken.
TAKEN = ("named", "new", "undated")
# In the order in which a bar shows them.
OUTCOMES = ("articles", "duplicates", "unchanged", "rejects")
# Runs of a site's line, this one with them: an hourly site's day and a half, a daily one's month.
_RUNS = 36
# Pages, or stories, of which a share or a mean says something to a person.
_LEAST = 10


def page_of_run(
    store: ObjectStore,
    location: Location,
    records: Iterable[CommitRecord],
    document: RunDocument,
    before: Mapping[str, Sequence[SiteRun]],
) -> str:
    """`run_page` with what the batches of the run (`records`) say; where they cannot be read, log and page say why."""
    found, unread = None, None
    try:
        found = findings_of_run(store, location, records)
    except Exception as e:  # whatever it is, all pages are stored: no run fails for a picture of them
        known = isinstance(e, NewscrawlError)
        unread = printable(str(e) if known else f"{type(e).__name__}: {e}")
        logger.warning("the report lacks what the rows of the run say: %s", unread, exc_info=not known)
    return run_page(document, before, found, unread)


def run_page(
    document: RunDocument,
    before: Mapping[str, Sequence[SiteRun]],
    found: Findings | None = None,
    unread: str | None = None,
) -> str:
    """`report.html` of what `run.json` says, beside the runs `before` it by site, oldest first.

    `found` is what the rows say that the run stored, `unread` why that could not be read. What comes from outside,
    names, reasons and texts, is text in it, no markup.
    """
    discovery: Counter[str] = Counter()
    for kinds in document["discovery"].values():
        discovery.update(kinds)
    at = datetime.fromisoformat(document["started_at"])
    now = {site: SiteRun.of(at, counts) for site, counts in document["watched"].items() if site}
    rows = found or Findings()
    return rendered(
        "run_page.html",
        run=document,
        outcomes=OUTCOMES,
        funnel=_all_of(document["funnel"]),
        news=sum(document["funnel"].get(name, 0) for name in OUTCOMES if name != "unchanged"),
        discovery=discovery,
        sites={
            name: _site(document["sites"].get(name, {}), now.get(name), before.get(name, ()), rows.sites.get(name))
            for name in sorted(document["sites"].keys() | now.keys())
        },
        changes=[
            (name, "; ".join(words)) for name in sorted(now) if (words := [*_changes(now[name], before.get(name, ()))])
        ],
        rejected=largest_first(document["reasons"].items()),
        related=largest_first(document["relations"].items()),
        left_out=largest_first((kind, number) for kind, number in discovery.items() if kind not in TAKEN),
        failing=document["sources_dead"] | document["discovery_errors"],
        unread=unread,
        pages_unread=rows.left_out,
        **sections(rows),
    )


def _site(
    counts: Mapping[str, int], now: SiteRun | None, before: Sequence[SiteRun], rows: Site | None
) -> dict[str, Any]:
    runs = [run.stories for run in before[-_RUNS + 1 :]] + ([now.stories] if now else [])
    rows = rows or Site()
    return {
        "counts": _all_of(counts),
        "line": sparkline(runs) if len(runs) > 1 else None,
        "runs": len(runs),
        "usual": median(run.stories for run in before) if before else None,
        "words": _words(now, rows),
        "dated": rows.coverage["date"] if rows.coverage else now.dated / now.stories if now and now.stories else None,
        "latency": [spoken(seconds) for seconds in rows.latency],
        "coverage": rows.coverage,
        "reasons": rows.reasons,
        "reserved": rows.reserved,
    }


def _words(now: SiteRun | None, rows: Site) -> list[int]:
    """Of a story: the middle of its site's, with a tenth and nine tenths; the mean where the rows were not read."""
    if rows.words:
        return [round(words) for words in rows.words]
    return [round(now.words / now.stories)] if now and now.stories else []


def _changes(now: SiteRun, before: Sequence[SiteRun]) -> Iterator[str]:
    """What the run brought otherwise than those before it, together."""
    if not before:
        return
    usual = sum(before[1:], before[0])
    yield from compared.stories(now.stories, usual.stories / len(before))
    pages, pages_before = now.stories + now.rejects, usual.stories + usual.rejects
    if min(pages, pages_before) >= _LEAST:
        yield from compared.share(now.rejects / pages, usual.rejects / pages_before, compared.REJECTED)
    if min(now.stories, usual.stories) >= _LEAST:
        yield from compared.share(now.dated / now.stories, usual.dated / usual.stories, "of its stories say when")
        yield from compared.share(
            now.duplicates / now.stories, usual.duplicates / usual.stories, "of its stories are copies or versions"
        )
        yield from compared.length(now.words / now.stories, usual.words / usual.stories)


def _all_of(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in OUTCOMES}
