"""Every regular expression of the package costs in proportion to its text, whatever the text is made of.

The time for a run of eight times the length may be some times eight, never near sixty-four: a pattern that is quadratic
on runs of a character freezes whoever uses it on a page of a few hundred kilobytes.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
import pkgutil
import re
import time
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import regex

import newscrawl
from newscrawl.extraction.clean import phrases

_SHORT, _LONG = 600, 4_800  # characters
# Between the growth of a linear pattern (8) and of a quadratic one (64).
_MOST = 24
# What takes less is not looked at again: the clock is too coarse, and a quadratic pattern takes more on a run so long.
_NOTHING = 0.004  # seconds
_ROUNDS = 16

_CHARACTERS = "aA1 \n-.।क#:/\"'<>(|@,=&\\_[]{}…é\u093f\u200d\u00a0%?+*;!"
_WORDS = (
    "यह भी पढ़ें",
    "share-",
    "2026-",
    "14 ",
    "फोटो ",
    "http://",
    "also read ",
    "सुबह ",
    "@a (",
    "<a ",
    "a='",
    "जनवरी ",
    "T10:",
)
_RUNS = [*_CHARACTERS, *map("".join, product("a1 -.", "क:/,(")), *_WORDS]
# Where a run stands: alone, before what makes a pattern fail at its end, behind what makes it begin.
_AROUND = [("", ""), ("", "\0x!"), ("a ", "।x")]
_COMPILED = (regex.Pattern, re.Pattern)


def _patterns(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, _COMPILED):
        yield name, value
    elif depth > 3:
        return
    elif isinstance(value, tuple | list | set | frozenset):
        for inner in value:
            yield from _patterns(name, inner, depth + 1)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _patterns(name, inner, depth + 1)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _patterns(f"{name}.{field.name}", getattr(value, field.name), depth + 1)


def _all() -> dict[str, Any]:
    found = {f"phrases {pattern.pattern[:60]}": pattern for _, pattern in _patterns("phrases", phrases.load())}
    for module in pkgutil.walk_packages(newscrawl.__path__, "newscrawl."):
        if module.name.startswith("newscrawl.demo") or module.name.endswith("__main__"):
            continue  # the demo web reads nothing from outside
        for name, value in vars(importlib.import_module(module.name)).items():
            for at, (_, pattern) in enumerate(_patterns(name, value)):
                found[f"{module.name}.{name}[{at}]"] = pattern
    by_source = {(pattern.pattern, pattern.flags): (name, pattern) for name, pattern in found.items()}
    return dict(by_source.values())


PATTERNS = _all()


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS.keys())
def test_a_pattern_is_linear(pattern: Any) -> None:
    for run, (before, behind) in product(_RUNS, _AROUND):
        long = before + run * (_LONG // len(run)) + behind
        if (took := _seconds(pattern, long)) <= _NOTHING:
            continue
        short = before + run * (_SHORT // len(run)) + behind
        # Once more where it looks bad, the shortest of all: a processor's caches are shared with other processes.
        least = math.inf
        for _ in range(_ROUNDS):
            least = min(least, *(_seconds(pattern, short) for _ in range(3)))
            if (grown := took / least) <= _MOST:
                break
            took = min(took, _seconds(pattern, long))
        assert grown <= _MOST, f"{run!r} between {before!r} and {behind!r}: {grown:.0f} times for eight times the text"


def _seconds(pattern: Any, text: str) -> float:
    subject = text.encode() if isinstance(pattern.pattern, bytes) else text
    # The longest that a quadratic pattern is waited for; the other kind of pattern has no such bound.
    bound = {"timeout": 5} if isinstance(pattern, regex.Pattern) else {}
    begun = time.thread_time()  # of this thread alone, however busy the machine is
    try:
        pattern.search(subject, **bound)
    except TimeoutError:
        return 60.0
    return time.thread_time() - begun


def test_the_test_can_fail() -> None:
    with pytest.raises(AssertionError, match="times the text"):
        test_a_pattern_is_linear(regex.compile(r"\s+x"))
