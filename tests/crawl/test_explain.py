"""`scrapy explain`: one page through the steps, from a file or from a server, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.samples import STORY, html
from tests.support import CountingWeb, scrapy

PAGE = html(STORY, "पुल बनकर तैयार").replace(
    "<body>", '<body><nav class="menu"><a href="/a">देश</a> <a href="/b">खेल</a></nav>', 1
)


@pytest.fixture
def web() -> Iterator[CountingWeb]:
    pages = {
        "/khabar-ek-do-teen-1": (200, {}, PAGE.encode()),
        "/band/khabar-1": (200, {}, PAGE.encode()),
        "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /band/\n"),
    }
    with CountingWeb(pages) as found:
        yield found


def told(*arguments: str) -> str:
    result = scrapy("explain", *arguments, COLUMNS="80")
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout


def test_a_saved_page_is_shown_step_by_step(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    out = tmp_path / "why.html"
    shown = told(str(page), "--url", "https://www.example.org/khabar-ek-do-teen-1", "--html", str(out))
    for heading in ("what the page says of itself", "cut from the markup", "the text", "verdict"):
        assert heading in shown
    assert "पुल बनकर तैयार" in shown and "nav" in shown
    assert "+ " + STORY.split("\n")[0].split()[0] in shown
    assert "language" in shown and "hi" in shown and "confidence" in shown
    assert max(map(cell_len, shown.splitlines())) <= 80
    written = out.read_text(encoding="utf-8")
    assert "पुल बनकर तैयार" in written and "src=" not in written and "<script" not in written


def test_a_page_that_is_no_story_says_why(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(html("बहुत छोटा।", "छोटा"), encoding="utf-8")
    shown = told(str(page))
    assert "reject" in shown and "too_short" in shown
    page.write_text("", encoding="utf-8")
    assert "no_content" in told(str(page))


def test_a_page_is_fetched_as_robots_txt_allows(web: CountingWeb) -> None:
    shown = told(f"{web.url}/khabar-ek-do-teen-1")
    assert "पुल बनकर तैयार" in shown and "confidence" in shown
    for path, words in (("/band/khabar-1", "robots.txt"), ("/nahin", "404")):
        refused = scrapy("explain", f"{web.url}{path}")
        assert refused.returncode == 2 and words in refused.stderr, refused.stderr
        assert "Traceback" not in refused.stderr and len(refused.stderr.strip().splitlines()) <= 2, refused.stderr
    assert "/band/khabar-1" not in web.requests


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    result = scrapy("explain", str(tmp_path / "missing.html"))
    assert result.returncode == 2 and "missing.html" in result.stderr and "Traceback" not in result.stderr
    assert scrapy("explain").returncode == 2
