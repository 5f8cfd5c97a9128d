"""Shards that are killed, paused and moved to other machines: no page lost, none twice, no host with two owners."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

import pytest

from tests.crawl.sharded import SECONDS, committed, complete, ended, site, start
from tests.crawl.small_sites import Web
from tests.support import Archive

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

SEED = 20261128
SHARDS, HOSTS, PAGES = 8, 24, 80
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "24"))


def test_a_shard_that_another_run_has_is_refused(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        site(web, "dheema", 20, delay=0.5)
        (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
        first = start(tmp_path, archive, "0/1", "first")
        committed(archive, 1)
        code, said = ended(start(tmp_path, archive, "0/1", "second"))
        assert code == 17 and "Traceback" not in said
        assert re.search(r"failed: shard 0/1 is held by process \d+ on .*wait for it to end.*\(exit code 17\)", said)
        first.send_signal(signal.SIGTERM)
        assert ended(first)[0] == 11
        again = start(tmp_path, archive, "0/1", "second")  # it was given back: nothing is waited for
        code, said = ended(again)
        assert code == 0, said
        complete(archive, 20)


def test_a_shard_whose_machine_died_goes_on_elsewhere(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        site(web, "dheema", 20, delay=0.2)
        (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
        first = start(tmp_path, archive, "0/1", "first")
        committed(archive, 2)
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
        code, said = ended(start(tmp_path, archive, "0/1", "second"))
        assert code == 17 and "start again 6 s after" in said
        time.sleep(SECONDS + 1.5)
        code, said = ended(start(tmp_path, archive, "0/1", "second"))
        assert code == 0, said
        complete(archive, 20)
        code, said = ended(start(tmp_path, archive, "0/1", "first"))  # it comes back, and finds nothing to do
        assert code == 0, said
    complete(archive, 20)


def test_a_killed_shard_is_taken_back_at_once_by_its_own_state_directory(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        site(web, "dheema", 20, delay=0.2)
        (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
        long = {"NEWSCRAWL_LEASE_SECONDS": "3600"}
        first = start(tmp_path, archive, "0/1", "first", **long)
        committed(archive, 2)
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
        code, said = ended(start(tmp_path, archive, "0/1", "first", **long))
        assert code == 0, said
    complete(archive, 20)


def test_eight_shards_killed_and_paused_lose_nothing_and_never_share_a_host(tmp_path: Path, archive: Archive) -> None:
    chance = random.Random(SEED)
    with ExitStack() as stack:
        web = Web(stack)
        servers = {f"paper-{n}": site(web, f"paper-{n}", PAGES, delay=1) for n in range(HOSTS)}
        (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
        owners = 0

        def begin(index: int, owner: str = "") -> tuple[str, subprocess.Popen[str]]:
            nonlocal owners
            owners += not owner
            return (name := owner or f"owner-{owners}"), start(tmp_path, archive, f"{index}/{SHARDS}", name)

        runs = {index: begin(index) for index in range(SHARDS)}
        for number in range(ROUNDS):
            time.sleep(chance.uniform(0.5, 3))
            index = chance.choice(sorted(runs))
            name, crawl = runs[index]
            if crawl.poll() is not None:
                code, said = ended(crawl)
                assert code in (0, 17), said
            elif number % 2:
                os.killpg(crawl.pid, signal.SIGKILL)
                crawl.communicate()
                if number % 4 == 1:  # its machine is there: it goes on at once
                    runs[index] = begin(index, name)
                    continue
                time.sleep(SECONDS + 1.5)
            else:
                os.killpg(crawl.pid, signal.SIGSTOP)
                time.sleep(SECONDS + 1.5)
                runs[index] = begin(index)
                time.sleep(chance.uniform(0, 8))
                os.killpg(crawl.pid, signal.SIGCONT)
                code, said = ended(crawl)
                assert code in (0, 17), said  # 0: it had asked for everything when it fell asleep
                continue
            runs[index] = begin(index)
        for index, (name, crawl) in runs.items():
            code, said = ended(crawl)
            while code != 0:  # the lease of one that was killed had not run out
                assert code == 17, said
                time.sleep(SECONDS + 1.5)
                code, said = ended(start(tmp_path, archive, f"{index}/{SHARDS}", name))
        for server in servers.values():
            turns = [agent for agent, _ in groupby(server.askers)]
            assert len(turns) == len(set(turns)), "who gave a host up never asks it again"
    complete(archive, HOSTS * PAGES)
