"""A crawl that is not like those before it says so: in run.json, report, log, exit code, metrics and to a hook."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from prometheus_client.parser import text_string_to_metric_families

from newscrawl.archive.archive import Archive as Opened
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location, new_run_id, run_key
from newscrawl.dedup.signature import header
from newscrawl.run.report import RunReport
from newscrawl.run.watching import watch
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State
from newscrawl.state.run_history import RUN, RunHistory
from tests.crawl.small_sites import Web, page, urlset
from tests.samples import reject
from tests.support import Archive, scrapy

# What the pages of `small_sites` come to: copies of two texts, without dates.
USUAL = {"stories": 40, "rejects": 3, "duplicates": 38, "words": 2_600, "named": 60, "sources": 1, "read": 1}


def usual_days(state: Path, sites: list[str], days: int = 20) -> None:
    """A state that remembers so many daily runs."""
    opened = State(state)
    history = RunHistory(opened.db)
    for day in range(days, 0, -1):
        run_id = new_run_id(datetime.now(UTC) - timedelta(days=day))
        history.add(run_id, dict.fromkeys(sites, USUAL) | {RUN: {"store_ms": 200}}, oldest="")
    opened.close()


@contextmanager
def hook() -> Iterator[tuple[str, list[Any]]]:
    """A web server that takes what is posted to it."""
    posted: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", posted
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def mailbox() -> Iterator[tuple[int, list[Any]]]:
    """A mail server's port, and what came to it."""
    came: list[Any] = []

    class Box(Message):
        def handle_message(self, message: Any) -> None:
            came.append(message)

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(Box(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port, came
    finally:
        server.stop()


def test_a_site_that_fell_silent_is_told_everywhere(tmp_path: Path, archive: Archive) -> None:
    usual_days(tmp_path / "state", ["good", "bad"])
    metrics = tmp_path / "newscrawl.prom"
    with ExitStack() as stack:
        web = Web(stack)
        url, posted = stack.enter_context(hook())
        port, mails = stack.enter_context(mailbox())
        for name, number in (("good", 38), ("bad", 0)):
            pages = {f"/khabar-{n}": page(n) for n in range(number)}
            site = web.site(name, {**pages}, sitemaps=["/news.xml"])
            entries = [(site.url + path, None) for path in (pages or {"/": None})]
            site.pages["/news.xml"] = urlset(*entries)
        given = web._given(tmp_path, archive, NEWSCRAWL_METRICS_FILE=str(metrics), NEWSCRAWL_ALARM_WEBHOOK=url)
        sites = f"sites_file={tmp_path / 'sites.toml'}"
        spidermon = ("ENABLED=1", "EMAIL_TO=desk@example.org", "EMAIL_SENDER=crawl@example.org", "SMTP_HOST=127.0.0.1")
        # From the environment, as a service has them: on a command line everybody on the machine reads a password.
        given |= dict(f"SPIDERMON_{one}".split("=") for one in (*spidermon, f"SMTP_PORT={port}"))
        done = scrapy("crawl", "news", "-a", sites, **given)
    assert done.returncode == 15, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert "everything that was fetched is committed" in last and "bad: 0 stories in a day" in last
    [name] = [n for n in archive.names() if n.endswith("/run.json")]
    report = archive.document(name)
    assert {(a["site"], a["kind"]) for a in report["alarms"]} == {("bad", "silent"), ("bad", "sources")}
    good = report["watched"]["good"]
    assert (good["stories"], good["new"], good["named"]) == (38, 38, 38)
    page_text = (tmp_path / "state" / "report.html").read_text()
    assert "What broke" in page_text and "0 stories in a day" in page_text
    assert "[Spidermon]" in done.stderr and "No site fell silent" not in done.stderr
    assert f"told {urlsplit(url).hostname} of 2 alarms" in done.stderr and url not in done.stderr, (
        "its path is a password"
    )
    [told] = posted
    assert told["alarms"] == report["alarms"] and "bad: 0 stories" in told["text"]
    [mail] = mails
    assert (mail["From"], mail["To"]) == ("crawl@example.org", "desk@example.org")
    assert mail["Subject"] == f"newscrawl run {report['run_id']}: 2 alarms"
    [body] = [part.get_payload(decode=True).decode() for part in mail.walk() if part.get_content_type() == "text/plain"]
    assert body.splitlines() == told["text"].splitlines()
    families = {f.name: f for f in text_string_to_metric_families(metrics.read_text())}
    alarms = {(s.labels["site"], s.labels["kind"]): s.value for s in families["newscrawl_run_alarms"].samples}
    assert alarms == {("bad", "silent"): 1, ("bad", "sources"): 1}
    pages = {(s.labels["site"], s.labels["outcome"]): s.value for s in families["newscrawl_run_pages"].samples}
    assert sum(value for (site, _), value in pages.items() if site == "good") == 38
    assert families["newscrawl_run_exit_code"].samples[0].value == 15
    assert [p.name for p in tmp_path.glob("newscrawl.prom*")] == ["newscrawl.prom"], "nothing is left beside it"


def test_a_run_that_was_cut_short_is_not_compared(tmp_path: Path, archive: Archive) -> None:
    usual_days(tmp_path / "state", ["a"])
    with ExitStack() as stack:
        web = Web(stack)
        site = web.site("a", {f"/khabar-{n}": page(n) for n in range(5)}, sitemaps=["/news.xml"])
        site.pages["/news.xml"] = urlset(*((f"{site.url}/khabar-{n}", None) for n in range(5)))
        given = web._given(tmp_path, archive)
        done = scrapy("crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}", "-a", "limit=2", **given)
    assert done.returncode == 0, done.stderr
    [name] = [n for n in archive.names() if n.endswith("/run.json")]
    assert archive.document(name)["alarms"] == []


def opened_with_runs(archive: Archive, s3: EmbeddedS3, folder: Path, runs: int) -> Opened:
    """A lost state over a bucket with so many daily runs and their reports."""
    location = Location.parse(archive.variables["NEWSCRAWL_BUCKET"])
    for day in range(runs, 0, -1):
        writer = BatchWriter(
            s3.store(), location, run_id := new_run_id(datetime.now(UTC) - timedelta(days=day)), header()
        )
        writer.write(writer.batch([reject()]))
        writer.write_run({"run_id": run_id, "watched": {"a": USUAL, RUN: {"store_ms": 200}}, "funnel": {"fetched": 1}})
    opened = Opened(State(folder), s3.store(), location)
    opened.recover()
    return opened


def test_a_lost_state_learns_the_history_from_the_bucket(tmp_path: Path, archive: Archive, s3: EmbeddedS3) -> None:
    opened = opened_with_runs(archive, s3, tmp_path, 16)
    report = RunReport(run_id=new_run_id(datetime.now(UTC)), watched=["a"])
    report.source("a", "failed")
    report.store_seconds.append(30.0)
    found = watch(opened, report)
    assert {(alarm.site, alarm.kind) for alarm in found} == {("a", "silent"), ("a", "sources"), (None, "store")}
    assert len(RunHistory(opened.state.db).read("")["a"]) == 17
    opened.state.close()


@pytest.mark.parametrize(
    "torn", [b"[]", b"null", b"[" * 100_000, b"9" * 5000, b'{"watched": {"a": {"stories": "many"}, "b": 3}}'],
    ids=lambda body: body[:12].decode(),
)  # fmt: skip
def test_an_older_report_that_is_none_ends_no_run(
    tmp_path: Path, archive: Archive, s3: EmbeddedS3, torn: bytes
) -> None:
    opened = opened_with_runs(archive, s3, tmp_path, 2)
    [newest, _] = sorted(opened.runs(10, but=""), reverse=True)
    s3.store().put(opened.location.key(run_key(newest)), torn)
    assert watch(opened, RunReport(run_id=new_run_id(datetime.now(UTC)), watched=["a"])) == []
    assert len(RunHistory(opened.state.db).read("")["a"]) == 2 + (b"many" in torn)
    opened.state.close()


def test_a_batch_that_is_not_in_the_bucket_is_told(tmp_path: Path, archive: Archive, s3: EmbeddedS3) -> None:
    opened = opened_with_runs(archive, s3, tmp_path, 1)
    [run_id] = opened.runs(10, but="")
    assert watch(opened, RunReport(run_id=run_id)) == []
    for key, _ in s3.store().list(opened.location.key(f"runs/{run_id}/")):
        s3.store().delete(key)
    [alarm] = watch(opened, RunReport(run_id=run_id))
    assert alarm.kind == "disagree" and "bucket check" in alarm.words
    opened.state.close()
