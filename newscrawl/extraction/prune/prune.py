"""The page's tree before trafilatura sees it: what can be told from markup not to be the story is pruned here.

Text alone cannot tell a related headline from a sentence; the tree can: it is a link, it stands in a box whose
class says so, it stands before the headline. Rules propose, the guard disposes: what one rule proposes for one
reason goes whole or not at all, and never with a good part of the story's running text (`_Shears.take`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import lxml.html
import regex
from lxml import etree
from trafilatura.utils import is_dubious_html, repair_faulty_html

from newscrawl.extraction.prune import asides, before_story, boxes, captions, layout, numbered, other_stories
from newscrawl.extraction.prune.cards import announced, cards, other_articles
from newscrawl.extraction.prune.layout import HEADINGS, beginning_of, drop, holds_text_only, text_of
from newscrawl.extraction.prune.measure import GUARD_SHARE, PROSE_CHARS, Measure
from newscrawl.text import hindi
from newscrawl.text.depth import cut_off
from newscrawl.text.ends import without_ends

# Elements without running text of a story.
_NO_TEXT = (
    "script", "style", "noscript", "template", "svg", "iframe", "select", "textarea", "object", "embed",
    "video", "audio", "canvas", "map", "dialog", "amp-ad", "amp-embed", "amp-sidebar", "amp-analytics",
    "amp-story-player", "amp-list", "amp-consent", "amp-sticky-ad", "amp-social-share",
)  # fmt: skip
# What trafilatura looks for at the start of a page: "html" in so many characters, and a tag <html/> in so many.
_DECLARED_CHARS, _HEAD_CHARS = 50, 4096
# What is not called HTML and has fewer parts is none to it.
_DUBIOUS_PARTS = 2
# What XML forbids, as bytes of UTF-8: control characters, and U+FFFE and U+FFFF.
_FORBIDDEN = bytes({*range(32)} - {*b"\t\n\r"})
# References to them, as a word processor's line break has one (&#11;): the parser puts the character into the tree, and
# whoever moves its text fails, and the page with it.
_FORBIDDEN_REFERENCE = regex.compile(
    rb"&#(?:0{0,9}(?:[0-8]|1[124-9]|2\d|3[01]|6553[45]|5(?:5(?:29[6-9]|[3-9]\d\d)|6\d{3}|7(?:[0-2]\d\d|3[0-3]\d|34[0-3])))(?!\d)"
    rb"|x0{0,9}(?:[0-8bcef]|1[\da-f]|fff[ef]|d[89a-f][\da-f]{2})(?![\da-f]));?",
    regex.IGNORECASE,
)
_NO_CHARACTERS = ("\ufffe".encode(), "\uffff".encode())
# What both begin with, and little else does. They end as vowel signs of Devanagari do, and a search goes by the end.
_NO_CHARACTER_BEGINS = _NO_CHARACTERS[0][:1]
# As trafilatura's own, but for the class of elements: one for all, for `lxml.html` asks Python for each element's, and
# what it has of its own for forms is not used. And for the depth (`cut_off`).
_PARSER = lxml.html.HTMLParser(  # type: ignore[call-arg]  # the stubs do not know `default_doctype`
    collect_ids=False, default_doctype=False, encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
)
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement))
# How a template says that it is an element's own markup; the second name is that of the first browsers.
_SHADOW_ROOT = frozenset(("shadowrootmode", "shadowroot"))
_FULL_TEXT = re.compile("full-?_?text", re.I)
# A question has three words, with so many spaces between them.
_QUESTION_SPACES = 2
# The number of a footnote, in its brackets.
_MARK_CHARS = 20
# A heading over links has at most so many characters.
_HEADING_CHARS = 100
# Cards with so much of the story's prose are its parts; related stories beside a short story hold less.
_DIGEST_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Taken:
    """An element that was pruned: by which rule, and for what reason."""

    rule: str
    reason: str
    element: Any


@dataclass(frozen=True, slots=True)
class Pruned:
    """A pruned tree, with what was seen while pruning."""

    tree: Any
    measure: Measure  # of what is left
    carded_share: float  # of the page's prose, what stood in teaser cards
    cards: bool  # there were teaser cards
    summary: str | None  # the summary printed between headline and story
    taken: tuple[Taken, ...]
    linked_share: float  # of the page's characters, before pruning, those in links
    prose_share: float  # and those of running text

    @property
    def summarised(self) -> bool:
        """Whether the printed summary was among what was taken."""
        return any(taken.reason in ("printed", "summary") for taken in self.taken)


class TooDeep(ValueError):
    """Elements stand in each other deeper than the parser goes: what is behind would be lost without a word."""


def parse(html: str) -> Any | None:
    """Parse decoded HTML into an lxml tree, or None where there is no element at all. Raises `TooDeep`.

    The tree is that of `trafilatura.load_html`, which spends a third of its time on a look at each character. As bytes
    that look is quick; a page that has what XML forbids, or a head that needs repair, is still repaired as it does.
    """
    body, beginning = html.encode("utf-8", "surrogatepass"), html[:_DECLARED_CHARS].lower()
    if _to_repair(html, body):
        body = repair_faulty_html(html, beginning).encode("utf-8", "surrogatepass")
    if b"&#" in body:
        body = _FORBIDDEN_REFERENCE.sub(b"", body)
    try:
        tree = lxml.html.fromstring(without_ends(body), parser=_PARSER)
    except etree.ParserError:  # comments alone, a doctype alone
        return None
    if why := cut_off(_PARSER):
        raise TooDeep(why)
    if b"shadowroot" in body:
        for template in list(tree.iter("template")):
            if not _SHADOW_ROOT.isdisjoint(template.attrib):
                template.tag = "div"  # browsers show it, where it stands
    return None if is_dubious_html(beginning) and len(tree) < _DUBIOUS_PARTS else tree


def _to_repair(html: str, body: bytes) -> bool:
    """Whether `trafilatura.load_html` may change anything in a page before it is parsed."""
    first, newline, _ = html.partition("\n")
    return (
        "html" not in html[:_DECLARED_CHARS].lower()
        or not newline
        or "/" in first.partition(">")[0]  # a doctype with an address
        or any("<html" in line and line.endswith("/>") for line in html[:_HEAD_CHARS].splitlines())
        or len(body.translate(None, _FORBIDDEN)) < len(body)
        or (_NO_CHARACTER_BEGINS in body and any(character in body for character in _NO_CHARACTERS))
    )


def prune(tree: Any, *, title: str | None, summary: str | None, kind: str = "article") -> Pruned:
    """Take what is not the story out of `tree`, in place.

    `kind`: captions are the text of a "gallery", and of what is told in them alone; the headings of a "liveblog" are
    its entries'.
    """
    etree.strip_elements(tree, etree.Comment, etree.ProcessingInstruction, *_NO_TEXT, with_tail=False)
    told = kind == "gallery" or captions.are_told(tree)
    if told:
        captions.part(tree)
    else:
        etree.strip_elements(tree, "figcaption", with_tail=False)
    threads = list(boxes.threads(tree))
    for thread in threads:
        drop(thread)
    choices: Counter[Any] = Counter()
    for button in list(tree.iter("button", "summary")):
        # A parser nests half a page in a button that is never closed.
        if (says := beginning_of(button, PROSE_CHARS)).endswith("?") and says.count(" ") >= _QUESTION_SPACES:
            button.tag = "h3"  # that opens its answer
        elif len(says) < PROSE_CHARS and button.tag == "button":
            choices[button.getparent()] += 1
            drop(button)
    marks = (e for e in tree.iter("sup") if e.find("a") is not None)
    for mark in [e for e in marks if beginning_of(e, _MARK_CHARS).strip("[]()").isdecimal()]:
        drop(mark)  # of a footnote
    layout.unfold(tree)
    measure = Measure(tree)
    _name_paragraphs(tree, measure)
    _join_full_text(tree, measure)
    headline = before_story.headline_element(tree, title)
    below = [] if kind == "liveblog" else list(other_stories.next_stories(tree, headline, measure))
    for e in below:
        measure.drop(e)
    measure.total = max(1, measure.prose.get(tree, 0))
    kept = set(headline.iterancestors()) | {headline} if headline is not None else set()
    story = measure.densest(tree)
    shears = _Shears(measure, story, frozenset(story.iterdescendants()), kept)
    shears.taken += [Taken("comments", "thread", e) for e in threads]
    shears.taken += [Taken("next story", e.tag, e) for e in below]
    chars = max(1, measure.chars.get(tree, 0))
    linked_share, prose_share = measure.links.get(tree, 0) / chars, measure.prose.get(tree, 0) / chars
    listed = numbered.headings(tree, measure, headline)
    teasers = cards(tree, measure, shears.kept, listed)
    carded = sum(measure.prose.get(card, 0) for card in teasers)
    # Where the cards are most of the text they are the story: a digest, a recipe, a list of places. Not where they are
    # cut off, below "More news", or an `article` each: those are teasers of a paper's other stories, beside a brief.
    whole = sum(hindi.closes(text_of(text)) for text in teasers.values()) * 2 >= len(teasers)
    others = announced(teasers) or other_articles(teasers, headline, measure)
    most = _DIGEST_SHARE if whole and not others else 1.0
    refused = shears.take("cards", (("card", card) for card in teasers), most)
    stays = listed.union(*(card.iter() for card in refused))
    if told:
        captions.name_short(tree)
    shears.take("asides", asides.asides(tree, measure, shears.kept))  # before the forms themselves go
    shears.take("asides", asides.polls(choices, measure))
    shears.take("asides", asides.quotes(tree, measure))
    if not told:
        shears.take("asides", asides.captions(tree, measure))
    junk = boxes.junk(tree, measure)
    for e in shears.take("boxes", (found for found in junk if not (told and "caption" in found[0]))):
        boxes.keep(e)
    shears.taken += [Taken("teasers", *what) for what in other_stories.drop_teasers(tree, measure, shears.kept)]
    shears.take("links", other_stories.link_blocks(tree, measure, headline, stays))
    shears.take("also read", other_stories.also_read(tree, measure))
    if summary:
        shears.take("summary", (("printed", e) for e in before_story.printed_summary(tree, summary, measure)))
    printed = None
    if headline is not None:
        for e in before_story.before_headline(headline, measure):
            e.tail = None
            shears.taken.append(Taken("opening", "before the headline", e))
            measure.drop(e)
        between = before_story.behind_headline(headline, story, measure)
        shears.take("opening", (found for found in between if not (kind == "liveblog" and found[0] == "heading")))
        summaries = (t for t in shears.taken if t.rule == "opening" and t.reason == "summary")
        printed = next((text_of(taken.element) for taken in summaries), None)
        measure.drop(headline)
    if kind == "liveblog":
        _name_entries(story, kept, measure)
    if measure.elements > layout.MANY_ELEMENTS:
        layout.smooth(tree)
    return Pruned(
        tree=tree,
        measure=measure,
        carded_share=carded / measure.total,
        cards=bool(teasers),
        summary=printed,
        taken=tuple(shears.taken),
        linked_share=linked_share,
        prose_share=prose_share,
    )


@dataclass(slots=True)
class _Shears:
    """Drops elements, guarded by the page's running text; remembers what it took."""

    measure: Measure
    story: Any  # the densest box
    inside: frozenset[Any]  # and what it holds
    kept: set[Any]  # the headline and what it stands in
    taken: list[Taken] = field(default_factory=list)

    def take(self, rule: str, found: Iterable[tuple[str, Any]], share: float = GUARD_SHARE) -> list[Any]:
        """Drop what a rule found, reason by reason; gives what the guard kept.

        A class on every paragraph would empty the story although each paragraph is small. So the guard asks for the
        sum: where all that goes for one reason holds over `share` of the story's prose, none of it goes.
        """
        by_reason: dict[str, dict[Any, None]] = {}
        for reason, e in found:
            if e is not None and e not in self.kept and self.measure.dispensable(e):
                by_reason.setdefault(reason, {})[e] = None
        refused: list[Any] = []
        most = share * self.measure.prose.get(self.story, 0)
        most_short = share * self.measure.unlinked(self.story)
        for reason, elements in by_reason.items():
            outer = [e for e in layout.outermost(elements) if e.getparent() is not None]
            inside = {e for e in outer if e in self.inside}
            lost = sum(self.measure.prose.get(e, 0) for e in inside)
            short = sum(self.measure.unlinked(e) for e in inside)
            for e in outer:
                if e in inside and (lost > most or short > most_short):
                    refused.append(e)
                    continue
                self.taken.append(Taken(rule, reason, e))
                around = e.getparent()
                self.measure.drop(e)
                if rule == "links":
                    self._drop_heading(around)
        return refused

    def _drop_heading(self, box: Any) -> None:
        """Drop a box in which nothing but the heading of its links is left."""
        left = self.measure.chars.get(box, 0)
        if not 0 < left <= _HEADING_CHARS or box in self.kept or box.tag == "body":
            return
        heading = next(box.iter(*HEADINGS), None)
        if heading is not None and self.measure.chars.get(heading, 0) == left:
            self.taken.append(Taken("links", "the heading", box))
            self.measure.drop(box)


