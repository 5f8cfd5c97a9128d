"""What a run counts for the watch, from the outcomes of its pages."""

from __future__ import annotations

from dataclasses import replace

from newscrawl.items import Relation
from newscrawl.run.funnel import Funnel
from tests.bucket.samples import article, duplicate, reject, unchanged


def test_pages_are_counted_by_what_the_watch_compares() -> None:
    funnel = Funnel()
    for outcome in (article(1), article(2, published_at=None), reject(3), duplicate(4, 1), unchanged(1)):
        funnel.count(outcome)
    assert funnel.measures["nadi"] == {"stories": 3, "rejects": 1, "unchanged": 1, "duplicates": 1, "dated": 2} | {
        "words": funnel.measures["nadi"]["words"]
    }


def test_one_text_for_all_is_told_from_copies_of_many_stories() -> None:
    funnel = Funnel()
    for number in range(10, 15):
        funnel.count(duplicate(number, number - 10))
    assert funnel.measures["nadi"]["alike"] == 0, "each of another story"
    for number in range(20, 23):
        funnel.count(replace(duplicate(number, 1), relation=Relation.REVISION))
    assert funnel.measures["nadi"]["alike"] == 0, "a page that is told anew each hour"
    for number in range(30, 33):
        funnel.count(duplicate(number, 1))
    assert funnel.measures["nadi"]["alike"] == 4
