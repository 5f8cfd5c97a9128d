"""What is known of each feed, sitemap and section: its validators, how often it brings news, how it fails."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

# The longest rest of a source that brings nothing: a site that sleeps at night is awake within a morning.
LONGEST_REST_SECONDS = 6 * 3600
# Failures in a row from which a source rests longer each time; fewer are a restart or a bad minute.
DEAD_FAILURES = 3


# Of an entry of a source: the `Rank` of discovery.
Rank = tuple[float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as it was last read. `reach`: what was asked of it; another reach must read it anew. `changed`: the
    lastmod of `further` sources, where it was said. `reached`: how far a reading came that did not take all of it."""

    url: str
    reach: str
    etag: str | None
    last_modified: str | None
    sha256: str | None
    further: tuple[str, ...]
    changed: Mapping[str, datetime]
    rest: float  # seconds until it is asked again
    checked: float
    answered: float | None
    failures: int
    reached: Rank | None

    def beyond(self, reach: str) -> Source:
        """The source for this reach: where the last reading had another, what it found does not count."""
        if reach == self.reach:
            return self
        rest = self.rest if self.failures else 0.0
        return replace(
            self, etag=None, last_modified=None, sha256=None, further=(), changed={}, rest=rest, reached=None
        )

    @property
    def validators(self) -> dict[str, str]:
        """The headers of a conditional request (RFC 9110, 13.1)."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in found.items() if value}

    def rests(self, now: datetime) -> bool:
        """Whether it is not asked now. An index is always asked: behind it may be what was never read. A look that is
        dated ahead of now was taken under a clock that ran ahead."""
        return not self.further and self.checked <= now.timestamp() < self.checked + self.rest

    @property
    def dead(self) -> str | None:
        """In words that it has failed for long, or None."""
        if self.failures < DEAD_FAILURES:
            return None
        last = datetime.fromtimestamp(self.answered, UTC).isoformat() if self.answered else "never"
        return f"failed {self.failures} times in a row, last answered {last}; asked more rarely"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """When a source was last asked, when it last brought news (epoch seconds); whether it rests now, or is dead."""

    asked: float
    brought: float | None
    rests: bool
    dead: bool


_COLUMNS = "url, reach, etag, last_modified, sha256, further, rest, checked, answered, failures, brought, reached"
# SQLite takes a thousand parameters in any build.
_AT_ONCE = 500


class Sources:
    """The `sources` table of the state database. Lost with it, and then every source is read whole."""

    def __init__(self, db: sqlite3.Connection, poll_seconds: float) -> None:
        """`poll_seconds`: the shortest time between two looks at a source."""
        self._db, self._poll = db, poll_seconds
        db.execute(
            """CREATE TABLE IF NOT EXISTS sources(
                url TEXT PRIMARY KEY, reach TEXT NOT NULL, etag TEXT, last_modified TEXT, sha256 TEXT,
                further TEXT NOT NULL, rest REAL NOT NULL, checked REAL NOT NULL, answered REAL,
                failures INTEGER NOT NULL, brought REAL
            ) WITHOUT ROWID"""
        )
        columns = {name for _, name, *_ in db.execute("PRAGMA table_info(sources)")}
        for name, kind in (("brought", "REAL"), ("reached", "TEXT")):
            if name not in columns:  # made by a release before the column
                db.execute(f"ALTER TABLE sources ADD COLUMN {name} {kind}")

    def get(self, url: str) -> Source | None:
        """What is known of a source."""
        row = self._db.execute(
            "SELECT url, reach, etag, last_modified, sha256, further, rest, checked, answered, failures, reached"
            " FROM sources WHERE url = ?",
            (url,),
        ).fetchone()
        if row is None:
            return None
        url, reach, etag, last_modified, sha256, further, rest, checked, answered, failures, reached = row
        children = dict(_children(further))
        return Source(
            url=url, reach=reach, etag=etag, last_modified=last_modified, sha256=sha256, further=tuple(children),
            changed={child: datetime.fromtimestamp(when, UTC) for child, when in children.items() if when is not None},
            rest=rest, checked=checked, answered=answered, failures=failures,
            reached=tuple(json.loads(reached)) if reached else None,
        )  # fmt: skip

    def looks(self, urls: Sequence[str], now: datetime) -> dict[str, Look]:
        """What is known of when these sources were asked."""
        found, at = dict[str, Look](), now.timestamp()
        for start in range(0, len(urls), _AT_ONCE):
            some = urls[start : start + _AT_ONCE]
            rows = self._db.execute(
                "SELECT url, checked, rest, brought, further = '[]', failures FROM sources"
                f" WHERE url IN ({','.join('?' * len(some))})",
                some,
            )
            for url, checked, rest, brought, is_leaf, failures in rows:
                found[url] = Look(
                    # What lies ahead of now was noted under a clock that ran ahead.
                    asked=checked if checked <= at else 0.0,
                    brought=brought if brought is not None and brought <= at else None,
                    rests=bool(is_leaf) and checked <= at < checked + rest,
                    dead=failures >= DEAD_FAILURES,
                )
        return found

    def read(
        self,
        url: str,
        reach: str,
        *,
        etag: str | None,
        last_modified: str | None,
        sha256: str | None,
        further: Sequence[str],
        news: bool,
        now: datetime,
        changed: Mapping[str, datetime] | None = None,
        reached: Rank | None = None,
    ) -> None:
        """Note a reading, after what it found was noted. `news`: it brought something due. Without `sha256` and
        validators it is read anew next time: not all of it was taken."""
        known = self.get(url)
        lastmods = changed or {}
        children = [[child, lastmods[child].timestamp() if child in lastmods else None] for child in further]
        rest = self._poll if news or known is None else self._longer(known.rest)
        self._db.execute(
            f"INSERT INTO sources({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)"
            " ON CONFLICT(url) DO UPDATE SET reach = excluded.reach, etag = excluded.etag,"
            " last_modified = excluded.last_modified, sha256 = excluded.sha256, further = excluded.further,"
            " rest = excluded.rest, checked = excluded.checked, answered = excluded.answered, failures = 0,"
            " brought = COALESCE(excluded.brought, brought), reached = excluded.reached",
            (
                url, reach, etag, last_modified, sha256, json.dumps(children), rest, now.timestamp(), now.timestamp(),
                now.timestamp() if news else None, json.dumps(reached) if reached else None,
            ),
        )  # fmt: skip

    def brought(self, url: str, now: datetime) -> None:
        """Note that what a source leads to brought news."""
        self._db.execute("UPDATE sources SET brought = ? WHERE url = ?", (now.timestamp(), url))

    def unchanged(self, source: Source, now: datetime) -> None:
        """Note that a source has nothing new, by its own word or byte for byte."""
        self._db.execute(
            "UPDATE sources SET rest = ?, checked = ?, answered = ?, failures = 0 WHERE url = ?",
            (self._longer(source.rest), now.timestamp(), now.timestamp(), source.url),
        )

    def failed(self, url: str, now: datetime) -> None:
        """Note that a source could not be read: it is asked again by the next run, and more rarely when dead."""
        known = self.get(url)
        failures = known.failures + 1 if known else 1
        rest = self._longer(known.rest) if known and failures >= DEAD_FAILURES else 0.0
        self._db.execute(
            f"INSERT INTO sources({_COLUMNS}) VALUES (?, '', NULL, NULL, NULL, '[]', ?, ?, NULL, 1, NULL, NULL)"
            " ON CONFLICT(url) DO UPDATE SET rest = excluded.rest, checked = excluded.checked, failures = failures + 1",
            (url, rest, now.timestamp()),
        )

    def _longer(self, rest: float) -> float:
        return min(max(self._poll, 2 * rest), LONGEST_REST_SECONDS)


def _children(further: str) -> Iterator[tuple[str, float | None]]:
    for child in json.loads(further):
        # Releases before lastmods were kept wrote URLs alone.
        yield (child, None) if isinstance(child, str) else (child[0], child[1])
