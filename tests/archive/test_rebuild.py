"""`scrapy bucket rebuild` mends what can be mended, says what is lost, and lets the lost pages be fetched again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.archive.consistency import Rebuilt, findings, rebuild
from newscrawl.bucket.keys import Table, loss_key
from newscrawl.bucket.reader import commit_records, read_table, totals
from newscrawl.bucket.schema import COLUMNS
from newscrawl.dedup.judge import judge
from newscrawl.items import Article, Duplicate, Hint, Unchanged
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State
from newscrawl.state.ledger import Found
from tests.archive.test_archive import COPY, Bench, content, sound
from tests.samples import OTHER, article, reject


@pytest.fixture
def bench(s3: EmbeddedS3, tmp_path: Path) -> Bench:
    return sound(s3, tmp_path)


def mend(bench: Bench) -> Rebuilt:
    return rebuild(bench.store, bench.location, bench.folder / "state", bench.archive)


def agree(bench: Bench) -> list[str]:
    """The notes of a check that finds nothing wrong; and every table can be read, as a consumer reads it."""
    checked = findings(bench.store, bench.location, bench.folder / "state")
    assert checked.lines == []
    for table in COLUMNS:
        ours = read_table(bench.store, bench.location, table)
        assert len(bench.bucket.rows(table.value)) == ours.num_rows
    return checked.notes


def urls(bench: Bench) -> dict[str, str]:
    archive = bench.archive()
    found = dict(archive.state.db.execute("SELECT url, state FROM urls"))
    archive.state.close()
    return found


def parts(bench: Bench, table: str) -> list[str]:
    return sorted(name for name in bench.bucket.names() if name.startswith(f"{table}/"))


@pytest.mark.parametrize(
    "damage", [None, b"", b"PAR1 and something else PAR1"], ids=["deleted", "emptied", "overwritten"]
)
def test_a_lost_part_of_articles_is_recorded_and_its_pages_are_pending_again(
    bench: Bench, damage: bytes | None
) -> None:
    first = parts(bench, "articles")[0]
    key = bench.location.key(first)
    bench.store.delete(key) if damage is None else bench.store.put(key, damage)
    done = mend(bench)
    assert [(loss.key, loss.rows, loss.why) for loss in done.losses] == [
        (first, 2, "missing" if damage is None else "overwritten")
    ]
    # The copy and the revision that fell to the lost story keep their rows; the revision is of the lost page's URL.
    notes = agree(bench)
    assert any(first in note and "2 rows are lost" in note for note in notes)
    assert any(article().id in note and "duplicates fell to it" in note for note in notes)
    assert done.pending == 1
    assert urls(bench)["https://b.example/hockey-final-77"] == "pending"
    assert bench.bucket.document(loss_key(first))["rows"] == 2
    assert totals(commit_records(bench.store, bench.location)).rows[Table.ARTICLES] == 0
    if damage:
        assert bench.store.get(bench.location.key(f"lost/{first}")) == damage, "what lay there is kept aside"

    # What is fetched again is kept under the id that it had, and nothing is stored twice.
    archive = bench.archive()
    [again] = bench.commit(archive, article(OTHER, "https://b.example/hockey-final-77", site="b")).outcomes
    assert isinstance(again, Article)
    archive.state.close()
    agree(bench)
    assert mend(bench).losses == [], "a recorded loss is not found again"


def test_an_undone_collapse_whose_row_was_lost_is_a_story_again_when_its_page_comes_back(bench: Bench) -> None:
    copy = article(COPY, "https://b.example/jalashay-kaam-78", site="b")
    archive = bench.archive()
    archive.undo(copy.id)
    archive.state.close()
    bench.store.delete(bench.location.key(parts(bench, "duplicates")[0]))
    mend(bench)
    archive = bench.archive()
    bench.commit(archive, copy)
    assert archive.index.story_of(copy.id) == copy.id
    [another] = bench.commit(archive, article(COPY, "https://c.example/jalashay-1", site="c")).outcomes
    assert isinstance(another, Duplicate) and another.duplicate_of == copy.id
    archive.state.close()
    agree(bench)


def test_lost_signatures_are_made_anew_from_the_rows(bench: Bench) -> None:
    before = bench.archive()
    wanted = content(before)
    before.state.close()
    for path in parts(bench, "signatures"):
        bench.store.delete(bench.location.key(path))
    done = mend(bench)
    assert len(done.losses) == 3 and done.pending == 0
    after = bench.archive()
    assert content(after) == wanted
    assert isinstance(judge(article(), after.index), Unchanged)
    after.state.close()
    agree(bench)


@pytest.mark.parametrize(
    ("table", "url"), [("rejects", reject().url), ("duplicates", "https://b.example/jalashay-kaam-78")]
)
def test_a_page_whose_row_is_lost_is_pending_whatever_its_row_was(bench: Bench, table: str, url: str) -> None:
    bench.store.delete(bench.location.key(parts(bench, table)[0]))
    assert mend(bench).pending == 1
    assert urls(bench)[url] == "pending"
    agree(bench)


def test_a_batch_that_lost_all_its_parts_is_lost_whole_and_the_others_stand(bench: Bench) -> None:
    for table in ("articles", "rejects", "signatures"):
        bench.store.delete(bench.location.key(parts(bench, table)[0]))
    assert len(mend(bench).losses) == 3
    assert {u for u, state in urls(bench).items() if state == "pending"} == {
        reject().url, "https://b.example/hockey-final-77",
    }  # fmt: skip
    agree(bench)


def test_a_rebuild_forgets_no_url_that_was_never_fetched_and_no_walk_that_was_cut_off(bench: Bench) -> None:
    archive = bench.archive()
    hint = Hint(title="शीर्षक", published_at=datetime(2026, 11, 20, tzinfo=UTC))
    found = Found(url="https://a.example/kal-ki-khabar-9", site="a", source="https://a.example/feed", hint=hint)
    archive.ledger.discover([found], datetime.now(UTC))
    archive.ledger.begin_walk("https://a.example/desh/")
    archive.state.close()
    assert mend(bench).pending == 1
    after = bench.archive()
    assert found in after.ledger.open(["a"], datetime.now(UTC))
    assert after.ledger.is_cut_off("https://a.example/desh/")
    after.state.close()
    assert list((bench.folder / "state").glob("before-rebuild-*")) == []


def test_a_rebuild_that_was_killed_is_begun_again_and_forgets_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = bench.archive()
    found = Found(url="https://a.example/kal-ki-khabar-9", site="a", source="https://a.example/feed", hint=Hint())
    archive.ledger.discover([found], datetime.now(UTC))
    archive.state.close()

    def killed(*args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("newscrawl.archive.archive.BulkLoader.finish", killed)
    with pytest.raises(KeyboardInterrupt):
        mend(bench)
    monkeypatch.undo()
    assert mend(bench).pending == 1
    assert urls(bench)[found.url] == "pending"
    agree(bench)


def test_the_state_of_another_bucket_and_one_that_is_no_database_are_left_alone(bench: Bench) -> None:
    other = State(bench.folder / "state")
    other.put("location", "s3://elsewhere")
    other.close()
    assert mend(bench).pending == 0
    for path in (bench.folder / "state").glob("state.db*"):
        path.write_bytes(b"no database at all, but a file of some length" * 10)
    assert mend(bench).pending == 0
    assert len(list((bench.folder / "state").glob("before-rebuild-*"))) == 2
    agree(bench)
