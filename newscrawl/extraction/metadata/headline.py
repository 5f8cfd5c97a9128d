"""The title: what the page prints as its headline, without the site's name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

import regex

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.elements import Elements
from newscrawl.extraction.metadata.said import Said
from newscrawl.extraction.prune import before_story
from newscrawl.extraction.prune.layout import HEADINGS, beginning_of
from newscrawl.extraction.prune.measure import PROSE_CHARS
from newscrawl.text import hindi
from newscrawl.text.depth import shallow
from newscrawl.text.inner_tags import MARKUP
from newscrawl.text.urls import leads_home, site_label

_SPLIT = regex.compile(r"(?<!\s)(?:\s+[|\-–—:»•·]+\s+|\s*\|\s*)")
# Words that sites put behind the headline: their kind, language and place, never a story.
_SITE_WORDS = regex.compile(
    r"\b(?:news|hindi|samachar|live|online|tv|times|today|patrika|bharat|india)\b|न्यूज|समाचार|हिंदी|खबर|लाइव|टीवी|दैनिक|पत्रिका",
    regex.I,
)
_SUFFIX_WORDS = 6
# Behind a bar stands the site's name even where nothing else says it: short, behind a longer headline.
_BAR_WORDS = 4
# "LIVE", "वीडियो", "Watch: "
_LABEL_WORDS = 1
# "Premier League: "
_KICKER_WORDS, _KICKER_ENDS = 4, (": ", "| ")
# An h1 is the headline when this share of its words is said by another candidate, too.
_AGREE = 0.5
# A heading of so few words is a rubric where a title has three times as many.
_RUBRIC_WORDS = 3
# How a head ends a title that was too long for it.
_CUT_OFF = regex.compile(r"\s?(?:…|\.{3})$")
# What old CMSes call the element of the headline, of so many words.
_HEADLINE_NAME = regex.compile(r"(?:title|head(?:line|ing))(?:h?\d)?\s", regex.I)
_HEADLINE_TAGS = ("h2", "h3", "span", "div", "td", "p", "b", "strong", "font")
_HEADLINE_WORDS = (4, 30)
# The text is among so many elements behind its headline: date, picture and buttons stand between.
_REACH = 8
_LARGE = regex.compile(r"\s*(?:[4-7]|\+[1-4])\s*")


def heard(elements: Elements, url: str, said: list[Said], site_names: list[str | None]) -> Iterator[Said]:
    """What a page's headline is, the best first. `said`: titles of the head (JSON-LD, OpenGraph), best first."""
    page_title = _short(_text(next(iter(elements.tagged("title")), None)))
    names = {phrases.squeeze(n) for n in site_names if n} | {site_label(url)}
    headings = ((h, _short(_text(h))) for h in shallow(elements.tagged("h1")))
    printed = [(h, text, _leads_home(h, text, url)) for h, text in headings if text]
    names.update(phrases.squeeze(text) for _, text, home in printed if home)
    heads = [
        Said(s.source, clean) for s in said if s.value and (clean := _short(hindi.clean(MARKUP.sub(" ", s.value))))
    ]
    stripped = [Said(head.source, strip_site(head.value, names)) for head in heads]
    calls = {phrases.squeeze(head.value) for head in (*stripped, *heads)}
    h1s = [_told(h, text, calls) for h, text, home in printed if not home]
    # A title element that holds the head's says the site's name besides, which blogs print as their h1.
    told = any(phrases.squeeze(head.value) in phrases.squeeze(page_title) for head in stripped)
    witnesses = [*(head.value for head in heads), *([] if told else [page_title])]
    # Each h1 is held against each of them: a page may have thousands.
    others = [_Other(w) for w in witnesses]
    agreed = [(max((o.overlap(h1) for o in others if not o.is_more_than(h1)), default=0.0), h1) for h1 in h1s]
    share, h1 = max(agreed, key=lambda x: x[0], default=(0.0, ""))
    element = cache(lambda: _as_printed(elements.tree, strip_site(page_title, names)))
    place = cache(lambda: before_story.headline_element(elements.tree, element()))
    # Where the head says nothing else, the title element is right against an h1 where the page prints that, too.
    if h1 and (share >= _AGREE or not (stripped or place() is not None)):
        # The head prints spaces that the h1 leaves to its stylesheet.
        twin = next((t for t in [*stripped, *heads] if phrases.squeeze(t.value) == phrases.squeeze(h1)), None)
        h1 = _unlabelled(strip_site(h1, names), [*stripped, Said("title element", strip_site(page_title, names))])
        spaced = twin is not None and len(twin.value) >= len(h1)
        yield Said(f"h1 and {twin.source}", twin.value) if twin and spaced else Said("h1", h1)
    elif h1:
        yield Said("h1", h1, f"{share:.0%} of its words stand in a title of the head, under {_AGREE:.0%}")
    for head in stripped:
        if cut := _CUT_OFF.search(head.value):
            yield Said("heading that the head cuts off", _whole(elements, head.value[: cut.start()]))
        yield head
    if not (stripped or h1):
        rubric = hindi.word_count(element()) <= _RUBRIC_WORDS
        if place() is None:
            # The title element is of the site, or of the kind of page: an old CMS fills it once.
            yield Said("element named as the headline", next(_named(elements), None))
        elif rubric and place().tag not in HEADINGS:
            # And an office prints its own name on top. Boxes are called so by their class, a line by its id.
            yield Said("element named as the headline", next(_named(elements, by="id"), None))
        if rubric and (place() is None or _leads_home(place(), element(), url)):
            yield Said("first heading above running text", next(_heads_text(elements), None))
    yield Said("title element", element())


