"""Links to other stories: lists of them, headlines that are one, "also read", teasers behind a heading."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

import regex

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.prune.cards import TEASER_CHARS
from newscrawl.extraction.prune.layout import BLOCKS, HEADINGS, beginning_of, holds_text_only, length, text_of
from newscrawl.extraction.prune.measure import HEADLINE_CHARS, Measure, leads_away
from newscrawl.text import hindi

# A heading over teasers has at most so many characters.
_HEADING_CHARS = 60
# A teaser has one block of running text, a story of its own has more.
_PARAGRAPHS = 2
# What is shorter counts a story's own parts.
_MARK_CHARS = 4
# A link around a heading is another story's headline from so many characters on; in lists of goods and firms it is
# their name.
_LINKED_CHARS = 40
# What a link says first, as far as it is looked at: labels are shorter.
_LINK_CHARS = 300
# So many teasers in a row are a list.
_TEASERS = 2
# Paragraphs on either side of a box that are looked at.
_REACH = 3
# A label before a headline, and what ends it.
_LABEL_CHARS = 40
_LABEL_END = regex.compile(r"(?:[:：→»|]|\s[-–—]|[-–—=]>|\p{Emoji_Presentation}|\p{So}\ufe0f?)$")
_CLOSING = " )]}"
_DOWN = ("👇", "⬇", "⬇\ufe0f", "🔽")
# A sentence, or an address.
_NO_HEADLINE = regex.compile(r"[।॥]|\.$|^(?:https?:|www\.)|@")
_LATIN, _HINDI_SHARE = regex.compile(r"\p{Latin}"), 0.5
_SAYS = frozenset(
    hindi.fold("कहा बताया बोले बोलीं लिखा पूछा सवाल जवाब वेबसाइट लिंक नोटिफिकेशन अधिसूचना स्रोत सोर्स दावा").split()
)
_BROKEN_OFF = ("...", "…", "…]", "...]")
# A card has a headline and a description.
_CARD_BLOCKS = 2
_BOX_HEADINGS = ("h2", "h3")
_MAIN_HEADINGS = ("h1", *_BOX_HEADINGS)
# A year, or a time of day.
_DATED = regex.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}:\d\d\b")
# Classes that say how a box is laid out, and nothing of what is in it.
_LAYOUT_CLASS = regex.compile(
    r"elementor|et_pb|wp-block|section|container|widget|grid|flex|\b(?:vc_|fl-|brxe|row|col)", regex.I
)


def next_stories(tree: Any, headline: Any, measure: Measure) -> Iterator[Any]:
    """Whole stories below the page's own, as sites print them for readers who scroll on.

    Such a box begins with a main heading, has running text of its own, and is made as a box around the headline is
    (an `article` each, or a class that both have and a date of its own) or names the page that it is from.
    """
    if headline is None:
        return
    heading = headline if headline.tag in _MAIN_HEADINGS else next(headline.iter(*_MAIN_HEADINGS), None)
    if heading is None:
        return
    around = list(headline.iterancestors("article", "section", "div", "li"))
    running = _Running(tree, measure)
    yield from _made_alike(around, running)
    if headline.tag != "h1":
        return  # others of its tag may be subheads
    mains = list(tree.iter("h1"))
    own = _own_classes(around)
    boxes = set(around)
    for heading in mains[mains.index(headline) + 1 :]:
        box = None
        for up in heading.iterancestors("article", "section", "div", "li"):
            if up in boxes or not running.begins_with(heading, up):
                break
            if up.get("data-url") or _is_another(up, heading, own, measure):
                box = up
        if box is None or running.paragraphs(box) < _PARAGRAPHS:
            continue
        if running.between(headline, box) >= _PARAGRAPHS:
            yield box


class _Running:
    """Where running text stands in a tree: its paragraphs by their place in the order of the page, so that a page of
    thousands of stories is gone through once."""

    def __init__(self, tree: Any, measure: Measure) -> None:
        self._tree, self._measure = tree, measure

    @cached_property
    def _order(self) -> dict[Any, int]:
        return {e: at for at, e in enumerate(self._tree.iter())}

    @cached_property
    def _places(self) -> list[int]:
        prose = self._measure.prose
        return [at for e, at in self._order.items() if prose.get(e, 0) and e.tag in BLOCKS and holds_text_only(e)]

    def begins_with(self, heading: Any, box: Any) -> bool:
        """Whether no running text stands in a box before its heading."""
        return self._count(self._order[box], self._order[heading]) == 0

    def paragraphs(self, box: Any) -> int:
        """How many stand in a box."""
        return self._count(self._order[box], self._end(box))

    def between(self, e: Any, box: Any) -> int:
        """How many stand behind an element and before a box."""
        return self._count(self._end(e), self._order[box])

    def _end(self, e: Any) -> int:
        # Not by `len`: lxml counts the children each time.
        while (last := next(e.iterchildren(reversed=True), None)) is not None:
            e = last
        return self._order[e] + 1

    def _count(self, first: int, end: int) -> int:
        return bisect_left(self._places, end) - bisect_left(self._places, first)


def _made_alike(around: list[Any], running: _Running) -> Iterator[Any]:
    """Stories below one that is told in a box of its own, in boxes beside it of the very same classes, with a lesser
    heading each.

    A story's own parts may be made alike, too. From the first on that bears an address or a number of its own, or a
    link to the full story, they are other stories.
    """
    for own in around:
        classes = _classes(own)
        beside = [box for box in own.itersiblings(own.tag) if classes and classes <= _classes(box)]
        if not beside or running.paragraphs(own) < _PARAGRAPHS:
            continue
        found = False
        for box in beside:
            heading = next(box.iter(*_BOX_HEADINGS), None)
            if heading is None:
                continue
            # A brief of one paragraph is a story, too, where the box says that it is of its own.
            if not running.begins_with(heading, box) or not running.paragraphs(box):
                continue
            found = found or _is_its_own(box, own)
            if found:
                yield box
        if found:
            return


def _is_its_own(box: Any, own: Any) -> bool:
    marks = {
        name: mark for name in own.attrib if name.startswith("data-") and len(mark := box.get(name, "")) >= _MARK_CHARS
    }
    named = any(mark != own.get(name) for name, mark in marks.items())
    return named or any(phrases.continues(text_of(link)) for link in box.iter("a"))


def _own_classes(around: list[Any]) -> dict[str, set[str]]:
    """The classes of the boxes around the headline by their tag, without those that say how a box is laid out."""
    found: dict[str, set[str]] = {}
    for own in around:
        found.setdefault(own.tag, set()).update(name for name in _classes(own) if not _LAYOUT_CLASS.search(name))
    return found


def _is_another(box: Any, heading: Any, own: Mapping[str, set[str]], measure: Measure) -> bool:
    """Whether a box with an h1 is another story's, made as one of the page's `own`. People write their subheads as h1,
    and a page builder gives all sections of a story one class: a story of its own says when it was told."""
    if box.tag not in own:
        return False
    if box.tag == "article":
        return True
    alike = not own[box.tag].isdisjoint(_classes(box))
    return alike and next(box.iter(*_MAIN_HEADINGS)) is heading and _is_dated(box, heading, measure)


def _is_dated(box: Any, heading: Any, measure: Measure) -> bool:
    """Whether a date stands in a box above its running text."""
    inside = set(heading.iter())
    for e in box.iter():
        if measure.prose.get(e, 0) and e.tag in BLOCKS and holds_text_only(e):
            return False
        if e.tag == "time" or (e not in inside and _DATED.search(hindi.fold(e.text or ""))):
            return True
        if e not in inside and e is not box and _DATED.search(hindi.fold(e.tail or "")):
            return True
    return False


def _classes(e: Any) -> set[str]:
    return set((e.get("class") or "").split())


def link_blocks(tree: Any, measure: Measure, headline: Any, kept: set[Any]) -> Iterator[tuple[str, Any]]:
    """Lists of links, and paragraphs, headings and list items that are one headline-long link, or are all of one."""
    for e in tree.iter("ul", "ol", "p", "li", "div", "h2", "h3", "h4", "h5", "h6", "a"):
        if e is headline or e in kept:
            continue
        if not measure.linkish(e):
            if e.tag in ("p", "div") and _is_labelled(e, measure):
                yield "labelled", e
            continue
        chars = measure.chars.get(e, 0)
        if e.tag in (*HEADINGS, "a") and not any(map(leads_away, e.iter("a"))):
            continue
        if e.tag == "a":
            is_link = chars >= _LINKED_CHARS and (
                any(measure.chars.get(x, 0) == chars for x in e.iter(*HEADINGS)) or _is_card(e, measure)
            )
        else:
            is_link = e.tag in ("ul", "ol", "div") or chars >= HEADLINE_CHARS
        if is_link:
            yield e.tag, e
            before, behind = e.getprevious(), e.getnext()
            if before is not None and 0 < measure.chars.get(before, 0) <= _LABEL_CHARS and _points_down(before):
                yield "label", before
            if behind is not None and e.tag in (*HEADINGS, "a") and _breaks_off(behind, measure):
                yield "teaser", behind
            if e.tag in HEADINGS and _is_pasted(e.getparent(), e, measure):
                yield "pasted card", e.getparent()


def _is_labelled(e: Any, measure: Measure) -> bool:
    """Whether a paragraph is a few words, a colon or an arrow, and another story's headline, which is a link: "बड़ी
    खबर: ...". What a person says, a product or an address to look at is linked behind a colon, too; the names of
    products are mostly English."""
    if (
        not 0 < measure.unlinked(e) <= _LABEL_CHARS
        or measure.links.get(e, 0) < HEADLINE_CHARS
        or not holds_text_only(e)
    ):
        return False
    links = list(islice(e.iter("a"), 2))
    if len(links) != 1 or not leads_away(links[0]):
        return False
    told, text = text_of(links[0]), text_of(e)
    inside = text.rstrip(_CLOSING)
    label = inside.removesuffix(told).rstrip()
    if label == inside or not _LABEL_END.search(label) or _NO_HEADLINE.search(told) or _LATIN.search(label):
        return False
    if hindi.devanagari_share(told) < _HINDI_SHARE:
        return False
    return _SAYS.isdisjoint(hindi.folded_words(label))


def _points_down(e: Any) -> bool:
    """Whether a short line points at what is below it."""
    text = text_of(e)
    return text.startswith(_DOWN) or text.endswith(_DOWN)


def _breaks_off(e: Any, measure: Measure) -> bool:
    """Whether a block is a teaser by its end, which is dots."""
    short = holds_text_only(e) and 0 < measure.unlinked(e) <= TEASER_CHARS
    return short and e.tag in ("p", "div", "span") and text_of(e).endswith(_BROKEN_OFF)


def _is_pasted(box: Any, heading: Any, measure: Measure) -> bool:
    """Whether a box holds nothing but another page's headline and one short paragraph, and stands among paragraphs."""
    if box.tag not in ("div", "aside", "section") or measure.unlinked(box) > TEASER_CHARS:
        return False
    blocks = [
        e for e in box.iter() if e.tag in BLOCKS and e is not heading and measure.unlinked(e) and holds_text_only(e)
    ]
    around = box.itersiblings("p", preceding=True), box.itersiblings("p")
    beside = sum(bool(measure.prose.get(e, 0)) for siblings in around for e in islice(siblings, _REACH))
    return len(blocks) == 1 and blocks[0].tag == "p" and beside >= _PARAGRAPHS


