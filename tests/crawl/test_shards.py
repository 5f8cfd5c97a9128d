"""Each host has one owner, whatever becomes of the processes that share a site list; `make scale` has more of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from newscrawl.fetching.shards import Shard
from newscrawl.sites import load
from tests.crawl.sharded import SECONDS, committed, complete, ended, site, start
from tests.crawl.small_sites import Web
from tests.support import ROOT, Archive, environment, scrapy


def test_four_shards_crawl_each_host_from_one_process(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        servers = {f"paper-{n}": site(web, f"paper-{n}", 4) for n in range(8)}
        (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
        sites = load(tmp_path / "sites.toml")
        owner_of = {s.name: index for index in range(4) for s in Shard(index, 4).of(sites)}
        assert len(set(owner_of.values())) > 1
        crawls = [start(tmp_path, archive, f"{index}/4", f"shard-{index}") for index in range(4)]
        for crawl in crawls:
            code, said = ended(crawl)
            assert code == 0, said
    complete(archive, 32)
    for name, server in servers.items():
        [agent] = server.agents
        assert f"shard-{owner_of[name]}.example" in agent
    leased = Counter(record["lease"]["shard"] for record in archive.records())
    assert set(leased) == {f"{index}/4" for index in set(owner_of.values())}


def test_a_process_that_was_paused_asks_and_commits_nothing_more(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        server = site(web, "dheema", 30, delay=0.3)
        (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
        asked: list[str] = server.askers
        first = start(tmp_path, archive, "0/1", "first")
        committed(archive, 1)
        os.killpg(first.pid, signal.SIGSTOP)
        time.sleep(SECONDS + 1.5)  # the store counts whole seconds
        before = len(asked)
        second = start(tmp_path, archive, "0/1", "second")
        while len(asked) < before + 3:
            assert second.poll() is None
            time.sleep(0.05)
        os.killpg(first.pid, signal.SIGCONT)
        code, said = ended(first)
        assert code == 17 and "Traceback" not in said, said
        assert "shard 0/1" in said and "stay pending" in said
        code, said = ended(second)
        assert code == 0, said
        assert ["first" in agent for agent in asked[before:]].count(True) == 0
    complete(archive, 30)
    runs = {record["run_id"]: record for record in archive.records()}
    assert len(runs) == 2
    tokens = {record["run_id"]: record["lease"]["token"] for record in archive.records() if "lease" in record}
    assert [tokens[run] for run in sorted(tokens)] == [1, 2]


# Half a minute: `make faults`.
@pytest.mark.faults
def test_a_shard_does_not_begin_beside_a_crawl_of_all_hosts(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        server = site(web, "dheema", 30, delay=0.5)
        (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
        first = start(tmp_path, archive, "", "first")
        committed(archive, 1)
        code, said = ended(start(tmp_path, archive, "0/2", "second"))
        assert code == 17 and "Traceback" not in said
        assert "failed: a crawl without -a shard has all hosts, process" in said
        first.send_signal(signal.SIGTERM)
        assert ended(first)[0] == 11
        (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()).replace("delay = 0.5", "delay = 0"))
        for index in range(2):  # it has said that it is over: nothing is waited for
            code, said = ended(start(tmp_path, archive, f"{index}/2", f"shard-{index}"))
            assert code == 0, said
        assert not [agent for agent in server.agents if "second" in agent]
    complete(archive, 30)


@pytest.mark.faults  # four crawls of the demo web; in make scale, too
def test_shards_of_the_demo_web_and_dedupe_tell_each_story_of_the_truth_once(
    tmp_path: Path, archive: Archive, web: Path
) -> None:
    # The page whose body stalls is asked for twice, not three times.
    arguments = ["-a", f"sites_file={web / 'sites.toml'}", "-s", "RETRY_TIMES=1"]
    variables = {"SCRAPY_PROJECT": "demo"} | archive.variables
    shards = [
        subprocess.Popen(
            [sys.executable, "-m", "scrapy", "crawl", "news", *arguments, "-a", f"shard={index}/3"],
            cwd=ROOT, env=environment(NEWSCRAWL_STATE_DIR=str(tmp_path / f"shard-{index}"), **variables),
            stderr=subprocess.PIPE, text=True,
        )
        for index in range(3)
    ]  # fmt: skip
    for shard in shards:
        code, said = ended(shard)
        assert code == 0, said
    # `make scale` has an engine do it, too.
    state = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "joined"), "NEWSCRAWL_ENGINE": os.environ.get("TEST_ENGINE", "")}
    done = scrapy("bucket", "dedupe", **state, **archive.variables)
    assert done.returncode == 0, done.stderr
    archive.check()
    story_of = {row["id"]: row["story_id"] for table in ("articles", "duplicates") for row in archive.rows(table)}
    before = len(set(story_of.values()))
    for move in sorted(archive.rows("moves"), key=lambda row: row["moved_at"]):
        story_of[move["id"]] = move["story_id"]
    assert len(set(story_of.values())) < before, "copies came to other shards than their story"
    rows = {row["url"]: story_of[row["id"]] for table in ("articles", "duplicates") for row in archive.rows(table)}
    stories: dict[str, set[str]] = {}
    for page in json.loads((web / "truth.json").read_text())["pages"]:
        if page["story"] and page["final_url"] in rows:
            stories.setdefault(page["story"], set()).add(rows[page["final_url"]])
    assert all(len(found) == 1 for found in stories.values()), "a story is told twice"
    assert len({story for found in stories.values() for story in found}) == len(stories), "two stories are one"
