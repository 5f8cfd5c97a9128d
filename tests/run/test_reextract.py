"""A newer extraction reads the raw archive: new rows where the text is another, once, and nothing else moves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawl.archive.consistency import findings, rebuild
from newscrawl.bucket.keys import REEXTRACTING_KEY
from newscrawl.bucket.mending import mending
from newscrawl.bucket.query import query
from newscrawl.bucket.warc import raw_page
from newscrawl.dedup.signature import signature
from newscrawl.extraction.story import extract
from newscrawl.extraction.version import EXTRACTION_VERSION
from newscrawl.items import Article, Page, Reason
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.compact import compact
from newscrawl.tables.stories_table import open_stories
from tests.archive.test_archive import Bench, content
from tests.crawl.test_story_pages import PARTS
from tests.samples import OTHER, STORY, article, html, page, reject
from tests.support import ROOT, environment, scrapy

# A page has been fetched some minutes ago: rows of the same second would not tell the two apart.
FETCHED = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
JUNK = f"{STORY}\nऐप डाउनलोड करें और हर खबर सबसे पहले पाएं।"
# What an extraction might have taken for the story that took the box beside it.
BOX = "आज का राशिफल, सोने का भाव और मौसम का हाल एक साथ पढ़ें।\nखेल, सिनेमा और कारोबार की दस बड़ी खबरें यहां देखें।"
TITLE = "जलाशय की सफाई शुरू"
# `make scale` runs all of this on Daft as well, on its own and on Ray.
ENGINE = os.environ.get("TEST_ENGINE", "")


def fetched(number: int, text: str = STORY, title: str = TITLE) -> Page:
    url = f"https://a.example/khabar-jalashay-{number}"
    return page(html(text, title), url, headers=(), fetched_at=FETCHED + timedelta(seconds=number))


def stored(of: Page, text: str, **changes: Any) -> Article:
    """The row that an older extraction made of a page."""
    return article(text, of.url, raw=raw_page(of), fetched_at=of.fetched_at, **changes)


def now(of: Page) -> Article:
    made = extract(replace(of, headers=None), signature)
    assert isinstance(made, Article)
    return made


@pytest.fixture
def bench(s3: EmbeddedS3, tmp_path: Path) -> Bench:
    return Bench(s3, tmp_path)


def variables(bench: Bench, s3: EmbeddedS3) -> dict[str, str]:
    state = {"NEWSCRAWL_STATE_DIR": str(bench.folder / "state"), "NEWSCRAWL_BUCKET": str(bench.location)}
    return state | s3.aws_env() | {"NEWSCRAWL_WORKERS": "1", "NEWSCRAWL_ENGINE": ENGINE}


def reextract(bench: Bench, s3: EmbeddedS3) -> str:
    done = scrapy("bucket", "reextract", **variables(bench, s3))
    assert done.returncode == 0, done.stderr
    return done.stdout


def current(bench: Bench) -> dict[str, tuple[Any, ...]]:
    asked = "SELECT id, story_id, relation, duplicate_of, extraction_version, url, text, fetched_at FROM current"
    _, rows = query(bench.store, bench.location, asked)
    return {str(row[0]): row[1:] for row in rows}


def sound(bench: Bench) -> None:
    """Bucket and state agree, and a state made anew from the bucket is the same."""
    assert findings(bench.store, bench.location, bench.folder / "state").lines == []
    live, made = bench.archive(), bench.archive("made")
    made.catch_up()
    assert content(made) == content(live)
    live.state.close()
    made.state.close()
    bench.bucket.check()


def test_another_text_is_a_new_row_of_the_same_story_once(bench: Bench, s3: EmbeddedS3) -> None:
    cleaned, same, told, lost = fetched(1), fetched(2, OTHER, "हॉकी"), fetched(3), fetched(4, "कुछ नहीं।")
    archive = bench.archive()
    bench.commit(
        archive,
        stored(cleaned, JUNK),
        replace(now(same), raw=raw_page(same)),
        reject(told.url, Reason.TOO_SHORT, raw=raw_page(told), fetched_at=told.fetched_at),
        stored(lost, BOX, title="डिब्बा"),
    )
    archive.state.close()
    before = current(bench)
    said = reextract(bench, s3)
    assert "reextracted 4 pages of 1 raw parts: 2 new rows" in said
    # The page that was a reject is a copy of the first story; what would be no story now keeps its row.
    assert "1 unchanged" in said and "1 revision" in said and "1 near" in said and "1 too_short" in said
    after = current(bench)
    assert {name: row for name, row in after.items() if name in before} == before
    revision, copy = after[now(cleaned).id], after[now(told).id]
    assert revision[:4] == (stored(cleaned, JUNK).id, "revision", stored(cleaned, JUNK).id, EXTRACTION_VERSION)
    assert revision[4:] == (cleaned.url, STORY, cleaned.fetched_at)
    assert copy[:2] == (stored(cleaned, JUNK).id, "near")
    sound(bench)
    names = bench.bucket.names()
    assert "0 pages of 0 raw parts: 0 new rows; this extraction has read all there are" in reextract(bench, s3)
    assert bench.bucket.names() == names


def test_text_that_was_another_storys_stays_with_its_page(bench: Bench, s3: EmbeddedS3) -> None:
    archive, boxed = bench.archive(), fetched(1)
    row = stored(boxed, BOX, title="डिब्बा")
    bench.commit(archive, row)
    archive.state.close()
    assert "1 revision" in reextract(bench, s3)
    story, relation, duplicate_of, *_ = current(bench)[now(boxed).id]
    assert (story, relation, duplicate_of) == (row.id, "revision", row.id)
    [stored_row] = bench.bucket.rows("duplicates")
    assert (stored_row["jaccard"], stored_row["containment"]) == (0.0, 0.0)
    sound(bench)


def test_a_row_that_fell_to_another_pages_story_stays_there_only_if_it_tells_it(bench: Bench, s3: EmbeddedS3) -> None:
    archive = bench.archive()
    old = {"fetched_at": FETCHED - timedelta(days=200)}
    box, told = (article(text, f"https://b.example/{n}-77", site="b", **old) for n, text in enumerate((BOX, STORY)))
    boxed = replace(fetched(1, "\n".join(PARTS[1:3]), "समिति बनी"), **old)
    copied = replace(fetched(2), **old)
    bench.commit(archive, box, told, stored(boxed, BOX, title="डिब्बा"), stored(copied, JUNK))
    bench.commit(archive, article(OTHER, fetched_at=FETCHED))
    archive.state.close()
    before = current(bench)
    assert before[stored(boxed, BOX, title="डिब्बा").id][0] == box.id and before[stored(copied, JUNK).id][0] == told.id
    # By then the index has forgotten all of them.
    assert "1 article, 1 revision" in reextract(bench, s3)
    after = current(bench)
    assert after[now(boxed).id][:2] == (now(boxed).id, None)
    assert after[now(copied).id][:3] == (told.id, "revision", told.id)
    assert findings(bench.store, bench.location, bench.folder / "state").lines == []


def test_a_page_that_the_index_has_forgotten_is_a_revision_all_the_same(bench: Bench, s3: EmbeddedS3) -> None:
    archive = bench.archive()
    old = replace(fetched(1), fetched_at=FETCHED - timedelta(days=200))
    bench.commit(archive, stored(old, JUNK))
    bench.commit(archive, article(OTHER, fetched_at=FETCHED))
    newest = archive.newest
    archive.state.close()
    assert "1 revision" in reextract(bench, s3)
    assert current(bench)[now(old).id][:2] == (stored(old, JUNK).id, "revision")
    archive = bench.archive()
    assert archive.newest == newest, "a run that follows is not refused for its clock"
    archive.state.close()
    assert findings(bench.store, bench.location, bench.folder / "state").lines == []


def test_the_ledger_hears_nothing_of_it(bench: Bench, s3: EmbeddedS3) -> None:
    archive, told = bench.archive(), fetched(1)
    bench.commit(archive, reject(told.url, Reason.TOO_SHORT, raw=raw_page(told), fetched_at=told.fetched_at))
    before = archive.state.db.execute("SELECT * FROM urls").fetchall()
    archive.state.close()
    assert "1 article" in reextract(bench, s3)
    archive = bench.archive()
    assert archive.state.db.execute("SELECT * FROM urls").fetchall() == before
    archive.state.close()
    sound(bench)


# A process that ends itself, with SIGKILL, before its object number `at` of a batch is stored.
KILLED = """
import os, signal, sys
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.s3 import ObjectStore
at, done, put = int(sys.argv[1]), [], ObjectStore.put
def counted(self, key, *arguments, **more):
    done.append("/dt=" in key or "/000" in key)
    if sum(done) == at and done[-1]:
        os.kill(os.getpid(), signal.SIGKILL)
    return put(self, key, *arguments, **more)
