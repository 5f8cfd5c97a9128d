"""What `bucket dedupe` costs: `python -m benchmarks.joining [--articles 20000 60000] [--shards 4]`.

For each size, a bucket of its own on an embedded server: so many articles of 256 words, a fifth of them copies of an
article of another site, committed by shards that do not know of each other. Then the seconds, the CPU and the peak
memory of a process that reads the archive back, looks at each article once more and writes what belongs elsewhere; of
one that does the same again; and how many stories were told by more than one shard before, and after.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from newscrawl.archive.archive import Archive
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import new_run_id
from newscrawl.bucket.query import query
from newscrawl.dedup.judge import judge
from newscrawl.dedup.signature import header, signature
from newscrawl.items import Article, Unchanged
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State

_VOCABULARY, _LENGTH, _SITES, _BATCH = 200_000, 256, 40, 2_000
_NOW = datetime.now(UTC) - timedelta(hours=1)


def _article(number: int) -> Article:
    # Every fifth is what its neighbour is, on another site.
    story = number - 1 if number % 5 == 4 else number
    ranks = (_VOCABULARY ** np.random.default_rng(story).random(_LENGTH)).astype(int).tolist()
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
        word_count=_LENGTH,
        content_sha256=f"{story:064x}",
        signature=signature(text),
    )


def _crawl(server: EmbeddedS3, folder: Path, shard: int, shards: int, articles: int) -> None:
    archive = Archive(State(folder / f"shard-{shard}"), server.store(), server.location)
    writer = BatchWriter(server.store(), server.location, new_run_id(datetime.now(UTC)), header())
    # A site is in one shard.
    numbers = [number for number in range(articles) if number % _SITES % shards == shard]
    for start in range(0, len(numbers), _BATCH):
        verdicts = [judge(_article(number), archive.index) for number in numbers[start : start + _BATCH]]
        batch = writer.batch(replace(v) for v in verdicts if not isinstance(v, Unchanged))
        archive.index.forget_pending(archive.remember(writer.write(batch), batch))
    archive.state.close()


def _dedupe(server: EmbeddedS3, state: Path) -> tuple[float, float, float]:
    """Seconds, seconds of CPU and peak MB."""
    environment = os.environ | server.aws_env()
    environment |= {"NEWSCRAWL_BUCKET": str(server.location), "NEWSCRAWL_STATE_DIR": str(state)}
    code = (
        "import resource, sys; from scrapy.cmdline import execute; sys.argv[0] = 'scrapy'\n"
        "try: execute()\n"
        "finally: u = resource.getrusage(resource.RUSAGE_SELF); print(u.ru_utime + u.ru_stime, u.ru_maxrss)"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "bucket", "dedupe"], env=environment, capture_output=True, text=True, check=True
    )
    cpu, peak = done.stdout.splitlines()[-1].split()
    return time.monotonic() - began, float(cpu), int(peak) / 1024


def _told(server: EmbeddedS3) -> tuple[int, int]:
    """Stories, and articles that fell to another's."""
    rows = query(server.store(), server.location, "SELECT story_id FROM current")[1]
    stories = Counter(str(story) for (story,) in rows)
    return len(stories), sum(stories.values()) - len(stories)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[20_000, 60_000])
    parser.add_argument("--shards", type=int, default=4)
    given = parser.parse_args()
    table = Table("articles", "stories before", "after", "seconds", "CPU", "peak MB", "again", "articles a second")
    for articles in given.articles:
        with TemporaryDirectory() as name, EmbeddedS3(Path(name) / "s3") as server:
            for shard in range(given.shards):
                _crawl(server, Path(name), shard, given.shards, articles)
            before, _ = _told(server)
            seconds, cpu, peak = _dedupe(server, Path(name) / "join")
            after, _ = _told(server)
            again, *_ = _dedupe(server, Path(name) / "join")
            figures = (before, after, f"{seconds:.1f}", f"{cpu:.1f}", f"{peak:.0f}", f"{again:.1f}")
            table.add_row(f"{articles:,}", *map(str, figures), f"{articles / seconds:,.0f}")
    Console().print(table)
    print(f"peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