def _is_card(link: Any, measure: Measure) -> bool:
    """Whether a link is a box of headline and description, each a block: another page, as editors paste it."""
    told = [measure.chars.get(e, 0) for e in link.iter() if e.tag in BLOCKS and holds_text_only(e)]
    return sum(map(bool, told)) >= _CARD_BLOCKS and sum(told) == measure.chars.get(link, 0)


def also_read(tree: Any, measure: Measure) -> Iterator[tuple[str, Any]]:
    """ "Also read: <a>headline</a>" inside a paragraph: the label goes here, the link is given back to be dropped.

    A paragraph that ends in a link "read the full story" is a teaser: it goes whole.
    """
    for link in list(tree.iter("a")):
        text = beginning_of(link, _LINK_CHARS)
        if phrases.continues(text):
            paragraph = next((e for e in link.iterancestors("p", "li", "div")), None)
            short = paragraph is not None and measure.chars.get(paragraph, 0) <= TEASER_CHARS
            yield "full story", paragraph if short else link
        elif phrases.leads_in(text):
            yield "label", link
        else:
            e, holder, attribute = _text_before(link)
            before = getattr(holder, attribute) if holder is not None else None
            if before and (cut := phrases.cut_label(before)) is not None:
                setattr(holder, attribute, cut)
                yield "label", e
            elif before and _ends_paragraph(e, link, text, before):
                yield "behind a sentence", e


