"""Whether two texts are one form filled in twice: two accidents, two openings, the power cuts of two quarters.

A police report has its places for the village, the driver, the victim and the officer. Where a form is filled in anew
each of these changes once, and so do the words for which an editor puts synonyms into a copy. What tells the two apart:
a synonym is one word for one word ("मदद", "सहयोग") and never the doer's name; a form's names are of two words or stand
before "ने".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.naming import skeleton
from newscrawl.dedup.words import Words, words_of

# A name with its office, age and father's name; what is longer is a sentence of one's own.
_LONGEST = 8

# These name nothing here: a toll that rose by noon is a correction, and the next paper's "कल" is this one's "रविवार".
_COUNTED_AND_TIMED = """
एक दो तीन चार पांच छह छः सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस इक्कीस बाईस तेईस चौबीस पच्चीस
छब्बीस सत्ताईस अट्ठाईस उनतीस तीस पैंतीस चालीस पैंतालीस पचास साठ सत्तर अस्सी नब्बे सौ सैकड़ों दर्जन डेढ़ ढाई साढ़े सवा पौने दोनों तीनों चारों
सोमवार मंगलवार बुधवार गुरुवार बृहस्पतिवार शुक्रवार शनिवार रविवार सुबह तड़के दोपहर शाम रात देर बीती बीते
"""
# Stands behind who did or said something.
_BEHIND_A_DOER = "ने"


@dataclass(frozen=True, slots=True)
class Refilled:
    """In how many `places` two texts fill one form otherwise, and how often there with `names`: one for two words or
    more on both sides, one for who does or says something."""

    places: int = 0
    names: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """A text that is compared. `own`: its words that name something which the other has in no spelling; `shared`: those
    in runs that both have, between which the fillings lie."""

    words: Words
    own: NDArray[np.bool_]
    shared: NDArray[np.bool_]


def refilled(a: Side, b: Side) -> Refilled:
    """How often a stretch of at most 8 words stands, between the same two words, for another one of the other text,
    and each names what the other text does not."""
    own_a, own_b = (side.own & ~np.isin(side.words.hashes, _counted_and_timed()) for side in (a, b))
    ours, theirs = _places(a, own_a), _places(b, own_b)
    places = names = 0
    for frame in ours.keys() & theirs.keys():
        for one, other in zip(ours[frame], theirs[frame], strict=False):
            if not _one_spelling(skeleton(a.words, *one), skeleton(b.words, *other)):
                places += 1
                names += min(int(own_a[slice(*one)].sum()), int(own_b[slice(*other)].sum())) > 1
                names += frame[1] == _doer() and bool(own_a[one[1] - 1] and own_b[other[1] - 1])
    return Refilled(places, names)


def _places(side: Side, own: NDArray[np.bool_]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Where the stretches that name something of their own begin and end, by the words before and behind them."""
    hashes = side.words.hashes
    edges = np.flatnonzero(np.diff(side.shared.astype(np.int8), prepend=1, append=1))
    start, end = edges[::2], edges[1::2]
    counted = np.concatenate(([0], np.cumsum(own)))
    chosen = (start > 0) & (end < len(own)) & (end - start <= _LONGEST) & (counted[end] > counted[start])
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for first, last in zip(start[chosen].tolist(), end[chosen].tolist(), strict=True):
        found.setdefault((int(hashes[first - 1]), int(hashes[last])), []).append((first, last))
    return found


def _one_spelling(one: str, other: str) -> bool:
    # "सिग्नलमैन" and "सिगनल मैन"; "संघर्षविराम" and "संघर्ष विराम का उल्लंघन".
    return one in other or other in one


@cache
def _counted_and_timed() -> NDArray[np.uint64]:
    return words_of(_COUNTED_AND_TIMED).hashes


@cache
def _doer() -> int:
    return int(words_of(_BEHIND_A_DOER).hashes[0])
