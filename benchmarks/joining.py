"""What `bucket dedupe` costs: `python -m benchmarks.joining [--articles 20000 100000] [--engines "" daft]`.

For each size, a bucket of its own on an embedded server: so many articles of `--words` words, one in `--copies` of them
a copy of an article of another site, committed by shards that do not know of each other. Then, for each engine with a
copy of that bucket (`NEWSCRAWL_ENGINE`; "": none), the seconds, the CPU and the peak memory of a process that reads the
archive back, looks at each article once more and writes what belongs elsewhere, and of the largest of an engine's
processes; of one that does the same again with the state lost; and how many stories were told before, and after.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import new_run_id
from newscrawl.bucket.query import query
from newscrawl.config import ENGINES
from newscrawl.dedup.signature import header, signature
from newscrawl.items import Article
from newscrawl.server.embedded import EmbeddedS3

_VOCABULARY, _SITES, _BATCH = 200_000, 40, 6_000
_NOW = datetime.now(UTC) - timedelta(hours=1)


def _article(number: int, words: int, copies: int) -> Article:
    # One in so many is what its neighbour is, on another site.
    story = number - 1 if number % copies == copies - 1 else number
    ranks = (_VOCABULARY ** np.random.default_rng(story).random(words)).astype(int).tolist()
    text = " ".join(f"शब्द{rank}" for rank in ranks)
    url = f"https://site{number % _SITES}.example/{number}"
    return Article(
        id=f"{number:032x}",
        discovered_url=url,
        url=url,
        canonical_url=url,
        site=f"site{number % _SITES}",
        title=text[:60],
        text=text,
        fetched_at=_NOW + timedelta(milliseconds=number),
        language="hi",
        word_count=words,
        content_sha256=f"{story:064x}",
        signature=signature(text),
    )


def _crawl(server: EmbeddedS3, shard: int, shards: int, articles: int, words: int, copies: int) -> None:
    """What a shard commits. A copy is of another site, and that in another shard: each is a story by itself to it."""
    writer = BatchWriter(server.store(), server.location, new_run_id(datetime.now(UTC)), header())
    numbers = [number for number in range(articles) if number % _SITES % shards == shard]
    for start in range(0, len(numbers), _BATCH):
        made = (_article(number, words, copies) for number in numbers[start : start + _BATCH])
        writer.write(writer.batch(replace(article, story_id=article.id) for article in made))


@dataclass(frozen=True, slots=True)
class _Cost:
    """Seconds, seconds of CPU with those of an engine, peak MB, that of the largest process of an engine."""

    seconds: float
    cpu: float
    peak: float
    largest: float


def _dedupe(server: EmbeddedS3, state: Path, engine: str) -> _Cost:
    environment = os.environ | server.aws_env() | {"NEWSCRAWL_ENGINE": engine, "NEWSCRAWL_STATE_DIR": str(state)}
    environment |= {"NEWSCRAWL_BUCKET": str(server.location)}
    code = (
        "import resource, sys; from scrapy.cmdline import execute; sys.argv[0] = 'scrapy'\n"
        "try: execute()\n"
        "finally:\n"
        "    ours, others = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))\n"
        "    cpu = ours.ru_utime + ours.ru_stime + others.ru_utime + others.ru_stime\n"
        "    print(cpu, ours.ru_maxrss, others.ru_maxrss)"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "bucket", "dedupe"], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    cpu, peak, largest = done.stdout.splitlines()[-1].split()
    return _Cost(time.monotonic() - began, float(cpu), int(peak) / 1024, int(largest) / 1024)


def _told(server: EmbeddedS3) -> int:
    """How many stories there are."""
    rows = query(server.store(), server.location, "SELECT count(DISTINCT story_id) FROM current")[1]
    return int(str(rows[0][0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--words", type=int, default=256)
    parser.add_argument("--copies", type=int, default=5)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--engines", nargs="+", default=[""], choices=ENGINES)
    given = parser.parse_args()
    table = Table("articles", "engine", "stories", "after", "seconds", "CPU", "peak MB", "an engine's", "again")
    for articles in given.articles:
        with TemporaryDirectory() as name:
            folder = Path(name)
            with EmbeddedS3(folder / "crawled") as server:
                for shard in range(given.shards):
                    _crawl(server, shard, given.shards, articles, given.words, given.copies)
                before = _told(server)
            for engine in given.engines:
                shutil.copytree(folder / "crawled", folder / "s3")
                with EmbeddedS3(folder / "s3") as server:
                    cost = _dedupe(server, folder / "join", engine)
                    after = _told(server)
                    again = _dedupe(server, folder / "join-again", engine)
                shutil.rmtree(folder / "s3")
                for state in folder.glob("join*"):
                    shutil.rmtree(state)
                figures = [f"{n:,.0f}" for n in (before, after, cost.seconds, cost.cpu, cost.peak, cost.largest)]
                table.add_row(f"{articles:,}", engine or "none", *figures, f"{again.seconds:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
