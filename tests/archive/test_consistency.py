"""`scrapy bucket check` sees each kind of damage, and says nothing of a sound archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newscrawl.archive.consistency import findings, remove_orphans
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.check import check
from newscrawl.bucket.keys import ROLLUP_FOLDER, Location, commit_key, run_key
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.rolling import roll_up
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.dedup.signature import header
from newscrawl.items import Article, Unchanged
from newscrawl.server.embedded import EmbeddedS3
from tests.archive.test_archive import Bench, sound
from tests.samples import NOW, OTHER, article, reject
from tests.support import Archive, scrapy


@pytest.fixture(params=["one by one", "rolled up"])
def bench(s3: EmbeddedS3, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    made = sound(s3, tmp_path)
    if request.param == "rolled up":
        roll_up(made.store, made.location)
    return made


def lines(bench: Bench, state: str = "state") -> list[str]:
    return findings(bench.store, bench.location, bench.folder / state)[0]


def part(bench: Bench, table: str) -> str:
    return sorted(name for name in bench.bucket.names() if name.startswith(f"{table}/"))[0]


def test_a_sound_archive_has_no_findings_with_and_without_a_state(bench: Bench) -> None:
    assert lines(bench) == [] == lines(bench, "no-such-state")


def test_what_is_rolled_up_is_read_once_more_only_where_that_is_asked_for(
    s3: EmbeddedS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = sound(s3, tmp_path)
    writer = BatchWriter(bench.store, bench.location, bench.run_id, header())
    pages = sum(record.counts.pages for record in commit_records(bench.store, bench.location))
    writer.write_run({"run_id": bench.run_id, "funnel": {"fetched": pages}})
    roll_up(bench.store, bench.location)
    read: list[str] = []
    get = ObjectStore.get
    monkeypatch.setattr(ObjectStore, "get", lambda store, key: read.append(key) or get(store, key))
    found = check(bench.store, bench.location, NOW)
    assert found.lines == [] and found.unread == len(bench.bucket.names()) - sum(map(_is_rolled, bench.bucket.names()))
    assert all(_is_rolled(bench.location.relative(key)) for key in read), "of the archive itself nothing is read"
    read.clear()
    deep = check(bench.store, bench.location, NOW, deep=True)
    assert (deep.lines, deep.batches, deep.unread) == ([], found.batches, 0)
    assert len(read) == found.unread


def _is_rolled(path: str) -> bool:
    return path.startswith(ROLLUP_FOLDER)


def test_a_deleted_part_is_named_and_the_state_is_not_blamed(bench: Bench) -> None:
    path = part(bench, "articles")
    bench.store.delete(bench.location.key(path))
    first, *rest = lines(bench)
    assert path in first and "missing" in first
    assert rest == ["the state was not compared: mend the bucket first"]


def test_an_overwritten_part_is_named(bench: Bench) -> None:
    path = part(bench, "rejects")
    bench.store.put(bench.location.key(path), b"not what was stored")
    assert path in lines(bench)[0]


def test_a_torn_commit_record_is_named(bench: Bench) -> None:
    path = commit_key(bench.run_id, 1)
    bench.store.put(bench.location.key(path), b'{"schema_version": 1')
    assert any(path in line and "no commit record" in line for line in lines(bench))


def test_an_orphan_part_is_named_and_a_day_later_a_rebuild_removes_it(bench: Bench) -> None:
    """Not one that a batch under way may be writing, and nothing that is not ours."""
    stray = part(bench, "articles").replace("-000001.", "-000009.")
    foreign = stray.replace("-000009.", "-mine.")
    for path in (stray, foreign, "articles/mine.parquet", "articles/dt=2026-11-20/20261120T000000Z-aaaaaa-1.parquet"):
        bench.store.put(bench.location.key(path), b"left by a crash whose state was lost too")
    young = findings(bench.store, bench.location, bench.folder / "state")
    assert young.lines == [] and any(stray in note and "under way" in note for note in young.notes)
    now = datetime.now(UTC)
    assert remove_orphans(bench.store, bench.location, now) == 0
    tomorrow = now + timedelta(days=1, minutes=1)
    found = check(bench.store, bench.location, tomorrow)
    [line] = found.lines
    assert stray in line and any(foreign in note for note in found.notes)
    assert remove_orphans(bench.store, bench.location, tomorrow) == 1
    assert stray not in bench.bucket.names() and {foreign, "articles/mine.parquet"} <= bench.bucket.names()


def test_an_id_that_two_rows_have_is_named(bench: Bench) -> None:
    again = bench.writer.batch([replace(article(OTHER, "https://b.example/hockey-final-77", site="b"), story_id="x")])
    [outcome] = again.outcomes
    assert isinstance(outcome, Article)
    bench.writer.write(again)
    assert any(f"id {outcome.id}: 2 rows" in line for line in lines(bench))


def test_a_run_report_that_does_not_sum_up_is_named(bench: Bench) -> None:
    bench.writer.write_run({"funnel": {"fetched": 1}})
    assert any(line.startswith(run_key(bench.run_id)) for line in lines(bench))


def test_a_state_older_than_the_bucket_is_named_and_the_next_run_brings_it_up(bench: Bench) -> None:
    bench.writer.write(bench.writer.batch([reject("https://a.example/later-2")]))
    found = findings(bench.store, bench.location, bench.folder / "state")
    assert found.lines == [], "it is no damage, and after a run of another shard it is always so"
    assert found.notes == [
        "the state is 1 batches behind the bucket, and was not compared: the next run reads them back"
    ]
    behind = bench.archive()
    behind.recover()
    behind.state.close()
    assert lines(bench) == []


def test_a_state_newer_than_the_bucket_is_named_and_made_anew_agrees(bench: Bench) -> None:
    # The last batch is gone from the bucket, as after restoring it from an older copy.
    key = bench.location.key(commit_key(bench.run_id, 3))
    bench.store.delete(key)
    found = lines(bench)
    assert any("batches" in line and "does not hold" in line for line in found)
    remove_orphans(bench.store, bench.location, datetime.now(UTC) + timedelta(days=2))
    anew = bench.archive("anew")
    anew.catch_up()
    anew.state.close()
    assert lines(bench, "anew") == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE urls SET state = 'pending', fetched = NULL WHERE url LIKE '%jalashay-safai-101'",
        "UPDATE urls SET state = 'rejected' WHERE state = 'done'",
        "DELETE FROM fresh WHERE key = (SELECT MIN(key) FROM fresh)",
        "DELETE FROM articles WHERE story IS NOT NULL",
        "UPDATE texts SET text = x'00'",
    ],
)
def test_a_state_that_says_otherwise_than_the_bucket_is_named(bench: Bench, damage: str) -> None:
    archive = bench.archive()
    archive.state.db.execute(damage)
    archive.state.close()
    assert lines(bench) != []


def test_recovery_does_not_depend_on_the_order_of_run_ids(bench: Bench, s3: EmbeddedS3) -> None:
    """The clock went back: the next run's id sorts before those of the runs it follows."""
    before = bench.archive("before")
    before.recover()
    later_id = bench.run_id
    earlier = Bench(s3, bench.folder)
    earlier.location, earlier.bucket = bench.location, bench.bucket
    earlier.run_id = "20200101T000000Z-abcdef"
    earlier.writer = BatchWriter(bench.store, bench.location, earlier.run_id, header())
    batch = earlier.judged(before, article(OTHER + "\nएक और पंक्ति।", "https://c.example/naya-102", site="c"))
    before.intend(earlier.run_id, batch)
    earlier.writer.write(batch)
    before.state.close()  # killed with the commit record written
    after = earlier.archive("before")
    after.recover()
    after.state.close()
    assert earlier.run_id < later_id
    assert lines(bench, "before") == []


