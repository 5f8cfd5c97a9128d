"""Invariants 1 and 2: ledger and index follow the bucket, whatever instant a crash chooses."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newscrawl.archive.archive import Archive
from newscrawl.bucket.batch_writer import Batch, BatchWriter
from newscrawl.bucket.keys import Location, new_run_id
from newscrawl.dedup.judge import judge
from newscrawl.dedup.signature import header
from newscrawl.errors import StateMismatch
from newscrawl.items import Article, Duplicate, Outcome, Relation, Unchanged
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State
from tests import support
from tests.samples import OTHER, STORY, article, reject


class Bench:
    """A prefix of the real server, and as many state directories over it as a test wants."""

    def __init__(self, s3: EmbeddedS3, folder: Path) -> None:
        self.store, self.location, self.folder = s3.store(), Location(s3.bucket, uuid.uuid4().hex), folder
        self.run_id = new_run_id(datetime.now(UTC))
        self.writer = BatchWriter(self.store, self.location, self.run_id, header())
        self.bucket = support.Archive(s3, self.location.prefix)

    def archive(self, name: str = "state") -> Archive:
        return Archive(State(self.folder / name), self.store, self.location)

    def judged(self, archive: Archive, *items: Any) -> Batch:
        outcomes: list[Outcome] = [judge(i, archive.index) if isinstance(i, Article) else i for i in items]
        return self.writer.batch(outcomes)

    def commit(self, archive: Archive, *items: Any) -> Batch:
        batch = self.judged(archive, *items)
        archive.intend(self.run_id, batch)
        archive.index.forget_pending(archive.remember(self.writer.write(batch), batch))
        return batch


@pytest.fixture
def bench(s3: EmbeddedS3, tmp_path: Path) -> Bench:
    return Bench(s3, tmp_path)


def content(archive: Archive) -> dict[str, object]:
    """The state, but for what a bucket cannot know: what discovery said of a URL."""
    db = archive.state.db
    return archive.index.contents() | {
        "urls": set(db.execute("SELECT key, url, site, state, fetched FROM urls")),
        "batches": set(db.execute("SELECT * FROM batches")),
    }


COPY = STORY.replace("शुक्रवार को ", "").replace("भरोसा दिलाया", "आश्वासन दिया")


def history(bench: Bench, archive: Archive) -> None:
    bench.commit(archive, article(), reject(), article(OTHER, "https://b.example/hockey-final-77", site="b"))
    bench.commit(archive, article(COPY, "https://b.example/jalashay-kaam-78", site="b"))
    bench.commit(archive, article(STORY, title="जलाशय की सफाई शुरू, चार महीने लगेंगे"), article())


def sound(s3: EmbeddedS3, folder: Path) -> Bench:
    """An archive with a history and a state that agrees with it, closed."""
    made = Bench(s3, folder)
    archive = made.archive()
    history(made, archive)
    archive.state.close()
    return made


def test_a_copy_falls_to_the_story_across_batches_and_restarts(bench: Bench) -> None:
    first = bench.archive()
    bench.commit(first, article())
    first.state.close()
    batch = bench.commit(bench.archive(), article(COPY, "https://b.example/jalashay-kaam-78", site="b"))
    [copy] = batch.outcomes
    assert isinstance(copy, Duplicate) and copy.relation is Relation.NEAR and copy.duplicate_of == article().id


def test_a_changed_headline_is_a_revision_and_the_same_page_is_unchanged(bench: Bench) -> None:
    archive = bench.archive()
    bench.commit(archive, article())
    revised, same = bench.commit(archive, article(title="नया शीर्षक"), article()).outcomes
    assert isinstance(revised, Duplicate) and revised.relation is Relation.REVISION
    assert (revised.jaccard, revised.containment) == (1.0, 1.0)
    assert isinstance(same, Unchanged)


def test_a_state_lost_whole_is_rebuilt_equal_from_the_bucket(bench: Bench) -> None:
    live = bench.archive()
    history(bench, live)
    rebuilt = bench.archive("rebuilt")
    assert rebuilt.catch_up() == 3
    assert content(rebuilt) == content(live)
    bench.bucket.check()


def test_a_crash_after_the_commit_record_is_caught_up(bench: Bench) -> None:
    live = bench.archive()
    batch = bench.judged(live, article(), reject())
    live.intend(bench.run_id, batch)
    bench.writer.write(batch)
    live.state.close()  # killed here: S3 has it, the state does not know

    after = bench.archive()
    after.recover()
    assert after.index.text(article().id) == STORY
    assert after.ledger.counts() == {"done": 1, "gone": 1}
    assert isinstance(judge(article(), after.index), Unchanged), "it would be stored twice"
    assert after.state.db.execute("SELECT COUNT(*) FROM intents").fetchone() == (0,)
    bench.bucket.check()


def test_a_crash_before_the_commit_record_leaves_no_orphan(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    live = bench.archive()
    bench.commit(live, article(OTHER, "https://b.example/hockey-final-77"))
    batch = bench.judged(live, article(), reject())
    live.intend(bench.run_id, batch)
    put = bench.store.put

    def killed_at_the_record(key: str, *args: Any, **kwargs: Any) -> Any:
        if key.endswith(".json"):
            raise KeyboardInterrupt
        return put(key, *args, **kwargs)

    monkeypatch.setattr(bench.store, "put", killed_at_the_record)
    with pytest.raises(KeyboardInterrupt):
        bench.writer.write(batch)
    monkeypatch.undo()
    live.state.close()
    assert len(bench.bucket.rows("articles")) == 2, "the uncommitted part is there"

    after = bench.archive()
    after.recover()
    assert [row["text"] for row in bench.bucket.rows("articles")] == [OTHER]
    assert after.index.text(article().id) is None
    bench.bucket.check()


def test_nothing_is_remembered_while_s3_has_not_acknowledged(bench: Bench) -> None:
    archive = bench.archive()
    bench.judged(archive, article())
    archive.state.close()
    assert bench.archive().index.versions("a.example/jalashay-safai-101") == []


def test_a_state_of_another_bucket_is_refused(bench: Bench) -> None:
    bench.archive().state.close()
    with pytest.raises(StateMismatch, match="NEWSCRAWL_STATE_DIR"):
        Archive(State(bench.folder / "state"), bench.store, Location(bench.location.bucket, "elsewhere"))


def test_an_index_of_another_make_is_refused_with_the_command_that_mends_it(bench: Bench) -> None:
    state: Callable[[], State] = lambda: State(bench.folder / "state")  # noqa: E731
    opened = state()
    opened.put("index_header", json.dumps(header() | {"num_perm": 64, "odd": 1}))
    said = (
        r"made with num_perm 64, odd 1, this version makes it with num_perm 128, odd none; run .*scrapy bucket rebuild"
    )
    with pytest.raises(StateMismatch, match=said):
        Archive(opened, bench.store, bench.location)
    opened.put("index_header", "torn")
    with pytest.raises(StateMismatch, match="scrapy bucket rebuild"):
        Archive(opened, bench.store, bench.location)
