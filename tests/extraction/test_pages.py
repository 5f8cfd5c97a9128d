"""Whole pages of our own, each with a habit of some CMS on which a rule went wrong: `tests/extraction/pages/`.

`gold.jsonl` has a line a page: what a careful human would keep of it (`text`, a line a paragraph, subhead, list item
or table row), and lines of the page that must not be in the text. A page without text is no article.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from newscrawl.extraction.story import extract
from newscrawl.items import Article, Reject
from newscrawl.text import hindi
from tests.extraction.support import page, sign

PAGES = Path(__file__).parent / "pages"
GOLD: list[dict[str, Any]] = [
    json.loads(line) for line in (PAGES / "gold.jsonl").read_text(encoding="utf-8").splitlines()
]
STORIES = [gold for gold in GOLD if gold["text"] is not None]
OTHERS = [gold for gold in GOLD if gold["text"] is None]

_KINDS = {"article", "liveblog", "gallery", "video", "opinion"}
_NO_STORIES = {"listing", "home", "static", "author", "tag", "search", "video_page", "product", "forum"}
_KEYS = ["id", "file", "url", "about", "kind", "title", "text", "summary", "must_not"]


def _id(gold: dict[str, Any]) -> str:
    return str(gold["id"])


def _outcome(gold: dict[str, Any]) -> Article | Reject:
    """What extraction makes of a page that a server sends without a charset: what the page declares counts."""
    markup = (PAGES / gold["file"]).read_text(encoding="utf-8")
    return extract(replace(page(markup, gold["url"]), content_type="text/html"), sign)


@pytest.mark.parametrize("gold", STORIES, ids=_id)
def test_a_story_is_told_whole_and_alone(gold: dict[str, Any]) -> None:
    found = _outcome(gold)
    assert isinstance(found, Article), found
    text = hindi.fold(found.text)
    assert [line for line in gold["must_not"] if hindi.fold(line) in text] == []
    assert _word_f1(found.text, gold["text"]) >= 0.97, found.text
    assert hindi.words(hindi.clean(found.title)) == hindi.words(gold["title"])
    assert found.kind == gold["kind"]


@pytest.mark.parametrize("gold", OTHERS, ids=_id)
def test_a_page_without_a_story_is_no_article(gold: dict[str, Any]) -> None:
    assert isinstance(_outcome(gold), Reject)


def test_gold_and_files_agree() -> None:
    files = [gold["file"] for gold in GOLD]
    assert sorted(files) == sorted(path.name for path in PAGES.glob("*.html"))
    assert len({gold["id"] for gold in GOLD}) == len({gold["url"] for gold in GOLD}) == len(GOLD)


@pytest.mark.parametrize("gold", GOLD, ids=_id)
def test_gold_is_of_its_page(gold: dict[str, Any]) -> None:
    assert list(gold) == _KEYS
    assert gold["file"] == f"{gold['id']}.html"
    assert gold["kind"] in (_NO_STORIES if gold["text"] is None else _KINDS)
    shown = _shown(PAGES / gold["file"])
    text = gold["text"] or ""
    for line in filter(None, text.split("\n")):
        start = shown.find(_run(line))
        assert start >= 0, f"not on the page behind the line before: {line}"
        shown = shown[start + len(_run(line)) - 1 :]  # lines stand in order
    whole = _shown(PAGES / gold["file"])
    assert [line for line in gold["must_not"] if _run(line) not in whole] == []
    assert [line for line in gold["must_not"] if hindi.fold(line) in hindi.fold(text)] == []


def _word_f1(found: str, wanted: str) -> float:
    """F1 over multisets of words."""
    a, b = (Counter(hindi.words(hindi.clean(text))) for text in (found, wanted))
    return 2 * (a & b).total() / (a.total() + b.total())


def _shown(path: Path) -> str:
    """The words of a page's body, hidden ones included."""
    tree: Any = html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    for e in list(tree.iter("script", "style", "title")):
        e.drop_tree()
    return _run(" ".join(tree.itertext()))


def _run(text: str) -> str:
    return f" {' '.join(hindi.words(hindi.fold(hindi.clean(text))))} "
