"""What a page says of itself in JSON-LD (schema.org), read leniently: publishers' JSON is often broken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import regex

from newscrawl.extraction.elements import Elements
from newscrawl.text import hindi, lenient_json
from newscrawl.text.urls import url_key, web_url

# Some write the whole address of a type, "http://schema.org/NewsArticle", or "schema:NewsArticle".
_OF_TYPE = regex.compile("[/#:]")
_ARTICLE = regex.compile(r"Article$|BlogPosting$|^Report$|^Review$", regex.IGNORECASE)
_MEDIA = ("ImageGallery", "MediaGallery", "Recipe", "PodcastEpisode")
_DATED = ("datePublished", "dateModified", "author")
# Nodes nest (graph, mainEntity, hasPart); deeper than this nothing of use was ever seen.
_DEPTH = 7
# What says most of a story; and what a node may give by the id of another.
_TELLING = ("headline", "datePublished", "author", "articleSection", "image")
_REFERRING = ("author", "publisher", "image")
# Of the words of a node's headline, what the page's titles say of it when both mean one story.
_AGREE = 0.5


@dataclass(frozen=True, slots=True)
class LinkedData:
    """The article node that is about the page (empty when there is none) and the types of all top nodes, without
    articles that are other pages'. `page`: the node of the page itself, where it is dated."""

    article: dict[str, Any]
    page: dict[str, Any]
    types: frozenset[str]
    breadcrumb: tuple[str, ...]
    publisher: str | None
    logo: str | None  # the publisher's


def read(elements: Elements, addresses: Collection[str] = (), titles: Collection[str] = ()) -> LinkedData:
    """Read all JSON-LD scripts of a page. `addresses`: what the page is known by, `titles`: what it calls itself; by
    these its article is told from those that it only links to."""
    nodes = [
        node
        for script in elements.tagged("script")
        if _is_linked_data(script)
        for node in _nodes(lenient_json.values(script.text or ""), 0)
    ]
    by_id = {
        # Of several that say something of one thing, one that has its name.
        node["@id"]: node
        for node in sorted(nodes, key=lambda node: "name" in node)
        if isinstance(node.get("@id"), str) and len(node) > 1
    }
    about = {url_key(u) for address in addresses if (u := web_url(address))}
    words = [_words(title) for title in titles]
    found = [(_is_own(n, about, words), n) for n in nodes if any(_ARTICLE.search(t) for t in _types(n))]
    articles = [(own is True, node) for own, node in found if own is not False]
    foreign = {id(node) for own, node in found if own is False}
    # Sites print a stub next to the real one: the node that says most is meant.
    told = max(articles, key=lambda n: (n[0], sum(bool(n[1].get(k)) for k in _TELLING)), default=None)
    # A gallery, a recipe or an episode has no headline, but date and author of the page's.
    media = (n for n in nodes if any(t in _MEDIA for t in _types(n)) and _is_own(n, about, words) is not False)
    article = told[1] if told else {key: node[key] for node in islice(media, 1) for key in _DATED if key in node}
    article = article | {key: _resolved(article[key], by_id) for key in _REFERRING if key in article}
    page = next((n for n in nodes if n.get("datePublished") and any(t.endswith("WebPage") for t in _types(n))), {})
    crumbs = next((_crumbs(node) for node in nodes if "BreadcrumbList" in _types(node)), ())
    types = frozenset(t for n in nodes if id(n) not in foreign for t in _types(n))
    publisher = article.get("publisher")
    logo = url_of(publisher.get("logo")) if isinstance(publisher, dict) else None
    return LinkedData(article, page, types, crumbs, name_of(publisher), logo)


def _is_own(node: dict[str, Any], about: set[str], titles: list[set[str]]) -> bool | None:
    """Whether an article node is about the page: True by its address or headline, False where both are another's, None
    where it does not say."""
    said = [url_of(node.get("url")), url_of(node.get("mainEntityOfPage")), url_of(node.get("@id"))]
    named = {url_key(u) for one in said if one and (u := web_url(one)) and urlsplit(u).path.strip("/")}
    mine = _words(text_of(node.get("headline")) or "")
    if named & about or any(mine and len(mine & title) >= _AGREE * len(mine) for title in titles):
        return True
    return False if named and mine and any(titles) else None


def _words(text: str) -> set[str]:
    return set(hindi.folded_words(text))


def _resolved(value: Any, by_id: Mapping[str, dict[str, Any]]) -> Any:
    """A property whose nodes are only named by their id, with the nodes themselves."""
    if isinstance(value, list):
        return [_resolved(v, by_id) if isinstance(v, dict) else v for v in value]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], value)
    return value


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
        parts = (text_of(value.get(k)) for k in ("givenName", "familyName"))
        value = value.get("name") or " ".join(filter(None, parts))
        return names_of(value, depth + 1) if isinstance(value, list | dict) else ([t] if (t := text_of(value)) else [])
    text = text_of(value)
    return [text] if text else []


def is_organization(value: Any) -> bool:
    """Whether all that a property names are organizations, by their types."""
    nodes = value if isinstance(value, list) else [value]
    return bool(nodes) and all(
        isinstance(node, dict) and any(t.endswith("Organization") for t in _types(node)) for node in nodes
    )


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
    return [_OF_TYPE.split(t)[-1] for t in (kind if isinstance(kind, list) else [kind]) if isinstance(t, str)]


def _crumbs(node: dict[str, Any]) -> tuple[str, ...]:
    items = node.get("itemListElement")
    found = []
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            inner = item.get("item")
            found.append(text_of(item.get("name")) or (text_of(inner.get("name")) if isinstance(inner, dict) else None))
    return tuple(name for name in found if name)
