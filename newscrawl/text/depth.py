"""Markup that is nested deeper than a parser goes: it stops there, and says nothing. And markup that is nested deeper
than its readers can follow: a look at what is around an element, or at all that is in it, costs as much as it is deep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import lxml.etree

# No page whose tags are closed has elements at this depth; where none is, nothing is counted.
_DEEP = 64
_IS_DEEP: Any = lxml.etree.XPath(f"boolean({'/*' * _DEEP})")
# The elements around each element of a page, and around each of its characters, that a look at all of them comes upon:
# so many take a second. 30,000 elements may stand in 100 others each, and 3,000 that nobody closed in 1,000.
_MOST_AROUND, _MOST_CHARS_AROUND = 3_000_000, 60_000_000
_UNREAD = ("script", "style")
# Links, headlines, boxes of one kind do not stand in so many of their own kind.
_OF_A_KIND = 8


def nested_beyond_reading(tree: Any) -> str | None:
    """Why the elements of a page stand in each other too deep to be read, or None."""
    if not _IS_DEEP(tree):
        return None
    depths: dict[Any, int] = {}
    around = chars = 0
    for e in tree.iter():
        depth = depths[e] = depths.get(e.getparent(), 0) + 1
        around += depth
        if (text := e.text) and e.tag not in _UNREAD:
            chars += depth * len(text)
        if tail := e.tail:
            chars += (depth - 1) * len(tail)
    if around > _MOST_AROUND:
        return f"elements in {around:,} elements"
    return f"text in {chars:,} elements" if chars > _MOST_CHARS_AROUND else None


class FromAbove:
    """A value that each element has from the nearest that was given one: itself, or what it stands in. Each element is
    gone through once, however many are asked about."""

    def __init__(self, otherwise: Any) -> None:
        """`otherwise`: the value of what stands in none that was given one."""
        self._values: dict[Any, Any] = {None: otherwise}

    def give(self, e: Any, value: Any) -> None:
        """Give an element its value, before what it holds is asked about."""
        self._values[e] = value

    def of(self, e: Any) -> Any:
        """The value of an element; None stands above the root."""
        between = []
        while e not in self._values:
            between.append(e)
            e = e.getparent()
        value = self._values[e]
        self._values.update(dict.fromkeys(between, value))
        return value


def shallow(elements: Iterable[Any]) -> Iterator[Any]:
    """Those of some elements of a tree, in its order, that stand in few others of them: whoever takes the text of each
    reads a character a bounded number of times."""
    levels = FromAbove(0)
    for e in elements:
        level = levels.of(e.getparent())
        levels.give(e, level + 1)
        if level < _OF_A_KIND:
            yield e


def cut_off(parser: lxml.etree.HTMLParser) -> str | None:
    """Why the page that a parser has just read is there only in part, or None.

    libxml2 stops at 256 elements, one in the other, and so many tags that nobody closed an old page may have; with
    `huge_tree` it goes on to 2,048.
    """
    fault = parser.error_log.last_error
    if fault is None or fault.type != lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return None
    return str(fault.message).partition(",")[0]
