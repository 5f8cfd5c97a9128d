"""What happened in a run: the notebook of spider, pipelines and committer, and the `run.json` made of it."""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict

from newscrawl import __version__
from newscrawl.bucket.records import CommitRecord
from newscrawl.errors import NewscrawlError
from newscrawl.items import SCHEMA_VERSION, Reject
from newscrawl.run.funnel import Funnel
from newscrawl.text.printable import printable
from newscrawl.watch.alarms import Alarm
from newscrawl.watch.site_runs import SiteRun

# The libraries whose version changes what is extracted, matched or written.
_LIBRARIES = ("scrapy", "trafilatura", "datasketch", "pyarrow", "boto3")
# As many as somebody looks at; `newscrawl` asks the bucket's column `confidence` for all.
_DOUBTFUL_PAGES = 100


class RunDocument(TypedDict):
    """The whole content of `runs/<run_id>/run.json`; docs/bucket-contract.md says what each field means."""

    schema_version: int
    run_id: str
    started_at: str
    finished_at: str
    seconds: float
    finish_reason: str
    funnel: dict[str, int]
    relations: dict[str, int]
    reasons: dict[str, int]
    sites: dict[str, dict[str, int]]
    sources_read: int
    sources_unchanged: int
    sources_resting: int
    sources_dead: dict[str, str]
    discovery_errors: dict[str, str]
    sources_partly: dict[str, str]
    licences_unread: dict[str, str]
    discovery: dict[str, dict[str, int]]
    sites_quiet: dict[str, str]
    alarms: list[dict[str, Any]]
    watched: dict[str, dict[str, int]]
    hosts_left: dict[str, str]
    sites_left: dict[str, str]
    later_pages: dict[str, int]
    rechecks: dict[str, int]
    doubtful: int
    doubtful_pages: dict[str, float]
    batches: int
    bytes: int
    bytes_received: int
    loop_lag_ms: dict[str, int] | None
    conditional_put: bool
    settings_sha256: str
    index: Mapping[str, Any]
    versions: dict[str, str]


