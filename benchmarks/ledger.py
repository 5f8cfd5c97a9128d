"""What the ledger costs: `python -m benchmarks.ledger [--urls 5000000] [--pending 1000000]`.

Seconds until a state directory with so many URLs is open and has given the first page of what is due of a site; memory
while all that is due is read; bytes on disk of a URL in full and in compact form, its indexes included.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from newscrawl.state.database import State
from newscrawl.state.ledger import EXPIRES, PAGE_ROWS, Ledger
from newscrawl.state.sqlite import transaction

_SITES = 30
_NOW = datetime(2026, 11, 25, tzinfo=UTC)
# As long as those of the shipped sites: 110 characters of URL, a headline of 60 letters told by the feed.
_FILL = """
WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
INSERT INTO urls(key, url, site, source, title, published, first_seen, state, fetched)
SELECT key, 'https://' || key, 'site' || site, 'https://' || host || '/rss/desh.xml', ?3, ?4, ?4 + i / 100.0, ?5, ?6
FROM
  (SELECT i, i % ?7 AS site, 'www.site' || (i % ?7) || '.example' AS host,
    printf('www.site%d.example/desh/rajya/shahar-ki-khabar-jo-kal-subah-aayi-thi-aur-sab-ne-padhi-%012d', i % ?7, i)
    AS key FROM n)
"""
_TITLE = "नगर की एक खबर का शीर्षक जो साठ अक्षरों के आसपास लंबा होता है"


def fill(db: sqlite3.Connection, first: int, last: int, state: str, fetched: datetime | None) -> None:
    """Rows as a crawl leaves them, numbers `first` to `last` - 1."""
    stamp = fetched.timestamp() if fetched else None
    with transaction(db):
        db.execute(_FILL, (first, last, _TITLE, _NOW.timestamp() - 9e6, state, stamp, _SITES))


def size(state: State) -> int:
    """Bytes on disk."""
    state.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return state.path.stat().st_size


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=5_000_000)
    parser.add_argument("--pending", type=int, default=1_000_000)
    parser.add_argument("--compact", type=int, default=500_000, help="URLs that are put into the compact form")
    arguments = parser.parse_args()
    table = Table("what", "measured")
    with TemporaryDirectory() as folder:
        state = State(Path(folder))
        Ledger(state.db)
        done = arguments.urls - arguments.pending
        fill(state.db, 0, done, "done", _NOW)
        table.add_row("bytes of a URL done", f"{size(state) / done:,.0f}")
        fill(state.db, done, arguments.urls, "pending", None)
        size(state)
        state.close()

        started = time.perf_counter()
        state = State(Path(folder))
        ledger = Ledger(state.db)
        opened = time.perf_counter() - started
        first = list(islice(ledger.open(["site0"], _NOW), PAGE_ROWS))
        given = time.perf_counter() - started
        table.add_row(f"opened, of {arguments.urls:,} URLs", f"{opened:.3f} s")
        table.add_row(f"and the first {len(first)} due of a site read", f"{given:.3f} s")
        before = _peak()
        started = time.perf_counter()
        due = sum(1 for _ in ledger.open((f"site{n}" for n in range(_SITES)), _NOW))
        table.add_row(f"all {due:,} due read", f"{time.perf_counter() - started:.1f} s, {_peak() - before:.0f} MB more")
        state.close()
    with TemporaryDirectory() as folder:
        state = State(Path(folder))
        ledger = Ledger(state.db)
        fill(state.db, 0, arguments.compact, "done", _NOW - 2 * EXPIRES)
        left = arguments.compact
        longest, sweeps = 0.0, 0
        while left:
            started = time.perf_counter()
            with transaction(state.db):
                left -= ledger.expire(_NOW + timedelta(seconds=1))
            longest, sweeps = max(longest, time.perf_counter() - started), sweeps + 1
        state.db.execute("VACUUM")
        table.add_row("bytes of a URL in compact form", f"{size(state) / arguments.compact:,.0f}")
        table.add_row("a commit's share of that work", f"at most {longest * 1000:.0f} ms, {sweeps} commits")
        state.close()
    Console().print(table)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
