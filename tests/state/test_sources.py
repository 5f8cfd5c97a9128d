"""Feeds, sitemaps and sections: asked as often as they bring news, and never silently dropped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawl.state.database import State
from newscrawl.state.sources import DEAD_FAILURES, LONGEST_REST_SECONDS, Look, Source, Sources
from tests.samples import NOW

URL = "https://a.example/feed"
POLL = 600


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Sources]:
    state = State(tmp_path)
    yield Sources(state.db, POLL)
    state.close()


def read(sources: Sources, **changes: Any) -> Source:
    given = {"etag": '"1"', "last_modified": None, "sha256": "a", "further": (), "news": True, "now": NOW}
    sources.read(URL, "3d", **(given | changes))
    return known(sources)


def known(sources: Sources) -> Source:
    found = sources.get(URL)
    assert found is not None
    return found


def test_a_source_without_news_rests_twice_as_long_each_time_and_one_with_news_does_not(sources: Sources) -> None:
    assert read(sources).rest == POLL
    rests = []
    for _ in range(8):
        sources.unchanged(known(sources), NOW)
        rests.append(known(sources).rest)
    assert rests[:3] == [2 * POLL, 4 * POLL, 8 * POLL] and rests[-1] == LONGEST_REST_SECONDS
    assert read(sources, news=True).rest == POLL


def test_it_is_asked_again_when_its_rest_is_over(sources: Sources) -> None:
    source = read(sources)
    assert source.rests(NOW + timedelta(seconds=POLL - 1)) and not source.rests(NOW + timedelta(seconds=POLL))


def test_a_look_under_a_clock_years_ahead_keeps_no_source_from_being_asked(sources: Sources) -> None:
    assert not read(sources, now=NOW + timedelta(days=1500)).rests(NOW)


def test_a_look_under_a_clock_years_ahead_keeps_no_child_of_an_index_from_being_asked(sources: Sources) -> None:
    """Kind: one of two questions of whether a source rests does not know of wrong clocks."""
    read(sources, now=NOW + timedelta(days=1500))
    assert sources.looks([URL], NOW) == {URL: Look(asked=0.0, brought=None, rests=False, dead=False)}


def test_an_index_never_rests_for_its_children_may_not_have_been_read(sources: Sources) -> None:
    assert not read(sources, further=("https://a.example/sitemap-1.xml",)).rests(NOW)


def test_a_reading_of_another_reach_counts_for_nothing(sources: Sources) -> None:
    source = read(sources).beyond("all")
    assert source.validators == {} and source.sha256 is None and not source.rests(NOW)


def test_a_failing_source_keeps_its_validators_and_is_dead_only_after_several_failures(sources: Sources) -> None:
    read(sources)
    for failures in range(1, DEAD_FAILURES + 1):
        assert not known(sources).dead
        sources.failed(URL, NOW)
        assert known(sources).rests(NOW) == (failures == DEAD_FAILURES), "a bad minute costs no news"
    assert "never" not in str(known(sources).dead) and known(sources).validators == {"If-None-Match": '"1"'}
    sources.unchanged(known(sources), NOW)
    assert not known(sources).dead


def test_a_source_that_never_answered_says_so(sources: Sources) -> None:
    for _ in range(DEAD_FAILURES):
        sources.failed(URL, NOW)
    assert "never" in str(known(sources).dead)


def test_when_children_changed_and_when_a_source_brought_news_is_remembered(sources: Sources) -> None:
    child, other = "https://a.example/sitemap-1.xml", "https://a.example/sitemap-2.xml"
    index = read(sources, further=(child, other), changed={child: NOW})
    assert index.further == (child, other) and index.changed == {child: NOW}
    later = NOW + timedelta(hours=1)
    read(sources, news=False, now=later)
    look = sources.looks([URL, child], later)
    assert look == {URL: Look(asked=later.timestamp(), brought=NOW.timestamp(), rests=True, dead=False)}


def test_what_a_source_leads_to_counts_as_its_own_news(sources: Sources) -> None:
    read(sources, further=("https://a.example/sitemap-1.xml",), news=False)
    assert sources.looks([URL], NOW)[URL].brought is None
    sources.brought(URL, NOW)
    assert sources.looks([URL], NOW)[URL].brought == NOW.timestamp()


def test_what_was_not_read_wholly_is_read_anew(sources: Sources) -> None:
    source = read(sources, etag=None, sha256=None)
    assert source.validators == {} and source.sha256 is None


def test_the_table_of_an_earlier_release_is_taken_over(tmp_path: Path) -> None:
    state = State(tmp_path)
    read(Sources(state.db, POLL))
    state.db.execute("ALTER TABLE sources DROP COLUMN brought")
    state.db.execute("UPDATE sources SET further = ?", ('["https://a.example/sitemap-1.xml"]',))
    found = Sources(state.db, POLL)
    assert known(found).further == ("https://a.example/sitemap-1.xml",) and not known(found).changed
    assert read(found, now=NOW).answered == NOW.timestamp()
    state.close()
