"""Kind: what comes from outside is printed as it came. No control of a terminal, no password of a URL."""

from __future__ import annotations

import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.items import Reason
from newscrawl.run.report import RunReport
from newscrawl.run.run import _storable
from newscrawl.run.safe_log import SafeRecord
from newscrawl.run.summary import print_summary
from newscrawl.text.printable import printable
from tests.samples import reject

ESCAPE = "\x1b[2J\x1b]0;title\x07 \x9b31m \u202e\u2028"
SECRET = "https://editor:geheim@a.example/feed"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("सीधी खबर\u200d है", "सीधी खबर\u200d है"),
        ("a\x1b[31mred\x07", "a\\x1b[31mred\\x07"),
        ("c1 \x9b31m", "c1 \\x9b31m"),
        ("turned \u202eleft\u2066", "turned \\u202eleft\\u2066"),
        ("one\r\ntwo\ttabs", "one\\x0d\\x0atwo\\x09tabs"),
        (SECRET, "https://…@a.example/feed"),
        ("//editor@a.example/ and http://u:p@b.example", "//…@a.example/ and http://…@b.example"),
        ("see <GET https://u:p:q@h/x?y=@z>", "see <GET https://…@h/x?y=@z>"),
        ("http:\\\\u:p@a.example\\x", "http:\\\\…@a.example\\x"),
        ("http://u:pa/ss@word@a.example/", "http://…@a.example/"),
        (f"https://{'u' * 2000}:p@a.example/", "https://…@a.example/"),
        (
            "https://a.example:8080/@editor/1 https://a.example/@editor",
            "https://a.example:8080/@editor/1 https://a.example/@editor",
        ),
        ("mail editor@a.example, https://a.example/@name", "mail editor@a.example, https://a.example/@name"),
    ],
)
def test_what_is_shown_is_safe_and_says_what_it_was(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_of_what_is_printed_in_lines_stay() -> None:
    assert printable("one\n\ttwo\x1b", lines=True) == "one\n\ttwo\\x1b"


@given(st.text(st.characters(codec=None, categories=None), max_size=60))
def test_nothing_that_a_terminal_obeys_is_left_and_once_more_changes_nothing(text: str) -> None:
    shown = printable(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]", shown)
    assert printable(shown) == shown


def test_a_log_record_is_safe_whatever_logger_made_it(caplog: pytest.LogCaptureFixture) -> None:
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(SafeRecord)
    try:
        logger = logging.getLogger("scrapy.core.engine")
        logger.warning("Crawled (404) <GET %s> %s", SECRET, ESCAPE)
        try:
            raise ValueError(f"{SECRET} {ESCAPE}")
        except ValueError:
            logger.exception("callback failed")
    finally:
        logging.setLogRecordFactory(before)
    said = caplog.text
    assert "geheim" not in said and "\x1b" not in said and "\x9b" not in said
    assert "a.example/feed" in said and "Traceback" in said and len(said.splitlines()) > 3


def test_report_and_summary_are_safe(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    report = RunReport(run_id="20261123T000000Z-aaaaaa")
    report.discovery_errors[SECRET] = f"redirect to {ESCAPE} [/bold] [red]"
    report.sources_dead[SECRET] = report.hosts_left["a.example"] = ESCAPE
    document = report.document(finish_reason="finished", settings_sha256="", conditional_put=True, index={})
    print_summary(report, "s3://x", Console(width=500))
    said = repr(document) + capsys.readouterr().out
    assert "geheim" not in said and "\x1b" not in said and "\x9b" not in said and "\\x1b[2J" in said


def test_a_reject_is_stored_with_a_detail_that_can_be_printed() -> None:
    refused = reject(reason=Reason.FORBIDDEN, detail=f"redirect to {SECRET}{ESCAPE}")
    stored = _storable(refused, "20261123T000000Z-aaaaaa")
    assert stored.detail is not None
    assert stored.detail == printable(f"redirect to {SECRET}{ESCAPE}")
    assert "\x1b" not in stored.detail and "geheim" not in stored.detail


@pytest.mark.parametrize("status", [10**12, -5])
def test_a_reject_is_stored_whatever_number_the_status_line_has(status: int) -> None:
    stored = _storable(reject(http_status=status, detail=f"HTTP {status}"), "20261123T000000Z-aaaaaa")
    assert stored.http_status is None and stored.detail is not None and f"HTTP {status}" in stored.detail
