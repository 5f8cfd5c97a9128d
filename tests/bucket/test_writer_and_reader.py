"""What is written comes back, once, and only when it was committed."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from newscrawl.bucket import reader
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location, Table, commit_key, loss_key, new_run_id, part_key, schema_key, undo_key
from newscrawl.bucket.losses import losses
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import AlreadyExists, ObjectMissing
from newscrawl.bucket.schema import ARROW, HEADER_METADATA, InvalidRow, schema_document
from newscrawl.bucket.undo import Undo, undone
from newscrawl.errors import StateMismatch
from newscrawl.items import Relation
from newscrawl.server.embedded import EmbeddedS3
from tests.bucket.samples import HEADER, NOON, article, duplicate, reject, unchanged


@pytest.fixture
def store(s3: EmbeddedS3) -> ObjectStore:
    return s3.store()


@pytest.fixture
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    return Location("newscrawl", f"tests/{tmp_path.name}")


@pytest.fixture
def writer(store: ObjectStore, location: Location) -> BatchWriter:
    return BatchWriter(store, location, new_run_id(NOON), HEADER)


def test_a_batch_comes_back_as_it_went_in(writer: BatchWriter, store: ObjectStore, location: Location) -> None:
    record = writer.write(writer.batch([article(1), duplicate(2, 1), reject(3), unchanged(4), article(5)]))

    articles = reader.read_table(store, location, Table.ARTICLES).to_pylist()
    assert [row["id"] for row in articles] == ["a00000001", "a00000005"]
    first = articles[0]
    assert first["text"] == article(1).text
    assert first["authors"] == ["मीरा जोशी"]
    assert first["fetched_at"] == NOON
    assert first["summary"] is None
    assert first["run_id"] == record.run_id
    fallen = reader.read_table(store, location, Table.DUPLICATES).to_pylist()[0]
    assert (fallen["duplicate_of"], fallen["relation"]) == ("a00000001", "near")
    assert (fallen["jaccard"], fallen["containment"]) == (0.8, 0.9)
    assert fallen["text"] == article(2).text
    gone = reader.read_table(store, location, Table.REJECTS).to_pylist()[0]
    assert (gone["reason"], gone["http_status"], gone["detail"]) == ("gone", 404, None)


def test_signatures_hold_what_rebuilds_ledger_and_index(
    writer: BatchWriter, store: ObjectStore, location: Location
) -> None:
    writer.write(writer.batch([article(1), duplicate(2, 1)]))

    [(_, part)] = reader.read_parts(store, location, Table.SIGNATURES)
    anchor, copy = part.to_pylist()
    assert anchor["relation"] is None
    assert copy["relation"] == Relation.NEAR
    assert copy["story_id"] == anchor["id"]
    assert anchor["minhash"] == article(1).signature.minhash
    assert anchor["keys"] == [1, 2**64 - 1]
    assert anchor["discovered_url"].endswith("utm_source=feed")
    assert json.loads(part.schema.metadata[HEADER_METADATA]) == HEADER


def test_the_commit_record_sums_up_and_names_every_object(
    writer: BatchWriter, store: ObjectStore, location: Location
) -> None:
    record = writer.write(writer.batch([article(1), duplicate(2, 1), reject(3), unchanged(4)]))

    [again] = reader.commit_records(store, location)
    assert again == record
    assert again.counts.pages == 4
    assert again.relations == {"near": 1}
    assert again.reasons == {"gone": 1}
    assert again.header == HEADER
    listed = {key for key, _ in store.list(location.key("")) if key.endswith(".parquet")}
    assert listed == {location.key(part.key) for part in record.objects}


def test_rows_lie_under_the_utc_day_of_their_fetch(writer: BatchWriter) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    record = writer.write(writer.batch([article(1, fetched_at=datetime(2026, 11, 23, 2, 0, tzinfo=india))]))
    assert {part.dt for part in record.objects} == {"2026-11-22"}


def test_a_batch_of_rechecks_alone_still_leaves_a_record(
    writer: BatchWriter, store: ObjectStore, location: Location
) -> None:
    writer.write(writer.batch([unchanged(1), unchanged(2)]))
    [record] = reader.commit_records(store, location)
    assert (record.counts.unchanged, record.counts.pages, record.objects) == (2, 2, ())


def test_writing_the_same_batch_again_stores_nothing_twice(
    writer: BatchWriter, store: ObjectStore, location: Location
) -> None:
    batch = writer.batch([article(1), reject(2)])
    assert writer.write(batch) == writer.write(batch)
    assert reader.read_table(store, location, Table.ARTICLES).num_rows == 1
    assert reader.totals(reader.commit_records(store, location)).batches == 1


def test_another_process_cannot_overwrite_a_commit_record(
    s3: EmbeddedS3, store: ObjectStore, location: Location
) -> None:
    run_id = new_run_id(NOON)
    first = BatchWriter(store, location, run_id, HEADER)
    first.write(first.batch([article(1)]))
    before = store.get(location.key(commit_key(run_id, 1)))
    second = BatchWriter(s3.store(), location, run_id, HEADER)
    with pytest.raises(AlreadyExists, match="another process"):
        second.write(second.batch([reject(2)]))
    assert store.get(location.key(commit_key(run_id, 1))) == before


def test_writers_that_begin_at_once_agree_on_the_schema(s3: EmbeddedS3, location: Location) -> None:
    writers = [BatchWriter(s3.store(), location, new_run_id(NOON), HEADER) for _ in range(8)]
    assert s3.store().conditional_put
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(BatchWriter.ensure_schema, writers))


def test_parts_that_no_record_names_do_not_exist(writer: BatchWriter, store: ObjectStore, location: Location) -> None:
    writer.write(writer.batch([article(1)]))
    orphan = location.key(part_key(Table.ARTICLES, NOON.date(), new_run_id(NOON), 1))
    store.put(orphan, b"half a batch of a killed run")
    assert reader.read_table(store, location, Table.ARTICLES).num_rows == 1


def test_a_damaged_or_deleted_part_is_reported(writer: BatchWriter, store: ObjectStore, location: Location) -> None:
    record = writer.write(writer.batch([article(1)]))
    [key] = [location.key(part.key) for part in record.objects if part.table is Table.ARTICLES]
    store.put(key, store.get(key) + b"x")
    with pytest.raises(StateMismatch, match="is not what its batch stored"):
        reader.read_table(store, location, Table.ARTICLES)
    store.delete(key)
    with pytest.raises(ObjectMissing, match="no such object"):
        reader.read_table(store, location, Table.ARTICLES)


def test_a_torn_commit_record_is_reported(store: ObjectStore, location: Location) -> None:
    store.put(location.key(commit_key("20261123T120000Z-000000", 1)), b'{"schema_version": 1, "coun')
    with pytest.raises(StateMismatch, match="is no commit record"):
        list(reader.commit_records(store, location))


def test_a_commit_record_that_was_edited_is_reported_where_it_is_read(
    writer: BatchWriter, store: ObjectStore, location: Location
) -> None:
    writer.write(writer.batch([article(1)]))
    [(key, _)] = store.list(location.key("runs/"))
    document = json.loads(store.get(key))
    edits = [{"header": None}, {"fetched_to": [1]}, {"fetched_to": 10**30}, {"fetched_from": "noon"}]
    parts = [{"rows": None}, {"rows": "many"}, {"key": []}, {"bytes": {}}, {"sha256": 7}]
    for edited in [*edits, *({"objects": [document["objects"][0] | part]} for part in parts)]:
        store.put(key, json.dumps(document | edited).encode())
        with pytest.raises(StateMismatch, match="is no commit record"):
            list(reader.commit_records(store, location))


def test_an_undo_and_a_loss_of_no_time_are_reported(store: ObjectStore, location: Location) -> None:
    said = {"key": "articles/x.parquet", "rows": 1, "sha256": "", "why": "missing", "found_at": "yesterday"}
    store.put(location.key(loss_key("articles/x.parquet")), json.dumps(said).encode())
    with pytest.raises(StateMismatch, match="restore or delete"):
        losses(store, location)
    undo = dict.fromkeys(Undo.__dataclass_fields__, "x")
    store.put(location.key(undo_key("x")), json.dumps(undo).encode())
    with pytest.raises(StateMismatch, match="restore or delete"):
        undone(store, location)


def test_runs_are_read_in_the_order_of_time_and_number(store: ObjectStore, location: Location) -> None:
    for hours in (2, 0, 1):
        writer = BatchWriter(store, location, new_run_id(NOON + timedelta(hours=hours)), HEADER)
        for _ in range(2):
            writer.write(writer.batch([reject(hours)]))
        writer.write_run({"pages": 2})
    order = [(record.run_id, record.seq) for record in reader.commit_records(store, location)]
    assert order == sorted(order)
    assert len(order) == 6
    sums = reader.totals(reader.commit_records(store, location))
    assert (sums.runs, sums.batches, sums.rows[Table.REJECTS]) == (3, 6, 6)
    assert sums.stored_bytes == sum(size for key, size in store.list(location.key("")) if key.endswith(".parquet"))


def test_an_empty_archive_reads_as_empty_tables(store: ObjectStore, location: Location) -> None:
    assert reader.read_table(store, location, Table.ARTICLES).schema == ARROW[Table.ARTICLES]
    assert reader.read_table(store, location, Table.REJECTS, columns=["url"]).num_rows == 0


def test_selected_columns_alone_are_read(writer: BatchWriter, store: ObjectStore, location: Location) -> None:
    writer.write(writer.batch([article(1)]))
    assert reader.read_table(store, location, Table.ARTICLES, ["id", "title"]).column_names == ["id", "title"]


def test_parts_are_zstd_with_one_row_group_and_statistics_where_they_help(
    writer: BatchWriter, store: ObjectStore, location: Location
) -> None:
    record = writer.write(writer.batch([article(number) for number in range(50)]))
    [key] = [location.key(part.key) for part in record.objects if part.table is Table.ARTICLES]

    meta = pq.ParquetFile(io.BytesIO(store.get(key))).metadata
    assert meta.num_row_groups == 1
    columns = {meta.row_group(0).column(i).path_in_schema: meta.row_group(0).column(i) for i in range(meta.num_columns)}
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert columns["fetched_at"].is_stats_set
    assert not columns["text"].is_stats_set


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (article(1, title=""), "title is empty"),
        (article(1, story_id=None), "story_id is empty"),
        (article(1, text="पुल \ud800 टूटा"), "text holds a lone surrogate"),
        (article(1, tags=("\udfff",)), "tags holds a lone surrogate"),
        (article(1, fetched_at=datetime(2026, 11, 23)), "fetched_at is a time without time zone"),  # noqa: DTZ001
        (article(1, word_count=2**31), "not a count that int32 holds"),
        (reject(1, http_status=-1), "not a count that int32 holds"),
    ],
)
def test_a_row_that_the_contract_cannot_hold_is_named_before_anything_is_sent(
    writer: BatchWriter, store: ObjectStore, location: Location, bad: object, complaint: str
) -> None:
    with pytest.raises(InvalidRow, match=rf"row of 'https://nadi\.example/\w+/1'.*{complaint}"):
        writer.write(writer.batch([article(7), bad]))  # type: ignore[list-item]
    assert list(store.list(location.key(""))) == []


def test_absent_is_null_and_never_an_empty_string(writer: BatchWriter, store: ObjectStore, location: Location) -> None:
    writer.write(writer.batch([article(1, summary="", section=""), reject(2, detail="")]))
    row = reader.read_table(store, location, Table.ARTICLES).to_pylist()[0]
    assert (row["summary"], row["section"]) == (None, None)
    assert reader.read_table(store, location, Table.REJECTS).to_pylist()[0]["detail"] is None


def test_control_characters_and_megabytes_survive(writer: BatchWriter, store: ObjectStore, location: Location) -> None:
    title, text = "शीर्षक\x00\x1b[31m" * 40_000, "\x00\x01\u2028क" * 300_000
    writer.write(writer.batch([article(1, title=title, text=text)]))
    row = reader.read_table(store, location, Table.ARTICLES).to_pylist()[0]
    assert (row["title"], row["text"]) == (title, text)


def test_the_schema_document_is_written_once_and_guards_the_version(
    writer: BatchWriter, store: ObjectStore, location: Location
) -> None:
    key = location.key(schema_key())
    writer.ensure_schema()
    assert json.loads(store.get(key)) == schema_document()
    before = store.head(key)
    writer.ensure_schema()
    assert store.head(key) == before

    store.put(key, json.dumps(schema_document() | {"version": 2}).encode())
    with pytest.raises(StateMismatch, match="says version 2, this program writes 1"):
        writer.ensure_schema()


def test_an_older_schema_document_learns_new_columns_but_never_new_types(
    writer: BatchWriter, store: ObjectStore, location: Location
) -> None:
    key = location.key(schema_key())
    older = schema_document()
    older["tables"]["articles"].pop()
    store.put(key, json.dumps(older).encode())
    writer.ensure_schema()
    assert json.loads(store.get(key)) == schema_document()

    other = schema_document()
    other["tables"]["articles"][0]["type"] = "int64"
    store.put(key, json.dumps(other).encode())
    with pytest.raises(StateMismatch, match=r"articles\.id as int64"):
        writer.ensure_schema()


def test_a_run_id_sorts_by_time_and_is_unique() -> None:
    moments = [NOON + timedelta(seconds=second) for second in range(3)]
    ids = [new_run_id(moment) for moment in moments]
    assert ids == sorted(ids)
    assert len({new_run_id(NOON) for _ in range(50)}) == 50
    assert new_run_id(NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))).startswith("20261123T120000Z-")
    with pytest.raises(ValueError, match="aware"):
        new_run_id(datetime(2026, 1, 1))  # noqa: DTZ001
