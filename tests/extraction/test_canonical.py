"""A canonical URL is believed where it may be the page's own; and page 2 of a story is no article.

Kinds of wrong ones: the home page, a section above, an address without the query that names the story, a template's or
another story's address. Kinds of right ones: the same page without trackers, AMP, mobile or page number, an address
that has the story's number, the words of its slug, or that the page calls its own elsewhere.
"""

from __future__ import annotations

import pytest
from lxml import html

from newscrawl.extraction.metadata import canonical, story_pages
from newscrawl.extraction.metadata.said import believed
from newscrawl.items import Reason, Reject
from tests.extraction.support import TITLE, URL, article, blocks, document, outcome

SITE = "https://www.jansetu.example.in"


def _believed(declared: list[str], url: str, named: list[str | None]) -> str:
    return str(believed(canonical.heard(declared, url, named)).value)


@pytest.mark.parametrize(
    ("url", "declared"),
    [
        ("/rajya/mandi-mein-dharna.html?utm_source=x", "/rajya/mandi-mein-dharna.html"),
        ("/rajya/mandi-mein-dharna.html", "https://m.jansetu.example.in/rajya/mandi-mein-dharna.html"),
        ("/rajya/mandi-mein-dharna.html", "https://mobile.jansetu.example.in/rajya/mandi-mein-dharna.html"),
        ("/rajya/mandi-mein-dharna/amp/", "/rajya/mandi-mein-dharna/"),
        ("/amp/rajya/mandi-mein-dharna-84513", "/rajya/mandi-mein-dharna-84513"),
        ("/rajya/mandi-mein-dharna?amp=1", "/rajya/mandi-mein-dharna"),
        ("/rajya/mandi-mein-dharna?page=2", "/rajya/mandi-mein-dharna"),
        ("/story.php?id=84513", "/rajya/mandi-mein-dharna-84513.html"),
        ("/news/84513/mandi-mein-dharna", "/news/84513"),
        ("/desh/mandi-mein-kisan-dharna", "/rajya/mandi-mein-kisan-dharna"),
    ],
)
def test_another_address_of_the_same_page_is_believed(url: str, declared: str) -> None:
    assert _believed([declared], SITE + url, []).removeprefix(SITE) == declared


@pytest.mark.parametrize("rel", ["Canonical", "canonical nofollow", " CANONICAL "])
def test_rel_is_words_in_any_case(rel: str) -> None:
    told = article(document(blocks(), f'<link rel="{rel}" href="{URL}#story">'), f"{URL}?ref=12")
    assert told.canonical_url == URL, "and a fragment is no part of an address"


@pytest.mark.parametrize(
    ("url", "declared"),
    [
        ("/rajya/mandi-mein-dharna.html", "/"),
        ("/rajya/mandi-mein-dharna.html", "/rajya/"),
        ("/2026/11/24/mandi-mein-dharna", "/2026/11/"),
        ("/story.php?id=7", "/story.php"),
        ("/story.php?sid=7&lang=hi", "/story.php?lang=hi"),
        ("/index.php?n=84513", "/index.php"),
        ("/rajya/mandi-mein-dharna-84513", "/rajya/purane-pul-ki-marammat-84599"),
        ("/2026/11/24/mandi-mein-dharna", "/2026/11/24/purane-pul-ki-marammat"),
        ("/rajya/mandi-mein-dharna.html", "/sample-page.html"),
        ("/rajya/mandi-mein-dharna.html", "https://elsewhere.example/rajya/mandi-mein-dharna.html"),
        ("/rajya/mandi-mein-dharna.html", "http://["),
    ],
)
def test_an_address_that_cannot_be_the_pages_own_is_not_believed(url: str, declared: str) -> None:
    assert _believed([declared], SITE + url, []) == SITE + url


def test_what_the_page_calls_its_own_elsewhere_is_believed_but_for_a_section() -> None:
    url = f"{SITE}/s/xk92"
    assert _believed(["/rajya/mandi-mein-dharna"], url, [None, f"{SITE}/rajya/mandi-mein-dharna"]) == (
        f"{SITE}/rajya/mandi-mein-dharna"
    )
    story = f"{SITE}/rajya/mandi-mein-dharna"
    assert _believed(["/rajya/"], story, [f"{SITE}/rajya/"]) == story


def test_relative_addresses_are_meant_from_the_pages_base() -> None:
    head = '<base href="/"><link rel="canonical" href="desh/nadi-par-pul-184523.html">'
    head += '<meta property="og:image" content="i/pul.jpg">'
    story = article(document(f"<article><h1>{TITLE}</h1>{blocks()}</article>", head), f"{URL}?utm_source=x")
    assert (story.canonical_url, story.image_url) == (URL, "https://samachar.example.in/i/pul.jpg")


def test_a_second_canonical_serves_where_the_first_is_wrong() -> None:
    url = f"{SITE}/rajya/mandi-mein-dharna?utm_source=x"
    assert _believed(["/", "/rajya/mandi-mein-dharna"], url, []) == f"{SITE}/rajya/mandi-mein-dharna"


@pytest.mark.parametrize(
    ("url", "head", "first"),
    [
        ("/kahani.html?page=2", '<link rel="canonical" href="/kahani.html">', "/kahani.html"),
        ("/kahani.html?page=3", '<link rel="prev" href="/kahani.html?page=2">', "/kahani.html"),
        ("/lambi-kahani/2/", f'<link rel="canonical" href="{SITE}/lambi-kahani/">', "/lambi-kahani/"),
        ("/lambi-kahani/page/2/", f'<link rel="prev" href="{SITE}/lambi-kahani/">', "/lambi-kahani/"),
    ],
)
def test_a_later_page_of_a_story_is_no_article_and_names_the_first(url: str, head: str, first: str) -> None:
    marked = f'{head}<meta property="og:type" content="article">'
    found = outcome(document(f"<article><h1>{TITLE}</h1>{blocks()}</article>", marked), SITE + url)
    assert isinstance(found, Reject) and found.reason is Reason.NOT_ARTICLE
    assert found.detail == f"a later page of {SITE}{first}"


@pytest.mark.parametrize(
    ("url", "head"),
    [
        ("/kahani.html?page=1", '<link rel="canonical" href="/kahani.html">'),
        ("/kahani.html?page=2", ""),  # nobody says of what it would be page 2
        ("/kahani.html?page=2", f'<link rel="canonical" href="{SITE}/kahani.html?page=2">'),
        ("/top-10/5/", f'<link rel="canonical" href="{SITE}/top-10/5/">'),
        ("/kahani.html", '<link rel="next" href="/kahani.html?page=2"><link rel="canonical" href="/kahani.html">'),
    ],
)
def test_a_number_alone_makes_no_later_page(url: str, head: str) -> None:
    tree = html.fromstring(f"<html><head>{head}</head></html>")
    declared = map(str, tree.xpath("//link[@rel='canonical']/@href"))
    assert story_pages.first_page(tree, SITE + url, declared) is None


def test_a_page_whose_address_nobody_knows_is_read_all_the_same() -> None:
    """A saved page, or one of a public set, that has lost its address."""
    assert article(document(f"<h1>{TITLE}</h1>{blocks()}"), url="").canonical_url == ""
