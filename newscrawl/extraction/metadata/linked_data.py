"""What a page says of itself in JSON-LD (schema.org), read leniently: publishers' JSON is often broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import regex

from newscrawl.extraction.elements import Elements
from newscrawl.extraction.metadata import lenient_json

_ARTICLE = regex.compile(r"Article$|BlogPosting$|^Report$|^Review$")
# Nodes nest (graph, mainEntity, hasPart); deeper than this nothing of use was ever seen.
_DEPTH = 7


@dataclass(frozen=True, slots=True)
class LinkedData:
    """The first article node of the page (empty when there is none) and the types of all top nodes."""

    article: dict[str, Any]
    types: frozenset[str]
    breadcrumb: tuple[str, ...]
    publisher: str | None


def read(elements: Elements) -> LinkedData:
    """Read all JSON-LD scripts of a page."""
    nodes = [
        node
        for script in elements.tagged("script")
        if _is_linked_data(script)
        for node in _nodes(lenient_json.values(script.text or ""), 0)
    ]
    articles = [node for node in nodes if any(_ARTICLE.search(t) for t in _types(node))]
    # Sites print a stub next to the real one: the node that says most is meant.
    article = max(
        articles,
        key=lambda n: sum(bool(n.get(k)) for k in ("headline", "datePublished", "author", "articleSection", "image")),
        default={},
    )
    article = article | {"author": _named(article.get("author"), nodes)} if "author" in article else article
    crumbs = next((_crumbs(node) for node in nodes if "BreadcrumbList" in _types(node)), ())
    return LinkedData(
        article, frozenset(t for n in nodes for t in _types(n)), crumbs, name_of(article.get("publisher"))
    )


def text_of(value: Any) -> str | None:
    """A property's text: entities undone (publishers escape for HTML inside JSON), None when it is none."""
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str) and v.strip()), None)
    return unescape(value).strip() or None if isinstance(value, str) else None


def name_of(value: Any) -> str | None:
    """The name of a Person or Organization, given as node, list or string."""
    names = names_of(value)
    return names[0] if names else None


def names_of(value: Any, depth: int = 0) -> list[str]:
    """All names in a property that holds nodes, lists or strings; `depth`: of the nodes and lists around it."""
    if depth > _DEPTH:
        return []
    if isinstance(value, list):
        return [name for v in value for name in names_of(v, depth + 1)]
    if isinstance(value, dict):
        value = value.get("name")
        return names_of(value, depth + 1) if isinstance(value, list | dict) else ([t] if (t := text_of(value)) else [])
    text = text_of(value)
    return [text] if text else []


def is_organization(value: Any) -> bool:
    """Whether all that a property names are organizations, by their types."""
    nodes = value if isinstance(value, list) else [value]
    return bool(nodes) and all(
        isinstance(node, dict) and any(t.endswith("Organization") for t in _types(node)) for node in nodes
    )


def _named(value: Any, nodes: list[dict[str, Any]]) -> Any:
    """A property with the nodes that it refers to by `@id` alone in their places."""
    if isinstance(value, list):
        return [_named(one, nodes) for one in value if not isinstance(one, list)]
    if isinstance(value, dict) and "name" not in value and isinstance(name := value.get("@id"), str):
        return next((node for node in nodes if node.get("@id") == name and "name" in node), value)
    return value


def url_of(value: Any, depth: int = 0) -> str | None:
    """The address of an image given as string, ImageObject or list; `depth`: of the nodes and lists around it."""
    if depth > _DEPTH:
        return None
    if isinstance(value, list):
        return next((u for v in value if (u := url_of(v, depth + 1))), None)
    if isinstance(value, dict):
        return url_of(value.get("url") or value.get("contentUrl") or value.get("@id"), depth + 1)
    return text_of(value)


def _is_linked_data(script: Any) -> bool:
    return "ld+json" in (script.get("type") or "").lower()


def _nodes(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEPTH:
        return
    if isinstance(data, list):
        for part in data:
            yield from _nodes(part, depth + 1)
    elif isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(data.get(key), list | dict):
                yield from _nodes(data[key], depth + 1)


def _types(node: dict[str, Any]) -> list[str]:
    kind = node.get("@type")
    return [t for t in (kind if isinstance(kind, list) else [kind]) if isinstance(t, str)]


def _crumbs(node: dict[str, Any]) -> tuple[str, ...]:
    items = node.get("itemListElement")
    found = []
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            inner = item.get("item")
            found.append(text_of(item.get("name")) or (text_of(inner.get("name")) if isinstance(inner, dict) else None))
    return tuple(name for name in found if name)
