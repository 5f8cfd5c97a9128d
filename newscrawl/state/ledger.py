"""Which URL is done, pending, failed or due again. A URL is done only after S3 holds its row (invariant 2)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from newscrawl.items import Article, Duplicate, Hint, Outcome, Reason, Reject, Unchanged
from newscrawl.text.urls import url_key


class UrlState(StrEnum):
    """Where a URL stands."""

    PENDING = "pending"  # discovered, no outcome committed
    DONE = "done"  # its story is in the bucket
    REJECTED = "rejected"  # fetched, no story; asked again only when its lastmod changes
    FAILED = "failed"  # no usable answer; tried again by later runs
    GONE = "gone"  # 404 or 410


# Reasons that say nothing of the page itself: the next run tries again.
_FAILED = {Reason.HTTP_ERROR, Reason.FETCH_FAILED, Reason.EXTRACT_FAILED}
# Seconds until a failed URL is due again; doubled with each failure. Most outages of a page last minutes.
RETRY_SECONDS = 600
# A URL that failed in this many runs is left alone until discovery reports a change of it: five hourly
# runs outlast a usual outage, and a dead server is not asked for its archive for ever.
MAX_ATTEMPTS = 5
_CHANGED = "state NOT IN ('pending', 'failed') AND lastmod > COALESCE(fetched_lastmod, fetched)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article URL as discovery reports it."""

    url: str
    site: str
    source: str  # the feed, sitemap or section page that names it
    hint: Hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The committed outcome of one URL, from a live batch or read back from the bucket."""

    url: str
    aliases: tuple[str, ...]  # other URLs of the same page: after redirects, canonical
    site: str
    state: UrlState
    fetched_at: datetime
    published_at: datetime | None = None  # None: not known from this outcome


class Ledger:
    """The `urls` table of the state database."""

    def __init__(self, db: sqlite3.Connection, rechecks: Sequence[timedelta] = ()) -> None:
        """`rechecks`: ages at which an article is fetched again, for publishers revise what is fresh."""
        self._db = db
        self._rechecks = sorted(r.total_seconds() for r in rechecks)
        db.execute(
            """CREATE TABLE IF NOT EXISTS urls(
                key TEXT PRIMARY KEY, url TEXT NOT NULL, site TEXT NOT NULL, source TEXT, title TEXT,
                published REAL, lastmod REAL, fetched_lastmod REAL, first_seen REAL NOT NULL,
                state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, fetched REAL, next_check REAL
            ) WITHOUT ROWID"""
        )
        db.execute("CREATE TABLE IF NOT EXISTS walks(section TEXT PRIMARY KEY) WITHOUT ROWID")
        db.execute("CREATE INDEX IF NOT EXISTS checks ON urls(next_check) WHERE next_check IS NOT NULL")
        # Known to have changed and not fetched since: the run that was told so may have died.
        db.execute(f"CREATE INDEX IF NOT EXISTS changed_urls ON urls(site) WHERE {_CHANGED}")
        # Partial: pending and failed are few beside the millions done.
        db.execute("CREATE INDEX IF NOT EXISTS open_urls ON urls(site) WHERE state IN ('pending', 'failed')")

    def discover(self, found: Iterable[Found], now: datetime) -> list[Found]:
        """Note what discovery found; return those due: new ones, and known ones whose lastmod moved on."""
        due: dict[str, Found] = {}
        for f in found:
            key = url_key(f.url)
            lastmod = _stamp(f.hint.modified_at)
            row = self._db.execute("SELECT state, fetched_lastmod, fetched FROM urls WHERE key = ?", (key,)).fetchone()
            if row is None:
                self._db.execute(
                    "INSERT INTO urls(key, url, site, source, title, published, lastmod, first_seen, state)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (key, f.url, f.site, f.source, f.hint.title, _stamp(f.hint.published_at), lastmod,
                     now.timestamp(), UrlState.PENDING),
                )  # fmt: skip
                due[key] = f
                continue
            state, fetched_lastmod, fetched = row
            if lastmod is not None:
                if fetched_lastmod is None and fetched is not None and lastmod <= fetched:
                    # The URL came without a date, and its source tells it only now. The next change is later than
                    # this stamp; by a clock that lags behind ours it may still be earlier than the fetch.
                    fetched_lastmod = lastmod
                self._db.execute(
                    "UPDATE urls SET lastmod = ?, fetched_lastmod = ? WHERE key = ?", (lastmod, fetched_lastmod, key)
                )
            changed = lastmod is not None and fetched is not None and lastmod > (fetched_lastmod or fetched)
            if changed and state not in (UrlState.PENDING, UrlState.FAILED):
                due[key] = f
        return list(due.values())

    def open(self, sites: Iterable[str], now: datetime) -> Iterator[Found]:
        """URLs of these sites that an earlier run left pending, or that failed, changed or are fresh and due again."""
        names = list(sites)
        marks = ",".join("?" * len(names))
        columns = "SELECT url, site, source, title, published, lastmod, first_seen, key FROM urls"
        rows = self._db.execute(
            f"{columns} WHERE (state = 'pending' OR"
            " (state = 'failed' AND attempts < ? AND fetched + (? << attempts - 1) <= ?))"
            f" AND site IN ({marks}) UNION {columns} WHERE {_CHANGED} AND site IN ({marks})"
            f" UNION {columns} WHERE next_check <= ? AND site IN ({marks}) ORDER BY first_seen, key",
            (MAX_ATTEMPTS, RETRY_SECONDS, now.timestamp(), *names, *names, now.timestamp(), *names),
        ).fetchall()
        for url, site, source, title, published, lastmod, *_ in rows:
            hint = Hint(title=title, published_at=_when(published), modified_at=_when(lastmod))
            yield Found(url=url, site=site, source=source or "", hint=hint)

    def is_cut_off(self, section: str) -> bool:
        """Whether a walk through this section's pages was begun and not ended."""
        return bool(self._db.execute("SELECT 1 FROM walks WHERE section = ?", (section,)).fetchone())

    def begin_walk(self, section: str) -> bool:
        """Note that a section's listing pages are being walked; whether an earlier walk was cut off.

        A walk stops where a page brings nothing new. After one that was cut off, that proves nothing of
        the pages behind.
        """
        return not self._db.execute("INSERT OR IGNORE INTO walks VALUES (?)", (section,)).rowcount

    def end_walk(self, section: str) -> None:
        """Note that the section's pages were walked as far as they bring news."""
        self._db.execute("DELETE FROM walks WHERE section = ?", (section,))

    def settle(self, settled: Iterable[Settled]) -> None:
        """Write committed outcomes, inside the caller's transaction."""
        for s in settled:
            when = s.fetched_at.timestamp()
            for url in dict.fromkeys((s.url, *s.aliases)):
                self._db.execute(
                    """INSERT INTO urls(key, url, site, first_seen, state, attempts, fetched)
                       VALUES (?, ?, ?, ?, ?, 1, ?)
                       ON CONFLICT(key) DO UPDATE SET state = excluded.state, fetched = excluded.fetched,
                         fetched_lastmod = lastmod,
                         attempts = CASE excluded.state WHEN 'failed' THEN attempts + 1 ELSE 0 END""",
                    (url_key(url), url, s.site, when, s.state, when),
                )
            self._schedule(s)

    def _schedule(self, s: Settled) -> None:
        """Set when the page is fetched again. Aliases are not: they are the same page."""
        key = url_key(s.url)
        (published,) = self._db.execute("SELECT published FROM urls WHERE key = ?", (key,)).fetchone()
        published = _stamp(s.published_at) or published
        marks = (published + age for age in self._rechecks) if published and s.state is UrlState.DONE else ()
        check = next((mark for mark in marks if mark > s.fetched_at.timestamp()), None)
        self._db.execute("UPDATE urls SET published = ?, next_check = ? WHERE key = ?", (published, check, key))

    def take_over(self, before: Path) -> int:
        """Make pending what an earlier database knows and this one does not; returns how many URLs.

        It was discovered and never fetched, or its row is in the bucket no more. Walks that were cut off stay so.
        Raises `sqlite3.Error` where the database cannot be read.
        """
        self._db.execute("ATTACH ? AS before", (f"{before}",))
        try:
            taken = self._db.execute(
                "INSERT OR IGNORE INTO urls(key, url, site, source, title, published, lastmod, first_seen, state)"
                " SELECT key, url, site, source, title, published, lastmod, first_seen, 'pending' FROM before.urls"
            ).rowcount
            self._db.execute("INSERT OR IGNORE INTO walks SELECT section FROM before.walks")
        finally:
            self._db.execute("DETACH before")
        return taken

    def counts(self) -> dict[str, int]:
        """Number of URLs by state."""
        return dict(self._db.execute("SELECT state, COUNT(*) FROM urls GROUP BY state ORDER BY state"))


def settled_of(outcome: Outcome) -> Settled:
    """What the ledger remembers of a live outcome."""
    match outcome:
        case Reject():
            return Settled(
                url=outcome.url,
                aliases=(),
                site=outcome.site,
                state=reject_state(outcome.reason),
                fetched_at=outcome.fetched_at,
            )
        case Unchanged():
            return Settled(
                url=outcome.discovered_url, aliases=(outcome.url,), site=outcome.site, state=UrlState.DONE,
                fetched_at=outcome.fetched_at,
            )  # fmt: skip
        case Article() | Duplicate():
            article = outcome.article if isinstance(outcome, Duplicate) else outcome
            return Settled(
                url=article.discovered_url, aliases=(article.url, article.canonical_url), site=article.site,
                state=UrlState.DONE, fetched_at=article.fetched_at, published_at=article.published_at,
            )  # fmt: skip


def reject_state(reason: Reason) -> UrlState:
    """The state that a reject leaves its URL in."""
    if reason is Reason.GONE:
        return UrlState.GONE
    return UrlState.FAILED if reason in _FAILED else UrlState.REJECTED


def _stamp(when: datetime | None) -> float | None:
    return when.timestamp() if when else None


def _when(stamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(stamp, UTC) if stamp is not None else None
