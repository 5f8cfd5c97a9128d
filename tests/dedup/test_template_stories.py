"""Stories told in one frame (weather, prices): a verdict costs no more among thousands than among a hundred."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.dedup import scene
from newscrawl.dedup.index import MAX_CANDIDATES, DedupIndex
from newscrawl.dedup.index_writer import IndexWriter
from newscrawl.dedup.judge import entry_of, judge
from newscrawl.dedup.match import compare
from newscrawl.dedup.words import Words
from newscrawl.items import Article, Duplicate
from newscrawl.state.sqlite import transaction
from tests.dedup.hindi_texts import article, sentence, story

FRAME = story(1, sentences=5)


def framed(number: int) -> Article:
    """The frame, with sentences of its own in between."""
    own = random.Random(1000 + number)
    return article(number, " ".join(line for part in FRAME for line in (part, sentence(own))))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "index.db", isolation_level=None)
    yield connection
    connection.close()


class Cost:
    """What verdicts cost: texts compared, and statements that the database was asked."""

    def __init__(self, index: DedupIndex, db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        self._index, self._db, self.compared = index, db, 0

        def counting(one: Words, other: Words, apart: timedelta) -> object:
            self.compared += 1
            return compare(one, other, apart)

        monkeypatch.setattr(scene, "compare", counting)

    def of(self, story: Article) -> tuple[int, int]:
        """Of the verdict on a story, which founds its own or falls to another's."""
        statements: list[str] = []
        self.compared = 0
        self._db.set_trace_callback(statements.append)
        judge(story, self._index)
        self._db.set_trace_callback(None)
        return self.compared, len(statements)


@pytest.mark.parametrize("pending", [False, True])
def test_six_thousand_cost_a_verdict_no_more_than_a_hundred(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, pending: bool
) -> None:
    index = DedupIndex(db)
    writer = IndexWriter(db)
    cost = Cost(index, db, monkeypatch)

    def know(numbers: range) -> None:
        # As if each had founded its story: what is counted is what the next one costs.
        entries = [entry_of(replace(one, story_id=one.id)) for one in map(framed, numbers)]
        for entry in entries if pending else []:
            index.add(entry)
        if not pending:
            with transaction(db):
                writer.commit(entries)
            index.refresh()

    know(range(100))
    few = [cost.of(framed(n)) for n in range(10_000, 10_005)]
    know(range(100, 6_000))
    many = [cost.of(framed(n)) for n in range(20_000, 20_005)]
    assert max(compared for compared, _ in many) <= MAX_CANDIDATES
    assert max(statements for _, statements in many) <= max(statements for _, statements in few)
    assert sum(compared for compared, _ in many) <= sum(compared for compared, _ in few)
    copy = judge(article(30_000, framed(50).text.rpartition(" ")[0]), index)
    assert isinstance(copy, Duplicate) and copy.duplicate_of == framed(50).id, "and the one story is still found"
