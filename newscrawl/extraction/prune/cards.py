"""Teaser cards: a headline that is a link, then one short paragraph, and the next card."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.prune.layout import BLOCKS, HEADINGS, beginning_of, holds_text_only, length, lineage
from newscrawl.extraction.prune.measure import HEADLINE_CHARS, Measure, leads_away

# A teaser is from 30 to 450 characters (about 70 words); three of them are a box, one may be the story's own.
_TEASER_FROM, TEASER_CHARS, _CARDS = 30, 450, 3

# Before the link, in a heading: the rubric.
_KICKER_CHARS = 20
# A heading over teasers has at most so many characters.
_HEADING_CHARS = 60


def cards(tree: Any, measure: Measure, kept: set[Any], listed: set[Any]) -> dict[Any, Any]:
    """The teaser cards of a page, each with its text: a linked headline, then one short paragraph; none where they are
    fewer than three. `listed`: the headings of a story that is a list, which head no card."""
    found: dict[Any, Any] = {}
    chars, links = measure.chars.get, measure.links.get  # of each box of a page: a call of ours costs as much as both
    for e in tree.iter("p", "div", "td", "li", "span"):
        text = chars(e, 0) - links(e, 0)
        if not _TEASER_FROM <= text <= TEASER_CHARS or any(measure.unlinked(child) >= _TEASER_FROM for child in e):
            continue
        box = e
        for up in e.iterancestors():
            # A date or a section may stand in the card, another sentence may not.
            if up in kept or up.tag == "body" or measure.unlinked(up) > text + _TEASER_FROM:
                break
            box = up
        if _begins_with_headline(e, measure) or (box is not e and _headline_link_before(e, box, measure, listed)):
            found[box] = e
    return found if len(found) >= _CARDS else {}


def announced(found: Iterable[Any]) -> bool:
    """Whether most cards stand in boxes below a heading over other stories ("More news")."""
    boxes = [card.getparent() for card in found]
    return sum(map(cache(_is_announced), boxes)) * 2 > len(boxes)


def _is_announced(box: Any) -> bool:
    """Whether the heading right before a box, or at its beginning, is one over other stories."""
    before = (up.getprevious() for up in lineage(box))
    heading = box[0] if box[0].tag in HEADINGS else next((e for e in before if e is not None), None)
    if heading is None or heading.tag not in HEADINGS:
        return False
    return phrases.heads_teasers(beginning_of(heading, _HEADING_CHARS))


def other_articles(found: Iterable[Any], headline: Any, measure: Measure) -> bool:
    """Whether most cards are an `article` each and the headline stands in another one, with running text of its own."""
    own = next(headline.iterancestors("article"), None) if headline is not None else None
    if own is None or not measure.prose.get(own, 0):
        return False
    around = [next((up for up in lineage(card) if up.tag == "article"), own) for card in found]
    return sum(up is not own and own not in up.iterancestors() for up in around) * 2 > len(around)


def _begins_with_headline(e: Any, measure: Measure) -> bool:
    """Whether a paragraph's first line is a headline that is a link."""
    first = next((child for child in e if isinstance(child.tag, str)), None)
    if first is None or length(e.text) or first.getnext() is None or first.getnext().tag != "br" or length(first.tail):
        return False
    link = next(first.iter("a"), None)
    return (
        link is not None
        and leads_away(link)
        and measure.linkish(first)
        and measure.links.get(first, 0) >= HEADLINE_CHARS
    )


def _headline_link_before(e: Any, box: Any, measure: Measure, listed: set[Any]) -> bool:
    for x in box.iter():
        if x is e:
            return False
        if x.tag == "a" and x not in listed and measure.links.get(x, 0) >= HEADLINE_CHARS and _heads(x, measure):
            return True
    return False


def _heads(link: Any, measure: Measure) -> bool:
    """Whether a link is a block's whole text: a headline, not a link inside a sentence."""
    block = next((e for e in link.iterancestors() if e.tag in BLOCKS), None)
    if block is None:
        return False
    if block.tag in HEADINGS and measure.unlinked(block) <= _KICKER_CHARS < measure.links.get(block, 0):
        return True
    # A link around a block stands alone, and so does one on a line of its own: before a block, and behind no text.
    return measure.linkish(block) or not holds_text_only(link) or _own_line(link)


def _own_line(link: Any) -> bool:
    if not leads_away(link):
        return False  # a question that opens its answer
    before, behind, parent = link.getprevious(), link.getnext(), link.getparent()
    begins = length(before.tail) == 0 and before.tag in BLOCKS if before is not None else length(parent.text) == 0
    return begins and behind is not None and behind.tag in BLOCKS and length(link.tail) == 0
