# ruff: noqa: E501  # tables of markup read better whole
"""What publishers write every day that no standard has, though anybody can tell what is meant. The kinds: an address
with a scheme too many or none, a robots.txt of another spelling, a list with comments, a document that ends within an
address, a stamp of the time of writing in the place of a change, a feed that is only linked, a pager without a name."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from newscrawl.discovery.links import Bounds, Discovered, Loss, NotReadable
from newscrawl.discovery.robots_file import announced_sitemaps, read_robots
from newscrawl.discovery.sections import announced_feeds, parse_section
from newscrawl.discovery.sitemaps import parse_sitemap
from newscrawl.text.urls import listed_url

SITE = "https://www.namuna.example"
NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
TOLD = {
    "nadi-par-naya-pul-bana": "नदी पर नया पुल बना, गांव खुश हुआ",
    "mele-ki-taiyari-puri-hui": "मेले की तैयारी पूरी हुई, कल से भीड़",
}
URLS = [(n, f"{SITE}/khabar/{slug}-{n}.html") for n, slug in enumerate(TOLD, 4711)]


def read(text: str, url: str = f"{SITE}/maps/news.xml", since: timedelta | None = None) -> Discovered:
    return parse_sitemap(text.encode(), url, bounds=Bounds(now=NOW, oldest=NOW - since if since else None))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("www.namuna.example/a-1", "/a-1"), ("namuna.example/a-1", None), ("m.namuna.example", None), ("https:\\/\\/www.namuna.example\\/a-1", "/a-1"),
        ("https://https://www.namuna.example/a-1", "/a-1"), ("http://https://www.namuna.example/a-1", "/a-1"), ("https:////www.namuna.example/a-1", "/a-1"),
        ("\\a-1", "/a-1"), ("/out/https://b.example/x", "/out/https://b.example/x"), ("a-1.html", "/maps/a-1.html"), ("/a?u=https://b.example\\x", "/a?u=https://b.example\\x"),
        ("b.example/a-1", "/maps/b.example/a-1"), ("//www.namuna.example//a", "//a"),
        ("[0.]", "/maps/[0.]"), ("[1.2.3.4]/a-1", "/maps/[1.2.3.4]/a-1"),
    ],
)  # fmt: skip
def test_an_address_is_read_as_it_was_meant(said: str, meant: str | None) -> None:
    target = listed_url(said, f"{SITE}/maps/news.xml")
    assert target == (f"{SITE}{meant}" if meant else f"https://{said}")


def test_several_sitemaps_of_one_line_and_a_host_without_scheme() -> None:
    lines = f"Sitemap: {SITE}/ek.xml {SITE}/do.xml, {SITE}/tin.xml,\nSitemap: www.namuna.example/char.xml\n"
    names = [f"{SITE}/{name}.xml" for name in ("ek", "do", "tin", "char")]
    assert announced_sitemaps(lines.encode(), f"{SITE}/robots.txt") == names


def test_a_robots_txt_that_an_editor_saved_in_utf_16_is_obeyed() -> None:
    body = "User-agent: *\r\nDisallow: /खेल/\r\nSitemap: /ek.xml\r\n".encode("utf-16")
    rules, sitemaps, _, _ = read_robots((body, f"{SITE}/robots.txt"))
    assert sitemaps == [f"{SITE}/ek.xml"]
    assert not rules.can_fetch(f"{SITE}/%E0%A4%96%E0%A5%87%E0%A4%B2/x", "newscrawl")


@pytest.mark.parametrize("agent", ["newscrawl", "NewsCrawl/2.0", "newscrawl/0.1 (+https://a.example)"])
def test_a_group_for_us_may_name_a_version(agent: str) -> None:
    rules, *_ = read_robots((f"User-agent: {agent} # you\nDisallow: /\n".encode(), f"{SITE}/robots.txt"))
    assert not rules.can_fetch(f"{SITE}/a", "newscrawl")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("2,5", 2.5),
        ("5s", 5),
        ("5 seconds", 5),
        ("1.5 sec # slow", 1.5),
        ("10", 10),
        ("bald", None),
        ("5 per minute", None),
    ],
)
def test_a_crawl_delay_in_words_is_a_wish(said: str, seconds: float | None) -> None:
    rules, *_ = read_robots((f"User-agent: *\nCrawl-delay: {said}\nDisallow:\n".encode(), f"{SITE}/robots.txt"))
    assert rules.crawl_delay("newscrawl") == seconds


def test_a_plain_list_may_begin_with_a_comment() -> None:
    found = read(f"# sitemap\n{SITE}/a-1\n# old: {SITE}/a-0\n{SITE}/a-2\n")
    assert list(found.articles) == [f"{SITE}/a-1", f"{SITE}/a-2"] and Loss.NO_URL not in found.left_out
    with pytest.raises(NotReadable):
        read("# Readme\n\nनमूना")


@pytest.mark.parametrize(
    "text",
    [
        f"<urlset><url><loc>{SITE}/map-1.xml</loc></url><url><loc>{SITE}/MAP-2.XML.GZ?v=3</loc></url><url><loc>{SITE}/a-1.html</loc></url></urlset>",
        f"{SITE}/map-1.xml\n{SITE}/MAP-2.XML.GZ?v=3\n{SITE}/a-1.html",
    ],
)
def test_sitemaps_that_are_listed_as_pages_are_children(text: str) -> None:
    found = read(text)
    assert set(found.further) == {f"{SITE}/map-1.xml", f"{SITE}/MAP-2.XML.GZ?v=3"}
    assert list(found.articles) == [f"{SITE}/a-1.html"]
    assert read(f"# maps\n{SITE}/map-1.xml").further == (f"{SITE}/map-1.xml",)
    assert read(f"<urlset><url><loc>{SITE}/maps/news.xml</loc></url></urlset>").further == (), (
        "it is no child of itself"
    )


@pytest.mark.parametrize("end", [f"<url><loc>{SITE}/khabar-ek-do-", f"<url><loc>{SITE}/b</loc><lastmod>2026-1"])
def test_what_the_end_of_a_document_cuts_through_is_no_address_and_no_date(end: str) -> None:
    found = read(f"<urlset><url><loc>{SITE}/khabar-1</loc></url>{end}")
    assert set(found.articles) <= {f"{SITE}/khabar-1", f"{SITE}/b"} and found.partly
    assert all(hint.modified_at is None for hint in found.articles.values())


def stamped(*when: datetime, published: str = "") -> str:
    more = f"<publication_date>{published}</publication_date>" if published else ""
    return f"<urlset>{''.join(f'<url><loc>{SITE}/khabar-{n}</loc><lastmod>{w.isoformat()}</lastmod>{more}</url>' for n, w in enumerate(when))}</urlset>"


def test_a_map_that_stamps_all_entries_with_its_own_time_tells_no_change() -> None:
    now = [NOW - timedelta(seconds=n) for n in range(6)]
    found = read(stamped(*now), since=timedelta(days=3))
    assert len(found.articles) == 6 and found.left_out == {Loss.UNDATED: 6}
    old = read(stamped(*now, published="2020-05-01"), since=timedelta(days=3))
    assert not old.articles and old.left_out == {Loss.TOO_OLD: 6}, "a stamp makes no archive new"


@pytest.mark.parametrize(
    "when",
    [
        [NOW] * 4,  # a few stories may have changed at once
        [NOW, NOW, NOW, NOW, NOW - timedelta(minutes=5)],
        [NOW - timedelta(days=40)] * 6,  # an archive that was moved: the stamp stays
    ],
)
def test_changes_that_can_have_been_are_believed(when: list[datetime]) -> None:
    assert [hint.modified_at for hint in read(stamped(*when)).articles.values()] == when


def test_a_json_feed_is_a_feed() -> None:
    items: list[object] = [
        {"id": "7", "url": f"{SITE}/a-1", "title": "पुल बना", "date_published": "2026-11-25T10:00:00+05:30"},
        {"id": f"{SITE}/a-2", "date_modified": "2026-11-25T10:00:00+05:30"}, {"id": "9", "title": "बिना पते"}, "x",
    ]  # fmt: skip
    found = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}), f"{SITE}/feed.json")
    when = NOW - timedelta(hours=2)
    assert [(u, h.title, h.published_at, h.modified_at) for u, h in found.articles.items()] == [
        (f"{SITE}/a-1", "पुल बना", when, None), (f"{SITE}/a-2", None, None, when),
    ]  # fmt: skip
    assert found.left_out[Loss.NO_URL] == 1


@pytest.mark.parametrize(
    "text",
    ["{", "{}", '{"version": 1, "items": []}', '{"version": "https://jsonfeed.org/version/1", "items": 5}', "{" * 5000],
)
def test_other_json_is_no_feed(text: str) -> None:
    with pytest.raises(NotReadable):
        read(text)


@pytest.mark.parametrize(
    ("markup", "named"),
    [
        ("<link rel=alternate type=text/xml href=/rss.xml>", ["/rss.xml"]), ("<link rel=alternate type=application/xml href=/rss.xml>", ["/rss.xml"]),
        ("<link rel=alternate type=application/feed+json href=/feed.json>", ["/feed.json"]), ("<link rel=feed href=/feed/>", ["/feed/"]),
        ("<a href=/rss/desh.xml>देश</a><a href=/khel.rss>खेल</a>", ["/rss/desh.xml", "/khel.rss"]),
        ("<a href=/rss>RSS</a><a href=/feed/>x</a><a href=https://b.example/rss.xml>y</a><a href=/sitemap.xml>z</a>", []),
        ("<link rel=alternate type=application/rss+xml href=/feed/><a href=/rss/desh.xml>देश</a>", ["/feed/"]),
        ("<link rel=alternate hreflang=en href=/en/><link rel=alternate type=application/json href=/wp-json/>", []),
    ],
)  # fmt: skip
def test_a_feed_is_announced_in_more_ways_than_one(markup: str, named: list[str]) -> None:
    assert [feed.removeprefix(SITE) for feed in announced_feeds(f"<body>{markup}", f"{SITE}/")] == named


CARDS = "".join(
    f"<h3><a href='/desh/nadi-par-naya-pul-bana-{n}'>नदी पर नया पुल बना, गांव खुश {n}</a></h3>" for n in range(101, 104)
)


@pytest.mark.parametrize(
    ("here", "there", "label"),
    [
        ("/desh/", "/desh/2/", "2"), ("/desh", "/desh/page-2", "2"), ("/desh.html", "/desh-page-2.html", "2"), ("/desh/", "/desh/index/2", "२"),
        ("/desh/", "/desh/?start=20", "2"), ("/desh/", "/desh/?pn=2", "अगला"), ("/desh/2/", "/desh/3/", "3"), ("/desh/", "/desh/2/", "अगला पृष्ठ"), ("/desh/", "/desh/2", "›"),
    ],
)  # fmt: skip
def test_a_pager_leads_on_by_its_numbers_whatever_they_are_called(here: str, there: str, label: str) -> None:
    found = parse_section(f"{CARDS}<a href='{there}'>{label}</a>", SITE + here)
    assert found.further == (SITE + there,) and len(found.articles) == 3


@pytest.mark.parametrize(
    ("there", "label"),
    [
        ("/khel/2/", "2"),
        ("/desh/2/", "आठ हजार"),
        ("/desh/3/", "2"),
        ("/desh/12345/", "2"),
        ("/desh/?lang=2", "हिंदी"),
        ("/desh/", "2"),
        ("/desh/?x=2", "99999"),
    ],
)
def test_a_number_or_an_arrow_alone_is_no_pager(there: str, label: str) -> None:
    assert parse_section(f"{CARDS}<a href='{there}'>{label}</a>", f"{SITE}/desh/").further == ()


@pytest.mark.parametrize(
    "card",
    [
        """<div class="card" onclick="window.location.href='{}'">{}</div>""",
        """<div class="card" onclick='location.assign("{}")'>{}</div>""",
        """<div class="card" onclick="window.open('{}', '_blank')">{}</div>""",
        """<a href="javascript:void(0)" onclick="location = '{}'; return false">{}</a>""",
        """<a href="javascript:location.href='{}'">{}</a>""",
        '<div class="card" data-href="{}">{}</div>',
        '<a href="#" data-href="{}">{}</a>',
        '<a href="javascript:;" data-href="{}">{}</a>',
    ],
)
def test_a_card_that_a_script_follows_is_a_link(card: str) -> None:
    cards = "".join(card.format(f"/khabar/{slug}-{n}.html", said) for n, (slug, said) in enumerate(TOLD.items(), 4711))
    found = parse_section(cards, f"{SITE}/desh/")
    assert list(found.articles) == [f"{SITE}/khabar/{slug}-{n}.html" for n, slug in enumerate(TOLD, 4711)]
    assert not found.left_out


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": n, "url": url} for n, url in URLS]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": {"@id": url}} for _, url in URLS]},
        {"@type": ["CollectionPage"], "mainEntity": {"@type": "ItemList", "itemListElement": [u for _, u in URLS]}},
        {"@graph": [{"@type": "Blog", "blogPost": [{"@type": "BlogPosting", "url": url} for _, url in URLS]}]},
        [{"@type": "NewsArticle", "mainEntityOfPage": {"@id": url}} for _, url in URLS],
        [{"@type": "http://schema.org/ItemList", "itemListElement": {"@type": "ListItem", "url": u}} for _, u in URLS],
        {"@type": "schema:ItemList", "itemListElement": [u for _, u in URLS]},
    ],
)
def test_stories_that_a_listing_names_in_its_data_alone_are_found(data: object) -> None:
    page = f'<script type="application/ld+json">{json.dumps(data)}</script><div id="root"></div>'
    assert list(parse_section(page, f"{SITE}/desh/").articles) == [url for _, url in URLS]


@pytest.mark.parametrize(
    "script",
    [
        "//<![CDATA[\n{}\n//]]>", "<!-- {} -->", "{};", "{}", '{{"@type":"WebPage"}}\n{}',
    ],
)  # fmt: skip
def test_a_listings_data_is_read_though_it_is_no_json(script: str) -> None:
    items = "".join(f'{{"@type":"ListItem","url":"{url}","name":"नदी पर "नया" पुल बना"}},' for _, url in URLS)
    data = script.format(f'{{"@type":"ItemList","itemListElement":[{items}]}}')
    page = f'<script type="application/ld+json; charset=utf-8">{data}</script><div id="root"></div>'
    assert list(parse_section(page, f"{SITE}/desh/").articles) == [url for _, url in URLS]


def test_a_short_address_of_a_listings_data_is_a_storys_unless_a_label_names_it() -> None:
    urls = [f"{SITE}/desh/pul-bana-{n}.html" for n in (101, 102, 103)]
    named = [{"@type": "ListItem", "url": url} for url in urls[:2]] + [{"url": urls[2], "name": "पुल"}]
    data = json.dumps({"@type": "ItemList", "itemListElement": named})
    found = parse_section(f'<script type="application/ld+json">{data}</script>', f"{SITE}/desh/")
    assert list(found.articles) == urls[:2]


def test_of_a_listings_data_only_addresses_of_stories_are_taken() -> None:
    items = [f"{SITE}/", f"{SITE}/desh/", f"{SITE}/khel/", "https://other.example/a-b-c-d-e-f-g-123456.html", "#x", 7]
    menu = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "url": item} for item in items]}
    crumbs = {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "item": URLS[0][1]}]}
    deep = '{"@type":"ItemList","itemListElement":' + "[" * 100_000
    scripts = "".join(
        f'<script type="application/ld+json">{text}</script>' for text in (json.dumps(menu), json.dumps(crumbs), deep)
    )
    assert not parse_section(f"{scripts}<p>x</p>", f"{SITE}/desh/").articles


def test_a_map_that_was_zipped_twice_is_read() -> None:
    text = f"<urlset><url><loc>{SITE}/khabar/1.html</loc></url></urlset>"
    twice = gzip.compress(gzip.compress(text.encode()))
    assert list(parse_sitemap(twice, f"{SITE}/map.xml.gz").articles) == [f"{SITE}/khabar/1.html"]
