"""Kind: a page that strings stories together is none of them, and none of them is its duplicate, whichever came first.

Members: the first paragraphs of several stories; a digest of whole stories of another site; a digest that is seen
before, among or after its stories; a brief, a trimmed or a grown carrier of one of them.
"""

from __future__ import annotations

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
from newscrawl.items import Article, Duplicate
from tests.dedup.hindi_texts import article

# Webs in which a carrier shares more than half of its words with a digest.
SEEDS = (1, 3)
ORDERS = 12


@cache
def pages(seed: int) -> list[dict[str, Any]]:
    """The demo web's pages with a story."""
    told: Any = truth_of(DemoWeb.generate(seed=seed))["pages"]
    return [p for p in told if p["story"] and p["expect"] in ("article", "duplicate")]


def text(page: dict[str, Any]) -> str:
    return "\n".join(page["body"])


def anchors(order: list[tuple[str, str]]) -> dict[str, set[str]]:
    """Story -> what its carriers became: founders of a story, or the story that they fell to; (story, text) in order."""
    index = DedupIndex(sqlite3.connect(":memory:", isolation_level=None))
    founder, fell = {}, defaultdict(set)
    for number, (name, words) in enumerate(order):
        verdict = judge(article(number, words), index)
        if isinstance(verdict, Duplicate):
            fell[name].add(founder[verdict.duplicate_of])
        elif isinstance(verdict, Article):
            founder[verdict.id] = name
            fell[name].add(f"itself, {number}")
    return fell


@pytest.mark.parametrize("seed", SEEDS)
def test_a_digest_of_first_paragraphs_and_all_carriers_of_its_stories_in_any_order(seed: int) -> None:
    digests = [p for p in pages(seed) if p["relation"] == "roundup"]
    assert digests
    for digest in digests:
        openings = {" ".join(block.split()[-12:-1]) for block in digest["body"]}
        stories = {p["story"] for p in pages(seed) if any(o in text(p) for o in openings)}
        told = [(p["story"], text(p)) for p in pages(seed) if p["story"] in stories]
        assert len(told) >= 5
        for order in range(ORDERS):
            random.Random(order).shuffle(told)
            for name, fell in anchors(told).items():
                own = {f for f in fell if f.startswith("itself")}
                assert len(own) == 1, f"order {order}: {name} was kept {len(own)} times"
                assert fell <= own | {name}, f"order {order}: a carrier of {name} fell to {fell}"


@pytest.mark.parametrize("seed", SEEDS)
def test_five_whole_stories_on_one_page_of_another_site_seen_first_are_stories_each(seed: int) -> None:
    rng = random.Random(seed)
    originals = [(p["story"], text(p)) for p in pages(seed) if p["relation"] == "original" and len(p["body"]) > 3]
    for _ in range(ORDERS):
        items = rng.sample(originals, 5)
        digest = ("digest", "\n".join(words for _, words in items))
        rng.shuffle(items)
        for place in (0, 1, 3, 5):
            fell = anchors([*items[:place], digest, *items[place:]])
            assert all(len(f) == 1 and next(iter(f)).startswith("itself") for f in fell.values()), (
                f"place {place}: {fell}"
            )
