# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""The five seed documents: in their themes they yield the story, without a line of what stood around it.

With the measuring data the seeds themselves are put into their themes; without it, stories of our own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from newscrawl.text import hindi
from tests.extraction.support import STORY, TITLE, article, document

_OTHERS = [
    "मंडी में प्याज के भाव गिरे, किसान परेशान",
    "नगर निगम की बैठक में हंगामा, बजट पर फैसला टला",
    "अंतर जिला कबड्डी में बरौली की टीम सेमीफाइनल में",
]
_CARDS = "".join(
    f"<div class='item'><h3><a href='/{i}'>{t}</a></h3><p>{t}, पढ़ें इस रिपोर्ट में पूरा ब्योरा...</p></div>"
    for i, t in enumerate(_OTHERS)
)
_LIST = "<ul>" + "".join(f"<li><a href='/{i}'>{t}</a></li>" for i, t in enumerate(_OTHERS)) + "</ul>"


@dataclass
class Seed:
    """One document: the story's parts, and the lines that must go."""

    title: str
    body: list[str]
    drop: list[str]
    section: str | None = None
    summary: str | None = None
    author: str | None = None


def _read(folder: Path, name: str) -> Seed:
    gold = next(
        g
        for line in (folder / "gold.jsonl").read_text().splitlines()
        if (g := json.loads(line))["file"].startswith(name)
    )
    lines = (folder / gold["file"]).read_text().split("\n")

    def at(key: str) -> str | None:
        return lines[gold[key]].strip() if key in gold else None

    return Seed(
        title=at("title_line") or "",
        body=[lines[i] for i in gold["body"]],
        drop=[lines[i] for i in gold["drop"]],
        section=at("section_line"),
        summary=at("summary_line"),
        author=gold.get("author"),
    )


_LEAD = " ".join(STORY[0].split()[:24])
_OWN = {
    "000": Seed(TITLE, STORY, ["Related Articles", "Back to top button"], section="उत्तर प्रदेश"),
    "001": Seed(TITLE, STORY, ["Date Updated", "फॉलो करें:", "Subscribe to Our YouTube Channel!", "Stay updated with our latest videos. Click the button below to subscribe now!"], summary=_LEAD + " […]"),
    "002": Seed(TITLE, STORY, ["Barauli New Bridge", "Tags", "Share this story", "Latest News", "Must Read", "Don't Miss"], summary="Barauli New Bridge: " + " ".join(STORY[1].split(" ")[:22])),
    "003": Seed(TITLE, STORY, []),
    "004": Seed(TITLE, STORY, ["Sudha Rani", "Reporter, Samachar (Part of Example Network)", "ये भी पढ़ें :- मंडी में प्याज के भाव गिरे, किसान परेशान", "Latest News", "मंडी में प्याज के भाव गिरे, किसान परेशान", "मंडी समाचार: प्याज की आवक बढ़ने से भाव गिर गए हैं और किसान परेशान दिख रहे हैं,...", "More Articles Like This", "Exit mobile version"], author="Sudha Rani"),
}  # fmt: skip


@pytest.fixture(params=["our own", pytest.param("shared", marks=pytest.mark.shared)])
def seeds(request: pytest.FixtureRequest) -> dict[str, Seed]:
    """The five documents by number."""
    if request.param == "our own":
        return _OWN
    folder = request.getfixturevalue("shared") / "seeds"
    return {name: _read(folder, name) for name in _OWN}


def _paragraphs(seed: Seed) -> str:
    # A line without a closing mark is a subhead.
    return "\n".join(f"<p>{t}</p>" if len(t) > 60 else f"<h2>{t}</h2>" for t in (line.strip() for line in seed.body))


def _yields(html: str, seed: Seed) -> None:
    story = article(html)
    assert story.text.split("\n") == [hindi.clean(line) for line in seed.body]
    for line in filter(str.strip, seed.drop):
        assert hindi.clean(line) not in story.text.split("\n")
    assert story.title == hindi.clean(seed.title)
    if seed.section:
        assert story.section == hindi.clean(seed.section)
    if seed.summary:
        assert story.summary == hindi.clean(seed.summary)
    if seed.author:
        assert story.authors == (seed.author,)


