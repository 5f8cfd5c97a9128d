"""Is an article the same story as an anchor? The two texts themselves decide; estimates only proposed it.

What decides is how much of a text the other tells in the same words: the share of its words that stand in
runs of at least `RUN_WORDS` words which the other has too. Unlike a share of shingles it does not charge a
changed word with the three shingles around it. Both sides are asked, because a text that says its news
twice (lede and body) must not count it twice. docs/dedup.md has the measurements.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.cohesion import cohesion, named
from newscrawl.dedup.signature import ngrams, shingle_set
from newscrawl.dedup.words import Words
from newscrawl.items import Relation

# Runs of 4 words: 3 in a row are common phrases of the language ("ने कहा कि", with a name before it), and
# a long text holds half of any short one in such.
RUN_WORDS = 4
# Labelled pairs: no event and no different pair has a told share over 0.54 except a part of a roundup
# (below); 92 % of copies and versions have.
MIN_TOLD = 0.54
# A short text inside a longer one is a trimmed copy, or the longer grew out of it, when it is at least a
# sixth of the longer, or the longer opens with it. Else it is one item of a roundup, or background at
# the end of another story. Lowest share of a labelled version 0.20; the roundup of the labelled pairs 0.12.
MIN_PART = 1 / 6
MIN_OPENING = 0.5
# A later story on a running matter repeats the background of the one before under news of its own: of at
# least one text the opening must be told by the other, a quarter of 50 words (lowest share of a labelled
# version 0.32), and the longer must not open with other news altogether: then it is a roundup, or the next
# day's story. Where the longer holds four fifths of the shorter one's words it grew out of it all the same.
OPENING_WORDS = 50
MIN_LEDE = 0.25
MIN_LONGER_LEDE = 0.1
SURE_HELD = 0.8
# A page that strings stories together holds each of them whole, and says little of any in its other words. The share of
# those that name something and stand in the item too is 0.04 (95 % below 0.13) in pages made of five stories of the
# collection; in labelled copies and versions that leave as many beside, 0.12 or more.
MIN_BESIDE = 45
MIN_NAMED = 20
# Where the shorter stands in the middle, that is enough: reports grow at one end.
MIN_COHESION = 0.1
# Where both have news of their own and share little of the longer (labelled versions 0.14 or more).
MIN_SHARED_PART = 3 / 8
MIN_COHESION_APART = 0.13
# Where more is beside than a flash grows by (labelled versions with so much 0.19 or more).
MUCH_BESIDE = 200
MIN_COHESION_OF_MUCH = 0.16
# An item of a roundup is at most so much of it; two of them share no more of their places in it than a quarter.
MAX_ITEM = 0.5
MAX_SHARED_PLACES = 0.25
# Fewer words than this in common are a headline or a dateline, unless the texts are equal: one-line stubs
# ("... में ग्राम सड़क योजना से बदली तस्वीर") share half their words and tell of different places.
MIN_TOLD_WORDS = 20
# From here on both texts hold most of each other: an edited copy rather than a part.
NEAR_JACCARD = 0.5
# Template stories (weather, bullion rates) share the frame and differ in the figures, a copy keeps the
# figures: of the frames around a figure that both have, this share must hold the same figure.
MIN_SAME_FIGURES = 0.6
# With fewer such frames than this the share says nothing: a version may correct a death toll.
MIN_FIGURES = 4

# Under one URL less will do on one day, for that is evidence, too: all 108 labelled versions have this told share, and
# of 3,000 pairs of stories of one broadcaster, drawn by chance, none has more than 0.17.
MIN_REVISED = 0.3
# A page that is used again for each day's prices may print only two of them.
MIN_DAYS_FIGURES = 2

_FIGURE = np.uint64(0x243F6A8885A308D3)  # stands for any number (digits of pi: equal to no word's hash but by chance)


class Refusal(StrEnum):
    """Why two texts are not the same story."""

    LITTLE_IN_COMMON = "too little told in the same words"
    PART_OF_ANOTHER = "a part of a longer story that is about something else"
    ROUNDUP = "a part of a page that strings several stories together"
    BACKGROUND = "shared background: the openings tell different news"
    OTHER_FIGURES = "the same frame with other figures"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a text relates to an anchor. All scores are exact; `relation` or `refusal` is the verdict.

    `jaccard` and `containment` are over distinct word 3-grams. `told`: share of the shorter text that the
    other tells in the same words, each side counted once; `held`: the same with what the shorter one says
    twice counted twice. `part`: share of the longer one that the shorter tells. `opening`: the same for the longer
    one's opening, as long as the shorter, `ending`: for its end. `lede`: share of the first 50 words of one text that
    the other tells, of the two the higher; `longer_lede`: that of the longer one. `beside`: how many words of the
    longer that the shorter does not tell name something; `cohesion`: the share of them that the shorter has, too, None
    where too few name anything. `figures`: share of the figures that agree among those in a frame that both have; None
    where they are too few.
    """

    jaccard: float
    containment: float
    told: float
    held: float
    part: float
    opening: float
    ending: float
    lede: float
    longer_lede: float
    beside: int
    cohesion: float | None
    figures: float | None
    relation: Relation | None = None
    refusal: Refusal | None = None


def scores(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> tuple[float, float]:
    """Jaccard |a∩b|/|a∪b| and containment |a∩b|/min(|a|,|b|) of two sorted distinct shingle sets."""
    if not len(a) or not len(b):
        return 0.0, 0.0
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared), shared / min(len(a), len(b))


