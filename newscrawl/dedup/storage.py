"""datasketch's LSH over our postings, over memory and over Redis.

The logic of MinHashLSH stays the library's; here are its hash tables. Bands, window keys and whole texts
share the postings, told apart by the seed of the hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import xxhash
from numpy.typing import NDArray

from newscrawl.dedup.lsh import MinHash, MinHashLSH, UnorderedStorage, unordered_storage
from newscrawl.dedup.pending import Pending
from newscrawl.dedup.postings import Postings
from newscrawl.dedup.signature import SCHEME, SEED, permutations
from newscrawl.errors import ConfigError
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


class PostingsStorage(UnorderedStorage):  # type: ignore[misc]  # datasketch ships no types
    """A hash table of datasketch over postings: keys are bytes, hashed to 64 bits with the table's own seed.

    A false meeting of two 64-bit keys costs one verification. Tables share their rows, so what lists or
    counts the keys of one table is not offered; MinHashLSH needs it only for statistics.
    """

    def __init__(self, postings: Postings | Pending, seed: int) -> None:
        self._postings = postings
        self._seed = seed

    def _key(self, key: bytes) -> int:
        return hash64(key, self._seed)

    def has_key(self, key: bytes) -> bool:
        return bool(self.get(key))

    def get(self, key: bytes) -> Sequence[int | str]:
        return self._postings.get(self._key(key))

    def insert(self, key: bytes, *vals: int, **kwargs: Any) -> None:
        raise NotImplementedError("bands are written with a story's other keys")

    def remove(self, *keys: bytes, **kwargs: Any) -> None:
        raise NotImplementedError("stories leave by expiry")

    def remove_val(self, key: bytes, val: int, **kwargs: Any) -> None:
        raise NotImplementedError("stories leave by expiry")

    def keys(self) -> Iterator[int]:
        raise NotImplementedError("tables share their rows")

    def size(self) -> int:
        raise NotImplementedError("tables share their rows")

    def itemcounts(self, **kwargs: Any) -> dict[int, int]:
        raise NotImplementedError("tables share their rows")


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


def lsh_over(postings: Postings | Pending, num_perm: int) -> MinHashLSH:
    """A MinHashLSH to be queried, whose tables are rows of `postings`; `band_keys` says where it looks."""
    lsh = memory_lsh(num_perm)
    lsh.hashtables = [PostingsStorage(postings, band) for band in range(BANDS)]
    return lsh


def memory_lsh(num_perm: int) -> MinHashLSH:
    """The same index over datasketch's dict storage."""
    return MinHashLSH(num_perm=num_perm, params=(BANDS, ROWS))


def redis_lsh(url: str, name: str, num_perm: int) -> tuple[MinHashLSH, UnorderedStorage]:
    """The same index over datasketch's own Redis storage, and one more Redis set table for the other keys.

    `url`: redis://[:password@]host[:port][/db]. `name`: prefix of all keys, one for each index.
    """
    config = {"type": "redis", "redis": redis_parameters(url), "basename": name.encode()}
    lsh = MinHashLSH(num_perm=num_perm, params=(BANDS, ROWS), storage_config=config)
    return lsh, unordered_storage(config, name=f"{name}_windows".encode())


def redis_parameters(url: str) -> dict[str, str | int]:
    """The arguments of a Redis client from its URL. Raises `ConfigError`."""
    parts = urlsplit(url)
    db = parts.path.strip("/") or "0"
    if parts.scheme != "redis" or not parts.hostname or not db.isdigit():
        raise ConfigError(f"{url!r} is no Redis address: write redis://HOST:PORT/DB")
    found: dict[str, str | int] = {"host": parts.hostname, "port": parts.port or 6379, "db": int(db)}
    return found | ({"password": parts.password} if parts.password else {})
