"""The section: what the head says, what is printed beside the headline, the breadcrumb, the page's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import regex
from lxml import etree

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.elements import Elements
from newscrawl.extraction.metadata import byline
from newscrawl.extraction.metadata.linked_data import LinkedData, text_of
from newscrawl.extraction.metadata.said import Said
from newscrawl.text.dates import MONTHS
from newscrawl.text.depth import shallow
from newscrawl.text.urls import leads_home, web_url

TAGS = ("article:section", "articlesection", "og:article:section", "section")
# Longer than this a "section" or "tag" is a sentence that strayed into the field.
LABEL_CHARS = 60
_RUBRIC_WORDS = 3
_RUBRIC = regex.compile(r"\p{L}[^\d]*$")
_BARE_RUBRIC = regex.compile(r"[\p{Devanagari}-]{2,20}+(?: [\p{Devanagari}-]{2,20}+)?")
# What a paper cries there.
_CRIES = frozenset(
    map(phrases.key, ("ताजा खबर", "बड़ी खबर", "अभी अभी", "विशेष", "एक्सक्लूसिव", "बिग ब्रेकिंग", "ब्रेकिंग", "वीडियो", "प्रीमियम"))
)
_LINES = ("p", "div", "span")
# The section line stands in the headline's box: font, cell, row and table in old layouts, header and article in new.
_SECTION_LEVELS = 6
# Only beside the headline, and in no menu: menus carry the same classes. The test begins at the attribute, which
# few elements have.
_BESIDE = f"ancestor::*[position() < {_SECTION_LEVELS}][last()]/descendant::*"
_SECTION: Any = etree.XPath(
    f"({_BESIDE}/@rel[.='category' or .='category tag']/.."
    f" | {_BESIDE}/@class[contains(., 'post-cat') or contains(., 'kicker') or contains(., 'section-name')"
    " or contains(., 'terms-list')"
    " or contains(concat(' ', ., ' '), ' cat ')]/.."
    f" | {_BESIDE}/@class[contains(., 'category')]/parent::*[not(self::article or self::body)])[not(ancestor::nav)]"
)
_LABEL = regex.compile(
    r"^(?:(?:श्रेणी|श्रेणिया[ँं]|वर्ग|category|categories|section)\s*[:：]\s*|"
    r"(?:filed|posted) (?:in|under)\s*[:：]?\s*|(?-i:in) )",
    regex.I,
)
# What a link does, or leads to; an address, a placeholder, a label without a value, a number.
_NO_RUBRIC = regex.compile(
    r"^\W*(?:more|skip|back|view|read|और|वापस|ऊपर)(?:\s|[:：…]|$)|^(?:go (?:to|back)|jump to)\s|"
    r"^(?:all|सभी)(?: (?:news|posts|articles|stories|categories|topics|खबरें|लेख|समाचार))?$|[@{}]|[:：…]$|^[\d\W]+$",
    regex.I,
)
# Several, as a CMS keeps them: "khel,cricket".
_SLUGS = regex.compile(r"[\p{L}\p{M}\p{N}_-]++(?:,[\p{L}\p{M}\p{N}_-]++)++")
_CRUMBS = ("breadcrumb", "bread-crumb", "crumbs")
_CRUMB_IDS = frozenset(("breadcrumb", "breadcrumbs", "crumbs"))
# No section: where every path begins.
_START = frozenset(map(phrases.key, ("home", "homepage", "home page", "होम", "होम पेज", "मुखपृष्ठ", "मुख पृष्ठ", "मुख्य पृष्ठ")))
# What a CMS puts where an editor chose none, and what its own fields are called.
_CMS = frozenset(
    map(
        phrases.key,
        ("uncategorized", "uncategorised", "अवर्गीकृत", "tags", "category", "featured", "default", "null", "undefined"),
    )
)
_MONTHS = frozenset(map(phrases.key, " ".join(chain.from_iterable(MONTHS)).split()))
_NONE = _START | _CMS | _MONTHS
_HOME = _NONE | frozenset(
    map(phrases.key, ("हिंदी न्यूज", "Hindi News", "news", "न्यूज", "समाचार", "खबर", "खबरें", "live", "लाइव", "news home"))
)


def heard(
    elements: Elements, head: list[Said], data: LinkedData, place: Any, title: str | None, url: str
) -> Iterator[Said]:
    """Who says what of the section, the best first. `head`: what meta tags say; `place`: the element of the headline,
    `title`."""
    said = [*head, Said("JSON-LD articleSection", text_of(data.article.get("articleSection")))]
    for source, value, _ in said:
        label = _alone(value or "")
        yield Said(source, label, "is no section" if label and not _is_rubric(label) else None)
    if place is not None:
        lines = (_LABEL.sub("", _first(e)) for e in shallow(_SECTION(place)))
        yield Said("printed beside the headline", next(filter(_is_rubric, lines), None))
    if len(data.breadcrumb) > 2:
        yield Said("JSON-LD breadcrumb", data.breadcrumb[-2])
    yield Said("printed breadcrumb", _crumb(elements, phrases.key(title or ""), url))
    yield Said("the page's link to its own folder", _folder(elements, phrases.key(title or ""), url))
    if place is not None:
        yield Said("the line directly above the headline", _above(place, url))


def _above(place: Any, url: str) -> str | None:
    """The line above the headline, all of it a link, of so few words that it is a rubric; without a link a word or two
    of Hindi."""
    before = place.getprevious()
    text = _text(before) if before is not None else ""
    if len(text.split()) > _RUBRIC_WORDS or not _RUBRIC.match(text) or not _is_label(text, ""):
        return None
    links = [a for a in before.iter("a") if _text(a) == text and a.get("href")]
    if links:
        href = links[0].get("href")
        return None if byline.AUTHOR_PATH.search(href) or leads_home(href, url) else text
    bare = before.tag in _LINES and _BARE_RUBRIC.fullmatch(text) and phrases.key(text) not in _CRIES
    return text if bare and not phrases.labels(text) else None


def _crumb(elements: Elements, title: str, url: str) -> str | None:
    """The last link of the first breadcrumb that leads to a section; what an id alone calls so leads home as well."""
    classed = (e for names, e in elements.classed if any(part in names.lower() for part in _CRUMBS))
    marked = (e for e in elements.all if (e.get("id") or "").lower() in _CRUMB_IDS)
    for e in shallow(classed):
        if found := _last_of(e, _links(e), title):
            return found
    for e in shallow(marked):
        links = _links(e)
        further = [link for link in links if not leads_home(link[1], url)]
        if further != links and (found := _last_of(e, further, title)):
            return found
    return None


def _links(e: Any) -> list[tuple[str, str]]:
    """Text and address of the links of an element."""
    return [(text, a.get("href")) for a in e.iter("a") if a.get("href") and (text := _text(a))]


def _last_of(crumb: Any, links: list[tuple[str, str]], title: str) -> str | None:
    """The last section that a breadcrumb links to, else its one item without a link."""
    if found := [text for text, _ in links if _is_label(text, title)]:
        return found[-1]
    items = [text for li in crumb.iter("li") if next(li.iter("a"), None) is None and (text := _text(li))]
    alone = links and len(items) == 1 and len(items[0].split()) <= _RUBRIC_WORDS and _is_label(items[0], title)
    return items[0] if alone else None


def _folder(elements: Elements, title: str, url: str) -> str | None:
    """How the page's own links call the folder that it lies in, the deepest that they name: its menu knows."""
    page = urlsplit(url)
    own = unquote(page.path).rstrip("/")
    top = own.partition("/")[2].partition("/")[0]
    spelt = {top, quote(top), quote(top).lower()}
    found: dict[str, str] = {}
    for a in shallow(elements.tagged("a")):
        href = a.get("href") or ""
        # Few links lead there, and to join an address takes longer than to look.
        if href.lstrip().startswith(("/", "http")) and not any(name in href for name in spelt):
            continue
        target = urlsplit(web_url(href, url) or "")
        path = unquote(target.path).rstrip("/")
        # A folder of a number is a month's.
        names_it = path and not path.rpartition("/")[2].isdecimal() and own.startswith(f"{path}/")
        if names_it and target.netloc == page.netloc and not target.query:
            text = _text(a)
            if _is_label(text, title):
                found.setdefault(path, text)
    return found[max(found, key=len)] if found else None


def _alone(said: str) -> str:
    """The first of several sections that a CMS lists without a space."""
    return said.partition(",")[0] if _SLUGS.fullmatch(said) else said


def _is_rubric(text: str) -> bool:
    """Whether a text may be a section's name, wherever it stands."""
    return 1 < len(text) <= LABEL_CHARS and phrases.key(text) not in _NONE and not _NO_RUBRIC.search(text)


def _is_label(text: str, title: str) -> bool:
    if not _is_rubric(text) or phrases.heads_teasers(text):  # "Latest news" is on every page
        return False
    return (key := phrases.key(text)) not in _HOME and key != title


def _first(e: Any) -> str:
    """The text of a section line; of several sections, a link each and nothing before them, the first."""
    text = _text(e)
    links = [link for link in map(_text, e.iter("a")) if link]
    several = len(links) > 1 and len(text) <= LABEL_CHARS and _LABEL.sub("", text).startswith(links[0])
    return links[0] if several else text


def _text(e: Any) -> str:
    return " ".join(" ".join(e.itertext()).split())
