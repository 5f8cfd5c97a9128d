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
from newscrawl.bucket.keys import Location, new_run_id
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


# A fetch: which page, which story it carries, and how much of it.
fetches = st.tuples(st.integers(0, 5), st.integers(1, 4), st.sampled_from([4, 8, 12]))
histories = st.lists(st.lists(fetches, min_size=1, max_size=5), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, lost=st.integers(0, 4), undo=st.integers(0, 9))
def test_after_a_random_history_the_index_equals_its_rebuild(
    s3: EmbeddedS3, history: list[list[tuple[int, int, int]]], lost: int, undo: int
) -> None:
    location = new_location(s3)
    batches = [
        [
            article(p, " ".join(story(s, 12)[:size]), title="समाचार", url=f"https://news.example/{p}")
            for p, s, size in batch
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
            if duplicates:
                archive.undo(duplicates[undo % len(duplicates)])
                assert archive.index.contents() == rebuilt(archive)


def test_an_undone_collapse_is_a_story_that_gathers_its_own_copies(s3: EmbeddedS3, tmp_path: Path) -> None:
    location = new_location(s3)
    long, short = " ".join(story(1)), " ".join(story(1)[:6])
    with archive_at(s3, location, tmp_path) as archive:
        anchor, duplicate = crawl(archive, [[article(1, long), article(2, short)]])
        assert isinstance(anchor, Article) and isinstance(duplicate, Duplicate)
        undo = archive.undo(duplicate.article.id)
        assert (undo.story_id, undo.relation) == (anchor.id, "contained")
        copy = judge(article(3, short), archive.index)
        assert isinstance(copy, Duplicate) and copy.duplicate_of == duplicate.article.id
        again = judge(article(2, short), archive.index)
        assert isinstance(again, Unchanged), "the page itself is known as before"
        archive.undo(duplicate.article.id)  # once more changes nothing
        assert list(undone(archive.store, location)) == [duplicate.article.id]


def test_only_a_duplicate_can_be_undone(s3: EmbeddedS3, tmp_path: Path) -> None:
    location = new_location(s3)
    with archive_at(s3, location, tmp_path) as archive:
        (anchor,) = crawl(archive, [[article(1, " ".join(story(1)))]])
        assert isinstance(anchor, Article)
        for name in (anchor.id, "0" * 32, "' OR 1=1 --"):
            with pytest.raises(ConfigError, match="no duplicate"):
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
