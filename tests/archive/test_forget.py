"""A takedown takes all of a page, whatever instant it is killed at, and nothing brings it back."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from newscrawl.archive.consistency import findings, rebuild
from newscrawl.archive.forget import Forgotten, _digests, look_for, obey, record_wish, wish_of
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import LOST_FOLDER, Table
from newscrawl.bucket.losses import record_loss
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.takedowns import Takedown, takedowns
from newscrawl.bucket.warc import raw_page
from newscrawl.dedup.signature import header
from newscrawl.items import Hint, Relation
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.ledger import Found
from newscrawl.tables.compact import compact
from newscrawl.tables.stories_table import open_stories
from tests.archive.test_archive import COPY, Bench, content
from tests.samples import NOW, OTHER, STORY, article, html, page, reject
from tests.support import ROOT, environment, scrapy

URL = "https://a.example/jalashay-safai-101"
TITLE, REVISED = "तालाब फिर भरेगा", "तालाब फिर भरेगा, काम शुरू"
# Of the page that goes alone: the copy has other words.
WORDS = ("तालाब", "भरोसा दिलाया")


@pytest.fixture
def bench(s3: EmbeddedS3, tmp_path: Path) -> Bench:
    """A story of site a, a copy of it and another story at site b, a revision; stories are compacted in between."""
    made = Bench(s3, tmp_path)
    archive = made.archive()
    # With what the servers answered, as a crawl with NEWSCRAWL_WARC has it.
    other = "https://b.example/hockey-final-77"
    kept = article(OTHER, other, site="b", raw=raw_page(page(html(OTHER), other, site="b", headers=())))
    made.commit(archive, article(title=TITLE, raw=raw_page(page(html(STORY, TITLE), URL, headers=()))), reject(), kept)
    made.commit(archive, article(COPY, "https://b.example/jalashay-kaam-78", site="b"))
    compact(made.store, made.location)
    revised = raw_page(page(html(STORY, REVISED), URL, headers=(), fetched_at=NOW + timedelta(hours=1)))
    made.commit(archive, article(STORY, title=REVISED, raw=revised))
    compact(made.store, made.location)
    made.writer.write_run({"funnel": {"fetched": 5}, "doubtful_pages": {URL: 0.2, "https://b.example/x": 0.3}}, URL)
    archive.state.close()
    return made


def everything(bench: Bench) -> str:
    """All that the bucket's objects hold: their bytes, and what Parquet holds compressed."""
    found = []
    for key, _ in bench.store.list(bench.location.key("")):
        body = bench.store.get(key)
        found.append((gzip.decompress(body) if key.endswith(".gz") else body).decode("utf-8", "replace"))
        if body[:4] == b"PAR1":
            found.append(str(pq.read_table(io.BytesIO(body), partitioning=None).to_pylist()))
            found.append(pq.read_metadata(io.BytesIO(body)).to_dict().__str__())
    return "\n".join(found)


def command(bench: Bench, s3: EmbeddedS3, *words: str) -> subprocess.CompletedProcess[str]:
    state = {"NEWSCRAWL_STATE_DIR": str(bench.folder / "state"), "NEWSCRAWL_BUCKET": str(bench.location)}
    return scrapy("bucket", *words, **state, **s3.aws_env())


def sound(bench: Bench) -> None:
    """Bucket and state agree, and the page is nowhere."""
    assert findings(bench.store, bench.location, bench.folder / "state").lines == []
    held = everything(bench)
    signature = str(article().signature.minhash)[2:-1]
    for word in (*WORDS, signature):
        assert word not in held, word
    assert "आश्वासन दिया" in held, "the copy of another site stays"
    assert URL not in bench.store.get(bench.location.key(f"runs/{bench.run_id}/run.json")).decode()
    assert not [name for name in bench.bucket.names() if name.endswith("report.html")]
    table = open_stories(bench.store, bench.location)
    assert table is not None
    rows = {row["story_id"]: row for row in table.to_pyarrow_table().to_pylist()}
    anchor = article(title=TITLE).id
    assert [m["site"] for m in rows.pop(anchor)["members"]] == ["b"]
    assert [row["title"] for row in rows.values()] == [article(OTHER).title]


