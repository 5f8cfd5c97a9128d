"""A crawl that a signal stops commits what it fetched, loses nothing and stores nothing twice (invariant 2)."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from newscrawl.settings.base import ITEM_PIPELINES as PIPELINES

from newscrawl.server.embedded import EmbeddedS3
from tests.crawl.interrupted import batches, complete, finish, start, wait_for_commit
from tests.samples import STORY, html
from tests.support import ROOT, Archive, CountingWeb, environment, scrapy


def test_either_signal_ends_the_crawl_with_code_11_and_everything_fetched_committed(web: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    # The other: `make faults`, which sets SEEDS.
    for number in (signal.SIGTERM, signal.SIGINT) if "SEEDS" in os.environ else (signal.SIGTERM,):
        before = batches(state)
        crawl = start(web, state)
        wait_for_commit(state, crawl, before)
        crawl.send_signal(number)
        _, said = crawl.communicate(timeout=60)
        assert crawl.returncode == 11, said
        assert "Traceback" not in said
        with EmbeddedS3(state) as server:
            archive = Archive(server)
            archive.check()
            reports = sorted(name for name in archive.names() if name.endswith("/run.json"))
            funnel = archive.document(reports[-1])["funnel"]
        assert 0 < funnel["fetched"] == sum(funnel[k] for k in ("articles", "duplicates", "rejects", "unchanged"))
    finish(web, state)
    with EmbeddedS3(state) as server:
        complete(web, Archive(server))


def test_a_second_signal_stops_at_once_and_still_loses_nothing(web: Path, archive: Archive, tmp_path: Path) -> None:
    state = tmp_path / "state"
    crawl = start(web, state, **archive.variables)
    # Not before: until the reactor runs, a signal ends the process as it ends any other.
    wait_for_commit(state, crawl)
    crawl.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    crawl.send_signal(signal.SIGTERM)
    _, said = crawl.communicate(timeout=60)
    assert crawl.returncode == 11, said
    assert said.strip().splitlines()[-1].endswith("(exit code 11)"), said
    assert "Traceback" not in said
    finish(web, state, **archive.variables)
    complete(web, archive)


def test_a_signal_while_a_host_is_held_does_not_wait_for_it_and_its_pages_stay_pending(
    archive: Archive, tmp_path: Path
) -> None:
    asked_to_wait = (429, {"Retry-After": "500"}, b"slower")
    with CountingWeb() as held, CountingWeb(address="127.0.0.2") as silent:
        paths = [f"/nagar-ki-khabar-{n}" for n in range(101, 105)]
        items = "".join(f"<item><link>{held.url}{path}</link></item>" for path in paths)
        held.pages = {"/feed": (200, {"Content-Type": "application/rss+xml"}, f"<rss>{items}</rss>".encode())}
        held.pages |= dict.fromkeys(paths, asked_to_wait)
        # Here robots.txt itself waits, and with it everything behind it.
        silent.pages["/robots.txt"] = asked_to_wait
        entries = [
            f'[[site]]\nname = "{name}"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = 0\n'
            for name, web in (("held", held), ("silent", silent))
        ]
        (tmp_path / "sites.toml").write_text("\n".join(entries))
        state = tmp_path / "state"
        crawl = start(tmp_path, state, NEWSCRAWL_HOLD_SECONDS="600", **archive.variables)
        deadline = time.monotonic() + 60
        while len(held.requests) < 3 or not silent.requests:
            assert crawl.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        crawl.send_signal(signal.SIGTERM)
        # A bound, not a measure: the hold is three times as long.
        _, said = crawl.communicate(timeout=150)
        assert crawl.returncode == 11, said
        archive.check()
        assert archive.rows("rejects") == [], "what was not asked has not failed"
        [report] = [archive.document(name) for name in archive.names() if name.endswith("/run.json")]
        assert report["funnel"]["fetched"] == 0 and report["discovery_errors"] == {}
        db = sqlite3.connect(state / "state.db")
        assert db.execute("SELECT state, COUNT(*) FROM urls").fetchall() == [("pending", 4)]
        db.close()

        # The next run, the hosts mended.
        held.pages |= {path: (200, {}, html(f"{STORY}\nसमाचार {path}।", path).encode()) for path in paths}
        silent.pages = {"/feed": (200, {}, b"<rss version='2.0'><channel/></rss>")}
        finish(tmp_path, state, **archive.variables)
    rows = [row["url"] for table in ("articles", "duplicates") for row in archive.rows(table)]
    assert sorted(rows) == [held.url + path for path in paths]


def test_a_signal_while_a_source_is_read_does_not_wait_for_it(archive: Archive, tmp_path: Path) -> None:
    # Read whole it takes minutes: two million entries, packed.
    sitemap = gzip.compress(b"<urlset>" + b"<url><loc>/k-1</loc></url>" * 1_900_000 + b"</urlset>")
    with CountingWeb({"/news.xml": (200, {"Content-Type": "application/gzip"}, sitemap)}) as web:
        (tmp_path / "sites.toml").write_text(
            f'[[site]]\nname = "one"\nhome = "{web.url}/"\nsitemaps = ["{web.url}/news.xml"]\ndelay = 0\n'
        )
        crawl = start(tmp_path, tmp_path / "state", NEWSCRAWL_SOURCE_SECONDS="3000", **archive.variables)
        deadline = time.monotonic() + 60
        while web.bytes_sent < len(sitemap):
            assert crawl.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1)  # the worker has it
        crawl.send_signal(signal.SIGTERM)
        _, said = crawl.communicate(timeout=60)
    assert crawl.returncode == 11 and "Traceback" not in said, said
    [report] = [archive.document(name) for name in archive.names() if name.endswith("/run.json")]
    assert report["sources_read"] == 0 and report["discovery_errors"] == {}, "it has not failed: the next run reads it"


EARLY = """
import os, signal
from scrapy import signals

