"""What is known of each feed, sitemap and section: its validators, how often it brings news, how it fails."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

# The longest rest of a source that brings nothing: a site that sleeps at night is awake within a morning.
LONGEST_REST_SECONDS = 6 * 3600
# Failures in a row from which a source rests longer each time; fewer are a restart or a bad minute.
DEAD_FAILURES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as it was last read. `reach`: what was asked of it; another reach must read it anew."""

    url: str
    reach: str
    etag: str | None
    last_modified: str | None
    sha256: str | None
    further: tuple[str, ...]
    rest: float  # seconds until it is asked again
    checked: float
    answered: float | None
    failures: int

    def beyond(self, reach: str) -> Source:
        """The source for this reach: where the last reading had another, what it found does not count."""
        if reach == self.reach:
            return self
        rest = self.rest if self.failures else 0.0
        return replace(self, etag=None, last_modified=None, sha256=None, further=(), rest=rest)

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


class Sources:
    """The `sources` table of the state database. Lost with it, and then every source is read whole."""

    def __init__(self, db: sqlite3.Connection, poll_seconds: float) -> None:
        """`poll_seconds`: the shortest time between two looks at a source."""
        self._db, self._poll = db, poll_seconds
        db.execute(
            """CREATE TABLE IF NOT EXISTS sources(
                url TEXT PRIMARY KEY, reach TEXT NOT NULL, etag TEXT, last_modified TEXT, sha256 TEXT,
                further TEXT NOT NULL, rest REAL NOT NULL, checked REAL NOT NULL, answered REAL,
                failures INTEGER NOT NULL
            ) WITHOUT ROWID"""
        )

    def get(self, url: str) -> Source | None:
        """What is known of a source."""
        row = self._db.execute(
            "SELECT url, reach, etag, last_modified, sha256, further, rest, checked, answered, failures"
            " FROM sources WHERE url = ?",
            (url,),
        ).fetchone()
        if row is None:
            return None
        url, reach, etag, last_modified, sha256, further, rest, checked, answered, failures = row
        return Source(
            url=url, reach=reach, etag=etag, last_modified=last_modified, sha256=sha256,
            further=tuple(json.loads(further)), rest=rest, checked=checked, answered=answered, failures=failures,
        )  # fmt: skip

    def read(
        self,
        url: str,
        reach: str,
        *,
        etag: str | None,
        last_modified: str | None,
        sha256: str,
        further: Sequence[str],
        news: bool,
        now: datetime,
    ) -> None:
        """Note a reading, after what it found was noted. `news`: it brought something due."""
        known = self.get(url)
        rest = self._poll if news or known is None else self._longer(known.rest)
        self._db.execute(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (url, reach, etag, last_modified, sha256, json.dumps(further), rest, now.timestamp(), now.timestamp()),
        )

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
            "INSERT INTO sources VALUES (?, '', NULL, NULL, NULL, '[]', ?, ?, NULL, 1) ON CONFLICT(url) DO UPDATE SET"
            " rest = excluded.rest, checked = excluded.checked, failures = failures + 1",
            (url, rest, now.timestamp()),
        )

    def _longer(self, rest: float) -> float:
        return min(max(self._poll, 2 * rest), LONGEST_REST_SECONDS)
