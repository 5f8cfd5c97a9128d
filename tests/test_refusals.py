"""What a crawl refuses: one clear line, the documented exit code, no traceback, and not one page fetched."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.lock import RunLock
from tests.bucket.faulty_proxy import FaultyProxy
from tests.bucket.samples import HEADER, article
from tests.support import Archive, CountingWeb, scrapy


@pytest.fixture
def web() -> Iterator[CountingWeb]:
    with CountingWeb() as web:
        yield web


@pytest.fixture
def sites(web: CountingWeb, tmp_path: Path) -> Path:
    path = tmp_path / "sites.toml"
    path.write_text(f'[[site]]\nname = "one"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = 0\n')
    return path


def refused(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert result.returncode == code, result.stderr
    # A command that reads the bucket says first which that is.
    lines = [
        line for line in result.stderr.strip().splitlines() if not line.startswith(("reading s3://", "it is empty"))
    ]
    assert len(lines) == 1, result.stderr
    for word in words:
        assert word in lines[0], lines[0]
    assert "Traceback" not in result.stderr + result.stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        ((), {"NEWSCRAWL_BUKET": "s3://x"}, ("NEWSCRAWL_BUKET", "environment", "NEWSCRAWL_BUCKET")),
        (("-s", "NEWSCRAWL_BATCH_ROW=5"), {}, ("NEWSCRAWL_BATCH_ROW", "NEWSCRAWL_BATCH_ROWS")),
        (("-s", "NEWSCRAWL_BATCH_ROWS=many"), {}, ("NEWSCRAWL_BATCH_ROWS", "'many'", "whole number")),
        ((), {"NEWSCRAWL_BATCH_SECONDS": "-1"}, ("NEWSCRAWL_BATCH_SECONDS", "'-1'")),
        ((), {"NEWSCRAWL_BUCKET": "my-bucket"}, ("my-bucket", "s3://")),
        (("-a", "since=yesterday"), {}, ("since", "yesterday", "2d")),
        (("-a", "limit=0"), {}, ("limit", "'0'")),
        (("-a", f"limit={'9' * 5000}"), {}, ("limit", "'999")),
        (("-a", "site=one"), {}, ("site=", "sites")),
        (("-a", "sites=two"), {}, ("'two'", "one")),
        (("-a", "sites= ,"), {}, ("sites=' ,'", "names none")),
        (("-a", "sites="), {}, ("sites=''", "names none")),
        (("-a", "sites_file="), {}, ("sites_file=''", "names none")),
        (("-O", "/dev/null/rows.jsonl"), {}, ("/dev/null/rows.jsonl", "cannot be written")),
        (("-o", "/proc:jsonlines"), {}, ("/proc cannot be written", "Is a directory")),
    ],
)
def test_a_wrong_setting_or_argument_is_named_with_its_mend(
    web: CountingWeb,
    sites: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    variables: dict[str, str],
    words: tuple[str],
) -> None:
    state = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state")}
    result = scrapy("crawl", "news", "-a", f"sites_file={sites}", *arguments, **(state | variables))
    refused(result, 2, *words)
    assert web.requests == []


def test_an_unknown_key_in_the_sites_file_is_named_with_its_line(web: CountingWeb, tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(f'[[site]]\nname = "one"\nhome = "{web.url}/"\n\n[[site]]\nname = "two"\nhme = "{web.url}/"\n')
    result = scrapy("crawl", "news", "-a", f"sites_file={path}", NEWSCRAWL_STATE_DIR=str(tmp_path / "state"))
    refused(result, 2, f"{path}:7", "hme", "home")
    assert web.requests == []


def test_a_missing_bucket_ends_with_code_3(s3: EmbeddedS3, web: CountingWeb, sites: Path, tmp_path: Path) -> None:
    result = scrapy(
        "crawl", "news", "-a", f"sites_file={sites}",
        NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_BUCKET="s3://not-made", **s3.aws_env(),
    )  # fmt: skip
    refused(result, 3, "not-made", s3.endpoint, "NEWSCRAWL_BUCKET")
    assert web.requests == []


def test_wrong_credentials_end_with_code_4(s3: EmbeddedS3, web: CountingWeb, sites: Path, tmp_path: Path) -> None:
    wrong = s3.aws_env() | {"AWS_SECRET_ACCESS_KEY": "wrong"}
    result = scrapy(
        "crawl", "news", "-a", f"sites_file={sites}",
        NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_BUCKET=f"s3://{s3.bucket}/x", **wrong,
    )  # fmt: skip
    refused(result, 4, s3.bucket, "credentials")
    assert web.requests == []


def test_missing_credentials_end_with_code_4(s3: EmbeddedS3, web: CountingWeb, sites: Path, tmp_path: Path) -> None:
    result = scrapy(
        "crawl", "news", "-a", f"sites_file={sites}",
        NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_BUCKET=f"s3://{s3.bucket}/x",
        AWS_ENDPOINT_URL_S3=s3.endpoint, AWS_REGION="us-east-1", AWS_SHARED_CREDENTIALS_FILE="/dev/null",
    )  # fmt: skip
    refused(result, 4, "credentials", "AWS_ACCESS_KEY_ID")
    assert web.requests == []


def test_an_endpoint_that_does_not_answer_ends_with_code_5(web: CountingWeb, sites: Path, tmp_path: Path) -> None:
    result = scrapy(
        "crawl", "news", "-a", f"sites_file={sites}",
        NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_BUCKET="s3://any",
        AWS_ENDPOINT_URL_S3="http://127.0.0.1:9", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b",
    )  # fmt: skip
    refused(result, 5, "http://127.0.0.1:9", "AWS_ENDPOINT_URL_S3")
    assert web.requests == []


def test_a_bucket_that_goes_away_while_a_run_starts_ends_with_code_6(
    s3: EmbeddedS3, archive: Archive, tmp_path: Path
) -> None:
    bucket, prefix = archive.root.split("/")
    writer = BatchWriter(s3.store(), Location(bucket, prefix), "20261123T120000Z-0000aa", HEADER)
    writer.write(writer.batch([article(1)]))
    with FaultyProxy(s3.s3_port) as proxy:
        proxy.answer("/signatures/", "503 Slow Down", times=99)
        through = {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{proxy.port}", "NEWSCRAWL_STATE_DIR": str(tmp_path)}
        done = scrapy("bucket", "dedupe", **archive.variables | through)
    assert done.returncode == 6 and "is away (503" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_state_directory_in_use_ends_with_code_7(web: CountingWeb, sites: Path, tmp_path: Path) -> None:
    lock = RunLock(tmp_path / "state").acquire()
    result = scrapy("crawl", "news", "-a", f"sites_file={sites}", NEWSCRAWL_STATE_DIR=str(tmp_path / "state"))
    lock.release()
    refused(result, 7, str(tmp_path / "state"), "process", "NEWSCRAWL_STATE_DIR")
    assert web.requests == []


def test_a_state_directory_of_another_bucket_ends_with_code_8(
    s3: EmbeddedS3, web: CountingWeb, sites: Path, tmp_path: Path
) -> None:
    for prefix, code in (("first", 10), ("second", 8)):
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={sites}",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_BUCKET=f"s3://{s3.bucket}/{prefix}", **s3.aws_env(),
        )  # fmt: skip
        assert result.returncode == code, result.stderr
    refused(result, 8, "first", "second", "NEWSCRAWL_STATE_DIR")


def test_a_damaged_state_and_a_wrong_clock_end_with_code_8(
    web: CountingWeb, sites: Path, tmp_path: Path, archive: Archive
) -> None:
    state = tmp_path / "state"
    arguments = ("crawl", "news", "-a", f"sites_file={sites}")
    variables = {"NEWSCRAWL_STATE_DIR": str(state)} | archive.variables
    assert scrapy(*arguments, **variables).returncode == 10
    with closing(sqlite3.connect(state / "state.db")) as db, db:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('newest_fetch', '2041-03-09T04:05:06+00:00')")
    asked = len(web.requests)
    refused(scrapy(*arguments, **variables), 8, "2041-03-09T04:05", "NEWSCRAWL_TRUST_CLOCK=1")
    assert len(web.requests) == asked
    assert scrapy(*arguments, NEWSCRAWL_TRUST_CLOCK="1", **variables).returncode == 10
    asked = len(web.requests)
    (state / "state.db").write_bytes(b"no database at all, but a file of some length" * 100)
    refused(scrapy(*arguments, **variables), 8, "state.db", "bucket rebuild")
    refused(scrapy("bucket", "similar", "x", **variables), 8, "state.db", "bucket rebuild")
    assert scrapy("bucket", "rebuild", **variables).returncode == 0
    assert len(web.requests) == asked


def test_a_crawl_in_which_no_source_answers_ends_with_code_10(
    web: CountingWeb, sites: Path, tmp_path: Path, archive: Archive
) -> None:
    result = scrapy(
        "crawl", "news", "-a", f"sites_file={sites}", NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), **archive.variables
    )
    assert result.returncode == 10, result.stderr
    last = result.stderr.strip().splitlines()[-1]
    assert f"{web.url}/feed" in last and "HTTP 404" in last


def test_the_mend_for_the_state_of_another_profile_names_that_profile(tmp_path: Path) -> None:
    """Kind: a command that mends another archive than the one that is broken, typed as it is printed."""
    (tmp_path / "state.db").mkdir(parents=True)
    result = scrapy("bucket", "similar", "x", SCRAPY_PROJECT="demo", NEWSCRAWL_STATE_DIR=str(tmp_path))
    refused(result, 8, f"`SCRAPY_PROJECT=demo NEWSCRAWL_STATE_DIR={tmp_path} scrapy bucket rebuild`")
