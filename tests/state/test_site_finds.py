"""A site that brings fewer than half of its usual new URLs is named; what goes up and down by itself is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.state.database import State
from newscrawl.state.site_finds import Quiet, SiteFinds
from tests.samples import NOW


@pytest.fixture
def finds(tmp_path: Path) -> Iterator[SiteFinds]:
    state = State(tmp_path)
    yield SiteFinds(state.db)
    state.close()


def days(finds: SiteFinds, *new: int) -> None:
    """New URLs of the days before today, the last one yesterday, twice a day."""
    for ago, count in enumerate(reversed(new), 1):
        for hours in (2, 14):
            finds.add("a", count // 2, NOW - timedelta(days=ago, hours=hours))


def test_a_site_that_falls_silent_is_named(finds: SiteFinds) -> None:
    days(finds, 40, 44, 40, 0, 38, 40, 60)
    finds.add("a", 19, NOW)
    assert finds.quiet("a", NOW) == Quiet(19, 40) and "19 new URLs in a day, usually 40" in str(finds.quiet("a", NOW))
    finds.add("a", 1, NOW)
    assert finds.quiet("a", NOW) is None


def test_a_small_site_and_one_that_is_new_are_not(finds: SiteFinds) -> None:
    days(finds, 8, 8, 8, 8, 8, 8, 8)
    assert finds.quiet("a", NOW) is None and finds.quiet("b", NOW) is None
    for hour in range(12):
        finds.add("b", 100, NOW - timedelta(days=3, hours=hour))
    assert finds.quiet("b", NOW) is None, "a day with an archive in it is no habit"
