"""A text's signature: shingles, their MinHash, and sentence keys; all hashing vectorised with NumPy.

The MinHash equals datasketch's own (`MinHash.update_batch` over the same 32-bit shingle hashes, scheme
"affine32"): a test compares them. Only the loop over shingles is ours, because the library calls a
Python hash function once a shingle, and that is where its time goes.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from newscrawl import hindi
from newscrawl.dedup.words import BASE, Words, mix, words_of
from newscrawl.items import Signature

# Word 3-grams: on the labelled pairs they separate copies and versions from events better than longer
# word and char shingles (docs/dedup.md has the table).
SHINGLE_WORDS = 3
# 128 permutations: standard error of a Jaccard estimate 1/sqrt(128) = 0.09; the estimate only proposes.
NUM_PERM = 128
SEED = 1
SCHEME = "affine32"
# A sentence of under 8 words ("उन्होंने यह बात कही।") circulates between unrelated stories.
KEY_MIN_WORDS = 8
# More sentences than this do not find a known story any better, and each costs an index row.
MAX_KEYS = 24

# Odd multipliers that tell the places in a shingle apart (splitmix64 constants).
_POSITION = np.array(
    [0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], dtype=np.uint64
)


def ngrams(hashes: NDArray[np.uint64], width: int) -> NDArray[np.uint64]:
    """64-bit hashes of the word n-grams in order, at most 4 wide. A text shorter than that is one n-gram."""
    n = len(hashes)
    width = min(width, n)
    if not width:
        return hashes
    total = np.zeros(n - width + 1, np.uint64)
    for i in range(width):
        total += hashes[i : n - width + 1 + i] * _POSITION[i]
    return mix(total)


def shingle_set(words: Words) -> NDArray[np.uint64]:
    """The distinct word 3-grams as sorted hashes: what Jaccard and containment are computed over."""
    return np.unique(ngrams(words.hashes, SHINGLE_WORDS))


def shingles(text: str) -> NDArray[np.uint64]:
    """The shingle set of a text."""
    return shingle_set(words_of(text))


@cache
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    a, b = MinHash(num_perm=NUM_PERM, seed=SEED, scheme=SCHEME).permutations
    return a[:, None], b[:, None]


def _fmix32(h: NDArray[np.uint32]) -> NDArray[np.uint32]:
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def minhash_values(shingle_hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The MinHash of a shingle set (low 32 bits of each hash), as datasketch computes it."""
    if not len(shingle_hashes):
        return np.full(NUM_PERM, 0xFFFFFFFF, np.uint32)
    a, b = _permutations()
    permuted = a * _fmix32(shingle_hashes.astype(np.uint32))
    permuted += b
    values: NDArray[np.uint32] = permuted.min(axis=1)
    return values


def sentence_keys(words: Words) -> tuple[int, ...]:
    """64-bit fingerprints of the longer sentences, in order: the key that sees a copy inside a text."""
    if not len(words):
        return ()
    lengths = np.diff(words.sentences, append=len(words))
    place = np.arange(len(words)) - np.repeat(words.sentences, lengths)
    # Odd multipliers: each place its own, so that the order of words counts.
    weights = (place.astype(np.uint64) + np.uint64(1)) * np.uint64(BASE) | np.uint64(1)
    keys = mix(np.add.reduceat(words.hashes * weights, words.sentences))[lengths >= KEY_MIN_WORDS]
    return tuple(dict.fromkeys(keys.tolist()))[:MAX_KEYS]


def signature(text: str) -> Signature:
    """Return what near-duplicate detection keeps of `text` (clean story text, paragraphs by newline)."""
    words = words_of(text)
    shingle_hashes = shingle_set(words)
    return Signature(
        minhash=minhash_values(shingle_hashes).astype("<u4", copy=False).tobytes(),
        keys=sentence_keys(words),
        shingles=len(shingle_hashes),
    )


def minhash_of(sig: Signature) -> MinHash:
    """The datasketch object of a stored signature."""
    return MinHash(seed=SEED, hashvalues=np.frombuffer(sig.minhash, "<u4"), scheme=SCHEME)


def header() -> dict[str, str | int]:
    """What made an index (DESIGN.md, invariant 7); a mismatch at open is refused."""
    return {
        "normalizer": hindi.NORMALIZER_VERSION,
        "shingling": f"word-{SHINGLE_WORDS}",
        "num_perm": NUM_PERM,
        "seed": SEED,
        "scheme": SCHEME,
        # "b": sentences are cut in the folded text, also at a full stop without a space behind it.
        "keys": f"sentence-{KEY_MIN_WORDS}-{MAX_KEYS}b",
        "datasketch": version("datasketch").partition(".")[0],
    }
