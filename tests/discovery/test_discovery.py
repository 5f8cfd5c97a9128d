"""Feeds, sitemaps and pages: bytes in, article URLs with hints out; what is none says so."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from newscrawl.discovery.links import Bounds, Loss, NotReadable
from newscrawl.discovery.sections import announced_feeds, parse_section, section_links
from newscrawl.discovery.sitemaps import MAX_BYTES, parse_sitemap
from newscrawl.items import Hint

URL = "https://a.example/source"
RSS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>अ</title>
<item><title>जलाशय &amp;amp; सफाई</title><link>/khabar/jalashay-safai-101</link>
<pubDate>Fri, 20 Nov 2026 12:00:00 +0530</pubDate></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>हॉकी</title><link href="https://a.example/h-1"/>
<published>2026-11-20T06:30:00Z</published><updated>2026-11-20T08:30:00Z</updated></entry></feed>"""
NEWS = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://a.example/h-1</loc>
<lastmod>2026-11-20T14:00:00+05:30</lastmod><news:news><news:publication><news:name>अ</news:name>
<news:language>hi</news:language></news:publication><news:publication_date>2026-11-20T12:00:00+05:30</news:publication_date>
<news:title>हॉकी का फाइनल</news:title></news:news></url><url><loc>https://a.example/plain-2</loc></url></urlset>"""
HALF_PAST_SIX = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
HALF_PAST_EIGHT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def index(*names: str) -> bytes:
    maps = "".join(f"<sitemap><loc>https://a.example/{name}</loc></sitemap>" for name in names)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>'.encode()


def test_an_rss_item_gives_an_absolute_url_with_title_and_time() -> None:
    found = parse_sitemap(RSS.encode(), URL).articles
    hint = Hint(title="जलाशय & सफाई", published_at=HALF_PAST_SIX)
    assert found == {"https://a.example/khabar/jalashay-safai-101": hint}


def test_an_atom_entry_says_when_it_changed() -> None:
    [hint] = parse_sitemap(ATOM.encode(), URL).articles.values()
    assert (hint.published_at, hint.modified_at) == (HALF_PAST_SIX, HALF_PAST_EIGHT)


def test_a_news_sitemap_gives_title_publication_and_lastmod() -> None:
    found = parse_sitemap(NEWS.encode(), URL).articles
    assert found["https://a.example/h-1"] == Hint(
        title="हॉकी का फाइनल", published_at=HALF_PAST_SIX, modified_at=HALF_PAST_EIGHT
    )
    assert found["https://a.example/plain-2"] == Hint()


def test_a_gzipped_sitemap_is_read_and_a_gzip_bomb_is_not() -> None:
    assert parse_sitemap(gzip.compress(NEWS.encode()), URL) == parse_sitemap(NEWS.encode(), URL)
    with pytest.raises(NotReadable, match="decompressed"):
        parse_sitemap(gzip.compress(b" " * (MAX_BYTES + 1)), URL)


def test_an_index_names_news_sitemaps_first_and_then_the_latest() -> None:
    names = ["sitemap-2011-05.xml", "sitemap-2026-11.xml", "sitemap-google-news.xml", "sitemap-2024-01.xml"]
    found = parse_sitemap(index(*names), URL)
    assert not found.articles
    assert [url.rpartition("/")[2] for url in found.further] == [names[2], names[1], names[3], names[0]]


@pytest.mark.parametrize("body", [b"", b"<html><body>Not found</body></html>", b"\x00\xff\x00", b"<rss"])
def test_what_is_no_feed_or_sitemap_says_so(body: bytes) -> None:
    with pytest.raises(NotReadable):
        parse_sitemap(body, URL)


def test_an_xml_bomb_is_not_expanded() -> None:
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    declared = f'<!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{nested}]>'
    bomb = f'<?xml version="1.0"?>{declared}<urlset><url><loc>&e11;</loc></url></urlset>'
    with pytest.raises(NotReadable):
        parse_sitemap(bomb.encode(), URL)
    inside = f'<?xml version="1.0"?>{declared}<rss version="2.0"><channel><title>&e11;</title></channel></rss>'
    with pytest.raises(NotReadable):
        parse_sitemap(inside.encode(), URL)
    told = inside.replace("<title>", "<item><link>/h-1</link><title>").replace("</title>", "</title></item>")
    [(url, hint)] = parse_sitemap(told.encode(), URL).articles.items()
    assert url == "https://a.example/h-1" and len(hint.title or "") < 100


PAGE = """<html><head><link rel="alternate" type="application/rss+xml" href="/feed/">
<link rel="alternate" type="application/rss+xml" href="/comments/feed/"><link rel="next" href="/desh/page/2/"></head>
<body><a href="/desh/">देश</a><a href="/video/chunav-ki-badi-khabar-123456">वीडियो</a><a href="/about-us-and-more">हम</a>
<a href="/desh/ramgarh-jalashay-safai-shuru-101/">कथा</a><a href="/story.php?id=87654">पुरानी</a>
<a href="https://b.example/kahin-aur-ki-khabar-99999">पराई</a><a href="http://[bad">x</a><a href="/page/3">3</a></body>
</html>"""


