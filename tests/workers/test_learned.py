"""One run and the same run with restarts learn the same, also where a restart is a kill between two batches."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newscrawl.extraction.clean.templates import line_keys
from newscrawl.items import Article, Duplicate, Outcome, Relation, Unchanged
from newscrawl.state.sqlite import transaction
from newscrawl.workers.learned import Learned
from tests.samples import article, reject

PROMO = "हमारे चैनल से जुड़ने के लिए यहां क्लिक करें"


def observed(number: int, site: str, *extra: str) -> Article:
    lines = [f"यह समाचार संख्या {number} की पहली और सबसे लंबी पंक्ति है जो कहीं और नहीं छपी।", f"दूसरी बात {number}", *extra]
    return replace(article(url=f"https://{site}.example/khabar-{number}"), site=site, line_keys=line_keys(lines))


def outcome(story: Article, kind: int) -> Outcome:
    """A story as it is committed: kept, a duplicate, or the same as before."""
    if kind == 1:
        return Duplicate(article=story, duplicate_of="x", relation=Relation.NEAR, jaccard=0.8, containment=0.9)
    if kind == 2:
        return Unchanged(
            discovered_url=story.url, url=story.url, site=story.site, fetched_at=story.fetched_at,
            article_id=story.id, line_keys=story.line_keys,
        )  # fmt: skip
    return story


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    yield db
    db.close()


@pytest.mark.parametrize("seed", range(6))
def test_one_run_and_the_same_run_with_kills_learn_the_same(db: sqlite3.Connection, seed: int) -> None:
    """Also of lines that two sites print, that both forgot, and that one of them prints again much later."""
    dice = random.Random(seed)
    promos = [f"{PROMO} {n}" for n in range(6)]
    pages: list[tuple[Article, Outcome]] = []
    for n in range(1000):
        site = dice.choice("ab")
        share = 0.1 if n < 60 else 0.6 if n > 800 and site == "a" else 0.0
        story = observed(n, site, *(line for line in promos if dice.random() < share))
        pages.append((story, outcome(story, dice.randrange(3))))
    once, again = Learned(), Learned(db)
    committed = n = 0
    while n < len(pages):
        again.observe(pages[n][0])
        n += 1
        if dice.random() < 0.1:
            with transaction(db):
                again.commit(db, [reject(), *(o for _, o in pages[committed:n])])
            committed = n
        if dice.random() < 0.05:
            again, n = Learned(db), committed  # killed: what was not committed is fetched again
    for story, _ in pages:
        once.observe(story)
    assert {site: once.of(site) for site in "ab"} == {site: again.of(site) for site in "ab"}
    assert once.of("a"), "there is something to learn"


def test_a_batch_that_is_not_committed_teaches_nothing(db: sqlite3.Connection) -> None:
    learned = Learned(db)
    stories = [observed(n, "a", PROMO) for n in range(15)]
    for story in stories:
        learned.observe(story)
    assert learned.of("a") and not Learned(db).of("a")
    with transaction(db):
        learned.commit(db, stories)
    assert Learned(db).of("a") == learned.of("a")
