"""A roll-up says what commit records and parts say, costs a reader a few objects, and never stands against them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newscrawl.archive.archive import Archive
from newscrawl.archive.consistency import findings
from newscrawl.archive.history import look
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import RAW_TABLES, ROLLUP_FOLDER, ROLLUP_KEY, Table, commit_key, new_run_id
from newscrawl.bucket.losses import record_loss
from newscrawl.bucket.mending import mending
from newscrawl.bucket.query import query
from newscrawl.bucket.reader import archive_totals, commit_records, read_table, totals
from newscrawl.bucket.rolling import roll_up
from newscrawl.bucket.rollup import MARGIN, RollUp, committed, load, rolled_up
from newscrawl.bucket.warc import raw_page
from newscrawl.dedup.signature import header
from newscrawl.errors import StateLocked, StateMismatch
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State
from tests.archive.test_archive import Bench, content, history
from tests.samples import NOW, article, page, reject
from tests.support import ROOT, environment

URL = "https://a.example/jalashay-safai-101"


@pytest.fixture
def bench(s3: EmbeddedS3, tmp_path: Path) -> Bench:
    """Three batches: stories, a copy, a revision, a reject."""
    made = Bench(s3, tmp_path)
    archive = made.archive()
    history(made, archive)
    archive.state.close()
    return made


def runs(bench: Bench, number: int, began: datetime) -> None:
    """So many runs of one story each, an hour apart."""
    for hour in range(number):
        run_id = new_run_id(began + timedelta(hours=hour))
        writer = BatchWriter(bench.store, bench.location, run_id, header())
        text = " ".join(f"शब्द{byte}" for byte in hashlib.sha512(run_id.encode()).digest())
        story = article(text, f"https://c.example/khabar-{run_id}", site="c")
        writer.write(writer.batch([replace(story, story_id=story.id), reject()]))


def same(bench: Bench) -> RollUp:
    """What the roll-up says, object by object, is what commit records and parts say; returns it."""
    rolled, named = committed(bench.store, bench.location)
    truth = list(commit_records(bench.store, bench.location))
    told = list(commit_records(bench.store, bench.location, named, rolled))
    assert told == truth
    for table in set(Table) - RAW_TABLES:
        ours = read_table(bench.store, bench.location, table, records=truth)
        assert read_table(bench.store, bench.location, table, records=told, roll_up=rolled) == ours
        columns = ["run_id"] if table is not Table.MOVES else ["moved_at"]
        assert read_table(bench.store, bench.location, table, columns, told, rolled) == ours.select(columns)
    for table in (Table.ARTICLES, Table.DUPLICATES, Table.REJECTS, Table.MOVES):
        _, [(count,)] = query(bench.store, bench.location, f"SELECT count(*) FROM {table}")
        assert count == totals(truth).rows[table]
    assert archive_totals(bench.store, bench.location) == totals(truth)
    return rolled


def keys(bench: Bench) -> set[str]:
    return {name for name in bench.bucket.names() if name.startswith(ROLLUP_FOLDER)}


def caught_up(bench: Bench, name: str) -> dict[str, object]:
    archive = bench.archive(name)
    archive.recover()
    found = content(archive)
    archive.state.close()
    return found


def test_a_roll_up_tells_the_same_and_takes_in_what_comes_later(bench: Bench) -> None:
    assert rolled_up(bench.store, bench.location) == 0
    assert roll_up(bench.store, bench.location) == 3
    rolled = same(bench)
    assert len(rolled.batches) == 3 and len(rolled.segments) == 1
    assert roll_up(bench.store, bench.location) == 0
    runs(bench, 2, datetime.now(UTC))
    assert len(same(bench).batches) == 3, "two are read one by one"
    assert roll_up(bench.store, bench.location) == 2
    rolled = same(bench)
    assert (len(rolled.batches), len(rolled.segments), rolled_up(bench.store, bench.location)) == (5, 1, 5)
    bench.bucket.check()


def test_full_segments_are_left_as_they_are(bench: Bench) -> None:
    runs(bench, 6, datetime.now(UTC))
    roll_up(bench.store, bench.location, segment_rows=6)
    first = same(bench).segments
    assert len(first) > 2
    runs(bench, 3, datetime.now(UTC) + timedelta(hours=7))
    roll_up(bench.store, bench.location, segment_rows=6)
    assert same(bench).segments[: len(first) - 1] == first[:-1]


def test_a_run_takes_its_share(bench: Bench) -> None:
    assert roll_up(bench.store, bench.location, most=2) == 2
    assert roll_up(bench.store, bench.location, most=2) == 1
    same(bench)


def test_a_lost_state_is_the_same_from_a_roll_up(bench: Bench) -> None:
    runs(bench, 60, datetime.now(UTC) - timedelta(hours=200))
    one_by_one = caught_up(bench, "one-by-one")
    roll_up(bench.store, bench.location)
    assert caught_up(bench, "rolled") == one_by_one
    behind = bench.archive("rolled")
    runs(bench, 55, datetime.now(UTC) - timedelta(hours=130))
    behind.recover()
    anew = bench.archive("anew")
    anew.rebuild()
    assert content(behind) == content(anew)
    for archive in (behind, anew):
        archive.state.close()
    assert findings(bench.store, bench.location, bench.folder / "rolled").lines == []


def test_a_filling_that_was_cut_short_is_begun_again(bench: Bench) -> None:
    runs(bench, 60, datetime.now(UTC) - timedelta(hours=70))
    roll_up(bench.store, bench.location)
    right = caught_up(bench, "right")
    code = """
