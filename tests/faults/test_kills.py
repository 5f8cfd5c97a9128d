"""Fifty kills of a crawl of 2,000 pages: none lost, none twice, nothing torn (`make faults`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from newscrawl.server.embedded import EmbeddedS3
from tests.crawl.interrupted import complete, cut_off_after_a_commit, finish, killed_again_and_again
from tests.support import Archive, demo_web, scrapy

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

SEED = 20261124
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "50"))


def test_every_page_has_one_row_after_fifty_kills(tmp_path: Path) -> None:
    web, state = tmp_path / "web", tmp_path / "state"
    with demo_web(web, "--sites", "8", "--articles", "250"):
        # Some 30 pages a second: all rounds together come through most of the 2,000 pages.
        killed_again_and_again(web, state, rounds=ROUNDS, seed=SEED, longest=2)
        finish(web, state)
        with EmbeddedS3(state) as server:
            archive = Archive(server)
            cut_off = cut_off_after_a_commit(archive)
            complete(web, archive)
    checked = scrapy("bucket", "check", NEWSCRAWL_STATE_DIR=str(state), timeout=600)
    assert checked.returncode == 0, checked.stdout
    print(f"{ROUNDS} kills, {cut_off} of them after a commit: 0 lost, 0 twice; {checked.stdout.strip()}")
    assert cut_off >= ROUNDS // 4, "kills must fall on crawls that are under way"
