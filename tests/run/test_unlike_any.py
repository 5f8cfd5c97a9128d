"""Kind: a text at which the comparison fails. It costs its page, and not the run, nor each run that meets it again."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from newscrawl.dedup.signature import signature
from newscrawl.items import Article, Duplicate, Reason, Reject
from newscrawl.run.report import RunReport
from newscrawl.run.run import Run
from newscrawl.server.embedded import EmbeddedS3
from tests.archive.test_archive import COPY, Bench
from tests.samples import STORY, article


def test_an_article_that_cannot_be_compared_is_a_reject_with_the_reason(s3: EmbeddedS3, tmp_path: Path) -> None:
    bench = Bench(s3, tmp_path)
    archive = bench.archive()
    run: Any = SimpleNamespace(archive=archive, report=RunReport(run_id=bench.run_id))
    # Half a signature, as no text has it.
    broken = article(signature=replace(signature(STORY), minhash=b"\x01\x02\x03"))
    outcome = Run.judge(run, broken)
    assert isinstance(outcome, Reject) and outcome.reason is Reason.EXTRACT_FAILED
    assert outcome.url == broken.discovered_url and "could not be compared" in (outcome.detail or "")
    # The index knows nothing of it, and goes on.
    assert isinstance(Run.judge(run, article()), Article)
    assert isinstance(Run.judge(run, article(COPY, "https://b.example/jalashay-kaam-78", site="b")), Duplicate)
    archive.state.close()
    with pytest.raises(sqlite3.Error):
        Run.judge(run, article(url="https://a.example/doosri-khabar-102"))
