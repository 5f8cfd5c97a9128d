"""Which links of a page lead to articles: by each link alone, and in doubt by the list that it stands in.

A page repeats a card for each story and a line for each section. So links that stand at the same place of the markup
are judged together: what is called by headlines is a list of stories, what is called by labels and has short addresses
is a menu.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

import lxml.etree
import lxml.html
import regex

from newscrawl.discovery.addresses import Shape, shape_of

# Words of a headline; a menu's label has fewer.
_HEADLINE_WORDS, LABEL_WORDS = 6, 3
# In menus pages about the paper have long names, too: "Our commitment to readers and advertisers".
_MENU_HEADLINE = 8
# A list of stories has at least as many; what its links are called has as many words on average, and fewer do where
# most of them are in headings.
_LIST, _LIST_WORDS, _HEADING_WORDS = 3, 6, 4
# A menu has at least as many links, whose labels have at the most so many words on average.
_MENU, _MENU_WORDS = 5, 2.5
# What a link says that says nothing of where it leads.
_GO_ON = regex.compile(r"read|more|full|continue|और|पढ़ें|पढ़े|आगे|विस्तार")
# Of the links of one page to one address, and of what one says or is classed as, as much is looked at.
_LOOKED_AT, _CHARS = 4, 300
# Elements in a link or a card that are looked at, and characters of a piece of its text. Where tags are not closed
# thousands of links stand in each other.
_ELEMENTS, _PIECE_CHARS = 100, 1_000
# A number in a pager, an arrow: no label.
_LEAST_LABEL = 3
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_MENU_ROLES = frozenset(("navigation", "menu", "menubar", "banner", "contentinfo"))
# What a class or id ends in of a menu that no tag marks; of a link and of the whole page it says something else.
_MENU_NAME = regex.compile(r"(?:^|[-_\s])(?:menu|nav|navbar|navigation|footer|breadcrumbs?)(?:$|\s)", regex.IGNORECASE)
_NO_MENUS = frozenset(("a", "body", "html", "main"))
# A header or footer within one of these is a card's, not the page's.
_PARTS = frozenset(("article", "main", "section", "li"))
# Ancestors whose tags and classes say where a link stands: three to five tell the same links apart, fewer do not.
_LEVELS = 4
_DIGITS = regex.compile(r"\d+")
_SHORT = frozenset((Shape.UNLIKELY, Shape.SILENT, Shape.HOUSE))


_Path = tuple[str, ...]


class _Place(NamedTuple):
    """Where an element stands. `path`: tags and first classes of it and its nearest ancestors."""

    path: _Path = ()
    in_menu: bool = False
    in_heading: bool = False
    in_part: bool = False


@dataclass(slots=True)
class _Link:
    """What is known of the links of a page to one address, its path `page` and what it asks there (`asked`). `words`:
    the most that one of them says, which is `label`."""

    shape: Shape
    words: int
    label: str
    in_heading: bool
    places: list[_Place]
    page: str
    asked: str

    def stands_in_menus(self, menus: set[_Path]) -> list[bool]:
        """Of each of its places, whether it is in a menu."""
        return [place.in_menu or place.path in menus for place in self.places]


def articles_among(links: Mapping[str, Sequence[lxml.html.HtmlElement]]) -> set[str]:
    """Those of a page's addresses that lead to articles; `links`: by address the elements that link to it."""
    looked_at: dict[lxml.html.HtmlElement, _Place] = {}
    shapes = {url: shape for url in links if (shape := shape_of(url)) is not Shape.NONE}
    known = {url: _link(url, shape, links[url][:_LOOKED_AT], looked_at) for url, shape in shapes.items()}
    _doubt_the_marks(known.values())
    lists: dict[_Path, list[_Link]] = defaultdict(list)
    for link in known.values():
        for path in {place.path for place in link.places}:
            lists[path].append(link)
    menus = {path for path, those in lists.items() if _is_menu(those)}
    stories = {path for path, those in lists.items() if _is_list(those)} or {
        path for path, those in lists.items() if _is_list_of_a_script(those)
    }
    return {url for url, link in known.items() if _is_story(link, menus, stories)}


def is_told(url: str, headline: str) -> bool:
    """Whether an address that stands in no list of links, but in a page's data, is a story's."""
    shape = shape_of(url)
    words = len(headline[:_CHARS].split())
    is_label = 0 < words < _HEADLINE_WORDS
    return shape in (Shape.ARTICLE, Shape.NUMBERED, Shape.SURE) or (shape is Shape.LIKELY and not is_label)


def _is_story(link: _Link, menus: set[_Path], stories: set[_Path]) -> bool:
    alone = _alone(link, menus)
    if alone is not None:
        return alone
    is_likely = link.shape is Shape.LIKELY and not 0 < link.words <= LABEL_WORDS
    return is_likely or any(place.path in stories for place in link.places)


def _alone(link: _Link, menus: set[_Path]) -> bool | None:
    """Whether a link leads to an article, by its address, what it says and whether it is in a menu; None: a doubt."""
    marks = link.stands_in_menus(menus)
    if link.shape in (Shape.ARTICLE, Shape.NUMBERED):
        # Some papers number their imprint like a story.
        return link.shape is Shape.ARTICLE or not (0 < link.words <= LABEL_WORDS and all(marks))
    # What a menu leads to is no story where a card does, too, unless its slug is a headline's.
    is_told = link.shape is Shape.SURE or (link.shape is Shape.LIKELY and link.words >= _HEADLINE_WORDS)
    in_menu = all(marks) if is_told else any(marks)
    if link.words >= (_MENU_HEADLINE if in_menu else _HEADLINE_WORDS) and link.shape is not Shape.SILENT:
        return True
    if in_menu or link.shape is Shape.HOUSE:
        return False
    return True if link.shape is Shape.SURE else None


