"""What two texts have in common, measured: the evidence on which `match` decides whether they are one story.

Most is a share of words that the other text *tells in the same words*: that stand in runs of at least `RUN_WORDS`
words which the other has too. Unlike a share of shingles it does not charge a changed word with the three shingles
around it. Both sides are asked, because a text that says its news twice (lede and body) must not count it twice.
Nothing depends on which text is given first. docs/dedup.md has the measurements.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.fillings import Refilled, Side, refilled
from newscrawl.dedup.naming import half_nasals, named, skeletons
from newscrawl.dedup.ordinals import counted_otherwise
from newscrawl.dedup.signature import ngrams, shingle_set
from newscrawl.dedup.words import Words, seen_in

# Runs of 4 words: 3 in a row are common phrases of the language ("ने कहा कि", with a name before it), and
# a long text holds half of any short one in such.
RUN_WORDS = 4
# Of the words that name something two in a row are enough: with the words of grammar between them they are a phrase.
_RUN_NAMES = 2
# A form has short phrases between the places that are filled in.
_RUN_FORM = 3
# The opening of a story that tells its news: two sentences.
LEDE_WORDS = 50
# Cohesion says nothing of fewer words than these.
_MIN_BESIDE, _MIN_NAMED = 45, 20
# With fewer figures in frames that both have their share says nothing: a version may correct a death toll.
_MIN_FIGURES = 4

_FIGURE = np.uint64(0x243F6A8885A308D3)  # stands for any number (digits of pi: equal to no word's hash but by chance)


@dataclass(frozen=True, slots=True)
class Measures:
    """What two texts have in common. All figures are exact.

    `jaccard` and `containment` are over distinct word 3-grams. `told`: share of the shorter text that the other
    tells in the same words, each side counted once, `told_words` the number; `held`: the same with what the shorter
    one says twice counted twice. `retold`: as `told`, of the words that name something, in runs of 2 and spellings
    apart: what a sentence keeps when its tense changes. `part`: share of the longer one that the shorter tells.
    `opening`: the same for the longer one's opening, as long as the shorter, `edge`: for its first or last 50
    words, whichever it tells more of. `ledes`: mean share of the first 50 words of each that the other tells.
    `beside`: how many words of the longer one that name something the shorter does not tell; `cohesion`: the share
    of them that the shorter has all the same, None where they are too few. `figures`: share of the figures that
    agree among those in a frame that both have, None where these are too few. `figures_changed`: of the text with
    fewer figures, how many more are missing in the other than are there. `counted_otherwise`: both say which number
    of a series something is ("66वीं कड़ी", "चौथे दिन"), each another. `renamed`: how often a naming word stands
    again in the place of the same other one, spellings apart. `refilled`: in how many places the two fill one form
    with other names, figures or weekdays. `equal`: the same words in the same order.
    """

    jaccard: float
    containment: float
    told: float
    told_words: int
    held: float
    retold: float
    part: float
    opening: float
    edge: float
    ledes: float
    beside: int
    cohesion: float | None
    figures: float | None
    figures_changed: int
    counted_otherwise: bool
    renamed: int
    refilled: Refilled
    equal: bool


def measure(a: Words, b: Words) -> Measures:
    """Measure what two texts have in common."""
    jaccard, containment = scores(shingle_set(a), shingle_set(b))
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    if len(a) == len(b) and a.hashes.tobytes() > b.hashes.tobytes():
        shorter, longer = b, a
    in_shorter, in_longer = told(shorter, longer), told(longer, shorter)
    n = len(shorter)
    edge = min(n, LEDE_WORDS)
    told_words = min(int(in_shorter.sum()), int(in_longer.sum()))
    names_shorter, names_longer = named(shorter), named(longer)
    half_shorter, half_longer = half_nasals(shorter.letters), half_nasals(longer.letters)
    spelt_shorter, spelt_longer = skeletons(shorter, half_shorter), skeletons(longer, half_longer)
    own_shorter = names_shorter & _unseen(spelt_shorter, spelt_longer)
    own_longer = names_longer & _unseen(spelt_longer, spelt_shorter)
    swaps = _swapped(_framed(shorter, spelt_shorter, own_shorter), _framed(longer, spelt_longer, own_longer))
    beside = longer.hashes[~in_longer & names_longer]
    says_enough = len(beside) >= _MIN_BESIDE and len(np.unique(shorter.hashes[names_shorter])) >= _MIN_NAMED
    return Measures(
        jaccard=jaccard,
        containment=containment,
        told=told_words / n if n else 0.0,
        told_words=told_words,
        held=_mean(in_shorter),
        # With half nasals, as the weights were fitted: without them two thousandths of cross-validated F1 are lost.
        retold=_retold(
            (skeletons(shorter) if half_shorter.any() else spelt_shorter)[names_shorter],
            (skeletons(longer) if half_longer.any() else spelt_longer)[names_longer],
        ),
        part=_mean(in_longer),
        opening=_mean(in_longer[:n]),
        edge=max(_mean(in_longer[:edge]), _mean(in_longer[-edge:])) if n else 0.0,
        ledes=(_mean(in_shorter[:LEDE_WORDS]) + _mean(in_longer[:LEDE_WORDS])) / 2,
        beside=len(beside),
        cohesion=float(seen_in(beside, shorter.hashes).mean()) if says_enough else None,
        figures=_same_figures(a, b),
        figures_changed=_changed_figures(a, b),
        counted_otherwise=counted_otherwise(shorter, longer, names_shorter, names_longer),
        renamed=sum(times - 1 for times in swaps.values()),
        refilled=refilled(
            Side(shorter, own_shorter, in_runs(shorter.hashes, longer.hashes, _RUN_FORM)),
            Side(longer, own_longer, in_runs(longer.hashes, shorter.hashes, _RUN_FORM)),
        ),
        equal=bool(n) and np.array_equal(a.hashes, b.hashes),
    )


def scores(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> tuple[float, float]:
    """Jaccard |a∩b|/|a∪b| and containment |a∩b|/min(|a|,|b|) of two sorted distinct shingle sets."""
    if not len(a) or not len(b):
        return 0.0, 0.0
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared), shared / min(len(a), len(b))


def told(text: Words, other: Words) -> NDArray[np.bool_]:
    """Which words of `text` stand in a run of RUN_WORDS words that `other` has too."""
    return in_runs(text.hashes, other.hashes, RUN_WORDS)


def told_share(a: Words, b: Words) -> float:
    """`Measures.told` alone; 1 where a text is too short for a run of words."""
    shorter = min(len(a), len(b))
    return min(int(told(a, b).sum()), int(told(b, a).sum())) / shorter if shorter >= RUN_WORDS else 1.0


def figures_by_words(words: Words) -> dict[tuple[int, int], set[tuple[int, ...]]]:
    """Each run of numbers by the words before and behind it: "94.10" is one figure."""
    found: dict[tuple[int, int], set[tuple[int, ...]]] = {}
    edges = np.flatnonzero(np.diff(words.numbers.astype(np.int8)))
    for before, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if words.numbers[last] and last + 1 < len(words):
            frame = int(words.hashes[before]), int(words.hashes[last + 1])
            found.setdefault(frame, set()).add(tuple(words.hashes[before + 1 : last + 1].tolist()))
    return found


def in_runs(words: NDArray[np.uint64], others: NDArray[np.uint64], run: int) -> NDArray[np.bool_]:
    """Which of `words` stand in a run of so many that `others` have too."""
    found = np.zeros(len(words), np.bool_)
    if min(len(words), len(others)) >= run:
        shared = seen_in(ngrams(words, run), ngrams(others, run))
        for i in range(run):
            found[i : i + len(shared)] |= shared
    return found


def _retold(shorter: NDArray[np.uint64], longer: NDArray[np.uint64]) -> float:
    shorter, longer = shorter[shorter != 0], longer[longer != 0]
    runs = (in_runs(shorter, longer, _RUN_NAMES), in_runs(longer, shorter, _RUN_NAMES))
    return min(int(told_names.sum()) for told_names in runs) / len(shorter) if len(shorter) else 0.0


def _unseen(spelt: NDArray[np.uint64], elsewhere: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which words another text has in no spelling; by their skeletons."""
    unseen: NDArray[np.bool_] = (spelt != 0) & ~seen_in(spelt, elsewhere)
    return unseen


