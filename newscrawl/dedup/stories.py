"""Which of some articles are one story, from what is alike: the same answer in whatever order they came.

A star cover (Aslam, Pelekhov, Rus: The Star Clustering Algorithm, 2004): the article that is alike to most others is an
anchor, and those are its story; then the next that is in no story yet. Each member was compared with its anchor, so
there are no chains. Of articles that are alike to as many the earliest goes first, which is a property of theirs, not
of the crawl.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def stars(
    likeness: NDArray[np.float64], order: Sequence[Any], fixed: Sequence[bool], texts: Sequence[int]
) -> list[int]:
    """The anchor of each article, by index; its own for an anchor.

    `likeness`: symmetric, how alike each two are where they are one story by themselves, 0 where they are not. `order`:
    sort keys, the lowest goes first among equals. `fixed`: anchors whatever the others are. `texts`: which text each
    has; articles of the very same one count once, as the lowest of them, however many came. An article that is alike
    to several anchors belongs to the likest.
    """
    alike = likeness > 0
    first: dict[int, Any] = {}
    for key, text in sorted(zip(order, texts, strict=True)):
        first.setdefault(text, key)
    degrees = [len({texts[j] for j in np.flatnonzero(row).tolist()} - {texts[i]}) for i, row in enumerate(alike)]
    ranked = sorted(range(len(order)), key=lambda i: (not fixed[i], -degrees[i], first[texts[i]], order[i]))
    anchors: list[int] = []
    for i in ranked:
        if not alike[i, anchors].any():
            anchors.append(i)
    return [max(anchors, key=lambda a: (a == i, likeness[i, a], -ranked.index(a))) for i in range(len(order))]


def sticky(anchor_of: Sequence[int], likeness: NDArray[np.float64], founded: Sequence[bool]) -> list[int]:
    """The same stories, each anchored at the member that founded it before where all the others are alike to that.

    `founded`: which articles anchor a story already, those that have done so for longest first.
    """
    named = list(anchor_of)
    for anchor in set(anchor_of):
        members = [i for i, a in enumerate(anchor_of) if a == anchor]
        for candidate in members:
            if founded[candidate] and all(likeness[candidate, m] > 0 for m in members if m != candidate):
                for member in members:
                    named[member] = candidate
                break
    return named
