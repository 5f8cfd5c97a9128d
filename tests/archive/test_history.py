"""State, bucket, clock and releases that do not belong together: refused in one line, or borne."""

from __future__ import annotations

import io
import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newscrawl.archive.consistency import findings, rebuild
from newscrawl.archive.history import AHEAD, BEHIND, refuse_clock
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Table, commit_key, new_run_id, run_started, schema_key
from newscrawl.bucket.mending import mending
from newscrawl.bucket.query import query
from newscrawl.bucket.reader import commit_records, read_table
from newscrawl.bucket.records import CommitRecord
from newscrawl.dedup.judge import judge
from newscrawl.dedup.signature import header
from newscrawl.errors import StateLocked, StateMismatch
from newscrawl.items import Reason, Unchanged
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.ledger import EXPIRES
from tests.archive.test_archive import Bench, sound
from tests.samples import NOW, OTHER, article, reject
from tests.state.test_askings import found

URL = "https://a.example/jalashay-safai-101"


@pytest.fixture
def bench(s3: EmbeddedS3, tmp_path: Path) -> Bench:
    return Bench(s3, tmp_path)


def lines(bench: Bench) -> list[str]:
    return findings(bench.store, bench.location, bench.folder / "state").lines


# A clock


@pytest.mark.parametrize("off", [-BEHIND - timedelta(hours=1), AHEAD + timedelta(hours=1), timedelta(days=1500)])
def test_a_clock_that_differs_wildly_from_the_archives_newest_page_is_refused(off: timedelta) -> None:
    with pytest.raises(StateMismatch, match="NEWSCRAWL_TRUST_CLOCK") as caught:
        refuse_clock(NOW + off, NOW)
    assert "\n" not in str(caught.value)
    refuse_clock(NOW, None)
    refuse_clock(NOW - BEHIND, NOW)
    refuse_clock(NOW + AHEAD, NOW)


def test_the_newest_page_is_that_of_the_last_batch_live_and_read_back(bench: Bench) -> None:
    """After one batch under a clock years ahead the next one brings it back."""
    archive = bench.archive()
    assert archive.newest is None
    years_on = NOW + timedelta(days=1500)
    bench.commit(archive, article(fetched_at=years_on), reject())
    assert archive.newest == years_on
    bench.commit(archive, article(OTHER, "https://a.example/hockey-102"))
    assert archive.newest == NOW
    assert isinstance(judge(article(), archive.index), Unchanged), "no id is stored a second time"
    archive.state.close()
    for name, bring in (("caught-up", "catch_up"), ("rebuilt", "rebuild")):
        again = bench.archive(name)
        getattr(again, bring)()
        assert again.newest == NOW
        again.state.close()
    assert lines(bench) == []


def test_a_run_sorts_behind_what_it_has_read_though_the_clock_was_set_back(bench: Bench) -> None:
    archive = bench.archive()
    began = run_started(archive.next_run_id(NOW))
    assert began == NOW, "there is no run yet"
    bench.run_id = new_run_id(NOW)
    bench.writer = BatchWriter(bench.store, bench.location, bench.run_id, header())
    bench.commit(archive, article())
    for off in (timedelta(0), timedelta(milliseconds=900), timedelta(hours=-1), timedelta(hours=-23)):
        assert archive.next_run_id(NOW + off) > bench.run_id
    # A clock that was days ahead is no clock to follow.
    assert run_started(archive.next_run_id(NOW - timedelta(days=3))) == NOW - timedelta(days=3)
    assert run_started(archive.next_run_id(NOW + timedelta(hours=2))) == NOW + timedelta(hours=2)
    archive.state.close()


# What a check must not find


def test_a_reject_and_then_the_story_of_one_url_in_one_batch_read_back_as_they_settled(bench: Bench) -> None:
    archive = bench.archive()
    first = reject(URL, Reason.HTTP_ERROR)
    bench.commit(archive, first, article(fetched_at=NOW + timedelta(seconds=9)))
    bench.commit(archive, replace(first, fetched_at=NOW + timedelta(hours=2)))
    assert archive.ledger.counts() == {"failed": 1}
    # A recheck that finds it as it was leaves no row: the bucket cannot know of it.
    bench.commit(archive, article(fetched_at=NOW + timedelta(hours=3)))
    archive.state.close()
    assert lines(bench) == []


def test_urls_in_compact_form_are_known_due_when_they_change_and_no_finding(bench: Bench) -> None:
    archive = bench.archive()
    old = NOW - EXPIRES - timedelta(days=3)
    bench.commit(archive, article(fetched_at=old), reject(url="https://a.example/suchi-1", reason=Reason.NOT_ARTICLE))
    # The commit put what is old into its compact form.
    assert archive.ledger.counts() == {"expired": 1, "rejected": 1}
    assert archive.ledger.expire(NOW) == 0
    assert archive.ledger.discover([found(), found(modified_at=old - timedelta(days=1))], NOW) == []
    assert archive.ledger.counts() == {"expired": 1, "rejected": 1}
    archive.state.close()
    assert lines(bench) == []
    again = bench.archive()
    assert [f.url for f in again.ledger.discover([found(modified_at=NOW)], NOW)] == [URL]
    assert [f.url for f in again.ledger.open(["a"], NOW)] == [URL]
    again.state.close()


# Releases


def rewritten(bench: Bench, seq: int, **changes: Any) -> None:
    """A commit record as a later release might have written it."""
    key = bench.location.key(commit_key(bench.run_id, seq))
    document = json.loads(bench.store.get(key))
    document["objects"][0]["rows_hint"] = 7
    document |= changes
    document["counts"] |= {"partly": 2, "pages": document["counts"]["pages"] + 2}
    bench.store.put(key, json.dumps(document).encode())