def _is_list(those: Sequence[_Link]) -> bool:
    said = [link.words for link in those if link.words]
    if len({link.page for link in those}) < _LIST or not said:
        return False
    in_headings = 2 * sum(link.in_heading for link in those) >= len(those)
    return sum(said) / len(said) >= (_HEADING_WORDS if in_headings else _LIST_WORDS)


def _is_list_of_a_script(those: Sequence[_Link]) -> bool:
    """Whether one script tells all stories, which a parameter names. A listing is sorted so, too, by labels; and one
    page that is linked from several places is called the same in each."""
    said = [link.words for link in those if link.words]
    pages, labels = {(link.page, link.asked) for link in those if link.asked}, {link.label for link in those}
    return len(pages) >= _LIST and len(labels) == len(those) and sum(said) >= _LIST_WORDS * len(said) > 0


def _is_menu(those: Sequence[_Link]) -> bool:
    said = [link.words for link in those if link.words]
    are_short = 3 * sum(link.shape in _SHORT for link in those) >= 2 * len(those)
    return len(those) >= _MENU and are_short and bool(said) and sum(said) / len(said) <= _MENU_WORDS


def _doubt_the_marks(known: Collection[_Link]) -> None:
    """A header that is not closed holds the whole page: where nearly all headlines are in menus, marks say nothing."""
    headlines = [link for link in known if link.words >= _HEADLINE_WORDS]
    if headlines and 10 * sum(all(link.stands_in_menus(set())) for link in headlines) >= 9 * len(headlines):
        for link in known:
            link.places = [place._replace(in_menu=False) for place in link.places]


def _link(
    url: str, shape: Shape, those: Sequence[lxml.html.HtmlElement], looked_at: dict[lxml.html.HtmlElement, _Place]
) -> _Link:
    places = [_place(link, looked_at) for link in those]
    in_heading = any(place.in_heading for place in places) or any(
        e.tag in _HEADINGS for link in those for e in islice(link.iter(), _ELEMENTS)
    )
    words, label = max(map(_words, those))
    parts = urlsplit(url)
    return _Link(shape, words, label, in_heading, places, parts.path, parts.query)


def _place(element: lxml.html.HtmlElement, looked_at: dict[lxml.html.HtmlElement, _Place]) -> _Place:
    """Where an element stands; each ancestor is looked at once a page."""
    chain: list[lxml.html.HtmlElement] = []
    at: lxml.html.HtmlElement | None = element
    while at is not None and at not in looked_at:
        chain.append(at)
        at = at.getparent()
    place = _Place() if at is None else looked_at[at]
    for inner in reversed(chain):
        place = looked_at[inner] = _inside(place, inner)
    return place


def _inside(outer: _Place, element: lxml.html.HtmlElement) -> _Place:
    tag, role, own = str(element.tag), element.get("role"), not outer.in_part
    classes, name = (element.get("class") or "")[:_CHARS], (element.get("id") or "")[:_CHARS]
    is_menu = tag == "nav" or role in _MENU_ROLES
    if own and tag not in _NO_MENUS:
        is_menu |= tag in ("header", "footer") or _is_called_menu(classes, name)
    return _Place(
        (_mark(tag, classes), *outer.path[:_LEVELS]),
        outer.in_menu or is_menu,
        outer.in_heading or tag in _HEADINGS,
        outer.in_part or tag in _PARTS,
    )


# What is cached is short: a worker reads pages of anybody.
@lru_cache(maxsize=1_000)
def _is_called_menu(classes: str, name: str) -> bool:
    return bool(_MENU_NAME.search(classes) or _MENU_NAME.search(name))


@lru_cache(maxsize=1_000)
def _mark(tag: str, classes: str) -> str:
    """A tag with its first class, without figures: "post-123" is another one for each story."""
    first = classes.split(maxsplit=1)
    return f"{tag}.{_DIGITS.sub('', first[0])}" if first else tag


def said_in(element: lxml.html.HtmlElement) -> str:
    """What a link or a card says, as far as it is looked at; white space as it is written."""
    if next(element.iterchildren(), None) is None:
        return (element.text or "")[:_PIECE_CHARS]
    parts: list[str] = []
    walk = lxml.etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, e in islice(walk, 2 * _ELEMENTS):
        if event == "start":
            parts.append((e.text or "")[:_PIECE_CHARS])
        elif e is not element:
            parts.append((e.tail or "")[:_PIECE_CHARS])
    return "".join(parts)


def _words(link: lxml.html.HtmlElement) -> tuple[int, str]:
    """How many words a link says, and these; none where they say nothing of where it leads."""
    text = " ".join(said_in(link).split()) or str(link.get("title") or "")
    words = text[:_CHARS].split()
    says_nothing = len(text) < _LEAST_LABEL or (len(words) <= LABEL_WORDS and _GO_ON.search(text.lower()))
    return (0, "") if says_nothing else (len(words), " ".join(words))
