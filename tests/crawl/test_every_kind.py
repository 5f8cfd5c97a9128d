# ruff: noqa: E501  # HTML, entries and Hindi sentences read better whole
"""One crawl over a site for each kind of fault by which stories were once lost, and what is right for each page of it.

The kinds: discovery reads the wrong part; dates; what is settled for good, wrongly; one page takes another's place; the
same bytes are unchanged; the site's entry has the last word; metadata as browsers read it; every loss is said. The crawl
is run, the web moves on an hour, and it is run again.
"""

from __future__ import annotations

import json
import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.crawl.small_sites import Web, entry, urlset, xml
from tests.crawl.test_asked_again import hours_later
from tests.samples import html
from tests.support import Answer, Archive

NOW = datetime.now(UTC).replace(microsecond=0)
TEN = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
WORDS = """
    नगर गांव जिले किसान सड़क पुल अस्पताल बिजली पानी खेत मंडी स्कूल छात्र शिक्षक अधिकारी बैठक योजना फसल बारिश नदी
    बाजार दुकान परिवार महिला युवा टीम मैच पुलिस जांच मामला अदालत सरकार मंत्री विधायक पार्टी चुनाव वोट बस रेल यात्री
    मौसम ठंड धूप मेला त्योहार मंदिर जुलूस रैली संगठन कर्मचारी वेतन ठेका काम समय
""".split()  # noqa: SIM905
LINKS = ("में", "के", "की", "ने", "से", "को", "पर", "का", "और")


def told(number: int) -> str:
    """A story like no other."""
    dice = random.Random(number)
    sentences = []
    for _ in range(5):
        words = [word for _ in range(7) for word in (dice.choice(WORDS), dice.choice(LINKS))]
        sentences.append(
            " ".join([*words, dice.choice(("बताया गया है।", "कहा गया है।", "शुरू हो गया है।", "पूरा किया गया है।"))])
        )
    return "\n".join(sentences)


def story(number: int, head: str = "", *, title: str | None = None, promo: str = "", byline: str = "") -> Answer:
    text = told(number) + (f"\n{promo}" if promo else "")
    page = html(text, title or f"{told(number).split()[0]} की खबर {number}")
    return 200, {}, page.replace("<head>", f"<head>{head}").replace("</h1>", f"</h1>{byline}").encode()


@dataclass
class Kind:
    """A site: its pages, what its entry lists, and what is right. `stories`: by path, columns and their values;
    `rejects`: by path, the reasons in order; `said`: what the report counts of discovery in the first run."""

    pages: dict[str, Answer | list[Answer]]
    lists: dict[str, list[str]]
    stories: dict[str, dict[str, Any]]
    rejects: dict[str, list[str]] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)
    entry: str = ""
    unchanged: int = 0  # pages of the second run
    later: dict[str, Answer | list[Answer]] = field(default_factory=dict)  # pages as they are then


def news(*entries: str) -> dict[str, Answer | list[Answer]]:
    return {"/news.xml": xml(f"<urlset>{''.join(entries)}</urlset>")}


LISTED = {"sitemaps": ["/news.xml"]}


def discovery() -> Kind:
    """The newest of many children, its last in order; broken in the middle; relative addresses."""
    children = [(f"/post-sitemap{n}.xml", NOW - timedelta(days=31 - n)) for n in range(1, 31)]
    index = "".join(entry(path, when, "sitemap") for path, when in children)
    pages: dict[str, Answer | list[Answer]] = {path: urlset() for path, _ in children}
    pages |= {
        "/news.xml": xml(f"<sitemapindex>{index}</sitemapindex>"),
        "/post-sitemap30.xml": xml(
            "<urlset><url><loc>/khabar-sabse-nayi-hai-101</loc></url><url><loc>/x?a=1&b</loc></url><url><loc>khabar-aur-ek-hai-102</loc></url></urlset>"
        ),
        "/khabar-sabse-nayi-hai-101": story(101),
        "/khabar-aur-ek-hai-102": story(102),
    }
    return Kind(
        pages, LISTED, {"/khabar-sabse-nayi-hai-101": {}, "/khabar-aur-ek-hai-102": {}},
        rejects={"/x?a=1&b": ["gone", "gone"]}, said={"named": 3, "new": 3, "undated": 3, "sources_cut": 26},
    )  # fmt: skip