def test_a_later_releases_fields_tables_and_reasons_are_borne(bench: Bench) -> None:
    archive = bench.archive()
    bench.commit(archive, article(), reject())
    archive.state.close()
    key = bench.location.key(commit_key(bench.run_id, 1))
    document = json.loads(bench.store.get(key))
    # A reason that this release does not know, in a part of rejects with a column more.
    [part] = [p for p in document["objects"] if p["table"] == "rejects"]
    body = io.BytesIO()
    rows = pq.read_table(io.BytesIO(bench.store.get(bench.location.key(part["key"]))), partitioning=None)
    rows = rows.set_column(rows.column_names.index("reason"), "reason", pa.array(["haunted"]))
    pq.write_table(rows.append_column("mood", pa.array(["eerie"])), body)
    put = bench.store.put(bench.location.key(part["key"]), body.getvalue())
    part |= {"bytes": put.bytes, "sha256": put.sha256, "spookiness": 0.5}
    more = {**part, "table": "events", "key": "events/dt=2026-11-20/x.parquet"}
    rewritten(bench, 1, objects=[*document["objects"], more], epoch={"new": True})
    [record] = commit_records(bench.store, bench.location)
    assert isinstance(record, CommitRecord) and record.whole and {p.table for p in record.objects} <= set(Table)
    again = bench.archive("again")
    again.catch_up()
    assert again.ledger.counts() == {"done": 1, "rejected": 1}
    again.state.close()
    assert read_table(bench.store, bench.location, Table.REJECTS)["reason"].to_pylist() == ["haunted"]
    _, counted = query(bench.store, bench.location, "SELECT reason, count(*) FROM rejects GROUP BY 1")
    assert counted == [("haunted", 1)]


def test_parts_of_releases_with_fewer_and_more_columns_are_one_table(bench: Bench) -> None:
    archive = bench.archive()
    bench.commit(archive, article())
    bench.commit(archive, article(OTHER, "https://a.example/hockey-102", kind="article", confidence=0.9))
    archive.state.close()
    key = bench.location.key(commit_key(bench.run_id, 1))
    document = json.loads(bench.store.get(key))
    [part] = [p for p in document["objects"] if p["table"] == "articles"]
    rows = pq.read_table(io.BytesIO(bench.store.get(bench.location.key(part["key"]))), partitioning=None)
    body = io.BytesIO()
    pq.write_table(rows.drop_columns(["kind", "confidence"]).append_column("weather", pa.array(["नई"])), body)
    put = bench.store.put(bench.location.key(part["key"]), body.getvalue())
    part |= {"bytes": put.bytes, "sha256": put.sha256}
    bench.store.put(key, json.dumps(document).encode())
    for columns in (None, ["id", "confidence"]):
        table = read_table(bench.store, bench.location, Table.ARTICLES, columns)
        assert table["confidence"].to_pylist() == [None, 0.9]
    _, rows_found = query(bench.store, bench.location, "SELECT confidence FROM articles ORDER BY 1 NULLS FIRST")
    assert rows_found == [(None,), (0.9,)]
    assert lines(bench) == []


def test_the_schema_of_two_releases_is_their_union(bench: Bench) -> None:
    """Each adds a column that the other does not know: neither takes the other's away."""
    bench.writer.ensure_schema()
    key = bench.location.key(schema_key())
    document = json.loads(bench.store.get(key))
    theirs = {"name": "mood", "type": "string", "nullable": True, "meaning": "how it reads"}
    document["tables"]["articles"] = [c for c in document["tables"]["articles"] if c["name"] != "kind"] + [theirs]
    document["tables"]["events"] = [theirs]
    bench.store.put(key, json.dumps(document).encode())
    bench.writer.ensure_schema()
    union = json.loads(bench.store.get(key))
    names = [c["name"] for c in union["tables"]["articles"]]
    assert names[-2:] == ["mood", "kind"] and union["tables"]["events"] == [theirs]
    bench.writer.ensure_schema()
    assert json.loads(bench.store.get(key)) == union


# The lock object


def test_only_one_mends_a_bucket_at_a_time_and_a_dead_ones_lock_is_taken_over(bench: Bench) -> None:
    now = datetime.now(UTC)
    with mending(bench.store, bench.location, now):
        with (
            pytest.raises(StateLocked, match=r"_lock/mending.json is held by process"),
            mending(bench.store, bench.location, now + timedelta(hours=3)),
        ):
            raise AssertionError("held twice")
        with mending(bench.store, bench.location, now + timedelta(days=2)):
            pass
    assert not [name for name in bench.bucket.names() if name.startswith("_lock")]


def test_a_rebuild_removes_the_parts_of_its_own_crash_at_once(s3: EmbeddedS3, tmp_path: Path) -> None:
    bench = sound(s3, tmp_path)
    archive = bench.archive()
    batch = bench.judged(archive, article(OTHER + "\nनई पंक्ति।", "https://c.example/naya-1"))
    archive.intend(bench.run_id, batch)
    bench.writer.write(batch)
    bench.store.delete(bench.location.key(commit_key(bench.run_id, batch.seq)))
    archive.state.close()
    rebuild(bench.store, bench.location, bench.folder / "state", bench.archive)
    bench.bucket.check()
    with sqlite3.connect(bench.folder / "state" / "state.db") as db:
        assert db.execute("SELECT COUNT(*) FROM intents").fetchone() == (0,)
