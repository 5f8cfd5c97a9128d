"""The numbered headings of a story that is a list: "1. ...", "2. ...", a text below each. They may be links."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import regex

from newscrawl.extraction.prune.layout import HEADINGS, beginning_of
from newscrawl.extraction.prune.measure import Measure

_NUMBER = regex.compile(r"[#(]?(\d{1,2})\s?[.):–-]\s?\D")
_NUMBER_CHARS = 12
# So many make a list; the text below each has at least so many characters. Lists of what is read most have none.
_ITEMS, _TEXT_FROM = 3, 30


def headings(tree: Any, measure: Measure, headline: Any) -> set[Any]:
    """The headings of such a list, with all that is in them and the boxes that hold nothing else."""
    found = [
        (int(number[1]), e)
        for e in tree.iter(*HEADINGS)
        if e is not headline and (number := _NUMBER.match(beginning_of(e, _NUMBER_CHARS)))
    ]
    # Up or down by one, as lists are counted.
    following = sum(abs(after - number) == 1 for (number, _), (after, _) in pairwise(found))
    if following < _ITEMS - 1:
        return set()
    told = [inside for _, e in found if (inside := _told(e, measure))]
    return set().union(*told) if len(told) >= _ITEMS else set()


def _told(heading: Any, measure: Measure) -> set[Any]:
    """A heading with what is in it and around it, where a text stands below; else nothing."""
    box, chars = heading, measure.chars.get(heading, 0)
    around = set(heading.iter())
    while (up := box.getparent()) is not None and measure.chars.get(up, 0) == chars:
        box = up
        around.add(box)
    below = next((e for e in box.itersiblings() if measure.chars.get(e, 0)), None)
    return around if below is not None and measure.unlinked(below) >= _TEXT_FROM else set()