def _heads_text(elements: Elements) -> Iterator[str]:
    """Headings, as long as a headline, that are no link and have running text behind them in their box."""
    for e in shallow(e for e in elements.all if e.tag in ("h2", "h3")):
        text = _text(e)
        if not _HEADLINE_WORDS[0] <= hindi.word_count(text) <= _HEADLINE_WORDS[1] or e.find(".//a") is not None:
            continue
        if next(e.iterancestors("a"), None) is None and any(
            len(beginning_of(p, PROSE_CHARS)) >= PROSE_CHARS for p in islice(e.itersiblings(), _REACH)
        ):
            yield text


def _whole(elements: Elements, beginning: str) -> str | None:
    """The heading that goes on where a title of the head was cut off."""
    key = phrases.key(beginning)
    headings = (_text(e) for tag in ("h1", "h2", "h3") for e in elements.tagged(tag))
    return next((text for text in headings if key and phrases.key(text).startswith(key)), None)


def _named(elements: Elements, by: str | None = None) -> Iterator[str]:
    """Lines that a class or an id calls a headline, or that are set in a large font; `by`: that this attribute does."""
    for e in elements.all:
        if e.tag not in _HEADLINE_TAGS:
            continue
        names = e.get(by, "") if by else f"{e.get('class', '')} {e.get('id', '')}"
        named = len(e) == 0 and _HEADLINE_NAME.search(f"{names} ")
        large = not by and e.tag == "font" and _LARGE.fullmatch(e.get("size") or "")
        if named or (large and len(list(islice(e.iter(), 4))) < 4):
            text = _text(e)
            if _HEADLINE_WORDS[0] <= hindi.word_count(text) <= _HEADLINE_WORDS[1]:
                yield text


def _leads_home(h1: Any, text: str, url: str) -> bool:
    """Whether a heading is nothing but a link to the site's home: its name."""
    links = [a for a in (*h1.iterancestors("a"), *h1.iter("a")) if _text(a) == text]
    return bool(links) and leads_home(links[0].get("href") or "", url)


def _told(h1: Any, text: str, calls: set[str]) -> str:
    """What an h1 says; only its longest piece where the head calls the story so: beside that stand a kicker, a place or
    the site's name, parted by the stylesheet alone."""
    children = [child for child in h1 if isinstance(child.tag, str)]
    if not children or phrases.squeeze(text) in calls:
        return text
    runs = [h1.text, *(child.tail for child in h1)]
    longest = max([*map(_text, children), *(hindi.clean((run or "").replace("\n", " ")) for run in runs)], key=len)
    return longest if phrases.squeeze(longest) in calls else text


class _Other:
    """What else a page calls itself, which an h1 is held against."""

    def __init__(self, text: str) -> None:
        self._count, self._key, self._words = hindi.word_count(text), phrases.key(text), set(hindi.folded_words(text))

    def overlap(self, h1: str) -> float:
        """Which share of a heading's words it says."""
        mine = set(hindi.folded_words(h1))
        return len(mine & self._words) / len(mine) if mine else 0.0

    def is_more_than(self, h1: str) -> bool:
        """Whether a heading is too short beside it to be it: a rubric has words of the headline, too. A short headline
        begins the title."""
        words = hindi.word_count(h1)
        return words <= _RUBRIC_WORDS and words * 3 <= self._count and not self._key.startswith(phrases.key(h1))


def _unlabelled(h1: str, heads: list[Said]) -> str:
    """The headline without a label or a kicker that is set before it ("LIVE"), where the head tells it without."""
    for head in heads:
        label, told, behind = h1.partition(str(head.value) or h1)  # a page may have no title element
        most = _KICKER_WORDS if label.endswith(_KICKER_ENDS) else _LABEL_WORDS
        if not behind and label.endswith(" ") and hindi.word_count(label) <= most:
            return told
    return h1


def _as_printed(tree: Any, title: str) -> str:
    """`title` without its last or first part, where the page prints it so: old layouts name the site nowhere else."""
    cuts = list(_SPLIT.finditer(title))
    rests = [title[: cuts[-1].start()].strip(), title[cuts[0].end() :].strip()] if cuts else []
    for rest in [*rests, title.partition(": ")[2]]:
        if hindi.word_count(rest) > _SUFFIX_WORDS and before_story.headline_element(tree, rest) is not None:
            return rest
    return title


def strip_site(title: str, names: set[str]) -> str:
    """`title` without the parts at its ends that name the site or its sections."""
    while title:
        cuts = list(_SPLIT.finditer(title))
        if not cuts:
            return title
        rest, last = title[: cuts[-1].start()].strip(), title[cuts[-1].end() :].strip()
        first, behind = title[: cuts[0].start()].strip(), title[cuts[0].end() :].strip()
        bar = "|" in cuts[-1].group() and hindi.word_count(last) <= _BAR_WORDS < hindi.word_count(rest)
        if rest and (bar or _names_site(last, names)):
            title = rest
        elif behind and phrases.squeeze(first) in names:
            title = behind
        else:
            return title
    return title


def _names_site(part: str, names: set[str]) -> bool:
    words = hindi.words(part)
    if phrases.squeeze(part) in names:
        return True
    return 0 < len(words) <= _SUFFIX_WORDS and _SITE_WORDS.search(hindi.fold(part)) is not None


def _short(title: str) -> str:
    """A title, none where it is too long for one: 25,000 characters of bars and words would be cut part by part for ten
    seconds, and each step asks for the words."""
    return title if len(title) <= before_story.LONGEST_HEADLINE else ""


def _text(e: Any) -> str:
    return hindi.clean("".join(e.itertext()).replace("\n", " ")) if e is not None else ""