ObjectStore.put = counted
sys.argv = ["scrapy", "bucket", "reextract"]
from scrapy.cmdline import execute
execute()
"""


# The others: `make faults`, which sets SEEDS.
@pytest.mark.parametrize("at", [1, 3, 4] if "SEEDS" in os.environ else [4])
def test_a_killed_call_is_gone_on_with(at: int, bench: Bench, s3: EmbeddedS3) -> None:
    archive, first, second = bench.archive(), fetched(1), fetched(2, OTHER, "हॉकी")
    bench.commit(archive, stored(first, JUNK))
    bench.commit(archive, stored(second, f"{OTHER}\nऐप डाउनलोड करें और हर खबर सबसे पहले पाएं।", title="हॉकी"))
    archive.state.close()
    # Of a batch: duplicates, signatures, its commit record; then the second batch.
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(at)], cwd=ROOT, env=environment(**variables(bench, s3)), timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    said = reextract(bench, s3)
    assert f"of {2 if at < 4 else 1} raw parts" in said
    assert {row["text"] for row in bench.bucket.rows("duplicates")} == {STORY, OTHER}
    sound(bench)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM] if "SEEDS" in os.environ else [signal.SIGTERM])
def test_a_signal_ends_it_in_one_line(how: signal.Signals, bench: Bench, s3: EmbeddedS3) -> None:
    archive = bench.archive()
    for number in range(15):
        bench.commit(archive, stored(fetched(number, f"{STORY}\nक्रमांक {number}"), JUNK, title=f"क्रमांक {number}"))
    archive.state.close()
    command = [sys.executable, "-m", "scrapy", "bucket", "reextract"]
    variables_ = environment(**variables(bench, s3))
    with subprocess.Popen(command, cwd=ROOT, env=variables_, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        while not said or "2/15 raw/" not in said[-1]:
            said.append(process.stderr.readline())
            assert said[-1], "it ended before the second part"
        process.send_signal(how)
        said += process.stderr.readlines()
    # An engine has words of its own (Ray's processes tell traces when they are ended); ours are the parts, and one line
    # of the signal.
    ours = [line for line in said if ENGINE == "" or "bucket reextract" in line or line.startswith("Traceback")]
    ours = [line for line in ours if not line.startswith(tuple("123456789"))]
    assert process.returncode == 11 and len(ours) == 1 and "start again to go on" in ours[0], said
    assert "raw parts: " in reextract(bench, s3)
    sound(bench)


def test_a_rebuild_records_a_raw_part_that_is_lost_and_the_rows_stay(bench: Bench, s3: EmbeddedS3) -> None:
    archive, first = bench.archive(), fetched(1)
    bench.commit(archive, stored(first, JUNK))
    archive.state.close()
    [raw] = [name for name in bench.bucket.names() if name.endswith(".warc.gz")]
    bench.store.delete(bench.location.key(raw))
    assert f"{raw}: missing" in findings(bench.store, bench.location, bench.folder / "state").lines[0]
    done = rebuild(bench.store, bench.location, bench.folder / "state", bench.archive)
    assert [loss.key for loss in done.losses] == [raw]
    checked = findings(bench.store, bench.location, bench.folder / "state")
    assert checked.lines == [] and len(checked.notes) == 1
    assert [row["text"] for row in bench.bucket.rows("articles")] == [JUNK]
    assert "0 pages of 0 raw parts" in reextract(bench, s3)


def test_of_two_calls_at_once_one_is_refused(bench: Bench, s3: EmbeddedS3) -> None:
    archive = bench.archive()
    bench.commit(archive, stored(fetched(1), JUNK))
    archive.state.close()
    with mending(bench.store, bench.location, datetime.now(UTC), REEXTRACTING_KEY):
        done = scrapy("bucket", "reextract", **variables(bench, s3))
    assert done.returncode == 7 and f"{REEXTRACTING_KEY} is held by process" in done.stderr
    assert "1 new rows" in reextract(bench, s3)


@pytest.mark.parametrize("torn", [lambda body: body[:-40], lambda body: body[:60] + bytes(40) + body[100:]])
def test_a_torn_raw_part_costs_no_other(torn: Callable[[bytes], bytes], bench: Bench, s3: EmbeddedS3) -> None:
    archive, first, second = bench.archive(), fetched(1), fetched(2, OTHER, "हॉकी")
    whole = raw_page(first)
    bench.commit(archive, replace(stored(first, JUNK), raw=replace(whole, body=torn(whole.body))))
    bench.commit(archive, stored(second, BOX, title="हॉकी"))
    archive.state.close()
    done = scrapy("bucket", "reextract", **variables(bench, s3))
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "reextracted 1 pages of 1 raw parts: 1 new rows" in done.stdout and ".warc.gz is left out" in done.stderr
    assert len(current(bench)) == 3


def test_a_raw_part_that_is_not_there_is_told_with_the_mend(bench: Bench, s3: EmbeddedS3) -> None:
    archive = bench.archive()
    bench.commit(archive, stored(fetched(1), JUNK))
    archive.state.close()
    [raw] = [name for name in bench.bucket.names() if name.endswith(".warc.gz")]
    bench.store.delete(bench.location.key(raw))
    elsewhere = {"NEWSCRAWL_STATE_DIR": str(bench.folder / "elsewhere")}
    done = scrapy("bucket", "reextract", **variables(bench, s3) | elsewhere)
    assert done.returncode == 8 and raw in done.stderr and "bucket check` says what is wrong" in done.stderr


def test_the_stories_table_tells_the_last_reading(bench: Bench, s3: EmbeddedS3) -> None:
    archive, first = bench.archive(), fetched(1)
    bench.commit(archive, stored(first, JUNK))
    archive.state.close()
    compact(bench.store, bench.location)
    reextract(bench, s3)
    compact(bench.store, bench.location)
    table = open_stories(bench.store, bench.location)
    assert table is not None
    [row] = table.to_pyarrow_table().to_pylist()
    assert (row["text"], row["story_id"]) == (STORY, stored(first, JUNK).id), "the longer one has the junk"
