"""Near-duplicate benchmark: `python -m benchmarks.dedup [pairs|collection|scale|signatures] ...`."""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    """Run one part of the benchmark; docs/benchmarks.md has the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dedup", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    pairs = parts.add_parser("pairs", help="labelled pairs, JSON lines of label, text_a, text_b")
    pairs.add_argument("file", type=Path)
    collection = parts.add_parser("collection", help="texts, JSON lines of id, text: what collapses")
    collection.add_argument("file", type=Path)
    collection.add_argument("--sample", type=int, default=0, help="weakest collapses to print")
    options = parser.parse_args()

    from benchmarks import dedup_quality as quality

    if options.part == "pairs":
        quality.pairs(options.file)
    elif options.part == "collection":
        quality.collection(options.file, options.sample)


if __name__ == "__main__":
    main()
