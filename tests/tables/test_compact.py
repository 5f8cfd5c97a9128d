"""`scrapy bucket compact`: what the stories table says is what the archive holds, however it came to be."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import STORIES_FOLDER, Location, Table, new_run_id
from newscrawl.bucket.losses import record_loss
from newscrawl.bucket.mending import mending
from newscrawl.bucket.query import query
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.undo import Undo, write_undo
from newscrawl.errors import StateLocked
from newscrawl.items import Move, Outcome, Relation
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables import compact as compaction
from newscrawl.tables import finding
from newscrawl.tables.compact import compact
from newscrawl.tables.stories_table import open_stories
from tests.bucket.samples import HEADER, NOON, article, duplicate
from tests.support import ROOT, environment, scrapy

HOUR = timedelta(hours=1)


class Bucket:
    """An archive of its own on the session's server."""

    def __init__(self, s3: EmbeddedS3) -> None:
        self.store: ObjectStore = s3.store()
        self.location = Location(s3.location.bucket, uuid.uuid4().hex)
        self._runs = 0

    def run(self, *batches: Iterable[Outcome]) -> list[Any]:
        """A run an hour later than the one before; returns its commit records."""
        self._runs += 1
        writer = BatchWriter(self.store, self.location, new_run_id(NOON + self._runs * HOUR), HEADER)
        return [writer.write(writer.batch(outcomes)) for outcomes in batches]

    def compact(self) -> compaction.Compacted:
        return compact(self.store, self.location)

    def undo(self, name: str, story: str, at: str = "2026-11-24T09:00:00+00:00") -> None:
        undo = Undo(article_id=name, story_id=story, relation="near", run_id="r", undone_at=at)
        assert write_undo(self.store, self.location, undo)

    def stories(self) -> dict[str, dict[str, Any]]:
        """The table's rows by story."""
        table = open_stories(self.store, self.location)
        assert table is not None
        rows = table.to_pyarrow_table().to_pylist()
        assert len(rows) == len({row["story_id"] for row in rows}), "a story has two rows"
        return {row["story_id"]: row for row in rows}

    def members(self) -> dict[str, list[tuple[str, str | None]]]:
        """Story: ids of its articles, and how they relate to the anchor, by the table."""
        return {name: sorted((m["id"], m["relation"]) for m in row["members"]) for name, row in self.stories().items()}

    def current(self) -> dict[str, list[tuple[str, str | None]]]:
        """The same by `current`, the exact view."""
        _, rows = query(self.store, self.location, "SELECT story_id, id, relation FROM current")
        found: dict[str, list[tuple[str, str | None]]] = {}
        for story_id, name, relation in rows:
            found.setdefault(str(story_id), []).append((str(name), relation))  # type: ignore[arg-type]
        return {name: sorted(members) for name, members in found.items()}