def _ends_paragraph(e: Any, link: Any, text: str, before: str) -> bool:
    """Whether a link, in `e`, is another story's headline behind the last sentence of a paragraph: a sentence of the
    story has a closing mark."""
    return (
        e.getparent().tag == "p"
        and e.getnext() is None
        and not length(e.tail)
        and hindi.closes(before.rstrip())
        and not before.rstrip().endswith(".")  # which may be an abbreviation's
        and HEADLINE_CHARS <= len(text) <= _LINK_CHARS
        and not _NO_HEADLINE.search(text)
        and not hindi.closes(text)
        and hindi.devanagari_share(text) >= _HINDI_SHARE
        and leads_away(link)
        and text_of(e) == text
    )


def _text_before(link: Any) -> tuple[Any, Any, str]:
    """The text directly before `link`: (the outermost inline element that begins with it, holder, attribute)."""
    e = link
    while True:
        before, parent = e.getprevious(), e.getparent()
        if before is not None:
            if length(before.tail):
                return e, before, "tail"
            if before.tag in ("br", "a") or before.tag in BLOCKS:
                return e, None, "text"
            last = before
            while len(last) and not length(last[-1].tail):
                last = last[-1]
            if len(last):
                return e, last[-1], "tail"
            return e, last, "text"
        if parent is None:
            return e, None, "text"
        if length(parent.text):
            return e, parent, "text"
        if parent.tag in BLOCKS:
            return e, None, "text"
        e = parent


