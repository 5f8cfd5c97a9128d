"""Which number of a series a text tells of: the 66th episode, the second match, the fourth day of a session."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.words import Words, seen_in, words_of

Mask = NDArray[np.bool_]

# What makes a figure an ordinal, in folded words; gender and case say nothing of the number.
_ENDINGS = frozenset(("वीं", "वें", "वां", "वी", "वे", "वा", "th", "st", "nd", "rd"))
_ENDING_LETTERS = "".join(sorted(set("".join(_ENDINGS))))
# Spelt ones, up to where they are spelt in news.
_SPELT = """
पहला पहली पहले; दूसरा दूसरी दूसरे; तीसरा तीसरी तीसरे; चौथा चौथी चौथे; पांचवां पांचवीं पांचवें पांचवा पांचवी पांचवे;
छठा छठी छठे छठवां छठवीं छठवें;
सातवां सातवीं सातवें सातवा सातवी सातवे; आठवां आठवीं आठवें आठवा आठवी आठवे; नौवां नौवीं नौवें नौवा नौवी नौवे;
दसवां दसवीं दसवें दसवा दसवी दसवे;
ग्यारहवां ग्यारहवीं ग्यारहवें; बारहवां बारहवीं बारहवें
"""
# Figures of a number of a series; Python refuses to read one of more than 4,300, which a page may well print.
_FIGURES = 6
# Counted, although a word of any story.
_DAY = "दिन"


def counted_otherwise(a: Words, b: Words, names_a: Mask, names_b: Mask) -> bool:
    """Whether both texts count something by ordinals, and each by others: two numbers of a series.

    `names_a`, `names_b`: which words name something (`naming.named`).
    """
    ours = _counted(a, names_a)
    theirs = _counted(b, names_b) if ours else ours
    return any(ours[what].isdisjoint(theirs[what]) for what in ours.keys() & theirs.keys())


def _counted(words: Words, names: Mask) -> dict[int, set[int]]:
    """The numbers of what is counted by ordinals: by the word behind each, where that names something."""
    found: dict[int, set[int]] = {}
    ordinal = words.numbers | seen_in(words.hashes, _spelt_hashes())
    counted = names | (words.hashes == _hash(_DAY))
    for i in np.flatnonzero(ordinal[:-1] & counted[1:]).tolist():
        if (number := _number(words, i)) is not None:
            found.setdefault(int(words.hashes[i + 1]), set()).add(number)
    return found


def _number(words: Words, i: int) -> int | None:
    """The number that an ordinal word says; None of a figure that is no ordinal."""
    if not words.numbers[i]:
        return _spelt()[int(words.hashes[i])]
    word = "".join(map(chr, words.letters[words.starts[i] : words.starts[i + 1]].tolist()))
    figure = word.rstrip(_ENDING_LETTERS)
    is_ordinal = word[len(figure) :] in _ENDINGS and figure.isdecimal() and len(figure) <= _FIGURES
    return int(figure) if is_ordinal else None


@cache
def _spelt() -> dict[int, int]:
    return {_hash(word): number for number, forms in enumerate(_SPELT.split(";"), start=1) for word in forms.split()}


@cache
def _spelt_hashes() -> NDArray[np.uint64]:
    return np.array(list(_spelt()), np.uint64)


@cache
def _hash(word: str) -> int:
    return int(words_of(word).hashes[0])
