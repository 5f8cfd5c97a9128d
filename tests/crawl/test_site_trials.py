"""`scrapy sites check` and `add`: each way in which a site fails has its verdict and mend, and nothing is stored."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from newscrawl.sites import load
from tests.crawl.small_sites import NOW, Web, page, urlset, xml
from tests.samples import OTHER, STORY, html
from tests.support import Answer, CountingWeb, scrapy

ENGLISH = "\n".join(
    f"The town council said on Friday that the repair of the old bridge, number {n}, would begin within a month."
    for n in range(6)
)
HOUR = timedelta(hours=1)
STORIES = [
    STORY,
    OTHER,
    "मंडी समिति ने गुरुवार को प्याज के भाव तय किए और तौल के लिए दो नए कांटे लगवाए।\n"
    "किसान बलराम साहू ने कहा कि पहले हर बोरी पर दो किलो की कटौती होती थी, जो अब नहीं होगी।\n"
    "समिति के सचिव के अनुसार भुगतान उसी दिन बैंक खाते में पहुंचेगा और पर्ची मोबाइल पर आएगी।",
    "पहाड़ी गांव खेतवा में सौर पंप लगने से चालीस परिवारों को पहली बार घर के पास पानी मिला।\n"
    "महिलाओं ने बताया कि वे रोज तीन किलोमीटर नीचे उतरकर झरने से घड़े भरती थीं।\n"
    "विभाग अगले साल ऐसे बारह पंप और लगाएगा, जिनकी देखभाल गांव की समिति करेगी।",
]


def feed(*paths: str, days: float = 0) -> Answer:
    when = (NOW - HOUR - timedelta(days=days)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    items = "".join(f"<item><title>t</title><link>{p}</link><pubDate>{when}</pubDate></item>" for p in paths)
    return xml(f"<rss><channel>{items}</channel></rss>")


def stories(*numbers: int) -> dict[str, Answer]:
    return {f"/news/{n}.html": page(n) for n in numbers}


def listing(*numbers: int) -> Answer:
    links = "".join(f'<a href="/news/samachar-ek-do-{n}.html">समाचार क्रमांक {n} की पूरी खबर</a>' for n in numbers)
    return 200, {}, f"<html><body>{links}</body></html>".encode()


def all_kinds(web: Web) -> None:
    links = feed("/news/1.html", "/news/2.html")
    web.site("good", {"/feed": links} | stories(1, 2), feeds=["/feed"])
    web.site("half", {"/feed": links} | stories(1, 2), feeds=["/feed", "/gone"])
    english = (200, {}, html(ENGLISH, "The bridge is closed").encode())
    web.site("english", {"/feed": links, "/news/1.html": english, "/news/2.html": english}, feeds=["/feed"])
    web.site("empty", {"/feed": links, "/news/1.html": (200, {}, b"<p>x</p>")}, feeds=["/feed"])
    web.site("silent", {"/map": urlset()}, sitemaps=["/map"])
    web.site("old", {"/feed": feed("/news/1.html", days=90)} | stories(1), feeds=["/feed"])
    robots = {"Content-Type": "text/plain"}
    closed = (200, robots, b"User-agent: *\nDisallow: /\n")
    web.site("closed", {"/robots.txt": closed, "/feed": links}, feeds=["/feed"])
    refused = (200, robots, b"User-agent: Googlebot\nDisallow:\n\nUser-agent: *\nDisallow: /\n")
    web.site("refused", {"/robots.txt": refused, "/feed": links}, feeds=["/feed"])
    web.site("ill", {"/robots.txt": (503, {}, b""), "/feed": links}, feeds=["/feed"])
    home = {"/": listing(1, 2)} | {f"/news/samachar-ek-do-{n}.html": page(n) for n in (1, 2)}
    web.site("html", home | {"/feed": (200, {}, b"<html><body>not here</body></html>")}, feeds=["/feed"])
    web.site("left", home | {"/feed": feed()}, feeds=["/feed"])
    with CountingWeb(address="127.0.0.80") as dead:
        pass
    web.entries["dead"] = f'[[site]]\nname = "dead"\nhome = "{dead.url}/"\ndelay = 0\n'


@pytest.fixture
def web() -> Iterator[Web]:
    with ExitStack() as stack:
        yield Web(stack)


def sites(folder: Path, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    quick = {"NEWSCRAWL_BACKOFF_SECONDS": "0.05", "NEWSCRAWL_STATE_DIR": str(folder / "state")}
    return scrapy("sites", *arguments, **quick | variables)


EXPECTED = {
    "good": ("ok", None),
    "half": ("partly", "/gone: gone: HTTP 404: take it out of the entry"),
    "english": ("wrong_language", 'language = "en"'),
    "empty": ("no_article", "look at one: scrapy explain"),
    "silent": ("no_links", "name a feed, sitemap or section"),
    "old": ("stale", "in a browser"),
    "closed": ("robots", "to search engines, too"),
    "refused": ("robots", "the publisher does not want crawlers: drop the entry"),
    "ill": ("robots", "RFC 9309"),
    "html": ("fallback", "what answers is no feed"),
    "left": ("fallback", "/feed: leads to no story"),
    "dead": ("unreachable", "no server answers there"),
}


def test_each_kind_of_failure_has_its_verdict_and_mend(web: Web, tmp_path: Path) -> None:
    all_kinds(web)
    registry = tmp_path / "sites.toml"
    registry.write_text("\n".join(web.entries.values()))
    before = registry.read_bytes()
    result = sites(tmp_path, "check", "--json", "--file", registry)
    assert result.returncode == 16, result.stderr
    assert "Traceback" not in result.stderr
    told: dict[str, Any] = {d["name"]: d for d in map(json.loads, result.stdout.splitlines())}
    assert {name: d["verdict"] for name, d in told.items()} == {name: v for name, (v, _) in EXPECTED.items()}
    for name, (_, mend) in EXPECTED.items():
        assert bool(told[name]["mends"]) == bool(mend), name
        assert mend is None or any(mend in line for line in told[name]["mends"]), told[name]
    good = told["good"]
    assert good["robots"] == "open" and good["feeds"] == {"asked": 1, "read": 1} and good["links"] == 2
    assert good["article"]["title"].startswith("समाचार") and good["article"]["language"] == "hi"
    assert good["article"]["words"] > 20 and good["article"]["confidence"] and good["article"]["published_at"]
    assert told["closed"]["robots"] == "closed" and told["ill"]["robots"] == "unreadable"
    # Politely: what robots.txt closes is not asked for.
    assert web.hosts["closed"].requests == ["/robots.txt"]
    # Dates and verdicts beside the state, no bucket, and the registry as it was.
    status = json.loads((tmp_path / "state" / "sites.json").read_text())
    assert {name: entry["verdict"] for name, entry in status.items()} == {n: v for n, (v, _) in EXPECTED.items()}
    assert all(entry["checked_at"] for entry in status.values())
    assert {p.name for p in (tmp_path / "state").iterdir()} == {"run.lock", "sites.json"}
    assert registry.read_bytes() == before


def test_what_a_publisher_reserves_is_said(web: Web, tmp_path: Path) -> None:
    robots = {"Content-Type": "text/plain"}, b"User-agent: GPTBot\nDisallow: /\n"
    served = {"/robots.txt": (200, *robots), "/feed": feed("/news/1.html")} | stories(1)
    web.site("careful", served, feeds=["/feed"])
    web.site("good", {"/feed": feed("/news/2.html")} | stories(2), feeds=["/feed"])
    registry = tmp_path / "sites.toml"
    registry.write_text("\n".join(web.entries.values()))
    told = [json.loads(line) for line in sites(tmp_path, "check", "--json", "--file", registry).stdout.splitlines()]
    assert {d["name"]: d["reservations"] for d in told} == {"careful": ["ai"], "good": []}
    printed = sites(tmp_path, "check", "careful", "--file", registry).stdout
    assert "its publisher reserves: ai\n" in printed


def test_names_pick_and_a_terminal_of_80_columns_is_enough(web: Web, tmp_path: Path) -> None:
    all_kinds(web)
    registry = tmp_path / "sites.toml"
    registry.write_text("\n".join(web.entries.values()))
    result = sites(tmp_path, "check", "good", "half", "--file", registry)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("good  ok  articles come\n") and "mend: " in result.stdout
    assert "2 sites: 1 ok, 1 partly; noted in " in result.stderr
    assert max(map(cell_len, result.stderr.splitlines()[1:-1]), default=0) <= 80
    # What was checked before stays in the status file.
    assert sites(tmp_path, "check", "old", "--file", registry).returncode == 16
    assert set(json.loads((tmp_path / "state" / "sites.json").read_text())) == {"good", "half", "old"}
    unknown = sites(tmp_path, "check", "nobody", "--file", registry)
    assert unknown.returncode == 2 and "no site named 'nobody'" in unknown.stderr


def test_no_more_than_a_few_pages_of_a_site_are_asked(web: Web, tmp_path: Path) -> None:
    paths = [f"/news/{n}.html" for n in range(40)]
    host = web.site("many", {"/feed": feed(*paths)} | stories(*range(40)), feeds=["/feed"])
    (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
    result = sites(tmp_path, "check", "--json", "--file", tmp_path / "sites.toml")
    assert result.returncode == 0, result.stderr
    assert len([path for path in host.requests if path.startswith("/news/")]) == 5
    assert json.loads(result.stdout)["links"] == 40


def test_a_crawl_and_a_check_do_not_ask_at_once(web: Web, tmp_path: Path) -> None:
    from newscrawl.state.lock import RunLock

    host = web.site("good", {"/feed": feed("/news/1.html")} | stories(1), feeds=["/feed"])
    (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
    lock = RunLock(tmp_path / "state").acquire()
    try:
        result = sites(tmp_path, "check", "--file", tmp_path / "sites.toml")
    finally:
        lock.release()
    assert result.returncode == 7 and "is in use by process" in result.stderr and host.requests == []


def test_other_machines_are_not_asked_without_a_contact(tmp_path: Path) -> None:
    for arguments in (("check", "jagran"), ("add", "https://www.example.org/")):
        result = sites(tmp_path, *arguments)
        assert result.returncode == 2 and "NEWSCRAWL_CONTACT_URL is not set" in result.stderr, result.stderr


def test_add_proposes_what_it_found_and_appends_it_when_told_to(web: Web, tmp_path: Path) -> None:
    robots = "User-agent: *\nSitemap: {url}/map.xml\n"
    host = web.site("new", stories(1, 2, 3, 4))
    head = "".join(f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in ("/feed", "/no"))
    host.pages["/"] = (200, {}, f"<html><head>{head}</head><body>x</body></html>".encode())
    host.pages["/feed"] = feed("/news/1.html", "/news/2.html", "/news/3.html")
    host.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, robots.format(url=host.url).encode())
    host.pages["/map.xml"] = urlset(("/news/4.html", NOW - HOUR))
    mine = tmp_path / "mine.toml"
    shown = sites(tmp_path, "add", f"{host.url}/", "--name", "naya", "--file", mine)
    assert shown.returncode == 0, shown.stderr
    assert not mine.exists() and "nothing was written; --yes appends it" in shown.stderr
    assert shown.stdout.count("“समाचार") == 3
    entry = shown.stdout[shown.stdout.index("[[site]]") :]
    done = sites(tmp_path, "add", f"{host.url}/", "--name", "naya", "--file", mine, "--yes")
    assert done.returncode == 0 and mine.read_text().strip() == entry.strip(), done.stderr
    [site] = load(mine)
    assert site.feeds == (f"{host.url}/feed",) and site.sitemaps == (f"{host.url}/map.xml",)
    again = sites(tmp_path, "add", f"{host.url}/", "--file", mine, "--yes")
    assert again.returncode == 2 and "already, as 'naya'" in again.stderr
    assert len(load(mine)) == 1
    # What was appended is crawled as proposed.
    assert sites(tmp_path, "check", "naya", "--file", mine).returncode == 0


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [("http://[", 2, "is no web address"), ("http://127.0.0.99:9/", 16, "no server answers there")],
)
def test_add_refuses_what_gives_no_article(tmp_path: Path, address: str, code: int, words: str) -> None:
    result = sites(tmp_path, "add", address, "--file", tmp_path / "mine.toml", "--yes")
    assert result.returncode == code and words in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "mine.toml").exists()


def test_a_notice_on_every_page_is_no_article_and_copies_of_another_site_are_some(web: Web, tmp_path: Path) -> None:
    links = feed(*(f"/news/{n}.html" for n in range(4)))
    told = {f"/news/{n}.html": (200, {}, html(STORIES[n], f"समाचार {n}").encode()) for n in range(4)}
    web.site("first", {"/feed": links} | told, feeds=["/feed"])
    web.site("copies", {"/feed": links} | told, feeds=["/feed"])
    notice = {f"/news/{n}.html": (200, {}, html(STORIES[0], f"खबर {n}").encode()) for n in range(4)}
    web.site("notice", {"/feed": links} | notice, feeds=["/feed"])
    # A source of years ago, and one of another language, beside one that is alive.
    old, english = feed("/news/8.html", days=900), (200, {}, html(ENGLISH, "The bridge is closed").encode())
    beside = {f"/en/{n}.html": english for n in range(9)}
    served = {"/old": old, "/en": feed(*beside), "/feed": links} | beside | stories(0, 1, 2, 3)
    web.site("mixed", served, feeds=["/old", "/en", "/feed"])
    (tmp_path / "sites.toml").write_text("\n".join(web.entries.values()))
    result = sites(tmp_path, "check", "--json", "--file", tmp_path / "sites.toml")
    found = {d["name"]: (d["verdict"], d["words"]) for d in map(json.loads, result.stdout.splitlines())}
    assert found["first"][0] == found["copies"][0] == "ok", found
    assert found["notice"] == ("no_article", "all 4 pages fall to one story")
    assert found["mixed"][0] in ("ok", "partly") and "articles come of 4 of 10 pages" in found["mixed"][1]
