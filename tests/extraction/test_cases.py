"""Pages rebuilt from situations that users of other crawlers reported, where the measuring data is at hand.

The same kinds stand in tests of our own wording beside this one: layouts, JSON-LD, canonical URLs, other stories.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.extraction.story import extract
from newscrawl.items import Article
from newscrawl.text import hindi
from tests.extraction.support import page, sign

_WORDS = {
    "10-date-js-tostring": 188, "11a-canonical-section": 188, "11b-canonical-section": 86, "13-pipe-as-danda": 188,
    "14a-elementor-four-widgets": 188, "15a-paywall-class-paragraphs": 188, "15b-paywall-and-non-paywall": 188,
    "16a-next-story-below": 188, "16c-the-other-way-round": 86, "18-articlebody-only": 188, "20-read-more-hidden": 188,
}  # fmt: skip
_LINKED_DATA = ("bad-escape", "entities", "two-objects", "unescaped-quotes")


def _article(shared: Path, name: str) -> Article:
    markup = (shared / "cases" / f"{name}.html").read_text(encoding="utf-8")
    address = f"https://www.namuna-samachar.in/rajya/{name}.html"
    fetched = replace(page(markup, address), fetched_at=datetime(2026, 11, 25, 12, tzinfo=UTC))
    found = extract(fetched, sign)
    assert isinstance(found, Article), found
    assert found.canonical_url == address
    return found


@pytest.mark.parametrize(("name", "words"), _WORDS.items())
def test_a_case_is_told_whole_and_alone(shared: Path, name: str, words: int) -> None:
    assert len(hindi.words(_article(shared, name).text)) == pytest.approx(words, abs=2)


@pytest.mark.parametrize("fault", _LINKED_DATA)
def test_broken_linked_data_still_says_who_when_and_where(shared: Path, fault: str) -> None:
    found = _article(shared, f"17-jsonld-{fault}")
    assert found.published_at == datetime(2026, 11, 24, 13, 15, tzinfo=UTC)
    assert found.authors == ("कमला वर्मा",) and found.section == "राज्य"


def test_a_live_blog_keeps_its_entries(shared: Path) -> None:
    found = _article(shared, "19-live-blog-linked-heads")
    assert found.kind == "liveblog" and found.text.count("\n") >= 4
