"""Shards as actors of a Ray cluster on this machine; `make scale` installs Ray, which a crawl does without."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from newscrawl.errors import Stopped
from newscrawl.ray import ShardCrawl, as_shell
from tests.crawl.sharded import complete, site
from tests.crawl.small_sites import Web
from tests.support import ROOT, Archive, environment


def ray(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "newscrawl.ray", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("count", ["0", "-3", "100000", "x", "१६"])
def test_a_number_of_shards_that_none_can_be_is_refused(count: str) -> None:
    done = ray(f"--shards={count}")
    assert done.returncode == 2 and f"{count!r} is no number of shards from 1 to 99,999" in done.stderr, done.stderr


def test_a_shard_that_was_stopped_begins_no_crawl_and_a_killed_one_is_a_failure() -> None:
    shard = ShardCrawl()
    shard.stop()
    assert shard.crawl(0, 2, [], {}) == Stopped.exit_code
    assert [as_shell(code) for code in (0, 17, -9)] == [0, 17, 137]


@pytest.mark.skipif(bool(find_spec("ray")), reason="Ray is installed")
def test_without_ray_the_mend_is_named() -> None:
    done = ray("--shards=2")
    assert (done.returncode, done.stderr) == (2, "newscrawl.ray needs Ray: pip install 'newscrawl[ray]'\n")


@pytest.mark.skipif(not find_spec("ray"), reason="Ray is not installed: make scale")
def test_the_shards_of_a_ray_cluster_crawl_all_hosts(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        servers = [site(web, f"paper-{n}", 4) for n in range(6)]
        (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
        given = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state")}
        given |= {"NEWSCRAWL_WORKERS": "1"} | archive.variables
        done = subprocess.run(
            [sys.executable, "-m", "newscrawl.ray", "--shards", "2", "-a", f"sites_file={tmp_path / 'sites.toml'}"],
            cwd=ROOT, env=environment(**given), capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-2:] == ["shard 0/2: exit code 0", "shard 1/2: exit code 0"]
        assert all(server.requests for server in servers)
    complete(archive, 24)
    assert {record["lease"]["shard"] for record in archive.records()} == {"0/2", "1/2"}
