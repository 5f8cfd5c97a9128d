"""Whatever bytes a page has, the worker function answers with an article or a reject that the bucket can hold."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import BufferOutputStream, BufferReader

from newscrawl.bucket.schema import row_of, tables_of, to_arrow
from newscrawl.items import Article, Reason, Reject
from newscrawl.workers.pool import work
from tests.samples import OTHER, STORY, html, page

# More in the fault suite (`make faults`); these many take some seconds.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))


def outcome_of(body: bytes, content_type: str | None = "text/html; charset=utf-8") -> Article | Reject:
    """Work on a page and write its rows to Parquet and back, as a batch does."""
    outcome = work(page(body, content_type=content_type))
    assert isinstance(outcome, Article | Reject)
    stored = replace(outcome, story_id=outcome.id) if isinstance(outcome, Article) else outcome
    for table in tables_of(stored):
        row = row_of(table, stored, "20261123T000000Z-aaaaaa")
        sink = BufferOutputStream()
        pq.write_table(to_arrow(table, [row], {}), sink)
        [back] = pq.read_table(BufferReader(sink.getvalue())).to_pylist()
        assert back["url"] == row["url"] and back.get("text") == row.get("text")
    return outcome


STORY_PARAGRAPHS = "".join(f"<p>{line}</p>" for line in STORY.split("\n"))


def told(inner: str, title: str = "जलाशय की सफाई शुरू") -> bytes:
    head = f"<html><head><title>{title}</title></head>"
    return f"{head}<body><article><h1>{title}</h1>{inner}</article></body></html>".encode()


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 10_000 + STORY.encode() + b"</div>" * 10_000,
        b"<table><tr><td>" * 3_000 + STORY.encode(),
        b"<b><i><a>" * 4_000 + STORY.encode(),
        told(STORY_PARAGRAPHS, "ख" * 1_000_000),
        told("<p>" + "अ" * 2_000_000 + "</p>"),
        told(STORY_PARAGRAPHS.replace(" ", "\x00")),
        told(STORY_PARAGRAPHS.replace("जलाशय", "&#xD800;&#xDFFF;&#0;&#x1F;&#xFFFF;")),
        told(STORY_PARAGRAPHS.replace(" ", "\x0b\x1b\x7f \x85")),
        told(STORY_PARAGRAPHS).replace("न".encode(), b"\xe0\xa4"),
        html().encode("utf-16"),
        b"\xff\xfe" + html().encode(),
        told(
            f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"\\ud800","a":{"[" * 5000}</script>'
        ),
        told(
            '<script type="application/ld+json">{"@type":"NewsArticle","headline":"\\ud83d शीर्षक \\u0000",'
            '"author":{"name":"\\udfff"},"datePublished":"0000-99-99T99:99:99+99:99"}</script>' + STORY_PARAGRAPHS
        ),
        told(f'<link rel="canonical" href="http://[::1"><a href="http://[">x</a>{STORY_PARAGRAPHS}'),
        told(f'<meta property="article:published_time" content="99999-01-01">{STORY_PARAGRAPHS}'),
        b"<!--" * 100_000,
        b"<" * 200_000,
        b"&" * 200_000,
        b"<html>" + b'<meta name="' + b"x" * 1_000_000 + b'">',
        b"\x00",
        b"%PDF-1.7\n\x00\x01",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_hostile_pages_end_as_a_row(body: bytes) -> None:
    outcome_of(body)


@pytest.mark.parametrize(
    "body",
    [
        told("".join(f"<p>पंक्ति {n}</p>" for n in range(100_000))),
        told("<br>".join(f"{n} {STORY[:90]}" for n in range(40_000))),
        told(f"<p>{STORY}" + "<b>अ</b>" * 60_000),
        told('<script id="__NEXT_DATA__" type="application/json">'
             + json.dumps({"props": {"body": "".join(f"<p>{n} {STORY}</p>" for n in range(40_000))}}) + "</script>"),
    ],
    ids=["lines", "breaks", "bold", "data"],
)  # fmt: skip
def test_more_elements_than_a_page_has_are_not_read(body: bytes) -> None:
    """Kind: a page of small pieces, each of which costs as much as a paragraph."""
    page_of_story = page(body, url="https://a.example/jalashay-safai-101", announced=True, named=True)
    outcome = work(page_of_story)
    assert isinstance(outcome, Reject) and outcome.reason is Reason.TOO_LARGE
    assert "elements" in (outcome.detail or "")


_TEXT = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            *STORY.split("\n"),
            *OTHER.split("\n"),
            "ये भी पढ़ें",
            "।" * 50,
            "\u200d\u200c",
            "http://[",
            "\x00",
            "20 auguſt 2026",
            "²",
            "9" * 5000,
            "\u0316\u0301" * 600,
        ]
    ),
    st.sampled_from(["&#xD800;", "&#0;", "&#x110000;", "&nbsp;", "&amp", "]]>", "<![CDATA[", "-->", "</body>"]),
)
_NAMES = st.sampled_from(
    ["p", "div", "article", "h1", "a", "span", "table", "td", "li", "script", "style", "title", "svg", "br", "main",
     "figure", "noscript", "template", "iframe", "form", "textarea", "x:y"]
)  # fmt: skip
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(["class", "id", "href", "rel", "content", "property", "name", "itemprop", "type", "datetime"]),
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["canonical", "article:published_time", "og:title", "author", "application/ld+json", "http://[", "keywords",
             "2026-13-45", "24 ſep 2026", "9" * 5000, "story-body", "related", "articleBody", "//", "javascript:0",
             "\ud800"]
        ),
    ),
    max_size=3,
)  # fmt: skip


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def build(name: str, attributes: dict[str, str], inner: list[str], closed: bool) -> str:
        given = "".join(f' {key}="{value}"' for key, value in attributes.items())
        return f"<{name}{given}>{''.join(inner)}" + (f"</{name}>" if closed else "")

    return st.builds(build, _NAMES, _ATTRIBUTES, st.lists(children, max_size=5), st.booleans())


_HTML = st.recursive(_TEXT, _element, max_leaves=40)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    _HTML, st.binary(max_size=30), st.sampled_from(["utf-8", "utf-16", "latin-1", "cp1252"]),
    st.sampled_from([None, "text/html", "text/html; charset=nonsense", "text/html; charset=utf-16", "text/xml"]),
)  # fmt: skip
def test_made_up_pages_end_as_a_row(markup: str, noise: bytes, encoding: str, content_type: str | None) -> None:
    body = f"<html><body>{markup}{STORY_PARAGRAPHS}{markup}".encode(encoding, "replace")
    outcome_of(body[: len(body) // 2] + noise + body[len(body) // 2 :], content_type)


def test_a_picture_as_wide_as_python_cannot_read_costs_no_story() -> None:
    wide = html().replace("</h1>", f'</h1><img src="/a.jpg" width="{"9" * 5000}">')
    found = work(page(wide))
    assert isinstance(found, Article) and found.image_url is not None and found.image_url.endswith("/a.jpg")


def _data(properties: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", {properties}}}</script>'


_NESTED = "[" * 700 + '"नाम"' + "]" * 700


@pytest.mark.parametrize(
    "odd",
    [
        _data(f'"author": {_NESTED}'), _data(f'"image": {_NESTED}'), _data(f'"publisher": {{"name": {_NESTED}}}'),
        _data('"datePublished": "20 auguſt 2026"'), '<meta property="article:modified_time" content="24 ſep 2026">',
        _data('"headline": 7, "datePublished": [1], "author": 1e400, "image": {"url": {}}, "keywords": [NaN]'),
        _data('"headline": "\\ud800", "author": ["\\ud800"], "keywords": ["\\ud800x"], "articleSection": "\\ud800"'),
        '<meta property="og:title" content="क' + "\u0316\u0301" * 100_000 + '">', "<b>" * 1_000,
        f'<base href="http://["><link rel="next" href="?page={"9" * 5000}"><meta property="og:url" content="http://[">',
    ],
    ids=lambda odd: odd[:60].encode("ascii", "backslashreplace").decode(),
)  # fmt: skip
def test_what_is_odd_in_a_head_costs_no_story(odd: str) -> None:
    found = outcome_of(html().replace("<head>", f"<head>{odd}").encode())
    assert isinstance(found, Article) and found.title == "जलाशय की सफाई शुरू"
    assert "किनारे पर टहलने का रास्ता" in found.text


@pytest.mark.parametrize(
    "reference",
    ["&#11;", "&#1", "&#x1F;", "&#0;", "&#31;", "&#00012;", "&#XFFFE;", "&#65535;", "&#xD800;", "&#57343;", "&#x0b"],
)
def test_a_reference_to_what_is_no_character_costs_itself(reference: str) -> None:
    """Kind: &#11;, the line break of a word processor, in a story whose lines are broken by <br>."""
    lines = f"{reference}<br>".join(STORY.split("\n"))
    found = outcome_of(told(f"{reference}<div>{reference}{lines}</div>{reference}&#2325;&#xA0;&#10;"))
    assert isinstance(found, Article) and found.text.startswith(STORY.split("\n")[0])
    assert "किनारे पर टहलने का रास्ता" in found.text


