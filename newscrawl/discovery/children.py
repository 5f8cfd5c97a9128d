"""Which children of a sitemap index are read where there are many: the likeliest to have news, and each in its turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import regex

from newscrawl.text.dates import MONTHS

_NEWS = regex.compile(r"news|latest|today|recent", regex.IGNORECASE)
_YEAR, _MONTH, _DAY = r"(?P<y>20\d\d)", r"(?P<m>1[0-2]|0?[1-9])", r"(?P<d>[12]\d|3[01]|0?[1-9])"
_DATES = (
    # sitemap-2026-11-25.xml, /2026/11/, 20261125, ?yyyy=2026&mm=11&dd=25; a "w" begins the number of a week
    regex.compile(rf"(?<!\d){_YEAR}[^\d.w]{{0,4}}{_MONTH}(?:[^\d.]{{0,4}}{_DAY})?(?!\d)"),
    # sitemap-25-11-2026.xml; sitemap-11-2026.xml, but a single figure numbers the maps of a year
    regex.compile(rf"(?<!\d)(?:{_DAY}[^\d.]{{1,4}}{_MONTH}|(?P<m>1[0-2]|0[1-9]))[^\d.]{{1,4}}{_YEAR}(?!\d)"),
    regex.compile(rf"(?<!\d){_YEAR}(?!\d)"),
)
# sitemap-2026-november.xml
_MONTH_OF = {name: f"{number:02}" for number, (names, _) in enumerate(MONTHS, 1) for name in names.split()}
_MONTH_NAME = regex.compile(rf"(?<![a-z])(?:{'|'.join(_MONTH_OF)})(?![a-z])", regex.IGNORECASE)
_NUMBER = regex.compile(r"(\d{1,9})(?=\D*$)")
# Where so many children all changed within so little time, that is when a program wrote them, or their index.
_STAMPED, _STAMPS_WITHIN = 5, timedelta(hours=1)


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
    known = _believed([Child(url=url, lastmod=when) for url, when in children.items()])
    if order and not any(child.lastmod for child in known):
        return [child.url for child in (known if order == "first" else reversed(known))]
    return [child.url for child in _ordered(known)]


def choose(children: Sequence[Child], most: int, *, in_order: bool = False) -> list[str]:
    """The children to read now, at most so many: alternately the likeliest to have news, and the one that was not read
    for longest. So the newest are read in every run, and over some runs all are. `in_order`: they come the likeliest
    first, as the site's entry says, where none has a lastmod."""
    known = _believed(children)
    likeliest = known if in_order and not any(child.lastmod for child in known) else _ordered(known)
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


def _believed(children: Sequence[Child]) -> list[Child]:
    """The children, without a lastmod where it is one for all of them: it says nothing of which is new."""
    stamps = [child.lastmod for child in children if child.lastmod]
    if len(stamps) < _STAMPED or max(stamps) - min(stamps) > _STAMPS_WITHIN:
        return list(children)
    return [replace(child, lastmod=None) for child in children]


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
    figures = _MONTH_NAME.sub(lambda m: _MONTH_OF[m[0].lower()], name)
    if dated := next((found for date in _DATES if (found := date.search(figures))), None):
        said = {part: int(number) for part, number in dated.groupdict().items() if number}
        return datetime(said["y"], said.get("m", 1), 1, tzinfo=UTC).timestamp() + said.get("d", 0) * 86_400
    return float("inf") if _NEWS.search(name) else 0.0


def _number(url: str) -> int:
    found = _NUMBER.search(url.rpartition("/")[2])
    return int(found[1]) if found else 0
