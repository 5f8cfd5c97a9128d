"""How much text, linked text and running text stands where in a page's tree."""

from __future__ import annotations

from typing import Any

from lxml import etree

from newscrawl.extraction.prune.layout import BLOCKS, drop

# A block of this many characters outside links is running text (about 15 Hindi words), a headline is shorter.
PROSE_CHARS = 80
# Links of fewer characters in a paragraph of their own may be a place, a name, a product; headlines are longer.
HEADLINE_CHARS = 25
# A link of more characters than a headline and its teaser have is text that somebody wrapped in a link.
_LINK_CHARS = 300
# An element with this share of the page's prose is not pruned: a theme may well name its wrapper
# "content-with-sidebar". A box of teasers behind a story of one paragraph stays under it.
GUARD_SHARE = 0.3
# A list or paragraph of this share of link text is navigation; 0.8 leaves room for bullets and dates.
_LINK_SHARE = 0.8
# A child with this share of its parent's prose is where the story goes on; less, and the story is parted over several.
_DOMINANT_SHARE = 0.85
_NOTHING = [0] * 5


class Measure:
    """Characters, characters in links, and characters of prose below each element, in one pass."""

    def __init__(self, tree: Any) -> None:
        self.chars: dict[Any, int] = {}
        self.links: dict[Any, int] = {}
        self.prose: dict[Any, int] = {}
        self.longest = 0  # characters of the longest block outside links
        chars, links, proses = self.chars, self.links, self.prose
        # From the last element to the first: what an element holds has been added up here when its turn comes.
        # Characters, linked ones, prose; and outside child blocks: characters, linked ones.
        held: dict[Any, list[int]] = {}
        for e in reversed(list(tree.iter(etree.Element))):
            inner, linked, prose, direct, direct_linked = held.pop(e, _NOTHING)
            text, tail, tag = e.text, e.tail, e.tag
            if text and (n := len(text.strip())):
                inner += n
                direct += n
            if tag == "a" and inner <= _LINK_CHARS:
                linked, direct_linked = inner, direct
            chars[e], links[e] = inner, linked
            if tag in BLOCKS:
                if direct - direct_linked >= PROSE_CHARS and direct_linked * 2 <= direct:
                    prose += direct - direct_linked
                    self.longest = max(self.longest, direct)
                direct = direct_linked = 0
            proses[e] = prose
            n = len(tail.strip()) if tail else 0
            if not (n or inner) or (around := e.getparent()) is None:
                continue
            if (sums := held.get(around)) is None:
                held[around] = [inner + n, linked, prose, direct + n, direct_linked]
            else:
                sums[0] += inner + n
                sums[1] += linked
                sums[2] += prose
                sums[3] += direct + n
                sums[4] += direct_linked
        self.total = max(1, self.prose.get(tree, 0))

    @property
    def elements(self) -> int:
        """How many there were."""
        return len(self.chars)

    def drop(self, e: Any) -> None:
        """Take an element out of its tree, and what it holds from all around it; the text behind it stays."""
        gone = [(of, much) for of in (self.chars, self.links, self.prose) if (much := of.get(e, 0))]
        for up in e.iterancestors() if gone else ():
            for of, much in gone:
                if up in of:
                    of[up] -= much
        drop(e)

    def linkish(self, e: Any) -> bool:
        """Whether nearly all text of an element is links."""
        return self.links.get(e, 0) >= _LINK_SHARE * max(1, self.chars.get(e, 0))

    def unlinked(self, e: Any) -> int:
        """Characters of an element outside links."""
        return self.chars.get(e, 0) - self.links.get(e, 0)

    def dispensable(self, e: Any) -> bool:
        """Whether an element holds so little of the page's prose that it may be pruned."""
        return self.prose.get(e, 0) <= GUARD_SHARE * self.total

    def densest(self, tree: Any) -> Any:
        """The innermost box that holds most of the page's running text."""
        box = tree.find("body") if tree.find("body") is not None else tree
        while True:
            best = max(box, key=lambda e: self.prose.get(e, 0), default=None)
            if (
                best is None
                or best.tag == "p"
                or self.prose.get(best, 0) < _DOMINANT_SHARE * max(1, self.prose.get(box, 0))
            ):
                return box
            box = best


def leads_away(link: Any) -> bool:
    """Whether a link leads to another page: one to a mark of this page is a heading's own address, one without an
    address such a mark."""
    href = link.get("href")
    return href is not None and not (href.startswith("#") and len(href) > 1)
