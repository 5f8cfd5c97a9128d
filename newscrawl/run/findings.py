"""What stored rows say, for a person to read: those of a run for its own page, of a span for `scrapy bucket report`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from newscrawl.bucket.keys import Location, Table
from newscrawl.bucket.lookup import texts_of
from newscrawl.bucket.query import connected, parts_of
from newscrawl.bucket.read_faults import read_fault
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.errors import NewscrawlError, command
from newscrawl.text.printable import printable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# As many stories as somebody looks at, and of each so many articles: copies beside the first are more of the same.
STORIES, ARTICLES = 10, 4
# Of a run, pages that are read at its end, the newest: 2 s and 230 MB, of which DuckDB has its part. Of a longer run
# its page says how much it leaves out.
PAGES, _MEMORY = 100_000, "256MB"
# What a story should say of itself, and when a row does.
FIELDS = {
    "date": "published_at IS NOT NULL",
    "author": "len(authors) > 0",
    "section": "section IS NOT NULL",
    "tags": "len(tags) > 0",
    "summary": "summary IS NOT NULL",
    "image": "image_url IS NOT NULL",
}

_RESERVED = """
SELECT site, wish, count(*) FROM (SELECT site, unnest(reservations) AS wish FROM articles) GROUP BY ALL
"""
_LATENCY = """
SELECT site, quantile_cont(epoch(fetched_at) - epoch(published_at), [0.1, 0.5, 0.9]) FROM current
WHERE published_at <= fetched_at AND relation IS DISTINCT FROM 'revision' GROUP BY site
"""
_GAPS = """
WITH pages AS (SELECT url, fetched_at, run_id FROM articles UNION ALL SELECT url, fetched_at, run_id FROM duplicates
    UNION ALL SELECT url, fetched_at, run_id FROM rejects),
  answers AS (
    SELECT regexp_extract(url, '^https?://([^/]+)', 1) AS host, run_id, epoch(fetched_at) AS came FROM pages),
  gaps AS (SELECT host, came - lag(came) OVER (PARTITION BY host, run_id ORDER BY came) AS gap FROM answers)
SELECT host, count(*), min(gap), median(gap) FROM gaps WHERE gap IS NOT NULL GROUP BY host ORDER BY 3, 1
"""
_COPIED = """
SELECT copy.site, anchor.site, count(*) FROM current AS copy LEFT JOIN current AS anchor ON anchor.id = copy.story_id
WHERE copy.id <> copy.story_id AND copy.relation <> 'revision' GROUP BY ALL
"""
_LARGEST = f"""
WITH told AS (FROM current WHERE relation IS DISTINCT FROM 'revision'),
  large AS (SELECT story_id, count(DISTINCT site) AS sites, count(*) AS articles FROM told
    GROUP BY story_id HAVING articles > 1 ORDER BY sites DESC, articles DESC, story_id LIMIT {STORIES})
