"""What a site names of another's: this machine's doors, and the pages of a site of the same domain."""

from __future__ import annotations

import urllib.request
from contextlib import ExitStack
from pathlib import Path

from newscrawl.server import weed
from newscrawl.server.embedded import EmbeddedS3
from tests.crawl.small_sites import Web, urlset
from tests.samples import OTHER, STORY, html
from tests.support import Answer, Archive, CountingWeb, scrapy


def test_no_request_comes_to_the_embedded_servers_own_ports(s3: EmbeddedS3, tmp_path: Path, archive: Archive) -> None:
    """Its filer serves objects without keys. A site on this machine's own address is the one that could lead there."""
    filer = weed.ports(s3.s3_port - weed.ports(0).s3).filer
    door, story = f"http://127.0.0.1:{filer}/buckets/{s3.bucket}/", "/khabar-ek-do-teen-1"
    with urllib.request.urlopen(door) as answer:
        assert answer.status == 200, "whoever asks is answered"
    with ExitStack() as stack:
        web = Web(stack)
        one = web.site("one", {story: (302, {"Location": door}, b"")}, feeds=["/feed"], address="127.0.0.1")
        one.pages["/feed"] = urlset((door, None), (f"http://localhost:{filer}/x-1", None), (story, None))
        report, said = web.crawl(tmp_path, archive)
    assert report["discovery"]["one"]["out_of_scope"] == 2 and "no entry names" in said
    [row] = archive.rows("rejects")
    assert (row["reason"], archive.rows("articles")) == ("forbidden", []) and str(filer) in row["detail"]


def test_a_site_that_lists_the_pages_of_another_on_its_domain_does_not_make_them_its_own(
    tmp_path: Path, archive: Archive
) -> None:
    """Or its entry would have the last word on them (`kind = "trust"`), and their lines a say in its templates. All
    hosts are asked by way of a proxy, and none of them by name."""
    one, two = "http://one.namuna.example.in", "http://two.namuna.example.in"
    theirs, login, own, free = (
        f"{two}/do-ki-khabar-102",
        f"{two}/login",
        f"{one}/ek-ki-khabar-101",
        "http://x.namuna.example.in/k-103-104-105",
    )
    pages: dict[str, Answer | list[Answer]] = {
        f"{one}/news.xml": urlset(*((url, None) for url in (theirs, login, own, free))),
        f"{two}/news.xml": urlset((theirs, None)),
        theirs: (200, {}, html(STORY).encode()),
        own: (200, {}, html(OTHER, "हॉकी में जीत").encode()),
    }
    (tmp_path / "sites.toml").write_text(
        f'[[site]]\nname = "one"\nhome = "{one}/"\nsitemaps = ["{one}/news.xml"]\nkind = "trust"\ndelay = 0\n'
        f'[[site]]\nname = "two"\nhome = "{two}/"\nsitemaps = ["{two}/news.xml"]\narticle_url = "-[0-9]+$"\ndelay = 0\n'
    )
    with CountingWeb(pages) as proxy:
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}", http_proxy=proxy.url, no_proxy="127.0.0.1",
            NEWSCRAWL_CONTACT_URL="https://crawler.example/", NEWSCRAWL_STATE_DIR=str(tmp_path / "state"),
            **archive.variables,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert {row["url"]: row["site"] for row in archive.rows("articles")} == {theirs: "two", own: "one"}
    assert {row["url"]: row["site"] for row in archive.rows("rejects")} == {free: "one"}
    assert login not in proxy.requests and f"{login}" in result.stderr
