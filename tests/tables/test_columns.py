"""A stories table of an earlier release gets the columns that were added since, and goes on; nobody reads it anew."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import DeltaError

from newscrawl.bucket.keys import STORIES_FOLDER, Location
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.changes import changes
from newscrawl.tables.compact import take_out
from newscrawl.tables.stories_table import SCHEMA, add_columns, create_stories, open_stories, uri
from tests.bucket.samples import article, duplicate
from tests.tables.test_compact import Bucket

# Not only the last ones: an added column stands behind those that are there.
SINCE = ("kind", "extraction_version", "origin")
TOLD: dict[str, Any] = {"extraction_version": 3, "origin": "pti"}


@pytest.fixture
def bucket(s3: EmbeddedS3) -> Bucket:
    """Two stories, and the table as a release without these columns has it."""
    made = Bucket(s3)
    made.run([article(1, **TOLD), article(2, **TOLD)])
    made.compact()
    as_before(made, [name for name in SCHEMA.names if name not in SINCE])
    return made


def as_before(bucket: Bucket, columns: list[str]) -> None:
    """Put a table with fewer columns in the place of the table: the same rows, said by the same marks."""
    table, options = open_stories(bucket.store, bucket.location), bucket.store.delta_options()
    assert table is not None
    rows = pa.table(table.to_pyarrow_table()).select(columns).cast(pa.schema([SCHEMA.field(name) for name in columns]))
    names = ["newscrawl", *{row["members"][0]["part"].rpartition("/")[2][:23] for row in rows.to_pylist()}]
    marks = [Transaction(name, table.transaction_version(name)) for name in names]
    configuration = table.metadata().configuration
    for key, _ in list(bucket.store.list(bucket.location.key(STORIES_FOLDER))):
        bucket.store.delete(key)
    before = DeltaTable.create(
        uri(bucket.location), rows.schema, partition_by=["day"], configuration=configuration, storage_options=options
    )
    write_deltalake(before, rows, mode="append", commit_properties=CommitProperties(app_transactions=marks))


def table_of(bucket: Bucket) -> DeltaTable:
    table = open_stories(bucket.store, bucket.location)
    assert table is not None
    return table


def test_rows_of_before_say_nothing_in_a_column_that_came_later(bucket: Bucket) -> None:
    before = table_of(bucket)
    bucket.run([duplicate(3, 1, **TOLD, word_count=20), article(4, **TOLD)])
    done = bucket.compact()
    assert (done.new, done.changed, done.gone, done.batches) == (1, 1, 0, 1)
    assert done.version > before.version(), "it went on"
    told = {name[-1]: (row["extraction_version"], row["origin"]) for name, row in bucket.stories().items()}
    assert told == {"1": (3, "pti"), "2": (None, None), "4": (3, "pti")}
    assert bucket.members() == bucket.current()
    assert table_of(bucket).metadata().configuration == before.metadata().configuration


def test_who_reads_changes_goes_on_from_its_cursor(bucket: Bucket) -> None:
    cursor = str(table_of(bucket).version())
    bucket.run([duplicate(3, 1, **TOLD), article(4, **TOLD)])
    bucket.compact()
    rows, now = changes(bucket.store, bucket.location, cursor)
    assert sorted((row["change"], row["story_id"][-1]) for row in rows) == [("changed", "1"), ("new", "4")]
    assert list(changes(bucket.store, bucket.location, now)[0]) == []


def test_who_has_opened_the_table_before_reads_what_it_was(bucket: Bucket) -> None:
    reader = table_of(bucket)
    bucket.run([article(4, **TOLD)])
    bucket.compact()
    rows = pa.table(reader.to_pyarrow_table())
    assert rows.num_rows == 2 and not set(SINCE) & set(rows.column_names)
    polars = pytest.importorskip("polars")
    options = bucket.store.delta_options()
    newer = polars.scan_delta(uri(bucket.location), storage_options=options).select("story_id", *SINCE).collect()
    assert newer["origin"].null_count() == 2 and newer.height == 3


def test_small_files_of_both_are_merged_and_a_takedown_reaches_both(bucket: Bucket) -> None:
    for number in range(10, 20):
        bucket.run([article(number, **TOLD)])
        bucket.compact()
    assert bucket.stories()["a00000002"]["origin"] is None
    assert bucket.stories()["a00000019"]["origin"] == "pti"
    assert take_out(bucket.store, bucket.location, {"a00000002", "a00000019"}, ()) == 2
    assert not {"a00000002", "a00000019"} & bucket.stories().keys()
    assert len(bucket.stories()) == 10


def test_two_compactions_that_add_columns_at_once_agree(bucket: Bucket) -> None:
    bucket.run([article(4, **TOLD)])
    one, other = table_of(bucket), table_of(bucket)
    assert add_columns(one)
    try:
        add_columns(other)
    except DeltaError:
        other = table_of(bucket)
        assert add_columns(other)
    bucket.compact()
    assert bucket.members() == bucket.current()


def test_a_table_that_lacks_what_linking_needs_is_made_anew(bucket: Bucket) -> None:
    as_before(bucket, [name for name in SCHEMA.names if name not in (*SINCE, "event_id", "event_words")])
    done = bucket.compact()
    assert done.new == 2
    assert all(row["event_id"] for row in bucket.stories().values())
    assert {row["origin"] for row in bucket.stories().values()} == {"pti"}


def test_a_new_table_has_every_column(bucket: Bucket) -> None:
    location = Location(bucket.location.bucket, "columns-new")
    assert [field.name for field in create_stories(bucket.store, location).schema().fields] == SCHEMA.names
