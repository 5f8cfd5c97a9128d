"""How many new URLs each site brings, by the hour: a site that falls silent has changed, not its town."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from statistics import median

_HOUR = 3600
_HOURS_OF_DAY = 24
# The days that say what is usual; a week has every weekday once.
_DAYS = 7
# Fewer new stories a day than this go up and down by themselves.
_LEAST = 10


@dataclass(frozen=True, slots=True)
class Quiet:
    """New URLs of a site in the last day, and in the middle one of the seven days before."""

    found: int
    usual: float

    def __str__(self) -> str:
        return f"{self.found} new URLs in a day, usually {self.usual:g}"


class SiteFinds:
    """The `site_finds` table of the state database. Lost with it, and then learned anew within some days."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute(
            """CREATE TABLE IF NOT EXISTS site_finds(
                site TEXT NOT NULL, hour INTEGER NOT NULL, new INTEGER NOT NULL, PRIMARY KEY(site, hour)
            ) WITHOUT ROWID"""
        )

    def add(self, site: str, new: int, now: datetime) -> None:
        """Note new URLs; hours too old to count are forgotten."""
        hour = _hour(now)
        self._db.execute(
            "INSERT INTO site_finds VALUES (?, ?, ?) ON CONFLICT(site, hour) DO UPDATE SET new = new + excluded.new",
            (site, hour, new),
        )
        self._db.execute(
            "DELETE FROM site_finds WHERE site = ? AND hour <= ?", (site, hour - (_DAYS + 1) * _HOURS_OF_DAY)
        )

    def quiet(self, site: str, now: datetime) -> Quiet | None:
        """Whether a site brought fewer than half of its usual new URLs in the last day; None where it did not."""
        hour, days = _hour(now), [0] * (_DAYS + 1)
        rows = self._db.execute(
            "SELECT hour, new FROM site_finds WHERE site = ? AND hour > ? AND hour <= ?",
            (site, hour - len(days) * _HOURS_OF_DAY, hour),
        )
        for then, new in rows:
            days[(hour - then) // _HOURS_OF_DAY] += new
        today, usual = days[0], median(days[1:])
        return Quiet(today, usual) if usual >= _LEAST and today < usual / 2 else None


def _hour(when: datetime) -> int:
    return int(when.timestamp()) // _HOUR
