"""What publishers wish of their pages, stated wherever they may state it, is recorded or obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from newscrawl.config import _OPT_OUTS
from newscrawl.fetching.optout import KINDS, WISHES_META, head_wishes, header_wishes, told
from tests.crawl.host_sites import OK, Hosts, page, paths
from tests.support import Answer, Archive


def test_wishes_that_are_not_obeyed_stand_in_the_row(tmp_path: Path, archive: Archive) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        web = hosts.site("wishing", 4)
        web.pages["/robots.txt"] = (200, OK, b"User-agent: Google-Extended\nDisallow: /*-104$\n")
        moved = {"Location": f"{web.url}{paths(4)[3]}"}
        web.pages |= {paths(4)[0]: (302, moved, b"")}
        web.pages[paths(4)[1]] = page(1, **{"tdm-reservation": "1", "X-Robots-Tag": "noarchive"})
        web.pages[paths(4)[3]] = page(3, **{"X-Robots-Tag": "noarchive"})
        _, rows, _ = hosts.crawl(tmp_path / "state", opt_outs="")
    stored = rows["articles"] + rows["duplicates"]
    found = {row["url"].removeprefix(web.url): row["reservations"] for row in stored}
    # The first page leads to the fourth: what counts is the page that answered.
    assert found == {paths(4)[1]: ["tdm", "noarchive"], paths(4)[2]: [], paths(4)[3]: ["noarchive", "ai"]}
    assert rows["rejects"] == []


SIGNALS = b"""User-agent: *
Content-Usage: /*-102$ train-ai=n
Content-Signal: /*-103$ ai-train=no, search=yes
License: https://example.com/license.xml
"""
TDMREP = b'[{"location": "/*-104$", "tdm-reservation": 1}, {"location": "/*-105$", "tdm-reservation": 1}]'


@pytest.mark.parametrize("opt_outs", ["", "tdm,content-signal:ai-train"])
def test_what_is_stated_by_path_is_recorded_or_obeyed(tmp_path: Path, archive: Archive, opt_outs: str) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        web = hosts.site("stating", 5)
        web.pages |= {"/robots.txt": (200, OK, SIGNALS), "/.well-known/tdmrep.json": (200, OK, TDMREP)}
        # A header supersedes the file, where the file was not enough to stay away.
        web.pages[paths(5)[4]] = page(4, **{"tdm-reservation": "0", "Content-Usage": "search=n"})
        _, rows, _ = hosts.crawl(tmp_path / "state", opt_outs=opt_outs)
    stored = rows["articles"] + rows["duplicates"]
    found = {row["url"].removeprefix(web.url): row["reservations"] for row in stored}
    first, usage, signal, tdm, both = paths(5)
    kept = {first: ["rsl"], usage: ["content-usage:train-ai", "rsl"]}
    recorded = {
        signal: ["content-signal:ai-train", "rsl"],
        tdm: ["tdm", "rsl"],
        both: ["content-usage:search", "rsl"],
    }
    assert web.requests.count("/.well-known/tdmrep.json") == 1
    details = {row["url"].removeprefix(web.url): (row["reason"], row["detail"]) for row in rows["rejects"]}
    if opt_outs:
        assert found == kept
        forbidden = {signal: "content-signal:ai-train in robots.txt", tdm: "tdmrep.json", both: "tdmrep.json"}
        assert details == {path: ("forbidden", where) for path, where in forbidden.items()}
        assert not {signal, tdm, both} & set(web.requests), "not even fetched"
    else:
        assert found == kept | recorded and details == {}


TERMS = b"""<rsl xmlns="https://rslstandard.org/rsl">
<content url="/"><license><permits type="usage">search ai-input</permits></license></content>
<content url="/*-102$"><license><permits type="usage">all</permits><payment type="attribution"/></license></content>
<content url="/*-103$"><license><prohibits type="usage">ai-all</prohibits></license></content>
</rsl>"""
GENERAL = b"".join(line for line in TERMS.splitlines() if b"/*-" not in line)


@pytest.mark.parametrize("opt_outs", ["", "tdm,rsl:ai-input"])
def test_the_terms_of_a_licence_are_recorded_or_obeyed(tmp_path: Path, archive: Archive, opt_outs: str) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        web = hosts.site("licensed", 3)
        web.pages["/robots.txt"] = (200, OK, f"License: {web.url}/license.xml\nUser-agent: *\nDisallow:\n".encode())
        web.pages["/license.xml"] = (200, {"Content-Type": "application/rsl+xml"}, TERMS)
        report, rows, _ = hosts.crawl(tmp_path / "state", opt_outs=opt_outs)
    assert web.requests.count("/license.xml") == 1
    first = min(web.requests.index(path) for path in paths(3)[:2])
    assert web.requests.index("/license.xml") < first, "before the pages that it is about"
    first, credited, closed = paths(3)
    stored = {r["url"].removeprefix(web.url): r["reservations"] for r in rows["articles"] + rows["duplicates"]}
    details = {row["url"].removeprefix(web.url): (row["reason"], row["detail"]) for row in rows["rejects"]}
    kept = {first: ["rsl", "rsl:ai-index", "rsl:ai-train"], credited: ["rsl"]}
    refusals = ["rsl", "rsl:ai-index", "rsl:ai-input", "rsl:ai-train"]
    if opt_outs:
        assert stored == kept and details == {closed: ("forbidden", f"rsl:ai-input by {web.url}/license.xml")}
        assert closed not in web.requests, "not even fetched"
    else:
        assert stored == kept | {closed: refusals} and details == {}
    assert report["licences_unread"] == {}


@pytest.mark.parametrize("opt_outs", ["", "tdm,rsl:ai-train"])
def test_the_terms_of_a_licence_that_a_page_names_or_a_feed_carries_are_recorded_or_obeyed(
    tmp_path: Path, archive: Archive, opt_outs: str
) -> None:
    hosts = Hosts(tmp_path, archive)
    heads = {
        2: b'<link rel="license" type="application/rsl+xml" href="/Terms.xml">',
        3: b'<script type="application/rsl+xml">' + GENERAL + b"</script>",
        4: b'<link rel="license" type="application/rsl+xml" href="/gone.xml">',
    }
    with hosts.servers:
        web = hosts.site("licensed", 6)
        status, headers, feed = web.pages["/feed"]
        assert isinstance(feed, bytes)
        item = f"{web.url}{paths(6)[5]}".encode()
        licence = GENERAL.partition(b">")[2].replace(b'"/"', b'"%s"' % item).removesuffix(b"</rsl>")
        feed = feed.replace(b"<rss>", b'<rss xmlns="https://rslstandard.org/rsl">')
        feed = feed.replace(item + b"</link>", item + b"</link>" + licence)
        web.pages["/feed"] = status, headers, feed
        web.pages["/Terms.xml"] = (200, {"Content-Type": "application/rsl+xml"}, GENERAL)
        web.pages[paths(6)[0]] = page(0, Link='</Terms.xml>; rel="license"; type="application/rsl+xml"')
        for number, head in heads.items():
            status, headers, body = page(number - 1)
            assert isinstance(body, bytes) and b"<head>" in body
            web.pages[paths(6)[number - 1]] = status, headers, body.replace(b"<head>", b"<head>" + head)
        report, rows, _ = hosts.crawl(tmp_path / "state", opt_outs=opt_outs)
    assert web.requests.count("/Terms.xml") == 1
    header, link, script, gone, plain, fed = paths(6)
    stored = {r["url"].removeprefix(web.url): r["reservations"] for r in rows["articles"] + rows["duplicates"]}
    details = {row["url"].removeprefix(web.url): (row["reason"], row["detail"]) for row in rows["rejects"]}
    kept = {gone: ["rsl"], plain: []}
    if opt_outs:
        by_file = f"rsl:ai-train by {web.url}/Terms.xml"
        where = {header: by_file, link: by_file, script: "rsl:ai-train by the licence in the page's head"}
        where[fed] = f"rsl:ai-train by {web.url}/feed"
        assert fed not in web.requests, "not even fetched"
        assert stored == kept and details == {path: ("forbidden", said) for path, said in where.items()}
    else:
        refusals = ["rsl", "rsl:ai-index", "rsl:ai-train"]
        assert stored == kept | dict.fromkeys((header, link, script, fed), refusals) and details == {}
    assert report["licences_unread"] == {f"{web.url}/gone.xml": "HTTP 404"}


@pytest.mark.faults
def test_a_site_of_whose_pages_each_names_another_licence_is_asked_for_some_of_them(
    tmp_path: Path, archive: Archive
) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        web = hosts.site("licensed", 25)
        for number, path in enumerate(paths(25)):
            link = f'</terms?of={number}>; rel="license"; type="application/rsl+xml"'
            web.pages[path] = page(number, Link=link)
            web.pages[f"/terms?of={number}"] = (200, OK, GENERAL)
        report, rows, _ = hosts.crawl(tmp_path / "state", opt_outs="")
    assert sum(path.startswith("/terms") for path in web.requests) == 20
    [why] = report["licences_unread"].values()
    assert why == f"pages of {web.url.removeprefix('http://')} name more than 20 licences"
    told = [tuple(row["reservations"]) for row in rows["articles"] + rows["duplicates"]]
    assert told.count(("rsl",)) == 5 and told.count(("rsl", "rsl:ai-index", "rsl:ai-train")) == 20


def test_a_licence_that_cannot_be_read_is_named_and_its_terms_are_not_known(tmp_path: Path, archive: Archive) -> None:
    hosts = Hosts(tmp_path, archive)
    answers: dict[str, Answer] = {
        "gone": (404, OK, b"no such page"),
        "page": (200, OK, b"<html><body>not here</body></html>"),
        "torn": (200, OK, TERMS[:-10]),
        "huge": (200, OK, TERMS + b" " * 600_000),
        "shut": (200, OK, TERMS),
    }
    with hosts.servers:
        for name, answer in answers.items():
            web = hosts.site(name, 2)
            closed = "Disallow: /license" if name == "shut" else "Disallow:"
            web.pages["/robots.txt"] = (200, OK, f"User-agent: *\nLicense: /license.xml\n{closed}\n".encode())
            web.pages["/license.xml"] = answer
        away = hosts.site("away", 2)
        # A host of no site.
        away.pages["/robots.txt"] = (200, OK, b"User-agent: *\nLicense: http://127.0.0.99:9/l.xml\n")
        report, rows, said = hosts.crawl(tmp_path / "state", opt_outs="tdm,rsl:ai-train")
    stored = rows["articles"] + rows["duplicates"]
    assert len(stored) == 12 and all(row["reservations"] == ["rsl"] for row in stored) and rows["rejects"] == []
    why = dict(report["licences_unread"])
    expected = {"gone": "HTTP 404", "page": "no RSL document", "torn": "no XML", "huge": "more than 512,000 bytes",
                "shut": "robots.txt"}  # fmt: skip
    for name, words in expected.items():
        url = f"{hosts.webs[name].url}/license.xml"
        assert words in why.pop(url) and said.count(f"{url}: the licence cannot be read") == 1, name
    assert list(why) == ["http://127.0.0.99:9/l.xml"]
    assert "/license.xml" not in hosts.webs["shut"].requests
    assert "licences unread" in said


def test_a_tdmrep_that_cannot_be_read_reserves_nothing_and_is_named(tmp_path: Path, archive: Archive) -> None:
    hosts = Hosts(tmp_path, archive)
    with hosts.servers:
        broken = hosts.site("broken", 1)
        broken.pages["/.well-known/tdmrep.json"] = (200, OK, b'[{"location": "/"')
        absent = hosts.site("absent", 1)
        absent.pages["/.well-known/tdmrep.json"] = (200, OK, b"<html>not here</html>")
        closed = hosts.site("closed", 1)
        closed.pages["/robots.txt"] = (200, OK, b"User-agent: *\nDisallow: /.well-known/")
        # Where robots.txt is not available, the other file is.
        moved = hosts.site("moved", 1)
        moved.pages["/robots.txt"] = (301, {"Location": "http://127.0.0.99:9/robots.txt"}, b"")
        moved.pages["/.well-known/tdmrep.json"] = (200, OK, TDMREP.replace(b"*-104$", b""))
        _, rows, said = hosts.crawl(tmp_path / "state")
    assert len(rows["articles"] + rows["duplicates"]) == 3
    assert [(row["site"], row["detail"]) for row in rows["rejects"]] == [("moved", "tdmrep.json")]
    assert f"{broken.url}/.well-known/tdmrep.json: cannot be read" in said
    assert f"{absent.url}/.well-known" not in said
    assert "/.well-known/tdmrep.json" not in closed.requests


@pytest.mark.parametrize(("header", "is_reserved"), [("0", False), ("1", True), ("yes", True), ("", True)])
def test_a_header_that_says_yes_or_no_supersedes_tdmrep(header: str, is_reserved: bool) -> None:
    asked = Request("https://a.example/", meta={WISHES_META: {"tdm": "tdmrep.json"}})
    response = HtmlResponse(asked.url, headers={"tdm-reservation": header}, request=asked)
    assert ("tdm" in header_wishes(response)) is is_reserved


def test_every_wish_that_is_read_may_be_obeyed() -> None:
    assert _OPT_OUTS == KINDS


RSL = 'type="application/rsl+xml"'
LICENCE = f'<https://example.com/style.css>; rel=preload, <https://example.com/license.xml>; rel="license"; {RSL}'


@pytest.mark.parametrize(
    ("headers", "head", "wish"),
    [
        ({}, "", None),
        ({"tdm-reservation": "0"}, "", None),
        ({"tdm-reservation": "1"}, "", "tdm-reservation header"),
        ({}, '<meta name="tdm-reservation" content="1">', "tdm-reservation meta element"),
        ({}, "<META CONTENT='index, NOARCHIVE' NAME='Robots'/>", "noarchive in a robots meta element"),
        ({}, "<meta name=robots content=noarchive>", "noarchive in a robots meta element"),
        ({}, '<meta name="googlebot" content="noarchive">', None),
        ({}, '<meta name="robots" content="noindex, nofollow">', None),
        ({"X-Robots-Tag": "googlebot: noarchive"}, "", None),
        ({"X-Robots-Tag": "newscrawl: noarchive"}, "", "noarchive in X-Robots-Tag"),
        ({"X-Robots-Tag": "badbot: noindex, noarchive, newscrawl: nofollow"}, "", None),
        ({"X-Robots-Tag": "badbot: noindex, newscrawl: nofollow, noarchive"}, "", "noarchive in X-Robots-Tag"),
        ({"X-Robots-Tag": "ccbot: noindex"}, "", "X-Robots-Tag for CCBot"),
        ({"X-Robots-Tag": "noai, noimageai"}, "", "noai in X-Robots-Tag"),
        ({"X-Robots-Tag": "newscrawl: noai"}, "", "noai in X-Robots-Tag"),
        ({"X-Robots-Tag": "noimageai"}, "", None),  # of pictures alone, which are not kept
        ({}, '<meta name="robots" content="index, noai, noimageai">', "noai in a robots meta element"),
        ({}, '<meta name="robots" content="noimageai">', None),
        ({}, '<META NAME="GPTBot" CONTENT="noindex">', "a robots meta element for GPTBot"),
        ({}, '<meta name="google-extended" content="none">', "a robots meta element for Google-Extended"),
        ({}, '<meta name="ccbot" content="index, follow">', None),
        ({"Content-Usage": "train-ai=n"}, "", "content-usage:train-ai in the content-usage header"),
        ({"Content-Usage": "train-ai=y"}, "", None),
        ({"Content-Signal": "ai-train=yes, search=no"}, "", "content-signal:search in the content-signal header"),
        ({"Link": LICENCE}, "", "a licence in the Link header"),
        ({"Link": '</a.css>; rel="license stylesheet", </b>; rel=next; type="application/rsl+xml"'}, "", None),
        ({"Link": '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'}, "", None),
        ({}, f'<link rel="license" {RSL} href="https://example.com/license.xml">', "a licence in a link element"),
        ({}, f"<script {RSL}><rsl></rsl></script>", "a licence in a script element"),
        ({}, '<link rel="license" href="/lizenz.html"><link rel="alternate" type="application/rsl+xml">', None),
        ({"X-Robots-Tag": "unavailable_after: 25 Jun 2030 15:00:00 GMT, noarchive"}, "", "noarchive in X-Robots-Tag"),
        # A server and its cache say it twice; what is neither 0 nor 1 says nothing, and of both the stricter counts.
        ({"tdm-reservation": "1, 1"}, "", "tdm-reservation header"),
        ({"tdm-reservation": "0, 1"}, "", "tdm-reservation header"),
        ({"tdm-reservation": "yes"}, "", None),
        # What stands in a comment, in a script or in other text is no element.
        ({}, '<title>a <meta name="robots" content="noarchive"></title>', None),
        ({}, '<STYLE>/* <meta name="robots" content="noarchive"> */</STYLE>', None),
        ({}, '<!-- <meta name="tdm-reservation" content="1"> -->', None),
        ({}, '<!--><meta name="tdm-reservation" content="1"><!-- x', "tdm-reservation meta element"),
        ({}, f'<!-- <link rel="license" {RSL} href="/l.xml">', None),
        ({}, """<script>document.write('<meta name="robots" content="noarchive">')</script>""", None),
        ({}, '<script>1</script><meta name="robots" content="noarchive">', "noarchive in a robots meta element"),
        ({}, f'<link rel="license" {RSL[:-1]}; charset=utf-8" href="/l.xml">', "a licence in a link element"),
    ],
)
def test_a_publishers_wish_is_read_where_it_may_stand(headers: dict[str, str], head: str, wish: str | None) -> None:
    body = f"<html><head>{head}<title>x</title></head><body></body></html>".encode()
    response = HtmlResponse("https://a.example/", headers=headers, body=body)
    stated = told(header_wishes(response), head_wishes(response.body))
    assert list(stated.values()) == ([wish] if wish else [])
