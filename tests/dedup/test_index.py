"""The index of known stories: overlay and store, window, frequent keys, revisions, stars."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.dedup.bulk import BulkLoader, postings_of
from newscrawl.dedup.entries import Entry
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.index_writer import IndexWriter
from newscrawl.dedup.judge import entry_of, judge
from newscrawl.dedup.postings import FREQUENT_KEY, Postings
from newscrawl.errors import StateMismatch
from newscrawl.items import Article, Duplicate, Move, Relation, Unchanged
from newscrawl.state.sqlite import transaction
from tests.dedup.hindi_texts import NOW, article, story


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "index.db", isolation_level=None)
    yield connection
    connection.close()


def keep(index: DedupIndex, db: sqlite3.Connection, *articles: Article) -> list[Article | Duplicate | Unchanged]:
    """Judge articles and commit them as one batch."""
    verdicts = [judge(a, index) for a in articles]
    entries = [entry_of(v) for v in verdicts if not isinstance(v, Unchanged)]
    writer = IndexWriter(db, window=index.window)
    with transaction(db):
        writer.commit(entries)
    writer.sweep()
    index.forget_pending(entries)
    return verdicts


@pytest.mark.parametrize("committed", [False, True], ids=["pending", "committed"])
def test_a_copy_is_found_among_pending_and_committed_stories(db: sqlite3.Connection, committed: bool) -> None:
    index = DedupIndex(db)
    first = article(1, " ".join(story(1)))
    if committed:
        keep(index, db, first)
    else:
        judge(first, index)
    copy = judge(article(2, " ".join(story(1)[:6])), index)
    assert isinstance(copy, Duplicate)
    assert copy.duplicate_of == copy.article.story_id == first.id and copy.relation is Relation.CONTAINED
    assert isinstance(judge(article(3, " ".join(story(2))), index), Article)


def test_a_weak_likeness_makes_no_copy_of_what_was_told_a_week_before(db: sqlite3.Connection) -> None:
    grown = " ".join(story(1)[:6] + story(2)[:4])
    for days, kind in ((0, Duplicate), (3, Duplicate), (7, Article)):
        index = DedupIndex(db)
        judge(article(1, " ".join(story(1, 9))), index)
        assert isinstance(judge(article(2, grown, day=days), index), kind), days
    # A page's own version may come whenever it does.
    index = DedupIndex(db)
    judge(article(1, " ".join(story(1, 9)), url="https://news.example/a"), index)
    later = judge(article(2, grown, url="https://news.example/a", day=7), index)
    assert isinstance(later, Duplicate) and later.relation is Relation.REVISION


def test_pending_stories_are_not_in_the_store(db: sqlite3.Connection) -> None:
    judge(article(1, " ".join(story(1))), DedupIndex(db))
    assert isinstance(judge(article(2, " ".join(story(1))), DedupIndex(db)), Article)


def test_an_index_opened_again_knows_its_stories(db: sqlite3.Connection) -> None:
    keep(DedupIndex(db), db, article(1, " ".join(story(1))))
    assert isinstance(judge(article(2, " ".join(story(1))), DedupIndex(db)), Duplicate)


def test_a_page_fetched_again_without_change_is_unchanged(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    first = article(1, " ".join(story(1)), url="https://news.example/a")
    keep(index, db, first)
    again = judge(article(1, " ".join(story(1)), url="https://news.example/a"), index)
    assert isinstance(again, Unchanged) and again.article_id == first.id


def test_a_changed_text_is_a_revision_with_the_share_of_shingles_that_stayed(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    first = article(1, " ".join(story(1)), url="https://news.example/a")
    keep(index, db, first)
    revised = judge(article(2, " ".join(story(1) + story(2, 4)), url="https://news.example/a"), index)
    assert isinstance(revised, Duplicate) and revised.relation is Relation.REVISION
    assert revised.duplicate_of == first.id
    assert revised.containment == 1.0 and revised.jaccard == pytest.approx(12 / 16, abs=0.02)


def test_a_corrected_headline_alone_is_a_revision(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    keep(index, db, article(1, " ".join(story(1)), title="पहला", url="https://news.example/a"))
    revised = judge(article(1, " ".join(story(1)), title="दूसरा", url="https://news.example/a"), index)
    assert isinstance(revised, Duplicate) and revised.relation is Relation.REVISION and revised.jaccard == 1.0


def test_a_revision_of_a_copy_belongs_to_the_copy_s_story(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    anchor = article(1, " ".join(story(1)))
    copy = article(2, " ".join(story(1)[:8]), url="https://other.example/b")
    keep(index, db, anchor, copy)
    revised = judge(article(3, " ".join(story(1)[:6] + story(5, 2)), url="https://other.example/b"), index)
    assert isinstance(revised, Duplicate) and revised.duplicate_of == anchor.id
    assert revised.relation is Relation.REVISION


@pytest.mark.parametrize("committed", [False, True], ids=["pending", "committed"])
def test_a_passage_that_many_stories_hold_proposes_none_of_them(db: sqlite3.Connection, committed: bool) -> None:
    index = DedupIndex(db)
    passage = story(99, 2)
    articles = [article(i, " ".join(story(i, 8) + passage)) for i in range(FREQUENT_KEY)]
    if committed:
        keep(index, db, *articles)
    else:
        for a in articles:
            judge(a, index)
    assert index.candidates(article(100, " ".join(story(100, 8) + passage)).signature) == []


def test_a_frequent_key_counts_pending_and_committed_together(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    passage = story(99, 2)
    articles = [article(i, " ".join(story(i, 8) + passage)) for i in range(FREQUENT_KEY)]
    keep(index, db, *articles[:-2])
    judge(articles[-2], index)
    query = article(100, " ".join(passage)).signature
    assert len(index.candidates(query)) == FREQUENT_KEY - 1
    judge(articles[-1], index)
    assert index.candidates(query) == []


def test_an_exact_copy_is_found_though_all_its_keys_are_frequent(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    target = article(1000, " ".join(story(1)))
    keep(index, db, target)
    with transaction(db):
        Postings(db).insert(
            [(k - (1 << 64) if k >> 63 else k, 10_000 + i) for k in target.signature.keys for i in range(30)]
        )
    assert isinstance(judge(article(1001, " ".join(story(1))), index), Duplicate)


def test_stories_older_than_the_window_are_forgotten_and_their_rows_deleted(db: sqlite3.Connection) -> None:
    index = DedupIndex(db, window=timedelta(days=90))
    keep(index, db, article(1, " ".join(story(1)), url="https://news.example/a"))
    keep(index, db, article(2, " ".join(story(2)), day=80))
    assert isinstance(judge(article(3, " ".join(story(1)), day=80), index), Duplicate)
    index = DedupIndex(db, window=timedelta(days=90))
    keep(index, db, article(4, " ".join(story(4)), day=91))
    assert isinstance(judge(article(5, " ".join(story(1)), day=91), index), Article), "the first is 91 days old"
    assert isinstance(judge(article(6, " ".join(story(2)), day=91), index), Duplicate)
    assert index.versions("news.example/a") == []
    assert db.execute("SELECT COUNT(*) FROM articles").fetchone() == (2,)
    assert db.execute("SELECT COUNT(*) FROM texts").fetchone() == (2,)


def test_without_a_window_nothing_is_forgotten(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    keep(index, db, article(1, " ".join(story(1))))
    keep(index, db, article(2, " ".join(story(2)), day=4000))
    assert isinstance(judge(article(3, " ".join(story(1)), day=4000), index), Duplicate)


def test_numbers_are_not_given_twice_when_everything_has_expired(db: sqlite3.Connection) -> None:
    window = timedelta(days=1)
    keep(DedupIndex(db, window=window), db, article(1, " ".join(story(1))))
    first = db.execute("SELECT MAX(n) FROM articles").fetchone()[0]
    with transaction(db):
        db.execute("DELETE FROM articles")
        db.execute("INSERT OR REPLACE INTO window VALUES ('live_from', ?)", (first + 1,))
    keep(DedupIndex(db, window=window), db, article(2, " ".join(story(2)), day=5))
    assert db.execute("SELECT MIN(n) FROM articles").fetchone()[0] > first


def test_bulk_rows_are_those_that_commits_write(db: sqlite3.Connection) -> None:
    import numpy as np

    index = DedupIndex(db)
    articles = [article(i, " ".join(story(i))) for i in range(5)]
    keep(index, db, *articles)
    entries = [
        entry_of(judge(article(i, " ".join(story(i))), DedupIndex(sqlite3.connect(":memory:", isolation_level=None))))
        for i in range(5)
    ]
    rows = postings_of(entries, np.arange(1, 6, dtype=np.int32))
    assert sorted(map(tuple, rows.tolist())) == db.execute("SELECT key, story FROM fresh ORDER BY 1, 2").fetchall()


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_later_of_two_moves_stays_in_whatever_order_they_are_read(
    db: sqlite3.Connection, tmp_path: Path, order: tuple[int, int], bulk: bool
) -> None:
    """Records sort by when their run began: of shards side by side the one that began first may move last."""
    entries = [_entry(number) for number in range(3)]
    moves = [
        Move(
            article_id=entries[0].article_id,
            story_id=entries[1 + number].article_id,
            story_before=entries[0].article_id,
            moved_at=NOW + timedelta(microseconds=number),
            because_of=entries[1 + number].article_id,
        )
        for number in range(2)
    ]
    read = [moves[number] for number in order]
    DedupIndex(db)  # makes the tables
    if bulk:
        with BulkLoader(db, tmp_path) as loader:
            loader.add(entries)
            loader.add([], read)
            loader.finish()
    else:
        writer = IndexWriter(db)
        with transaction(db):
            writer.commit(entries)
            for move in read:
                writer.commit([], [move])
    assert DedupIndex(db).story_of(entries[0].article_id) == entries[2].article_id


def test_an_index_of_an_earlier_release_is_opened(db: sqlite3.Connection) -> None:
    first = keep(DedupIndex(db), db, article(1, " ".join(story(1))))
    db.execute("ALTER TABLE articles DROP COLUMN moved_at")
    index = DedupIndex(db)
    [copy] = keep(index, db, article(2, " ".join(story(1))))
    assert isinstance(first[0], Article) and isinstance(copy, Duplicate) and copy.duplicate_of == first[0].id


def test_the_bands_read_ahead_are_those_that_the_lsh_asks_for(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    entry = _entry(1)
    index.candidates(entry.signature)
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    index.candidates(entry.signature)
    assert len([statement for statement in asked if "blocks" in statement]) == 1


def test_an_interrupted_bulk_load_is_refused(db: sqlite3.Connection, tmp_path: Path) -> None:
    DedupIndex(db)
    with BulkLoader(db, tmp_path) as loader:
        loader.add([_entry(1)])
    with pytest.raises(StateMismatch, match="rebuild"):
        DedupIndex(db)


def test_of_an_article_loaded_twice_the_first_stays(db: sqlite3.Connection, tmp_path: Path) -> None:
    DedupIndex(db)
    with BulkLoader(db, tmp_path) as loader:
        loader.add([_entry(1), _entry(2)])
        loader.add([_entry(1)])
        loader.finish()
    assert db.execute("SELECT COUNT(*) FROM articles").fetchone() == (2,)
    assert isinstance(judge(article(9, " ".join(story(1))), DedupIndex(db)), Duplicate)


def _entry(number: int) -> Entry:
    verdict = judge(
        article(number, " ".join(story(number))), DedupIndex(sqlite3.connect(":memory:", isolation_level=None))
    )
    assert isinstance(verdict, Article)
    return entry_of(verdict)
