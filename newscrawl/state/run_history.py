"""What was counted in each run, by site and of the run as a whole: the history that a run is compared with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from newscrawl.state.sqlite import transaction

# The name that stands for a run as a whole; no site has it.
RUN = ""


class RunHistory:
    """The `run_history` table of the state database, a cache of the bucket's `run.json` objects."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute(
            "CREATE TABLE IF NOT EXISTS run_history"
            "(run_id TEXT, name TEXT, counts TEXT NOT NULL, PRIMARY KEY(run_id, name)) WITHOUT ROWID"
        )

    def add(self, run_id: str, counts: Mapping[str, Mapping[str, int]], oldest: str) -> None:
        """Note a run, counts by site (`RUN`: of the run); runs whose id sorts before `oldest` are forgotten."""
        rows = [(run_id, name, json.dumps(of, sort_keys=True)) for name, of in counts.items()]
        with transaction(self._db):
            self._db.executemany("INSERT OR REPLACE INTO run_history VALUES (?, ?, ?)", rows)
            self._db.execute("DELETE FROM run_history WHERE run_id < ?", (oldest,))

    def read(self, but: str) -> dict[str, list[tuple[str, dict[str, int]]]]:
        """Run id and counts of each run but one, by site, oldest first."""
        found: dict[str, list[tuple[str, dict[str, int]]]] = {}
        rows = self._db.execute(
            "SELECT run_id, name, counts FROM run_history WHERE run_id <> ? ORDER BY run_id", (but,)
        )
        for run_id, name, counts in rows:
            found.setdefault(name, []).append((run_id, json.loads(counts)))
        return found
