"""A run beside those before it: what broke, by the history of its sites and of the store."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from statistics import median

from newscrawl.archive.archive import Archive
from newscrawl.bucket.keys import run_key, run_started
from newscrawl.bucket.rollup import listed_records
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.run.report import RunReport
from newscrawl.run.reports import watched_in
from newscrawl.state.run_history import RUN, RunHistory
from newscrawl.watch.alarms import LEAST_RUNS, MOST_DAYS, Alarm, site_alarms
from newscrawl.watch.site_runs import SiteRun

logger = logging.getLogger(__name__)

# Runs whose reports are read where the state has no history: two weeks and a day of hourly runs, some seconds.
_LEARNED_RUNS = 360
# A batch that takes so many times as long as the slowest one of a usual run, and longer than a person would wait.
_SLOW_TIMES, _SLOW_SECONDS = 5, 10


def watch(archive: Archive, report: RunReport) -> list[Alarm]:
    """What broke in a run that came to its end by itself, and note the run for those that follow."""
    history = RunHistory(archive.state.db)
    before = history.read(report.run_id)
    if not before:
        _learn(archive, history, report.run_id)
        before = history.read(report.run_id)
    now = site_runs(report)
    report.before = _by_site(before)
    found = [
        *site_alarms(report.before, now),
        *_store_slow(report, before.get(RUN, [])),
        *_disagreeing(archive, report),
    ]
    counts = {site: run.counts() for site, run in now.items()} | {RUN: report.counts}
    history.add(report.run_id, counts, _oldest(report))
    for alarm in found:
        logger.warning("%s", alarm)
    return found


def _by_site(before: Mapping[str, list[tuple[str, dict[str, int]]]]) -> dict[str, list[SiteRun]]:
    return {
        site: [SiteRun.of(at, counts) for run_id, counts in runs if (at := run_started(run_id))]
        for site, runs in before.items()
        if site != RUN
    }


def site_runs(report: RunReport) -> dict[str, SiteRun]:
    """What was counted of each site that the run was to crawl; of one that brought nothing, zeros."""
    return {
        site: SiteRun.of(
            report.started_at,
            report.funnel.measures.get(site, {})
            | report.sources_of.get(site, {})
            | {"named": report.discovery.get(site, Counter[str]())["named"], "new": report.due[site]},
        )
        for site in report.watched
    }


def _oldest(report: RunReport) -> str:
    return f"{report.started_at - timedelta(days=MOST_DAYS + 1):%Y%m%dT%H%M%SZ}"


def _learn(archive: Archive, history: RunHistory, run_id: str) -> None:
    """Read the reports of the last runs, where the state was lost."""
    ids = archive.runs(_LEARNED_RUNS, but=run_id)
    answers = archive.store.get_each(archive.location.key(run_key(name)) for name in ids)
    for name, answer in zip(ids, answers, strict=True):
        try:
            document = json.loads(answer.result())
        except (ObjectMissing, ValueError, RecursionError):
            continue  # killed, or of another program: `bucket check` says so
        history.add(name, watched_in(document), oldest="")


def _store_slow(report: RunReport, before: list[tuple[str, dict[str, int]]]) -> Iterator[Alarm]:
    usual = [counts["store_ms"] for _, counts in before if "store_ms" in counts]
    slowest = report.counts.get("store_ms", 0) / 1000
    if len(usual) >= LEAST_RUNS and slowest > max(_SLOW_SECONDS, _SLOW_TIMES * median(usual) / 1000):
        words = f"a batch took {slowest:.0f} s to store, usually {median(usual) / 1000:.1f} s"
        yield Alarm(kind="store", words=words)


def _disagreeing(archive: Archive, report: RunReport) -> Iterator[Alarm]:
    """Whether the bucket has the batches that this run committed, as the state knows them, and no others."""
    stored = listed_records(archive.store, archive.location, f"runs/{report.run_id}/")
    ours = {named: size for named, size in stored.items() if named[0] == report.run_id}
    known = archive.batches_of(report.run_id)
    if ours != known:
        words = f"the bucket has {len(ours)} batches of this run, the state {len(known)}, or others: run bucket check"
        yield Alarm(kind="disagree", words=words)
