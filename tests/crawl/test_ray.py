"""Shards as actors of a Ray cluster on this machine; `make scale` installs Ray, which a crawl does without."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.crawl.sharded import complete, site
from tests.crawl.small_sites import Web
from tests.support import ROOT, Archive, environment

pytestmark = pytest.mark.skipif(not find_spec("ray"), reason="Ray is not installed: make scale")


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
