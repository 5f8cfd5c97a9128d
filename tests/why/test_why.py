"""What `explain` says of a page: its values and their sources, its lines and their rules, its ways of reading."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scrapy.utils.project import get_project_settings

from newscrawl.config import Config
from newscrawl.extraction.elements import Elements
from newscrawl.extraction.metadata import metadata
from newscrawl.extraction.prune import prune
from newscrawl.items import Hint
from newscrawl.why.beside import Fate
from newscrawl.why.values import Value
from newscrawl.why.why import Why, why
from tests.samples import NOW, STORY, html, page
from tests.support import demo_web

PAGE = html(STORY, "पुल बनकर तैयार").replace(
    "<body>", '<body><nav class="menu"><a href="/a">देश</a> <a href="/b">खेल</a></nav>', 1
)


def explained(
    body: str, url: str = "https://a.example/khabar-ek-do-teen-1", state: Path | None = None, **more: Any
) -> Why:
    config = replace(Config.read(get_project_settings()), state_dir=state or Path("/nonexistent"))
    return why(page(body, url, **more), {}, config)


def value(found: Why, name: str) -> Value:
    return next(v for v in found.values if v.name == name)


HEAD = """<head><title>पुल बनकर तैयार - अपना समाचार</title>
<meta property="og:title" content="पुल बनकर तैयार">
<meta name="author" content="रमेश कुमार">
<meta property="article:published_time" content="2026-11-18T10:00:00+05:30">
<link rel="canonical" href="/">
<script type="application/ld+json">{"@type": "NewsArticle", "headline": "पुल तैयार हुआ",
 "author": {"name": "सीमा वर्मा"}, "datePublished": "2026-11-19", "articleSection": "राज्य",}</script></head>"""


def test_each_value_names_its_source_and_why_the_others_are_not_believed() -> None:
    found = explained(html(STORY, "पुल बनकर तैयार").replace("<head><title>पुल बनकर तैयार</title></head>", HEAD))
    title = value(found, "title")
    assert (title.value, title.source) == ("पुल बनकर तैयार", "h1 and meta og:title")
    assert ("JSON-LD headline", "पुल तैयार हुआ", "h1 and meta og:title is believed before it") in title.others
    authors = value(found, "authors")
    assert (authors.value, authors.source) == ("सीमा वर्मा", "JSON-LD author"), "read though a comma is too many"
    assert [(source, said) for source, said, _ in authors.others] == [("meta author", "रमेश कुमार")]
    published = value(found, "published_at")
    assert published.source == "JSON-LD datePublished" and published.others[0][0] == "meta article:published_time"
    assert value(found, "section").source == "JSON-LD articleSection"
    address = value(found, "canonical_url")
    assert address.source == "the address that answered"
    assert address.others == (("link rel=canonical", "https://a.example/", "it is the home page"),)


def test_a_crawl_believes_what_is_explained() -> None:
    body = html(STORY, "पुल बनकर तैयार").replace("<head><title>पुल बनकर तैयार</title></head>", HEAD)
    asked = page(body, hint=Hint(title="सूची का शीर्षक", published_at=NOW))
    short, whole = (metadata.read(Elements(prune.parse(body)), asked, whole=w) for w in (False, True))
    assert replace(short, heard={}) == replace(whole, heard={})
    for name, heard in short.heard.items():
        assert (heard.value, heard.source) == (whole.heard[name].value, whole.heard[name].source)
    assert sum(len(h.said) for h in short.heard.values()) < sum(len(h.said) for h in whole.heard.values())


def test_a_page_without_a_date_says_that_nobody_gives_one() -> None:
    published = value(explained(html()), "published_at")
    assert (published.value, published.source, published.others) == (None, None, ())
    dated = value(explained(html(), hint=Hint(published_at=NOW)), "published_at")
    assert dated.source == "the feed or sitemap" and dated.value == "2026-11-20 06:30:00 UTC"
    bad = html().replace("<head>", '<head><meta name="date" content="45 नवंबर 2026">')
    assert value(explained(bad), "published_at").others == (
        ("meta date", "45 नवंबर 2026", "it is no date that can be believed"),
    )


def test_each_line_that_is_not_stored_has_its_rule() -> None:
    body = html(STORY + "\nयह भी पढ़ें: दूसरी खबर का शीर्षक", "पुल बनकर तैयार").replace(
        "<body>", '<body><nav class="menu"><a href="/a">देश</a> <a href="/b">खेल</a></nav>', 1
    )
    lines = explained(body).lines
    assert [line.served for line in lines if line.fate is Fate.KEPT] == STORY.split("\n")
    assert [line.stored for line in lines if line.fate is Fate.KEPT] == STORY.split("\n")
    assert next(line for line in lines if line.served == "पुल बनकर तैयार").fate is Fate.MOVED
    assert [line.served for line in lines if line.fate is Fate.CUT] == ["देश खेल", "यह भी पढ़ें: दूसरी खबर का शीर्षक"]
    assert all(line.why for line in lines if line.fate is not Fate.KEPT)


def test_an_excerpt_above_the_story_is_no_line_of_it() -> None:
    first = STORY.split("\n")[0]
    excerpt = f'<p class="excerpt">{first[:70]} [...]</p>'
    head = f'<meta property="og:description" content="{first}">'
    body = html().replace("</h1>", f"</h1>{excerpt}").replace("<head>", f"<head>{head}")
    lines = explained(body).lines
    assert [line.served for line in lines if line.fate is Fate.KEPT] == STORY.split("\n")
    assert next(line for line in lines if line.served == f"{first[:70]} [...]").why == "opening: summary"


def test_the_ways_of_reading_say_how_far_they_agree() -> None:
    found = explained(PAGE)
    taken = {way.name: way for way in found.ways}
    assert taken.keys() == {"pruned", "densest", "alike", "whole"}
    assert taken["pruned"].taken and taken["pruned"].votes == {"densest": 1.0} and "agree to 1.00" in found.taken
    assert taken["alike"].standing == "read for you alone: a crawl did not need it" and taken["alike"].words > 0


@pytest.mark.parametrize(
    ("body", "more", "verdict"),
    [
        (html("The council met on Friday and agreed to repair the old bridge near the bus stand before the rains, "
              "said the chairman, who promised that the work would be finished within four months of this day."),
         {}, {"reject": "wrong_language", "detail": "en"}),
        (html("बहुत छोटा।"), {}, {"reject": "too_short"}),
        ("", {}, {"reject": "no_content", "detail": "empty body"}),
        (html().replace("<head>", '<head><link rel="canonical" href="https://a.example/khabar-1">'),
         {"url": "https://a.example/khabar-1?page=2"},
         {"reject": "not_article", "detail": "a later page of https://a.example/khabar-1"}),
        (html().replace("<head>", '<head><meta name="robots" content="noarchive">'),
         {"obeyed": frozenset(["noarchive"])}, {"reject": "forbidden", "detail": "noarchive in a robots meta element"}),
    ],
)  # fmt: skip
def test_a_page_that_is_not_taken_has_its_reason(body: str, more: dict[str, Any], verdict: dict[str, str]) -> None:
    found = explained(body, **more)
    assert verdict.items() <= dict(found.verdict).items()
    assert not found.stored and "rejected" in found.known.asked and found.known.verdict is None


def test_the_demo_s_pages_that_are_no_stories_have_the_reasons_that_are_known(tmp_path: Path) -> None:
    """Kind: what the demo web serves with status 200, of two sites, as its truth says."""
    # Not too_short: that page is so only without the site's own lines, which a crawl has learned.
    reasons = {"no_content", "wrong_language", "not_article", "error_page", "login_wall"}
    seen = set()
    with demo_web(tmp_path, "--sites", "2", "--articles", "4"):
        truth = json.loads((tmp_path / "truth.json").read_text())
        for known in truth["pages"]:
            if known["reason"] not in reasons or known["kind"] in seen:
                continue
            with urllib.request.urlopen(known["url"], timeout=20) as answer:
                found = explained(
                    answer.read(),
                    known["url"],
                    content_type=answer.headers["Content-Type"],
                    announced="feed" in known["discovered_via"],
                )
            assert dict(found.verdict).get("reject") == known["reason"], known
            assert not found.stored and all(line.why for line in found.lines if line.fate is not Fate.KEPT)
            seen.add(known["kind"])
    assert len(seen) == 7, seen


def test_an_opt_out_that_is_not_obeyed_is_told() -> None:
    found = explained(html().replace("<head>", '<head><meta name="robots" content="noarchive">'))
    assert ("opt-out", "noarchive: noarchive in a robots meta element (recorded, not obeyed)") in found.page
    assert dict(found.verdict)["language"] == "hi"
