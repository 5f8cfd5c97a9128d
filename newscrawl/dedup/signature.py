"""A text's signature: shingles, their MinHash, and sentence keys; all hashing vectorised with NumPy.

The MinHash equals datasketch's own (`MinHash.update_batch` over the same 32-bit shingle hashes, scheme
"affine32"): a test compares them. Only the loop over shingles is ours, because the library calls a
Python hash function once a shingle, and that is where its time goes.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from newscrawl import hindi
from newscrawl.items import Signature

# Word 3-grams: on the labelled pairs, containment of word 3-grams separates copies and versions from
# events best of word-n and char-n shingles (DESIGN.md, facts).
SHINGLE_WORDS = 3
# 128 permutations: standard error of a Jaccard estimate 1/sqrt(128) = 0.09; the estimate only proposes.
NUM_PERM = 128
SEED = 1
SCHEME = "affine32"
# A sentence of under 8 words ("उन्होंने यह बात कही।") circulates between unrelated stories.
KEY_MIN_WORDS = 8
# More sentences than this do not find a known story any better, and each costs an index row.
MAX_KEYS = 24

_LONGEST_WORD = 64
# Odd multipliers of a polynomial rolling hash modulo 2^64 and of the positions in a shingle
# (golden-ratio and splitmix64 constants: any odd numbers with well-spread bits do).
_BASE = 0x9E3779B97F4A7C15
_POWERS = np.array([pow(_BASE, i, 1 << 64) for i in range(_LONGEST_WORD)], dtype=np.uint64)
_POSITION = np.array([0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93], dtype=np.uint64)


def _mix(h: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """MurmurHash3's 64-bit finaliser, element by element."""
    h = h ^ (h >> np.uint64(33))
    h = h * np.uint64(0xFF51AFD7ED558CCD)
    h = h ^ (h >> np.uint64(33))
    h = h * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


def word_hashes(words: list[str]) -> NDArray[np.uint64]:
    """Hash each word to 64 bits: a polynomial over its code points, mixed. Shape: (len(words),)."""
    if not words:
        return np.empty(0, np.uint64)
    codes = np.frombuffer(" ".join(words).encode("utf-32-le"), np.uint32).astype(np.uint64)
    starts = np.concatenate(([0], np.flatnonzero(codes == ord(" ")) + 1))
    offset = np.arange(len(codes)) - np.repeat(starts, np.diff(np.append(starts, len(codes))))
    terms = codes * _POWERS[np.minimum(offset, _LONGEST_WORD - 1)]
    terms[codes == ord(" ")] = 0
    return _mix(np.add.reduceat(terms, starts))


def shingle_hashes(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Distinct 64-bit hashes of the word 3-grams, sorted. A text shorter than that is one shingle."""
    n = len(hashes)
    if n == 0:
        return hashes
    width = min(SHINGLE_WORDS, n)
    total = np.zeros(n - width + 1, np.uint64)
    for i in range(width):
        total += hashes[i : n - width + 1 + i] * _POSITION[i]
    return np.unique(_mix(total))


def shingles(text: str) -> NDArray[np.uint64]:
    """The shingle set of a text, as verification compares it: sorted distinct 64-bit hashes."""
    return shingle_hashes(word_hashes(hindi.words(hindi.fold(text))))


@cache
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    a, b = MinHash(num_perm=NUM_PERM, seed=SEED, scheme=SCHEME).permutations
    return a, b


def _fmix32(h: NDArray[np.uint32]) -> NDArray[np.uint32]:
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def minhash_values(shingle_set: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The MinHash of a shingle set (low 32 bits of each hash), as datasketch computes it."""
    if not len(shingle_set):
        return np.full(NUM_PERM, 0xFFFFFFFF, np.uint32)
    a, b = _permutations()
    hashes = _fmix32(shingle_set.astype(np.uint32))
    values: NDArray[np.uint32] = (a[:, None] * hashes[None, :] + b[:, None]).min(axis=1)
    return values


def sentence_keys(text: str) -> tuple[int, ...]:
    """64-bit fingerprints of the longer sentences, in order: the key that sees a copy inside a text."""
    keys: dict[int, None] = {}
    for sentence in hindi.sentences(text):
        hashes = word_hashes(hindi.words(hindi.fold(sentence)))
        if len(hashes) >= KEY_MIN_WORDS:
            position = np.arange(1, len(hashes) + 1, dtype=np.uint64) * np.uint64(_BASE)
            keys[int(_mix((hashes * (position | np.uint64(1))).sum(keepdims=True))[0])] = None
        if len(keys) == MAX_KEYS:
            break
    return tuple(keys)


def signature(text: str) -> Signature:
    """Return what near-duplicate detection keeps of `text` (clean story text, paragraphs by newline)."""
    shingle_set = shingles(text)
    return Signature(
        minhash=minhash_values(shingle_set).astype("<u4").tobytes(),
        keys=sentence_keys(text),
        shingles=len(shingle_set),
    )


def minhash_of(sig: Signature) -> MinHash:
    """The datasketch object of a stored signature."""
    return MinHash(seed=SEED, hashvalues=np.frombuffer(sig.minhash, "<u4"), scheme=SCHEME)


def header() -> dict[str, str | int]:
    """What made an index (DESIGN.md, invariant 7); a mismatch at open is refused."""
    from importlib.metadata import version

    return {
        "normalizer": hindi.NORMALIZER_VERSION,
        "shingling": f"word-{SHINGLE_WORDS}",
        "num_perm": NUM_PERM,
        "seed": SEED,
        "scheme": SCHEME,
        "keys": f"sentence-{KEY_MIN_WORDS}-{MAX_KEYS}",
        "datasketch": version("datasketch").partition(".")[0],
    }
