"""A crawl that is killed loses nothing and stores nothing twice (invariant 2)."""

from __future__ import annotations

from pathlib import Path

from newscrawl.server.embedded import EmbeddedS3
from tests.crawl.interrupted import complete, cut_off_after_a_commit, finish, killed_again_and_again
from tests.support import Archive

SEED = 20261123


def test_kills_at_random_instants_lose_nothing_and_store_nothing_twice(web: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    killed_again_and_again(web, state, rounds=3, seed=SEED, longest=2)
    finish(web, state)
    with EmbeddedS3(state) as server:
        archive = Archive(server)
        assert cut_off_after_a_commit(archive) >= 1
        complete(web, archive)