import os, signal, sys
from pathlib import Path
from newscrawl.archive.archive import Archive
from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.dedup.bulk import BulkLoader
from newscrawl.state.database import State
BulkLoader.finish = lambda self: os.kill(os.getpid(), signal.SIGKILL)
location = Location.parse(sys.argv[1])
Archive(State(Path(sys.argv[2])), ObjectStore(location.bucket, prefix=location.prefix), location).recover()
"""
    killed = subprocess.run(
        [sys.executable, "-c", code, str(bench.location), str(bench.folder / "killed")],
        cwd=ROOT,
        env=environment(**bench_env(bench)),
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    assert State(bench.folder / "killed").get("filling")
    assert caught_up(bench, "killed") == right


def bench_env(bench: Bench) -> dict[str, str]:
    keys = bench.store._session.get_credentials().get_frozen_credentials()  # type: ignore[union-attr]
    return {
        "AWS_ENDPOINT_URL_S3": bench.store.endpoint,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_REGION": "us-east-1",
    }


KILLED = """
import os, signal, sys
from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.rolling import roll_up
at, done = int(sys.argv[1]), []
for name in ("put", "delete"):
    def counted(self, *arguments, _real=getattr(ObjectStore, name), **more):
        done.append(1)
        if len(done) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return _real(self, *arguments, **more)
    setattr(ObjectStore, name, counted)
