"""`make bench`: every benchmark that needs nothing but this checkout, and, where NEWSCRAWL_SHARED names the
measuring data, those over it. Peers are compared where they are installed; see benchmarks/requirements-*.txt.

Those that run for half an hour are not among them: `python -m benchmarks.dedup scale --size 10000000`, the whole
crawl's over more pages (`python -m benchmarks.crawl --help`), an hourly year (`python -m benchmarks.runs --runs 9000`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

shared = os.environ.get("NEWSCRAWL_SHARED")
runs = [["extraction", "--demo"], ["languages"], ["dedup", "demo"], ["dedup", "scale", "--size", "100000"]]
runs += [["runs", "--runs", "0", "500"], ["watching"], ["revisits", "--seeds", "11", "--spread", "1.5"]]
runs += [["crawl", "--count", "500", "--rounds", "1"]]
if shared:
    texts = Path(shared) / "texts"
    for over_pages in (runs[0], runs[-1]):
        over_pages += ["--pages", str(Path(shared) / "pages")]
    runs += [
        ["dedup", "pairs", str(texts / "neardup_dev.jsonl.gz")],
        ["dedup", "pairs", str(texts / "neardup_dev2.jsonl.gz")],
        ["dedup", "state", str(texts / "ddnews_dev.jsonl.gz")],
        ["dedup", "collection", str(texts / "ddnews_dev.jsonl.gz")],
        ["dedup", "signatures", str(texts / "ddnews_dev.jsonl.gz")],
    ]
    sets = ("scrapinghub", "fundus", "fundus_evaluation", "wcxb")
    runs += [["links"]]
    runs += [["public_pages", *(str(Path(shared) / "extraction" / name) for name in sets)]]
else:
    print("NEWSCRAWL_SHARED is not set: the benchmarks over real texts are left out\n")
failed = []
for name, *arguments in runs:
    print(f"== python -m benchmarks.{name} {' '.join(arguments)}\n", flush=True)
    if subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments]).returncode:
        failed.append(name)
sys.exit(f"failed: {', '.join(failed)}" if failed else 0)
