"""How evenly rendezvous hashing shares hosts that differ in size: `python -m benchmarks.skew [--hosts 200 1000 10000]`.

A **simulation**: hosts whose pages a day follow Zipf's law with exponent 1 (of rank r a share of 1/r), which is an
assumption. Printed are the pages of the largest shard as a multiple of the mean, the median of nine draws of
host names; and how long the largest host alone takes at a request a second, which no number of shards shortens.
"""

from __future__ import annotations

import argparse
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from newscrawl.fetching.shards import shard_of

_SHARDS = (4, 16, 64)
_DRAWS = 9
_PAGES = 1_000_000
_HOUR = 3600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, nargs="+", default=[200, 1_000, 10_000])
    given = parser.parse_args()
    table = Table("hosts", "largest host", *(f"largest of {shards} shards" for shards in _SHARDS))
    for hosts in given.hosts:
        sizes = 1 / np.arange(1, hosts + 1)
        sizes *= _PAGES / sizes.sum()
        row = []
        for shards in _SHARDS:
            owners = ([shard_of(f"host-{draw}-{n}.example", shards) for n in range(hosts)] for draw in range(_DRAWS))
            loads = [np.bincount(owner, sizes, shards) for owner in owners]
            row.append(f"{median(float(load.max() / load.mean()) for load in loads):.1f} times the mean")
        table.add_row(f"{hosts:,}", f"{sizes[0]:,.0f} pages, {sizes[0] / _HOUR:.0f} h", *row)
    console = Console()
    console.print(f"{_PAGES:,} pages a day, Zipf, a request a second to a host")
    console.print(table)


if __name__ == "__main__":
    main()
