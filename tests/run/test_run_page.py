"""A run's report for people: what `run.json` says, in one file that asks for nothing and runs nothing."""

from __future__ import annotations

from dataclasses import replace

import lxml.html

from newscrawl.items import Relation
from newscrawl.run.report import RunReport
from newscrawl.run.run_page import run_page
from tests.bucket.samples import article, duplicate, reject, unchanged

HOSTILE = "https://x.example/'\"><script>alert(1)</script>"


def page_of(report: RunReport) -> str:
    return run_page(report.document(finish_reason="finished", settings_sha256="", conditional_put=True, index={}))


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
        "6 pages fetched",
        "articles 1",
        "duplicates 3",
        "unchanged 1",
        "rejects 1",
    ):
        assert said in " ".join(text.split()), said
    rows = [[cell.text_content() for cell in row] for row in lxml.html.fromstring(page_of(filled())).iter("tr")]
    assert ["nadi", "", "1", "3", "1", "1"] in rows
    assert ["gone", "1"] in rows and ["near", "2"] in rows and ["exact", "1"] in rows
    assert ["https://nadi.example/khabar/9", "0.21"] in rows


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


def test_a_run_that_fetched_nothing_has_a_page() -> None:
    assert "0 pages fetched" in " ".join(lxml.html.fromstring(page_of(RunReport(run_id="r"))).text_content().split())
