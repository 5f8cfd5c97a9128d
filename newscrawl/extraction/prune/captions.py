"""Captions of pictures, where they are what a page tells: a gallery, a list of places each with its photo."""

from __future__ import annotations

from itertools import chain
from typing import Any

import regex

from newscrawl.extraction.prune.layout import beginning_of, drop, holds_text_only, text_of
from newscrawl.extraction.prune.measure import PROSE_CHARS, Measure

# Which picture of how many: "1 / 5", "3 of 12".
_COUNTER = regex.compile(r"\d{1,3} ?(?:/|of|में से) ?\d{1,3}", regex.I)
# So many captions of running text, with so much of the page's, are the story. Pages of the measuring data whose
# captions are teasers' or stand beside a story have 0.73 or less.
_CAPTIONS, _CAPTIONS_SHARE = 3, 0.8
# What holds a picture and what stands below it.
_BOXES = ("div", "li", "figure", "section")


def are_told(tree: Any) -> bool:
    """Whether nearly all running text of a page stands below its pictures: a list of places, of costumes, each with its
    photo, that does not call itself a gallery."""
    boxed = (e for box in tree.iter(*_BOXES) for e in _lines(box))
    captions = [e for e in chain(tree.iter("figcaption"), boxed) if len(beginning_of(e, PROSE_CHARS)) >= PROSE_CHARS]
    if len(captions) < _CAPTIONS:
        return False
    measure = Measure(tree)
    # A picture in a link is a teaser.
    figures = {
        e.getparent() if e.tag == "span" else next(e.iterancestors("figure"), e)
        for e in captions
        if next(e.iterancestors("a"), None) is None
    }
    told = sum(measure.unlinked(e) for e in figures)
    elsewhere = measure.prose.get(tree, 0) - sum(measure.prose.get(e, 0) for e in figures)
    return told >= _CAPTIONS_SHARE * (told + elsewhere)


def part(tree: Any) -> None:
    """Make paragraphs of what stands below pictures: trafilatura leaves figures out, and runs spans together."""
    for box in list(tree.iter(*_BOXES)):
        for e in _lines(box):
            e.tag = "p"
    for figure in tree.iter("figure"):
        figure.tag = "div"
    for caption in tree.iter("figcaption"):
        caption.tag = "p"
        for e in [e for e in caption.iter("span", "b", "small") if _COUNTER.fullmatch(text_of(e))]:
            drop(e)


def name_short(tree: Any) -> None:
    """A short caption in a div is a paragraph where others are."""
    told = {_place(e) for e in tree.iter("p") if _place(e)[-1]}
    for e in list(tree.iter("div")):
        if _place(e) in told and holds_text_only(e):
            e.tag = "p"


def _place(e: Any) -> tuple[Any, ...]:
    """Of a caption in a box of its own: where the boxes stand, and the classes of both."""
    box = e.getparent()
    return (None, None) if box is None else (box.getparent(), box.get("class"), e.get("class"))


def _lines(box: Any) -> list[Any]:
    """The spans below a picture in its box, where no text stands between them: a number, a caption, a credit."""
    spans = box.findall("span")
    if not spans or any((text or "").strip() for text in (box.text, *(e.tail for e in box))):
        return []
    return spans if next(box.iter("img"), None) is not None else []
