"""The elements of a page's tree, found in one walk: what reads the page's head asks for a few of some thousand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from newscrawl.text.urls import web_url


def rels(element: Any) -> list[str]:
    """What an element's `rel` says of its link: words in any case, in any order."""
    said = element.get("rel")
    return said.lower().split() if said else []


def base_of(bases: Iterable[Any], url: str) -> str:
    """What the relative addresses of a page are meant from: the first of its `base` elements that says so, else its own
    address."""
    said = next((href for base in bases if (href := base.get("href"))), "")
    return web_url(said, url) or url


class Elements:
    """All elements of a parsed page, in document order, by tag, `itemprop` and class.

    A walk over the tree, by XPath, too, takes 0.2 to 0.4 ms for a page of 250 KB whatever it looks for, and a dozen
    of them took a fifth of an extraction. For a tree that nobody changes meanwhile.

    lxml makes a Python object of each element anew unless one is alive: these are, as long as this is.
    """

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.all: list[Any] = list(tree.iter())

    def __len__(self) -> int:
        return len(self.all)

    def tagged(self, tag: str) -> list[Any]:
        """The elements of a tag."""
        return self._tags.get(tag, [])

    def of_property(self, name: str) -> list[Any]:
        """The elements whose `itemprop` has `name`."""
        return self._properties.get(name, [])

    @cached_property
    def classed(self) -> list[tuple[str, Any]]:
        """The elements that have a class, with it."""
        return [(names, e) for e in self.all if (names := e.get("class"))]

    @cached_property
    def _tags(self) -> dict[Any, list[Any]]:
        found: dict[Any, list[Any]] = defaultdict(list)
        for e in self.all:
            found[e.tag].append(e)
        return found

    @cached_property
    def _properties(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for e in self.all:
            if names := e.get("itemprop"):
                for name in names.split():
                    found.setdefault(name, []).append(e)
        return found