def _mean(told_words: NDArray[np.bool_]) -> float:
    return float(told_words.mean()) if len(told_words) else 0.0


_Framed = dict[tuple[int, int], list[int]]


def _swapped(there: _Framed, back: _Framed) -> Counter[tuple[int, int]]:
    """How often a word of one text stands, between the same two words, for another one of the other text: by each pair
    of words, by their skeletons."""
    swaps: Counter[tuple[int, int]] = Counter()
    for frame in there.keys() & back.keys():
        one, other = there[frame], back[frame]
        if len(set(one)) == len(set(other)) == 1:
            swaps[one[0], other[0]] += min(len(one), len(other))
    return swaps


def _framed(words: Words, spelt: NDArray[np.uint64], own: NDArray[np.bool_]) -> _Framed:
    """The skeletons of the words that a text has alone (`own`), by the words before and behind each."""
    found: _Framed = {}
    places = np.flatnonzero(own)
    for i in places[(places >= 1) & (places < len(words) - 1)].tolist():
        found.setdefault((int(words.hashes[i - 1]), int(words.hashes[i + 1])), []).append(int(spelt[i]))
    return found


def _changed_figures(a: Words, b: Words) -> int:
    ours, theirs = (np.unique(words.hashes[words.numbers]) for words in (a, b))
    return max(0, min(len(ours), len(theirs)) - 2 * len(np.intersect1d(ours, theirs, assume_unique=True)))


def _same_figures(a: Words, b: Words) -> float | None:
    frames_a, frames_b = _frames(a), _frames(b)
    common = frames_a.keys() & frames_b.keys()
    if len(common) < _MIN_FIGURES:
        return None
    return sum(bool(frames_a[frame] & frames_b[frame]) for frame in common) / len(common)


def _frames(words: Words) -> dict[int, set[int]]:
    """Each figure by its frame: the word before it and the two behind, figures among them left open."""
    masked = np.where(words.numbers, _FIGURE, words.hashes)
    frames: dict[int, set[int]] = {}
    places = np.flatnonzero(words.numbers)
    places = places[(places >= 1) & (places < len(words) - 2)]
    if len(places):
        for i, frame in zip(places.tolist(), ngrams(masked, 4)[places - 1].tolist(), strict=True):
            frames.setdefault(frame, set()).add(int(words.hashes[i]))
    return frames
