"""A text's signature: shingles, their MinHash, and window keys; all hashing vectorised with NumPy.

The MinHash equals datasketch's own (`MinHash.update_batch` over the same 32-bit shingle hashes, scheme
"affine32"): a test compares them. Only the loop over shingles is ours, because the library calls a
Python hash function once a shingle, and that is where its time goes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.words import Words, mix, words_of
from newscrawl.items import Article, Signature
from newscrawl.text import hindi

# Word 3-grams: on the labelled pairs they separate copies and versions from events better than longer
# word and char shingles (docs/dedup.md has the table).
SHINGLE_WORDS = 3
# 128 permutations: standard error of a Jaccard estimate 1/sqrt(128) = 0.09; the estimate only proposes.
NUM_PERM = 128
SEED = 1
SCHEME = "affine32"
# Window keys are winnowed fingerprints (Schleimer, Wilkerson, Aiken, SIGMOD 2003): of every 20 word 6-grams
# in a row the one with the smallest hash, so two texts that share 25 words in a row share a key. Of the 116 labelled
# pairs that verification accepts these miss 2, 7-grams 6; 5-grams with a window of 14 miss none and need 6 keys more.
KEY_WORDS = 6
KEY_WINDOW = 20
# A short text has two or three such keys, and a version of it few of these: its windows are smaller, a sixth of it, so
# that it has about a dozen, the longer text's among them. Of 231 pairs of a collection that verification accepts, the
# shorter under 200 words, 10 met nowhere, now 2, for 1.1 keys a story more; a fourth or an eighth does no better.
KEY_WINDOWS = 6
# Of a long text the smallest hashes stay, which is the same choice in both texts of a pair. Each key costs an
# index row; a story of 250 words has 15.
MAX_KEYS = 24

# Odd multipliers that tell the places in an n-gram apart (powers of a splitmix64 constant).
_POSITION = np.array([pow(0xBF58476D1CE4E5B9, 2 * i + 1, 1 << 64) for i in range(KEY_WORDS)], dtype=np.uint64)


def ngrams(hashes: NDArray[np.uint64], width: int) -> NDArray[np.uint64]:
    """64-bit hashes of the word n-grams in order, at most KEY_WORDS wide. A text shorter than that is one n-gram."""
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
def permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Multipliers and summands of the MinHash permutations, as datasketch draws them for NUM_PERM, SEED and SCHEME.

    From a file that a test compares with the library: to import it here would cost each worker SciPy, 70 MB.
    """
    a, b = np.load(Path(__file__).with_name("permutations.npy"))
    return a, b


def _fmix32(h: NDArray[np.uint32]) -> NDArray[np.uint32]:
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def minhash_values(shingle_hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The MinHash of a shingle set (low 32 bits of each hash), as datasketch computes it."""
    if not len(shingle_hashes):
        return np.full(NUM_PERM, 0xFFFFFFFF, np.uint32)
    a, b = permutations()
    permuted = a[:, None] * _fmix32(shingle_hashes.astype(np.uint32))
    permuted += b[:, None]
    values: NDArray[np.uint32] = permuted.min(axis=1)
    return values


def window_keys(words: Words) -> tuple[int, ...]:
    """64-bit fingerprints of word windows, ascending: the keys that see a part of a text in another."""
    grams = ngrams(words.hashes, KEY_WORDS)
    if not len(grams):
        return ()
    width = min(KEY_WINDOW, max(1, len(grams) // KEY_WINDOWS))
    windows = np.lib.stride_tricks.sliding_window_view(grams, width)
    return tuple(np.unique(windows.min(axis=1))[:MAX_KEYS].tolist())


def signature(text: str) -> Signature:
    """Return what near-duplicate detection keeps of `text` (clean story text, paragraphs by newline)."""
    return signature_of(words_of(text))


def of_its_text(article: Article) -> Article:
    """The article with hash, count and signature of the text that it has: a pipeline of a project's may have changed it
    since they were made."""
    digest = hashlib.sha256(article.text.encode()).hexdigest()
    if digest == article.content_sha256:
        return article
    words = sum(hindi.word_count(line) for line in article.text.split("\n"))
    return replace(article, content_sha256=digest, word_count=words, signature=signature(article.text))


def signature_of(words: Words) -> Signature:
    """The signature of a text that is cut into words already."""
    shingle_hashes = shingle_set(words)
    return Signature(
        minhash=minhash_values(shingle_hashes).astype("<u4", copy=False).tobytes(),
        keys=window_keys(words),
        shingles=len(shingle_hashes),
    )


def header() -> dict[str, str | int]:
    """What made an index (docs/architecture.md, invariant 7); a mismatch at open is refused."""
    return {
        "normalizer": hindi.NORMALIZER_VERSION,
        "shingling": f"word-{SHINGLE_WORDS}",
        "num_perm": NUM_PERM,
        "seed": SEED,
        "scheme": SCHEME,
        "keys": f"winnow-{KEY_WORDS}-{KEY_WINDOW}-{MAX_KEYS}-{KEY_WINDOWS}",
        "datasketch": version("datasketch").partition(".")[0],
    }
