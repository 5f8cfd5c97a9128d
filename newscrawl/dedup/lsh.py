"""datasketch's LSH over our postings.

The logic of MinHashLSH stays the library's; here is what it looks its bands up in. Bands, window keys and whole texts
share the postings, told apart by the seed of the hash.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xxhash
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from newscrawl.dedup.pending import Pending
from newscrawl.dedup.postings import Postings
from newscrawl.dedup.signature import SCHEME, SEED, permutations
from newscrawl.items import Signature

# 8 bands of 4 of the 128 values: a pair at Jaccard 0.8 meets with probability 0.98, at 0.7 with 0.89, at
# 0.05 never. Lower overlaps are the window keys' part; each band costs an index row a story.
BANDS, ROWS = 8, 4


def hash64(data: bytes, seed: int = 0) -> int:
    """A signed 64-bit hash, as SQLite stores integers."""
    return signed(xxhash.xxh3_64_intdigest(data, seed))


def signed(value: int) -> int:
    """An unsigned 64-bit number as the signed one with the same bits."""
    return value - (1 << 64) if value >= 1 << 63 else value


class BandTable:
    """One band's table as `MinHashLSH.query` asks it: `get` is all it calls, and all there is.

    Keys are bytes, hashed to 64 bits with the band's own seed; a false meeting of two costs one verification. Bands
    are written with a story's other keys (`index_writer`), and leave by expiry.
    """

    def __init__(self, postings: Sequence[Postings | Pending], band: int) -> None:
        self._postings, self._band = postings, band

    def get(self, key: bytes) -> Sequence[int | str]:
        """The articles whose values in this band are `key`."""
        hashed = hash64(key, self._band)
        return [name for postings in self._postings for name in postings.get(hashed)]


def minhash_of(sig: Signature) -> MinHash:
    """The datasketch object of a stored signature; its values are not to be changed."""
    # With the permutations given, none are drawn: that would take ten times as long as all the rest.
    values = np.frombuffer(sig.minhash, "<u4")
    return MinHash(seed=SEED, hashvalues=values, permutations=permutations(), scheme=SCHEME)


def band_keys(values: NDArray[np.uint32]) -> list[int]:
    """The keys under which `lsh_over` looks for the values of a MinHash, one a band."""
    # datasketch's key of a band: its values, bytes swapped.
    swapped = values[: BANDS * ROWS].byteswap().tobytes()
    size = len(swapped) // BANDS
    return [hash64(swapped[b * size : (b + 1) * size], b) for b in range(BANDS)]


def lsh_over(postings: Sequence[Postings | Pending], num_perm: int) -> MinHashLSH:
    """A MinHashLSH to be queried, whose tables are rows of all `postings`; `band_keys` says where it looks."""
    lsh = memory_lsh(num_perm)
    lsh.hashtables = [BandTable(postings, band) for band in range(BANDS)]
    return lsh


def memory_lsh(num_perm: int) -> MinHashLSH:
    """The same index over datasketch's dict storage."""
    return MinHashLSH(num_perm=num_perm, params=(BANDS, ROWS))
