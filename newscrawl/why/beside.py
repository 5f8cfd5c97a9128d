"""The page as served beside the text that was stored: each block of the page, and what became of it.

The steps work on a tree that they change, so a block is known again by its text (`phrases.squeeze`), and where a text
stands several times by its line in the file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from newscrawl.extraction.clean.phrases import squeeze
from newscrawl.extraction.prune.layout import BLOCKS
from newscrawl.extraction.prune.prune import Taken, parse
from newscrawl.extraction.story import Steps
from newscrawl.text import hindi
from newscrawl.why.ways import Way

# What browsers do not show as text of the page.
_UNSHOWN = frozenset(("head", "script", "style", "noscript", "template", "svg", "iframe", "select", "textarea"))
# A shorter block that stands in a longer line of the story may do so by chance.
_LEAST_PART = 15
# Lines of the story among which the one is looked for that a block is a part of: they come in the order of the page.
_AHEAD = 1_000
# Ways of reading that may bring back what a rule took.
_RESTORING = ("restored", "whole", "articleBody")


class Fate(StrEnum):
    """What became of a block."""

    KEPT = "kept"
    MOVED = "moved"  # into another column: headline, summary
    CUT = "cut"  # by a rule, from markup or in cleaning
    LOST = "lost"  # in choosing, or in no way of reading


@dataclass(frozen=True, slots=True)
class Line:
    """A block of the page as `served`, what is `stored` of it, and `why` where it is not.

    `served` is None where the stored line is no block of the page: it comes from the page's data.
    """

    served: str | None
    stored: str | None
    fate: Fate
    why: str = ""


def blocks(html: str) -> list[tuple[str, int]]:
    """Every text block of a page in document order, with its line in the file."""
    tree = parse(html)
    return [] if tree is None else list(_blocks(tree))


def beside(found: Steps, text: list[str], ways: list[Way]) -> list[Line]:
    """Each block of the page and its fate; `text` is what is stored, or would be."""
    stored = [(line, squeeze(line)) for line in text]
    places: dict[str, list[int]] = {}
    for i, (_, line) in enumerate(stored):
        places.setdefault(line, []).append(i)
    first = 0  # of the lines that wait for their block
    taken = _taken(found.pruned.taken)
    title, summary = squeeze(found.meta.title or ""), squeeze(found.summary or "")
    cleaned = {squeeze(line): why for way in ways for line, why in way.cut}
    readers: dict[str, list[str]] = {}
    for way in ways:
        for line in way.read:
            readers.setdefault(squeeze(line), []).append(way.name)
    left = {squeeze(block) for block, _ in _blocks(found.pruned.tree)}
    restores = found.chosen.candidate in _RESTORING
    lines: list[Line] = []
    for block, at in blocks(found.html):
        key = squeeze(block)
        if not key:
            continue
        rule = _rule(taken, key, at)
        same = places.get(key, [])
        nearest = bisect_left(same, first)
        mine = same[nearest] if nearest < len(same) else None
        if mine is None and rule is None and key not in cleaned:
            near = range(first, min(len(stored), first + _AHEAD))
            mine = next((i for i in near if _is_of(key, stored[i][1])), None)
        # What a rule took comes back whole or not at all: an excerpt is no part of the line that it is of.
        if mine is not None and (rule is None or restores):
            whole = stored[mine][1] == key or stored[mine][1].endswith(key) or stored[mine][1] in key
            if whole:
                # What no block holds came from elsewhere, and stands where the story has it.
                lines += [Line(None, line, Fate.KEPT, "in no block of the page") for line, _ in stored[first:mine]]
                first = mine + 1
            note = f"{rule} took it, another way of reading brought it back" if rule else ""
            lines.append(Line(block, stored[mine][0] if whole else None, Fate.KEPT, note))
        elif rule is not None:
            lines.append(Line(block, None, Fate.CUT, rule))
        elif key == title:
            lines.append(Line(block, None, Fate.MOVED, "the headline: column title"))
        elif summary and _is_of(key, summary):
            lines.append(Line(block, None, Fate.MOVED, "column summary"))
        elif key in cleaned:
            lines.append(Line(block, None, Fate.CUT, f"cleaning: {cleaned[key]}"))
        elif key in readers:
            lines.append(Line(block, None, Fate.LOST, f"choosing: only {', '.join(readers[key])} has it"))
        elif key in left:
            lines.append(Line(block, None, Fate.LOST, "reading: no way of reading takes it for the story"))
        else:
            lines.append(Line(block, None, Fate.CUT, "markup: a button, a caption or another element without a story"))
    return lines + [Line(None, line, Fate.KEPT, "in no block of the page") for line, _ in stored[first:]]


def _blocks(tree: Any) -> Iterator[tuple[str, int]]:
    """The text between the beginnings and ends of blocks, cleaned."""
    parts: list[str] = []
    at = 0

    def flush() -> Iterator[tuple[str, int]]:
        text = hindi.clean("".join(parts).replace("\n", " ")).strip()
        parts.clear()
        if text:
            yield text, at

    # No recursion: a page may nest deeper than Python does.
    todo: list[tuple[Any, bool]] = [(tree, False)]
    while todo:
        e, ended = todo.pop()
        shown = isinstance(e.tag, str) and e.tag not in _UNSHOWN
        if not ended and shown:
            if e.tag in BLOCKS or e.tag in ("p", "br"):
                yield from flush()
            at = e.sourceline or at if not parts else at
            parts.append(e.text or "")
            todo.append((e, True))
            todo += [(child, False) for child in reversed(e)]
            continue
        if shown and (e.tag in BLOCKS or e.tag in ("p", "br")):
            yield from flush()
        if e is not tree:
            parts.append(e.tail or "")
    yield from flush()


def _is_of(key: str, line: str) -> bool:
    return key == line or (len(key) >= _LEAST_PART and key in line) or (len(line) >= _LEAST_PART and line in key)


@dataclass(slots=True)
class _Rule:
    """A block that a rule took, and the lines of the file on which its element stands."""

    words: str
    first: int
    last: int


def _taken(taken: tuple[Taken, ...]) -> dict[str, list[_Rule]]:
    """What rules took, by the key of the block."""
    rules: dict[str, list[_Rule]] = {}
    for one in taken:
        places = [e.sourceline for e in one.element.iter() if e.sourceline]
        words = f"{one.rule}: {one.reason}"
        for block, _ in _blocks(one.element):
            rules.setdefault(squeeze(block), []).append(_Rule(words, min(places, default=0), max(places, default=0)))
    return rules


def _rule(taken: dict[str, list[_Rule]], key: str, at: int) -> str | None:
    """The rule that took the block; each one that it took is told once."""
    there = taken.get(key, [])
    mine = next((rule for rule in there if rule.first <= at <= rule.last), None)
    if mine is None:
        return None
    there.remove(mine)
    return mine.words
