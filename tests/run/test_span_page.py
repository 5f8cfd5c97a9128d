"""The report of a span: right in its figures, whole in one file, and a browser has nothing to say of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import lxml.html
import pytest

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location
from newscrawl.errors import ConfigError
from newscrawl.items import Article, Duplicate, Move, Reason
from newscrawl.run.chart import over_time
from newscrawl.run.span import Span, gather, since_of
from newscrawl.run.span_page import span_page
from newscrawl.server.embedded import EmbeddedS3
from tests.bucket.samples import HEADER, NOON, article, duplicate, reject
from tests.run.test_run_page import filled, page_of
from tests.support import scrapy

RUNS = ("20261122T120000Z-aaaaaa", "20261123T120000Z-bbbbbb")
HOSTILE = "</p><script>alert(1)</script>"
# Would turn the rest of the line around.
TURNED = "\u202e"
TEXTS = ("नदी पर नया पुल बनकर तैयार है। लोग खुश हैं।", "नदी पर नया पुल बनकर आखिर तैयार है। लोग खुश हैं।")


def kept(number: int, site: str = "nadi", **changes: object) -> Article:
    url = f"https://{site}.example/khabar/{number}"
    return article(number, site=site, url=url, canonical_url=url, discovered_url=url, **changes)


def copied(number: int, anchor: int, site: str, **changes: object) -> Duplicate:
    found = duplicate(number, anchor)
    url = f"https://{site}.example/khabar/{number}"
    story = {"story_id": f"a{anchor:08d}", "site": site, "url": url, "canonical_url": url, "discovered_url": url}
    return Duplicate(
        article=article(number, **story, **changes),
        duplicate_of=found.duplicate_of,
        relation=found.relation,
        jaccard=0.8,
        containment=0.9,
    )


@pytest.fixture(scope="module")
def place(s3: EmbeddedS3) -> Location:
    """Two runs: six stories, then one with two copies at another site, a page that is none, and a doubtful one."""
    location = Location(s3.bucket, "span")
    store = s3.store()
    day = timedelta(days=1)
    first = BatchWriter(store, location, RUNS[0], HEADER)
    first.write(first.batch([kept(n, fetched_at=NOON - day + timedelta(seconds=2 * n)) for n in range(10, 16)]))
    last = BatchWriter(store, location, RUNS[1], HEADER)
    outcomes = [
        kept(1, text=TEXTS[0], authors=(), confidence=0.9, reservations=("rsl", "rsl:ai-train")),
        copied(2, 1, "pahad", text=TEXTS[1], title=HOSTILE + TURNED, fetched_at=NOON + timedelta(seconds=5)),
        copied(3, 1, "pahad", text=TEXTS[0], fetched_at=NOON + timedelta(seconds=9)),
        reject(4, site="pahad", url="https://pahad.example/4", reason=Reason.TOO_SHORT),
        kept(5, "pahad", confidence=0.2, published_at=None),
    ]
    last.write(last.batch(outcomes))
    discovery = {"nadi": {"named": 70, "new": 8, "cut": 3, "undated": 2}}
    last.write_run({"run_id": RUNS[1], "finish_reason": "finished", "seconds": 2.5, "loop_lag_ms": None,
                    "funnel": {"fetched": 5, "articles": 2}, "discovery": discovery, "hosts_left": {"x.example": "429"},
                    "sites": {"nadi": {"articles": 1, "unchanged": 3}, "pahad": {"rejects": "many"}},
                    "sites_quiet": {}, "sites_left": {}, "sources_dead": {"https://nadi.example/feed": "HTTP 410"},
                    "discovery_errors": {"https://nadi.example/map.xml": "HTTP 500"},
                    "sources_partly": {"https://pahad.example/map.xml": "no XML"},
                    "licences_unread": {"https://pahad.example/license.xml": "HTTP 404"},
                    "alarms": [{"site": "nadi", "kind": "silent", "words": "1 story, 6 a day before", "chance": 0.0},
                               {"site": None, "kind": "store", "words": "20 s a batch", "chance": 0.0}]})  # fmt: skip
    return location


@pytest.fixture(scope="module")
def span(place: Location, s3: EmbeddedS3) -> Span:
    return gather(s3.store(), place, None, 0.5)


@pytest.fixture(scope="module")
def page(span: Span) -> str:
    return span_page(span)


def rows(page: str, heading: str) -> list[list[str]]:
    tree = lxml.html.fromstring(page)
    [title] = [h for h in tree.iter("h2") if h.text_content() == heading]
    table = next(e for e in title.itersiblings() if e.tag == "div").find("table")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in table.iter("tr")]


def test_the_figures_of_the_bucket_are_in_the_page(page: str) -> None:
    text = " ".join(lxml.html.fromstring(page).text_content().split())
    assert "Sources named 70 entries, 8 of them due. 11 pages were fetched" in text
    [key] = lxml.html.fromstring(page).find_class("key")
    assert key.text_content() == "articles 8 duplicates 2 unchanged 0 rejects 1 "
    assert rows(page, "What sources name and no page comes of") == [["kind", "number"], ["cut", "3"]]
    assert rows(page, "Why pages are no story")[1] == ["pahad", "1"]
    assert rows(page, "Who copies whom") == [["", "nadi"], ["pahad", "2"]]
    assert rows(page, "Pages to look at: their text is doubtful")[1] == ["https://pahad.example/khabar/5", "0.20"]
    assert rows(page, "Hosts and sites left by the last run") == [["x.example", "429"]]
    assert rows(page, "What broke in the last run")[1:] == [
        ["nadi", "silent", "1 story, 6 a day before"],
        ["the run", "store", "20 s a batch"],
    ]
    assert rows(page, "Sources that fail") == [
        ["https://nadi.example/feed", "HTTP 410"],
        ["https://nadi.example/map.xml", "HTTP 500"],
    ]
    assert rows(page, "Sources read in part") == [["https://pahad.example/map.xml", "no XML"]]
    assert rows(page, "Licences whose terms are not known") == [["https://pahad.example/license.xml", "HTTP 404"]]
    assert rows(page, "Runs")[1] == [RUNS[1], "finished", "2", "5", "2", "2.0", ""]


def test_sites_are_told_by_what_they_brought(page: str, span: Span) -> None:
    [_, nadi, pahad] = rows(page, "Sites")
    assert nadi[0] == "nadi" and nadi[4:8] == ["7", "0", "3", "0"] and pahad[4:8] == ["1", "2", "0", "1"]
    assert nadi[9] == "3 h (3 h–3 h)", "published at nine, fetched at noon"
    coverage = rows(page, "What stories say of themselves")
    assert coverage[1][:3] == ["nadi", "100 %", "86 %"] and coverage[2][:3] == ["pahad", "0 %", "100 %"]
    assert ("nadi.example", 5, 2.0, 2.0) in span.found.gaps


def test_what_publishers_reserve_is_told_by_site(page: str) -> None:
    assert rows(page, "What publishers reserve") == [["", "rsl", "rsl:ai-train"], ["nadi", "1", "1"]]


def test_a_line_has_a_point_for_each_step(page: str, span: Span) -> None:
    assert span.step == 3600
    lines = lxml.html.fromstring(page).xpath("//polyline/@points")
    points = [tuple(map(float, point.split(","))) for point in lines[0].split()]
    assert len(points) == 25 and (points[0][0], points[-1][0]) == (0, 120)
    assert points[0][1] < points[-1][1] < points[1][1], "six stories, one a day later, none between"


def test_a_chart_has_the_pages_of_each_step_in_the_colours_of_the_page(page: str, span: Span) -> None:
    drawn, phone = lxml.html.fromstring(page).find_class("chart")
    assert ("wide-chart" in drawn.classes, "narrow-chart" in phone.classes) == (True, True)
    bars = [path.get("style") for path in drawn.iter("path") if "var(" in (path.get("style") or "")]
    assert bars.count("fill: var(--kept)") == bars.count("fill: var(--copy)") == len(bars) // 3, (
        "a bar a step, if of none"
    )
    assert "pages" in drawn.text_content() and "#01" not in page and "currentColor" in page
    points = {outcome: dict(points) for outcome, points in span.found.sites["nadi"].points.items()}
    assert over_time(points, span.step) == over_time(points, span.step), "the same bytes each time"


def test_without_its_library_the_page_says_what_is_missing(span: Span, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("newscrawl.run.chart.find_spec", lambda name: None)
    assert "pip install 'newscrawl[report]'" in lxml.html.fromstring(span_page(span)).text_content()


def test_what_the_last_run_brought_is_compared(page: str) -> None:
    assert rows(page, "What changed with the last run") == [["nadi", "1 stories, 6 a run before"]]


def test_copies_stand_side_by_side_with_their_words_marked(page: str) -> None:
    tree = lxml.html.fromstring(page)
    assert [mark.text for mark in tree.iter("ins")] == ["आखिर"]
    assert not list(tree.iter("del"))
    pairs = tree.xpath("//div[@class='pair']")
    assert len(pairs) == 2
    sides = [" ".join(side.text_content().split()) for side in pairs[0].xpath(".//p[@class='text']")]
    assert sides == list(TEXTS)


def test_what_comes_from_outside_is_text_and_nothing_is_asked_for(page: str) -> None:
    tree = lxml.html.fromstring(page)
    assert HOSTILE in tree.text_content() and TURNED not in tree.text_content()
    assert not tree.xpath("//script | //link | //img | //iframe | //@src | //object | //embed")
    assert "url(" not in page and "@import" not in page
    assert all(link.startswith("https://") for link in tree.xpath("//a/@href"))


def test_a_span_begins_with_a_run_or_a_day() -> None:
    runs = [*RUNS, "20270103T000000Z-cccccc"]
    assert since_of(RUNS[0], runs) == RUNS[0]
    assert since_of("2026-11-23", runs) <= RUNS[1] and since_of("2026-11-23", runs) > RUNS[0]
    assert since_of(None, runs).startswith("20261220T")
    for asked in ("yesterday", "2027-02-01"):
        with pytest.raises(ConfigError, match=asked):
            since_of(asked, runs)
    with pytest.raises(ConfigError, match="empty"):
        since_of(None, [])


def test_only_the_span_counts(place: Location, s3: EmbeddedS3) -> None:
    page = span_page(gather(s3.store(), place, RUNS[1], 0.5))
    assert "5 pages were fetched" in " ".join(lxml.html.fromstring(page).text_content().split())
    assert "or it is the only one" in page


def test_a_run_that_fetched_nothing_is_told_and_one_that_only_moved_is_no_run(s3: EmbeddedS3) -> None:
    location, store = Location(s3.bucket, "outage"), s3.store()
    first = BatchWriter(store, location, RUNS[0], HEADER)
    first.write(first.batch([kept(n) for n in range(10, 16)]))
    moved = BatchWriter(store, location, f"{RUNS[0][:-1]}f", HEADER)
    gone = Move(
        article_id="a00000011", story_id="a00000012", story_before="a00000011", moved_at=NOON, because_of="a00000012",
        relation=None, jaccard=None, containment=None,
    )  # fmt: skip
    moved.write(moved.batch((), moves=[gone]))
    same = span_page(gather(store, location, None, 0.5))
    assert [row[0] for row in rows(same, "Runs")[1:]] == [RUNS[0]] and "or it is the only one" in same
    BatchWriter(store, location, RUNS[1], HEADER).write_run(
        {"run_id": RUNS[1], "finish_reason": "finished", "discovery_errors": {"https://nadi.example/feed": "HTTP 500"}}
    )
    page = span_page(gather(store, location, None, 0.5))
    assert [row[0] for row in rows(page, "Runs")[1:]] == [RUNS[1], RUNS[0]]
    assert rows(page, "What changed with the last run") == [["nadi", "0 stories, 6 a run before"]]
    assert "https://nadi.example/feed" in page
    alone = span_page(gather(store, location, RUNS[1], 0.5))
    assert [row[0] for row in rows(alone, "Runs")[1:]] == [RUNS[1]]


def test_the_command_writes_a_file(place: Location, s3: EmbeddedS3, tmp_path: Path) -> None:
    given = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state"), "NEWSCRAWL_BUCKET": str(place)} | s3.aws_env()
    out = tmp_path / "out" / "r.html"
    done = scrapy("bucket", "report", "--since", "2026-11-22", "--out", out, **given)
    assert (done.returncode, done.stdout) == (0, f"{out}\n"), done.stderr
    assert "Archive report" in out.read_text(encoding="utf-8")
    taken = scrapy("bucket", "report", "--out", "/dev/null/r.html", **given)
    assert taken.returncode == 2 and "/dev/null/r.html cannot be written: " in taken.stderr
    assert scrapy("bucket", "report", **given).stdout == f"{tmp_path / 'state' / 'archive.html'}\n"
    refused = scrapy("bucket", "report", "--since", "soon", **given)
    assert refused.returncode == 2 and "'soon'" in refused.stderr


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.mark.parametrize(("which", "width"), [("span", 390), ("span", 1100), ("run", 390), ("run", 1100)])
def test_a_browser_shows_it_and_asks_for_nothing(which: str, page: str, span: Span, width: int, tmp_path: Path) -> None:
    shown = page if which == "span" else page_of(filled(), found=span.found)
    assert "<ins>" in shown
    (tmp_path / "r.html").write_text(shown, encoding="utf-8")
    command = [
        chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}",
        # Nothing outside is reached, whatever the browser itself would ask for.
        "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--enable-logging=stderr", "--v=0",
        f"--log-net-log={tmp_path / 'net.json'}", f"--window-size={width},900", "--dump-dom",
        (tmp_path / "r.html").as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert ("<h1>Archive report" if which == "span" else "<h1>Run 2026") in done.stdout
    assert not re.findall(r"^.*CONSOLE.*$", done.stderr, re.MULTILINE)
    log = json.loads((tmp_path / "net.json").read_text())
    asked = {event["params"]["url"] for event in log["events"] if "url" in event.get("params", {})}
    ours = {url for url in asked if re.search(r"\b(nadi|pahad|x)\.example", url)}
    assert not ours, "of what the page names, nothing is fetched before somebody clicks"


def test_what_was_read_again_is_no_page_and_all_sums_agree(s3: EmbeddedS3) -> None:
    location, store = Location(s3.bucket, "again"), s3.store()
    first = BatchWriter(store, location, RUNS[0], HEADER)
    first.write(first.batch([kept(n, fetched_at=NOON + timedelta(seconds=n)) for n in range(3)]))
    again = BatchWriter(store, location, RUNS[1], HEADER)
    again.write(again.batch([copied(7, 1, "nadi", fetched_at=NOON)], reextracted=["raw/dt=2026-11-22/a.warc.gz"]))
    found = gather(store, location, None, 0.5)
    site = found.found.sites["nadi"]
    assert {name: site.count(name) for name in ("articles", "duplicates", "rejects")} == {
        "articles": 3, "duplicates": 0, "rejects": 0,
    }  # fmt: skip
    [row] = [row for row in rows(span_page(found), "Sites") if row[0] == "nadi"]
    assert row[4:8] == ["3", "0", "0", "0"]
