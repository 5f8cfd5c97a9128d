"""Which children of a sitemap index are read where there are many: the likeliest to have news, and each in its turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import regex

_NEWS = regex.compile(r"news|latest|today|recent", regex.IGNORECASE)
# sitemap-2026-11-25.xml, /2026/11/, 20261125, ?yyyy=2026&mm=11&dd=25
_YEAR_MONTH_DAY = regex.compile(
    r"(?<!\d)(20\d\d)(?:[^\d.]{0,4}(1[0-2]|0?[1-9])(?:[^\d.]{0,4}([12]\d|3[01]|0?[1-9]))?)?(?!\d)"
)
_NUMBER = regex.compile(r"(\d{1,9})(?=\D*$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child of an index. `asked`, `brought`: epoch seconds of the last look and of the last one that brought news."""

    url: str
    lastmod: datetime | None = None
    asked: float | None = None
    brought: float | None = None


def by_promise(children: Mapping[str, datetime | None], order: str = "") -> list[str]:
    """Children of an index of which nothing but name and lastmod is known, the likeliest news first.

    `order`: where the newest stand in the index, "first" or "last", which counts where it tells no lastmod.
    """
    known = [Child(url=url, lastmod=when) for url, when in children.items()]
    if order and not any(children.values()):
        return [child.url for child in (known if order == "first" else reversed(known))]
    return [child.url for child in _ordered(known)]


def choose(children: Sequence[Child], most: int, *, in_order: bool = False) -> list[str]:
    """The children to read now, at most so many: alternately the likeliest to have news, and the one that was not read
    for longest. So the newest are read in every run, and over some runs all are. `in_order`: they come the likeliest
    first, as the site's entry says, where none has a lastmod."""
    likeliest = list(children) if in_order and not any(child.lastmod for child in children) else _ordered(children)
    place = {child.url: number for number, child in enumerate(likeliest)}
    longest_ago = sorted(likeliest, key=lambda c: (c.asked or 0.0, place[c.url]))
    chosen: dict[str, None] = {}
    for pair in zip(likeliest, longest_ago, strict=True):
        for child in pair:
            if len(chosen) < most:
                chosen[child.url] = None
    for child in likeliest:
        if len(chosen) < most:
            chosen[child.url] = None
    return list(chosen)


def _ordered(children: Sequence[Child]) -> list[Child]:
    """By lastmod, where said; else maps of news by name, then by the date in the name, then near to the
    number that brought news last. Where nothing is known of numbers, the ends come before the middle."""
    numbers = {child.url: _number(child.url) for child in children}
    leader = max((c for c in children if c.brought), key=lambda c: c.brought or 0.0, default=None)
    middle = (min(numbers.values(), default=0) + max(numbers.values(), default=0)) / 2

    def key(child: Child) -> tuple[float, float, float]:
        number = numbers[child.url]
        distance = abs(number - numbers[leader.url]) if leader else -abs(number - middle)
        # Of two at the same distance the higher number: most programs count upwards.
        return -_when(child), distance, -number

    return sorted(children, key=key)


def _when(child: Child) -> float:
    """When the child was changed, as far as it can be told; a news map without lastmod is of now."""
    if child.lastmod:
        return child.lastmod.timestamp()
    name = child.url.partition("://")[2].partition("/")[2]
    dated = _YEAR_MONTH_DAY.search(name)
    if dated:
        day = datetime(int(dated[1]), int(dated[2] or 1), 1, tzinfo=UTC).timestamp()
        return day + (int(dated[3]) if dated[3] else 0) * 86_400
    return float("inf") if _NEWS.search(name) else 0.0


def _number(url: str) -> int:
    found = _NUMBER.search(url.rpartition("/")[2])
    return int(found[1]) if found else 0