def test_a_title_of_a_hundred_thousand_parts_costs_no_worker() -> None:
    """Cut part by part, each time from its beginning, it would take longer than a page may."""
    found = work(page(html().replace("<head>", f'<head><meta property="og:title" content="{" | क" * 100_000}">')))
    assert isinstance(found, Article) and found.title == "जलाशय की सफाई शुरू"


def test_a_page_has_no_more_tags_than_a_person_gives() -> None:
    many = ",".join(f"शब्द {n}" for n in range(100_000))
    found = work(page(html().replace("<head>", f'<head><meta name="keywords" content="{many}">')))
    assert isinstance(found, Article) and len(found.tags) == 100 and found.tags[:2] == ("शब्द 0", "शब्द 1")


def test_what_stands_deeper_than_a_parser_goes_is_no_half_a_story() -> None:
    found = work(page(told(STORY_PARAGRAPHS + "<div>" * 3_000 + STORY_PARAGRAPHS)))
    assert isinstance(found, Reject) and found.reason is Reason.TOO_LARGE and "depth" in (found.detail or "")


_SENTENCE = STORY.split("\n")[0]


def _many(one: str, number: int = 6_000) -> str:
    """`one` so many times, each with its number in the place of "#"."""
    return "".join(one.replace("#", str(n)) for n in range(number))


