"""What a bucket says of a span of runs, gathered for a person to read: `scrapy bucket report`."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from newscrawl.bucket.keys import Location, run_key
from newscrawl.bucket.query import connected, parts_of
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.rollup import listed_records
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.doing import counted, doing
from newscrawl.errors import ConfigError
from newscrawl.run import compared
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Without a wish: what a person still remembers, and what a laptop reads from a large archive in a minute.
_USUAL = timedelta(days=14)
# Steps of a line, in seconds: the first with no more points than can be told apart.
STEPS = {60: "minute", 600: "ten minutes", 3600: "hour", 86_400: "day"}
_POINTS = 60
# As many as somebody looks at.
STORIES, PAGES = 10, 100
# What a story should say of itself, and when a row does.
_FIELDS = {
    "date": "published_at IS NOT NULL",
    "author": "len(authors) > 0",
    "section": "section IS NOT NULL",
    "tags": "len(tags) > 0",
    "summary": "summary IS NOT NULL",
    "image": "image_url IS NOT NULL",
}

_PAGES = """
CREATE TEMP VIEW pages AS
SELECT site, url, fetched_at, run_id, 'articles' AS outcome FROM articles
UNION ALL SELECT site, url, fetched_at, run_id, 'duplicates' FROM duplicates
UNION ALL SELECT site, url, fetched_at, run_id, 'rejects' FROM rejects
"""
_LATENCY = """
SELECT site, quantile_cont(epoch(fetched_at) - epoch(published_at), [0.1, 0.5, 0.9]) FROM current
WHERE published_at <= fetched_at AND relation IS DISTINCT FROM 'revision' GROUP BY site
"""
_GAPS = """
WITH answers AS (
    SELECT regexp_extract(url, '^https?://([^/]+)', 1) AS host, run_id, epoch(fetched_at) AS came FROM pages),
  gaps AS (SELECT host, came - lag(came) OVER (PARTITION BY host, run_id ORDER BY came) AS gap FROM answers)
SELECT host, count(*), min(gap), median(gap) FROM gaps WHERE gap IS NOT NULL GROUP BY host ORDER BY 3, 1
"""
_COPIED = """
SELECT copy.site, anchor.site, count(*) FROM current AS copy LEFT JOIN current AS anchor ON anchor.id = copy.story_id
WHERE copy.id <> copy.story_id AND copy.relation <> 'revision' GROUP BY ALL
"""
_LARGEST = f"""
WITH large AS (SELECT story_id, count(DISTINCT site) AS sites, count(*) AS copies FROM current
  WHERE relation IS DISTINCT FROM 'revision' GROUP BY story_id HAVING copies > 1
  ORDER BY sites DESC, copies DESC, story_id LIMIT {STORIES})
SELECT story_id, sites, copies, id, site, url, title, text, relation, fetched_at
FROM current JOIN large USING (story_id)
WHERE relation IS DISTINCT FROM 'revision' ORDER BY sites DESC, copies DESC, story_id, id <> story_id, fetched_at, id
"""
_BY_RUN = """
SELECT pages.site, run_id = $last AS last, count(*) FILTER (outcome = 'articles') AS stories,
  count(*) FILTER (outcome = 'rejects') / count(*) AS rejected, count(DISTINCT run_id) AS runs
