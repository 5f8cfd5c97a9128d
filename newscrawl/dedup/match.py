"""Is an article the same story as an anchor? Exact shingle sets decide; estimates only proposed it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray

from newscrawl import hindi
from newscrawl.dedup.signature import shingles
from newscrawl.items import Relation

# Measured on the labelled pairs (DESIGN.md, facts): word 3-gram containment >= 0.55 finds 84 % of copies
# and versions at 97 % precision. `benchmarks/dedup.py` prints the curve.
MIN_CONTAINMENT = 0.55
# From here on both texts hold most of each other: an edited copy rather than a part.
NEAR_JACCARD = 0.5
# Template stories (weather, bullion rates) share the frame and differ in the figures; a copy keeps the
# figures. With fewer figures than this the share says nothing.
MIN_NUMBERS = 4
MIN_NUMBER_SHARE = 0.5

_NUMBER = regex.compile(r"\d[\d,.]*")


@dataclass(frozen=True, slots=True)
class Match:
    """How a text relates to an anchor: both scores are exact, over distinct word 3-grams."""

    relation: Relation
    jaccard: float
    containment: float


def scores(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> tuple[float, float]:
    """Jaccard |a∩b|/|a∪b| and containment |a∩b|/min(|a|,|b|) of two sorted distinct shingle sets."""
    if not len(a) or not len(b):
        return 0.0, 0.0
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared), shared / min(len(a), len(b))


def match(text: str, anchor: str) -> Match | None:
    """Compare a story with an anchor's text; None when they are different stories."""
    jaccard, containment = scores(shingles(text), shingles(anchor))
    if containment < MIN_CONTAINMENT or _same_frame_other_figures(text, anchor):
        return None
    if jaccard == 1.0 and hindi.words(hindi.fold(text)) == hindi.words(hindi.fold(anchor)):
        relation = Relation.EXACT
    else:
        relation = Relation.NEAR if jaccard >= NEAR_JACCARD else Relation.CONTAINED
    return Match(relation, jaccard, containment)


def _same_frame_other_figures(text: str, anchor: str) -> bool:
    a, b = (set(_NUMBER.findall(hindi.fold(t))) for t in (text, anchor))
    fewer = min(len(a), len(b))
    return fewer >= MIN_NUMBERS and len(a & b) < MIN_NUMBER_SHARE * fewer
