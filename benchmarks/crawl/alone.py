"""trafilatura over printed pages on all cores, and nothing else: the least that extraction costs.

    python -m benchmarks.crawl.alone FOLDER COUNT [fast]

`fast` skips trafilatura's metadata and its comparison with other extractors.
"""

from __future__ import annotations

import gzip
import os
import sys
from multiprocessing import Pool
from pathlib import Path

import trafilatura

from benchmarks.crawl.pages import load_web


def extract(job: tuple[Path, bool]) -> bool:
    """Whether there is text on the page."""
    file, fast = job
    html = gzip.decompress(file.read_bytes())
    found = trafilatura.bare_extraction(html, with_metadata=not fast, fast=fast, include_comments=False)
    return found is not None


def main() -> None:
    """Command line; see the module's documentation."""
    web, fast = Path(sys.argv[1]), sys.argv[3:] == ["fast"]
    jobs = [(web / p.file, fast) for p in load_web(web)[: int(sys.argv[2])]]
    with Pool(os.cpu_count()) as pool:
        found = sum(pool.imap_unordered(extract, jobs, chunksize=8))
    if found != len(jobs):
        sys.exit(f"text on {found} of {len(jobs)} pages")


if __name__ == "__main__":
    main()