def test_a_dry_run_names_what_would_go_and_changes_nothing(bench: Bench, s3: EmbeddedS3) -> None:
    before = everything(bench)
    done = command(bench, s3, "forget", URL)
    assert done.returncode == 0, done.stderr
    assert (
        "would forget 1 of articles, 2 of cdxj, 1 of duplicates, 2 of raw, 2 of signatures, in 8 parts" in done.stdout
    )
    assert URL in done.stdout and "--yes" in done.stdout
    assert everything(bench) == before


@pytest.mark.parametrize("torn", [f'{{"doubtful_pages": {{"{URL}"', f'["{URL}"]'])
def test_a_torn_report_holds_up_no_takedown(torn: str, bench: Bench, s3: EmbeddedS3) -> None:
    bench.store.put(bench.location.key(f"runs/{bench.run_id}/run.json"), torn.encode())
    done = command(bench, s3, "forget", URL, "--yes")
    assert done.returncode == 0, done.stderr
    assert URL not in everything(bench).replace(takedown_of(bench), "")


def takedown_of(bench: Bench) -> str:
    """The wish itself, which names the page."""
    [(key, _)] = bench.store.list(bench.location.key("forgotten/"))
    return bench.store.get(key).decode()


@pytest.mark.parametrize("by", ["url", "id"] if "SEEDS" in os.environ else ["url"])
def test_a_page_leaves_every_object_and_does_not_come_back(by: str, bench: Bench, s3: EmbeddedS3) -> None:
    for word in WORDS:
        assert word in everything(bench)
    for name in ("report.html", "archive.html"):
        (bench.folder / "state" / name).write_text(STORY)
    done = command(bench, s3, "forget", URL if by == "url" else article(title=TITLE).id, "--yes", "--reason", "asked")
    assert done.returncode == 0, done.stderr
    assert "forgotten: 4 rows, 1 story changed" in done.stdout
    assert not list((bench.folder / "state").glob("*.html")), "reports name pages and tell stories"
    sound(bench)
    [wish] = takedowns(bench.store, bench.location).values()
    assert wish.reason == "asked"
    archive = bench.archive()
    archive.recover()
    found = [Found(url=f"{URL}?utm_source=x", site="a", source="https://a.example/rss", hint=Hint())]
    assert archive.ledger.discover(found, datetime.now(UTC)) == []
    assert URL not in [due.url for due in archive.ledger.open(["a"], datetime.now(UTC))]
    archive.state.close()
    rebuild(bench.store, bench.location, bench.folder / "state", bench.archive)
    sound(bench)
    again = command(bench, s3, "forget", URL, "--yes")
    assert "forgotten: 0 rows, 0 stories changed" in again.stdout


def test_the_records_say_what_was_and_what_is(bench: Bench, s3: EmbeddedS3) -> None:
    before = {part.key: part.sha256 for r in commit_records(bench.store, bench.location) for part in r.objects}
    command(bench, s3, "forget", URL, "--yes")
    first, _, last, moved = commit_records(bench.store, bench.location)
    assert moved.rewritten == () and [part.table for part in moved.objects] == [Table.MOVES]
    notes = {note.key: note for note in (*first.rewritten, *last.rewritten)}
    assert {note.was for note in notes.values()} == {before[key] for key in notes}
    now = {part.key: part.sha256 for record in (first, last) for part in record.objects}
    assert {key: note.sha256 for key, note in notes.items()} == {key: now.get(key) for key in notes}
    assert (first.counts.articles, first.counts.forgotten, first.counts.pages) == (1, 1, 3)
    assert (last.counts.duplicates, last.counts.forgotten, last.relations) == (0, 1, {})


