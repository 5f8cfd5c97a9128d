"""Nothing that spider or errbacks note makes the event loop wait for the thread that commits."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from newscrawl.archive.archive import Archive
from newscrawl.config import Config
from newscrawl.errors import StateUnwritable
from newscrawl.run.run import Run
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.spiders.walks import Walks
from newscrawl.state.lock import RunLock
from tests.archive.test_archive import Bench
from tests.samples import NOW
from tests.support import ROOT, environment

SECTION, FEED = "https://a.example/desh/", "https://a.example/feed"


def opened(s3: EmbeddedS3, folder: Path) -> tuple[Run, Archive]:
    archive = Bench(s3, folder).archive()
    settings = {"poll_seconds": 600.0, "workers": 1, "page_seconds": 30.0, "costly_pages": 3, "bucket": "s3://a"}
    config = cast(Config, SimpleNamespace(**settings))
    # Whoever waits for the other's transaction fails at once.
    archive.state.db.execute("PRAGMA busy_timeout = 0")
    return Run(config, archive, RunLock(folder), None), archive


def test_a_walk_begun_and_a_source_that_failed_are_noted_after_the_commit_and_in_order(
    s3: EmbeddedS3, tmp_path: Path
) -> None:
    async def scenario() -> None:
        run, archive = opened(s3, tmp_path)
        walks = Walks(archive.ledger, run.note, most=10)
        async with run.writing:
            archive.state.writer.execute("BEGIN IMMEDIATE")
            walks.page_asked(SECTION)
            run.note(lambda: run.sources.failed(FEED, NOW))
            await asyncio.sleep(0)
            assert not archive.ledger.is_cut_off(SECTION) and run.sources.get(FEED) is None
            archive.state.writer.execute("COMMIT")
        async with run.writing:  # first come, first served: the notes are written by now
            assert archive.ledger.is_cut_off(SECTION) and run.sources.get(FEED) is not None
            walks.page_read(SECTION)
        assert not archive.ledger.is_cut_off(SECTION)
        archive.state.close()

    asyncio.run(scenario())


def test_a_note_that_cannot_be_written_ends_the_run(s3: EmbeddedS3, tmp_path: Path) -> None:
    async def scenario() -> None:
        run, archive = opened(s3, tmp_path)
        cast(Any, run)._on_failure = lambda: None
        archive.state.writer.execute("BEGIN IMMEDIATE")
        run.note(lambda: run.sources.failed(FEED, NOW))
        await asyncio.sleep(0.01)
        archive.state.writer.execute("ROLLBACK")
        assert isinstance(run.report.failure, StateUnwritable)
        archive.state.close()

    asyncio.run(scenario())


def test_the_fingerprint_of_the_settings_is_the_same_in_each_process() -> None:
    ask = (
        "from scrapy.utils.project import get_project_settings; from newscrawl.run.run import settings_fingerprint;"
        "s = get_project_settings(); s.set('A', {'x', 'y', 'z'}); s.set('B', object()); s.set('C', [print, {1: None}]);"
        "print(settings_fingerprint(s))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", ask], cwd=ROOT, env=environment(PYTHONHASHSEED=seed, PYTHONPATH=str(ROOT)),
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1
