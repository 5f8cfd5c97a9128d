"""Boxes within a story that are known by what they hold, whatever their class: who the author is, and what is asked of
the reader (an address for a newsletter, money for the paper)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

import regex

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.prune.layout import BLOCKS, HEADINGS, text_of
from newscrawl.extraction.prune.measure import Measure
from newscrawl.text import hindi
from newscrawl.text.remember import Remembered

# About 75 words: an appeal, a biography; what holds more is not the box but what is around it.
_BOX_CHARS = 450
# A line of a dozen words or two.
_CAPTION_CHARS = 160
# A question and how many have voted; a forum's first post asks at more length.
_POLL_CHARS = 200
# A heading that calls what is below it so.
_LABEL_CHARS = 60
# So many quotes of a page are looked for in its text; fewer words come again by chance.
_QUOTES, _QUOTE_WORDS = 20, 4
# Whose a quote is.
_WHOSE = frozenset(("cite", "footer"))
_BOXES = frozenset(("div", "section", "aside", "blockquote", "fieldset"))
_CAPTIONED = _BOXES | {"p", "figure"}
# Where a site asks for money or takes subscriptions, by the last part of the address.
_ASKS = frozenset(
    (
        "donate", "donation", "donations", "contribute", "support", "support-us", "supportus", "subscribe",
        "subscription", "subscriptions", "newsletter", "newsletters", "member", "members", "membership", "join",
        "plus", "prime", "premium", "abo",
    )
)  # fmt: skip
# Where a site lets its readers in, by an address below its own: an exam's notice leads to another's.
_LETS_IN = frozenset(("login", "signin", "sign-in", "register", "signup", "sign-up"))
# What a reader fills in; a checkbox may open and close a box of the story.
_ANSWERS = ("radio", "email", "tel", "search", "text")
_EMPHASIS = frozenset(("em", "i", "strong", "b"))
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
    # Thousands of fields may stand in one place, deep inside.
    field_in, box_around = cache(_field_in), cache(partial(_around, measure=measure, kept=kept))
    for e in tree.iter("form", "input", "a", "p", *HEADINGS):
        if e.tag == "form":
            sign = "form" if e.find(".//input") is not None else None
        elif e.tag == "input":
            sign = "form" if (e.get("type") or "").lower() in _ANSWERS else None  # of a form without a form's element
            field = field_in(e.getparent())
            e = e if field is None else field
        elif e.tag == "a":
            sign = "appeal" if _ASKING[e.get("href") or ""] else None
        elif e.tag != "p" and measure.chars.get(e, 0) <= _LABEL_CHARS and phrases.key(text_of(e)) in _AUTHOR:
            sign = "author"
        else:
            sign = "wall" if _WALL.search(e.text or "") else None
        if sign == "appeal" and (line := _set_off(e)) is not None and measure.chars.get(line, 0) <= _BOX_CHARS:
            yield sign, line
        if sign is None or (box := box_around(e.getparent(), measure.chars.get(e, 0))) is None:
            continue
        if sign != "wall" or phrases.says([text_of(box)], "login") >= _WALL_PHRASES:
            yield sign, box


def polls(choices: Mapping[Any, int], measure: Measure) -> Iterator[tuple[str, Any]]:
    """Questions to the reader: `choices` is how many buttons stood in a box."""
    for box, count in choices.items():
        while count > 1 and box is not None and not measure.chars.get(box, 0):
            box = box.getparent()
        if count == 1 or box is None or box.tag not in _BOXES or measure.chars.get(box, 0) > _POLL_CHARS:
            continue
        if "?" in text_of(box):
            yield "poll", box


def quotes(tree: Any, measure: Measure) -> Iterator[tuple[str, Any]]:
    """Pull quotes, whatever their class: what a paragraph says too, in so many words."""
    quoted = list(tree.iter("blockquote"))
    found = [e for e in quoted if 0 < measure.chars.get(e, 0) <= _BOX_CHARS][:_QUOTES]
    if not found:
        return
    inside = {part for e in quoted for part in e.iter()}
    paragraphs = (e for e in tree.iter("p") if e not in inside and measure.prose.get(e, 0))
    told = "\n".join(phrases.squeeze(text_of(e)) for e in paragraphs)
    for e in found:
        said = [text for part in e.iter() if part.tag not in _WHOSE for text in (part.text, *(x.tail for x in part))]
        words = phrases.key(" ".join(filter(None, said))).split()
        if len(words) >= _QUOTE_WORDS and "".join(words) in told:
            yield "quote", e


def captions(tree: Any, measure: Measure) -> Iterator[tuple[str, Any]]:
    """What stands with a picture in a box of its own: one line that is no sentence, and no heading."""
    boxes: dict[Any, None] = {}
    looked_at: set[Any] = set()
    for picture in tree.iter("img", "amp-img"):
        box = picture.getparent()
        while box is not None and box not in looked_at and not measure.chars.get(box, 0):
            looked_at.add(box)
            box = box.getparent()
        if box is not None and box not in looked_at:
            boxes[box] = None
    for box in boxes:
        if box.tag not in _CAPTIONED or not 0 < measure.unlinked(box) <= _CAPTION_CHARS:
            continue
        if next(box.iterancestors("td", "th"), None) is not None:
            continue  # a name and its sign, in a table
        lines = [e for e in box.iter() if e.tag in BLOCKS and e is not box and measure.chars.get(e, 0)]
        parts = sum(1 for br in box.iter("br") if br.tail and br.tail.strip())  # a fact each, where there are several
        if (
            len(lines) < 2
            and parts < 2
            and not any(e.tag in HEADINGS for e in lines)
            and not hindi.closes(text_of(box))
        ):
            yield "caption", box


def _field_in(parent: Any) -> Any:
    """What an input in `parent` stands in by itself, a label, a list of answers; None where in nothing."""
    field = None
    while parent is not None and parent.tag in _FIELDS:
        field, parent = parent, parent.getparent()
    return field


def _set_off(link: Any) -> Any:
    """The paragraph around a link that is emphasised as a whole; None without."""
    up = link.getparent()
    while up is not None and up.tag in _EMPHASIS:
        up = up.getparent()
    if up is None or up.tag != "p" or len(up) != 1 or up[0] is link:
        return None
    return None if (up.text or "").strip() or (up[0].tail or "").strip() else up


def _asks(href: str) -> bool:
    before, slash, last = href.partition("#")[0].removesuffix("/").rpartition("/")
    if not slash or "?" in before:
        return False
    return last.lower() in _ASKS or (last.lower() in _LETS_IN and href.startswith("/") and not href.startswith("//"))


# Of each of a page's links, most of which are its site's.
_ASKING: Remembered[str, bool] = Remembered(_asks, entries=4096, longest=1000)


def _around(parent: Any, chars: int, *, measure: Measure, kept: set[Any]) -> Any:
    """The largest box around an element in `parent` that holds few characters, and some besides the element's own
    `chars`; None without."""
    box = None
    for up in (parent, *parent.iterancestors()) if parent is not None else ():
        if up in kept or up.tag not in _BOXES or measure.chars.get(up, 0) > _BOX_CHARS:
            break
        if not measure.dispensable(up):
            break  # a short story's own box
        if measure.chars.get(up, 0) > chars:
            box = up
    return box