def test_a_section_page_gives_its_own_articles_and_further_pages() -> None:
    found = parse_section(PAGE, "https://a.example/desh/")
    assert list(found.articles) == [
        "https://a.example/desh/ramgarh-jalashay-safai-shuru-101/",
        "https://a.example/story.php?id=87654",
    ]
    assert found.further == ("https://a.example/desh/page/2/", "https://a.example/page/3")


def test_the_site_entrys_pattern_decides_where_there_is_one() -> None:
    found = parse_section(PAGE, "https://a.example/desh/", r"/story\.php")
    assert list(found.articles) == ["https://a.example/story.php?id=87654"]


def test_a_pattern_of_a_language_s_folder_takes_no_section_for_an_article() -> None:
    folder = Bounds(article_url="^https://a.example/desh/", calls_articles=False)
    more = PAGE.replace("<body>", '<body><a href="/desh/rajya">राज्य</a><a href="/desh/about">हम</a>')
    found = parse_section(more, "https://a.example/desh", bounds=folder)
    assert list(found.articles) == ["https://a.example/desh/ramgarh-jalashay-safai-shuru-101/"]
    assert found.left_out[Loss.NOT_WANTED] == 2, "an old address, and another paper"


def test_a_home_page_announces_its_feeds_but_not_that_of_its_comments() -> None:
    assert announced_feeds(PAGE, "https://a.example/") == ["https://a.example/feed/"]


def test_links_behind_the_end_of_a_page_are_read_as_in_browsers() -> None:
    story = '<h2><a href="/desh/nadi-par-naya-pul-bana-1234567">नदी पर नया पुल बना</a></h2>'
    found = parse_section(
        f"<html><body><header>अख़बार</header></body></html>{story}</body></html>", "https://a.example/"
    )
    assert list(found.articles) == ["https://a.example/desh/nadi-par-naya-pul-bana-1234567"]


def test_links_behind_tags_that_nobody_closed_are_read_and_what_is_too_deep_is_said() -> None:
    links = [f'<a href="/teen-shabd-ki-khabar-{n}">x</a>' for n in (1, 2)]
    found = parse_section(links[0] + "<font>" * 1_000 + links[1], "https://a.example/")
    assert len(found.articles) == 2 and found.partly is None
    found = parse_section(links[0] + "<font>" * 5_000 + links[1], "https://a.example/")
    assert len(found.articles) == 1 and "depth" in (found.partly or "")


@pytest.mark.parametrize(
    "link",
    ["http://[", "http://a.example:x/", "javascript:alert(1)", "file:///etc/passwd", "http://a\x7f.example/b"],
)
def test_a_link_that_is_no_web_address_costs_only_itself(link: str) -> None:
    feed = f"<rss version='2.0'><channel><item><link>{link}</link></item><item><link>/h-1</link></item></channel></rss>"
    assert list(parse_sitemap(feed.encode(), URL).articles) == ["https://a.example/h-1"]
    page = f'<a href="{link}/teen-shabd-ki-khabar">x</a><a href="/teen-shabd-ki-khabar">x</a>'
    assert list(parse_section(page, URL).articles) == ["https://a.example/teen-shabd-ki-khabar"]


@pytest.mark.parametrize("home", ["/hindi", "/hindi/", "/hindi/index.html"])
@pytest.mark.parametrize(("calls", "others"), [(True, ["/news", "/hi-tech/cars"]), (False, [])])
def test_a_home_in_a_folder_has_its_sections_below_it(home: str, calls: bool, others: list[str]) -> None:
    """Kind: the menu of the whole house came first, and what lies two folders below was none of the home's sections."""
    links = ["/news", "/hi-tech/cars", "/hindi/", "/hindi/rajya/bihar/", "/hindi/desh", "/hindi/a/b/c"]
    page = "".join(f"<li><a href='{link}'>नाम</a></li>" for link in links)
    folder = Bounds(article_url="^https://a.example/hindi/", calls_articles=calls)
    found = section_links(page, f"https://a.example{home}", folder)
    assert [url.removeprefix("https://a.example") for url in found] == ["/hindi/desh", "/hindi/rajya/bihar/", *others]


def test_a_section_is_what_its_menu_calls_it_whatever_it_counts_and_a_script_s_is_told_by_its_parameters() -> None:
    """Kinds: a menu that notes where the reader came from had no section, and neither had one of scripts."""
    links = [
        "/desh?src=mainmenu", "/desh", "/khel/?itm_source=dsktp&amp;itm_campaign=nav", "/cat.php?id=desh",
        "/List.aspx?cat=2", "/khel.html?itm_source=x", "/search.php?q=mela", "/story.php?id=87654", "/?src=home",
    ]  # fmt: skip
    page = "".join(f"<li><a href='{link}'>नाम</a></li>" for link in links)
    found = section_links(page, "https://a.example/")
    assert [url.removeprefix("https://a.example") for url in found] == [
        "/desh", "/khel/", "/cat.php?id=desh", "/List.aspx?cat=2", "/khel.html"
    ]  # fmt: skip
