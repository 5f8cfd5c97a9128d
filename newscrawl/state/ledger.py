"""Which URL is done, pending, failed or due again. A URL is done only after S3 holds its row (invariant 2)."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newscrawl.items import Hint
from newscrawl.state import expired, revisits, url_rows
from newscrawl.state.askings import A_DAY, LONGEST_WAIT, TRIES, UrlState
from newscrawl.state.settled import Settled, settled_of
from newscrawl.state.url_rows import CHANGED, CHECKED, MAY_EXPIRE, PENDING, Known
from newscrawl.text.urls import is_tracked, url_key

# What a caller needs to speak with the ledger.
__all__ = ["Found", "Ledger", "Settled", "UrlState", "settled_of"]

# Rows that are read at a time: what is due of a site may be a million.
PAGE_ROWS = 500
# Further sources that make an exhausted URL due again: from listing page to listing page a story has a new one each.
MAX_REVIVALS = 3
# Age, since its last fetch, at which a settled URL goes into its compact form: its rechecks are over, and what a clock
# behind ours tells late has been told.
EXPIRES = timedelta(days=30)
# Pages that an entry had refused and that are fetched again when it is mended: as far back as a first crawl goes.
JUDGED_AGAIN = timedelta(days=3)
# Some programs tell for a change when a page's cache was filled: every story would be fetched again by every run. After
# so many looks in a row for nothing the next is an hour off, then two, up to a week: as old a story is when its looks
# are over.
_OFTEN_IN_VAIN, _DOUBT_SECONDS, _LONGEST_DOUBT = 3, 3600.0, 7 * A_DAY
# The columns that `_hint` takes.
_HINT = "title, published, zone_assumed, lastmod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article URL as discovery reports it."""

    url: str
    site: str
    source: str  # the feed, sitemap or section page that names it
    hint: Hint