SELECT story_id, sites, articles, id, site, url, title, relation, fetched_at FROM told JOIN large USING (story_id)
QUALIFY row_number() OVER (PARTITION BY story_id ORDER BY id <> story_id, fetched_at, id) <= {ARTICLES}
ORDER BY sites DESC, articles DESC, story_id, id <> story_id, fetched_at, id
"""

# The texts of articles, by id, of ids with the time at which each was fetched.
Texts = Callable[[Mapping[str, datetime]], Mapping[str, str]]


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
    """A story: how many sites told it, in how many articles, and the first of these, the anchor before all where it
    is among the rows."""

    sites: int
    of: int
    articles: list[Told]


@dataclass(slots=True)
class Site:
    """What a site brought. `points`: pages by outcome for each step of a span; `reserved`: stories by wish of their
    publisher's that is recorded; `coverage`: shares of its stories;
    `words` and `latency` (seconds from publication to fetch): tenth, half and nine tenths of them are below."""

    points: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: Counter[str] = field(default_factory=Counter)
    reserved: Counter[str] = field(default_factory=Counter)
    coverage: dict[str, float] = field(default_factory=dict)
    words: tuple[float, ...] = ()
    latency: tuple[float, ...] = ()

    def count(self, outcome: str) -> int:
        """Pages of an outcome in the whole span."""
        return self.points[outcome].total()


@dataclass(slots=True)
class Findings:
    """See the module. `copied`: pages by copier and source, None where the rows do not have the story's first article;
    `gaps`: host, answers after its first, least and middle seconds between them; `left_out`: pages of the run that
    were not read."""

    sites: dict[str, Site] = field(default_factory=lambda: defaultdict(Site))
    copied: dict[tuple[str, str | None], int] = field(default_factory=dict)
    largest: list[Large] = field(default_factory=list)
    gaps: list[tuple[str, int, float, float]] = field(default_factory=list)
    left_out: int = 0


def findings_of_run(
    store: ObjectStore, location: Location, records: Iterable[CommitRecord], most: int = PAGES
) -> Findings:
    """What the batches of one run say, of about its newest `most` pages.

    Only its own parts are read, and of their texts those that are shown. Raises what reading a bucket raises, and what
    `rows_of` does.
    """
    read, pages, left_out = [], 0, 0
    for record in sorted(records, key=lambda r: -r.seq):
        if pages < most:
            read.append(record)
            pages += record.counts.pages
        else:
            left_out += record.counts.pages
    keys = parts_of(read)
    if not any(keys.values()):
        return Findings(left_out=left_out)
    with rows_of(store, location, keys) as db:
        # More than that ends in an error: it would be taken from the crawl's machine, or written where one works.
        db.execute(f"SET memory_limit = '{_MEMORY}'; SET temp_directory = ''; SET threads = 1")
        found = findings(db, partial(texts_of, store, location, keys))
    found.left_out = left_out
    return found


@contextmanager
def rows_of(
    store: ObjectStore, location: Location, keys: Mapping[Table, Sequence[str]]
) -> Iterator[DuckDBPyConnection]:
    """A connection with the rows of these parts (`bucket.query.connected`).

    Raises as `read_fault` where a part cannot be read, and `NewscrawlError` where memory is too little.
    """
    import duckdb

    try:
        with connected(store, location, keys) as db:
            yield db
    except (duckdb.Error, OSError) as e:
        if fault := read_fault(store, location, e):
            raise fault from e
        first = str(e).split(". Detail:")[0].splitlines()[0]
        raise NewscrawlError(f"rows cannot be read ({first}): `{command('bucket check')}` says what is wrong") from e


def findings(db: DuckDBPyConnection, texts: Texts) -> Findings:
    """What the rows say that a connection has (`rows_of`)."""
    found = Findings()
    for site, reason, pages in db.execute("SELECT site, reason, count(*) FROM rejects GROUP BY ALL").fetchall():
        found.sites[site].reasons[reason] = pages
    for site, wish, stories in db.execute(_RESERVED).fetchall():
        found.sites[site].reserved[printable(wish)] = stories
    shares = ", ".join(f"avg(CAST({condition} AS INTEGER))" for condition in FIELDS.values())
    asked = f"SELECT site, quantile_cont(word_count, [0.1, 0.5, 0.9]), {shares} FROM articles GROUP BY site"
    for site, words, *covered in db.execute(asked).fetchall():
        found.sites[site].words = tuple(words)
        found.sites[site].coverage = dict(zip(FIELDS, covered, strict=True))
    for site, latency in db.execute(_LATENCY).fetchall():
        found.sites[site].latency = tuple(latency)
    found.gaps = [(host, answers, least, middle) for host, answers, least, middle in db.execute(_GAPS).fetchall()]
    found.copied = {(copier, source): pages for copier, source, pages in db.execute(_COPIED).fetchall()}
    found.largest = _largest(db, texts)
    return found


def _largest(db: DuckDBPyConnection, texts: Texts) -> list[Large]:
    rows = db.execute(_LARGEST).fetchall()
    text = texts({id_: fetched_at for *_, id_, _, _, _, _, fetched_at in rows}) if rows else {}
    stories: dict[str, Large] = {}
    for story, sites, of, id_, site, url, title, *more in rows:
        told = Told(site, printable(url), printable(title), printable(text.get(id_, ""), lines=True), *more)
        stories.setdefault(story, Large(sites, of, [])).articles.append(told)
    return list(stories.values())
