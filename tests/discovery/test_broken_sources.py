# ruff: noqa: E501  # tables of markup read better whole
"""Feeds and sitemaps as publishers print them. The kinds: a fault in the middle (a bare `&`, an entity, a control
character, a tag that does not match, a cut), a transfer that is damaged (gzip of several members, corrupt, cut; a wrong
encoding), an address that is relative or escaped twice, and an entry that names no story. One bad entry costs itself,
its good neighbours are read, and what may be missing is said."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newscrawl.discovery.children import Child, choose
from newscrawl.discovery.links import Bounds, Discovered, Loss, NotReadable, Rank
from newscrawl.discovery.robots_file import announced_sitemaps, read_robots
from newscrawl.discovery.sections import parse_section
from newscrawl.discovery.sitemaps import parse_sitemap
from newscrawl.text.dates import IST

SITE = "https://www.namuna.example"
MAP, FEED = f"{SITE}/maps/news.xml", f"{SITE}/rajya/feed/"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
TEN = datetime(2026, 11, 25, 10, 0, tzinfo=IST)


def url(loc: str, more: str = "<lastmod>2026-11-24</lastmod>") -> str:
    return f"<url><loc>{loc}</loc>{more}</url>"


def good(number: int) -> str:
    return f"{SITE}/gaon-ki-khabar-{number}.html"


def urlset(*entries: str) -> str:
    return f"{HEAD}{''.join(entries)}</urlset>"


def read(text: str | bytes) -> Discovered:
    return parse_sitemap(text if isinstance(text, bytes) else text.encode(), MAP, bounds=Bounds(now=NOW))


def rss(items: str, head: str = "", spaces: str = "") -> Discovered:
    text = (
        f'<rss version="2.0"{spaces}><channel><title>क</title><link>{SITE}/rajya/</link>{head}{items}</channel></rss>'
    )
    return parse_sitemap(text.encode(), FEED, bounds=Bounds(now=NOW))


BETWEEN = [
    (url(f"{SITE}/khabar.php?id=2&cat=3"), f"{SITE}/khabar.php?id=2&cat=3", "an &"),
    (url(f"{SITE}/khabar.php?id=2&amp;section=3"), f"{SITE}/khabar.php?id=2&section=3", None),
    (url(f"{SITE}/ek&khabari;do"), f"{SITE}/ek&khabari;do", "entities"),
    (url(f"{SITE}/ek&ndash;do"), f"{SITE}/ek–do", None),
    (url(f"{SITE}/ek\x08do"), f"{SITE}/ekdo", "control"),
    (url(f"{SITE}/ek< do"), f"{SITE}/ek< do", "a <"),
    (f"<url><loc>{good(2)}</lastmod></url>", good(2), "do not match"),
    (f"<url><loc>{good(2)}</url>", good(2), None),
    (f"<url><loc>{good(2)}</loc>", good(2), None),
    (f'<url foo=bar baz><loc>{good(2)}</loc></url>', good(2), None),
    (f"<url><loc><![CDATA[ {good(2)} ]]></loc></url>", good(2), None),
    (f"<url><loc>\n  {good(2)}\n</loc></url>", good(2), None),
    (f"</urlset>{HEAD}{url(good(2))}", good(2), None),
    (f"<!-- ek -- do --><?php echo 1 ?>{url(good(2))}", good(2), None),
]  # fmt: skip


@pytest.mark.parametrize(("between", "named", "fault"), BETWEEN, ids=range(len(BETWEEN)))
def test_a_fault_in_the_middle_costs_no_neighbour_and_is_said(between: str, named: str, fault: str | None) -> None:
    found = read(urlset(url(good(1)), between, url(good(3))))
    assert list(found.articles) == [good(1), named, good(3)]
    assert (fault or "") in (found.partly or "") and (fault is None) == (found.partly is None)


@pytest.mark.parametrize("in_front", ["\n\n", "\ufeff", "\ufeff\r\n  ", "Warning: line 3 <br />\n", "<!-- made by -->"])
def test_what_stands_before_the_declaration_does_not_matter(in_front: str) -> None:
    assert list(read(in_front + urlset(url(good(1)))).articles) == [good(1)]


@pytest.mark.parametrize(
    "opening",
    [
        "<urlset>",
        '<s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9">',
        '<urlset xmlns="http://x.example/">',
    ],
)
def test_a_namespace_may_be_missing_or_named_otherwise(opening: str) -> None:
    prefix = "s:" if "s:urlset" in opening else ""
    entry = (
        f"<{prefix}url><{prefix}loc>{good(1)}</{prefix}loc><n:news><n:publication><n:name>नमूना</n:name></n:publication>"
        "<n:publication_date>2026-11-25T10:00:00+05:30</n:publication_date><n:title>मेला लगा</n:title></n:news>"
        f"<image:image><image:loc>{SITE}/a.jpg</image:loc><image:title>तस्वीर</image:title></image:image></{prefix}url>"
    )
    [(named, hint)] = read(f"{opening}{entry}</{prefix}urlset>").articles.items()
    assert (named, hint.title, hint.published_at) == (good(1), "मेला लगा", TEN)


def gz(text: str) -> bytes:
    return gzip.compress(text.encode())


def test_gzip_is_read_as_far_as_it_goes() -> None:
    """Several members, what some packer left behind, a cut, a byte gone wrong."""
    entries = [url(good(n)) for n in range(4000)]
    half = HEAD + "".join(entries[:2000])
    members = gz(half) + gz("".join(entries[2000:]) + "</urlset>")
    assert len(read(members).articles) == 4000 and read(members).partly is None
    assert read(members + b"\x00" * 100).partly is None
    assert read(members + b"rest").partly == "bytes behind the gzip data"
    whole = gz(urlset(*entries))
    cut, wrong = whole[: len(whole) * 3 // 4], bytearray(whole)
    wrong[len(whole) * 3 // 4] ^= 0xFF
    for damaged, said in ((cut, "ends too early"), (bytes(wrong), "gzip")):
        found = read(damaged)
        assert 2000 < len(found.articles) <= 4000 and said in (found.partly or "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("declared", ["UTF-8", "utf-16", "iso-8859-1", "windows-1252", "zlib", "khabar"])
def test_text_is_read_by_what_it_is_whatever_it_declares(encoding: str, declared: str) -> None:
    text = urlset(url(f"{SITE}/खबर-एक-दो-तीन")).replace("UTF-8", declared)
    assert list(read(text.encode(encoding)).articles) == [f"{SITE}/खबर-एक-दो-तीन"]


def test_another_encoding_is_read_where_it_is_declared_and_said_where_it_is_not() -> None:
    text = urlset(url(f"{SITE}/caf\u00e9-1")).encode("latin-1")
    assert list(read(text.replace(b"UTF-8", b"iso-8859-1")).articles) == [f"{SITE}/caf\u00e9-1"]
    assert "encoding" in (read(text).partly or "")


@pytest.mark.parametrize(
    ("loc", "named"),
    [
        ("/khabar-1.html", f"{SITE}/khabar-1.html"), ("khabar-1.html", f"{SITE}/maps/khabar-1.html"),
        ("//www.namuna.example/khabar-1.html", f"{SITE}/khabar-1.html"),
        (f"{SITE}/k.php?a=1&amp;amp;b=2", f"{SITE}/k.php?a=1&b=2"), (f"{SITE}/k.php?a=1&amp;#38;b=2", f"{SITE}/k.php?a=1&b=2"),
        (f"{SITE}/khabar-1.html#comments", f"{SITE}/khabar-1.html"),
        (f"<![CDATA[{SITE}/k.php?a=1&amp;b=2]]>", f"{SITE}/k.php?a=1&b=2"),
        ("https://www.namuna.example:99999/khabar", None), ("https://www.namuna.example:0/khabar", None),
        ("https://editor@www.namuna.example/khabar", None), ("https://a:b@www.namuna.example/khabar", None),
        ("https://www.namuna.example\\@b.example/khabar", None), ("https://-/khabar", None), ("https://a..b/khabar", None),
        ("", None), ("javascript:void(0)", None), ("http://[", None), (f"{SITE}/", None), (MAP, None),
        (f"{SITE}/" + "k" * 5000, None),
    ],
)  # fmt: skip
def test_an_address_is_resolved_or_dropped_alone(loc: str, named: str | None) -> None:
    found = read(urlset(url(good(1)), url(loc), url(good(2))))
    assert list(found.articles) == [good(1), *([named] if named else []), good(2)]
    assert sum(found.left_out.values()) == (0 if named else 1)


@pytest.mark.parametrize(
    "date", ["0001-01-01", "-0001-11-30T00:00:00+00:00", "2026-11-24T10:00:00+25:00", "0000-00-00", "x"]
)
def test_a_bad_date_costs_the_date_alone(date: str) -> None:
    for found in (
        read(urlset(url(good(1)), url(good(2), f"<lastmod>{date}</lastmod>"))),
        rss(f"<item><link>{good(1)}</link><pubDate>Tue, 24 Nov 2026 10:00:00 IST</pubDate></item>"
            f"<item><link>{good(2)}</link><pubDate>{date}</pubDate></item>"),
    ):  # fmt: skip
        assert list(found.articles) == [good(1), good(2)] and found.left_out == {Loss.UNDATED: 1}


@pytest.mark.parametrize(
    ("lastmod", "published", "taken"),
    [
        ("1970-01-01", "2026-11-25T10:00:00+05:30", True), ("-0001-11-30", "2026-11-25", True), ("", "2026-11-25", True),
        ("2020-01-01", "2026-11-25", True), ("2026-11-25", "2020-01-01", True), ("2087-01-01", "", True), ("", "", True),
        ("9999-12-31", "0000-00-00", True), ("2020-01-01", "2020-01-01", False), ("2020-01-01", "", False),
        ("", "2020-01-01", False),
        # A day without an hour counts to its end, here or in UTC.
        ("2026-11-22", "", True), ("", "2026-11-22T00:00:00Z", True), ("2026-11-22T00:00:01+05:30", "", False),
        ("2026-11-21", "", False),
    ],
)  # fmt: skip
def test_since_takes_the_later_date_and_what_has_none(lastmod: str, published: str, taken: bool) -> None:
    news = f"<news:news><news:publication_date>{published}</news:publication_date></news:news>" if published else ""
    entry = url(good(1), f"<lastmod>{lastmod}</lastmod>{news}")
    found = parse_sitemap(urlset(entry).encode(), MAP, bounds=Bounds(now=NOW, oldest=NOW - timedelta(days=3)))
    assert bool(found.articles) == taken and (Loss.TOO_OLD in found.left_out) == (not taken)


def test_a_plain_list_is_a_sitemap() -> None:
    found = read(f"\n{good(1)}\r\n\r\nयह पता नहीं है\r{good(2)}\n{good(1)}")
    assert list(found.articles) == [good(1), good(2)] and found.left_out[Loss.NO_URL] == 1


@pytest.mark.parametrize(
    "body", ["Not found", "<html><body><url>x</url></body></html>", "<rss", "{}", "<urlset><url>&"]
)
def test_what_is_none_says_so(body: str) -> None:
    with pytest.raises(NotReadable):
        read(body)


def test_a_feed_named_as_sitemap_is_read_and_a_cut_one_is_partly_read() -> None:
    text = f"<rss><channel><item><link>{good(1)}</link></item><item><link>{good(2)}</link><title>आ"
    assert list(read(text).articles) == [good(1), good(2)] and "no </rss>" in (read(text).partly or "")


# Feeds


@pytest.mark.parametrize(
    ("item", "named"),
    [
        (f"<link>{good(1)}</link><guid>tag:x</guid>", good(1)), (f"<link/>{good(1)}<guid>7</guid>", good(1)),
        (f"<link>{good(1)}<guid>7</guid>", good(1)), (f"<guid>{good(1)}</guid>", good(1)),
        (f'<guid isPermaLink="false">{good(1)}</guid>', good(1)), ("<guid>/gaon-ki-khabar-1.html</guid>", good(1)),
        (f"<link>{SITE}/</link><guid>{good(1)}</guid>", good(1)), (f"<link>{FEED}</link><guid>{good(1)}</guid>", good(1)),
        (f"<link>https://namuna.example/rajya/feed</link><guid>{good(1)}</guid>", good(1)),
        (f"<link>{SITE}/rajya/</link><guid>{good(1)}</guid>", good(1)),
        (f"<link>https://proxy.example/1</link><feedburner:origLink>{good(1)}</feedburner:origLink>", good(1)),
        (f'<atom:link rel="self" href="{SITE}/self-1"/><atom:link rel="alternate" href="{good(1)}"/>', good(1)),
        (f"<media:group><media:title>चित्र</media:title></media:group><link>{good(1)}</link>", good(1)),
        (f"<source url='x'><link>{SITE}/other-1</link><title>और</title></source><link>{good(1)}</link>", good(1)),
        ('<guid isPermaLink="false">4711</guid>', None), ("<guid>4711</guid>", None), ("<title>क</title>", None),
        (f"<link>{SITE}</link>", None), (f"<link>{FEED}</link>", None), (f"<link>{SITE}/#ek</link>", None),
        ('<guid isPermaLink="false">/gaon-ki-khabar-1.html</guid>', None),
    ],
)  # fmt: skip
def test_an_item_names_its_story_or_nothing_and_never_the_feed_or_the_home_page(item: str, named: str | None) -> None:
    found = rss(f"<item>{item}<title>मेला</title></item><item><link>{good(2)}</link></item>")
    assert list(found.articles) == [*([named] if named else []), good(2)]
    if named:
        assert found.articles[named].title == "मेला"
    else:
        assert [found.left_out.get(kind, 0) for kind in (Loss.NO_URL, Loss.NO_ARTICLE)] in ([1, 0], [0, 1])


ATOM = (
    f'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="{FEED}"/><entry><title type="xhtml"><div>मेला <b>लगा</b>'
    f'</div></title><id>{good(9)}</id><link rel="enclosure" href="{SITE}/a.mp3"/><link type="application/json" href="{SITE}/1.json"/>'
    f'<link type="text/html" href="../khabar-1"/><issued>2026-11-25T10:00:00+05:30</issued></entry></feed>'
)
RDF = (
    '<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>क</title>'
    f'</channel><item rdf:about="{good(1)}"><title>मेला लगा</title><dc:date>2026-11-25T10:00+05:30</dc:date></item></rdf:RDF>'
)


@pytest.mark.parametrize(("text", "named"), [(ATOM, f"{SITE}/rajya/khabar-1"), (RDF, good(1))], ids=["Atom", "RSS 1.0"])
def test_every_dialect_gives_address_title_and_time(text: str, named: str) -> None:
    [(found, hint)] = parse_sitemap(text.encode(), FEED, bounds=Bounds(now=NOW)).articles.items()
    assert (found, hint.title, hint.published_at, hint.zone_assumed) == (named, "मेला लगा", TEN, False)


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ('<feed><link rel="self" href="/f"/><link rel="next" href="?page=2"/><entry/></feed>', "/rajya/feed/?page=2"),
        ('<feed xml:base="/a/"><entry><link rel="next" href="/x"/></entry><link rel="NEXT" href="f2"/></feed>', "/a/f2"),
        ('<rss><channel><atom:link rel="next" href="/feed?paged=2"/><item/></channel></rss>', "/feed?paged=2"),
        (f'<rss><channel><atom:link rel="next" href="{FEED}"/></channel></rss>', None), ("<rss><channel/></rss>", None),
        ('{"version": "https://jsonfeed.org/version/1", "items": [], "next_url": "/f.json?p=2"}', "/f.json?p=2"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [], "next_url": 7}', None),
    ],
)  # fmt: skip
def test_a_feed_names_its_next_page(text: str, page: str | None) -> None:
    found = parse_sitemap(text.encode(), FEED)
    assert (found.further, found.paged) == (((SITE + page,), True) if page else ((), False))


def test_a_link_may_write_its_relation_as_an_address() -> None:
    relation = "http://www.iana.org/assignments/relation/"
    entry = f'<entry><link rel="{relation}self" href="/x-1"/><link rel="{relation}alternate" href="{good(1)}"/></entry>'
    assert list(parse_sitemap(f"<feed>{entry}</feed>".encode(), FEED).articles) == [good(1)]


def test_the_same_link_twice_fills_in_and_overwrites_nothing() -> None:
    first = f"<item><link>{good(1)}</link><title>एक</title></item>"
    second = f"<item><link>{good(1)}</link><title>दो</title><pubDate>25-11-2026 10:00</pubDate></item>"
    for items in (first + second + first, second.replace("दो", "एक") + first):
        [hint] = rss(items).articles.values()
        assert (hint.title, hint.published_at, hint.zone_assumed) == ("एक", TEN, True)


@pytest.mark.parametrize("text", ["<urlset/>", '<?xml version="1.0"?><ns:urlset xmlns:ns="x" />', "<rss/>"])
def test_a_source_that_says_in_one_tag_that_it_names_nothing_can_be_read(text: str) -> None:
    assert read(text) == Discovered()


# Bounds


def test_an_entry_with_more_fields_than_any_has_is_read_by_its_first_ones() -> None:
    many = "<title>क</title>" * 20_000
    assert list(rss(f"<item><link>{good(1)}</link>{many}</item><item><link>{good(2)}</link></item>").articles) == [
        good(1),
        good(2),
    ]


def test_of_too_many_entries_the_newest_are_taken_and_the_rest_counted() -> None:
    entries = [url(good(n), f"<lastmod>2026-11-{n:02}</lastmod>") for n in range(1, 25)]
    found = parse_sitemap(urlset(*entries).encode(), MAP, bounds=Bounds(now=NOW, urls=3))
    assert list(found.articles) == [good(24), good(23), good(22)] and found.left_out[Loss.CUT] == 21


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("grows", [0, 2])
def test_what_was_cut_off_is_read_by_later_readings_and_the_newest_by_each(dated: bool, grows: int) -> None:
    """Also where half of the entries have no date, or new ones come in between."""
    numbers = list(range(1, 48))
    after: Rank | None = None
    read: set[str] = set()
    for _ in range(20):
        entries = [
            url(good(n), f"<lastmod>2026-10-01T{n // 60:02}:{n % 60:02}:00Z</lastmod>" if dated or n % 2 else "")
            for n in numbers[::-1]
        ]
        found = parse_sitemap(urlset(*entries).encode(), MAP, bounds=Bounds(now=NOW, urls=10, after=after))
        assert len(found.articles) <= 10
        if dated:
            assert set(map(good, numbers[-5:])) <= set(found.articles)
        assert bool(found.left_out.get(Loss.CUT)) == (found.reached is not None)
        read |= set(found.articles)
        after = found.reached
        if after is None:
            break
        numbers += range(numbers[-1] + 1, numbers[-1] + 1 + grows)
    assert after is None and read >= set(map(good, range(1, 48)))


def test_what_the_entry_does_not_want_never_leaves_the_reader() -> None:
    found = parse_sitemap(
        urlset(url(good(1)), url(f"{SITE}/x")).encode(), MAP, bounds=Bounds(now=NOW, article_url=r"\.html$")
    )
    assert list(found.articles) == [good(1)] and found.left_out == {Loss.NOT_WANTED: 1}


# The files of the measuring data


@pytest.fixture(scope="module")
def cases(shared: Path) -> Path:
    return shared / "cases"


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("03-sitemap-bare-ampersand", ["news-ek-do-1.html", "news.php?id=2&cat=3", *(f"news-ek-do-{n}.html" for n in (3, 4, 5))]),
        ("04-sitemap-blank-line-first", ["news-ek-do-1.html"]),
        ("05-sitemap-relative-loc", [f"news-ek-do-{n}.html" for n in (1, 2, 3)]),
        ("08-news-sitemap-lastmod-1970", [f"news-ek-do-{n}.html" for n in (1, 2, 3)]),
        ("09-rss-indian-dates", [f"a-{n}.html" for n in range(1, 7)]),
        ("23-rss-guid-url-not-permalink", ["news-ek-do-1.html", "news-ek-do-2.html"]),
        ("24-rss-feedburner", ["news-ek-do-1.html", "news-ek-do-2.html"]),
        ("28-rss-same-link-twice", ["a-1.html"]),
    ],
)  # fmt: skip
def test_the_case_gives_all_its_stories(cases: Path, name: str, paths: list[str]) -> None:
    host = "https://www.namuna-samachar.in"
    body = (cases / f"{name}.xml").read_bytes().replace(b"NOW", NOW.isoformat().encode())
    bounds = Bounds(now=NOW, oldest=NOW - timedelta(days=3))
    found = parse_sitemap(body, f"{host}/x.xml", bounds=bounds)
    assert list(found.articles) == [f"{host}/{path}" for path in paths]
    if name.startswith(("09", "28")):
        assert {hint.published_at for hint in found.articles.values()} == {TEN}
    if name.startswith("08"):
        assert {hint.published_at for hint in found.articles.values()} == {NOW}


def test_the_cases_of_index_robots_and_section(cases: Path) -> None:
    host = "https://www.namuna-samachar.in"
    found = parse_sitemap((cases / "01-index-numbered-newest-last.xml").read_bytes(), f"{host}/x.xml")
    chosen = choose([Child(url=u, lastmod=found.changed.get(u)) for u in found.further], 20)
    assert chosen == [f"{host}/post-sitemap{n}.xml" for n in range(30, 10, -1)]
    robots = (cases / "07-robots-relative-sitemap.txt").read_bytes()
    assert announced_sitemaps(robots, f"{host}/robots.txt") == [f"{host}/sitemap.xml", f"{host}/good.xml"]
    rules, *_ = read_robots(((cases / "27-crawl-delay-3000.txt").read_bytes(), f"{host}/robots.txt"))
    assert rules.crawl_delay("newscrawl") == 3000  # what comes of it: tests/crawl
    section = (cases / "21-section-bare-host.html").read_text()
    assert len(parse_section(section, f"{host}/rajya/").articles) == 2
