"""Which children of a sitemap index are read, and in which order: the newest in each run, and each in some."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newscrawl.discovery.children import Child, choose
from newscrawl.discovery.links import Bounds
from newscrawl.discovery.sitemaps import parse_sitemap
from newscrawl.text.dates import IST

SITE = "https://www.namuna.example"
MAP = f"{SITE}/maps/news.xml"
NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


def index(*children: tuple[str, str]) -> bytes:
    maps = "".join(
        f"<sitemap><loc>{loc}</loc>{f'<lastmod>{when}</lastmod>' if when else ''}</sitemap>" for loc, when in children
    )
    return f"<sitemapindex>{maps}</sitemapindex>".encode()


def test_children_come_by_their_lastmod_not_by_their_place() -> None:
    maps = [(f"/post-sitemap{n}.xml", f"2026-11-{n:02}") for n in range(1, 25)]
    found = parse_sitemap(index(*maps), MAP, bounds=Bounds(now=NOW))
    assert found.further[:2] == (f"{SITE}/post-sitemap24.xml", f"{SITE}/post-sitemap23.xml")
    assert found.changed[found.further[0]] == datetime(2026, 11, 24, tzinfo=IST)


@pytest.mark.parametrize(
    "name",
    ["/map-{}-{:02}-{:02}.xml", "/{}/{:02}/{:02}/map.xml", "/map{}{:02}{:02}.xml", "/map.xml?yyyy={}&mm={}&dd={}"],
)
def test_children_without_lastmod_come_by_the_day_in_their_name(name: str) -> None:
    maps = [(name.format(2026, month, day), "") for month in (9, 10, 11) for day in (2, 30, 17)]
    found = parse_sitemap(index(*[(loc.replace("&", "&amp;"), when) for loc, when in maps]), MAP)
    days = [(m, d) for m in (11, 10, 9) for d in (30, 17, 2)]
    assert list(found.further) == [SITE + name.format(2026, month, day) for month, day in days]


@pytest.mark.parametrize(
    "newest_last",
    [
        ("map-2026-february", "map-2026-april", "map-2026-November"), ("2025/dec", "2026/sep", "2026/nov"),
        ("2026-June-1", "2026-June-30", "2026-July-2"), ("map-april-2026", "map-september-2026", "map-november-2026"),
        ("map-31-10-2026", "map-1-11-2026", "map-02-11-2026"), ("map-12-2025", "map-02-2026", "map-11-2026"),
        ("map-2-2025-11", "map-1-2025-12", "map-1-2026-01"), ("2026-w05", "2026-w40", "2026-w48"),
    ],
)  # fmt: skip
def test_the_newest_child_is_found_however_its_name_writes_the_date(newest_last: tuple[str, ...]) -> None:
    found = parse_sitemap(index(*[(f"/{name}.xml", "") for name in newest_last]), MAP)
    assert found.further[0] == f"{SITE}/{newest_last[-1]}.xml"


@pytest.mark.parametrize("stamp", ["2026-11-25T06:{:02}:00Z", "2026-11-25", "2020-01-01T06:{:02}:59Z"])
def test_children_that_all_changed_at_once_come_by_their_names(stamp: str) -> None:
    names = [f"/map-{year}-{month:02}.xml" for year in range(2016, 2026) for month in range(1, 13)]
    found = parse_sitemap(index(*[(name, stamp.format(n % 60)) for n, name in enumerate(names)]), MAP)
    assert found.further[:2] == (f"{SITE}/map-2025-12.xml", f"{SITE}/map-2025-11.xml")
    chosen = choose([Child(url=url, lastmod=found.changed.get(url)) for url in found.further], 2)
    assert chosen == list(found.further[:2])
    ordered = parse_sitemap(index(*[(f"/{n}", stamp.format(0)) for n in "abcdef"]), MAP, bounds=Bounds(order="last"))
    assert ordered.further[0] == f"{SITE}/f"


def test_of_numbered_children_without_dates_both_ends_come_first_then_what_is_near_the_news() -> None:
    children = [Child(url=f"{SITE}/post-sitemap{n}.xml") for n in range(1, 31)]
    assert {c[-6:-4] for c in choose(children, 4)} == {"30", "p1", "29", "p2"}
    learned = [Child(url=c.url, asked=5.0, brought=9.0 if c.url.endswith("p29.xml") else None) for c in children]
    new = Child(url=f"{SITE}/post-sitemap31.xml")
    assert {c[-6:-4] for c in choose([*learned, new], 4)} >= {"29", "31", "30"}


def test_over_some_runs_every_child_is_read_and_the_newest_in_each() -> None:
    asked: dict[str, float] = {}
    names = [f"{SITE}/map-{n}.xml" for n in range(100)]
    for run in range(1, 20):
        children = [
            Child(url=name, lastmod=NOW - timedelta(days=n), asked=asked.get(name)) for n, name in enumerate(names)
        ]
        chosen = choose(children, 10)
        assert len(chosen) == 10 and set(names[:5]) <= set(chosen)
        asked |= dict.fromkeys(chosen, float(run))
    assert set(asked) == set(names)
