"""A story that stands in a page's own data only, for its scripts to print: Next.js, Nuxt and their kin."""

from __future__ import annotations

from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder

# strict=False: raw line breaks inside strings are common.
_STRINGS = JSONDecoder(strict=False)
_PARAGRAPH_ENDS = ("</p>", "</P>", "<br>", "<br/>", "<br />")
# A story has several paragraphs; one is a teaser, a notice, a description.
_PARAGRAPHS = 3
# Data that holds HTML as a string inside a string: a script's chunk, its JSON, the story.
_DEPTH = 3


def story_html(html: str) -> str | None:
    """The longest string of HTML paragraphs in a page's scripts, or None. Time is linear in the page's size."""
    found = (text for script in _scripts(html) for text in _texts(script, 1))
    return max(found, key=len, default=None)


def _scripts(html: str) -> Iterator[str]:
    begun = html.find("<script")
    while begun >= 0 and (inner := html.find(">", begun)) >= 0:
        end = html.find("</script", inner)
        yield html[inner + 1 : end if end >= 0 else len(html)]
        begun = html.find("<script", end) if end >= 0 else -1


def _texts(source: str, depth: int) -> Iterator[str]:
    """String literals of `source` that are HTML paragraphs, and those inside string literals."""
    for text in _literals(source):
        if sum(map(text.count, _PARAGRAPH_ENDS)) < _PARAGRAPHS:
            continue
        if text.lstrip()[:1] == "<":
            yield text
        elif depth < _DEPTH and '"' in text:
            yield from _texts(text, depth + 1)


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
