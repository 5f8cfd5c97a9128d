"""What the JSON-LD of a listing names: where scripts make the cards, no link says it.

schema.org: `ItemList` and its `itemListElement`, and whatever is an article of some kind and has an address
(`CollectionPage.hasPart`, `Blog.blogPost`). A `BreadcrumbList` leads to sections.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import lxml.html

from newscrawl.text import lenient_json

_LIST, _ARTICLES = "itemlist", ("article", "posting")
# Nodes of a page's data that are looked at: its largest listing has some hundred entries of a few nodes each.
_NODES = 20_000


class Named(NamedTuple):
    """An address as it is written, and what is told there ("" where nothing says it)."""

    address: str
    headline: str


def named(tree: lxml.html.HtmlElement) -> Iterator[Named]:
    """What a page's data names, in the order of the page; most of it are stories, some of it may be anything."""
    looked_at = 0
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        waiting: list[Any] = lenient_json.values(script.text or "")[::-1]
        while waiting and looked_at < _NODES:
            looked_at += 1
            node = waiting.pop()
            if isinstance(node, dict):
                yield from _in_node(node)
                waiting += reversed(node.values())
            elif isinstance(node, list):
                waiting += reversed(node)


def _in_node(node: dict[str, Any]) -> Iterator[Named]:
    said = node.get("@type")
    # Some write the whole address of a type, or schema:ItemList.
    types = [
        kind.lower().rpartition("/")[2].rpartition(":")[2]
        for kind in (said if isinstance(said, list) else [said])
        if isinstance(kind, str)
    ]
    if any(kind.endswith(_ARTICLES) for kind in types):
        yield from _of(node)
    if _LIST in types:
        items = node.get("itemListElement")
        for item in items[:_NODES] if isinstance(items, list) else [items]:
            yield from _of(item)


def _of(node: Any) -> Iterator[Named]:
    """A string, or the first of a node's names for its address, its item's before its own."""
    headline = ""
    if isinstance(node, dict):
        item = node.get("item")
        nodes = [item, node] if isinstance(item, dict) else [node]
        headline = next(
            (text for n in nodes for name in ("headline", "name") if isinstance(text := n.get(name), str)), ""
        )
        found = (n.get(name) for n in nodes for name in ("url", "@id", "mainEntityOfPage", "item"))
        node = next((address for address in found if address), None)
        node = node.get("@id") if isinstance(node, dict) else node
    if isinstance(node, str) and not node.startswith("#"):
        yield Named(node, headline)