class Early:
    @classmethod
    def from_crawler(cls, crawler):
        early = cls()
        crawler.signals.connect(early.opened, signal=signals.spider_opened)
        return early

    def opened(self):
        os.kill(os.getpid(), signal.SIGINT)
"""


def test_a_signal_before_the_engine_runs_is_not_forgotten(tmp_path: Path) -> None:
    (tmp_path / "early.py").write_text(EARLY)
    with CountingWeb({"/": (200, {}, b"<html></html>")}) as host:
        (tmp_path / "sites.toml").write_text(f'[[site]]\nname = "one"\nhome = "{host.url}/"\n')
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}", "-s", 'EXTENSIONS={"early.Early": 1}',
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), PYTHONPATH=f"{ROOT}:{tmp_path}",
        )  # fmt: skip
    assert result.returncode == 11, result.stderr
    assert "stopped: a signal ended the run before it was through" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", ["explain", "parse"])
def test_a_command_of_one_page_that_is_stopped_says_so(tmp_path: Path, command: str) -> None:
    with CountingWeb({"/robots.txt": (200, {}, b""), "/khabar-101": (0, {}, b"")}) as host:
        asking = subprocess.Popen(
            [sys.executable, "-m", "scrapy", command, f"{host.url}/khabar-101"], cwd=ROOT, text=True,
            env=environment(NEWSCRAWL_STATE_DIR=str(tmp_path / "state")), stderr=subprocess.PIPE,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while "/khabar-101" not in host.requests:
            assert asking.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        for _ in range(2):  # the second one does not wait for the page
            asking.send_signal(signal.SIGINT)
            time.sleep(0.3)
        _, said = asking.communicate(timeout=60)
    assert asking.returncode == 11 and "Traceback" not in said, said
    assert "a signal ended it" in said.splitlines()[-1], said


def test_a_run_without_a_store_says_that_nothing_was_committed(tmp_path: Path) -> None:
    with CountingWeb({"/": (200, {}, b"<html></html>")}) as host:
        (tmp_path / "sites.toml").write_text(f'[[site]]\nname = "one"\nhome = "{host.url}/"\ndelay = 0\n')
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}",
            "-s", f"ITEM_PIPELINES={json.dumps(PIPELINES | {'newscrawl.pipelines.store.StorePipeline': None})}",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"),
        )  # fmt: skip
    assert result.returncode == 2 and "signal" not in result.stderr, result.stderr
    assert "ITEM_PIPELINES has no newscrawl.pipelines.store.StorePipeline" in result.stderr.splitlines()[-1]
