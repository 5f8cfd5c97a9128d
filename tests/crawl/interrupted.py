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
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tests.support import ROOT, Archive, environment


def variables(state: Path) -> dict[str, str]:
    # A batch every half second, so that every instant of a crawl is near some step of a commit; and every kind of part.
    quick = {"NEWSCRAWL_BATCH_SECONDS": "0.5", "NEWSCRAWL_WARC": "1"}
    return {"SCRAPY_PROJECT": "demo", "NEWSCRAWL_STATE_DIR": str(state)} | quick


def command(web: Path, *arguments: str) -> list[str]:
    scrapy = [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites_file={web / 'sites.toml'}"]
    # The page whose body stalls is asked for twice, not three times: nothing else of a small web takes as long. The
    # demo's three seconds for a page are not enough beside other tests: a loop that is held up longer refuses a story.
    return [*scrapy, "-s", "RETRY_TIMES=1", "-s", "DOWNLOAD_TIMEOUT=10", *arguments]


def start(web: Path, state: Path, **extra: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(web),
        cwd=ROOT,
        env=environment(**(variables(state) | extra)),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_commit(state: Path, crawl: subprocess.Popen[Any], before: int = 0) -> None:
    """Until the state knows of more than `before` batches: the crawl is under way."""
    deadline = time.monotonic() + 120
    while batches(state) <= before:
        assert crawl.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)


def complete(web: Path, archive: Archive) -> None:
    """Every page of the truth that has a row by contract has exactly one, however often the crawl was cut."""
    truth = json.loads((web / "truth.json").read_text())["pages"]
    archive.check()
    rows = [row["url"] for table in ("articles", "duplicates") for row in archive.rows(table)]
    assert len(rows) == len(set(rows))
    stories = {p["story"]: p for p in truth if p["story"] and p["expect"] in ("article", "duplicate")}
    told = {p["final_url"]: p["story"] for p in truth if p["story"]}
    missing = set(stories) - {told[url] for url in rows if url in told}
    rejected = {row["url"]: row["detail"] for row in archive.rows("rejects")}
    assert not missing, {stories[story]["url"]: rejected.get(stories[story]["url"]) for story in missing}
    wanted = {p["final_url"] for p in truth if p["expect"] in ("article", "duplicate") and p["theme"] != "amp"}
    assert wanted <= set(rows)
    lines = [archive.body(name).decode().splitlines() for name in archive.names() if name.startswith("cdxj/")]
    answered = Counter(json.loads(line.split(" ", 2)[2])["url"] for part in lines for line in part)
    assert {url: answered[url] for url in rows} == dict.fromkeys(rows, 1), "each story's answer is kept once"


def killed_again_and_again(web: Path, state: Path, rounds: int, seed: int, longest: float) -> None:
    """Start a crawl and kill it with all its processes `rounds` times.

    Of five, one dies somewhere in its start and recovery, one in its first seconds of discovery, the others up to
    `longest` seconds after their first commit: counted from the start of the process, nearly all would die before.
    """
    instants = random.Random(seed)
    state.mkdir(parents=True, exist_ok=True)
    for number in range(rounds):
        log = state.parent / f"round-{number}.log"
        with log.open("wb") as stderr:
            crawl = subprocess.Popen(
                command(web, "-s", "LOG_LEVEL=INFO"),
                cwd=ROOT, env=environment(**variables(state)), stderr=stderr, start_new_session=True,
            )  # fmt: skip
        if number % 5:
            before = batches(state)
            deadline = time.monotonic() + 120
            # One that finds nothing more to do comes to its end.
            while crawl.poll() is None and (
                batches(state) <= before if number % 5 > 1 else b"Spider opened" not in log.read_bytes()
            ):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)
            time.sleep(instants.uniform(0, longest))
        else:
            time.sleep(instants.uniform(0.2, 6))
        # The whole session: crawl, workers, fork server. The embedded server follows its parent.
        with suppress(ProcessLookupError):  # it may just have come to its end
            os.killpg(crawl.pid, signal.SIGKILL)
        # 0: by this instant it had come to its end by itself, which nothing but its speed decides.
        assert crawl.wait(timeout=60) in (-signal.SIGKILL, 0), f"round {number}: {log.read_text()}"


def batches(state: Path) -> int:
    """How many batches the state knows of."""
    try:
        with closing(sqlite3.connect(f"file:{state / 'state.db'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT COUNT(*) FROM batches").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not made yet


def cut_off_after_a_commit(archive: Archive) -> int:
    """How many runs committed something and did not come to their end."""
    ended = {name.split("/")[1] for name in archive.names() if name.endswith("/run.json")}
    return len({record["run_id"] for record in archive.records()} - ended)


def finish(web: Path, state: Path, **extra: str) -> None:
    """A crawl that is let through to its end."""
    last = start(web, state, **extra)
    _, said = last.communicate(timeout=600)
    assert last.returncode == 0, said