# A process that ends itself, with SIGKILL, before its change number `at` to the bucket.
KILLED = """
import os, signal, sys
from newscrawl.bucket.s3 import ObjectStore
at, url = int(sys.argv[1]), sys.argv[2]
done = []
for name in ("put", "delete"):
    def counted(self, *arguments, _real=getattr(ObjectStore, name), **more):
        done.append(1)
        if len(done) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return _real(self, *arguments, **more)
    setattr(ObjectStore, name, counted)
sys.argv = ["scrapy", "bucket", "forget", url, "--yes"]
from scrapy.cmdline import execute
execute()
"""


# Probe, lock, record; undo records; the run's report; a batch's record and its parts, twice; the table. All of them:
# `make faults`, which sets SEEDS.
@pytest.mark.parametrize("at", range(4, 25, 1 if "SEEDS" in os.environ else 20))
def test_a_killed_takedown_is_ended_by_the_next_call(at: int, bench: Bench, s3: EmbeddedS3) -> None:
    state = {"NEWSCRAWL_STATE_DIR": str(bench.folder / "state"), "NEWSCRAWL_BUCKET": str(bench.location)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(at), URL], cwd=ROOT, env=environment(**state, **s3.aws_env()), timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    done = command(bench, s3, "forget", URL, "--yes")
    assert done.returncode == 0, done.stderr
    sound(bench)


def test_a_rebuild_ends_a_killed_takedown_and_records_no_loss(bench: Bench, s3: EmbeddedS3) -> None:
    state = {"NEWSCRAWL_STATE_DIR": str(bench.folder / "state"), "NEWSCRAWL_BUCKET": str(bench.location)}
    subprocess.run(
        [sys.executable, "-c", KILLED, "10", URL], cwd=ROOT, env=environment(**state, **s3.aws_env()), timeout=60
    )
    done = rebuild(bench.store, bench.location, bench.folder / "state", bench.archive)
    assert done.losses == []
    assert findings(bench.store, bench.location, bench.folder / "state").lines == []


def test_a_site_leaves_whole(bench: Bench, s3: EmbeddedS3) -> None:
    done = command(bench, s3, "forget", "--site", "b", "--yes")
    assert done.returncode == 0, done.stderr
    held = everything(bench)
    for word in ("आश्वासन दिया", "हॉकी", "b.example/jalashay"):
        assert word not in held, word
    assert "तालाब" in held
    assert findings(bench.store, bench.location, bench.folder / "state").lines == []
    archive = bench.archive()
    archive.recover()
    found = [Found(url="https://b.example/new-1", site="b", source="https://b.example/rss", hint=Hint())]
    assert archive.ledger.discover(found, datetime.now(UTC)) == []
    archive.state.close()


def test_what_lay_in_a_lost_parts_place_goes_too(bench: Bench, s3: EmbeddedS3) -> None:
    first = next(commit_records(bench.store, bench.location))
    part = next(part for part in first.objects if part.table == "articles")
    body = bench.store.get(bench.location.key(part.key))
    shorter = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(body), partitioning=None), shorter, compression="gzip")
    bench.store.put(bench.location.key(part.key), shorter.getvalue())
    record_loss(bench.store, bench.location, part)
    rebuild(bench.store, bench.location, bench.folder / "state", bench.archive)
    assert "तालाब" in everything(bench)
    assert command(bench, s3, "forget", URL, "--yes").returncode == 0
    assert not any(word in everything(bench) for word in WORDS)
    assert not [key for key, _ in bench.store.list(bench.location.key(LOST_FOLDER)) if key.endswith(".parquet")]


def test_another_machines_state_is_refused_until_it_is_made_anew(bench: Bench, s3: EmbeddedS3) -> None:
    other = bench.archive("other")
    other.catch_up()
    other.state.close()
    command(bench, s3, "forget", URL, "--yes")
    state: dict[str, Any] = {
        "NEWSCRAWL_STATE_DIR": str(bench.folder / "other"),
        "NEWSCRAWL_BUCKET": str(bench.location),
    }
    refused = scrapy("bucket", "undo", "x", **state, **s3.aws_env())
    assert refused.returncode == 8 and "bucket rebuild" in refused.stderr
    assert scrapy("bucket", "rebuild", **state, **s3.aws_env()).returncode == 0
    ours, theirs = bench.archive(), bench.archive("other")
    assert content(ours) == content(theirs)
    ours.state.close()
    theirs.state.close()


