"""What runs of a span say of themselves, as far as they do: a run that was killed has no `run.json`, and one of another
release or another writer may lack any field of it. What is not said, or is of another kind, is None or empty here."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from newscrawl.bucket.keys import Location, run_key
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.doing import counted
from newscrawl.text.printable import printable


@dataclass(slots=True)
class Reported:
    """A run. `fetched` and `kept` are pages and stories that it committed, which need no `run.json`; the rest is that.

    `late_ms`: how late its event loop was, in 99 of 100 cases at the most.
    """

    run_id: str
    fetched: int
    kept: int
    written: bool = False  # whether there is a run.json that can be read
    finish_reason: str | None = None
    seconds: float | None = None
    late_ms: float | None = None
    discovery: Counter[str] = field(default_factory=Counter)  # of all sites
    unchanged: Counter[str] = field(default_factory=Counter)  # pages that were as before, by site: they have no row
    sites_quiet: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)  # hosts, and sites
    sources_failing: dict[str, str] = field(default_factory=dict)  # dead, or failed in this run
    sources_partly: dict[str, str] = field(default_factory=dict)
    licences_unread: dict[str, str] = field(default_factory=dict)
    alarms: list[dict[str, str]] = field(default_factory=list)  # `site` ("": the run), `kind`, `words`

    @property
    def end(self) -> str:
        """How it ended, in words."""
        if not self.written:
            return "no report: killed, or still at work"
        return self.finish_reason or "not said"

    @property
    def a_second(self) -> float | None:
        """Pages fetched a second."""
        return self.fetched / self.seconds if self.seconds else None

    def says(self, document: dict[str, Any]) -> None:
        """Take over what a `run.json` says."""
        self.written = True
        reason = document.get("finish_reason")
        self.finish_reason = printable(reason) if isinstance(reason, str) else None
        self.seconds = _number(document.get("seconds"))
        self.late_ms = _number(_mapping(document.get("loop_lag_ms")).get("p99"))
        for kinds in _mapping(document.get("discovery")).values():
            self.discovery.update({kind: n for kind, n in _mapping(kinds).items() if isinstance(n, int)})
        for site, of_site in _mapping(document.get("sites")).items():
            if isinstance(same := _mapping(of_site).get("unchanged"), int):
                self.unchanged[printable(site)] += same
        self.sites_quiet = _words(document.get("sites_quiet"))
        self.left = _words(document.get("hosts_left")) | _words(document.get("sites_left"))
        self.sources_failing = _words(document.get("sources_dead")) | _words(document.get("discovery_errors"))
        self.sources_partly = _words(document.get("sources_partly"))
        self.licences_unread = _words(document.get("licences_unread"))
        alarms = document.get("alarms")
        self.alarms = [
            {name: printable(str(alarm.get(name) or "")) for name in ("site", "kind", "words")}
            for alarm in (alarms if isinstance(alarms, list) else [])
            if isinstance(alarm, dict)
        ]


def reports(
    store: ObjectStore, location: Location, records: Iterable[CommitRecord], reported: Iterable[str]
) -> Iterator[Reported]:
    """The crawls among the runs of some batches, and those that have a report, the oldest first: one that fetched
    nothing has no batch. A run that read the raw archive again, or moved articles, is no crawl, and writes no report.
    Raises what reading a bucket raises."""
    of_runs: dict[str, list[CommitRecord]] = defaultdict(list, {run_id: [] for run_id in reported})
    for record in records:
        if not record.reextracted and record.counts.pages:
            of_runs[record.run_id].append(record)
    for run_id in counted(sorted(of_runs), "reading reports of runs"):
        counts = [record.counts for record in of_runs[run_id]]
        found = Reported(run_id, sum(c.pages for c in counts), sum(c.articles for c in counts))
        try:
            document = json.loads(store.get(location.key(run_key(run_id))))
        except (ObjectMissing, ValueError):
            document = None
        if isinstance(document, dict):
            found.says(document)
        yield found


def watched_in(document: object) -> dict[str, dict[str, int]]:
    """What a `run.json` counts for the watch, by site: its whole numbers."""
    return {
        site: {name: n for name, n in _mapping(counts).items() if isinstance(n, int)}
        for site, counts in _mapping(_mapping(document).get("watched")).items()
    }


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None


def _words(value: object) -> dict[str, str]:
    """Why, by site, host or URL."""
    return {printable(name): printable(why) for name, why in _mapping(value).items() if isinstance(why, str)}