def test_section_line_related_list_and_back_to_top_go(seeds: dict[str, Seed]) -> None:
    seed = seeds["000"]
    html = f"""<article id="the-post" class="container-wrapper post-content"><header class="entry-header-outer"><span class="post-cat-wrap">
        <a class="post-cat" href="/s/">{seed.section}</a></span><h1 class="post-title entry-title">{seed.title}</h1></header>
        <div class="entry-content entry clearfix">{_paragraphs(seed)}</div></article>
        <div id="related-posts"><h3>{seed.drop[0]}</h3>{_LIST}</div><a id="go-to-top" href="#">{seed.drop[1]}</a>"""
    _yields(document(html, title=f"{seed.title} - समाचार उदाहरण"), seed)


def test_a_broken_off_excerpt_becomes_the_summary(seeds: dict[str, Seed]) -> None:
    seed = seeds["001"]
    html = f"""<div class="single"><h1>{seed.title}</h1><div class="single-excerpt"><p>{seed.summary}</p></div>
        <div class="row"><div>{seed.drop[0]}</div><div>{seed.drop[1]}</div></div><div class="single-content">{_paragraphs(seed)}</div>
        <div class="yt"><h3>{seed.drop[2] if len(seed.drop) < 5 else seed.drop[3]}</h3><p>{seed.drop[-1]}</p></div></div>"""
    _yields(document(html, title=seed.title), seed)


def test_a_summary_that_the_story_repeats_is_told_once(seeds: dict[str, Seed]) -> None:
    seed = seeds["002"]
    tail = "".join(f"<div class='box'><h4>{t}</h4>{_LIST if i > 1 else ''}</div>" for i, t in enumerate(seed.drop[1:]))
    html = f"""<div class="page"><h1>{seed.title}</h1><h2 class="synopsis">{seed.summary}</h2><div><img src="/p.jpg"><p>{seed.drop[0]}</p></div>
        <div class="story-text">{_paragraphs(seed)}</div>{tail}</div>"""
    _yields(document(html, title=seed.title), seed)


def test_without_telling_markup_the_repeated_summary_is_told_by_its_words(seeds: dict[str, Seed]) -> None:
    for name in ("001", "002"):
        seed = seeds[name]
        _yields(
            document(
                f"<div><h1>{seed.title}</h1><p>{seed.summary}</p><p>{seed.drop[0]}</p>{_paragraphs(seed)}</div>",
                title=seed.title,
            ),
            seed,
        )


def test_a_plain_page_is_taken_whole(seeds: dict[str, Seed]) -> None:
    seed = seeds["003"]
    _yields(document(f"<h1>{seed.title}</h1>{_paragraphs(seed)}<h3>और खबरें</h3>{_LIST}", title=seed.title), seed)


def test_author_box_also_read_and_teasers_go(seeds: dict[str, Seed]) -> None:
    seed = seeds["004"]
    also = seed.drop[2]
    html = f"""<div class="td-post-template"><h1 class="entry-title">{seed.title}</h1><div class="tdb-author-box"><div class="wrap">
        <a class="tdb-author-name" rel="author" href="#">{seed.author}</a><div class="tdb-author-descr">{seed.drop[1]}</div></div></div>
        <div class="td-post-content">{_paragraphs(seed)}<p><strong>{also.partition("-")[0]}- <a href="/1">{also.partition("-")[2]}</a></strong></p></div>
        <div class="td_block"><h4>{seed.drop[3]}</h4><h3><a href="/2">{seed.drop[4]}</a></h3><p>{seed.drop[5]}</p></div>
        <div class="td_block"><h4>{seed.drop[6]}</h4>{_CARDS}</div><div class="amp-wp-footer"><a href="#">{seed.drop[7]}</a></div></div>"""
    _yields(document(html, title=seed.title), seed)


def test_the_bare_lines_of_a_seed_yield_the_story_too(seeds: dict[str, Seed]) -> None:
    seed = seeds["004"]
    lines = "".join(f"<p>{t}</p>" for t in (*seed.drop[:2], *seed.body, *seed.drop[2:]))
    story = article(document(f"<h1>{seed.title}</h1><div>{lines}</div>", title=seed.title))
    assert story.text.split("\n") == [hindi.clean(line) for line in seed.body]
