"""The 64-bit keys under which articles lie in the postings: hashes, and those of a MinHash's bands."""

from __future__ import annotations

import numpy as np
import xxhash
from numpy.typing import NDArray

# 8 bands of 4 of the 128 values: a pair at Jaccard 0.8 meets with probability 0.98, at 0.7 with 0.89, at
# 0.05 never. Lower overlaps are the window keys' part; each band costs an index row a story.
BANDS, ROWS = 8, 4


def hash64(data: bytes, seed: int = 0) -> int:
    """A signed 64-bit hash, as SQLite stores integers."""
    return signed(xxhash.xxh3_64_intdigest(data, seed))


def signed(value: int) -> int:
    """An unsigned 64-bit number as the signed one with the same bits."""
    return value - (1 << 64) if value >= 1 << 63 else value


def band_keys(values: NDArray[np.uint32]) -> list[int]:
    """The keys under which `lsh.lsh_over` looks for the values of a MinHash, one a band."""
    # datasketch's key of a band: its values, bytes swapped.
    swapped = values[: BANDS * ROWS].byteswap().tobytes()
    size = len(swapped) // BANDS
    return [hash64(swapped[b * size : (b + 1) * size], b) for b in range(BANDS)]
