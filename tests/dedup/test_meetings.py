"""Who is left out, because he meets nobody of another story, and who is looked at elsewhere: the answer is the same."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
import pytest

from newscrawl.dedup import meetings as module
from newscrawl.dedup import postings
from newscrawl.dedup.entries import Entry
from newscrawl.dedup.excerpts import compared, cut, excerpt, looked_at, pairs_of, wanted
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.index_writer import IndexWriter
from newscrawl.dedup.judge import entry_of, judge, rejudge
from newscrawl.dedup.looks import Looks
from newscrawl.dedup.meetings import Meetings, meetings, name_of
from newscrawl.dedup.postings import FREQUENT_KEY
from newscrawl.items import Article, Duplicate, Move, Signature
from newscrawl.state.sqlite import transaction
from tests.dedup.hindi_texts import NOW, article, story

LATER = NOW + timedelta(days=9)
# What each move says, but for when.
Moved = list[tuple[object, ...]]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Postings that are merged, and read in many ranges, though they are few."""
    for name, value in (("_BLOCK_ROWS", 40), ("_STRETCH", 4), ("_FRESH_ROWS", 100)):
        monkeypatch.setattr(postings, name, value)
    monkeypatch.setattr(module, "_ROWS", 150)


def news(chance: random.Random, common: int) -> list[Article]:
    """Stories with copies, shorter versions and pages that are used again; one that all carry; pages that string two
    stories together; `common` pages that end with the same words."""
    told = [story(chance.randrange(10**9), 14) for _ in range(14)]
    texts: list[tuple[str, str]] = []
    for number, sentences in enumerate(told):
        for site in range(chance.randint(1, 4)):
            kept = sentences[: chance.randint(7, 14)]
            texts.append((f"https://site-{site}.example/{number}", " ".join(kept)))
        if chance.random() < 0.3:
            texts.append((f"https://site-0.example/{number}", " ".join(story(chance.randrange(10**9)))))
    for number in range(3):
        texts.append((f"https://digest.example/{number}", " ".join(told[number][:6] + told[number + 3][:6])))
    texts += [(f"https://agency-{n}.example/", " ".join(told[0])) for n in range(common and FREQUENT_KEY + 5)]
    end = story(chance.randrange(10**9), 4)
    texts += [(f"https://tail.example/{n}", " ".join(story(chance.randrange(10**9)) + end)) for n in range(common)]
    chance.shuffle(texts)
    return [article(n, text, url=url, day=n / 100 - 6 * (n < 8)) for n, (url, text) in enumerate(texts)]


def judged_apart(chance: random.Random, articles: list[Article], shards: int) -> list[Entry]:
    """What shards made of articles that did not know of each other; here and there one that was parted by hand."""
    indexes = [DedupIndex(sqlite3.connect(":memory:", isolation_level=None)) for _ in range(shards)]
    entries = []
    for page in articles:
        verdict = judge(page, indexes[chance.randrange(shards)])
        assert isinstance(verdict, Article | Duplicate)
        entry = entry_of(verdict)
        parted = chance.random() < 0.05
        entries.append(replace(entry, story_id=entry.article_id, fixed=True) if parted else entry)
    return entries


def filled(entries: list[Entry], window: timedelta | None) -> tuple[sqlite3.Connection, DedupIndex]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    writer = IndexWriter(db, window=window)
    for start in range(0, len(entries), 10):
        with transaction(db):
            writer.commit(entries[start : start + 10])
        writer.sweep()
    return db, DedupIndex(db, window=window)


def said(moves: list[Move]) -> Moved:
    return [(m.article_id, m.story_id, m.story_before, m.because_of, m.relation, m.jaccard) for m in moves]


def all_of(db: sqlite3.Connection, index: DedupIndex, asked: list[Entry]) -> Moved:
    return said([move for e in asked for move in rejudge(e.article_id, e.signature, index, LATER)])


def met_of(db: sqlite3.Connection, index: DedupIndex) -> Meetings:
    return meetings(db, index.expired_before, index.live_from)


def those_that_meet(db: sqlite3.Connection, index: DedupIndex, asked: list[Entry]) -> Moved:
    found = met_of(db, index)
    looks = Looks(index, np.sort(found.name[found.meets]))
    return said([move for e in asked for move in looks.look(e.article_id, lambda e=e: e.signature, LATER)])  # type: ignore[misc]


