"""Kind: one host by two names. In Devanagari, as DNS has it, or with the dot that ends a name: it is one site's, with
one robots.txt and one turn."""

from __future__ import annotations

from pathlib import Path

from tests.crawl.small_sites import page
from tests.support import Answer, Archive, CountingWeb, scrapy

HOST = "समाचार.भारत"
AS_ASKED = "xn--61b3bh3a5ab.xn--h2brj9c"
LINKS = [
    f"http://{HOST}/nagar-ki-khabar-101", f"http://{AS_ASKED}/nagar-ki-khabar-102", "/nagar-ki-khabar-103",
    f"http://{AS_ASKED}./nagar-ki-khabar-104", f"http://{HOST}./nagar-ki-khabar-103",
    f"http://{HOST}./gupt/khabar-105", "/nagar-ki-khabar-106", "/nagar-ki-khabar-107",
]  # fmt: skip
LEADS = {"106": "nayi/khabar-108", "107": "gupt/khabar-109"}


def test_a_host_is_one_by_whatever_name(tmp_path: Path, archive: Archive) -> None:
    pages: dict[str, Answer | list[Answer]] = {f"/nagar-ki-khabar-{number}": page(number) for number in range(101, 105)}
    pages |= {
        f"/nagar-ki-khabar-{number}": (302, {"Location": f"http://{AS_ASKED}./{path}"}, b"")
        for number, path in LEADS.items()
    }
    items = "".join(f"<item><link>{link}</link></item>" for link in LINKS)
    with CountingWeb(pages) as web:
        web.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, f"<rss>{items}</rss>".encode())
        web.pages["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /gupt/\n")
        web.pages["/nayi/khabar-108"] = page(108)
        (tmp_path / "sites.toml").write_text(
            f'[[site]]\nname = "samachar"\nhome = "http://{HOST}/"\nfeeds = ["http://{HOST}/feed"]\ndelay = 0\n'
        )
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}",
            SCRAPY_PROJECT="captured", NEWSCRAWL_CONNECT_TO=web.url.removeprefix("http://"),
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), NEWSCRAWL_RECHECKS="", **archive.variables,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    archive.check()
    stored = {row["url"] for table in ("articles", "duplicates") for row in archive.rows(table)}
    numbers = [f"nagar-ki-khabar-{number}" for number in range(101, 105)]
    assert stored == {f"http://{AS_ASKED}/{path}" for path in (*numbers, LEADS["106"])}
    assert {row["detail"] for row in archive.rows("rejects")} == {"robots.txt"}
    assert len(archive.rows("rejects")) == 2
    assert {headers["Host"] for headers in web.headers} == {AS_ASKED}
    assert web.requests.count("/robots.txt") == 1 and web.requests.count("/nagar-ki-khabar-103") == 1
    assert not [path for path in web.requests if path.startswith("/gupt/")]
