"""The index is a cache of the bucket: after any history, crash or undo, a rebuild knows the same."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newscrawl.archive.archive import Archive
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.check import check
from newscrawl.bucket.keys import Location, new_run_id
from newscrawl.bucket.query import query
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.undo import undone
from newscrawl.dedup.judge import judge
from newscrawl.dedup.signature import header
from newscrawl.errors import ConfigError
from newscrawl.items import Article, Duplicate, Outcome, Unchanged
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State
from tests.dedup.hindi_texts import article, story


@contextmanager
def archive_at(s3: EmbeddedS3, location: Location, directory: Path) -> Iterator[Archive]:
    # A store of its own, as each process has: what one wrote is another writer's for the next.
    with archive_over(s3.store(), location, directory) as archive:
        yield archive


@contextmanager
def archive_over(store: ObjectStore, location: Location, directory: Path) -> Iterator[Archive]:
    state = State(directory)
    try:
        yield Archive(state, store, location)
    finally:
        state.close()


def new_location(s3: EmbeddedS3) -> Location:
    return Location(s3.location.bucket, f"dedup-{uuid4().hex}")


def crawl(archive: Archive, batches: list[list[Article]], *, forget: int | None = None) -> list[Outcome]:
    """Judge and commit batches; batch `forget` reaches the bucket, but the state does not hear of it (a crash)."""
    writer = BatchWriter(archive.store, archive.location, new_run_id(datetime.now(UTC)), header())
    outcomes: list[Outcome] = []
    for number, articles in enumerate(batches):
        verdicts: list[Outcome] = [judge(a, archive.index) for a in articles]
        batch = writer.batch(verdicts)
        record = writer.write(batch)
        outcomes += verdicts
        if number == forget:
            break
        archive.index.forget_pending(archive.remember(record, batch))
    return outcomes


def rebuilt(live: Archive) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, archive_over(live.store, live.location, Path(folder)) as fresh:
        fresh.rebuild()
        return fresh.index.contents()


# A fetch: which page, which story it carries, how much of it, and how much of another story stands behind it.
fetches = st.tuples(
    st.integers(0, 5), st.integers(1, 4), st.sampled_from([4, 8, 12]), st.integers(1, 4), st.sampled_from([0, 6, 12])
)
histories = st.lists(st.lists(fetches, min_size=1, max_size=5), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, lost=st.integers(0, 4), undo=st.integers(0, 9))
def test_after_a_random_history_the_index_equals_its_rebuild(
    s3: EmbeddedS3, history: list[list[tuple[int, int, int, int, int]]], lost: int, undo: int
) -> None:
    location = new_location(s3)
    batches = [
        [
            article(
                p,
                " ".join(story(s, 12)[:size] + story(other, 12)[:more]),
                title="समाचार",
                url=f"https://news.example/{p}",
            )
            for p, s, size, other, more in batch
        ]
        for batch in history
    ]
    with tempfile.TemporaryDirectory() as folder:
        with archive_at(s3, location, Path(folder)) as archive:
            outcomes = crawl(archive, batches, forget=lost)
        # The process is gone; what was in its overlay is gone with it.
        with archive_at(s3, location, Path(folder)) as archive:
            archive.recover()
            assert archive.index.contents() == rebuilt(archive)
            duplicates = [o.article.id for o in outcomes if isinstance(o, Duplicate)]
            fallen = [name for name in duplicates if archive.index.story_of(name) not in (name, None)]
            if fallen:
                archive.undo(fallen[undo % len(fallen)])
                assert archive.index.contents() == rebuilt(archive)


def test_an_undone_collapse_is_a_story_that_gathers_its_own_copies(s3: EmbeddedS3, tmp_path: Path) -> None:
    location = new_location(s3)
    long, short = " ".join(story(1)), " ".join(story(1)[:6])
    with archive_at(s3, location, tmp_path) as archive:
        anchor, duplicate = crawl(archive, [[article(1, long), article(2, short)]])
        assert isinstance(anchor, Article) and isinstance(duplicate, Duplicate)
        undo = archive.undo(duplicate.article.id)
        assert (undo.story_id, undo.relation) == (anchor.id, duplicate.relation)
        copy = judge(article(3, short), archive.index)
        assert isinstance(copy, Duplicate) and copy.duplicate_of == duplicate.article.id
        again = judge(article(2, short), archive.index)
        assert isinstance(again, Unchanged), "the page itself is known as before"
        archive.undo(duplicate.article.id)  # once more changes nothing
        assert list(undone(archive.store, location)) == [duplicate.article.id]


def moved(archive: Archive) -> tuple[Article, Duplicate, Article]:
    """A story, a page with that story and another one, and, in a later batch, the other one: then the page moves."""
    a, b = story(1, 10), story(2, 10)
    first, both, second = crawl(
        archive, [[article(1, " ".join(a)), article(2, " ".join(a[:9] + b))], [article(3, " ".join(b))]]
    )
    assert isinstance(first, Article) and isinstance(both, Duplicate) and isinstance(second, Article)
    return first, both, second


def test_a_move_is_stored_and_a_rebuild_knows_it(s3: EmbeddedS3, tmp_path: Path) -> None:
    location = new_location(s3)
    with archive_at(s3, location, tmp_path) as archive:
        first, both, second = moved(archive)
        assert [(m.article_id, m.story_before, m.story_id) for m in second.moves] == [
            (both.article.id, first.id, both.article.id)
        ]
        assert archive.index.story_of(both.article.id) == both.article.id
        assert archive.index.contents() == rebuilt(archive)
        _, rows = query(archive.store, location, "SELECT id, story_id, story_before, because_of FROM moves")
        assert rows == [(both.article.id, both.article.id, first.id, second.id)]
        _, rows = query(archive.store, location, "SELECT id, duplicate_of, relation FROM current WHERE id = story_id")
        assert {row[0] for row in rows} == {first.id, both.article.id, second.id}
        assert {row[1:] for row in rows} == {(None, None)}
        assert check(archive.store, location, datetime.now(UTC)).lines == []


@pytest.mark.parametrize("by_hand", [False, True], ids=["moved", "undone"])
def test_a_duplicate_that_became_a_story_anchors_copies_and_the_archive_is_sound(
    s3: EmbeddedS3, tmp_path: Path, by_hand: bool
) -> None:
    location = new_location(s3)
    with archive_at(s3, location, tmp_path) as archive:
        if by_hand:
            _, founder = crawl(archive, [[article(1, " ".join(story(1))), article(2, " ".join(story(1)[:6]))]])
            assert isinstance(founder, Duplicate)
            archive.undo(founder.article.id)
        else:
            _, founder, _ = moved(archive)
        (copy,) = crawl(archive, [[article(9, founder.article.text)]])
        assert isinstance(copy, Duplicate) and copy.duplicate_of == founder.article.id
        assert check(archive.store, location, datetime.now(UTC)).lines == []
        told = f"SELECT story_id FROM current WHERE id = '{copy.article.id}'"
        assert query(archive.store, location, told)[1] == [(founder.article.id,)]
        assert archive.index.contents() == rebuilt(archive)


def test_a_story_of_its_own_since_a_move_cannot_be_undone(s3: EmbeddedS3, tmp_path: Path) -> None:
    with archive_at(s3, new_location(s3), tmp_path) as archive:
        _, both, _ = moved(archive)
        with pytest.raises(ConfigError, match="a story of its own already"):
            archive.undo(both.article.id)


def test_a_kept_article_that_fell_to_another_later_can_be_undone(s3: EmbeddedS3, tmp_path: Path) -> None:
    """Two cuts of a long report under its lede, kept as stories, until the report shows that they are one."""
    location = new_location(s3)
    lede, whole = story(3, 3), story(1, 12)
    texts = [" ".join(lede + sentences) for sentences in (whole[:6], whole[6:], whole)]
    with archive_at(s3, location, tmp_path) as archive:
        front, back, report = crawl(
            archive, [[article(n, text) for n, text in enumerate(texts[:2])], [article(3, texts[2])]]
        )
        assert isinstance(front, Article) and isinstance(back, Article) and isinstance(report, Article)
        assert {archive.index.story_of(kept.id) for kept in (front, back, report)} == {report.id}
        fallen = front.id
        undo = archive.undo(fallen)
        assert (undo.story_id, undo.relation) == (report.id, "near")
        assert archive.index.story_of(fallen) == fallen
        assert archive.index.contents() == rebuilt(archive)


def test_only_a_duplicate_can_be_undone(s3: EmbeddedS3, tmp_path: Path) -> None:
    location = new_location(s3)
    with archive_at(s3, location, tmp_path) as archive:
        (anchor,) = crawl(archive, [[article(1, " ".join(story(1)))]])
        assert isinstance(anchor, Article)
        for name in (anchor.id, "0" * 32, "' OR 1=1 --"):
            with pytest.raises(ConfigError, match=r"no article or duplicate|a story of its own already"):
                archive.undo(name)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, os.getcwd())
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.judge import entry_of, judge
from newscrawl.dedup.index_writer import IndexWriter
from newscrawl.state.sqlite import transaction
from newscrawl.state.database import State
from tests.dedup.hindi_texts import article, story

state = State(Path(sys.argv[1]))
index, writer = DedupIndex(state.db), IndexWriter(state.writer)
first = [entry_of(judge(article(i, " ".join(story(i))), index)) for i in range(50)]
with transaction(state.writer):
    writer.commit(first)
second = [entry_of(judge(article(i, " ".join(story(i))), index)) for i in range(50, 100)]
state.writer.execute("BEGIN IMMEDIATE")
writer.commit(second)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_within_a_commit_leaves_the_index_as_it_was_before(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=Path.cwd(), timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    state = State(tmp_path)
    from newscrawl.dedup.index import DedupIndex

    index = DedupIndex(state.db)
    assert state.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert isinstance(judge(article(200, " ".join(story(7))), index), Duplicate)
    assert isinstance(judge(article(201, " ".join(story(70))), index), Article)
    state.close()