def group_by_group(db: sqlite3.Connection, index: DedupIndex, asked: list[Entry]) -> Moved:
    """In small excerpts, the last first, then, with what was compared before, what is not to be looked at elsewhere."""
    found = met_of(db, index)
    places, looks = wanted(found, np.array([name_of(e.article_id) for e in asked], np.int64))
    parts = [(found.number[a].tolist(), found.number[b].tolist()) for a, b in cut(found, places, looks, 9)]
    moves = [m for part in reversed(parts) for one in looked_at(excerpt(db, *part), LATER) for m in one]
    index.move(moves)
    left = Looks(index, np.sort(found.name[found.meets & found.apart[found.group]]))
    for some in (asked[:20], asked[20:]):
        pairs = [pair for e in some for pair in left.pairs(e.article_id, lambda e=e: e.signature)]  # type: ignore[misc]
        left.compared = dict(zip(map(frozenset, pairs), compared(pairs_of(index, pairs)), strict=True))
        moves += [m for e in some for m in left.look(e.article_id, lambda e=e: e.signature, LATER)]  # type: ignore[misc]
    return said(moves)


@pytest.mark.parametrize(
    ("common", "window"),
    # The others: `make faults`, which sets SEEDS.
    list(product((0, FREQUENT_KEY + 10), (None, timedelta(days=5))))[:: 1 if "SEEDS" in os.environ else 3],
)
@pytest.mark.parametrize("seed", range(int(os.environ.get("SEEDS", "1"))))
def test_what_moves_does_not_depend_on_who_is_left_out_or_where_the_others_are_looked_at(
    seed: int, common: int, window: timedelta | None
) -> None:
    chance = random.Random(seed)
    entries = judged_apart(chance, news(chance, common), 4)
    # The first third is known for long: it may be moved, and is not asked for.
    asked = entries[len(entries) // 3 :]

    def moved(how: Callable[[sqlite3.Connection, DedupIndex, list[Entry]], Moved]) -> Moved:
        return how(*filled(entries, window), asked)

    everything = moved(all_of)
    assert everything, "there is nothing to join"
    assert moved(those_that_meet) == everything
    assert sorted(moved(group_by_group), key=str) == sorted(everything, key=str)


@pytest.mark.parametrize("seed", range(2))
def test_who_meets_nobody_is_left_out_and_groups_are_small(seed: int) -> None:
    chance = random.Random(seed)
    entries = judged_apart(chance, news(chance, 0), 4)
    db, index = filled(entries, None)
    found = met_of(db, index)
    story_of = {e.article_id: e.story_id for e in entries}
    for e in entries:
        met = [n for n in index.candidates(e.signature) if story_of[n] != e.story_id]
        [place] = np.flatnonzero(found.name == name_of(e.article_id))
        assert not met or found.meets[place]
        [places] = [np.flatnonzero(found.name == name_of(n)) for n in met[:1]] or [[place]]
        assert found.group[places[0]] == found.group[place]
    assert 0 < found.meets.sum() < len(entries), "nobody is left out"
    assert not found.apart.any() and len(found.apart) > 5


def test_articles_of_a_key_that_many_hold_stay_here() -> None:
    text = " ".join(story(1))
    pages = [article(n, text, url=f"https://site-{n}.example/") for n in range(FREQUENT_KEY + 1)]
    other = article(99, " ".join(story(2)))
    entries = [replace(entry_of(replace(page, story_id=page.id))) for page in [*pages, other]]
    found = met_of(*filled(entries, None))
    # The oldest is found under none of these keys.
    assert found.meets.tolist() == [True] * len(pages) + [False]
    assert found.apart[found.group].tolist() == [True] * len(pages) + [False]


def test_two_texts_of_one_page_meet_whatever_they_share() -> None:
    pages = [article(n, " ".join(story(n)), url="https://a.example/prices") for n in range(2)]
    found = met_of(*filled([entry_of(replace(page, story_id=page.id)) for page in pages], None))
    assert found.meets.all() and found.group[0] == found.group[1]


def test_who_met_only_its_own_story_is_looked_at_when_another_leaves_that() -> None:
    told = story(1, 24)
    # The second tells a part of the first, and nothing of the third, which is a copy of the first in another story.
    first, second, third = (
        article(n, " ".join(told[a:b]), url=f"https://site-{n}.example/")
        for n, (a, b) in enumerate([(0, 24), (12, 24), (0, 11)])
    )
    kept = [replace(first, story_id=second.id), replace(second, story_id=second.id), replace(third, story_id=third.id)]
    entries = [entry_of(page) for page in kept]
    db, index = filled(entries, None)
    found = met_of(db, index)
    assert found.meets.tolist() == [True, False, True]
    looks = Looks(index, np.sort(found.name[found.meets]))
    asked: list[str] = []

    def made(entry: Entry) -> Signature:
        asked.append(entry.article_id)
        return entry.signature

    def look(entry: Entry) -> tuple[Move, ...]:
        return looks.look(entry.article_id, lambda: made(entry), LATER)

    assert not look(entries[1]) and not asked
    assert {move.story_before for move in look(entries[0])} >= {second.id}
    look(entries[1])
    assert asked == [first.id, second.id]


def test_an_empty_index_has_no_meetings() -> None:
    found = met_of(*filled([], None))
    assert not len(found.meets) and not len(found.apart)
    places, looks = wanted(found, np.array([7], np.int64))
    assert not len(places) and not len(looks)