def dates() -> Kind:
    """In the words and figures of each CMS; one that no story can be of costs the date, not the story."""
    printed = {
        "/tarikh-js-wali-201": (
            '<meta property="article:published_time" content="Wed Nov 25 2026 10:00:00 GMT+0530 (India Standard Time)">',
            "",
        ),
        "/tarikh-bina-zone-202": ('<meta property="article:published_time" content="2026-11-25T10:00:00">', ""),
        "/tarikh-chhapi-hui-203": ("", "<p>25-11-2026, सुबह 10 बजे</p>"),
        "/tarikh-millisecond-204": (
            f'<script type="application/ld+json">{{"@type":"NewsArticle","datePublished":{int(TEN.timestamp() * 1000)}}}</script>',
            "",
        ),
        "/tarikh-kabhi-nahi-205": ('<meta property="article:published_time" content="9999-12-31T23:59:59-05:00">', ""),
    }
    pages = {path: story(201 + n, head, byline=byline) for n, (path, (head, byline)) in enumerate(printed.items())}
    stories: dict[str, dict[str, Any]] = {path: {"published_at": TEN} for path in printed}
    stories["/tarikh-bina-zone-202"]["zone_assumed"] = stories["/tarikh-chhapi-hui-203"]["zone_assumed"] = True
    stories["/tarikh-kabhi-nahi-205"] = {"published_at": None}
    # lastmod is a default of the CMS, of 1970: the date of publication counts.
    listed = [
        f"<url><loc>{path}</loc><lastmod>1970-01-01</lastmod><news:publication_date>{NOW.isoformat()}</news:publication_date></url>"
        for path in [*printed][:1]
    ]
    return Kind(pages | news(*listed, *(entry(path, None) for path in [*printed][1:])), LISTED, stories,
                said={"named": 5, "new": 5, "undated": 4})  # fmt: skip


def settled() -> Kind:
    """A first answer that says nothing of the page; an address that robots.txt forbids with trackers."""
    first: dict[str, Answer] = {
        "/pehle-khali-301": (200, {}, b""),
        "/pehle-nahi-302": (404, {}, b"no"),
        "/pehle-marammat-303": (200, {}, "<p>अभी मरम्मत चल रही है, थोड़ी देर में लौटें।</p>".encode()),
    }
    pages: dict[str, Answer | list[Answer]] = dict(first)
    pages |= {
        "/robots.txt": (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /*utm_\n"),
        "/pata-saaf-304": story(304),
    }
    listed = [
        *(entry(path, None) for path in first),
        entry("/pata-saaf-304?utm_source=rss", None),
        entry("/pata-saaf-304", None),
    ]
    return Kind(
        pages | news(*listed), LISTED, {path: {} for path in (*first, "/pata-saaf-304")},
        rejects={"/pehle-khali-301": ["no_content"], "/pehle-nahi-302": ["gone"], "/pehle-marammat-303": ["no_content"],},
        later={path: story(301 + n) for n, path in enumerate(first)},
        said={"named": 5, "new": 4, "undated": 5},
    )  # fmt: skip


def places() -> Kind:
    """A canonical that names the section or drops the story's number; a page used again for another text; page 2."""
    bad = '<link rel="canonical" href="{}">'.format
    pages: dict[str, Answer | list[Answer]] = {
        "/desh/ek-khabar-aisi-401": story(401, bad("/desh/")),
        "/desh/do-khabar-aisi-402": story(402, bad("/desh/")),
        "/story.php?id=403": story(403, bad("/story.php")),
        "/story.php?id=404": story(404, bad("/story.php")),
        "/aaj-ke-mandi-bhav-405": story(405),
        "/lambi-khabar-hai-yeh-406": story(406, '<link rel="next" href="?page=2">'),
        "/lambi-khabar-hai-yeh-406?page=2": story(407, bad("/lambi-khabar-hai-yeh-406")),
    }
    listed = [path for path in pages if "?page" not in path] + ["/lambi-khabar-hai-yeh-406?page=2"]
    stories: dict[str, dict[str, Any]] = {path: {} for path in listed[:-1]}
    stories["/lambi-khabar-hai-yeh-406"] = {"text": f"{told(406)}\n{told(407)}"}
    return Kind(pages | news(*(entry(path, None) for path in listed)), LISTED, stories,
                rejects={"/lambi-khabar-hai-yeh-406?page=2": ["not_article"]},
                # Page 2 names page 1.
                said={"named": 8, "new": 7, "undated": 7},
                later=news(entry("/aaj-ke-mandi-bhav-405", NOW + timedelta(hours=2))) | {"/aaj-ke-mandi-bhav-405": story(408)})  # fmt: skip


def same_bytes() -> Kind:
    """What is learned in between as the site's own line changes no page that did not change."""
    paths = [f"/wahi-ka-wahi-hai-{n}" for n in range(500, 514)]
    promo = "हमारे पाठक अब शहर की हर हलचल से फोन पर भी जुड़े रह सकते हैं"
    pages = {path: story(500 + n, promo=promo) for n, path in enumerate(paths)}
    return Kind(
        pages | news(*(entry(path, None) for path in paths)), LISTED, {path: {} for path in paths},
        said={"named": 14, "new": 14, "undated": 14},
        # One after the other: what changed all at once is a stamp.
        later=news(*(entry(path, NOW + timedelta(hours=2, minutes=n)) for n, path in enumerate(paths))), unchanged=14,
    )  # fmt: skip


def last_word() -> Kind:
    """Addresses that look like listings, which the entry says are stories; what it does not want is counted."""
    pages = {"/tag/khabar/601": story(601), "/page/602": story(602), "/anya/khabar-nahi-chahiye-603": story(603)}
    return Kind(pages | news(*(entry(path, None) for path in pages)), LISTED, {"/tag/khabar/601": {}, "/page/602": {}},
                entry='article_url = "/(?:tag/khabar|page)/\\\\d+$"', said={"named": 2, "new": 2, "undated": 2, "not_wanted": 1})  # fmt: skip


def metadata() -> Kind:
    """JSON-LD as CMSes print it; UTF-8 under another name; an address that looks like a section's."""
    head = {
        "@type": "NewsArticle",
        "datePublished": "2026-11-25T10:00:00+05:30",
        "author": {"name": "कमला वर्मा"},
        "articleSection": "राज्य",
    }
    said = json.dumps(head, ensure_ascii=False)
    right = {"published_at": TEN, "authors": ["कमला वर्मा"], "section": "राज्य"}
    scripts = {
        "/cdata-mein-likha-701": f"/*<![CDATA[*/{said}/*]]>*/",
        "/ulte-uddharan-wala-702": said.replace("{", '{"headline": "मेले में \\\'भीड़\\\' उमड़ी",', 1),
        "/do-vastuen-hain-703": f'{{"@type":"Organization"}}{said}',
        "/category/desh/khabar-do-teen-704": said,
    }
    pages = {
        path: story(701 + n, f'<script type="application/ld+json">{text}</script>')
        for n, (path, text) in enumerate(scripts.items())
    }
    status, _, body = story(705)
    pages["/naam-galat-hai-705"] = (status, {"Content-Type": "text/html; charset=windows-1252"}, body)
    stories: dict[str, dict[str, Any]] = {path: dict(right) for path in scripts} | {
        "/naam-galat-hai-705": {"text": told(705)}
    }
    return Kind(
        pages | news(*(entry(path, None) for path in pages)), LISTED, stories, said={"named": 5, "new": 5, "undated": 5}
    )


def said() -> Kind:
    """An entry of each kind that becomes no request."""
    listed = [
        entry("/khabar-yeh-theek-hai-801", NOW), entry("/khabar-bahut-purani-802", NOW - timedelta(days=30)),
        "<url><loc/></url>", entry("https://b.example/x-1", NOW), entry("/", NOW), entry("/khabar-bina-tarikh-803", None),
    ]  # fmt: skip
    pages = {"/khabar-yeh-theek-hai-801": story(801), "/khabar-bina-tarikh-803": story(803)}
    return Kind(pages | news(*listed), LISTED, {path: {} for path in pages},
                said={"named": 2, "new": 2, "undated": 1, "too_old": 1, "no_url": 1, "out_of_scope": 1, "no_article": 1})  # fmt: skip


KINDS = {
    "discovery": discovery(), "dates": dates(), "settled": settled(), "places": places(), "same-bytes": same_bytes(),
    "last-word": last_word(), "metadata": metadata(), "said": said(),
}  # fmt: skip


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, s3: Any) -> Any:
    """Both runs: the reports, what the first one said, and the archive."""
    folder, archive = tmp_path_factory.mktemp("kinds"), Archive(s3, "every-kind")
    with ExitStack() as stack:
        web = Web(stack)
        for name, kind in KINDS.items():
            web.site(name, dict(kind.pages), **kind.lists)
            web.entries[name] += f"{kind.entry}\n"
        first, words = web.crawl(folder, archive, NEWSCRAWL_ENTRY_SOURCES="8")
        hours_later(folder / "state", 2)
        for name, kind in KINDS.items():
            web.hosts[name].pages |= kind.later
        second, _ = web.crawl(folder, archive, NEWSCRAWL_ENTRY_SOURCES="8")
        hosts = {name: host.url for name, host in web.hosts.items()}
    rows = {table: archive.rows(table) for table in ("articles", "duplicates", "rejects")}
    return first, second, words, hosts, rows


