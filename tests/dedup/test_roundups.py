"""Kind: a page that strings stories together is none of them, and none of them is its duplicate, whichever came first.

Members: the first paragraphs of several stories; a digest of whole stories of another site; a digest that is seen
before, among or after its stories; a brief, a trimmed or a grown carrier of one of them; a live page with a story in
its middle. Beside them what is no roundup: a report of a hearing that repeats what was said at the one before.
"""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.judge import judge
from newscrawl.demo.truth import truth_of
from newscrawl.demo.web import DemoWeb
from newscrawl.items import Duplicate, Unchanged
from tests.dedup.hindi_texts import article, story

# Webs in which a carrier shares more than half of its words with a digest.
SEEDS = (1, 3) if "SEEDS" in os.environ else (1,)
# More of them: `make faults`, which sets SEEDS.
ORDERS = 12 if "SEEDS" in os.environ else 3


@cache
def pages(seed: int) -> list[dict[str, Any]]:
    """The demo web's pages with a story."""
    told: Any = truth_of(DemoWeb.generate(seed=seed))["pages"]
    return [p for p in told if p["story"] and p["expect"] in ("article", "duplicate")]


def text(page: dict[str, Any]) -> str:
    return "\n".join(page["body"])


def stories(order: list[tuple[str, str]]) -> set[frozenset[str]]:
    """The names of what each story holds when all have come; `order`: (name, text), a name may have several texts."""
    index = DedupIndex(sqlite3.connect(":memory:", isolation_level=None))
    name_of: dict[str, str] = {}
    story_of: dict[str, str] = {}
    for number, (name, words) in enumerate(order):
        verdict = judge(article(number, words), index)
        assert not isinstance(verdict, Unchanged)
        kept = verdict.article if isinstance(verdict, Duplicate) else verdict
        assert kept.story_id is not None
        name_of[kept.id], story_of[kept.id] = name, kept.story_id
        story_of |= {move.article_id: move.story_id for move in kept.moves}
    held: dict[str, set[str]] = defaultdict(set)
    for article_id, story_id in story_of.items():
        held[story_id].add(name_of[article_id])
    assert len(held) == len({frozenset(names) for names in held.values()}), f"a story was founded twice: {held}"
    return {frozenset(names) for names in held.values()}


def alone(order: list[tuple[str, str]]) -> set[frozenset[str]]:
    """Every name a story of its own."""
    return {frozenset({name}) for name, _ in order}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_digest_of_first_paragraphs_and_all_carriers_of_its_stories_in_any_order(seed: int) -> None:
    digests = [p for p in pages(seed) if p["relation"] == "roundup"]
    assert digests
    for digest in digests:
        openings = {" ".join(block.split()[-12:-1]) for block in digest["body"]}
        held = {p["story"] for p in pages(seed) if any(o in text(p) for o in openings)}
        told = [(p["story"], text(p)) for p in pages(seed) if p["story"] in held]
        assert len(told) >= 5
        for order in range(ORDERS):
            random.Random(order).shuffle(told)
            assert stories(told) == alone(told), f"order {order}"


@pytest.mark.parametrize("seed", SEEDS)
def test_five_whole_stories_on_one_page_of_another_site_seen_first_are_stories_each(seed: int) -> None:
    rng = random.Random(seed)
    originals = [(p["story"], text(p)) for p in pages(seed) if p["relation"] == "original" and len(p["body"]) > 3]
    for _ in range(ORDERS):
        items = rng.sample(originals, 5)
        digest = ("digest", "\n".join(words for _, words in items))
        rng.shuffle(items)
        for place in (0, 1, 3, 5):
            told = [*items[:place], digest, *items[place:]]
            assert stories(told) == alone(told), f"after {place} of them"


def test_a_short_digest_is_known_by_another_story_that_it_holds() -> None:
    items = [(str(n), " ".join(story(n, 4))) for n in range(3)]
    digest = ("digest", " ".join(words for _, words in items))
    # Its first and last look as what grew at one end, until another is known.
    for order in ([digest, items[1], items[0], items[2]], [items[0], items[2], digest, items[1]]):
        assert stories(order) == alone(order)


def test_a_report_that_grew_twice_is_still_a_copy_when_its_parts_are_known_together() -> None:
    """What two known texts share of a third one counts once: a flash and its trimmed copy are no two stories."""
    report = story(1, 12)
    told = [("flash", " ".join(report[:4])), ("flash", " ".join(report[:3])), ("flash", " ".join(report))]
    assert stories(told) == alone(told)


def test_a_page_of_three_items_stays_apart_from_them_whichever_is_looked_at_anew() -> None:
    """What grew out of an item need not meet the page's other items."""
    items = [" ".join(story(n, 2)) for n in range(3)]
    grown = " ".join([items[0], *story(4, 2)])
    told = [("page", " ".join(items)), ("first", items[0]), ("first", grown), ("second", items[1])]
    for order in itertools.permutations(told):
        assert stories(list(order)) == alone(told), [words[:20] for _, words in order]


def test_a_story_in_the_middle_of_a_live_page_is_none_with_it_however_much_of_it_that_is() -> None:
    entries, report = story(1, 6), story(2, 6)
    told = [("live", " ".join([*entries[:3], *report, *entries[3:]])), ("story", " ".join(report))]
    for order in (told, told[::-1]):
        assert stories(order) == alone(told)


SAID = (
    "किसानों की ओर से वकील मुरली कछवाह ने दलील दी थी कि नहर का पानी बांटने का करार दोनों गांवों ने मिलकर किया था। पंचायत की वकील "
    "शकुंतला भाटी ने कहा था कि करार पर किसी के दस्तखत ही नहीं हैं।"
)
FIRST = (
    "नहर के पानी पर दो गांवों का झगड़ा बुधवार को अदालत पहुंचा। न्यायाधीश ने दोनों पक्षों से पुराने कागज मांगे और चौकीदार को भी अगली बार "
    "लाने को कहा।"
)
SECOND = (
    "नहर के झगड़े में अदालत ने पानी नापने के लिए तीन इंजीनियरों का दल बना दिया। दल फाटक पर घड़ी लगाएगा और हर रात का हिसाब "
    "लिखेगा। यह हिसाब महीने के अंत में सबके सामने पढ़ा जाएगा।"
)
AFTER = "फैसला सुनकर ऊपर के गांव में ढोल बजे, नीचे के गांव ने बड़ी अदालत जाने की बात कही।"


def test_a_report_that_repeats_what_was_said_at_an_earlier_hearing_is_one_with_its_copy() -> None:
    told = [
        ("first", f"{FIRST} {SAID}"),
        ("second", f"{SECOND} पिछली बार {SAID} {AFTER}"),
        ("second", f"{SECOND} {AFTER}"),
    ]
    for order in itertools.permutations(told):
        assert stories(list(order)) == alone(told)
