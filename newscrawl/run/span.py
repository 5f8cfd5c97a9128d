"""What a bucket says of a span of runs, gathered for a person to read: `scrapy bucket report`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from newscrawl.bucket.keys import RUNS_FOLDER, Location, parse_commit_key, parse_run_key, run_started
from newscrawl.bucket.lookup import texts_of
from newscrawl.bucket.query import parts_of
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.rollup import Named
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.doing import counted, doing
from newscrawl.errors import ConfigError
from newscrawl.run import compared
from newscrawl.run.findings import Findings, findings, rows_of
from newscrawl.run.reports import Reported, reports
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Without a wish: what a person still remembers, and what a laptop reads from a large archive in a minute.
_USUAL = timedelta(days=14)
# Steps of a line, in seconds: the first with no more points than can be told apart.
STEPS = {1: "second", 10: "ten seconds", 60: "minute", 600: "ten minutes", 3600: "hour", 86_400: "day"}
_POINTS = 60
# As many as somebody looks at.
PAGES = 100

_PAGES = """
CREATE TEMP VIEW pages AS
SELECT site, url, fetched_at, run_id, 'articles' AS outcome FROM articles
UNION ALL SELECT site, url, fetched_at, run_id, 'duplicates' FROM duplicates
UNION ALL SELECT site, url, fetched_at, run_id, 'rejects' FROM rejects
"""
_BY_RUN = """
SELECT pages.site, run_id = $last AS last, count(*) FILTER (outcome = 'articles') AS stories,
  count(*) FILTER (outcome = 'rejects') / count(*) AS rejected, count(DISTINCT run_id) AS runs
FROM pages GROUP BY ALL
"""


@dataclass(slots=True)
class Span:
    """See the module. `runs`: the crawls, the last one last; `step`: that of points, in seconds."""

    runs: list[Reported]
    records: list[CommitRecord]
    step: int = max(STEPS)
    found: Findings = field(default_factory=Findings)
    changes: dict[str, str] = field(default_factory=dict)  # in words, by site
    doubtful: list[tuple[str, float]] = field(default_factory=list)


def since_of(asked: str | None, run_ids: list[str]) -> str:
    """The run id from which a span reaches: of a run, of a day (YYYY-MM-DD, UTC), or two weeks before the last run.

    Raises `ConfigError` where it is neither, or nothing was stored since.
    """
    if not run_ids:
        raise ConfigError("the bucket is empty: there is nothing to report")
    if asked is None:
        last = max((at for run_id in run_ids if (at := run_started(run_id))), default=None)
        first = f"{last - _USUAL:%Y%m%dT%H%M%SZ}" if last else ""
    elif asked in run_ids:
        first = asked
    else:
        try:
            first = f"{date.fromisoformat(asked):%Y%m%d}"
        except ValueError as e:
            raise ConfigError(f"--since {asked!r} is no run of this bucket and no day: write YYYY-MM-DD") from e
    if run_ids[-1] < first:
        raise ConfigError(f"--since {asked}: nothing was stored since; the last run is {run_ids[-1]}")
    return first


def gather(store: ObjectStore, location: Location, since: str | None, doubtful_below: float) -> Span:
    """Read the span from `since` (`since_of`) on; only its own parts. Raises what reading a bucket raises."""
    listed, reported = _listed(store, location)
    first = since_of(since, sorted({run_id for run_id, _ in listed} | reported))
    records = list(commit_records(store, location, sorted(named for named in listed if named[0] >= first)))
    runs = reports(store, location, records, (run_id for run_id in reported if run_id >= first))
    span = Span(runs=list(runs), records=records)
    # What the raw archive was read for again was fetched once, and is counted there.
    keys = parts_of(record for record in records if not record.reextracted)
    with rows_of(store, location, keys) as db:
        doing("asking the bucket")
        db.execute(_PAGES)
        span.found = findings(db, partial(texts_of, store, location, keys))
        _points(db, span)
        asked = "SELECT url, confidence FROM articles WHERE confidence < ? ORDER BY confidence, url LIMIT ?"
        span.doubtful = [(printable(url), sure) for url, sure in db.execute(asked, [doubtful_below, PAGES]).fetchall()]
        for site, words in _changes(db, [run.run_id for run in span.runs]):
            span.changes[site] = f"{span.changes[site]}; {words}" if site in span.changes else words
    return span


def _listed(store: ObjectStore, location: Location) -> tuple[list[Named], set[str]]:
    """All commit records, and the runs that have a report."""
    listed: list[Named] = []
    reported: set[str] = set()
    for key, _ in counted(store.list(location.key(RUNS_FOLDER)), "listing runs"):
        path = location.relative(key)
        if named := parse_commit_key(path):
            listed.append(named)
        elif run_id := parse_run_key(path):
            reported.add(run_id)
    return listed, reported


def _points(db: DuckDBPyConnection, span: Span) -> None:
    row = db.execute("SELECT epoch(min(fetched_at)), epoch(max(fetched_at)) FROM pages").fetchone()
    first, last = row if row and row[0] is not None else (0.0, 0.0)
    span.step = next((step for step in STEPS if last - first <= step * _POINTS), max(STEPS))
    step = f"CAST(floor(epoch(fetched_at) / {span.step}) AS BIGINT)"
    asked = f"SELECT site, outcome, {step}, count(*) FROM pages GROUP BY ALL"
    for site, outcome, at, pages in db.execute(asked).fetchall():
        span.found.sites[site].points[outcome][at] = pages


def _changes(db: DuckDBPyConnection, runs: list[str]) -> Iterator[tuple[str, str]]:
    """Sites of which the last run brought other than those before it."""
    if len(runs) < 2:
        return
    now: dict[str, tuple[int, float]] = {}
    usual: dict[str, tuple[float, float]] = {}
    for site, last, stories, rejected, _ in db.execute(_BY_RUN, {"last": runs[-1]}).fetchall():
        if last:
            now[site] = stories, rejected
        else:
            usual[site] = stories / (len(runs) - 1), rejected
    for site in sorted(now.keys() | usual.keys()):
        stories, rejected = now.get(site, (0, 0.0))
        before, rejected_before = usual.get(site, (0.0, 0.0))
        found = list(compared.stories(stories, before))
        if site in now and site in usual:
            found += compared.share(rejected, rejected_before, compared.REJECTED)
        yield from ((site, words) for words in found)
