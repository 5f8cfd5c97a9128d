"""Words, shingles, MinHash and window keys."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import regex
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.dedup.lsh import minhash_of
from newscrawl.dedup.match import compare
from newscrawl.dedup.signature import (
    KEY_WINDOW,
    KEY_WORDS,
    MAX_KEYS,
    NUM_PERM,
    SCHEME,
    SEED,
    of_its_text,
    shingle_set,
    shingles,
    signature,
)
from newscrawl.dedup.words import words_of
from newscrawl.text import hindi
from tests.dedup.hindi_texts import story
from tests.samples import OTHER, STORY, article

devanagari = st.text(st.sampled_from("कखगराािी्ं़ँ०१23aB .,।\n-ॐ") | st.characters(codec="utf-8"), max_size=60)


@given(devanagari)
def test_the_words_are_those_of_hindi_words_over_the_folded_text(text: str) -> None:
    expected = hindi.words(hindi.fold(text))
    found = words_of(text)
    assert len(found) == len(expected)
    # Equal words hash alike, different ones do not.
    assert len(set(found.hashes.tolist())) == len(set(expected))
    assert [bool(n) for n in found.numbers] == [bool(regex.match(r"\p{N}", w)) for w in expected]


def test_spellings_that_papers_vary_hash_alike() -> None:
    assert np.array_equal(shingles("हिन्दी में क़ानून की बात हँसकर"), shingles("हिंदी में कानून की बात हंसकर"))


@pytest.mark.parametrize("text", [" ".join(story(1)), "एक दो", "एक", ""])
def test_the_minhash_is_the_one_that_datasketch_computes(text: str) -> None:
    hashes = shingles(text).astype(np.uint32)
    theirs = MinHash(num_perm=NUM_PERM, seed=SEED, scheme=SCHEME, hashfunc=int)
    theirs.update_batch(hashes.tolist())
    assert np.array_equal(minhash_of(signature(text)).hashvalues, theirs.hashvalues)


def test_the_order_of_words_makes_other_shingles() -> None:
    assert not np.intersect1d(shingles("क ख ग"), shingles("ग ख क")).size


def test_texts_that_share_a_window_share_a_key() -> None:
    shared = " ".join(" ".join(story(1, 3)).split()[: KEY_WORDS + KEY_WINDOW - 1])
    a = f"{' '.join(story(2, 4))} {shared} {' '.join(story(3, 4))}"
    b = f"{' '.join(story(4, 4))} {shared}"
    assert set(signature(a).keys) & set(signature(b).keys)


def test_a_long_text_keeps_its_smallest_keys() -> None:
    keys = signature(" ".join(story(1, 200))).keys
    assert len(keys) == MAX_KEYS and list(keys) == sorted(keys)


def test_an_empty_text_has_a_signature_without_keys() -> None:
    assert signature("").keys == () and signature("").shingles == 0
    assert not len(shingle_set(words_of("।?!")))


def test_versions_of_a_brief_share_a_key_though_they_share_no_run_as_long_as_a_window() -> None:
    """Of the window alone a text of forty words has two keys or three, and another's version few of these."""
    met = 0
    for seed in range(50):
        brief = " ".join(story(seed, 3)).split()
        retold = list(brief)
        for place in (3, 17, 31):
            retold[place] = "दोबारा"
        assert compare(words_of(" ".join(brief)), words_of(" ".join(retold))).relation is not None
        met += bool(set(signature(" ".join(brief)).keys) & set(signature(" ".join(retold)).keys))
    assert met >= 45, "with windows of 20 it is 36"


def test_a_short_text_in_a_long_one_that_shares_a_window_shares_a_key() -> None:
    """Keys of the short text are of smaller windows; those of the long one's are among them."""
    for seed in range(20):
        shared = " ".join(" ".join(story(seed, 3)).split()[: KEY_WORDS + KEY_WINDOW - 1])
        long = f"{' '.join(story(seed + 100, 5))} {shared} {' '.join(story(seed + 200, 5))}"
        assert set(signature(long).keys) & set(signature(f"{shared} {' '.join(story(seed + 300, 1))}").keys)


def test_an_article_whose_text_a_project_changed_has_the_signature_of_that_text() -> None:
    made = article(OTHER)
    assert of_its_text(made) is made
    changed = of_its_text(replace(made, text=f"{STORY}\nयह पंक्ति बाद में जोड़ी गई।"))
    assert changed.signature == signature(changed.text) != made.signature
    assert changed.content_sha256 == hashlib.sha256(changed.text.encode()).hexdigest()
    assert changed.word_count > made.word_count and changed.id == made.id