FROM pages GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An article of a large story."""

    site: str
    url: str
    title: str
    text: str
    relation: str | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Large:
    """A story with its articles, the anchor first where the span has it."""

    sites: int
    articles: list[Told]


@dataclass(slots=True)
class Site:
    """What a site brought. `points`: pages by outcome for each step of the span; `coverage`: shares of its stories;
    `words` and `latency` (seconds from publication to fetch): tenth, half and nine tenths of them are below."""

    points: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: Counter[str] = field(default_factory=Counter)
    coverage: dict[str, float] = field(default_factory=dict)
    words: tuple[float, ...] = ()
    latency: tuple[float, ...] = ()

    def count(self, outcome: str) -> int:
        """Pages of an outcome in the whole span."""
        return self.points[outcome].total()


@dataclass(slots=True)
class Span:
    """See the module. `runs`: documents of finished runs, the last one last; `step`: that of points, in seconds."""

    runs: list[dict[str, Any]]
    records: list[CommitRecord]
    step: int = max(STEPS)
    sites: dict[str, Site] = field(default_factory=lambda: defaultdict(Site))
    copied: dict[tuple[str, str | None], int] = field(default_factory=dict)  # copier, source
    largest: list[Large] = field(default_factory=list)
    gaps: list[tuple[str, int, float, float]] = field(default_factory=list)  # host, answers, least and middle, seconds
    changes: dict[str, str] = field(default_factory=dict)  # in words, by site
    doubtful: list[tuple[str, float]] = field(default_factory=list)


def since_of(asked: str | None, run_ids: list[str]) -> str:
    """The run id from which a span reaches: of a run, of a day (YYYY-MM-DD, UTC), or two weeks before the last run.

    Raises `ConfigError` where it is neither, or nothing was stored since.
    """
    if not run_ids:
        raise ConfigError("the bucket is empty: there is nothing to report")
    if asked is None:
        last = datetime.strptime(run_ids[-1][:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        first = f"{last - _USUAL:%Y%m%dT%H%M%SZ}"
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
    listed = sorted(listed_records(store, location))
    first = since_of(since, sorted({run_id for run_id, _ in listed}))
    records = list(commit_records(store, location, [named for named in listed if named[0] >= first]))
    span = Span(runs=list(_documents(store, location, records)), records=records)
    with connected(store, location, parts_of(records)) as db:
        doing("asking the bucket")
        db.execute(_PAGES)
        _points(db, span)
        _say(db, span, doubtful_below)
        for site, words in _changes(db, records):
            span.changes[site] = f"{span.changes[site]}; {words}" if site in span.changes else words
    return span


def _documents(store: ObjectStore, location: Location, records: list[CommitRecord]) -> Iterator[dict[str, Any]]:
    for run_id in counted(sorted({record.run_id for record in records}), "reading reports of runs"):
        try:
            yield json.loads(store.get(location.key(run_key(run_id))))
        except ObjectMissing:
            continue  # killed, or one that read the raw archive again


def _points(db: DuckDBPyConnection, span: Span) -> None:
    row = db.execute("SELECT epoch(min(fetched_at)), epoch(max(fetched_at)) FROM pages").fetchone()
    first, last = row if row and row[0] is not None else (0.0, 0.0)
    span.step = next((step for step in STEPS if last - first <= step * _POINTS), max(STEPS))
    step = f"CAST(floor(epoch(fetched_at) / {span.step}) AS BIGINT)"
    asked = f"SELECT site, outcome, {step}, count(*) FROM pages GROUP BY ALL"
    for site, outcome, at, pages in db.execute(asked).fetchall():
        span.sites[site].points[outcome][at] = pages


def _say(db: DuckDBPyConnection, span: Span, doubtful_below: float) -> None:
    for site, reason, pages in db.execute("SELECT site, reason, count(*) FROM rejects GROUP BY ALL").fetchall():
        span.sites[site].reasons[reason] = pages
    shares = ", ".join(f"avg(CAST({condition} AS INTEGER))" for condition in _FIELDS.values())
    asked = f"SELECT site, quantile_cont(word_count, [0.1, 0.5, 0.9]), {shares} FROM articles GROUP BY site"
    for site, words, *found in db.execute(asked).fetchall():
        span.sites[site].words = tuple(words)
        span.sites[site].coverage = dict(zip(_FIELDS, found, strict=True))
    for site, latency in db.execute(_LATENCY).fetchall():
        span.sites[site].latency = tuple(latency)
    span.gaps = [(host, answers, least, middle) for host, answers, least, middle in db.execute(_GAPS).fetchall()]
    span.copied = {(copier, source): pages for copier, source, pages in db.execute(_COPIED).fetchall()}
    found_stories: dict[str, Large] = {}
    for story, sites, _, _, site, url, title, text, *more in db.execute(_LARGEST).fetchall():
        told = Told(site, printable(url), printable(title), printable(text, lines=True), *more)
        found_stories.setdefault(story, Large(sites, [])).articles.append(told)
    span.largest = list(found_stories.values())
    asked = "SELECT url, confidence FROM articles WHERE confidence < ? ORDER BY confidence, url LIMIT ?"
    span.doubtful = [(printable(url), sure) for url, sure in db.execute(asked, [doubtful_below, PAGES]).fetchall()]


def _changes(db: DuckDBPyConnection, records: list[CommitRecord]) -> Iterator[tuple[str, str]]:
    """Sites of which the last run brought other than those before it."""
    runs = sorted({record.run_id for record in records if not record.reextracted})
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