def drop_teasers(tree: Any, measure: Measure, kept: set[Any]) -> Iterator[tuple[str, Any]]:
    """Drop headings such as "Latest News", and what follows each in its box; gives what was dropped."""
    for e in list(tree.iter("h2", "h3", "h4", "h5", "h6", "b", "strong", "div", "span", "p")):
        if not 0 < measure.chars.get(e, 0) <= _HEADING_CHARS or e.getparent() is None:
            continue
        if not phrases.heads_teasers(text_of(e)):
            continue
        box = e
        while (parent := box.getparent()) is not None and parent not in kept and parent.tag != "body":
            if measure.chars.get(parent, 0) > measure.chars.get(e, 0) + 3:
                break
            box = parent
        sibling = box.getnext()
        if sibling is not None and _tells(sibling, measure):
            continue  # the text will tell what follows (boilerplate.strip)
        alternate = _alternate(box, measure)
        while sibling is not None:
            # Up to where the story goes on.
            if not measure.dispensable(sibling) or sibling in kept or (not alternate and _tells(sibling, measure)):
                break
            behind = sibling.getnext()
            measure.drop(sibling)
            yield "behind a heading", sibling
            sibling = behind
        measure.drop(box)
        yield "heading", box


def _alternate(box: Any, measure: Measure) -> bool:
    """Whether all that is behind a box are headings that are links, two and more, with a paragraph each: those are
    teasers."""
    pairs = 0
    head = box.getnext()
    while head is not None:
        if head.tag not in HEADINGS or not measure.linkish(head):
            return False
        told = head.getnext()
        if told is None or told.tag not in ("p", "div") or not 0 < measure.chars.get(told, 0) <= TEASER_CHARS:
            return False
        pairs += 1
        head = told.getnext()
    return pairs >= _TEASERS


def _tells(e: Any, measure: Measure) -> bool:
    """Whether an element is a paragraph or a subhead of a story: teasers hold links."""
    if e.tag in HEADINGS:
        return not measure.linkish(e) and not phrases.heads_teasers(text_of(e))
    told = e.tag == "p" and not measure.links.get(e, 0)
    running = told and (measure.prose.get(e, 0) > 0 or hindi.closes(text_of(e)))
    return running and not text_of(e).endswith(_BROKEN_OFF)
