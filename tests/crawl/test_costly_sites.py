"""A site whose pages hang the workers is slowed, then left and named; the others' stories are all stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from newscrawl.state.database import State
from tests.samples import OTHER, STORY, html
from tests.support import Answer, Archive, CountingWeb, scrapy

XML = {"Content-Type": "application/rss+xml"}
# libxml2 compares each attribute of an element with those before it: seconds of one call that nothing interrupts.
HANGING = html().replace("<article>", f"<article {' '.join(f'a{n}=1' for n in range(60_000))}>").encode()


def feed(web: CountingWeb, paths: list[str]) -> Answer:
    items = "".join(f"<item><link>{web.url}{path}</link></item>" for path in paths)
    return 200, XML, f"<rss>{items}</rss>".encode()


@pytest.mark.faults
def test_a_site_whose_pages_hang_is_left_and_its_neighbour_on_the_same_host_is_not(
    tmp_path: Path, archive: Archive
) -> None:
    bad = [f"/bura-panna-{n}" for n in range(101, 121)]
    good = [f"/achchhi-khabar-{n}" for n in range(201, 213)]
    with CountingWeb() as web:
        web.pages = {"/bura": feed(web, bad), "/achchha": feed(web, good)}
        web.pages |= dict.fromkeys(bad, (200, {}, HANGING))
        for n, path in enumerate(good):
            web.pages[path] = (200, {}, html(f"{[STORY, OTHER][n % 2]}\nक्रमांक {n} का समाचार।", f"समाचार {n}").encode())
        (tmp_path / "sites.toml").write_text(
            "".join(
                f'[[site]]\nname = "{name}"\nhome = "{web.url}/"\nfeeds = ["{web.url}/{name}"]\ndelay = 0\n'
                for name in ("bura", "achchha")
            )
        )
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_PAGE_SECONDS="2", **archive.variables,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    archive.check()
    [report] = [archive.document(name) for name in archive.names() if name.endswith("/run.json")]
    assert list(report["sites_left"]) == ["bura"] and "no result within 2 s" in report["sites_left"]["bura"]
    assert report["hosts_left"] == {} and "sites left" in result.stderr
    stored = archive.rows("articles") + archive.rows("duplicates")
    assert {row["url"].removeprefix(web.url) for row in stored} == set(good)
    # What was fetched has its row, also where nobody had the time to read it; all other pages stay pending.
    rejects = archive.rows("rejects")
    assert {row["reason"] for row in rejects} == {"extract_failed"} and 3 <= len(rejects) <= len(bad)
    state = State(tmp_path / "state")
    [(pending,)] = state.db.execute("SELECT COUNT(*) FROM urls WHERE state = 'pending'").fetchall()
    state.close()
    assert pending + len(rejects) == len(bad)


def test_a_site_that_has_had_its_time_is_left_and_the_next_run_goes_on(tmp_path: Path, archive: Archive) -> None:
    paths = [f"/dhimi-khabar-{n}" for n in range(101, 131)]
    with CountingWeb() as web:
        web.pages = {"/feed": feed(web, paths)}
        web.pages |= {path: (200, {}, html(title=f"समाचार {path}").encode()) for path in paths}
        (tmp_path / "sites.toml").write_text(
            f'[[site]]\nname = "dhima"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = 0.5\n'
        )
        command = ("crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}")
        state = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state"), **archive.variables}
        first = scrapy(*command, NEWSCRAWL_SITE_SECONDS="3", **state)
        asked = len(web.requests)
        second = scrapy(*command, **state)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    archive.check()
    reports = [archive.document(name) for name in sorted(archive.names()) if name.endswith("/run.json")]
    assert [list(report["sites_left"]) for report in reports] == [["dhima"], []]
    assert "3 s of this run" in reports[0]["sites_left"]["dhima"] and reports[0]["hosts_left"] == {}
    # robots.txt, feed and tdmrep.json are among the requests; what waited in the host's queue was let go.
    assert 3 < asked < 3 + len(paths) and reports[0]["funnel"]["fetched"] == asked - 3
    assert sum(report["funnel"]["fetched"] for report in reports) == len(paths)
