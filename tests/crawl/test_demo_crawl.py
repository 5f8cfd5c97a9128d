"""The main job, end to end: the real command crawls the demo web into a real S3 bucket, three times over.

The bucket is read back with pyarrow alone and compared with the demo web's truth.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.compact import compact
from newscrawl.tables.stories_table import open_stories
from tests.support import Archive, demo_web, scrapy


@dataclass
class Crawled:
    """What one crawl left: its output, the rows of the bucket so far, the truth at that time."""

    result: subprocess.CompletedProcess[str]
    rows: dict[str, list[dict[str, Any]]]
    run: dict[str, Any]
    truth: list[dict[str, Any]]
    stories: list[dict[str, Any]]
    page: str

    @property
    def outcomes(self) -> dict[str, set[tuple[str, str]]]:
        """URL -> {(table, relation or reason)}."""
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for row in self.rows["articles"]:
            found[row["url"]].add(("article", ""))
        for row in self.rows["duplicates"]:
            found[row["url"]].add(("duplicate", row["relation"]))
        for row in self.rows["rejects"]:
            found[row["url"]].add(("reject", row["reason"]))
        return found

    @property
    def story_of(self) -> dict[str, str]:
        """URL -> story that the page belongs to by now: what its row says, then what the moves say, the last counts."""
        found = {row["id"]: row["story_id"] for table in ("articles", "duplicates") for row in self.rows[table]}
        for move in sorted(self.rows["moves"], key=lambda row: row["moved_at"]):
            found[move["id"]] = move["story_id"]
        return {row["url"]: found[row["id"]] for table in ("articles", "duplicates") for row in self.rows[table]}


TABLES = ("articles", "duplicates", "rejects")


def crawl(folder: Path, state: Path) -> Crawled:
    result = scrapy(
        "crawl", "news", "-a", f"sites_file={folder / 'sites.toml'}",
        SCRAPY_PROJECT="demo", NEWSCRAWL_STATE_DIR=str(state),
    )  # fmt: skip
    with EmbeddedS3(state) as server:
        archive = Archive(server)
        archive.check()
        reports = sorted(k for k in archive.names() if k.endswith("/run.json"))
        page = server.store().get(reports[-1].replace("run.json", "report.html"))
        assert page == (state / "report.html").read_bytes(), "the last run's report lies in both places"
        truth = json.loads((folder / "truth.json").read_text())["pages"]
        compact(server.store(), server.location)
        table = open_stories(server.store(), server.location)
        assert table is not None
        told = table.to_pyarrow_table().to_pylist()
        rows = {t: archive.rows(t) for t in (*TABLES, "moves")}
        return Crawled(result, rows, archive.document(reports[-1]), truth, told, page.decode())


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Crawled]]:
    """Three crawls of one web into one bucket: the second finds nothing new, the third the web's edition 2."""
    folder, state = tmp_path_factory.mktemp("web"), tmp_path_factory.mktemp("state")
    with demo_web(folder) as web:
        found = [crawl(folder, state), crawl(folder, state)]
        web.send_signal(signal.SIGUSR1)
        assert web.stdout is not None and web.stdout.readline().strip() == "edition 2"
        yield [*found, crawl(folder, state)]


