"""Crawls that are cut off, and what must be true when one came to its end."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

from newscrawl.bucket.embedded import EmbeddedS3
from tests.support import ROOT, Archive, environment


def start(web: Path, state: Path, **extra: str) -> subprocess.Popen[str]:
    # A batch every half second, so that every instant of a crawl is near some step of a commit.
    variables = {"SCRAPY_PROJECT": "demo", "NEWSCRAWL_STATE_DIR": str(state), "NEWSCRAWL_BATCH_SECONDS": "0.5"}
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites_file={web / 'sites.toml'}"],
        cwd=ROOT,
        env=environment(**(variables | extra)),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_commit(state: Path, crawl: subprocess.Popen[str]) -> None:
    """Until a first batch is committed: the ledger then calls some page something else than pending."""
    wait_for_state(state, crawl)
    deadline = time.monotonic() + 120
    with closing(sqlite3.connect(state / "state.db", timeout=30)) as db:
        while not _settled(db):
            assert crawl.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)


def _settled(db: sqlite3.Connection) -> bool:
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'urls'").fetchone():
        return False
    return bool(db.execute("SELECT 1 FROM urls WHERE state <> 'pending' LIMIT 1").fetchone())


def wait_for_state(state: Path, crawl: subprocess.Popen[str]) -> None:
    """Until the crawl has opened its state."""
    deadline = time.monotonic() + 60
    while not (state / "state.db").exists():
        assert crawl.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)


def complete(web: Path, state: Path) -> None:
    """Every page of the truth that has a row by contract has exactly one, however often the crawl was cut."""
    with EmbeddedS3(state) as server:
        complete_in(web, Archive(server))


def complete_in(web: Path, archive: Archive) -> None:
    """As `complete`, of a bucket that is served already."""
    truth = json.loads((web / "truth.json").read_text())["pages"]
    archive.check()
    rows = [row["url"] for table in ("articles", "duplicates") for row in archive.rows(table)]
    assert len(rows) == len(set(rows))
    stories = {p["story"]: p for p in truth if p["story"] and p["expect"] in ("article", "duplicate")}
    told = {p["final_url"]: p["story"] for p in truth if p["story"]}
    assert set(stories) <= {told[url] for url in rows if url in told}
    wanted = {p["final_url"] for p in truth if p["expect"] in ("article", "duplicate") and p["theme"] != "amp"}
    assert wanted <= set(rows)


def killed_again_and_again(web: Path, state: Path, rounds: int, seed: int, longest: float) -> None:
    """Start a crawl and kill it with all its processes `rounds` times, up to `longest` seconds after its start."""
    instants = random.Random(seed)
    for number in range(rounds):
        crawl = start(web, state)
        wait_for_state(state, crawl)
        time.sleep(instants.uniform(0.2, longest))
        # The whole session: crawl, workers, fork server. The embedded server follows its parent.
        with suppress(ProcessLookupError):  # it may just have come to its end
            os.killpg(crawl.pid, signal.SIGKILL)
        _, said = crawl.communicate()
        assert crawl.returncode in (-signal.SIGKILL, 0), f"round {number}: {said}"


def finish(web: Path, state: Path, **extra: str) -> None:
    """A crawl that is let through to its end."""
    last = start(web, state, **extra)
    _, said = last.communicate(timeout=600)
    assert last.returncode == 0, said
