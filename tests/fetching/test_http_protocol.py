"""Kind: headers that browsers read and a parser of ours stops at: what is wrong with one cost its page."""

from __future__ import annotations

from pathlib import Path

from newscrawl.fetching.http_protocol import MAX_HEAD
from tests.faults.hostile_sites import feed, story
from tests.support import Answer, Archive, CountingWeb, scrapy

HEADERS = {
    "long-line": {"Content-Security-Policy": "a" * (MAX_HEAD // 2)},
    "space-before-colon": {"X-Powered-By ": "x", "Content-Type ": "text/html; charset=utf-8"},
    "name-that-is-none": {"X@Cache[1]": "x", "": "x"},
    "sent-as-it-is": {"Transfer-Encoding": "identity"},
}


def test_a_header_that_browsers_pass_over_costs_no_page(tmp_path: Path, archive: Archive) -> None:
    pages: dict[str, Answer | list[Answer]] = {
        f"/{name}-khabar-{101 + number}": story(5_000 + number, **headers)
        for number, (name, headers) in enumerate(HEADERS.items())
    }
    with CountingWeb({**pages, "/feed": feed(*pages)}) as web:
        (tmp_path / "sites.toml").write_text(
            f'[[site]]\nname = "one"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = 0\n'
        )
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), **archive.variables,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert {row["url"].removeprefix(web.url) for row in archive.rows("articles")} == set(pages)
    assert all(web.requests.count(path) == 1 for path in pages)
