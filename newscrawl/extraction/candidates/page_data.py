"""A story that stands in a page's own data only, for its scripts to print: Next.js, Nuxt and their kin."""

from __future__ import annotations

from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

import regex

# strict=False: raw line breaks inside strings are common.
_STRINGS = JSONDecoder(strict=False)
_PARAGRAPH_ENDS = ("</p>", "</P>", "<br>", "<br/>", "<br />")
# A story has several paragraphs; one is a teaser, a notice, a description.
_PARAGRAPHS = 3
# What browsers show where there are no scripts, or inside an element of the site's own.
_UNSEEN = ("noscript", "template")
# Data that holds HTML as a string inside a string: a script's chunk, its JSON, the story.
_DEPTH = 3
# JSON alone, or what a script names: "window.__STATE__ = {".
_VALUE = regex.compile(r"\A\s*+(?:[\w.][\w.\s]{0,60}=\s*+)?[{\[]")
# How editors' data call a part's kind, its text, its runs of one style; and what only a teaser has.
_KIND_KEYS = {"type", "_type"}
_TEXT_KEYS = ("content", "text")
_RUN_KEYS = ("children", "content")
_TEASER_KEYS = frozenset(("url", "slug", "headline", "headlines", "title", "link", "href"))


def story_html(html: str, *, article: bool) -> str | None:
    """The longest string of HTML paragraphs in a page's scripts, or None. Time is linear in the page's size.

    Of a page that says that it is an `article`, also what stands there for readers without scripts; in a forum that is
    the thread.
    """
    found = [text for script in _inside(html, "script") for text in _texts(script, 1)]
    found += [text for tag in (_UNSEEN if article else ()) for text in _inside(html, tag) if _has_paragraphs(text)]
    if found:
        return max(found, key=len)
    return max(map(_in_parts, _inside(html, "script")), key=len, default=None) or None


def _in_parts(script: str) -> str:
    """The longest list of a JSON script whose members are parts of one story, each with its kind and its text, as
    editors keep it; as HTML. A teaser has a headline or an address besides, a part has none."""
    begun = _VALUE.match(script)
    if begun is None:
        return ""
    try:
        data, _ = _STRINGS.raw_decode(script, begun.end() - 1)
    except (ValueError, RecursionError):
        return ""
    best, waiting = "", [data]
    while waiting:
        value = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value
        waiting += [one for one in inner if isinstance(one, dict | list)]
        if isinstance(value, list):
            parts = [text for one in value if isinstance(one, dict) and (text := _part(one))]
            if len(parts) >= _PARAGRAPHS:
                best = max(best, "".join(f"<p>{part}</p>" for part in parts), key=len)
    return best


def _part(value: dict[str, Any]) -> str:
    """The text of a part of a story: its own, its data's, or its runs'."""
    if not _KIND_KEYS & value.keys() or not _TEASER_KEYS.isdisjoint(value):
        return ""
    data = value.get("data")
    told = data if isinstance(data, dict) else value
    runs: list[Any] = next((told[key] for key in _RUN_KEYS if isinstance(told.get(key), list)), [])
    said = [told, *(run for run in runs if isinstance(run, dict))]
    return "".join(one[key] for one in said for key in _TEXT_KEYS if isinstance(one.get(key), str))


def _inside(html: str, tag: str) -> Iterator[str]:
    begun = html.find(f"<{tag}")
    while begun >= 0 and (inner := html.find(">", begun)) >= 0:
        end = html.find(f"</{tag}", inner)
        yield html[inner + 1 : end if end >= 0 else len(html)]
        begun = html.find(f"<{tag}", end) if end >= 0 else -1


def _texts(source: str, depth: int) -> Iterator[str]:
    """String literals of `source` that are HTML paragraphs, and those inside string literals."""
    for text in _literals(source):
        if not _has_paragraphs(text):
            continue
        if text.lstrip()[:1] == "<":
            yield text
        elif depth < _DEPTH and '"' in text:
            yield from _texts(text, depth + 1)


def _has_paragraphs(text: str) -> bool:
    return sum(map(text.count, _PARAGRAPH_ENDS)) >= _PARAGRAPHS


def _literals(source: str) -> Iterator[str]:
    """What stands in double quotes, escapes undone, up to the first that is no JSON string."""
    at = source.find('"')
    while at >= 0:
        try:
            text, end = _STRINGS.raw_decode(source, at)
        except JSONDecodeError:
            return
        yield text
        at = source.find('"', end)
