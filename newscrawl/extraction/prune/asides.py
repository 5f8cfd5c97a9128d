"""Boxes within a story that are known by what they hold, whatever their class: who the author is, and what is asked of
the reader (an address for a newsletter, money for the paper)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.prune.layout import HEADINGS, text_of
from newscrawl.extraction.prune.measure import Measure

# About 75 words: an appeal, a biography; what holds more is not the box but what is around it.
_BOX_CHARS = 450
_BOXES = frozenset(("div", "section", "aside", "blockquote", "fieldset"))
# Where a site asks for money or takes subscriptions, by the last part of the address.
_ASKS = frozenset(
    (
        "donate", "donation", "donations", "contribute", "support", "support-us", "supportus", "subscribe",
        "subscription", "subscriptions", "newsletter", "newsletters", "member", "members", "membership", "join",
    )
)  # fmt: skip
_AUTHOR = frozenset(
    map(
        phrases.key,
        (
            "लेखक के बारे में",
            "लेखिका के बारे में",
            "लेखक परिचय",
            "लेखक का परिचय",
            "About the Author",
            "About Author",
            "About the Writer",
        ),
    )
)


def asides(tree: Any, measure: Measure, kept: set[Any]) -> Iterator[tuple[str, Any]]:
    """Every such box, with what makes it one. A box stands around its sign as far as it holds no more than such a box
    does; a paragraph of the story with a link in it is none."""
    for e in tree.iter("form", "a", *HEADINGS):
        if e.tag == "form":
            sign = "form" if e.find(".//input") is not None else None
        elif e.tag == "a":
            sign = "appeal" if _asks(e.get("href") or "") else None
        else:
            sign = "author" if phrases.key(text_of(e)) in _AUTHOR else None
        if sign and (box := _around(e, measure, kept)) is not None:
            yield sign, box


def _asks(href: str) -> bool:
    # Of each of a page's links: nothing is parsed.
    before, slash, last = href.partition("#")[0].removesuffix("/").rpartition("/")
    return bool(slash) and last.lower() in _ASKS and "?" not in before


def _around(e: Any, measure: Measure, kept: set[Any]) -> Any:
    """The largest box around an element that holds few characters, and some besides the element's own; None without."""
    box = None
    for up in e.iterancestors():
        if up in kept or up.tag not in _BOXES or measure.chars.get(up, 0) > _BOX_CHARS:
            break
        if not measure.dispensable(up):
            break  # a short story's own box
        if measure.chars.get(up, 0) > measure.chars.get(e, 0):
            box = up
    return box
