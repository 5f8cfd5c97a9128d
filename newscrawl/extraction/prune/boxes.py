"""Boxes that are not the story by their tag, role or class: menus, sidebars, promos, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.prune.layout import BLOCKS, beginning_of, length
from newscrawl.extraction.prune.measure import Measure
from newscrawl.text.remember import Remembered

# Classes that are remembered, for a site repeats them on every page; longer lists are a hostile page's.
_CLASSES, _CLASS_CHARS = 20_000, 1000
_TAGS = frozenset(("nav", "footer", "aside", "form"))
_ROLES = frozenset(("navigation", "complementary", "contentinfo"))
_NEVER = frozenset(("html", "body", "a"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
# Names for a site's tests, which pages with hashed classes have instead.
_TESTS = ("data-testid", "data-e2e")
# What tells of a paragraph or heading itself; any other word on one names what it stands near, not what it is.
_TEXT_TAGS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "dd", "dt", "tr"))

# Words of a class or id in small letters. Long words match anywhere in it (relatedNews, td_related), short ones only
# between separators (`ad`, `tags`, but not `shadow`, `heritage`, `27ad51`). What each earns and costs:
# docs/extraction.md. They are ASCII, where `re` takes a fifth of the time of `regex`. `paywall` and no more,
# or its text, is the part that subscribers read: so search engines ask sites to mark it.
_ANYWHERE = (
    r"related|also-?_?read|read-?_?also|nextread|read-?_?(?:this-?_?)?next|recommend|newsletter|breadcrumb|taboola|"
    r"outbrain|trending|recirc|republish|copyright|"
    r"most-?_?read|most-?_?popular|more-?_?stories|more-?_?news|more-?_?like|top-?_?stor|latest-?_?news|"
    r"app-?_?(?:promo|download|banner)|download-?_?app|whats-?_?app|telegram|google-?_?news|google_follow|yarpp|"
    r"sharedaddy|addtoany|addthis|sharethis|share-?_?(?:bar|box|icon|button|link|this)|"
    r"social-?_?(?:share|icon|media|link|bar)|auth(?:or)?-?_?(?:box|bio|info|desc|detail|card)|about-?_?(?:the-?)?author|pull-?quote|advert|sponsor|subscribe|"
    r"photo-?_?credit|image-?_?credit|img-?_?caption|image-?_?caption|wp-caption-text|wp-element-caption|"
    r"most-?viewed|disclaimer|disqus|fb-comments|comment-?_?(?:list|form|box|section|area)|hi(?:gh)?-?_?lights|"
    r"khas-?_?ba|you-?_?may|relative-?news|story-?_?tags|tags?-?_?(?:list|box|cloud)|twitter-tweet|instagram-media|"
    r"fb-post|tiktok-embed|inline-?_?(?:story|link|promo|related)|breaking-?_?news|live-?_?tv|exit-mobile|reading-?_?time|"
    r"(?<!^)paywall|paywall(?!(?:ed)?(?:[-_](?:content|body|text))?$)|pinned|refresh|video-?_?(?:title|caption|info)|"
    r"widget_(?:recent|categor|archive|tag|search|nav|meta|calendar|rss|custom|media|popular)|-widget-(?:posts|post-nav)"
)
_WHOLE = (
    r"ads?\d{0,3}|adv|tags|keywords|share|shares|sharing|social|follow|followus|caption|captions|credit|credits|byline|"
    r"promo|promos|quiz|sidebar|ticker|comments|crumb|crumbs|pagination|pager|popup|modal|toast|cookie|"
    r"navbar|rhs|subscription|donate|donation|appeal|bios?|(?:sign|log)-?_?(?:in|up)|reg-?_?wall"
)
_JUNK = re.compile(rf"{_ANYWHERE}|(?<![a-z0-9])(?:{_WHOLE})(?![a-z0-9])")
_TEXT_JUNK = re.compile(
    r"caption|credit|byline|disclaimer|author-?_?(?:bio|info|desc)|breadcrumb|promo|subscribe|share|reading-?_?time|"
    r"also-?_?read|related|tags|copyright"
)
# A thread of readers' comments: boxes of one class in a box that names them, however much text they hold.
_COMMENT = re.compile(r"(?<![a-z])comments?(?![a-z])|comment-?_?(?:list|thread|section|body|text|area|content)|disqus")
_THREAD = 2
# What the button below each says.
_ANSWER = frozenset(map(phrases.key, ("Reply", "जवाब", "जवाब दें", "जवाब दीजिए", "उत्तर दें", "रिप्लाई", "रिप्लाई करें")))
_ANSWER_CHARS = 20
# A class of this form says how a box is set, not what it is: "has-drop-cap", "sidebar-enabled--false".
_MODIFIER = re.compile(r"^(?:has|non?|not|with|without|is|hide|show)-|-?(?:enabled|disabled|false|true|none)$")
# What `_word` says of an element whose classes are of that form alone; no word of junk is written so.
_SETS = "-"


def junk(tree: Any, measure: Measure) -> Iterator[tuple[str, Any]]:
    """Every element that is no story by its looks, with the tag, role, style or class word that says so.

    A hidden element with running text is the half of a story behind "read more": it is shown, for trafilatura leaves
    hidden elements out. So are those of its class: short answers among long ones.
    """
    shown: set[str] = set()
    short: list[Any] = []
    for e in tree.iter():
        tag, style = e.tag, e.get("style")
        hidden = style is not None and _HIDDEN.search(style) is not None
        if hidden and measure.prose.get(e, 0):
            del e.attrib["style"]
            if name := e.get("class"):
                shown.add(name)
            hidden = False
        if tag in _NEVER or not isinstance(tag, str):
            continue
        if tag in _TAGS:
            yield tag, e
        elif e.get("role") in _ROLES:
            yield "role", e
        elif hidden:
            short.append(e)
        elif tag in BLOCKS:
            classes, test, name = e.get("class") or "", next(filter(None, map(e.get, _TESTS)), ""), e.get("id") or ""
            if not (classes or test or name):
                continue
            word = _WORDS[tag in _TEXT_TAGS, classes, test, name]
            if word == _SETS:
                keep(e)
            elif word is not None:
                yield word, e
    for e in short:
        classes = e.get("class") or ""
        if classes in shown and _WORDS[e.tag in _TEXT_TAGS, classes, "", ""] is None:
            del e.attrib["style"]
        else:
            yield "hidden", e


def keep(e: Any) -> None:
    """Take the names of an element that is kept: trafilatura goes by such words, too, and has no guard."""
    for attribute in ("class", "id", *_TESTS):
        e.attrib.pop(attribute, None)


def threads(tree: Any) -> Iterator[Any]:
    """Boxes of readers' comments: on a page with a short story they hold most of the running text. Where no class names
    them, each has a button to answer it.

    A box with a main heading is the page's own, whatever its class says.
    """
    answers: list[Any] = []
    for e in tree.iter("div", "section", "ul", "ol", "aside", "article", "button"):
        if e.tag == "button":
            if phrases.key(beginning_of(e, _ANSWER_CHARS)) in _ANSWER:
                answers.append(e)
            continue
        if not names_comments(e) or e.find(".//h1") is not None:
            continue
        inner = (x for x in e.iter("div", "li", "article", "section") if x is not e and names_comments(x))
        if len(list(islice(inner, _THREAD))) == _THREAD:
            yield e
    alike: dict[Any, None] = {}
    for first, second in pairwise(answers):
        within = {up: e for e, up in pairwise((first, *first.iterancestors()))}
        e, box = next((e, up) for e, up in pairwise((second, *second.iterancestors())) if up in within)
        if e.tag == within[box].tag and e.get("class") == within[box].get("class"):
            alike[box] = None
    # A forum's page is its thread: there is no more besides.
    half = _chars(tree) / 2 if alike else 0
    yield from (box for box in alike if box.find(".//h1") is None and _chars(box) <= half)


def _chars(e: Any) -> int:
    return sum(map(length, e.itertext()))


def names_comments(e: Any) -> bool:
    """Whether the class or id of a box calls it readers' comments."""
    names, name = e.get("class"), e.get("id")
    return bool(names and _NAME_COMMENTS[names]) or bool(name and _NAME_COMMENTS[name])


_NAME_COMMENTS: Remembered[str, bool] = Remembered(
    lambda name: _COMMENT.search(name.lower()) is not None, _CLASSES, _CLASS_CHARS
)


def _only_sets(classes: str) -> bool:
    """Whether a class sounds like junk and says how a box is set, and no other class is a word of junk."""
    sounding = [token for token in classes.split() if _JUNK.search(token)]
    return bool(sounding) and all(map(_MODIFIER.search, sounding))


def _word(looks: tuple[bool, str, str, str]) -> str | None:
    """The word that names an element as junk, or `_SETS`. `looks`: whether it is a paragraph or heading; its classes;
    its name for tests; its id, which of the former is a slug of its text.
    """
    text = looks[0]
    classes, test, name = (said.lower() for said in looks[1:])
    if _only_sets(classes):
        return _SETS
    for token in (*classes.split(), *test.split(), *(() if text else (name,))):
        found = (_TEXT_JUNK if text else _JUNK).search(token)
        if found and not _MODIFIER.search(token):
            return found.group().replace("_", "-")
    return None


_WORDS: Remembered[tuple[bool, str, str, str], str | None] = Remembered(_word, _CLASSES, _CLASS_CHARS)
