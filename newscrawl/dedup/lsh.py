"""datasketch's LSH over our postings.

The logic of MinHashLSH stays the library's; here is what it looks its bands up in. Bands, window keys and whole texts
share the postings, told apart by the seed of the hash (`hashes`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from datasketch import MinHash, MinHashLSH

from newscrawl.dedup.hashes import BANDS, ROWS, hash64
from newscrawl.dedup.pending import Pending
from newscrawl.dedup.postings import Postings
from newscrawl.dedup.signature import SCHEME, SEED, permutations
from newscrawl.items import Signature


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


def lsh_over(postings: Sequence[Postings | Pending], num_perm: int) -> MinHashLSH:
    """A MinHashLSH to be queried, whose tables are rows of all `postings`; `hashes.band_keys` says where it looks."""
    lsh = memory_lsh(num_perm)
    lsh.hashtables = [BandTable(postings, band) for band in range(BANDS)]
    return lsh


def lookup_over(postings: Sequence[Postings | Pending], num_perm: int) -> Callable[[Signature], list[int | str]]:
    """What finds the articles in `postings` that share a band with a signature."""
    lsh = lsh_over(postings, num_perm)

    def meet(signature: Signature) -> list[int | str]:
        found: list[int | str] = lsh.query(minhash_of(signature))
        return found

    return meet


def memory_lsh(num_perm: int) -> MinHashLSH:
    """The same index over datasketch's dict storage."""
    return MinHashLSH(num_perm=num_perm, params=(BANDS, ROWS))
