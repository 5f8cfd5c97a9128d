"""What trafilatura leaves behind: related-article headings, promos, share bars. The phrases are data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from newscrawl import hindi


@cache
def _phrases() -> dict[str, frozenset[str]]:
    data = tomllib.loads(files(__package__).joinpath("phrases.toml").read_text(encoding="utf-8"))
    return {name: frozenset(_key(p) for p in data[name]) for name in ("line", "tail", "prefix")}


def _key(line: str) -> str:
    return " ".join(hindi.words(hindi.fold(line)))


def strip_boilerplate(lines: list[str]) -> list[str]:
    """Return `lines` without boilerplate: whole lines of the list, and all after a tail heading.

    A tail heading ("Latest News") cuts only in the last half of the text, so that a story is never cut
    at its first lines.
    """
    phrases = _phrases()
    kept: list[str] = []
    for number, line in enumerate(lines):
        key = _key(line)
        if key in phrases["tail"] and number * 2 >= len(lines):
            break
        if key in phrases["line"] or key in phrases["tail"] or not key:
            continue
        if any(key.startswith(prefix) for prefix in phrases["prefix"]):
            continue
        kept.append(line)
    return kept
