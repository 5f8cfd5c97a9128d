"""A run's report for people: what `run.json` says, in one file that asks for nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import lxml.html

from newscrawl.items import Relation
from newscrawl.run.findings import FIELDS, Findings, Site
from newscrawl.run.report import RunReport
from newscrawl.run.run_page import run_page
from newscrawl.run.watching import site_runs
from newscrawl.state.run_history import RUN
from newscrawl.watch.site_runs import SiteRun
from tests.bucket.samples import article, duplicate, reject, unchanged

HOSTILE = "https://x.example/'\"><script>alert(1)</script>"


def page_of(
    report: RunReport, before: Mapping[str, Sequence[SiteRun]] | None = None, found: Findings | None = None
) -> str:
    watched = {site: run.counts() for site, run in site_runs(report).items()} | {RUN: {"store_ms": 5}}
    document = report.document(
        finish_reason="finished", settings_sha256="", conditional_put=True, index={}, watched=watched
    )
    return run_page(document, before or {}, found)


def rows_of(page: str) -> list[list[str]]:
    return [[cell.text_content() for cell in row] for row in lxml.html.fromstring(page).iter("tr")]


def filled() -> RunReport:
    report = RunReport(run_id="20261123T120000Z-abcdef")
    near = duplicate(2, 1)
    for outcome in (article(1), near, replace(near, relation=Relation.EXACT), near, reject(3), unchanged(4)):
        report.funnel.count(outcome)
    report.funnel.fetched = 6
    report.sources_dead[HOSTILE] = "<b>gone</b>"
    report.hosts_left["javascript:alert(1)"] = "asked for time"
    report.doubt("https://nadi.example/khabar/9", 0.21)
    return report


def test_the_page_says_what_the_run_did() -> None:
    text = lxml.html.fromstring(page_of(filled())).text_content()
    for said in (
        "20261123T120000Z-abcdef",
        "6 pages were fetched",
        "articles 1",
        "duplicates 3",
        "unchanged 1",
        "rejects 1",
    ):
        assert said in " ".join(text.split()), said
    rows = rows_of(page_of(filled()))
    assert ["nadi", "", "1", "3", "1", "1", "", "", ""] in rows
    assert ["gone", "1"] in rows and ["near", "2"] in rows and ["exact", "1"] in rows
    assert ["https://nadi.example/khabar/9", "0.21"] in rows


def test_a_site_stands_beside_its_earlier_runs() -> None:
    report = filled()
    report.watched = ["nadi", "shant"]
    start = report.started_at
    usual = [
        SiteRun(at=start - timedelta(days=day), stories=20, rejects=1, dated=20, words=20 * 300) for day in (3, 2, 1)
    ]
    page = page_of(report, {"nadi": usual, "shant": usual})
    [row] = [row for row in rows_of(page) if row[0] == "nadi" and len(row) > 2]
    words = report.funnel.measures["nadi"]["words"] / 4
    assert row[2] == "20" and row[-3:] == [f"{words:.0f}", "100 %", ""]
    [nadi, shant] = [row for row in rows_of(page) if len(row) == 2 and row[0] in ("nadi", "shant")]
    assert nadi[1] == "4 stories, 20 a run before", "of four stories a share says nothing"
    assert shant[1] == "0 stories, 20 a run before"
    lines = lxml.html.fromstring(page).xpath("//polyline/@points")
    assert len(lines) == 2 and all(len(line.split()) == 4 for line in lines)
    # From the top, where twenty are, down to four and to none.
    assert [line.split()[-1] for line in lines] == ["120.0,18.6", "120.0,23.0"]


def test_shares_and_lengths_that_moved_are_told() -> None:
    report = RunReport(run_id="20261123T120000Z-abcdef")
    report.watched = ["nadi"]
    for number in range(20, 40):
        report.funnel.count(article(number) if number % 2 else reject(number))
    report.funnel.fetched = 20
    words = round(report.funnel.measures["nadi"]["words"] / 10)
    usual = SiteRun(at=report.started_at, stories=20, rejects=1, words=20 * 9 * words, duplicates=15, dated=4)
    [told] = [row[1] for row in rows_of(page_of(report, {"nadi": [usual]})) if row[0] == "nadi" and len(row) == 2]
    assert told == (
        "50% of its pages are no story, 5% before; 100% of its stories say when, 20% before; "
        f"0% of its stories are copies or versions, 75% before; {words} words a story, {9 * words} before"
    )


def test_a_first_run_has_nothing_to_be_compared_with() -> None:
    report = filled()
    report.watched = ["nadi"]
    assert "Otherwise" not in page_of(report) and "<polyline" not in page_of(report)


def test_a_run_that_is_not_watched_tells_words_and_dates_by_its_rows() -> None:
    found = Findings()
    found.sites["nadi"] = Site(words=(90.4, 200.0, 310.0), coverage=dict.fromkeys(FIELDS, 0.5))
    [row] = [row for row in rows_of(page_of(filled(), found=found)) if row[0] == "nadi" and len(row) == 9]
    assert row[-3:] == ["200 (90–310)", "50 %", ""], "as with -a limit"


def test_the_bars_of_a_site_sum_up() -> None:
    bars = lxml.html.fromstring(page_of(filled())).xpath("//table//div[@class='bar']")
    widths = [float(part.get("style").removeprefix("width:").removesuffix("%")) for part in bars[0]]
    assert abs(sum(widths) - 100) < 0.1 and len(widths) == 4


def test_what_comes_from_outside_is_text() -> None:
    page = page_of(filled())
    tree = lxml.html.fromstring(page)
    assert not tree.xpath("//script | //b")
    assert HOSTILE in tree.text_content() and "<b>gone</b>" in tree.text_content()
    assert all(link.startswith("https://") for link in tree.xpath("//a/@href"))


def test_nothing_is_asked_for() -> None:
    tree = lxml.html.fromstring(page_of(filled()))
    assert not tree.xpath("//link | //img | //iframe | //@src | //object | //embed")
    assert "url(" not in page_of(filled()) and "@import" not in page_of(filled())
    [policy] = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy
