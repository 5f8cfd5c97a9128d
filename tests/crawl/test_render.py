"""A site whose text arrives by script: a browser runs the scripts, and has no network but the crawl's own requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
from scrapy.http import HtmlResponse
from scrapy.settings import Settings

from newscrawl.fetching.browser import Browser, browser_path
from tests.crawl.small_sites import Web, asked, urlset
from tests.samples import STORY, html
from tests.support import Answer, Archive, CountingWeb

needs_browser = pytest.mark.skipif(
    not (find_spec("playwright") and browser_path()), reason="needs pip install 'newscrawl[render]' and chromium"
)
SHELL = """<html lang="hi"><head><title>जलाशय की सफाई शुरू</title><link rel="stylesheet" href="/style.css"></head>
<body><article><h1>जलाशय की सफाई शुरू</h1><div id="story"></div><img src="/picture.png"></article>
<script src="/app.js"></script><iframe src="/frame.html"></iframe></body></html>"""
SCRIPT = """
fetch("/story.json").then(answer => answer.json()).then(story => {
  for (const text of story.body) {
    const p = document.createElement("p"); p.textContent = text; document.getElementById("story").append(p);
  }
});
for (const other of %s) { fetch(other, {mode: "no-cors"}).catch(() => 0); }
fetch("/count", {method: "POST", body: "x"}).catch(() => 0);
try { new WebSocket("%s"); } catch (e) {}
"""


def json_body(text: str) -> bytes:
    return ('{"body": ["' + '", "'.join(text.split("\n")) + '"]}').encode()


@needs_browser
def test_text_that_arrives_by_script_is_stored_and_the_browser_asks_nobody_else(
    tmp_path: Path, archive: Archive
) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        stranger = stack.enter_context(CountingWeb({"/x": (200, {}, b"x")}, address="127.0.0.90"))
        script_of = {"Content-Type": "text/javascript"}
        pages: dict[str, Answer | list[Answer]] = {
            "/news.xml": urlset(("/jalashay-ki-safai-shuru-101", None)),
            "/jalashay-ki-safai-shuru-101": (200, {"Content-Type": "text/html; charset=utf-8"}, SHELL.encode()),
            "/story.json": (200, {"Content-Type": "application/json"}, json_body(STORY)),
            "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /secret"),
        }
        scripted = web.site("scripted", pages, sitemaps=["/news.xml"])
        others = f'["{stranger.url}/x", "/secret", "http://localhost:1/x"]'
        script = SCRIPT % (others, stranger.url.replace("http", "ws") + "/x")
        scripted.pages["/app.js"] = (200, script_of, script.encode())
        # Off, the page is its shell, and costs nothing more.
        report, _ = web.crawl(tmp_path, archive)
        assert report["funnel"]["articles"] == 0
        assert asked(scripted) == ["/news.xml", "/jalashay-ki-safai-shuru-101"]
        web.entries["scripted"] += "render = true\n"
        second = "/jalashay-ki-safai-shuru-102"
        scripted.pages |= {
            "/news.xml": urlset((second, None)), second: scripted.pages["/jalashay-ki-safai-shuru-101"]
        }  # fmt: skip
        start = len(scripted.requests)
        report, _ = web.crawl(tmp_path, archive)
        assert report["funnel"]["articles"] == 1
        [row] = archive.rows("articles")
        assert row["text"] == STORY
        assert sorted(asked(scripted, start)) == sorted(["/news.xml", second, "/app.js", "/story.json"])
        assert stranger.requests == []


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    settings = Settings({"USER_AGENT": "newscrawl/0.1", "DOWNLOAD_MAXSIZE": 8_000_000})
    browser = Browser(SimpleNamespace(settings=settings, engine=None), 8)  # type: ignore[arg-type]
    try:
        yield browser
    finally:
        await browser.close()


def answer(end: str) -> HtmlResponse:
    said = {"Content-Type": "text/html; charset=utf-8"}
    page = html(STORY).replace("</body>", f"{end}</body>")
    return HtmlResponse("https://a.example/mela", headers=said, body=page.encode())


@needs_browser
def test_a_page_whose_script_goes_elsewhere_keeps_what_it_told() -> None:
    """Kind: the browser showed its own page of an error in its place, and the story was refused as English."""
    later = [
        f"setTimeout(() => {leads}, 100)" for leads in ("location.href = '/dusri'", "location.reload()", "open('/x')")
    ]
    at_once = ["location.href = '/dusri'", "location.replace('https://b.example/')"]  # then it is read no further

    async def rendered() -> list[bytes | None]:
        async with a_browser() as browser:
            pages = [answer(f"<script>{script}</script><b id=end></b>") for script in later + at_once]
            return await asyncio.gather(*(browser.render(page, "a") for page in pages))

    *told, first, second = asyncio.run(rendered())
    assert first is second is None, "as it was served"
    for script, page in zip(later, told, strict=True):
        assert page and STORY.split("\n")[-1].encode() in page and b'id="end"' in page, script


@needs_browser
@pytest.mark.parametrize("begun", ["contexts", "pages"])
def test_a_page_beside_one_that_the_browser_dies_of_is_rendered_by_the_next_browser(begun: str) -> None:
    """Kind: a page's end is told before the browser's own, which seemed to live on."""

    async def rendered() -> bytes | None:
        async with a_browser() as browser:
            page = asyncio.ensure_future(browser.render(answer("<script>setTimeout(() => 0, 3000)</script>"), "a"))
            while not (browser._browser and (contexts := browser._browser.contexts)):
                await asyncio.sleep(0.01)
            while begun == "pages" and not contexts[0].pages:
                await asyncio.sleep(0.01)
            await browser._browser.close()
            return await page

    assert STORY.split("\n")[-1].encode() in (asyncio.run(rendered()) or b"")


@pytest.mark.faults  # it waits for pages that never rest
@needs_browser
def test_a_page_that_never_rests_or_asks_for_ever_is_taken_as_it_is(tmp_path: Path, archive: Archive) -> None:
    endless = "let n = 0; const more = () => fetch('/more-' + n++).then(more, more); more();"
    body = html(STORY).replace("</body>", "<script src='/app.js'></script></body>")
    with ExitStack() as stack:
        web = Web(stack)
        site = web.site(
            "endless",
            {
                "/news.xml": urlset(("/jalashay-ki-safai-shuru-101", None)),
                "/jalashay-ki-safai-shuru-101": (200, {"Content-Type": "text/html; charset=utf-8"}, body.encode()),
                "/app.js": (200, {"Content-Type": "text/javascript"}, endless.encode()),
            },
            sitemaps=["/news.xml"],
        )
        web.entries["endless"] += "render = true\n"
        report, _ = web.crawl(tmp_path, archive, NEWSCRAWL_RENDER_SECONDS="8")
        assert report["funnel"]["articles"] == 1
        assert len([path for path in asked(site) if path.startswith("/more-")]) <= 24
