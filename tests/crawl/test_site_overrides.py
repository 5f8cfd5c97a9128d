"""What an entry may say of a site beyond its addresses: headers, canonical, sitemap_order; each in a whole crawl."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.errors import ConfigError
from newscrawl.sites import load
from tests.crawl.small_sites import NOW, Web, asked, page, urlset, xml
from tests.samples import OTHER, STORY, html
from tests.support import Answer, Archive, scrapy

SECRET = "s3cret-of-the-paper"


@pytest.fixture
def web() -> Iterator[Web]:
    with ExitStack() as stack:
        yield Web(stack)


def feed(*urls: str) -> Answer:
    items = "".join(f"<item><title>t</title><link>{url}</link></item>" for url in urls)
    return xml(f"<rss><channel>{items}</channel></rss>")


def test_headers_go_to_the_site_s_own_addresses_and_to_nobody_else(web: Web, archive: Archive, tmp_path: Path) -> None:
    service = web.site("service", {})  # a feed service that the paper's entry names
    other = web.site("other", {"/feed": feed("/news/9.html"), "/news/9.html": page(9)}, feeds=["/feed"])
    paper = web.site("paper", {"/news/1.html": page(1), "/feed": feed("/news/1.html", "/moved.html")}, feeds=["/feed"])
    paper.pages["/moved.html"] = (302, {"Location": f"{other.url}/news/9.html?from=paper"}, b"")
    other.pages["/news/9.html?from=paper"] = page(9)
    service.pages["/paper.rss"] = feed(f"{paper.url}/news/2.html", f"{service.url}/news/3.html")
    paper.pages["/news/2.html"], service.pages["/news/3.html"] = page(2), page(3)
    del web.entries["service"]
    given = f'feeds = ["{paper.url}/feed", "{service.url}/paper.rss"]\nheaders = {{ X-Paper = "$PAPER_TOKEN" }}\n'
    web.entries["paper"] = f'[[site]]\nname = "paper"\nhome = "{paper.url}/"\ndelay = 0\n{given}'
    _, log = web.crawl(tmp_path, archive, PAPER_TOKEN=SECRET, LOG_LEVEL="DEBUG")
    for path in ("/robots.txt", "/feed", "/news/1.html", "/news/2.html", "/moved.html"):
        assert paper.received[path]["X-Paper"] == SECRET, path
    # Not the host that a redirect led to, though it is of the same crawl, and not the service that the entry names.
    assert "/news/9.html?from=paper" in other.requests or "/news/9.html" in other.requests
    assert "/paper.rss" in service.requests
    assert "X-Paper" not in other.header_names | service.header_names
    # Nor is it anywhere to be read.
    assert SECRET not in log
    assert all(SECRET.encode() not in archive.body(key) for key in archive.names())
    assert all(SECRET.encode() not in p.read_bytes() for p in (tmp_path / "state").rglob("*") if p.is_file())
    listed = scrapy("sites", "list", "--json", tmp_path / "sites.toml", PAPER_TOKEN=SECRET)
    assert SECRET not in listed.stdout + listed.stderr
    headers = {json.loads(line)["name"]: json.loads(line)["headers"] for line in listed.stdout.splitlines()}
    assert headers == {"other": {}, "paper": {"X-Paper": "..."}}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('{ User-Agent = "Mozilla" }', "the header User-Agent is the crawler's own"),
        ('{ Host = "a" }', "the header Host is the crawler's own"),
        ('{ "X Y" = "a" }', "'X Y' is no name of a header"),
        (f'{{ X-Key = "{SECRET}\\r\\nX-More: 1" }}', "the value of the header X-Key may hold only visible ASCII"),
        ('{ X-Key = "$NOT_THERE_AT_ALL" }', "$NOT_THERE_AT_ALL, which the environment does not have: set it"),
        ('["X-Key"]', "headers is a table of texts"),
        ('{ X-Key = "a", x-key = "b" }', "the header x-key stands there twice"),
    ],
)
def test_headers_that_are_none_are_refused_without_their_value(tmp_path: Path, value: str, words: str) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(f'[[site]]\nname = "one"\nhome = "https://one.example/"\nheaders = {value}\n')
    with pytest.raises(ConfigError) as e:
        load(path)
    assert words in str(e.value) and "sites.toml:4:" in str(e.value) and SECRET not in str(e.value)


def test_a_canonical_address_that_is_wrong_is_ignored_where_the_entry_says_so(
    web: Web, archive: Archive, tmp_path: Path
) -> None:
    def pages() -> dict[str, Answer]:
        told = {f"/news.html?pr={n}": html(text, f"शीर्षक {n}") for n, text in ((1, STORY), (2, OTHER))}
        link = '<head><link rel="canonical" href="/news.html">'
        answers: dict[str, Answer] = {
            path: (200, {}, text.replace("<head>", link).encode()) for path, text in told.items()
        }
        return answers | {"/feed": feed(*told)}

    believing, ignoring = (web.site(name, pages(), feeds=["/feed"]) for name in ("believing", "ignoring"))
    web.entries["ignoring"] += 'canonical = "ignore"\n'
    web.crawl(tmp_path, archive)
    found = [row for table in ("articles", "duplicates") for row in archive.rows(table)]
    by_site = {name: {r["canonical_url"] for r in found if r["site"] == name} for name in web.hosts}
    assert by_site["believing"] == {f"{believing.url}/news.html"}
    assert by_site["ignoring"] == {f"{ignoring.url}/news.html?pr={n}" for n in (1, 2)}


def test_the_entry_says_where_the_newest_maps_stand(web: Web, archive: Archive, tmp_path: Path) -> None:
    """Nine maps without a date, of which a run reads one."""
    maps = [f"/maps/page-{n}.xml" for n in range(1, 10)]
    index = xml(f"<sitemapindex>{''.join(f'<sitemap><loc>{m}</loc></sitemap>' for m in maps)}</sitemapindex>")
    for name, order in (("guessed", ""), ("first", "first"), ("last", "last")):
        when = NOW - timedelta(hours=1)
        pages = {path: urlset((f"/news/{n}.html", when)) for n, path in enumerate(maps)}
        web.site(name, pages | {"/index.xml": index}, sitemaps=["/index.xml"])
        web.entries[name] += f'sitemap_order = "{order}"\n' if order else ""
    web.crawl(tmp_path, archive, NEWSCRAWL_ENTRY_SOURCES="1")
    read = {name: [path for path in asked(host) if path.startswith("/maps/")] for name, host in web.hosts.items()}
    assert read["first"] == [maps[0]] and read["last"] == [maps[-1]]


def test_dates_win_over_the_order_that_an_entry_says(web: Web, archive: Archive, tmp_path: Path) -> None:
    dated = [(f"/maps/{name}.xml", NOW - timedelta(days=days)) for name, days in (("a", 9), ("b", 0), ("c", 5))]
    entries = "".join(f"<sitemap><loc>{p}</loc><lastmod>{w.isoformat()}</lastmod></sitemap>" for p, w in dated)
    host = web.site("one", {"/index.xml": xml(f"<sitemapindex>{entries}</sitemapindex>")}, sitemaps=["/index.xml"])
    web.entries["one"] += 'sitemap_order = "last"\n'
    web.crawl(tmp_path, archive, NEWSCRAWL_ENTRY_SOURCES="1")
    assert [path for path in asked(host) if path.startswith("/maps/")] == ["/maps/b.xml"]


@pytest.mark.faults
def test_another_order_reads_an_index_anew(web: Web, archive: Archive, tmp_path: Path) -> None:
    maps = ["/maps/a.xml", "/maps/b.xml"]
    index = xml(f"<sitemapindex>{''.join(f'<sitemap><loc>{m}</loc></sitemap>' for m in maps)}</sitemapindex>")
    host = web.site("one", {"/index.xml": index} | {m: urlset() for m in maps}, sitemaps=["/index.xml"])
    web.crawl(tmp_path, archive, NEWSCRAWL_ENTRY_SOURCES="1")
    web.entries["one"] += 'sitemap_order = "last"\n'
    start = len(host.requests)
    web.crawl(tmp_path, archive, NEWSCRAWL_ENTRY_SOURCES="1")
    assert "/maps/b.xml" in asked(host, start)
