"""Sentence patterns: alternation and slots, expanded with a seeded random source.

`[a|b|c]` takes one alternative (an empty one is allowed, they nest), `{name}` asks the story for a slot.
Patterns are data (`content/*.toml`), so that the Hindi can be read and mended without reading code.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache

_INNERMOST = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z0-9_:/-]+)\}")
# Stands for the choice of that number in the text around it; no content has this character.
_CHOICE = re.compile("\0(\\d+)\0")


def expand(pattern: str, rng: random.Random, slot: Callable[[str], str]) -> str:
    """One rendering of `pattern`; `slot` answers what stands in `{...}`. Spaces are tidied.

    Only the slots of the alternatives taken are asked for. Raises `ValueError` for unbalanced brackets,
    so that a slip in the content cannot reach a page.
    """
    choices, whole = _parsed(pattern)
    # Innermost first, and those of alternatives that are not taken as well: one seed, one order of draws.
    taken: list[str] = []
    for alternatives in choices:
        taken.append(_joined(rng.choice(alternatives), taken))
    text = _joined(whole, taken)
    if "{" in text:
        text = _SLOT.sub(lambda m: slot(m[1]), text)
    if stray := [sign for sign in "[]{|}" if sign in text]:
        raise ValueError(f"stray {''.join(stray)} in pattern: {pattern}")
    text = " ".join(text.split())
    for sign in ",।?!;":
        text = text.replace(f" {sign}", sign)
    return text


# Text, and between two pieces of text the number of a choice.
_Parts = list[str | int]


@cache
def _parsed(pattern: str) -> tuple[list[list[_Parts]], _Parts]:
    """The choices of a pattern, each after those that it contains, and the text around them. A web has some
    hundred patterns and renders them two hundred thousand times."""
    choices: list[list[_Parts]] = []

    def number(found: re.Match[str]) -> str:
        choices.append([_parts(alternative) for alternative in found[1].split("|")])
        return f"\0{len(choices) - 1}\0"

    text = pattern
    while _INNERMOST.search(text):
        text = _INNERMOST.sub(number, text)
    return choices, _parts(text)


def _parts(text: str) -> _Parts:
    pieces: list[str] = _CHOICE.split(text)
    return [int(piece) if i % 2 else piece for i, piece in enumerate(pieces)]


def _joined(parts: _Parts, taken: list[str]) -> str:
    return "".join([taken[part] if isinstance(part, int) else part for part in parts])
