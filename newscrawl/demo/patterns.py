"""Sentence patterns: alternation and slots, expanded with a seeded random source.

`[a|b|c]` takes one alternative (an empty one is allowed, they nest), `{name}` asks the story for a slot.
Patterns are data (`content/*.toml`), so that the Hindi can be read and mended without reading code.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_INNERMOST = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z0-9_:/-]+)\}")


def expand(pattern: str, rng: random.Random, slot: Callable[[str], str]) -> str:
    """One rendering of `pattern`; `slot` answers what stands in `{...}`. Spaces are tidied.

    Only the slots of the alternatives taken are asked for. Raises `ValueError` for unbalanced brackets,
    so that a slip in the content cannot reach a page.
    """
    text = pattern
    while _INNERMOST.search(text):
        text = _INNERMOST.sub(lambda m: rng.choice(m[1].split("|")), text)
    text = _SLOT.sub(lambda m: slot(m[1]), text)
    if stray := set("[]{}|") & set(text):
        raise ValueError(f"stray {''.join(sorted(stray))} in pattern: {pattern}")
    return re.sub(r"\s+([,।?!;])", r"\1", re.sub(r"\s+", " ", text)).strip()