def test_an_amp_page_that_overtook_its_main_page_in_the_workers_is_no_contradiction(bench: Bench) -> None:
    archive = bench.archive()
    main = "https://d.example/ek-aur-khabar-103"
    text = f"{OTHER}\nयह एक और पंक्ति है, जो पहले नहीं थी।"
    amp = article(text, f"{main}/amp", canonical_url=main, site="d", fetched_at=NOW + timedelta(seconds=2))
    # Fetched first, judged second: unchanged, under a URL that the row of its twin names as well.
    twin = article(text, main, site="d", fetched_at=NOW + timedelta(seconds=1))
    outcomes = bench.commit(archive, amp, replace(twin, title=amp.title)).outcomes
    assert isinstance(outcomes[1], Unchanged)
    archive.state.close()
    assert lines(bench) == []


def test_the_command_prints_a_line_each_and_ends_with_its_own_code(
    s3: EmbeddedS3, archive: Archive, tmp_path: Path
) -> None:
    store, location = s3.store(), Location.parse(archive.variables["NEWSCRAWL_BUCKET"])
    BatchWriter(store, location, "20261123T000000Z-aaaaaa", header()).write_run({"funnel": {"fetched": 0}})
    stray = "rejects/dt=2026-11-23/20261123T000000Z-aaaaaa-000001.parquet"
    store.put(location.key(stray), b"orphan")
    later = BatchWriter(store, location, "20261123T010000Z-bbbbbb", header())
    lost = later.write(later.batch([reject()])).objects[0].key
    store.put(location.key(lost), b"some other program wrote here")
    state = {"NEWSCRAWL_STATE_DIR": str(tmp_path), **archive.variables}
    bad = scrapy("bucket", "check", **state)
    assert bad.returncode == 12 and stray in bad.stdout and lost in bad.stdout and "1 findings" in bad.stderr
    mended = scrapy("bucket", "rebuild", **state)
    assert mended.returncode == 0 and f"{lost}: 1 rows are lost (overwritten)" in mended.stdout
    good = scrapy("bucket", "check", **state)
    assert good.returncode == 0 and lost in good.stdout and "agree, but for what is noted above" in good.stdout