def _name_paragraphs(tree: Any, measure: Measure) -> None:
    """Running text in a bare div is a paragraph, and so is its short twin beside it: trafilatura trusts the tag. So are
    several articles or sections of bare text beside one another."""
    alike: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for e in tree.iter("div", "article", "section"):
        if (measure.unlinked(e) or measure.prose.get(e, 0)) and holds_text_only(e):
            alike[e.getparent(), e.tag, e.get("class")].append(e)
    for twins in alike.values():
        running = sum(1 for e in twins if measure.prose.get(e, 0))
        if running > (twins[0].tag != "div"):
            for e in twins:
                e.tag = "p"


def _join_full_text(tree: Any, measure: Measure) -> None:
    """What is called the full text goes on from an introduction in the box beside it: trafilatura takes it for all."""
    for e in tree.iter("div", "section", "article"):
        before = e.getprevious() if (names := e.get("class")) and _FULL_TEXT.search(names) else None
        if before is not None and measure.prose.get(before, 0):
            del e.attrib["class"]


def _name_entries(story: Any, kept: set[Any], measure: Measure) -> None:
    """Several articles in the box of the story are a live blog's entries: trafilatura would take the first for the
    story, or all without their introduction. Beside a story that has the headline they are comments."""
    entries = layout.outermost([e for e in story.iter("article") if measure.prose.get(e, 0)])
    if len(entries) > 1 and kept.isdisjoint(entries):
        for e in entries:
            e.tag = "div"
