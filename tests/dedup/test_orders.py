"""Kind: what the stories are must not depend on the order in which pages came.

Members: a text that is like a copy and not like the story's first text; a text that joins two stories; a short item
before its long version; an older page that comes last; a page that strings stories together (`test_roundups`), and
one that two papers print; a page that was corrected and whose first text another page has, too; pages put together of
stories by chance, of which some leave a story when another comes, and what they kept apart is looked at once more.
"""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.index_writer import IndexWriter
from newscrawl.dedup.judge import entry_of, judge
from newscrawl.dedup.stories import stars, sticky
from newscrawl.demo.truth import truth_of
from newscrawl.demo.web import DemoWeb
from newscrawl.items import Article, Duplicate, Unchanged
from tests.dedup.hindi_texts import NOW, article, story


def told(name: int, sentences: Sequence[str], *, hour: int = 0) -> Article:
    """A page that says it was published `hour` hours after NOW."""
    return replace(article(name, " ".join(sentences)), published_at=NOW + timedelta(hours=hour))


def stories(pages: Sequence[Article]) -> set[frozenset[str]]:
    """Which pages are one story when all have come, by URL."""
    index = DedupIndex(sqlite3.connect(":memory:", isolation_level=None))
    story_of: dict[str, str] = {}
    for page in pages:
        verdict = judge(page, index)
        assert not isinstance(verdict, Unchanged)
        kept = verdict.article if isinstance(verdict, Duplicate) else verdict
        assert kept.story_id is not None
        story_of[kept.id] = kept.story_id
        story_of |= {move.article_id: move.story_id for move in kept.moves}
    assert {name: index.story_of(name) for name in story_of} == story_of, "verdicts and moves are what the index says"
    urls = {page.id: page.url for page in pages}
    held: dict[str, set[str]] = {}
    for name, anchor in story_of.items():
        assert story_of[anchor] == anchor, "an anchor is in its own story: no chains"
        held.setdefault(anchor, set()).add(urls[name])
    return {frozenset(names) for names in held.values()}


S, T = story(1, 24), story(2, 24)
LEDE = story(3, 2)
CHAIN = [told(1, LEDE + S[:10]), told(2, LEDE + S[4:14], hour=1), told(3, LEDE + S[8:18], hour=2)]
GROWN = [told(1, S[:4]), told(2, S[:10], hour=1), told(3, S[:20], hour=2), told(4, S[:3] + S[20:22], hour=3)]
TWO = [told(1, S[:8]), told(2, S[:9]), told(3, T[:8]), told(4, T[:9]), told(5, S[:8] + T[:8], hour=1)]


@pytest.mark.parametrize("pages", [CHAIN, GROWN, TWO], ids=["chain", "grown", "two"])
def test_every_order_gives_the_same_stories(pages: list[Article]) -> None:
    answers = {frozenset(stories(order)) for order in itertools.permutations(pages)}
    assert len(answers) == 1, answers


def test_a_text_like_a_copy_and_not_like_the_first_text_is_of_their_story() -> None:
    assert stories(CHAIN) == {frozenset(page.url for page in CHAIN)}


def test_a_page_that_holds_two_stories_joins_neither() -> None:
    both = frozenset({TWO[4].url})
    assert stories(TWO) == {frozenset(p.url for p in TWO[:2]), frozenset(p.url for p in TWO[2:4]), both}


def test_the_anchor_stays_where_it_is_when_an_older_copy_comes_later() -> None:
    index = DedupIndex(sqlite3.connect(":memory:", isolation_level=None))
    known = judge(told(1, S[:12], hour=5), index)
    older = judge(told(2, S[:11], hour=0), index)
    assert isinstance(known, Article) and isinstance(older, Duplicate)
    assert older.duplicate_of == known.id and older.article.moves == ()


def test_a_page_whose_text_another_page_has_too_brings_its_own_versions_along() -> None:
    """What is corrected in a page is its revision, and no copy of the other page by itself."""
    page, count = "https://news.example/story/page", "यह इस बरस की {} घटना है।"
    pages = [
        replace(told(n, [*S[:8], count.format(number)], hour=n), url=url, canonical_url=url)
        for n, (number, url) in enumerate([("सातवीं", page), ("नौवीं", page), ("सातवीं", f"{page}/copy")])
    ]
    pages = [replace(p, id=f"{n:032x}") for n, p in enumerate(pages)]
    for order in itertools.permutations(pages):
        assert len({p.canonical_url for p in order}) == 2 and len(stories(order)) == 1


def test_a_page_of_several_stories_that_two_papers_print_is_one_whichever_came_first() -> None:
    digest = S[:6] + T[:6] + story(4, 6)
    pages = [told(1, S[:6]), told(2, T[:6]), told(3, digest, hour=1), told(4, digest, hour=2)]
    for order in itertools.permutations(pages):
        assert stories(order) == {*(frozenset({p.url}) for p in pages[:2]), frozenset(p.url for p in pages[2:])}


