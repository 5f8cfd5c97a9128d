"""What stands before the story: the page's head, the headline, the summary, key points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import regex

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.clean.boilerplate import SUBHEADS
from newscrawl.extraction.prune.layout import BLOCKS, HEADINGS, following, holds_text_only, lineage, text_of
from newscrawl.extraction.prune.measure import HEADLINE_CHARS, PROSE_CHARS, Measure
from newscrawl.text import hindi
from newscrawl.text.depth import shallow

_SUMMARY_CLASS = regex.compile(
    r"summary|synopsis|excerpt|standfirst|strap|sub-?_?(?:head|title)|deck?\b|short-?_?desc|summery|hi(?:gh)?-?lights?|saar",
    regex.I,
)
_FIGURE = regex.compile(r"\d|[:：|•]")
# Characters: what is longer is no headline.
LONGEST_HEADLINE = 1_000
# So much prose before the headline is a stray teaser or notice; more, and the headline is not where it seems.
_STRAY_SHARE = 0.2
# Key points are a small part of what the story's box says.
_LIST_SHARE = 0.2
_LISTS = ("ul", "ol")
# The first words of a summary tell it, for sites cut its end; fewer than this many characters tell nothing.
_SUMMARY_BEGIN, _SUMMARY_LEAST = 120, 20
# Characters: what is longer is the story, put into the head.
_SUMMARY_MOST = 4_000


def headline_element(tree: Any, title: str | None) -> Any:
    """The element that prints the headline: the h1 that says the title, else the first element that does."""
    wanted = phrases.squeeze(title) if title and len(title) <= LONGEST_HEADLINE else ""
    if not wanted:
        return None
    for h1 in shallow(tree.iter("h1")):
        got = phrases.squeeze("".join(h1.itertext()))
        if got and (got == wanted or (len(got) > 15 and (got in wanted or wanted in got))):
            return h1
    length = len(str(title))
    for e in tree.iter("h2", "h3", "td", "div", "p", "font", "span", "b", "strong"):
        text = e.text_content() if len(e) < 4 else ""
        if abs(len(text.strip()) - length) <= 5 and phrases.squeeze(text) == wanted:
            return e
    return None


def before_headline(headline: Any, measure: Measure) -> list[Any]:
    """What stands before the headline, where nearly all prose stands behind it."""
    before = [e for up in lineage(headline) for e in up.itersiblings(preceding=True) if e.tag != "head"]
    stray = sum(measure.prose.get(e, 0) for e in before if e.getparent() is not None)
    return before if stray <= _STRAY_SHARE * measure.total else []


def behind_headline(headline: Any, story: Any, measure: Measure) -> Iterator[tuple[str, Any]]:
    """Headings, lists and boxes of a summary's class between headline and story; `story` is the densest box."""
    told = measure.unlinked(story)
    in_lists = cache(_is_told_in_lists)  # a box may hold thousands of headings, and each asks for it
    for e in list(following(headline)):
        named = e.get("class") or ""
        if e.tag in BLOCKS and named and _SUMMARY_CLASS.search(named) and _says(e, measure):
            yield "summary", e
        elif _begins_story(e, measure, in_lists):
            return
        elif e.tag in _LISTS:
            if measure.chars.get(e, 0) > _LIST_SHARE * told:
                return  # results, a recipe, ten things to know: the list is the story
            yield "list", e  # key points and share buttons: the story tells it again
        elif e.tag in HEADINGS and measure.chars.get(e, 0) >= HEADLINE_CHARS and not _is_first_of_several(e):
            yield "summary" if measure.chars.get(e, 0) >= PROSE_CHARS else "heading", e


def _begins_story(e: Any, measure: Measure, in_lists: Callable[[Any], bool]) -> bool:
    if e.tag in (*_LISTS, *HEADINGS):
        return in_lists(e.getparent())
    return e.tag == "p" and (measure.prose.get(e, 0) > 0 or _closes(e))


def _is_told_in_lists(box: Any) -> bool:
    """Whether headings head lists in a box: winners by prize, places by district. Key points have one heading."""
    lists = (e for e in box if e.tag in _LISTS and (before := e.getprevious()) is not None and before.tag in HEADINGS)
    return sum(1 for _ in lists) > 1


def _is_first_of_several(heading: Any) -> bool:
    """Whether a heading is a subhead of the story: a paragraph follows, and two of its level and more beside it
    have theirs, as in a column of briefs, or in boxes like its own beside that, as pictures of a gallery."""

    def heads_text(e: Any) -> bool:
        behind = e.getnext()
        return behind is not None and behind.tag == "p" and _closes(behind)

    def heads_boxes(box: Any) -> bool:
        beside = (e for e in box.itersiblings(box.tag) if e.get("class") == box.get("class"))
        heads = (e.find(heading.tag) for e in beside)
        return sum(1 for e in heads if e is not None and heads_text(e)) >= SUBHEADS

    if not heads_text(heading):
        return False
    return sum(map(heads_text, heading.itersiblings(heading.tag))) >= SUBHEADS or heads_boxes(heading.getparent())


def _says(e: Any, measure: Measure) -> bool:
    """Whether a block holds running text or, as a short standfirst, one line: a sentence, or words without a figure, as
    a byline with its date has."""
    if measure.prose.get(e, 0):
        return True
    if measure.unlinked(e) < HEADLINE_CHARS:
        return False
    return _closes(e) or (holds_text_only(e) and not _FIGURE.search(text_of(e)))


def _closes(e: Any) -> bool:
    """Whether a short paragraph is a sentence: then the story has begun. Bylines and dates have no closing mark."""
    return hindi.closes(text_of(e), colon=True)


def is_called_summary(e: Any) -> bool:
    """Whether the class or id of a block calls it the story's summary."""
    return e.tag in BLOCKS and _SUMMARY_CLASS.search(f"{e.get('class') or ''} {e.get('id') or ''}") is not None


def printed_summary(tree: Any, summary: str, measure: Measure) -> Iterator[Any]:
    """Where the summary that the head gives is printed above the story: a heading, or a block of a telling class."""
    wanted = phrases.squeeze(summary)[:_SUMMARY_BEGIN] if len(summary) <= _SUMMARY_MOST else ""
    if len(wanted) < _SUMMARY_LEAST:
        return
    for e in list(tree.iter("p", "h2", "h3", "h4", "div", "span", "strong")):
        if not 0.5 * len(summary) <= measure.chars.get(e, 0) <= 2 * len(summary) + 60:
            continue
        parent = e.getparent()
        alone = parent is not None and measure.chars.get(parent, 0) <= measure.chars.get(e, 0) + HEADLINE_CHARS
        named = f"{e.get('class', '')} {parent.get('class', '') if alone else ''}"
        is_named = e.tag in HEADINGS or _SUMMARY_CLASS.search(named)
        if is_named and wanted in phrases.squeeze(text_of(e)):
            yield e