location = Location.parse(sys.argv[2])
roll_up(ObjectStore(location.bucket, prefix=location.prefix), location, segment_rows=8)
"""


# Lock, objects of the first segment, manifest, objects of the second, manifest.
# The others: `make faults`, which sets SEEDS.
@pytest.mark.parametrize("at", range(2, 14, 2 if "SEEDS" in os.environ else 5))
def test_a_killed_roll_up_does_no_harm_and_is_gone_on_with(at: int, bench: Bench) -> None:
    runs(bench, 3, datetime.now(UTC))
    command = [sys.executable, "-c", KILLED, str(at), str(bench.location)]
    killed = subprocess.run(command, cwd=ROOT, env=environment(**bench_env(bench)), timeout=60)
    assert killed.returncode == -signal.SIGKILL
    same(bench)
    roll_up(bench.store, bench.location, segment_rows=8)
    rolled = same(bench)
    assert len(rolled.batches) == 6
    undisturbed = {(b.segment.name, named) for named, b in rolled.batches.items()}
    for key in keys(bench):
        bench.store.delete(bench.location.key(key))
    roll_up(bench.store, bench.location, segment_rows=8)
    again = same(bench)
    assert {(b.segment.name, named) for named, b in again.batches.items()} == undisturbed, "the same, byte for byte"


def test_two_at_once_are_harmless(bench: Bench) -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    with mending(bench.store, bench.location, since), pytest.raises(StateLocked):
        roll_up(bench.store, bench.location)
    assert keys(bench) == set()


def broken_manifest(bench: Bench) -> None:
    bench.store.put(bench.location.key(ROLLUP_KEY), b"{")


def lost_segment(bench: Bench) -> None:
    for key in keys(bench) - {ROLLUP_KEY}:
        bench.store.delete(bench.location.key(key))


def lost_rows(bench: Bench) -> None:
    for key in keys(bench):
        if key.endswith(".parquet"):
            bench.store.put(bench.location.key(key), b"something else")


@pytest.mark.parametrize("damage", [broken_manifest, lost_segment])
def test_a_damaged_roll_up_is_left_aside_and_made_anew(damage: Callable[[Bench], None], bench: Bench) -> None:
    roll_up(bench.store, bench.location)
    damage(bench)
    assert same(bench).segments == ()
    assert roll_up(bench.store, bench.location) == 3
    assert len(same(bench).batches) == 3


def test_rows_that_were_overwritten_are_read_from_the_parts(bench: Bench) -> None:
    runs(bench, 60, datetime.now(UTC) - timedelta(hours=70))
    right = caught_up(bench, "one-by-one")
    roll_up(bench.store, bench.location)
    lost_rows(bench)
    assert caught_up(bench, "rolled") == right


def test_a_roll_up_that_says_something_else_than_a_commit_record_is_left_aside(bench: Bench) -> None:
    roll_up(bench.store, bench.location)
    key = bench.location.key(commit_key(bench.run_id, 2))
    document = json.loads(bench.store.get(key))
    document["remark"] = "changed by hand"
    bench.store.put(key, json.dumps(document).encode())
    assert same(bench).segments == ()
    roll_up(bench.store, bench.location)
    assert len(same(bench).batches) == 3
    bench.store.delete(key)
    assert committed(bench.store, bench.location)[1].keys() == {(bench.run_id, 1), (bench.run_id, 3)}


def test_what_is_lost_counts_no_more(bench: Bench) -> None:
    roll_up(bench.store, bench.location)
    record = next(commit_records(bench.store, bench.location))
    part = next(part for part in record.objects if part.table is Table.ARTICLES)
    bench.store.delete(bench.location.key(part.key))
    record_loss(bench.store, bench.location, part)
    same(bench)
    assert roll_up(bench.store, bench.location) == 3, "it is made anew without it"
    assert len(same(bench).batches) == 3
    [segment] = load(bench.store, bench.location).segments
    assert segment.object(Table.ARTICLES) is None and segment.object(Table.DUPLICATES) is not None


def test_columns_of_a_later_release_are_not_lost_in_it(bench: Bench) -> None:
    record = next(commit_records(bench.store, bench.location))
    part = next(part for part in record.objects if part.table is Table.REJECTS)
    rows = pq.read_table(io.BytesIO(bench.store.get(bench.location.key(part.key))), partitioning=None)
    body = io.BytesIO()
    pq.write_table(rows.append_column("later", pa.array(["x"])), body)
    later = BatchWriter(bench.store, bench.location, new_run_id(datetime.now(UTC)), header())
    written = later.write(later.batch([reject()]))
    bench.store.put(bench.location.key(written.objects[0].key), body.getvalue())
    key = bench.location.key(commit_key(written.run_id, 1))
    document = json.loads(bench.store.get(key))
    digest = bench.store.put(bench.location.key(written.objects[0].key), body.getvalue())
    document["objects"][0] |= {"bytes": digest.bytes, "sha256": digest.sha256}
    bench.store.put(key, json.dumps(document).encode())
    roll_up(bench.store, bench.location)
    rolled = same(bench)
    assert (written.run_id, 1) in rolled.batches
    assert not rolled.holds(written.objects[0])


# What a start lists


def archive_of_years(bench: Bench, days: int) -> Archive:
    began = datetime.now(UTC) - timedelta(days=days)
    runs(bench, 4, began)
    runs(bench, 2, datetime.now(UTC) - timedelta(hours=3))
    archive = bench.archive("years")
    archive.recover()
    return archive


def test_a_start_lists_the_last_days_and_a_stretch_of_those_before(bench: Bench) -> None:
    archive = archive_of_years(bench, 400)
    seen = {(r, s): size for r, s, size in archive.state.db.execute("SELECT * FROM batches")}
    listed = look(archive.state, bench.store, bench.location, seen)
    assert listed.there == listed.seen == seen
    late = datetime.now(UTC) - timedelta(days=200)
    assert late < datetime.now(UTC) - MARGIN
    runs(bench, 1, late)
    assert archive.catch_up(refuse_other=True) == 1, "what came late is found by the stretch"
    oldest = min(seen)
    bench.store.delete(bench.location.key(commit_key(*oldest)))
    with pytest.raises(StateMismatch, match="1 of"):
        archive.catch_up(refuse_other=True)
    archive.state.close()


def test_a_run_of_a_clock_ahead_hides_none_that_come_after(bench: Bench) -> None:
    runs(bench, 1, datetime.now(UTC) + timedelta(days=900))
    archive = bench.archive("ahead")
    archive.recover()
    roll_up(bench.store, bench.location)
    runs(bench, 2, datetime.now(UTC) - timedelta(hours=2))
    assert archive.catch_up() == 2
    archive.state.close()
    assert len(committed(bench.store, bench.location)[1]) == 6
    same(bench)


def test_no_time_of_a_row_is_changed(bench: Bench) -> None:
    roll_up(bench.store, bench.location)
    _, rows = query(bench.store, bench.location, "SELECT DISTINCT epoch(fetched_at) FROM articles")
    assert rows == [(NOW.timestamp(),)]


def test_the_raw_archive_of_a_batch_stays_where_it_is(bench: Bench) -> None:
    run_id = new_run_id(NOW + timedelta(days=1))
    writer = BatchWriter(bench.store, bench.location, run_id, header())
    url = "https://c.example/khabar-1"
    story = article("नदी पर नया पुल बना।", url, site="c", raw=raw_page(page(b"<p>x</p>", url, headers=())))
    record = writer.write(writer.batch([replace(story, story_id=story.id)]))
    assert {part.table for part in record.objects} > RAW_TABLES
    assert roll_up(bench.store, bench.location) == 4
    rolled = same(bench)
    held = {part.table for part in record.objects if rolled.holds(part)}
    assert held == {part.table for part in record.objects} - RAW_TABLES
    assert archive_totals(bench.store, bench.location) == totals(commit_records(bench.store, bench.location))