def compare(text: Words, anchor: Words) -> Comparison:
    """Compare a story with an anchor's text, for a verdict and for explaining it."""
    jaccard, containment = scores(shingle_set(text), shingle_set(anchor))
    shorter, longer = (text, anchor) if len(text) <= len(anchor) else (anchor, text)
    in_shorter, in_longer = _told(shorter, longer), _told(longer, shorter)
    n = len(shorter)
    told_words = min(int(in_shorter.sum()), int(in_longer.sum()))
    told = told_words / n if n else 0.0
    held = float(in_shorter.mean()) if n else 0.0
    part = float(in_longer.mean()) if n else 0.0
    opening = float(in_longer[:n].mean()) if n else 0.0
    ending = float(in_longer[-n:].mean()) if n else 0.0
    longer_lede = float(in_longer[:OPENING_WORDS].mean()) if n else 0.0
    lede = max(longer_lede, float(in_shorter[:OPENING_WORDS].mean())) if n else 0.0
    beside = longer.hashes[~in_longer & named(longer)]
    says_enough = len(beside) >= MIN_BESIDE and len(np.unique(shorter.hashes[named(shorter)])) >= MIN_NAMED
    linked = cohesion(beside, shorter) if says_enough else None
    figures = _same_figures(text, anchor)
    found = Comparison(
        jaccard, containment, told, held, part, opening, ending, lede, longer_lede, len(beside), linked, figures
    )
    if n and np.array_equal(text.hashes, anchor.hashes):
        return replace(found, relation=Relation.EXACT)
    if refusal := _refusal(found, told_words):
        return replace(found, refusal=refusal)
    return replace(found, relation=Relation.NEAR if jaccard >= NEAR_JACCARD else Relation.CONTAINED)


def revises(text: Words, anchor: Words, found: Comparison, *, same_day: bool) -> bool:
    """Whether two texts under one canonical URL are one story, told anew; `found` is their comparison.

    On the same day other figures in the same frame are a correction, and a flash may be rewritten. On another they are
    that day's prices, and a new text is a new story.
    """
    if same_day:
        return found.relation is not None or found.told >= MIN_REVISED
    return found.relation is not None and not _prints_other_figures(text, anchor)


def strings_together(longer: Words, one: Words, other: Words) -> bool:
    """Whether a text tells most of both others, each at places of its own: then it is a roundup of them."""
    places = []
    for item in (one, other):
        told = _told(item, longer)
        if len(item) >= len(longer) or told.sum() < max(MIN_TOLD_WORDS, MIN_TOLD * len(item)):
            return False
        places.append(_told(longer, item))
    shared = int((places[0] & places[1]).sum())
    return shared <= MAX_SHARED_PLACES * min(int(p.sum()) for p in places)


def _prints_other_figures(a: Words, b: Words) -> bool:
    """Whether two texts have the same frames with other figures in them; "94.10" is one figure."""
    ours, theirs = _figures(a), _figures(b)
    common = ours.keys() & theirs.keys()
    if len(common) < MIN_DAYS_FIGURES:
        return False
    return sum(bool(ours[frame] & theirs[frame]) for frame in common) < MIN_SAME_FIGURES * len(common)


def _figures(words: Words) -> dict[tuple[int, int], set[tuple[int, ...]]]:
    """Each run of numbers by the words before and behind it."""
    found: dict[tuple[int, int], set[tuple[int, ...]]] = {}
    edges = np.flatnonzero(np.diff(words.numbers.astype(np.int8)))
    for before, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if words.numbers[last] and last + 1 < len(words):
            frame = int(words.hashes[before]), int(words.hashes[last + 1])
            found.setdefault(frame, set()).add(tuple(words.hashes[before + 1 : last + 1].tolist()))
    return found


def _refusal(found: Comparison, told_words: int) -> Refusal | None:
    if found.told < MIN_TOLD or told_words < MIN_TOLD_WORDS:
        return Refusal.LITTLE_IN_COMMON
    if found.part < MIN_PART and found.opening < MIN_OPENING:
        return Refusal.PART_OF_ANOTHER
    if found.cohesion is not None and _is_item(found, found.cohesion):
        return Refusal.ROUNDUP
    if found.held < SURE_HELD and (found.lede < MIN_LEDE or found.longer_lede < MIN_LONGER_LEDE):
        return Refusal.BACKGROUND
    if found.figures is not None and found.figures < MIN_SAME_FIGURES:
        return Refusal.OTHER_FIGURES
    return None


def _is_item(found: Comparison, linked: float) -> bool:
    """Whether the longer text goes on with other matters than the shorter one's."""
    if found.held < SURE_HELD and found.part < MIN_SHARED_PART and linked < MIN_COHESION_APART:
        return True
    if found.beside >= MUCH_BESIDE and linked < MIN_COHESION_OF_MUCH:
        return True
    return max(found.opening, found.ending) < MIN_OPENING and linked < MIN_COHESION


def _told(text: Words, other: Words) -> NDArray[np.bool_]:
    """Which words of `text` stand in a run of RUN_WORDS words that `other` has too."""
    told = np.zeros(len(text), np.bool_)
    if min(len(text), len(other)) < RUN_WORDS:
        return told
    shared = np.isin(ngrams(text.hashes, RUN_WORDS), ngrams(other.hashes, RUN_WORDS))
    for i in range(RUN_WORDS):
        told[i : i + len(shared)] |= shared
    return told


def _same_figures(a: Words, b: Words) -> float | None:
    frames_a, frames_b = _frames(a), _frames(b)
    common = frames_a.keys() & frames_b.keys()
    if len(common) < MIN_FIGURES:
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
