"""The story's lines: trafilatura's answer on the pruned tree, one clean line a block."""

from __future__ import annotations

from typing import Any

import trafilatura
from trafilatura.settings import Document

from newscrawl.extraction import density
from newscrawl.text import hindi

# Below about 80 words trafilatura falls back to all text of the page in one piece.
_SHORT_CHARS = 500
# An answer with less than this share of the densest box's running text is from the wrong box.
_COVERED_SHARE = 0.7
# Lines of trafilatura's answer: everything that is a block of its own in its body.
_LINE_TAGS = ("p", "head", "item", "quote", "row", "ab", "code")


def lines(tree: Any, url: str) -> list[str]:
    """Extract the lines of a pruned tree in order. Consumes `tree`.

    `fast=True` skips trafilatura's comparison with readability and justext: on the captured pages its
    word F1 equals the default's at two thirds of the time (`benchmarks/extraction.py`). `deduplicate`
    stays off: it keeps state between pages and its notion of a word drops Devanagari.
    """
    box, prose = density.mark(tree)
    document = trafilatura.bare_extraction(
        tree, url=url, fast=True, include_comments=False, include_tables=True, with_metadata=False, deduplicate=False
    )
    body = document.body if isinstance(document, Document) else None
    first = [] if body is None else _lines(body)
    told = sum(map(len, first))
    if told < _SHORT_CHARS or told < _COVERED_SHARE * prose:
        return density.lines(box) or first
    return first


def _lines(body: Any) -> list[str]:
    """Trafilatura's body as clean lines: one a paragraph, heading, list item or table row."""
    lines: list[str] = []
    current: list[str] = []

    def flush() -> None:
        lines.extend(line for line in hindi.clean("".join(current)).split("\n") if line)
        current.clear()

    def walk(e: Any) -> None:
        own = e.tag in _LINE_TAGS
        if own:
            flush()
        if e.tag == "lb":
            current.append("\n")
        elif e.tag == "cell" and current:
            current.append(", ")
        current.append(_flat(e.text))
        for child in e:
            walk(child)
            current.append(_flat(child.tail))
        if own:
            flush()

    walk(body)
    flush()
    return lines


def _flat(text: str | None) -> str:
    return text.replace("\n", " ") if text else ""
