"""A span is told of whatever its runs left: one was killed, one is another writer's, one's report is torn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location, run_key
from newscrawl.run.span import gather
from newscrawl.run.span_page import span_page
from newscrawl.server.embedded import EmbeddedS3
from tests.bucket.samples import HEADER, NOON
from tests.run.test_span_page import RUNS, kept, rows
from tests.support import scrapy


def told(s3: EmbeddedS3, prefix: str, body: bytes | None) -> Location:
    """A bucket with a run whose `run.json` has these bytes, behind a usual one."""
    location = Location(s3.bucket, prefix)
    for number, run_id in enumerate(RUNS):
        writer = BatchWriter(s3.store(), location, run_id, HEADER)
        writer.write(writer.batch([kept(number)]))
    usual = {"finish_reason": "finished", "seconds": 2.0, "loop_lag_ms": {"p99": 7}}
    s3.store().put(location.key(run_key(RUNS[0])), json.dumps(usual).encode())
    if body is not None:
        s3.store().put(location.key(run_key(RUNS[1])), body)
    return location


ODD: Any = {
    "finish_reason": 3, "seconds": "long", "loop_lag_ms": [1], "funnel": 1, "sites_quiet": ["nadi"],
    "discovery": {"nadi": {"named": "all", "new": 2}, "x": 1}, "hosts_left": {"x.example": None},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "body", "end"),
    [
        ("killed", None, "no report: killed, or still at work"),
        ("torn", b'{"run_id": "2026', "no report: killed, or still at work"),
        ("list", b"[]", "no report: killed, or still at work"),
        ("binary", b"\xff\xfe\x00", "no report: killed, or still at work"),
        ("bare", b"{}", "not said"),
        ("odd", json.dumps(ODD).encode(), "not said"),
    ],
)
def test_a_run_that_does_not_say_how_it_ended_has_its_row(
    name: str, body: bytes | None, end: str, s3: EmbeddedS3
) -> None:
    page = span_page(gather(s3.store(), told(s3, name, body), None, 0.5))
    assert rows(page, "Runs")[1:] == [
        [RUNS[1], end, "", "1", "1", "", ""],
        [RUNS[0], "finished", "2", "1", "1", "0.5", "7"],
    ]


def test_the_command_has_no_traceback_for_it(s3: EmbeddedS3, tmp_path: Path) -> None:
    place = told(s3, "command", json.dumps({"run_id": RUNS[1], "funnel": {"fetched": 1}}).encode())
    given = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state"), "NEWSCRAWL_BUCKET": str(place)} | s3.aws_env()
    done = scrapy("bucket", "report", **given)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'state' / 'archive.html'}\n"), done.stderr


def test_a_part_that_is_gone_is_a_line(s3: EmbeddedS3, tmp_path: Path) -> None:
    place = told(s3, "gone", None)
    [(key, _)] = s3.store().list(place.key(f"articles/dt={NOON:%Y-%m-%d}/{RUNS[1]}"))
    s3.store().delete(key)
    given = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state"), "NEWSCRAWL_BUCKET": str(place)} | s3.aws_env()
    done = scrapy("bucket", "report", **given)
    assert done.returncode == 8 and "Traceback" not in done.stderr
    assert f"{key} is not there" in done.stderr and "bucket check" in done.stderr
