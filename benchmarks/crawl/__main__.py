"""A whole crawl beside the obvious Scrapy project, over one web, in one run.

    python -m benchmarks.crawl --pages FOLDER --count 2000 --rounds 3     captured pages, printed 2000 times
    python -m benchmarks.crawl --count 2000                               the demo web's, padded to 100-400 KB
    python -m benchmarks.crawl --slope                                    newscrawl at 1000, 2000, 4000, 8000 pages
    python -m benchmarks.crawl --memory 20000                             memory of its crawl process over 20,000

Run from the repository root on Linux. `--peers PYTHON` names the interpreter of a venv with
`benchmarks/requirements-extraction.txt`; what cannot run there is said and left out. `--markdown FILE` puts the tables
between the file's `<!-- crawl -->` marks. Nothing but loopback is contacted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.crawl import contenders, report
from benchmarks.crawl.contenders import Done, Stage
from benchmarks.crawl.measure import BenchmarkFailed
from benchmarks.crawl.pages import print_web
from newscrawl.server.embedded import EmbeddedS3

SLOPE = (1000, 2000, 4000, 8000)
_ALL = (
    contenders.OURS, contenders.PLAIN, *contenders.PEERS, contenders.FETCH, contenders.ALONE, contenders.ALONE_FAST,
)  # fmt: skip


def compare(stage: Stage, names: list[str], count: int, rounds: int) -> dict[str, list[Done]]:
    """All contenders, one after the other, `rounds` times; the order turns, so that none is always first."""
    for name in names:
        stage.warm_up(name)
    runs: dict[str, list[Done]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            done = stage.run(name, count)
            runs[name].append(done)
            print(f"round {number + 1}: {name}: {report.line(done)}", file=sys.stderr, flush=True)
    return runs


def memory_slope(done: Done) -> float:
    """Bytes that the crawl process grows by with each page: least squares over the second half of the pages."""
    samples = [s for s in done.measured.samples if s.pages >= done.measured.pages / 2]
    if len(samples) < 3:
        raise BenchmarkFailed("too few samples of memory: take more pages")
    return float(np.polyfit([s.pages for s in samples], [s.first for s in samples], 1)[0])


def tables(stage: Stage, asked: argparse.Namespace) -> Iterator[report.Table]:
    """What was asked for."""
    if asked.slope or asked.memory:
        stage.warm_up(contenders.OURS)
    if asked.slope:
        yield report.slope([stage.run(contenders.OURS, count) for count in SLOPE])
    elif asked.memory:
        done = stage.run(contenders.OURS, asked.memory)
        yield report.memory(done, memory_slope(done))
    else:
        names = [name for name in _ALL if not asked.only or name in asked.only]
        for name in list(names):
            if why := stage.missing(name):
                print(f"{name}: left out ({why})", file=sys.stderr)
                names.remove(name)
        runs = compare(stage, names, asked.count, asked.rounds)
        yield report.contenders_table(runs)
        yield report.ratios_table(runs, os.cpu_count() or 1)


def main() -> None:
    """Command line; see the module's documentation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="folder of captured pages; without it the demo web's")
    parser.add_argument("--count", type=int, default=2000, help="pages of a run (default 2000)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender (default 3)")
    parser.add_argument("--only", action="append", choices=_ALL, help="a contender; may be given several times")
    parser.add_argument("--slope", action="store_true", help="newscrawl alone, over more and more pages")
    parser.add_argument("--memory", type=int, metavar="N", help="newscrawl alone, memory over N pages")
    parser.add_argument("--peers", default=sys.executable, help="Python interpreter that has the peers")
    parser.add_argument("--work", type=Path, help="folder to keep the printed pages, logs and the bucket in")
    parser.add_argument("--markdown", type=Path, help="Markdown file with the marks")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newscrawl-bench-") as temporary:
        work: Path = asked.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        count = max(SLOPE) if asked.slope else asked.memory or asked.count
        print(f"printing {count} pages ...", file=sys.stderr, flush=True)
        web = print_web(asked.pages, count, work)
        run_folder = Path(tempfile.mkdtemp(prefix="run-", dir=work))
        try:
            with EmbeddedS3(run_folder / "s3") as s3:
                found = list(tables(Stage(web, s3, run_folder, asked.peers), asked))
        except BenchmarkFailed as e:
            sys.exit(f"no figures: {e}")
    console = Console()
    for table in found:
        console.print(table.rich())
    if asked.markdown:
        report.write(asked.markdown, found)


if __name__ == "__main__":
    main()