# Shapes whose cost once grew with the square of their number, or worse: each took minutes.
_WIDE = {
    "pictures in one box": told(STORY_PARAGRAPHS + f"<div>चित्र {_many('<img src=/#.jpg>', 28_000)}</div>"),
    "main headings": told(f"{STORY_PARAGRAPHS}</article><article>{_many('<h1>शीर्षक #</h1>', 28_000)}"),
    "stories below": told(
        f"{STORY_PARAGRAPHS}</article>"
        + _many(f"<article><h1>और # खबर</h1><p>{_SENTENCE}</p><p># {_SENTENCE}</p></article>", 7_000)
    ),
    "main headings and a title as long as a page": told(
        f'<meta property="og:title" content="{_many("शब्द# ", 40_000)}">{STORY_PARAGRAPHS}</article>'
        + _many("<h1>शब्द# कखग और बहुत लंबा</h1>")
    ),
    "headings over teasers": told(STORY_PARAGRAPHS + _many(f"<h3>ताज़ा खबरें</h3><p># {_SENTENCE}</p>")),
    "lines that head teasers": told(_many(f"<p>Latest News</p><p># {_SENTENCE}</p>")),
    "lines that break off": told(_many("<p>जिला # के लोग आज फिर से सड़क पर उतरे और बोले # बात...</p>", 8_000)),
    "lines above the first sentence": told(
        _many("<p>क # ख # ग # घ #</p>", 1_000) + _many(f"<p># {_SENTENCE}</p>")
    ),
    "names beside a date": told(
        f"<div>20 नवंबर 2026 {_many('<b>राम शर्मा</b> <a href=/#>राम शर्मा</a> ', 3_000)}</div>{STORY_PARAGRAPHS}"
    ),
    "dates in a line": told(f"<div>{_many('updated 20 nov 2026 10:00 ', 40_000)}</div>{STORY_PARAGRAPHS}"),
    "an element a word": told(f"<div>{_many('<span>क</span># ', 25_000)}</div>"),
    "paragraphs with double breaks": told(_many(f"<p># {_SENTENCE}<br><br>क</p>", 12_000)),
    "cells of a row": told(f"{STORY_PARAGRAPHS}<table><tr>{_many('<td>#</td>', 14_000)}</tr></table>"),
}  # fmt: skip


@pytest.mark.parametrize("body", _WIDE.values(), ids=_WIDE)
def test_a_page_costs_no_more_than_its_length(body: bytes) -> None:
    outcome_of(body)


_DEEP = {
    "fields": "<div>" * 1_800 + "<input type=text>" * 18_000,
    "comments": "<div class=comments>" * 1_800 + "<div class=comment>अ</div>" * 18_000,
    "marked authors": "<div itemprop=author>" * 1_800 + "<b itemprop=name>1234</b>" * 18_000,
    "headlines": "<h1><div>" * 900 + "शब्द " * 100_000,
    "buttons": "<button>" * 1_800 + "शब्द " * 100_000,
    "tables": "<table><tr><td>" * 600 + f"<table><tr>{'<td>अ</td>' * 25_000}</tr></table>",
}


@pytest.mark.parametrize("inner", _DEEP.values(), ids=_DEEP)
def test_elements_in_each_other_beyond_reading_are_not_read(inner: str) -> None:
    """Kind: whatever looks at what is around each element, or inside of it, costs as much as they are deep."""
    found = work(page(told(STORY_PARAGRAPHS + inner)))
    assert isinstance(found, Reject) and found.reason is Reason.TOO_LARGE
    assert found.detail is not None and "elements" in found.detail


def test_times_in_the_headers_around_a_headline_are_gone_through_once() -> None:
    """XPath went through each header for each time: 600 in each other took hours."""
    around = "<header>" * 600 + "<time datetime=2026-11-20></time>" * 4_000
    found = work(page(html().replace("<h1>", f"{around}<h1>")))
    assert isinstance(found, Article) and found.published_at is not None


@pytest.mark.parametrize("opening", ["<b>", "<div>", "<font color=red>", "<ul><li>", "<dl><dd>", "<blockquote>"])
@pytest.mark.parametrize("deep", [100, 900])
def test_a_story_behind_tags_that_nobody_closed_is_read(opening: str, deep: int) -> None:
    found = outcome_of(told(opening * deep + STORY_PARAGRAPHS))
    assert isinstance(found, Article) and "किनारे पर टहलने का रास्ता" in found.text
