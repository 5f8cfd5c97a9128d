"""What compacting costs: `python -m benchmarks.stories [--stories 20000 100000]`.

For each size, in a bucket of its own on an embedded server: seconds and peak memory of the process that makes the
stories table of an archive of so many rows, 4 KB of text each, a tenth of them copies, over 30 days; then of one that
folds in a run of 500 more. The slope is what a row more costs.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import new_run_id
from newscrawl.items import Article, Duplicate, Outcome, Relation, Signature
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.compact import compact

_START = datetime(2026, 10, 1, tzinfo=UTC)
_DAYS = 30
_BATCH = 2_000
_MORE = 500
# As words of a language are: of rank r one in r (Zipf). What linking compares are the rare ones.
_VOCABULARY, _LENGTH = 200_000, 256
_WORDS = tuple(f"शब्द{number}" for number in range(_VOCABULARY))


def _article(number: int, of: int, total: int) -> Article:
    ranks = (_VOCABULARY ** np.random.default_rng(of).random(_LENGTH)).astype(int).tolist()
    text = " ".join(_WORDS[rank] for rank in ranks)
    fetched = _START + timedelta(days=_DAYS * number / total)
    return Article(
        id=f"{number:032x}",
        story_id=f"{of:032x}",
        discovered_url=f"https://site{number % 30}.example/{number}",
        url=f"https://site{number % 30}.example/{number}",
        canonical_url=f"https://site{number % 30}.example/{number}",
        site=f"site{number % 30}",
        title=text[:60],
        text=text,
        fetched_at=fetched,
        published_at=fetched - timedelta(hours=2),
        language="hi",
        word_count=_LENGTH,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        signature=Signature(minhash=struct.pack("<4I", number, 2, 3, 4), keys=(number,), shingles=17),
    )


def _outcomes(first: int, last: int, total: int) -> Iterator[Outcome]:
    for number in range(first, last):
        if number % 10 == 9:
            copy = _article(number, number - 1, total)
            yield Duplicate(
                article=copy, duplicate_of=copy.story_id or "", relation=Relation.NEAR, jaccard=0.8, containment=0.9
            )
        else:
            yield _article(number, number, total)


def _fill(server: EmbeddedS3, first: int, last: int, total: int, hour: int) -> None:
    writer = BatchWriter(server.store(), server.location, new_run_id(_START + timedelta(hours=hour)), {})
    for start in range(first, last, _BATCH):
        writer.write(writer.batch(_outcomes(start, min(last, start + _BATCH), total)))


def _compacted(folder: Path) -> tuple[float, int]:
    """Seconds, and peak bytes of memory, of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stories", "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak)


def _compact(folder: Path) -> None:
    server = EmbeddedS3.attach_or_start(folder)
    began = time.monotonic()
    compact(server.store(), server.location)
    print(time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    server.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.folder:
        _compact(arguments.folder)
        return
    table = Table("rows", "made anew", "peak", f"{_MORE} more", "peak")
    peaks = []
    for total in arguments.stories:
        with TemporaryDirectory(prefix="newscrawl-") as folder, EmbeddedS3(Path(folder)) as server:
            _fill(server, 0, total, total, 0)
            seconds, peak = _compacted(Path(folder))
            _fill(server, total, total + _MORE, total, 1)
            more, later = _compacted(Path(folder))
        peaks.append(peak)
        table.add_row(
            f"{total:,}", f"{seconds:.1f} s", f"{peak / 1e6:.0f} MB", f"{more:.1f} s", f"{later / 1e6:.0f} MB"
        )
    console = Console()
    console.print(table)
    if len(peaks) > 1:
        slope = (peaks[-1] - peaks[0]) / (arguments.stories[-1] - arguments.stories[0])
        console.print(f"memory: {slope:.0f} bytes a row more")


if __name__ == "__main__":
    main()
