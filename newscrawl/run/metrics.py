"""A run as Prometheus metrics, in a file for the textfile collector of its node exporter (`NEWSCRAWL_METRICS_FILE`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from newscrawl.errors import StateUnwritable
from newscrawl.run.report import RunDocument


def write_metrics(path: Path, document: RunDocument, exit_code: int) -> None:
    """Write what `run.json` says, in one step: who reads the file sees the last run's or this one's, whole.

    Raises `StateUnwritable` where that cannot be.
    """
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile  # not while a crawl goes on

    registry = CollectorRegistry()

    def gauge(name: str, what: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"newscrawl_{name}", what, labels, registry=registry)

    finished = datetime.fromisoformat(document["finished_at"]).timestamp()
    gauge("run_finished_timestamp_seconds", "When the last run ended.").set(finished)
    gauge("run_duration_seconds", "How long the last run took.").set(document["seconds"])
    gauge("run_exit_code", "Exit code of the last run; docs/exit-codes.md says what each means.").set(exit_code)
    gauge("run_batches", "Batches that the last run committed.").set(document["batches"])
    gauge("run_stored_bytes", "Bytes of their parts.").set(document["bytes"])
    gauge("run_received_bytes", "Bytes of all answers.").set(document["bytes_received"])
    gauge("run_doubtful_stories", "Stories kept of doubtful text.").set(document["doubtful"])
    pages = gauge("run_pages", "Article pages of the last run, by site and outcome.", ("site", "outcome"))
    for site, outcomes in document["sites"].items():
        for outcome, count in outcomes.items():
            pages.labels(site, outcome).set(count)
    reasons = gauge("run_rejects", "Pages that are no story, by reason.", ("reason",))
    for reason, count in document["reasons"].items():
        reasons.labels(reason).set(count)
    sources = gauge("run_sources", "Feeds, sitemaps and sections, by what became of them.", ("state",))
    for state in ("read", "unchanged", "resting"):
        sources.labels(state).set(document[f"sources_{state}"])  # type: ignore[literal-required]
    sources.labels("dead").set(len(document["sources_dead"]))
    sources.labels("failed").set(len(document["discovery_errors"]))
    left = gauge("run_left", "Hosts and sites that the last run left, their pages pending.", ("what",))
    left.labels("hosts").set(len(document["hosts_left"]))
    left.labels("sites").set(len(document["sites_left"]))
    alarms = gauge("run_alarms", "What broke in the last run, by site and kind; the run as a whole has no site.",
                   ("site", "kind"))  # fmt: skip
    for alarm in document["alarms"]:
        alarms.labels(alarm["site"] or "", alarm["kind"]).inc()
    for quantile, milliseconds in (document["loop_lag_ms"] or {}).items():
        lag = gauge(f"run_loop_lag_{quantile}_seconds", "How late the event loop was.")
        lag.set(milliseconds / 1000)
    if slowest := document["watched"].get("", {}).get("store_ms"):
        gauge("run_store_seconds", "How long the slowest batch took to be stored.").set(slowest / 1000)
    try:
        write_to_textfile(str(path), registry)
    except OSError as e:
        raise StateUnwritable(f"NEWSCRAWL_METRICS_FILE {path} cannot be written ({e})") from e