class Ledger:
    """The `urls` table of the state database."""

    def __init__(self, db: sqlite3.Connection, rechecks: Sequence[timedelta] = (), *, learns: bool = False) -> None:
        """`rechecks`: ages at which an article is fetched again, for publishers revise what is fresh; `learns`: they
        say how often, and when is learned of each site and section (`revisits.py`)."""
        self._db = db
        self._refused: Callable[[str, str], bool] = lambda url, site: False
        ages = [r.total_seconds() for r in rechecks]
        revisits.create(db)
        self._ages = revisits.LearnedAges(db, ages) if learns and ages else revisits.FixedAges(ages)
        # Stories that were fetched again for their age, and those of them that were another text.
        self.looks: Counter[str] = Counter()
        url_rows.create(db)
        db.execute("CREATE TABLE IF NOT EXISTS walks(section TEXT PRIMARY KEY) WITHOUT ROWID")
        db.execute("CREATE TABLE IF NOT EXISTS revivals(key TEXT, source TEXT, PRIMARY KEY(key, source)) WITHOUT ROWID")
        db.execute("CREATE TABLE IF NOT EXISTS judged_by(site TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID")
        expired.create(db)

    def discover(self, found: Iterable[Found], now: datetime) -> list[Found]:
        """Note what discovery found; return those due.

        New ones; known ones whose lastmod moved on; exhausted ones that a new source names; and those of which a clean
        address is known only now, which the caller may be asking for under one with trackers.
        """
        due: dict[str, Found] = {}
        for f in found:
            if self._refused(f.url, f.site):
                continue
            key = url_key(f.url)
            known = url_rows.read(self._db, key)
            if self._discover_new(key, f, now) if known is None else self._discover_known(key, known, f, now):
                due[key] = f
        return list(due.values())

    def _discover_new(self, key: str, f: Found, now: datetime) -> bool:
        lastmod = _stamp(f.hint.modified_at)
        known = expired.known_until(self._db, key)
        if known is not None and (lastmod is None or lastmod <= known):
            return False
        self._db.execute(
            "INSERT INTO urls(key, url, site, source, title, published, zone_assumed, lastmod, first_seen, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (key, f.url, f.site, f.source, f.hint.title, _stamp(f.hint.published_at), f.hint.zone_assumed, lastmod,
             now.timestamp(), UrlState.PENDING),
        )  # fmt: skip
        return True

    def _discover_known(self, key: str, known: Known, f: Found, now: datetime) -> bool:
        # What the first source did not tell.
        changes: dict[str, Any] = {"title": known.title or f.hint.title}
        if known.published is None:
            changes |= {"published": _stamp(f.hint.published_at), "zone_assumed": f.hint.zone_assumed}
        lastmod = _stamp(f.hint.modified_at)
        fetched_lastmod = known.fetched_lastmod
        # Two sources may tell different ones: the later counts.
        if lastmod is not None and (known.lastmod is None or lastmod > known.lastmod):
            changes |= {"lastmod": lastmod, "noted": now.timestamp(), "before": known.lastmod}
        if lastmod is not None and fetched_lastmod is None and known.fetched is not None and lastmod <= known.fetched:
            # The URL came without a date, and its source tells it only now. The next change is later than
            # this stamp; by a clock that lags behind ours it may still be earlier than the fetch.
            changes["fetched_lastmod"] = fetched_lastmod = lastmod
        moved = lastmod is not None and known.fetched is not None and lastmod > (fetched_lastmod or known.fetched)
        settled = known.state != UrlState.PENDING
        exhausted = known.attempts > 0 and (known.next_check is None or known.attempts >= TRIES[UrlState(known.state)])
        due = moved and settled and known.state != UrlState.FAILED
        if is_tracked(known.url) and not is_tracked(f.url):
            # robots.txt may forbid the one and not the other.
            changes["url"] = f.url
            due = due or known.state != UrlState.DONE
            if settled and known.state != UrlState.DONE:
                changes |= {"attempts": 0, "next_check": now.timestamp()}
        elif exhausted and (moved or self._revives(key, known, f.source)):
            changes |= {"attempts": 0, "next_check": now.timestamp()}
            due = True
        self._update(key, known, changes)
        return due

    def _revives(self, key: str, known: Known, source: str) -> bool:
        """Whether a source that has not done so yet may make this URL due again."""
        if source == known.source:
            return False
        before = [name for (name,) in self._db.execute("SELECT source FROM revivals WHERE key = ?", (key,))]
        if source in before or len(before) >= MAX_REVIVALS:
            return False
        self._db.execute("INSERT INTO revivals VALUES (?, ?)", (key, source))
        return True

    def _update(self, key: str, known: Known, changes: dict[str, Any]) -> None:
        changed = {name: value for name, value in changes.items() if value != getattr(known, name)}
        if changed:
            places = ", ".join(f"{name} = ?" for name in changed)
            self._db.execute(f"UPDATE urls SET {places} WHERE key = ?", (*changed.values(), key))

    def refuse(self, refused: Callable[[str, str], bool]) -> None:
        """Give out nothing that `refused` says of, URL and site."""
        self._refused = refused

    def refuses(self, url: str, site: str) -> bool:
        """Whether a page is given out under no address."""
        return self._refused(url, site)

    def forget(self) -> int:
        """Drop the rows of URLs that are refused; returns how many. Reads all."""
        rows = self._db.execute("SELECT key, url, site FROM urls")
        gone = [(key,) for key, url, site in rows if self._refused(url, site)]
        self._db.executemany("DELETE FROM urls WHERE key = ?", gone)
        return len(gone)

    def hint(self, url: str) -> Hint | None:
        """What all sources together have told of a URL by now; None where none has."""
        row = self._db.execute(f"SELECT {_HINT} FROM urls WHERE key = ?", (url_key(url),)).fetchone()
        return _hint(*row) if row else None

    def newest(self, site: str, now: datetime) -> datetime | None:
        """The latest time, not after `now`, that is told of an article of the site; reads all its URLs."""
        told = "max(COALESCE(published, 0), COALESCE(lastmod, 0))"
        asked = f"SELECT max({told}) FROM urls WHERE site = ? AND {told} BETWEEN 1 AND ?"
        return _when(self._db.execute(asked, (site, now.timestamp())).fetchone()[0])

    def adopt(self, known: Collection[str], owner: Callable[[str], str | None]) -> int:
        """Give what is open under a name that no site has any more to the site whose page it is; returns how many URLs.

        Entries get other names, and what waits under the old one would be asked by nobody: that a source names it again
        makes it no more due. `known`: the names in the registry; `owner`: of a URL, None where it is nobody's. Inside
        the caller's transaction.
        """
        owners = dict[str, str]()
        for condition in (PENDING, CHANGED, CHECKED):
            name = ""
            # From name to name, by the index: there may be a million rows of each.
            after = f"SELECT site FROM urls WHERE {condition} AND site > ? ORDER BY site LIMIT 1"
            while row := self._db.execute(after, (name,)).fetchone():
                name = row[0]
                if name not in known:
                    rows = self._db.execute(f"SELECT key, url FROM urls WHERE site = ? AND {condition}", (name,))
                    owners |= {key: new for key, url in rows if (new := owner(url)) is not None}
        self._db.executemany("UPDATE urls SET site = ? WHERE key = ?", [(new, key) for key, new in owners.items()])
        return len(owners)

    def judge_by(self, site: str, entry: str, now: datetime) -> int:
        """Note by what of its entry a site's pages are judged; where that is another than before, make the pages due
        that were lately told to be no stories, and return how many. Inside the caller's transaction."""
        row = self._db.execute("SELECT entry FROM judged_by WHERE site = ?", (site,)).fetchone()
        if row == (entry,):
            return 0
        self._db.execute("INSERT OR REPLACE INTO judged_by VALUES (?, ?)", (site, entry))
        if row is None:
            return 0
        # Those that are settled for what they are: the others have attempts. Reads the table, once an edit.
        return self._db.execute(
            "UPDATE urls SET next_check = ? WHERE site = ? AND state = ? AND attempts = 0 AND next_check IS NULL"
            " AND fetched > ?",
            (now.timestamp(), site, UrlState.REJECTED, (now - JUDGED_AGAIN).timestamp()),
        ).rowcount

    def open(self, sites: Iterable[str], now: datetime) -> Iterator[Found]:
        """URLs of these sites that an earlier run left pending, that changed, and that are due again.

        Read in pages: rows may be settled meanwhile.
        """
        stamp = now.timestamp()
        ahead = stamp + max(LONGEST_WAIT.total_seconds(), self._ages.longest) + A_DAY
        # What is done waits for a look for its age alone, and these may have been switched off since.
        looks = "" if self._ages.longest else f" AND state <> '{UrlState.DONE}'"
        due = f"{CHECKED} AND {PENDING} IS NOT TRUE AND ({CHANGED}) IS NOT TRUE{looks} AND next_check"
        for site in sites:
            yield from self._pages(site, PENDING, ("first_seen", "key"))
            yield from self._pages(site, CHANGED, ("key",))
            yield from self._pages(site, f"{due} <= ?", ("next_check", "key"), stamp)
            # Noted under a clock that ran ahead.
            yield from self._pages(site, f"{due} > ?", ("next_check", "key"), ahead)

    def _pages(self, site: str, condition: str, order: tuple[str, ...], *parameters: float) -> Iterator[Found]:
        columns = ", ".join(order)
        last: tuple[Any, ...] = ()
        while True:
            behind = f"AND ({columns}) > ({', '.join('?' * len(order))})" if last else ""
            rows = self._db.execute(
                f"SELECT url, source, {_HINT}, {columns} FROM urls"
                f" WHERE site = ? AND {condition} {behind} ORDER BY {columns} LIMIT ?",
                (site, *parameters, *last, PAGE_ROWS),
            ).fetchall()
            for url, source, title, published, zone_assumed, lastmod, *_ in rows:
                if not self._refused(url, site):
                    hint = _hint(title, published, zone_assumed, lastmod)
                    yield Found(url=url, site=site, source=source or "", hint=hint)
            if len(rows) < PAGE_ROWS:
                return
            last = rows[-1][-len(order) :]

    def is_cut_off(self, section: str) -> bool:
        """Whether a walk through this section's pages was begun and not ended."""
        return bool(self._db.execute("SELECT 1 FROM walks WHERE section = ?", (section,)).fetchone())

    def begin_walk(self, section: str) -> None:
        """Note that a section's listing pages are being walked.

        A walk stops where a page brings nothing new. After one that was cut off, that proves nothing of
        the pages behind.
        """
        self._db.execute("INSERT OR IGNORE INTO walks VALUES (?)", (section,))

    def end_walk(self, section: str) -> None:
        """Note that the section's pages were walked as far as they bring news."""
        self._db.execute("DELETE FROM walks WHERE section = ?", (section,))

    def settle(self, settled: Iterable[Settled]) -> None:
        """Write committed outcomes, inside the caller's transaction."""
        for s in settled:
            for url in s.urls:
                self._settle(url, s)
        self._ages.save()

    def _settle(self, url: str, s: Settled) -> None:
        key, fetched = url_key(url), s.fetched_at.timestamp()
        known = url_rows.read(self._db, key)
        if known is None:
            self._db.execute(
                "INSERT INTO urls(key, url, site, first_seen, state) VALUES (?, ?, ?, ?, ?)",
                (key, url, s.site, fetched, UrlState.PENDING),
            )
            known = url_rows.read(self._db, key)
            assert known is not None
        if s.reason is not None and is_tracked(url) and not is_tracked(known.url):
            return  # the clean address, which became known meanwhile, has given no answer yet
        policy = s.policy
        attempts = known.attempts + 1 if policy.wait else 0
        published = _stamp(s.published_at) or known.published
        revised = known.revised
        in_vain = 0 if s.changed else known.in_vain + (s.changed is False and known.told)
        if policy.wait:
            age = fetched - (published if published is not None else known.first_seen)
            check = policy.next_asking(attempts, fetched, age)
        else:
            # The other address is the same page.
            check, revised = self._recheck(key, known, s, published) if url == s.url else (None, known.revised)
        self._update(key, known, {
            "url": url if is_tracked(known.url) and not is_tracked(url) else known.url,
            "state": policy.state, "attempts": attempts, "fetched": fetched, "next_check": check,
            "fetched_lastmod": _fetched_lastmod(known, fetched, in_vain), "published": published,
            "revised": revised, "in_vain": in_vain,
            "zone_assumed": s.zone_assumed if s.published_at else known.zone_assumed,
        })  # fmt: skip

    def _recheck(self, key: str, known: Known, s: Settled, published: float | None) -> tuple[float | None, int]:
        """When a story is fetched again for its age, and how many such looks have found it changed."""
        if published is None or s.reason is not None:
            return None, known.revised
        fetched = s.fetched_at.timestamp()
        was_story = known.state == UrlState.DONE
        is_planned = was_story and known.next_check is not None
        is_due = is_planned and (known.next_check or 0.0) <= fetched
        visit = revisits.Visit(
            site=s.site, url=s.url, key=key, published=published, fetched=fetched,
            before=known.fetched if was_story else None, by_age=is_due and not known.told, changed=s.changed,
            waits=is_planned and not is_due, revised=known.revised,
        )  # fmt: skip
        self.looks.update(looked=visit.by_age, changed=visit.seen - visit.revised)
        return self._ages.next(visit), visit.seen

    def expire(self, now: datetime) -> int:
        """Put a share of the rows that nothing but a new lastmod can make due into their compact form (`expired.py`).

        Inside the caller's transaction; returns how many.
        """
        return expired.sweep(self._db, MAY_EXPIRE, ((now - EXPIRES).timestamp(),))

    def take_over(self, before: Path) -> int:
        """Make pending what an earlier database knows and this one does not; returns how many URLs.

        It was discovered and never fetched, or its row is in the bucket no more. Walks that were cut off stay so.
        Raises `sqlite3.Error` where the database cannot be read.
        """
        self._db.execute("ATTACH ? AS before", (f"{before}",))
        try:
            url_rows.add_columns(self._db, "before")
            kept = f"key, url, site, source, {_HINT}, first_seen"
            taken = self._db.execute(
                f"INSERT OR IGNORE INTO urls({kept}, state) SELECT {kept}, 'pending' FROM before.urls"
                " WHERE NOT EXISTS (SELECT 1 FROM main.expired WHERE hash = key_hash(key))"
            ).rowcount
            self._db.execute("INSERT OR IGNORE INTO walks SELECT section FROM before.walks")
            # Looks that found nothing have no row: a bucket does not tell how a site revises.
            if self._db.execute("SELECT 1 FROM before.sqlite_master WHERE name = 'revisits'").fetchone():
                self._db.execute("INSERT OR IGNORE INTO revisits SELECT * FROM before.revisits")
        finally:
            self._db.execute("DETACH before")
        return taken

    def counts(self) -> dict[str, int]:
        """Number of URLs by state, those in compact form as `expired`. Reads everything."""
        found = dict(self._db.execute("SELECT state, COUNT(*) FROM urls GROUP BY state ORDER BY state"))
        (old,) = self._db.execute("SELECT COUNT(*) FROM expired").fetchone()
        return found | ({"expired": old} if old else {})


def _fetched_lastmod(known: Known, fetched: float, in_vain: int) -> float | None:
    """The lastmod of the version that was fetched: one that came between fetch and commit is that of the next.

    Where some in a row meant nothing, only one that is so much later is a change.
    """
    if in_vain >= _OFTEN_IN_VAIN:
        return fetched + min(_DOUBT_SECONDS * 2.0 ** min(in_vain - _OFTEN_IN_VAIN, 30), _LONGEST_DOUBT)
    if known.noted is None or known.noted < fetched:
        return known.lastmod
    if known.before is not None:
        return known.before
    return known.lastmod if known.lastmod is not None and known.lastmod <= fetched else None


def _stamp(when: datetime | None) -> float | None:
    return when.timestamp() if when else None


def _hint(title: str | None, published: float | None, zone_assumed: int, lastmod: float | None) -> Hint:
    return Hint(title=title, published_at=_when(published), zone_assumed=bool(zone_assumed), modified_at=_when(lastmod))


def _when(stamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(stamp, UTC) if stamp is not None else None
