"""Which of many sources that a page names are asked in a run."""

from __future__ import annotations

from newscrawl.spiders.asked import by_turns
from newscrawl.state.sources import Look


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
