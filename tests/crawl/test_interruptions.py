"""A crawl that is killed or stopped loses nothing and stores nothing twice (invariant 2)."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.bucket.embedded import EmbeddedS3
from tests.support import ROOT, Archive, demo_web, environment

SEED = 20261123


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("web")
    with demo_web(folder, "--sites", "6", "--articles", "30"):
        yield folder


def start(web: Path, state: Path) -> subprocess.Popen[str]:
    # A batch every half second, so that every instant of a crawl is near some step of a commit.
    variables = {"SCRAPY_PROJECT": "demo", "NEWSCRAWL_STATE_DIR": str(state), "NEWSCRAWL_BATCH_SECONDS": "0.5"}
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites_file={web / 'sites.toml'}"],
        cwd=ROOT,
        env=environment(**variables),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_rows(state: Path, crawl: subprocess.Popen[str]) -> None:
    """Until the first batch is under way."""
    deadline = time.monotonic() + 60
    while not (state / "state.db").exists():
        assert crawl.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)


def complete(web: Path, state: Path) -> None:
    """Every page of the truth that has a row by contract has exactly one, however often the crawl was cut."""
    truth = json.loads((web / "truth.json").read_text())["pages"]
    with EmbeddedS3(state) as server:
        archive = Archive(server)
        archive.check()
        rows = [row["url"] for table in ("articles", "duplicates") for row in archive.rows(table)]
    assert len(rows) == len(set(rows))
    stories = {p["story"]: p for p in truth if p["story"] and p["expect"] in ("article", "duplicate")}
    told = {p["final_url"]: p["story"] for p in truth if p["story"]}
    assert set(stories) <= {told[url] for url in rows if url in told}
    wanted = {p["final_url"] for p in truth if p["expect"] in ("article", "duplicate") and p["theme"] != "amp"}
    assert wanted <= set(rows)


def test_kills_at_random_instants_lose_nothing_and_store_nothing_twice(web: Path, tmp_path: Path) -> None:
    instants = random.Random(SEED)
    state = tmp_path / "state"
    for _ in range(4):
        crawl = start(web, state)
        wait_for_rows(state, crawl)
        time.sleep(instants.uniform(1.0, 4.0))
        # The whole session: crawl, workers, fork server. The embedded server follows its parent.
        os.killpg(crawl.pid, signal.SIGKILL)
        crawl.communicate()
    last = start(web, state)
    _, said = last.communicate(timeout=120)
    assert last.returncode == 0, said
    complete(web, state)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_crawl_with_code_11_and_everything_fetched_committed(
    web: Path, tmp_path: Path, number: signal.Signals
) -> None:
    state = tmp_path / "state"
    crawl = start(web, state)
    wait_for_rows(state, crawl)
    time.sleep(3)
    crawl.send_signal(number)
    _, said = crawl.communicate(timeout=60)
    assert crawl.returncode == 11, said
    assert "Traceback" not in said
    with EmbeddedS3(state) as server:
        archive = Archive(server)
        archive.check()
        [report] = [archive.document(name) for name in archive.names() if name.endswith("/run.json")]
    funnel = report["funnel"]
    assert 0 < funnel["fetched"] == sum(funnel[k] for k in ("articles", "duplicates", "rejects", "unchanged"))
    again = start(web, state)
    _, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    complete(web, state)
