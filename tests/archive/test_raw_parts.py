"""Raw parts are parts: what a crash left of them goes, and a batch is full of them before memory is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newscrawl.archive.consistency import findings, remove_orphans
from newscrawl.bucket.keys import commit_key
from newscrawl.bucket.warc import raw_page
from newscrawl.items import Article
from newscrawl.run import committer
from newscrawl.run.committer import Committer
from newscrawl.run.report import RunReport
from newscrawl.server.embedded import EmbeddedS3
from tests.archive.test_archive import Bench
from tests.samples import OTHER, article, html, page


@pytest.fixture
def bench(s3: EmbeddedS3, tmp_path: Path) -> Bench:
    return Bench(s3, tmp_path)


def kept(number: int) -> Article:
    url, text = f"https://a.example/khabar-hockey-{number}", f"{OTHER}\nक्रमांक {number}"
    return article(text, url, title=f"हॉकी {number}", raw=raw_page(page(html(text), url, headers=())))


def raw(bench: Bench) -> list[str]:
    return sorted(name for name in bench.bucket.names() if name.startswith(("raw/", "cdxj/")))


def test_a_start_removes_the_raw_parts_of_a_batch_that_was_never_committed(bench: Bench) -> None:
    archive = bench.archive()
    batch = bench.judged(archive, kept(1))
    archive.intend(bench.run_id, batch)
    bench.writer.write(batch)
    bench.store.delete(bench.location.key(commit_key(bench.run_id, batch.seq)))
    archive.state.close()
    assert len(raw(bench)) == 2
    archive = bench.archive()
    archive.recover()
    archive.state.close()
    assert raw(bench) == []


def test_raw_parts_that_nothing_names_are_found_and_removed_when_they_are_a_day_old(bench: Bench) -> None:
    archive = bench.archive()
    bench.commit(archive, kept(1))
    archive.state.close()
    committed = raw(bench)
    strays = [name.replace("-000001.", "-000009.") for name in committed]
    for name, stray in zip(committed, strays, strict=True):
        bench.store.put(bench.location.key(stray), bench.store.get(bench.location.key(name)))
    assert len(findings(bench.store, bench.location, bench.folder / "state").notes) == 2
    now = datetime.now(UTC)
    assert remove_orphans(bench.store, bench.location, now) == 0
    assert remove_orphans(bench.store, bench.location, now + timedelta(days=2)) == 2
    assert raw(bench) == committed


def test_a_batch_is_full_with_its_raw_bytes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    stories = [bench.judged(bench.archive(), kept(number)).outcomes[0] for number in range(4)]
    size = len(raw_page(page(html(OTHER), headers=())).body)
    monkeypatch.setattr(committer, "RAW_BYTES", 2 * size)

    async def run() -> None:
        report, archive = RunReport(run_id=bench.run_id), bench.archive()
        made = Committer(
            archive, bench.writer, report, rows=100, seconds=600, outage_seconds=1, writing=asyncio.Lock(),
            learn=lambda db, outcomes: None, on_commit=lambda outcomes: None, on_failure=pytest.fail,
        )  # fmt: skip
        for story in stories:
            await made.add(story)
        await made.close()
        assert [record.counts.articles for record in report.records] == [2, 2]
        archive.state.close()

    asyncio.run(run())