def test_a_page_goes_by_each_name_of_its_paper() -> None:
    """On www. or for phones; of what is found under one address, under the others."""
    named = Takedown(name="x", asked_at="", urls=_digests("https://www.a.example/jalashay-safai-101"))
    covers = Forgotten([named]).covers
    assert all(covers(f"https://{host}a.example/jalashay-safai-101", "a") for host in ("", "www.", "m.", "amp."))
    assert not covers("https://a.example/jalashay-safai-102", "a")


def test_a_dry_run_counts_what_the_takedown_takes(s3: EmbeddedS3, tmp_path: Path) -> None:
    bench, url = Bench(s3, tmp_path), "https://a.example/safai"
    archive = bench.archive()
    bench.commit(
        archive, article(url=f"{url}/amp", canonical_url=url), article(OTHER, f"{url}/moved", canonical_url=url)
    )
    archive.state.close()
    wish = wish_of(bench.store, bench.location, page="a.example/safai/amp", site=None, reason=None)
    found = look_for(bench.store, bench.location, wish)
    assert found.rows == {"articles": 2, "signatures": 2}
    record_wish(bench.store, bench.location, wish, found)
    assert obey(bench.store, bench.location) == 4


def test_an_unknown_id_is_refused(bench: Bench, s3: EmbeddedS3) -> None:
    done = command(bench, s3, "forget", "0123abcd", "--yes")
    assert done.returncode == 2 and "0123abcd" in done.stderr


def test_what_is_left_of_a_story_has_another_first_article(bench: Bench, s3: EmbeddedS3) -> None:
    done = command(bench, s3, "forget", URL, "--yes")
    assert "what is left of stories whose first article went: 1 moved" in done.stdout
    [other] = [row["id"] for row in bench.bucket.rows("articles")]
    [copy] = [row["id"] for row in bench.bucket.rows("duplicates")]
    firsts = command(bench, s3, "query", "SELECT id FROM current WHERE id = story_id", "--format", "json")
    assert {json.loads(line)["id"] for line in firsts.stdout.splitlines()} == {copy, other}
    compact(bench.store, bench.location)
    table = open_stories(bench.store, bench.location)
    assert table is not None
    rows = {row["story_id"]: len(row["members"]) for row in table.to_pyarrow_table().to_pylist()}
    assert rows == {copy: 1, other: 1}
    assert findings(bench.store, bench.location, bench.folder / "state").lines == []
    again = command(bench, s3, "forget", URL, "--yes")
    assert again.returncode == 0 and "what is left" not in again.stdout


def test_a_copy_of_a_page_that_is_gone_still_relates_to_its_story(bench: Bench, s3: EmbeddedS3) -> None:
    command(bench, s3, "forget", URL, "--yes")
    assert Forgotten(takedowns(bench.store, bench.location).values()).covers(URL, "a")
    [row] = [r for r in bench.bucket.rows("duplicates") if r["site"] == "b"]
    assert (row["relation"], row["duplicate_of"]) == (Relation.NEAR.value, article(title=TITLE).id)


def test_the_page_of_a_run_goes_with_any_row_of_it(bench: Bench, s3: EmbeddedS3) -> None:
    # It tells stories, and run.json names none of them.
    bench.writer.write_run({"funnel": {"fetched": 5}, "doubtful_pages": {}}, STORY)
    other = BatchWriter(bench.store, bench.location, "20270101T000000Z-abcdef", header())
    other.write(other.batch([reject(url="https://c.example/gaya")]))
    other.write_run({"funnel": {"fetched": 1}}, "of another site")
    assert command(bench, s3, "forget", URL, "--yes").returncode == 0
    assert [name for name in bench.bucket.names() if name.endswith("report.html")] == [
        "runs/20270101T000000Z-abcdef/report.html"
    ]
