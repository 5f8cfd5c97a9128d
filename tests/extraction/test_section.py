# ruff: noqa: E501  # a list of labels reads better whole
"""The section, as head, breadcrumb, menu and the line beside the headline name it: one, and no label of a CMS."""

from __future__ import annotations

import pytest

from tests.extraction.support import TITLE, article, blocks, document


def _page(head: str = "", above: str = "", behind: str = "") -> str:
    return document(f"<article>{above}<h1>{TITLE}</h1>{blocks()}</article>{behind}", head)


@pytest.mark.parametrize(
    ("said", "section"),
    [
        ("khel,cricket,ipl", "khel"),
        ("Sport, Money & Life", "Sport, Money & Life"),
        ("tags", None),
        ("Uncategorized", None),
        ("अवर्गीकृत", None),
        ("uncategorised", None),
    ],
)
def test_of_a_list_of_slugs_the_first_is_the_section_and_a_cms_default_is_none(said: str, section: str | None) -> None:
    assert article(_page(f'<meta property="article:section" content="{said}">')).section == section


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ('<p class="post-cat">Filed under <a href="/khel">खेल</a>, <a href="/desh">देश</a></p>', "खेल"),
        ('<p class="post-cat">Filed under: <a href="/khel">खेल</a></p>', "खेल"),
        ('<p class="post-cat"><a href="/khel">खेल</a> और: <a href="/t/a">हॉकी</a> <a href="/t/b">नगर कप</a></p>', "खेल"),
        ('<p class="post-cat">More: <a href="/t/a">हॉकी</a> <a href="/t/b">नगर कप</a></p>', None),
        ('<p class="post-cat"><a href="/">Home</a></p>', None),
    ],
)
def test_beside_the_headline_the_first_of_several_is_the_section_and_what_follows_more_is_none(
    line: str, section: str | None
) -> None:
    assert article(_page(above=line)).section == section


@pytest.mark.parametrize(
    "said",
    ["Skip to content", "Back to Blog", "< Back", "View all posts", "All", "सभी खबरें", "वापस जाएं", "November", "नवंबर", "18", "desk@samachar.example.in", "{{section}}", "Read More…", "श्रेणी:"],
)  # fmt: skip
def test_what_a_link_does_a_month_or_an_address_is_no_section(said: str) -> None:
    for html in (
        _page(f'<meta property="article:section" content="{said}">'),
        _page(above=f'<p class="post-cat"><a href="/x/">{said}</a></p>'),
        _page(behind=f'<ul><li><a href="/desh/">{said}</a></li></ul>'),
    ):
        assert article(html).section is None


def test_more_on_a_site_is_no_name_of_its_folder() -> None:
    menu = '<ul><li><a href="/desh/">More on samachar.example.in</a></li></ul>'
    assert article(_page(behind=menu)).section is None


def test_the_sites_name_above_the_headline_is_no_section_and_a_link_to_one_is() -> None:
    for href, section in (("/", None), ("/index.php", None), ("/desh/", "देश")):
        name = "देश" if section else "समाचार उदाहरण"
        assert article(_page(above=f'<h2><a href="{href}">{name}</a></h2>')).section == section


def test_the_archive_of_a_month_is_no_section() -> None:
    url = "https://samachar.example.in/2026/11/nadi-par-pul-184523.html"
    months = '<ul><li><a href="/2026/11/">नवंबर 2026</a></li></ul>'
    assert article(_page(behind=months), url).section is None


def test_a_tag_keeps_its_apostrophe_however_often_the_cms_escaped_it() -> None:
    head = '<meta name="keywords" content="editor&amp;#39;s picks, नदी &amp;amp; पुल">'
    assert article(_page(head)).tags == ("editor's picks", "नदी & पुल")
