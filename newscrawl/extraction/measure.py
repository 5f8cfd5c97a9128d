"""How much text, linked text and running text stands where in a page's tree."""

from __future__ import annotations

from typing import Any

from newscrawl.extraction.layout import BLOCKS, length

# A block of this many characters outside links is running text (about 15 Hindi words), a headline is shorter.
PROSE_CHARS = 80
# Links of fewer characters in a paragraph of their own may be a place, a name, a product; headlines are longer.
HEADLINE_CHARS = 25
# An element with this share of the page's prose is not pruned: a theme may well name its wrapper
# "content-with-sidebar". A box of teasers behind a story of one paragraph stays under it.
_GUARD_SHARE = 0.3
# A list or paragraph of this share of link text is navigation; 0.8 leaves room for bullets and dates.
_LINK_SHARE = 0.8


class Measure:
    """Characters, characters in links, and characters of prose below each element, in one pass."""

    def __init__(self, tree: Any) -> None:
        self.chars: dict[Any, int] = {}
        self.links: dict[Any, int] = {}
        self.prose: dict[Any, int] = {}
        own: dict[Any, tuple[int, int]] = {}  # text outside child blocks: (characters, of them in links)
        for e in reversed(list(tree.iter())):
            if not isinstance(e.tag, str):
                continue
            inner = linked = prose = 0
            direct = length(e.text)
            direct_linked = 0
            for child in e:
                inner += self.chars.get(child, 0)
                linked += self.links.get(child, 0)
                prose += self.prose.get(child, 0)
                if child.tag not in BLOCKS:
                    n, m = own.get(child, (0, 0))
                    direct += n
                    direct_linked += m
                inner += (tail := length(child.tail))
                direct += tail
            inner += length(e.text)
            if e.tag == "a":
                linked, direct_linked = inner, direct
            if e.tag in BLOCKS and direct - direct_linked >= PROSE_CHARS and direct_linked * 2 <= direct:
                prose += direct - direct_linked
            self.chars[e], self.links[e], self.prose[e] = inner, linked, prose
            own[e] = (direct, direct_linked)
        self.total = max(1, self.prose.get(tree, 0))

    def linkish(self, e: Any) -> bool:
        """Whether nearly all text of an element is links."""
        return self.links.get(e, 0) >= _LINK_SHARE * max(1, self.chars.get(e, 0))

    def unlinked(self, e: Any) -> int:
        """Characters of an element outside links."""
        return self.chars.get(e, 0) - self.links.get(e, 0)

    def dispensable(self, e: Any) -> bool:
        """Whether an element holds so little of the page's prose that it may be pruned."""
        return self.prose.get(e, 0) <= _GUARD_SHARE * self.total
