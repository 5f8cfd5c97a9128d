"""Boxes within a story that are known by what they hold, whatever their class: who the author is, and what is asked of
the reader (an address for a newsletter, money for the paper)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import regex

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.prune.layout import BLOCKS, HEADINGS, text_of
from newscrawl.extraction.prune.measure import Measure

# About 75 words: an appeal, a biography; what holds more is not the box but what is around it.
_BOX_CHARS = 450
# A line of a dozen words or two.
_CAPTION_CHARS = 160
_CLOSES = regex.compile(r"[।॥.?!][\"'”’)]*$")
_BOXES = frozenset(("div", "section", "aside", "blockquote", "fieldset"))
_CAPTIONED = _BOXES | {"p", "figure"}
# Where a site asks for money or takes subscriptions, by the last part of the address.
_ASKS = frozenset(
    (
        "donate", "donation", "donations", "contribute", "support", "support-us", "supportus", "subscribe",
        "subscription", "subscriptions", "newsletter", "newsletters", "member", "members", "membership", "join",
    )
)  # fmt: skip
# What a reader fills in; a checkbox may open and close a box of the story.
_ANSWERS = ("radio", "email", "tel", "search", "text")
_FIELDS = frozenset(("label", "span", "p", "li", "ul", "ol"))
# What may ask for a subscription; a box that says two different things that such a one does (`phrases.says`) is one. A
# story tells how to log in, too.
_WALL = regex.compile(r"सदस्य|सब्सक्र|subscri|member", regex.I)
_WALL_PHRASES = 2
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
    for e in tree.iter("form", "input", "a", "p", *HEADINGS):
        if e.tag == "form":
            sign = "form" if e.find(".//input") is not None else None
        elif e.tag == "input":
            sign = "form" if (e.get("type") or "").lower() in _ANSWERS else None  # of a form without a form's element
            e = _field(e)
        elif e.tag == "a":
            sign = "appeal" if _asks(e.get("href") or "") else None
        elif e.tag != "p" and phrases.key(text_of(e)) in _AUTHOR:
            sign = "author"
        else:
            sign = "wall" if _WALL.search(e.text or "") else None
        if sign is None or (box := _around(e, measure, kept)) is None:
            continue
        if sign != "wall" or phrases.says([text_of(box)], "login") >= _WALL_PHRASES:
            yield sign, box


def captions(tree: Any, measure: Measure) -> Iterator[tuple[str, Any]]:
    """What stands with a picture in a box of its own: one line that is no sentence, and no heading."""
    for picture in tree.iter("img"):
        box = picture.getparent()
        while box is not None and not measure.chars.get(box, 0):
            box = box.getparent()
        if box is None or box.tag not in _CAPTIONED or not 0 < measure.unlinked(box) <= _CAPTION_CHARS:
            continue
        if next(box.iterancestors("td", "th"), None) is not None:
            continue  # a name and its sign, in a table
        lines = [e for e in box.iter() if e.tag in BLOCKS and e is not box and measure.chars.get(e, 0)]
        parts = sum(1 for br in box.iter("br") if br.tail and br.tail.strip())  # a fact each, where there are several
        if (
            len(lines) < 2
            and parts < 2
            and not any(e.tag in HEADINGS for e in lines)
            and not _CLOSES.search(text_of(box))
        ):
            yield "caption", box


def _field(e: Any) -> Any:
    """What an input stands in by itself: its label, the list of answers."""
    return next((up for up in (e, *e.iterancestors()) if (p := up.getparent()) is None or p.tag not in _FIELDS), e)


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
