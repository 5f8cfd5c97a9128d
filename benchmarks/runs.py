"""What many small runs cost: `python -m benchmarks.runs [--runs 500 9000] [--folder KEPT] [--without]`.

For each size, a bucket of so many runs (an hourly year is 9,000) on an embedded server, each run one batch of 10 pages,
written by the real batch writer. Seconds of `bucket stats`, `bucket query`, `bucket check`, of a start whose state is
up to date, and of a state that was lost, before and after the runs are rolled up. `--folder` keeps the bucket, and goes
on with one that is there; `--without` leaves the roll-up out, for releases that have none.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from newscrawl.archive.archive import Archive
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import run_key
from newscrawl.dedup.signature import header, signature
from newscrawl.items import Article, Duplicate, Outcome, Reason, Reject, Relation, Unchanged
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State

# The last run ended an hour ago: a clock that differs from the archive's is refused.
_HOUR = timedelta(hours=1)
# What a crawl has by default (NEWSCRAWL_DEDUP_DAYS).
_WINDOW = timedelta(days=90)
_WORDS = tuple(f"शब्द{number}" for number in range(256))
# Six stories, two copies, a reject and a page that did not change: what an hour brings of a few small sites.
_STORIES, _COPIES = 6, 2
_THREADS = 4
_COUNT = "SELECT count(*) FROM articles"


def _article(number: int, of: int, fetched: datetime) -> Article:
    seed = hashlib.sha256(str(of).encode()).digest() + hashlib.sha256(str(of + 1_000_000).encode()).digest()
    text = " ".join(_WORDS[byte] for byte in seed * 3)
    url = f"https://site{number % 30}.example/khabar/{number}"
    return Article(
        id=f"{number:032x}",
        story_id=f"{of:032x}",
        discovered_url=url,
        url=url,
        canonical_url=url,
        site=f"site{number % 30}",
        title=text[:60],
        text=text,
        fetched_at=fetched,
        published_at=fetched - timedelta(hours=2),
        language="hi",
        word_count=len(seed) * 3,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        signature=signature(text),
    )


def _outcomes(run: int, at: datetime) -> Iterator[Outcome]:
    first = run * 10
    for number in range(first, first + _STORIES):
        yield _article(number, number, at + timedelta(seconds=number - first))
    for number in range(first + _STORIES, first + _STORIES + _COPIES):
        copy = _article(number, first, at + timedelta(seconds=number - first))
        yield Duplicate(
            article=copy, duplicate_of=f"{first:032x}", relation=Relation.EXACT, jaccard=1.0, containment=1.0
        )
    url = f"https://site{run % 30}.example/gaya/{run}"
    yield Reject(url=url, site=f"site{run % 30}", fetched_at=at, reason=Reason.GONE, http_status=404)
    url = f"https://site{run % 30}.example/khabar/{first}"
    yield Unchanged(discovered_url=url, url=url, site="a", fetched_at=at, article_id=f"{first:032x}")


def fill(server: EmbeddedS3, first: int, last: int, end: datetime) -> None:
    """Store runs `first` to `last` - 1, an hour apart, the last of them an hour before `end`."""
    store = server.store()

    def write(run: int) -> None:
        at = end - (last - run) * _HOUR
        run_id = f"{at:%Y%m%dT%H%M%SZ}-{run:06x}"
        writer = BatchWriter(store, server.location, run_id, header())
        writer.write(writer.batch(_outcomes(run, at)))
        writer.write_run({"run_id": run_id, "funnel": {"fetched": 10}}, "<!doctype html><title>run</title>")

    with ThreadPoolExecutor(_THREADS) as pool:
        for done, _ in enumerate(pool.map(write, range(first, last))):
            if done % 1_000 == 999:
                print(f"{done + 1:,} runs written", file=sys.stderr, flush=True)


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _command(server: EmbeddedS3, folder: Path, *arguments: str, times: int = 3) -> float:
    """Seconds of `scrapy bucket ARGUMENTS`, the start of Python included: the best of some."""
    bucket = {"NEWSCRAWL_BUCKET": str(server.location), "NEWSCRAWL_STATE_DIR": str(folder)}
    environment = os.environ | server.aws_env() | bucket
    command = [sys.executable, "-m", "scrapy", "bucket", *arguments]
    return min(
        _timed(lambda: subprocess.run(command, env=environment, check=True, capture_output=True)) for _ in range(times)
    )


def _archive(server: EmbeddedS3, folder: Path) -> Archive:
    return Archive(State(folder), server.store(), server.location, window=_WINDOW)


def _start(server: EmbeddedS3, folder: Path) -> float:
    """Seconds of what a run does before it may begin, with this state."""

    def begin() -> None:
        archive = _archive(server, folder)
        archive.recover()
        archive.state.close()

    return _timed(begin)


def _measure(server: EmbeddedS3, *, check: bool) -> dict[str, float]:
    with TemporaryDirectory(prefix="newscrawl-") as folder:
        state = Path(folder)
        found = {
            "stats": _command(server, state, "stats"),
            "query count(*)": _command(server, state, "query", _COUNT),
            "lost state caught up": _start(server, state),
        }
        found["start, up to date"] = min(_start(server, state) for _ in range(3))
        if check:
            found["check"] = _command(server, state, "check", times=1)
        return found


def _sized(runs: int, folder: Path, arguments: argparse.Namespace, columns: dict[str, dict[str, float]]) -> None:
    with EmbeddedS3(folder) as server:
        there = sum(1 for key, _ in server.store().list("runs/") if key.endswith(run_key("")[-8:]))
        if there < runs:
            fill(server, there, runs, datetime.now(UTC))
        if not arguments.rolled:
            columns[f"{runs:,} runs"] = _measure(server, check=not arguments.no_check)
        if not arguments.without:
            from newscrawl.bucket.rolling import roll_up

            seconds = _timed(lambda: roll_up(server.store(), server.location))
            columns[f"{runs:,}, rolled up"] = _measure(server, check=not arguments.no_check)
            columns[f"{runs:,}, rolled up"]["rolling up"] = seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[0, 500])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--without", action="store_true", help="no roll-up")
    parser.add_argument("--rolled", action="store_true", help="after the roll-up alone")
    parser.add_argument("--no-check", action="store_true", help="leave `bucket check` out: it reads every object")
    arguments = parser.parse_args()
    columns: dict[str, dict[str, float]] = {}
    for runs in arguments.runs:
        if arguments.folder:
            _sized(runs, arguments.folder / str(runs), arguments, columns)
        else:
            with TemporaryDirectory(prefix="newscrawl-") as folder:
                _sized(runs, Path(folder), arguments, columns)
    table = Table("seconds", *columns)
    for what in dict.fromkeys(name for column in columns.values() for name in column):
        table.add_row(what, *(f"{column[what]:.2f}" if what in column else "" for column in columns.values()))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