def untimed(stories: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the table says, but for when each story changed last."""
    return {name: {**row, "last_changed_at": None} for name, row in stories.items()}


@pytest.fixture
def bucket(s3: EmbeddedS3) -> Bucket:
    return Bucket(s3)


def moved(number: int, to: int, before: int, hours: float = 1) -> Move:
    """Article `number` belongs to story `to` since so many hours after noon."""
    own = number == to
    return Move(
        article_id=f"a{number:08d}",
        story_id=f"a{to:08d}",
        story_before=f"a{before:08d}",
        moved_at=NOON + hours * HOUR,
        because_of="a00000099",
        relation=None if own else Relation.CONTAINED,
        jaccard=None if own else 0.4,
        containment=None if own else 0.95,
    )


def test_a_story_is_one_row_with_all_its_articles(bucket: Bucket) -> None:
    later = NOON + 2 * HOUR
    bucket.run(
        [
            article(1, word_count=10),
            duplicate(2, 1, site="sagar", word_count=12, published_at=NOON - 5 * HOUR),
            replace(duplicate(3, 1, fetched_at=later, word_count=11), relation=Relation.REVISION),
            article(4, published_at=None),
        ]
    )
    done = bucket.compact()
    assert (done.new, done.changed, done.gone, done.batches) == (2, 0, 0, 1)
    story, other = (bucket.stories()[name] for name in ("a00000001", "a00000004"))
    assert story["first_published_at"] == NOON - 5 * HOUR
    assert story["day"] == (NOON - 5 * HOUR).date()
    assert story["last_changed_at"] == later
    assert story["sites"] == ["nadi", "sagar"]
    assert story["copies"] == 1
    assert story["revisions"] == ["a00000003"]
    assert [m["id"] for m in story["members"]] == ["a00000001", "a00000002", "a00000003"]
    assert [m["relation"] for m in story["members"]] == [None, "near", "revision"]
    assert (story["members"][1]["jaccard"], story["members"][1]["site"]) == (0.8, "sagar")
    # Longest of those that are not much longer than the anchor's.
    assert story["best_id"] == "a00000002"
    assert story["text"] == article(2).text
    assert (other["copies"], other["day"]) == (0, NOON.date())


def test_compacting_again_writes_nothing(bucket: Bucket) -> None:
    bucket.run([article(1)])
    first = bucket.compact()
    again = bucket.compact()
    assert (again.new, again.changed, again.batches, again.version) == (0, 0, 0, first.version)


def test_a_copy_that_comes_later_joins_its_story_and_leaves_other_days_alone(bucket: Bucket) -> None:
    old = NOON - timedelta(days=5)
    bucket.run([article(1), article(7, published_at=old)])
    bucket.compact()
    before = {key for key, _ in bucket.store.list(bucket.location.key(STORIES_FOLDER)) if f"/day={old.date()}/" in key}
    bucket.run([duplicate(2, 1, word_count=1)])
    done = bucket.compact()
    assert (done.new, done.changed) == (0, 1)
    assert bucket.stories()["a00000001"]["text"] == article(1).text
    assert bucket.members() == bucket.current()
    after = {key for key, _ in bucket.store.list(bucket.location.key(STORIES_FOLDER)) if f"/day={old.date()}/" in key}
    assert before == after


def test_an_earlier_copy_takes_the_story_to_its_day(bucket: Bucket) -> None:
    bucket.run([article(1)])
    bucket.compact()
    bucket.run([duplicate(2, 1, published_at=NOON - timedelta(days=3))])
    bucket.compact()
    assert bucket.stories()["a00000001"]["day"] == (NOON - timedelta(days=3)).date()


def test_a_move_takes_an_article_to_another_story(bucket: Bucket) -> None:
    bucket.run([article(1), article(2, word_count=5), duplicate(3, 2, word_count=6)])
    bucket.compact()
    bucket.run([article(4, moves=(moved(3, 1, 2), moved(2, 1, 2)))])
    done = bucket.compact()
    assert (done.new, done.changed, done.gone) == (1, 1, 1)
    assert bucket.members() == bucket.current()
    assert [m["placed_at"] for m in bucket.stories()["a00000001"]["members"]] == [None, NOON + HOUR, NOON + HOUR]


def test_an_undone_collapse_is_a_story_whatever_is_moved_later(bucket: Bucket) -> None:
    bucket.run([article(1), duplicate(2, 1)])
    bucket.compact()
    bucket.undo("a00000002", "a00000001")
    assert bucket.compact().changed == 1
    assert (
        bucket.members() == bucket.current() == {"a00000001": [("a00000001", None)], "a00000002": [("a00000002", None)]}
    )
    bucket.run([article(4, moves=(moved(2, 1, 1, hours=200),))])
    bucket.compact()
    assert bucket.members() == bucket.current()


def test_lost_rows_leave_their_story(bucket: Bucket) -> None:
    bucket.run([article(1), article(9)])
    (record,) = bucket.run([duplicate(2, 1, word_count=50)])
    bucket.compact()
    part = next(part for part in record.objects if part.table is Table.DUPLICATES)
    bucket.store.delete(bucket.location.key(part.key))
    record_loss(bucket.store, bucket.location, part)
    bucket.compact()
    assert bucket.members() == bucket.current()
    assert bucket.stories()["a00000001"]["best_id"] == "a00000001"


def test_a_lost_anchor_that_comes_back_is_the_same_story(bucket: Bucket) -> None:
    (record,) = bucket.run([article(1)])
    bucket.run([duplicate(2, 1)])
    bucket.compact()
    part = next(part for part in record.objects if part.table is Table.ARTICLES)
    bucket.store.delete(bucket.location.key(part.key))
    record_loss(bucket.store, bucket.location, part)
    bucket.compact()
    assert bucket.members() == {"a00000001": [("a00000002", "near")]}
    bucket.run([article(1)])
    bucket.compact()
    assert bucket.members() == bucket.current()


def test_lost_moves_are_taken_back(bucket: Bucket) -> None:
    bucket.run([article(1), article(2)])
    (record,) = bucket.run([article(4, moves=(moved(2, 1, 2),))])
    bucket.compact()
    part = next(part for part in record.objects if part.table is Table.MOVES)
    bucket.store.delete(bucket.location.key(part.key))
    record_loss(bucket.store, bucket.location, part)
    bucket.compact()
    assert bucket.members() == bucket.current()
    assert bucket.members().keys() == {"a00000001", "a00000002", "a00000004"}


def test_two_compactions_at_once_make_one_table(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one does all of it after this one has read what is new and before it commits."""
    bucket.run([article(1)])
    bucket.compact()
    bucket.run([duplicate(2, 1), article(3)])
    commit, others = compaction.replace_rows, []

    def late(*arguments: Any) -> None:
        if not others:
            others.append(True)
            bucket.compact()
        commit(*arguments)

    monkeypatch.setattr(compaction, "replace_rows", late)
    bucket.compact()
    assert bucket.members() == bucket.current()


# A process that ends itself, with SIGKILL, right before or right after its commit number `at`.
KILLED = """
import os, signal, sys
from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.tables import compact as compaction, linking
bucket, prefix, when, at = sys.argv[1:]
compaction.SLICE_ROWS = 2
commit, done = compaction.replace_rows, []
def killing(*arguments):
    done.append(1)
    if when == "before" and len(done) == int(at):
        os.kill(os.getpid(), signal.SIGKILL)
    commit(*arguments)
    if when == "after" and len(done) == int(at):
        os.kill(os.getpid(), signal.SIGKILL)
compaction.replace_rows = linking.replace_rows = killing
compaction.compact(ObjectStore(bucket), Location(bucket, prefix))
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3, 4] if "SEEDS" in os.environ else [1, 4])
def test_a_killed_compaction_is_gone_on_with(when: str, at: int, bucket: Bucket, s3: EmbeddedS3) -> None:
    bucket.run([article(1), article(2)], [duplicate(3, 1), article(4)], [duplicate(5, 2), duplicate(6, 4)])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, bucket.location.bucket, bucket.location.prefix, when, str(at)],
        env=environment(**s3.aws_env()),
        cwd=ROOT,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    bucket.compact()
    assert bucket.members() == bucket.current()
    assert None not in [row["event_id"] for row in bucket.stories().values()]
    assert (bucket.compact().batches, bucket.compact().linked) == (0, 0)


def test_the_command_says_what_it_did_and_query_knows_the_table(bucket: Bucket, s3: EmbeddedS3) -> None:
    bucket.run([article(1), duplicate(2, 1)])
    variables = {"NEWSCRAWL_BUCKET": str(bucket.location)} | s3.aws_env()
    sql = "SELECT title, copies, len(members) FROM stories"
    asked = scrapy("bucket", "query", sql, **variables)
    assert asked.returncode == 2 and "bucket compact" in asked.stderr
    done = scrapy("bucket", "compact", **variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("stories: 1 new, 0 changed, 0 gone; 1 batches folded in")
    asked = scrapy("bucket", "query", sql, **variables)
    assert asked.stdout.splitlines()[1] == f"{article(1).title},1,2", asked.stderr


@pytest.mark.parametrize("seed", range(3 * int(os.environ.get("SEEDS", "0")) or 1))
def test_any_history_compacted_at_any_time_is_the_exact_view(
    seed: int, s3: EmbeddedS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "SLICE_ROWS", 7)
    monkeypatch.setattr(finding, "_DAYS", 2)
    chance = random.Random(seed)
    bucket, stories, number, clock = Bucket(s3), [1], 1, 0
    place = {1: 1}
    bucket.run([article(1)])
    for _ in range(7):
        batches: list[list[Outcome]] = []
        for _ in range(chance.randint(1, 3)):
            outcomes: list[Outcome] = []
            for _ in range(chance.randint(1, 5)):
                number += 1
                clock += 1
                told = NOON - timedelta(days=chance.randint(0, 9))
                words = chance.randint(5, 40)
                moves = ()
                if chance.random() < 0.4:
                    who, to = chance.choice(list(place)), chance.choice(stories)
                    to = who if chance.random() < 0.3 else to
                    moves = (moved(who, to, place[who], hours=clock),)
                    place[who] = to
                said = {"published_at": told, "word_count": words, "moves": moves}
                if chance.random() < 0.5:
                    anchor = chance.choice(stories)
                    outcomes.append(duplicate(number, anchor, **said))
                    place[number] = anchor
                else:
                    outcomes.append(article(number, **said))
                    stories.append(number)
                    place[number] = number
            batches.append(outcomes)
        bucket.run(*batches)
        if chance.random() < 0.3:
            name = f"a{chance.choice(list(place)):08d}"
            write_undo(
                bucket.store,
                bucket.location,
                Undo(article_id=name, story_id="?", relation="near", run_id="r", undone_at="2026-11-30T00:00:00+00:00"),
            )
        if chance.random() < 0.6:
            bucket.compact()
    bucket.compact()
    assert bucket.members() == bucket.current()
    piecemeal = bucket.stories()
    for row in piecemeal.values():
        assert row["text"] == article(int(row["best_id"][1:])).text
    for key, _ in list(bucket.store.list(bucket.location.key(STORIES_FOLDER))):
        bucket.store.delete(key)
    bucket.compact()
    # What a story lost and got back between two compactions is known only to the table that saw it; and what was linked
    # then stays so.
    untimed = [
        {name: {**row, "last_changed_at": None, "event_id": None} for name, row in found.items()}
        for found in (bucket.stories(), piecemeal)
    ]
    assert untimed[0] == untimed[1]


def test_no_text_is_in_the_tables_log(bucket: Bucket) -> None:
    bucket.run([article(1)])
    bucket.compact()
    logs = [bucket.store.get(key) for key, _ in bucket.store.list(bucket.location.key(f"{STORIES_FOLDER}_delta_log/"))]
    assert logs and not any("पुल" in body.decode() for body in logs)


def test_pyarrow_can_filter_the_table_by_its_texts(bucket: Bucket) -> None:
    bucket.run([article(1)])
    bucket.compact()
    bucket.run([duplicate(2, 1)])
    bucket.compact()
    table = open_stories(bucket.store, bucket.location)
    assert table is not None
    assert table.to_pyarrow_table(filters=[("site", "=", "nadi")]).num_rows == 1


def test_an_undo_shows_in_query_and_a_second_one_says_that_it_is_done(
    bucket: Bucket, s3: EmbeddedS3, tmp_path: Path
) -> None:
    bucket.run([article(1), duplicate(2, 1)])
    variables = {"NEWSCRAWL_BUCKET": str(bucket.location), "NEWSCRAWL_STATE_DIR": str(tmp_path)} | s3.aws_env()
    first = scrapy("bucket", "undo", "a00000002", **variables)
    assert first.stdout.startswith("a00000002 undone: it is a story of its own since"), first.stderr
    second = scrapy("bucket", "undo", "a00000002", **variables)
    assert second.returncode == 0 and second.stdout.startswith("a00000002 was undone before")
    asked = scrapy("bucket", "query", "SELECT id FROM current WHERE id = story_id ORDER BY id", **variables)
    assert asked.stdout.split() == ["id", "a00000001", "a00000002"]
    bucket.compact()
    assert bucket.members() == bucket.current()


def test_a_takedown_deletes_no_file_of_a_compaction_that_came_in_between(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.run([article(1), article(2)])
    bucket.compact()
    purge = compaction._purge

    def late(*arguments: Any) -> None:
        bucket.run([article(3, published_at=NOON - timedelta(days=2))])
        bucket.compact()
        purge(*arguments)

    monkeypatch.setattr(compaction, "_purge", late)
    compaction.take_out(bucket.store, bucket.location, ["a00000001"], [])
    assert bucket.members().keys() == {"a00000002", "a00000003"}


def test_files_are_merged_by_one_at_a_time(bucket: Bucket, s3: EmbeddedS3, monkeypatch: pytest.MonkeyPatch) -> None:
    """A takedown deletes what others have under way: who merges files must not be among them."""
    monkeypatch.setattr(compaction, "_FILES_A_DAY", 1)

    def files() -> int:
        table = open_stories(bucket.store, bucket.location)
        assert table is not None
        return len(table.file_uris())

    bucket.run([article(1)])
    bucket.compact()
    with mending(s3.store(), bucket.location, datetime.now(UTC)):
        bucket.run([article(2)])
        assert bucket.compact().new == 1
        assert files() == 2
        with pytest.raises(StateLocked):
            compaction.take_out(bucket.store, bucket.location, ["a00000001"], [])
    bucket.run([article(3)])
    bucket.compact()
    assert files() == 1
    assert bucket.members() == bucket.current()
