"""A run's own page tells what its rows say by the code of the span's report, or says why they cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import lxml.html
import pytest

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location
from newscrawl.bucket.query import parts_of
from newscrawl.bucket.records import CommitRecord
from newscrawl.items import Outcome, Reason
from newscrawl.run.findings import findings_of_run
from newscrawl.run.report import RunDocument, RunReport
from newscrawl.run.run_page import page_of_run, run_page
from newscrawl.run.span import gather
from newscrawl.run.span_page import span_page
from newscrawl.server.embedded import EmbeddedS3
from tests.bucket.samples import HEADER, NOON, reject, unchanged
from tests.run.test_span_page import HOSTILE, RUNS, TEXTS, TURNED, copied, kept, rows

SECTIONS = (
    "What stories say of themselves", "Why pages are no story", "Who copies whom", "How politely hosts were asked"
)  # fmt: skip


def outcomes() -> Iterator[Outcome]:
    yield kept(1, text=TEXTS[0], authors=())
    yield copied(2, 1, "pahad", text=TEXTS[1], title=HOSTILE + TURNED, fetched_at=NOON + timedelta(seconds=5))
    yield copied(3, 1, "pahad", text=TEXTS[0], fetched_at=NOON + timedelta(seconds=9))
    yield copied(4, 77, "pahad", text=TEXTS[0], fetched_at=NOON + timedelta(seconds=11))
    yield reject(5, site="pahad", url="https://pahad.example/5", reason=Reason.TOO_SHORT)


def document_of(report: RunReport) -> RunDocument:
    return report.document(finish_reason="finished", settings_sha256="", conditional_put=True, index={})


def ran(s3: EmbeddedS3, prefix: str) -> tuple[Location, list[CommitRecord], RunDocument]:
    """A run of two batches behind one that tells of other sites."""
    location = Location(s3.bucket, prefix)
    earlier = BatchWriter(s3.store(), location, RUNS[0], HEADER)
    earlier.write(earlier.batch([kept(77, "earlier"), copied(78, 77, "other")]))
    writer, report = BatchWriter(s3.store(), location, RUNS[1], HEADER), RunReport(run_id=RUNS[1])
    found = list(outcomes())
    for outcome in found:
        report.funnel.count(outcome)
    report.funnel.fetched = len(found)
    records = [writer.write(writer.batch(found[:2])), writer.write(writer.batch(found[2:]))]
    return location, records, document_of(report)


def text_of(page: str) -> str:
    return " ".join(lxml.html.fromstring(page).text_content().split())


def test_a_run_has_the_sections_of_a_span_over_its_own_rows(s3: EmbeddedS3) -> None:
    location, records, document = ran(s3, "own")
    page = page_of_run(s3.store(), location, records, document, {})
    span = span_page(gather(s3.store(), location, RUNS[1], 0.5))
    for section in SECTIONS:
        assert rows(page, section) == rows(span, section), section
    assert rows(page, "Who copies whom") == [["", "nadi", "(earlier)"], ["pahad", "2", "1"]]
    tree = lxml.html.fromstring(page)
    assert [mark.text for mark in tree.iter("ins")] == ["आखिर"] and not list(tree.iter("del"))
    assert len(tree.xpath("//div[@class='pair']")) == 2
    assert "earlier.example" not in page and "other.example" not in page, "what other runs stored is not read"
    assert HOSTILE in tree.text_content() and TURNED not in page and not tree.xpath("//script")


def test_delays_stand_beside_a_site(s3: EmbeddedS3) -> None:
    location, records, document = ran(s3, "delays")
    [head, nadi, _] = rows(page_of_run(s3.store(), location, records, document, {}), "Sites")
    assert head[-1] == "delay" and nadi[0] == "nadi" and nadi[-1] == "3 h (3 h–3 h)"


def test_a_long_run_tells_of_its_newest_batches(s3: EmbeddedS3) -> None:
    location, records, document = ran(s3, "long")
    found = findings_of_run(s3.store(), location, records, most=1)
    assert found.left_out == 2 and found.copied == {("pahad", None): 2}
    assert "without the first 2 pages of the run" in text_of(run_page(document, {}, found))


def test_a_bucket_that_cannot_be_read_costs_these_sections_alone(
    s3: EmbeddedS3, caplog: pytest.LogCaptureFixture
) -> None:
    location, records, document = ran(s3, "away")
    for keys in parts_of(records).values():
        for key in keys:
            s3.store().delete(location.key(key))
    with caplog.at_level(logging.WARNING):
        page = page_of_run(s3.store(), location, records, document, {})
    assert "the largest stories, fields and delays are missing here" in text_of(page)
    assert f"scrapy bucket report --since {RUNS[1]}" in text_of(page)
    assert rows(page, "Why pages are no story") == [["reason", "number"], ["too_short", "1"]]
    [said] = caplog.records
    assert said.getMessage().startswith(f"the report lacks what the rows of the run say: {location}/")
    assert "is not there" in said.getMessage()
    assert not said.exc_info, "a part that is gone is no bug of the report's"


def test_a_run_of_nothing_new_says_so_in_a_line(s3: EmbeddedS3) -> None:
    report = RunReport(run_id=RUNS[1], watched=["nadi"], sources_read=3, sources_unchanged=2, sources_resting=4)
    location = Location(s3.bucket, "nothing")
    page = page_of_run(s3.store(), location, [], document_of(report), {})
    assert "Nothing new: of 3 sources that were read 2 are as they were, 4 rest, and no page was due." in text_of(page)
    assert not lxml.html.fromstring(page).xpath("//table | //*[@class='bar']")

    writer = BatchWriter(s3.store(), location, RUNS[1], HEADER)
    report.funnel.count(unchanged(4))
    report.funnel.fetched = 1
    page = page_of_run(s3.store(), location, [writer.write(writer.batch([unchanged(4)]))], document_of(report), {})
    assert "Nothing new: of the pages that were fetched, all 1 are as the archive has them." in text_of(page)
    assert not lxml.html.fromstring(page).xpath("//table | //*[@class='bar']")


def test_a_text_of_a_day_is_compared_as_far_as_somebody_reads(s3: EmbeddedS3, tmp_path: Path) -> None:
    location = Location(s3.bucket, "blog")
    writer = BatchWriter(s3.store(), location, RUNS[1], HEADER)
    words = [f"शब्द{n}" for n in range(2_500)]
    batch = writer.batch([kept(1, text=" ".join(words)), copied(2, 1, "pahad", text=" ".join(words[:1_900]))])
    found = findings_of_run(s3.store(), location, [writer.write(batch)])
    [theirs, ours] = lxml.html.fromstring(run_page(document_of(RunReport(run_id=RUNS[1])), {}, found)).xpath(
        "//p[@class='text']"
    )
    assert theirs.text_content().split() == [*words[:2_000], "…"]
    assert ours.text_content().split() == words[:1_900]
