"""Which of many sources that a page names are asked in a run, and which lead to what is news."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newscrawl.discovery.links import Discovered
from newscrawl.items import Hint
from newscrawl.sites import Site
from newscrawl.spiders.asked import by_turns
from newscrawl.spiders.finds import names_story
from newscrawl.state.sources import Look
from tests.samples import NOW


def test_of_more_sections_than_a_run_reads_all_are_read_over_some_runs_and_the_first_in_each() -> None:
    """Kind: what stands in a menu behind the bound was counted as left for later runs, and no run asked it."""
    named, looks, read = [f"/jila-{n}/" for n in range(70)], dict[str, Look](), list[list[str]]()
    for run in range(4):
        read.append(by_turns(named, looks, 40))
        looks |= {url: Look(asked=float(run + 1), brought=None, rests=False, dead=False) for url in read[-1]}
    assert read[0] == named[:40] and all(len(urls) == 40 and urls[:20] == named[:20] for urls in read)
    assert set().union(*read[:3]) == set(named)


def test_what_rests_takes_no_place() -> None:
    looks = {"/a": Look(asked=1.0, brought=None, rests=True, dead=False)}
    assert by_turns(["/a", "/b", "/c"], looks, 1) == ["/a", "/b"]


@pytest.mark.parametrize(
    ("days", "leads"), [((400, 500), False), ((400, 2), True), ((400, None), True), ((None,), True)]
)
def test_a_source_of_years_ago_leads_to_no_story_though_all_ages_are_wanted(
    days: tuple[int | None, ...], leads: bool
) -> None:
    """Kind: with since=all, as in a check, a map that a plugin left behind kept the home from being asked."""
    hints = [Hint(published_at=NOW - timedelta(days=age)) if age else Hint(title="मेला") for age in days]
    found = Discovered(articles={f"https://a.example/mela-{n}": hint for n, hint in enumerate(hints)})
    assert names_story(found, Site(name="a", home="https://a.example/"), NOW) is leads
