"""`scrapy bucket changes`: who reads it from cursor to cursor knows of every story what the table says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newscrawl.errors import ConfigError
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.changes import changes
from newscrawl.tables.compact import take_out
from tests.bucket.samples import article, duplicate
from tests.support import scrapy
from tests.tables.test_compact import Bucket, moved


@pytest.fixture
def bucket(s3: EmbeddedS3) -> Bucket:
    return Bucket(s3)


def told(bucket: Bucket, since: int | None) -> tuple[list[tuple[str, str]], int]:
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
    with pytest.raises(ConfigError, match="ahead"):
        told(bucket, 99)


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
