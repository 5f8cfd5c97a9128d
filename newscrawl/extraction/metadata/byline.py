"""Who wrote it and when it appeared, as printed for readers between headline and story."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import regex
from lxml import etree

from newscrawl.extraction.elements import Elements, rels
from newscrawl.text import hindi
from newscrawl.text.inner_tags import MARKUP

# Of cleaned text, which has one space between words.
_SPLIT = regex.compile(r" ?(?:;|,|\|| / | & | (?:and|और|एवं|तथा) ) ?", regex.I)
_LABEL = regex.compile(
    r"^\W*(?:(?:written|reported|edited|posted|published|authored|updated|compiled|curated)\s+(?:and\s+\w+\s+)?by|by|author|"
    r"लेखक|रिपोर्ट|रिपोर्टर|संवाददाता|प्रस्तुति|द्वारा पोस्ट किया गया)\b\s*[:：\-–|]*\s*",
    regex.I,
)
_CREDIT = regex.compile(
    r"^\W*(?:(?:written|reported|authored)\s+(?:and\s+\w+\s+)?by|by\b|लेखक|रिपोर्ट|रिपोर्टर)\s*[:：\-–|]*\s*(?P<names>[^\d|·•/]{3,60})",
    regex.I,
)
# "name / place date": an old print habit, the name before the first slash of a line that dates the story.
_SLASHED = regex.compile(r"^(?P<names>[^\d/|:।]{3,50}?)\s*/\s*\S")
_NOT_A_NAME = regex.compile(
    r"https?:|www\.|@|\.com|\d{3}|^(?:admin|administrator|editor|guest|null|none|undefined|staff|user)$", regex.I
)
_NAME_WORDS = 7
_AUTHOR_ITEMS: Any = etree.XPath(
    "//@itemprop[.='author']/..//@itemprop[.='name']/.."
    " | //@itemprop[.='author']/parent::*[not(.//@itemprop[.='name'])]"
)
_CLASSES = ("author", "byline")
_NAME_CLASSES = ("author-name", "authorname", "author_name", "authorName")
_WRAPPER_CLASSES = ("byline", "post-author", "author-name")
# How much text after the headline may hold byline and date; and running text, which ends the search.
_REACH_CHARS, _PROSE_CHARS = 900, 120


def names(values: list[str], site_names: list[str | None]) -> tuple[str, ...]:
    """Names from author strings: parted, labels off, addresses and the like left out, each once."""
    out: dict[str, None] = {}
    for value in values:
        for part in _SPLIT.split(hindi.clean(MARKUP.sub(" ", value))):
            name = _LABEL.sub("", part).strip(" .:-–|()[]")
            if name and hindi.word_count(name) <= _NAME_WORDS and not _NOT_A_NAME.search(name):
                out[name] = None
    # The site's own name is an author only where nobody else is.
    sites = {hindi.fold(s) for s in site_names if s}
    people = [n for n in out if hindi.fold(n) not in sites]
    return tuple(people or out)


def printed_authors(elements: Elements, near: list[str], site_names: list[str | None]) -> tuple[str, ...]:
    """Authors as printed: a marked element, else a line "By X", "लेखक: X" or "X / place, date"."""
    for e in _marked(elements):
        text = " ".join(" ".join(e.itertext()).split()) or e.get("content") or ""
        if 2 < len(text) < 80 and (found := names([text], site_names)):
            return found
    for line in near:
        if (
            found_line := _CREDIT.search(line)
            or (_SLASHED.search(line) if regex.search(r"\d{4}|\d:\d\d", hindi.fold(line)) else None)
        ) and (found := names([found_line["names"]], site_names)):
            return found
    return ()


def _marked(elements: Elements) -> Iterator[Any]:
    """Elements marked as the author, best marked first: a wrapper named after him holds role and picture, too."""
    yield from (e for e in elements.tagged("a") if "author" in rels(e))
    if elements.of_property("author"):
        yield from _AUTHOR_ITEMS(elements.tree)
    classed = [(names_of, e) for names_of, e in elements.classed if any(part in names_of for part in _CLASSES)]
    for names_of, e in classed:
        if _is_named(names_of, _NAME_CLASSES) and not any(isinstance(child.tag, str) for child in e):
            yield e
    yield from (e for names_of, e in classed if _is_named(names_of, _WRAPPER_CLASSES))


def _is_named(classes: str, parts: tuple[str, ...]) -> bool:
    return "author" in classes.split() or any(part in classes for part in parts)


def lines_near(headline: Any) -> list[str]:
    """The lines printed after the headline, up to the first running text."""
    lines: list[str] = []
    reach = 0
    for text in _texts_after(headline):
        if len(text) > _PROSE_CHARS and "।" in text:
            break
        lines.append(text)
        reach += len(text)
        if reach > _REACH_CHARS:
            break
    return lines


_LINES = frozenset(
    [
        "p",
        "div",
        "td",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "header",
        "ul",
        "ol",
        "table",
        "tr",
        "dl",
        "dt",
        "dd",
        "figure",
        "main",
        "aside",
    ]
)


def _texts_after(headline: Any) -> Iterator[str]:
    """Text of the blocks that follow an element in document order, one string a block."""
    parts: list[str] = []
    for e in _following(headline):
        if not isinstance(e.tag, str) or e.tag in ("script", "style", "noscript"):
            if e.tail and parts is not None:
                parts.append(e.tail)
            continue
        if e.tag in _LINES and parts:
            text = " ".join(" ".join(parts).split())
            parts = []
            if text:
                yield text
        parts += [e.text or ""]
        if len(e) == 0:
            parts.append(e.tail or "")
    text = " ".join(" ".join(parts).split())
    if text:
        yield text


def _following(e: Any) -> Iterator[Any]:
    at = e
    while at is not None and at.tag not in ("body", "html"):
        for sibling in at.itersiblings():
            if isinstance(sibling.tag, str):
                yield from sibling.iter()
        at = at.getparent()
