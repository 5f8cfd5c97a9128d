# ruff: noqa: E501
"""What a site's robots.txt, home page and listings name: sitemaps, feeds, stories; and which addresses tell stories."""

from __future__ import annotations

import pytest

from newscrawl.discovery.addresses import is_article
from newscrawl.discovery.links import Loss
from newscrawl.discovery.robots_file import announced_sitemaps
from newscrawl.discovery.sections import announced_feeds, parse_section

SITE = "https://www.namuna.example"


def test_sitemap_lines_of_robots_txt_are_resolved_one_by_one() -> None:
    body = (
        "\ufeffUser-agent: *\r\nAllow: /\r\nSITEMAP: /ek.xml # hamara\r\nSitemap:https://www.namuna.example/do.xml\r\n"
        "sitemap : tin.xml\rSite-Map: //www.namuna.example/char.xml\nSitemap: https://www.namuna.example:99999/x.xml\n"
        "Sitemap: \n# Sitemap: /panch.xml\nSitemap: ek.xml\nSitemap: https://a:b@www.namuna.example/y.xml\nSitemap"
    )
    names = [f"{SITE}/{name}.xml" for name in ("ek", "do", "tin", "char")]
    assert announced_sitemaps(body.encode(), f"{SITE}/robots.txt") == names


def test_the_twins_of_a_host_are_one_site_and_a_base_is_heeded() -> None:
    page = (
        '<base href="/rajya/jila/"><a href="khabar-ek-do-teen-1.html">x</a>'
        '<a href="https://namuna.example/rajya/khabar-ek-do-teen-2.html">x</a>'
        '<a href="https://m.namuna.example/rajya/khabar-ek-do-teen-3.html">x</a>'
        '<a href="https://amp.namuna.example/rajya/khabar-ek-do-teen-4.html">x</a>'
        '<a href="https://namuna.other.example/rajya/khabar-ek-do-teen-5.html">x</a><a href="/?p=123">x</a>'
        '<a href="https://x:y@www.namuna.example/rajya/khabar-ek-do-teen-6.html">x</a><a href="mailto:a@b.example">x</a>'
        '<a href="?p=2">2</a><a href="/rajya/?paged=3">आगे</a>'
    )
    found = parse_section(page, f"{SITE}/rajya/")
    assert [link.partition("example")[2] for link in found.articles] == [
        "/rajya/jila/khabar-ek-do-teen-1.html", "/rajya/khabar-ek-do-teen-2.html", "/rajya/khabar-ek-do-teen-3.html",
        "/rajya/khabar-ek-do-teen-4.html", "/?p=123",
    ]  # fmt: skip
    assert found.left_out == {Loss.NO_URL: 1}


def test_a_number_on_the_home_page_is_a_story_unless_it_is_printed_as_a_page() -> None:
    found = parse_section('<a href="/?p=123">मेला</a><a href="/?p=2">2</a>', f"{SITE}/")
    assert (list(found.articles), found.further) == ([f"{SITE}/?p=123"], (f"{SITE}/?p=2",))


@pytest.mark.parametrize(
    ("path", "article"),
    [
        ("/rajya/khabar-ek-do-teen-1.html", True), ("/rajya/khabar-ek-do-teen/", True), ("/news/desh/12345678", True),
        ("/category/desh/mela-101", True), ("/archive/2026/11/23/mela-laga.html", True), ("/story.php?id=7", True),
        ("/index.php?option=com_content&view=article&id=91:mela-laga&catid=2", True), ("/index.php?id=mela:91", False),
        ("/search-operation-in-the-hills-1234", True), ("/video-viral-hua-shahar-mein-12345.html", True),
        ("/desh/", False), ("/category/desh/", False), ("/archive/2026/11/23/", False), ("/about-us.html", False),
        ("/tag/a-long-name-of-a-tag", False), ("/videos/khabar-ek-do-teen-12345", False), ("/category.php?id=7", False),
        ("/about-us-and-more", False), ("/a.html", False), ("/", False), ("/-----", False),
    ],
)  # fmt: skip
def test_an_address_tells_a_story_from_a_listing(path: str, article: bool) -> None:
    assert is_article(SITE + path) == article


def test_a_feed_is_announced_with_any_spelling_of_its_type() -> None:
    page = '<base href="/x/"><link rel="Alternate home" type="Application/RSS+XML; charset=utf-8" href="feed">'
    assert announced_feeds(page, f"{SITE}/") == [f"{SITE}/x/feed"]