@dataclass(slots=True, kw_only=True)
class RunReport:
    """Counts and names of one run; holds nothing open. What is printed, shown and stored of a run is read from here."""

    run_id: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    funnel: Funnel = field(default_factory=Funnel)
    # Pages on their way from spider to bucket, by the URL asked for, with the reject where a page is known for one; and
    # those that a pipeline of the project's failed of.
    under_way: dict[str, Reject | None] = field(default_factory=dict)
    unstored: int = 0
    # Sources that answered, of these with nothing new; sources that are not due yet.
    sources_read: int = 0
    sources_unchanged: int = 0
    sources_resting: int = 0
    # Why, by URL: sources that have failed for long, whether they were asked or not; sources that failed now.
    sources_dead: dict[str, str] = field(default_factory=dict)
    discovery_errors: dict[str, str] = field(default_factory=dict)
    # Why, by URL: sources of which only a part could be read.
    sources_partly: dict[str, str] = field(default_factory=dict)
    # Why, by URL: RSL licences whose terms are not known, for they could not be read.
    licences_unread: dict[str, str] = field(default_factory=dict)
    # What sources named, by site: entries taken (`named`), new ones (`new`), and by kind what was left out.
    discovery: dict[str, Counter[str]] = field(default_factory=dict)
    # Of the new ones how many are of each site: one may list the pages of another.
    due: Counter[str] = field(default_factory=Counter)
    # In words, by site: fewer than half of its usual new URLs.
    sites_quiet: dict[str, str] = field(default_factory=dict)
    # Sources of each site: how many were asked (`sources`), had something to read (`read`), and failed (`failed`).
    sources_of: dict[str, Counter[str]] = field(default_factory=dict)
    # Sites whose sources this run has asked to the end: those that are compared with their history.
    watched: list[str] = field(default_factory=list)
    # What the state knows of their earlier runs, by site, oldest first, as the watch has read it.
    before: Mapping[str, Sequence[SiteRun]] = field(default_factory=dict)
    # What broke, by the history of sites and run.
    alarms: list[Alarm] = field(default_factory=list)
    # Seconds that each batch took until it was acknowledged.
    store_seconds: list[float] = field(default_factory=list)
    # Hosts given up for this run, and why; their URLs stay pending.
    hosts_left: dict[str, str] = field(default_factory=dict)
    # Sites given up for this run, whatever the host, and why.
    sites_left: dict[str, str] = field(default_factory=dict)
    # Pages of stories behind their first, by what became of them: `joined` to the story; `unlike`, for it is no page of
    # it; `missing`; `cut`, beyond a bound.
    later_pages: Counter[str] = field(default_factory=Counter)
    # Stories fetched again for their age (`looked`), and of them those with another text (`changed`).
    rechecks: Mapping[str, int] = field(default_factory=dict)
    # Stories whose text is doubtful (`NEWSCRAWL_DOUBTFUL_BELOW`): how many, and the least sure, by URL.
    doubtful: int = 0
    # Where the page of this run lies, for people (`run_page.py`).
    page: Path | None = None
    doubtful_pages: dict[str, float] = field(default_factory=dict)
    # The batches that S3 has acknowledged.
    records: list[CommitRecord] = field(default_factory=list)
    bytes_received: int = 0
    # How late the event loop was, in milliseconds; None where nobody measured it.
    loop_lag_ms: dict[str, int] | None = None
    # What ended the run, if it was not the end of its work.
    failure: NewscrawlError | None = None
    # Whether it came to an end of its own, good or bad; a second signal leaves it before.
    finished: bool = False
    _started: float = field(default_factory=time.monotonic, repr=False)

    def fetched(self, url: str) -> None:
        """Note a page that goes to the pipeline."""
        self.funnel.fetched += 1
        self.under_way[url] = None

    def failed(self, url: str) -> None:
        """Note that a pipeline failed of a page: it stays pending, as if it had not been fetched."""
        self.under_way.pop(url, None)
        self.funnel.fetched -= 1
        self.unstored += 1

    def doubt(self, url: str, confidence: float) -> None:
        """Note a story for a person to look at; of more than `_DOUBTFUL_PAGES` the least sure are named."""
        self.doubtful += 1
        self.doubtful_pages[url] = confidence
        if len(self.doubtful_pages) > _DOUBTFUL_PAGES:
            del self.doubtful_pages[max(self.doubtful_pages, key=self.doubtful_pages.__getitem__)]

    def source(self, site: str, *what: str) -> None:
        """Count a source of a site that was asked, and what came of it: `read`, `failed`."""
        self.sources_of.setdefault(site, Counter()).update(["sources", *what])

    @property
    def counts(self) -> dict[str, int]:
        """What the watch compares of the run as a whole."""
        return {"store_ms": round(1000 * max(self.store_seconds))} if self.store_seconds else {}

    @property
    def alarm_documents(self) -> list[dict[str, Any]]:
        """The alarms as `run.json` has them."""
        return [{"kind": a.kind, "site": a.site, "words": a.words, "chance": a.chance} for a in self.alarms]

    def discovered(self, site: str, counts: Mapping[str, int]) -> None:
        """Add up what the sources of a site named and what was left out of it."""
        self.discovery.setdefault(site, Counter()).update({kind: count for kind, count in counts.items() if count})

    @property
    def left_out(self) -> Counter[str]:
        """What was left out of all sources, by kind."""
        total = sum(self.discovery.values(), Counter[str]())
        return Counter({kind: count for kind, count in total.items() if kind not in ("named", "new", "undated")})

    @property
    def seconds(self) -> float:
        """Seconds since the run was opened."""
        return time.monotonic() - self._started

    @property
    def pages_committed(self) -> int:
        """Pages whose outcome is in the bucket."""
        return sum(record.counts.pages for record in self.records)

    @property
    def bytes_committed(self) -> int:
        """Bytes of the parts that this run committed."""
        return sum(part.bytes for record in self.records for part in record.objects)

    def document(
        self,
        *,
        finish_reason: str,
        settings_sha256: str,
        conditional_put: bool,
        index: Mapping[str, Any],
        watched: dict[str, dict[str, int]] | None = None,
    ) -> RunDocument:
        """`run.json` as of now. `finish_reason` is Scrapy's; `index` what made the dedup index (`signature.header`);
        `watched` what later runs are compared with."""
        return {
            "schema_version": SCHEMA_VERSION,
            "run_id": self.run_id,
            "started_at": self.started_at.isoformat(),
            "finished_at": datetime.now(UTC).isoformat(),
            "seconds": round(self.seconds, 3),
            "finish_reason": finish_reason,
            "funnel": {"fetched": self.funnel.fetched, **self.funnel.outcomes},
            "relations": dict(self.funnel.relations),
            "reasons": dict(self.funnel.reasons),
            "sites": {name: dict(counts) for name, counts in sorted(self.funnel.sites.items())},
            "sources_read": self.sources_read,
            "sources_unchanged": self.sources_unchanged,
            "sources_resting": self.sources_resting,
            "sources_dead": _shown(self.sources_dead),
            "discovery_errors": _shown(self.discovery_errors),
            "sources_partly": _shown(self.sources_partly),
            "licences_unread": _shown(self.licences_unread),
            "discovery": {name: dict(counts) for name, counts in sorted(self.discovery.items())},
            "sites_quiet": self.sites_quiet,
            "alarms": self.alarm_documents,
            "watched": watched or {},
            "hosts_left": _shown(self.hosts_left),
            "sites_left": _shown(self.sites_left),
            "later_pages": dict(+self.later_pages),
            "rechecks": {name: count for name, count in self.rechecks.items() if count},
            "doubtful": self.doubtful,
            "doubtful_pages": dict(sorted(self.doubtful_pages.items(), key=lambda page: page[1])),
            "batches": len(self.records),
            "bytes": self.bytes_committed,
            "bytes_received": self.bytes_received,
            "loop_lag_ms": self.loop_lag_ms,
            "conditional_put": conditional_put,
            "settings_sha256": settings_sha256,
            "index": index,
            "versions": {"newscrawl": __version__, "python": platform.python_version()}
            | {name: version(name) for name in _LIBRARIES},
        }


def _shown(reasons: Mapping[str, str]) -> dict[str, str]:
    """Why, by URL or host, as it is safe to print: both come from outside."""
    return {printable(name): printable(why) for name, why in reasons.items()}