def stories(truth: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for page in truth:
        if page["story"] and page["expect"] in ("article", "duplicate"):
            found[page["story"]].append(page)
    return found


def test_every_crawl_says_that_everything_is_committed(crawls: list[Crawled]) -> None:
    for c in crawls:
        assert c.result.returncode == 0, c.result.stderr
        assert c.result.stderr.strip().splitlines()[-1].startswith("finished: everything that was fetched is committed")


def test_each_story_is_kept_once_and_its_copies_fall_to_it(crawls: list[Crawled]) -> None:
    first = crawls[0]
    story_of = first.story_of
    ids = {row["url"]: row["id"] for table in ("articles", "duplicates") for row in first.rows[table]}
    for story, pages in stories(first.truth).items():
        # An AMP page may stand for its main page; the archive then has the twin's row.
        urls = [page["final_url"] for page in pages if page["final_url"] in story_of]
        twins = [p["final_url"] for p in first.truth if p["story"] == story and p["relation"] == "amp"]
        carriers = urls + [url for url in twins if url in story_of]
        assert len([url for url in carriers if story_of[url] == ids[url]]) == 1, f"{story}: {carriers}"
        assert len({story_of[url] for url in carriers}) == 1, story
        assert len(carriers) >= len(pages), f"{story}: a carrier has no row"


def test_the_stories_table_has_each_story_of_the_truth_once_with_all_its_pages(crawls: list[Crawled]) -> None:
    for crawled in crawls:
        of_url = {member["url"]: row["story_id"] for row in crawled.stories for member in row["members"]}
        stored = [row for table in ("articles", "duplicates") for row in crawled.rows[table]]
        assert sum(len(row["members"]) for row in crawled.stories) == len(stored)
        assert {row["url"] for row in stored} == of_url.keys()
    first, *_ = crawls
    of_url = {member["url"]: row["story_id"] for row in first.stories for member in row["members"]}
    found = {
        story: {of_url[p["final_url"]] for p in pages if p["final_url"] in of_url}
        for story, pages in stories(first.truth).items()
    }
    assert all(len(rows) <= 1 for rows in found.values()), "a story has two rows"
    named = [story_id for rows in found.values() for story_id in rows]
    assert len(named) == len(set(named)) > 500, "two stories have one row"
    texts = {p["final_url"]: p["body"] for p in first.truth if p.get("body")}
    for row in first.stories:
        assert row["text"].split("\n") == texts.get(row["url"], row["text"].split("\n"))


def test_no_template_or_event_story_falls_to_another(crawls: list[Crawled]) -> None:
    first = crawls[0]
    story_of = first.story_of
    sizes = Counter(story_of.values())
    apart = [p["final_url"] for p in first.truth if p["relation"] in ("event", "template", "roundup")]
    assert len(apart) >= 60
    assert {url: sizes[story_of[url]] for url in apart if url in story_of and sizes[story_of[url]] > 1} == {}


def test_the_text_is_the_story_and_nothing_else(crawls: list[Crawled]) -> None:
    first = crawls[0]
    truth = {p["final_url"]: p for p in first.truth if p.get("body")}
    rows = [row for row in first.rows["articles"] + first.rows["duplicates"] if row["url"] in truth]
    assert len(rows) > 690
    wrong = [row["url"] for row in rows if row["text"].split("\n") != truth[row["url"]]["body"]]
    assert wrong == []


def test_every_page_of_trouble_is_rejected_for_the_right_reason(crawls: list[Crawled]) -> None:
    first = crawls[0]
    for page in first.truth:
        if page["expect"] != "reject":
            continue
        assert first.outcomes[page["url"]] == {("reject", page["reason"])}, page["kind"]


def test_what_lies_outside_the_site_list_or_is_disallowed_is_never_fetched(crawls: list[Crawled]) -> None:
    for page in crawls[0].truth:
        if page["expect"] == "none" and page["relation"] != "amp":
            # What robots.txt forbids has its row; what lies outside is no URL of the site, and has none.
            row = {("reject", page["reason"])} if page["reason"] else set()
            assert crawls[0].outcomes[page["url"]] == row, page["url"]


def test_what_a_site_reserves_by_its_licence_is_in_its_rows_and_on_the_page(crawls: list[Crawled]) -> None:
    first = crawls[0]
    stated = {(row["site"], tuple(row["reservations"])) for row in first.rows["articles"]}
    assert {wishes for site, wishes in stated if site == "aarohan-today"} == {("rsl", "rsl:ai-input", "rsl:ai-train")}
    assert {wishes for site, wishes in stated if site != "aarohan-today"} == {()}
    assert first.run["licences_unread"] == {} and "What publishers reserve" in first.page


def test_the_funnel_sums_up(crawls: list[Crawled]) -> None:
    for c in crawls:
        funnel = c.run["funnel"]
        assert funnel["fetched"] == sum(funnel[k] for k in ("articles", "duplicates", "rejects", "unchanged"))
    first = crawls[0].run["funnel"]
    assert {t: first[t] for t in TABLES} == {t: len(crawls[0].rows[t]) for t in TABLES}


def test_a_second_crawl_of_an_unchanged_web_fetches_no_article(crawls: list[Crawled]) -> None:
    first, second, _ = crawls
    assert second.run["funnel"]["fetched"] == 0
    assert second.rows == first.rows
    # Feeds, sitemaps and sections answer "not modified"; what is left is robots.txt and a feed that lies.
    assert second.run["bytes_received"] < 0.02 * first.run["bytes_received"]
    assert second.run["sources_unchanged"] == second.run["sources_read"] > 0


def test_a_changed_web_brings_revisions_and_new_stories_and_nothing_else(crawls: list[Crawled]) -> None:
    _, second, third = crawls
    # Sitemaps and Atom say when a page changed; RSS and section pages do not, and those sites' changes are
    # seen by rechecks only.
    silent = {"khabar-dwar", "janpath-varta", "neem-chaupal"}
    changed = {
        p["final_url"]: p["change"]
        for p in third.truth
        if p["change"] and p["relation"] != "amp" and (p["change"] == "new" or p["site"] not in silent)
    }
    assert Counter(changed.values())["headline"] >= 4
    before = {row["canonical_url"] for t in ("articles", "duplicates") for row in second.rows[t]}
    old = {row["id"] for t in ("articles", "duplicates") for row in second.rows[t]}
    fresh = {t: [row for row in third.rows[t] if row["id"] not in old] for t in ("articles", "duplicates")}
    # By canonical URL: where the AMP page came first, the row is its, and its main page is unchanged.
    for row in fresh["articles"]:
        assert changed.get(row["canonical_url"]) == "new", row["url"]
    revised = {row["canonical_url"] for row in fresh["duplicates"] if row["relation"] == "revision"}
    assert {changed[url] for url in revised if url in changed} == {"text", "headline"}
    for url, change in changed.items():
        if change != "new" and url in before:
            assert url in revised, f"{change} of {url} was not stored"


def test_the_summary_tells_a_person_what_happened(crawls: list[Crawled]) -> None:
    said = crawls[0].result.stderr
    words = "pages fetched", "stories kept", "duplicates", "rejects", "bytes stored", "bucket", "report.html", "ask it"
    for word in words:
        assert word in said
    assert "Traceback" not in said


def test_the_page_of_a_run_shows_its_own_stories_or_that_there_are_none(crawls: list[Crawled]) -> None:
    assert "<h2>Who copies whom" in crawls[0].page and "<h2>The largest stories" in crawls[0].page
    assert "<ins>" in crawls[0].page and "<del>" in crawls[0].page
    assert "Nothing new" in crawls[1].page and "<h2>Who copies whom" not in crawls[1].page
    assert crawls[0].rows["articles"][0]["site"] in crawls[0].page


def test_the_schema_lies_beside_the_rows(crawls: list[Crawled]) -> None:
    row = crawls[0].rows["articles"][0]
    assert row["schema_version"] == 1
    assert None not in (row["id"], row["story_id"], row["url"], row["title"], row["text"])
    assert all(value != "" for t in TABLES for row in crawls[0].rows[t] for value in row.values())
