"""Whether two texts are one form filled in twice: two accidents, two openings, the prices of two days.

A police report has its places for the village, the driver, the victim and the officer, a tally has them for the day,
the town and the number. Where a form is filled in anew each of these changes once. In a copy an editor's synonyms stand
once, too, or a corrected toll. What tells the two apart: a synonym is one word for one word ("मदद", "सहयोग") and never
the doer's name, and who puts in synonyms leaves the figures; a form has other names and other figures, or another day.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.naming import skeleton
from newscrawl.dedup.words import Words, seen_in, words_of

# A sentence, or two short ones; what is longer is a passage of one's own, as a lede that was written anew.
_LONGEST = 30
# A name with its office and age. Longer ones stand for no name: links to two other stories are left in two copies.
_LONGEST_NAME = 5

# These name nothing here. A toll that rose by noon is a correction:
_COUNTED = """
एक दो तीन चार पांच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस इक्कीस बाईस तेईस चौबीस पच्चीस
छब्बीस सत्ताईस अट्ठाईस उनतीस तीस पैंतीस चालीस पैंतालीस पचास साठ सत्तर अस्सी नब्बे सौ सैकड़ों दर्जन डेढ़ ढाई साढ़े सवा पौने दोनों तीनों चारों
"""
# and the next paper's "कल" is this one's "रविवार".
_WEEKDAYS = "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार"
# Other spellings of these, which are no other number and no other day, and times of day.
_NO_NAMES = f"{_COUNTED} {_WEEKDAYS} छः बृहस्पतिवार वीरवार सुबह तड़के दोपहर शाम रात देर बीती बीते"
# Stands behind who did or said something.
_BEHIND_A_DOER = "ने"

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Refilled:
    """In how many places two texts fill one form otherwise: with `names` that the other text has not, with other
    `figures`, with another one of the `weekdays`. `doers`: how often these are names for certain: two words or more on
    both sides, or who does or says something."""

    names: int = 0
    figures: int = 0
    weekdays: int = 0
    doers: int = 0

    @property
    def places(self) -> int:
        """All of them."""
        return self.names + self.figures + self.weekdays

    @property
    def sorts(self) -> int:
        """How many of names, figures and weekdays are filled in otherwise."""
        return (self.names > 0) + (self.figures > 0) + (self.weekdays > 0)


@dataclass(frozen=True, slots=True)
class Side:
    """A text that is compared. `own`: its words that name something which the other has in no spelling; `shared`: those
    in runs that both have, between which the fillings lie."""

    words: Words
    own: NDArray[np.bool_]
    shared: NDArray[np.bool_]


def refilled(a: Side, b: Side) -> Refilled:
    """How often a stretch of at most 30 words stands, between the same two words, for another one of the other text,
    and what changes there. Words that both stretches have divide them into places of at most 5 words: "मदद के साथ काम",
    "सहयोग के साथ काज" are two."""
    own_a, own_b = (side.own & ~seen_in(side.words.hashes, _hashes(_NO_NAMES)) for side in (a, b))
    ours, theirs = _stretches(a), _stretches(b)
    names = figures = weekdays = doers = 0
    for frame in ours.keys() & theirs.keys():
        for one, other in _places(a.words, ours[frame], b.words, theirs[frame]):
            said, said_there = a.words.hashes[slice(*one)].tolist(), b.words.hashes[slice(*other)].tolist()
            figures += _differ(_digits(a.words, one), _digits(b.words, other)) or _differ(
                _set(_COUNTED).intersection(said), _set(_COUNTED).intersection(said_there)
            )
            weekdays += _differ(_set(_WEEKDAYS).intersection(said), _set(_WEEKDAYS).intersection(said_there))
            named = min(int(own_a[slice(*one)].sum()), int(own_b[slice(*other)].sum()))
            if named and not _one_spelling(skeleton(a.words, *one), skeleton(b.words, *other)):
                names += 1
                doers += (named > 1) + (_is_doer(a.words, own_a, one[1]) and _is_doer(b.words, own_b, other[1]))
    return Refilled(names, figures, weekdays, doers)


def _stretches(side: Side) -> dict[_Span, list[_Span]]:
    """Where the stretches between shared words begin and end, by the words before and behind them."""
    hashes = side.words.hashes
    edges = np.flatnonzero(np.diff(side.shared.astype(np.int8), prepend=1, append=1))
    start, end = edges[::2], edges[1::2]
    chosen = (start > 0) & (end < len(hashes)) & (end - start <= _LONGEST)
    found: dict[_Span, list[_Span]] = {}
    for first, last in zip(start[chosen].tolist(), end[chosen].tolist(), strict=True):
        found.setdefault((int(hashes[first - 1]), int(hashes[last])), []).append((first, last))
    return found


def _places(a: Words, ours: list[_Span], b: Words, theirs: list[_Span]) -> Iterator[tuple[_Span, _Span]]:
    """What stands for what in the stretches of one frame, between the words that both have there."""
    for (first, last), (there, end) in zip(ours, theirs, strict=False):
        matched = SequenceMatcher(None, a.hashes[first:last].tolist(), b.hashes[there:end].tolist(), autojunk=False)
        for change, i, j, k, m in matched.get_opcodes():
            if change == "replace" and max(j - i, m - k) <= _LONGEST_NAME:
                yield (first + i, first + j), (there + k, there + m)


def _digits(words: Words, span: _Span) -> set[str]:
    """The numbers there, and those in a row as one: "4,000" is "4000"."""
    found, row = set(), ""
    for i in range(*span):
        if not words.numbers[i]:
            row = ""
            continue
        end = int(words.starts[i + 1]) if i + 1 < len(words) else None
        digits = "".join(map(chr, words.letters[words.starts[i] : end].tolist()))
        row += digits
        found |= {digits, row}
    return found


def _differ(ours: AbstractSet[object], theirs: AbstractSet[object]) -> bool:
    return bool(ours and theirs and ours.isdisjoint(theirs))


def _is_doer(words: Words, own: NDArray[np.bool_], end: int) -> bool:
    """Whether a name ends there and who bears it does or says something."""
    return end < len(words) and int(words.hashes[end]) == int(_hashes(_BEHIND_A_DOER)[0]) and bool(own[end - 1])


def _one_spelling(one: str, other: str) -> bool:
    # "सिग्नलमैन" and "सिगनल मैन"; "संघर्षविराम" and "संघर्ष विराम का उल्लंघन".
    return one in other or other in one


@cache
def _hashes(words: str) -> NDArray[np.uint64]:
    return words_of(words).hashes


@cache
def _set(words: str) -> frozenset[int]:
    return frozenset(_hashes(words).tolist())
