"""A crawl that is killed or stopped loses nothing and stores nothing twice (invariant 2)."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.bucket.embedded import EmbeddedS3
from tests.crawl.interrupted import complete, finish, killed_again_and_again, start, wait_for_commit, wait_for_state
from tests.support import Archive, demo_web

SEED = 20261123


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("web")
    with demo_web(folder, "--sites", "6", "--articles", "30"):
        yield folder


def test_kills_at_random_instants_lose_nothing_and_store_nothing_twice(web: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    killed_again_and_again(web, state, rounds=4, seed=SEED, longest=4)
    finish(web, state)
    complete(web, state)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_crawl_with_code_11_and_everything_fetched_committed(
    web: Path, tmp_path: Path, number: signal.Signals
) -> None:
    state = tmp_path / "state"
    crawl = start(web, state)
    wait_for_commit(state, crawl)
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


def test_a_second_signal_stops_at_once_and_still_loses_nothing(web: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    crawl = start(web, state)
    wait_for_state(state, crawl)
    time.sleep(2)
    crawl.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    crawl.send_signal(signal.SIGTERM)
    crawl.communicate(timeout=60)
    finish(web, state)
    complete(web, state)