@pytest.mark.parametrize("name", KINDS)
def test_each_page_of_a_kind_has_its_right_row(name: str, crawled: Any) -> None:
    _, second, _, hosts, rows = crawled
    kind, home = KINDS[name], hosts[name]
    ours = {table: [row for row in found if row["site"] == name] for table, found in rows.items()}
    found = {row["url"].removeprefix(home): row for row in ours["articles"]}
    assert ours["duplicates"] == []
    assert set(found) == set(kind.stories)
    for path, columns in kind.stories.items():
        assert {column: found[path][column] for column in columns} == columns, path
    reasons: dict[str, list[str]] = {}
    for row in sorted(ours["rejects"], key=lambda row: row["fetched_at"]):
        reasons.setdefault(row["url"].removeprefix(home), []).append(row["reason"])
    assert reasons == kind.rejects
    assert second["sites"].get(name, {}).get("unchanged", 0) == kind.unchanged


@pytest.mark.parametrize("name", KINDS)
def test_the_report_counts_what_became_of_each_entry(name: str, crawled: Any) -> None:
    assert crawled[0]["discovery"][name] == KINDS[name].said


def test_the_report_names_each_loss(crawled: Any) -> None:
    first, _, words, hosts, _ = crawled
    assert list(first["sources_partly"]) == [f"{hosts['discovery']}/post-sitemap30.xml"]
    assert first["later_pages"] == {"joined": 1}
    for kind in ("sources_cut", "not_wanted", "too_old", "no_url", "out_of_scope", "no_article"):
        assert f"{kind} (such as" in words and kind in words.rpartition("left out")[2]
