"""`bucket query --format` and `bucket export`: rows as other programs take them, whole."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location, new_run_id
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.compact import compact
from tests.bucket.samples import HEADER, NOON, article, duplicate, reject
from tests.support import ROOT, environment, scrapy

LONG = "नदी का पानी पुल तक पहुंच गया, और लोग रात भर जागते रहे। " * 20


@pytest.fixture(scope="module")
def variables(s3: EmbeddedS3) -> dict[str, str]:
    """Two stories of two days and two sites, a copy and a reject, compacted."""
    location = Location(s3.bucket, uuid.uuid4().hex)
    writer = BatchWriter(s3.store(), location, new_run_id(NOON), HEADER)
    old = NOON - timedelta(days=3)
    writer.write(
        writer.batch(
            [
                article(1, text=f'"{LONG}",\nदूसरा', summary=None),
                duplicate(2, 1, site="sagar"),
                article(3, site="sagar", published_at=old, fetched_at=old),
                reject(4),
            ]
        )
    )
    compact(s3.store(), location)
    return {"NEWSCRAWL_BUCKET": str(location)} | s3.aws_env()


def test_csv_ends_its_lines_with_a_line_feed_and_keeps_values_whole(variables: dict[str, str]) -> None:
    sql = "SELECT text, tags, fetched_at, summary FROM articles ORDER BY id"
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "bucket", "query", sql],
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0 and b"\r" not in done.stdout
    names, first, _ = csv.reader(io.StringIO(done.stdout.decode()))
    assert names == ["text", "tags", "fetched_at", "summary"]
    assert first == [f'"{LONG}",\nदूसरा', '["पुल", "नदी"]', "2026-11-23T12:00:00+00:00", ""]


def test_json_is_an_object_a_line(variables: dict[str, str]) -> None:
    sql = "SELECT id, tags, summary, published_at FROM articles ORDER BY id"
    lines = scrapy("bucket", "query", sql, "--format", "json", **variables).stdout.splitlines()
    assert json.loads(lines[0]) == {
        "id": "a00000001",
        "tags": ["पुल", "नदी"],
        "summary": None,
        "published_at": "2026-11-23T09:00:00+00:00",
    }


def test_a_table_in_a_pipe_is_not_cut(variables: dict[str, str]) -> None:
    done = scrapy("bucket", "query", "SELECT text FROM articles ORDER BY id", "--format", "table", **variables)
    assert LONG.strip() in done.stdout and "…" not in done.stdout


def test_a_reader_that_has_enough_is_no_failure(variables: dict[str, str]) -> None:
    done = subprocess.run(
        f"{sys.executable} -m scrapy bucket query 'SELECT * FROM articles, range(20000)' | head -1",
        shell=True,
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("id,") and "Traceback" not in done.stderr and "Broken" not in done.stderr


def test_a_table_is_exported_by_day_and_site(variables: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "stories.parquet"
    done = scrapy("bucket", "export", "stories", "--format", "parquet", "--out", out, **variables)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(out)["story_id"].to_pylist().__len__() == 2
    recent = scrapy("bucket", "export", "stories", "--format", "csv", "--since", "2026-11-22", **variables)
    assert len(list(csv.reader(io.StringIO(recent.stdout)))) == 2
    out = tmp_path / "rows.jsonl.gz"
    scrapy("bucket", "export", "articles", "--site", "sagar", "--out", out, **variables)
    assert [json.loads(line)["id"] for line in gzip.decompress(out.read_bytes()).splitlines()] == ["a00000003"]
    of_site = scrapy("bucket", "export", "stories", "--site", "sagar", "--format", "json", **variables)
    assert len(of_site.stdout.splitlines()) == 2, "one of them tells it itself, the other has a copy there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.jsonl.gz", "stories.parquet"]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["secrets"], "articles"), (["articles", "--since", "yesterday"], "YYYY-MM-DD")],
)
def test_what_cannot_be_exported_is_said(words: list[str], said: str, variables: dict[str, str]) -> None:
    done = scrapy("bucket", "export", *words, **variables)
    assert done.returncode == 2 and said in done.stderr


def test_who_reads_is_told_which_bucket(variables: dict[str, str], s3: EmbeddedS3, tmp_path: Path) -> None:
    said = f"reading {variables['NEWSCRAWL_BUCKET']} at {variables['AWS_ENDPOINT_URL_S3']}"
    for action in (
        ["query", "SELECT 1"],
        ["stats"],
        ["changes"],
        ["export", "articles", "--format", "json"],
        ["similar", "a00000001"],
    ):
        done = scrapy("bucket", *action, NEWSCRAWL_STATE_DIR=str(tmp_path / "mine"), **variables)
        assert said in done.stderr, action


def test_an_empty_bucket_beside_a_demo_says_how_to_ask_the_demos(s3: EmbeddedS3, tmp_path: Path) -> None:
    empty = {"NEWSCRAWL_BUCKET": f"s3://{s3.bucket}/{uuid.uuid4().hex}", "NEWSCRAWL_STATE_DIR": str(tmp_path)}
    alone = scrapy("bucket", "stats", **empty, **s3.aws_env())
    assert "it is empty" in alone.stderr and "demo" not in alone.stderr
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "state.db").touch()
    beside = scrapy("bucket", "stats", **empty, **s3.aws_env())
    assert "SCRAPY_PROJECT=demo scrapy bucket" in beside.stderr
