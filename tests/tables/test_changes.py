"""`scrapy bucket changes`: who reads it from cursor to cursor knows of every story what the table says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newscrawl.bucket.keys import STORIES_FOLDER, Location
from newscrawl.errors import ConfigError, StateMismatch
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.changes import changes
from newscrawl.tables.compact import take_out
from newscrawl.tables.finding import find_stories
from newscrawl.tables.stories_table import open_stories
from tests.bucket.samples import NOON, article, duplicate
from tests.support import scrapy
from tests.tables.test_compact import Bucket, moved


@pytest.fixture
def bucket(s3: EmbeddedS3) -> Bucket:
    return Bucket(s3)


def told(bucket: Bucket, since: str | None) -> tuple[list[tuple[str, str]], str]:
    rows, cursor = changes(bucket.store, bucket.location, since)
    return sorted((row["change"], row["story_id"][-1]) for row in rows), cursor


def test_stories_are_new_changed_and_gone(bucket: Bucket) -> None:
    bucket.run([article(1), article(2)])
    bucket.compact()
    found, cursor = told(bucket, None)
    assert found == [("new", "1"), ("new", "2")]
    assert told(bucket, cursor) == ([], cursor)
    bucket.run([article(4, moves=(moved(2, 1, 2),))])
    bucket.compact()
    assert told(bucket, cursor)[0] == [("changed", "1"), ("gone", "2"), ("new", "4")]
    gone = next(row for row in changes(bucket.store, bucket.location, cursor)[0] if row["change"] == "gone")
    assert gone["into"] == "a00000001"


def test_several_compactions_between_two_cursors_are_told_as_one(bucket: Bucket) -> None:
    bucket.run([article(1)])
    bucket.compact()
    _, cursor = told(bucket, None)
    for number in range(2, 14):  # the days' small files are merged meanwhile, which is no change
        bucket.run([duplicate(number, 1), article(100 + number)])
        bucket.compact()
    found, now = told(bucket, cursor)
    assert found.count(("changed", "1")) == 1
    assert [kind for kind, _ in found].count("new") == 12 and len(found) == 13
    assert told(bucket, now) == ([], now)


def test_a_story_that_came_and_went_in_between_is_not_told(bucket: Bucket) -> None:
    bucket.run([article(1)])
    bucket.compact()
    _, cursor = told(bucket, None)
    bucket.run([article(2)])
    bucket.compact()
    bucket.run([article(4, moves=(moved(2, 1, 2),))])
    bucket.compact()
    assert told(bucket, cursor)[0] == [("changed", "1"), ("new", "4")]


def test_a_takedown_ends_the_feed_and_says_so(bucket: Bucket) -> None:
    bucket.run([article(1), article(2)])
    bucket.compact()
    _, cursor = told(bucket, None)
    take_out(bucket.store, bucket.location, ["a00000001"], [])
    with pytest.raises(ConfigError, match="takedown"):
        told(bucket, cursor)
    assert told(bucket, None)[0] == [("new", "2")]


def test_a_cursor_of_another_table_is_refused(bucket: Bucket) -> None:
    bucket.run([article(1)])
    bucket.compact()
    _, cursor = told(bucket, None)
    version, _, table = cursor.partition("-")
    assert told(bucket, version)[1] == cursor, "as an earlier release gave it"
    for other in ("99", f"99-{table}", "-1", "yesterday", f"{cursor}0"):
        with pytest.raises(ConfigError, match=r"ahead|is no cursor"):
            told(bucket, other)
    for key, _ in list(bucket.store.list(bucket.location.key(STORIES_FOLDER))):
        bucket.store.delete(key)
    bucket.compact()
    assert told(bucket, None)[1].partition("-")[0] == version, "the new table has come as far"
    with pytest.raises(ConfigError, match="of another table"):
        told(bucket, cursor)


@pytest.mark.parametrize("damage", ["torn", "first is gone", "data is gone"])
def test_a_damaged_table_is_told_with_what_mends_it(damage: str, bucket: Bucket) -> None:
    bucket.run([article(1)])
    bucket.compact()
    keys = [key for key, _ in bucket.store.list(bucket.location.key(STORIES_FOLDER))]
    log = sorted(key for key in keys if "/_delta_log/" in key)
    match damage:
        case "torn":
            bucket.store.put(log[-1], bucket.store.get(log[-1])[:50])
        case "first is gone":
            bucket.store.delete(log[0])
        case _:
            for key in keys:
                if key.endswith(".parquet"):
                    bucket.store.delete(key)
    bucket.run([duplicate(2, 1)])
    for use in (lambda: list(changes(bucket.store, bucket.location, None)[0]), bucket.compact):
        with pytest.raises(StateMismatch, match=r"delete what lies below s3://.*/stories/, and .*bucket compact"):
            use()


def test_a_prefix_that_looks_like_a_partition_is_none(bucket: Bucket) -> None:
    bucket.location = Location(bucket.location.bucket, f"{bucket.location.prefix}/day=2020-01-01")
    bucket.run([article(1)])
    bucket.compact()
    table = open_stories(bucket.store, bucket.location)
    assert table is not None
    [row] = find_stories(bucket.store, bucket.location, table, story_ids=["a00000001"])
    assert row["day"] == NOON.date()


def test_the_command_prints_lines_and_the_next_cursor(bucket: Bucket, s3: EmbeddedS3) -> None:
    variables: dict[str, Any] = {"NEWSCRAWL_BUCKET": str(bucket.location)} | s3.aws_env()
    bucket.run([article(1)])
    bucket.compact()
    done = scrapy("bucket", "changes", **variables)
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert json.loads(first)["title"] == article(1).title
    again = scrapy("bucket", "changes", "--since", str(json.loads(last)["cursor"]), **variables)
    assert again.stdout == last + "\n"
    bad = scrapy("bucket", "changes", "--since", "yesterday", **variables)
    assert bad.returncode == 2 and "yesterday" in bad.stderr