def test_the_demo_web_in_many_orders() -> None:
    pages = [p for p in truth_of(DemoWeb.generate(seed=3))["pages"] if p["expect"] in ("article", "duplicate")]
    # Stories with several carriers, and the digests: what an order could change.
    carriers: dict[str, list[Article]] = {}
    for number, page in enumerate(p for p in pages if p["story"]):
        carriers.setdefault(page["story"], []).append(article(number, "\n".join(page["body"])))
    several = {name: found for name, found in carriers.items() if len(found) > 1 or name.startswith("roundup")}
    told = [page for found in several.values() for page in found]
    truth = {frozenset(page.url for page in found) for found in several.values()}
    # More of them: `make faults`, which sets SEEDS.
    for order in range(3 * int(os.environ.get("SEEDS", "0")) or 1):
        assert stories(random.Random(order).sample(told, len(told))) == truth, f"order {order}"


def test_stars_cover_by_degree_then_by_time() -> None:
    chain = np.zeros((4, 4))
    for a, b, likeness in ((0, 1, 2.0), (1, 2, 1.0), (2, 3, 3.0)):
        chain[a, b] = chain[b, a] = likeness
    none = [False] * 4
    own = range(4)
    # 1 and 2 have two neighbours each; the earlier goes first, 3 is left and anchors what is likest to it.
    assert stars(chain, [0, 1, 2, 3], none, own) == [1, 1, 3, 3]
    assert stars(chain, [3, 2, 1, 0], none, own) == [0, 0, 2, 2]
    # Made a story of its own by hand: an anchor whatever the others are, and its neighbours' if they are likest to it.
    assert stars(chain, [0, 1, 2, 3], [True, False, False, False], own) == [0, 0, 2, 2]
    assert stars(np.zeros((2, 2)), [0, 1], [False, False], range(2)) == [0, 1]


def test_copies_of_the_very_same_text_make_no_story_larger_than_one_of_them() -> None:
    """They are known at a glance (`judge._twin`), and nothing is looked at anew for them."""
    chain = np.zeros((6, 6))
    for a, b, likeness in ((0, 1, 2.0), (1, 2, 1.0), (2, 3, 2.0)):
        chain[a, b] = chain[b, a] = likeness
    # Two more of 3, the second of them the first of all.
    chain[2, 4:] = chain[4:, 2] = 2.0
    chain[3:, 3:] = 3.0
    assert stars(chain, [2, 1, 3, 4, 5, 6], [False] * 6, [0, 1, 2, 3, 3, 3]) == [1, 1, 3, 3, 3, 3]


def put_together_by_chance(seed: int) -> list[Article]:
    """Beginnings of three stories, and pages of several of these, some printed twice."""
    rng = random.Random(seed)
    whole = [story(100 * seed + n, 8) for n in range(3)]
    texts = [sentences[: rng.choice((2, 3, 5, 8))] for sentences in whole for _ in range(rng.choice((1, 2)))]
    for _ in range(rng.choice((1, 2, 3))):
        items = rng.sample(whole, rng.choice((2, 3)))
        texts.append([sentence for item in items for sentence in item[: rng.choice((1, 2, 3, 5))]])
    texts += rng.sample(texts, rng.choice((0, 1)))
    return [told(n, sentences, hour=rng.randrange(40)) for n, sentences in enumerate(texts)]


def test_pages_put_together_by_chance_in_many_orders() -> None:
    for seed in range(30):
        pages = put_together_by_chance(seed)
        answers = {frozenset(stories(random.Random(order).sample(pages, len(pages)))) for order in range(6)}
        assert len(answers) == 1, f"seed {seed}: {answers}"


def test_a_story_keeps_its_anchor_where_that_is_alike_to_all_the_others() -> None:
    likeness = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], float)
    assert sticky([1, 1, 1], likeness, [False, True, False]) == [1, 1, 1]
    assert sticky([1, 1, 1], likeness, [True, False, False]) == [1, 1, 1], "2 was never compared well with 0"
    pair = np.array([[0, 1], [1, 0]], float)
    assert sticky([0, 0], pair, [False, True]) == [1, 1]


def test_what_a_page_moves_counts_though_the_clock_was_set_back_since() -> None:
    """Else one of the moves of a page counts and another does not: an article stays where its anchor has left."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    writer = IndexWriter(db)
    moved: list[str] = []
    for hour, sentences in enumerate((T[2:12] + S[:5], T[2:7] + T[:8], S[:3] + T[:8], T[2:5])):
        index = DedupIndex(db)  # a run each, and each begins an hour before the last one
        page = told(hour, sentences)
        verdict = judge(replace(page, fetched_at=NOW - timedelta(hours=hour), published_at=NOW), index)
        assert isinstance(verdict, Article | Duplicate)
        entry = entry_of(verdict)
        writer.commit([entry])
        index.forget_pending([entry])
        moved += [move.article_id for move in entry.moves]
        for move in entry.moves:
            assert index.story_of(move.article_id) == move.story_id
    assert len(moved) > len(set(moved)), "no article was moved twice"


def test_a_story_whose_anchor_was_taken_down_stays_one_story_however_many_copies_it_has() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    writer, index = IndexWriter(db), DedupIndex(db)
    gone, copies = told(99, S), [told(n, S[: 24 - n % 3], hour=n) for n in range(20)]
    writer.commit([entry_of(replace(page, story_id=gone.id)) for page in copies])
    index.refresh()
    assert isinstance(judge(told(50, S[:23], hour=30), index), Duplicate)
    assert len({index.story_of(page.id) for page in copies}) == 1
