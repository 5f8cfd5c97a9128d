"""Pages whose text arrives by script (`render = true`): Chromium runs the scripts, and asks us for all else.

The browser has no network. The page was fetched like any other, and is handed to it; what its scripts ask for goes
through the crawl's own downloader, so that robots.txt, pace, scope, private addresses and sizes are what they are for
every request of the site (scrapy-playwright, and any browser that fetches by itself, would be past all of them). Not
fetched at all is what tells no story: images, styles, fonts, media, frames, whatever is no GET.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from newscrawl.errors import ConfigError
from newscrawl.sites import Site

if TYPE_CHECKING:
    from playwright.async_api import Route

logger = logging.getLogger(__name__)

# Debian's name, and that of others.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# What the scripts of a page may ask for, at a second each; a newspaper's own are ten, the others are its advertisers'.
_MOST_REQUESTS = 25
# Pages at once: each takes 100 MB, and a core while its scripts run.
_AT_ONCE = 2
_KINDS = {"script", "fetch", "xhr"}
# Headers that are ours, or the connection's, to say.
_OURS = {"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie"}
# Whatever does not come by the route finds no name and no way: the port is discard's.
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--js-flags=--max-old-space-size=256",
    "--disable-dev-shm-usage", "--disable-gpu",
)  # fmt: skip


def browser_path() -> str | None:
    """Where Chromium is; None: nowhere that `PATH` leads."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def check_browser(sites: Iterable[Site]) -> None:
    """Raise `ConfigError` where a site is to be rendered and this machine cannot."""
    site = next((site for site in sites if site.render), None)
    if site is None:
        return
    try:
        import playwright  # noqa: F401
    except ImportError as e:
        raise ConfigError(f"{site.name}: render = true needs pip install 'newscrawl[render]'") from e
    if browser_path() is None:
        raise ConfigError(f"{site.name}: render = true needs Chromium: apt-get install chromium")


class Browser:
    """One Chromium for a run, started with the first page that asks for it. `seconds`: that a page may take."""

    def __init__(self, crawler: Crawler, seconds: float) -> None:
        self._crawler, self._seconds = crawler, seconds
        self._starting = asyncio.Lock()
        self._pages = asyncio.Semaphore(_AT_ONCE)
        self._playwright: Any = None
        self._browser: Any = None

    async def render(self, response: Response, site: str) -> bytes | None:
        """The page's HTML (UTF-8) after its scripts ran; None where the browser failed or the page became too large."""
        async with self._pages:
            for is_last in (False, True):
                browser = None
                try:
                    browser = await self._start()
                    return await self._in_context(browser, response, site)
                except Exception as e:  # noqa: BLE001 - whatever a browser fails of, the page is there as it was served
                    # One that died may have died of the page beside this one.
                    if is_last or (browser is not None and await _lives_on(browser)):
                        logger.warning(
                            "%s: not rendered: %s", response.url, str(e).partition("\n")[0] or type(e).__name__
                        )
                        break
        return None

    async def _in_context(self, browser: Any, response: Response, site: str) -> bytes | None:
        context = await browser.new_context(
            user_agent=self._crawler.settings["USER_AGENT"], service_workers="block", accept_downloads=False
        )
        try:
            return await asyncio.wait_for(self._render(context, response, site), 2 * self._seconds)
        finally:
            with suppress(Exception):
                await context.close()

    async def _render(self, context: Any, response: Response, site: str) -> bytes | None:
        page = await context.new_page()
        left = _MOST_REQUESTS
        served = leads_on = parsed = False

        def note_parsed(_: object) -> None:
            nonlocal parsed
            parsed = True

        async def answer(route: Route) -> None:
            nonlocal left, served, leads_on
            request = route.request
            if request.is_navigation_request() and not served:  # before a script runs nobody else asks
                served = True
                await route.fulfill(status=200, headers=_headers(response), body=response.body)
            elif request.is_navigation_request():
                leads_on = True
                # As if a reader stopped it: any other end puts a page of an error in this one's place.
                await route.abort("aborted")
            elif request.method != "GET" or request.resource_type not in _KINDS or left <= 0:
                await route.abort()
            else:
                left -= 1
                await self._fetch(route, site)

        page.on("domcontentloaded", note_parsed)
        await context.route("**/*", answer)
        await context.route_web_socket("**/*", lambda socket: socket.close())
        try:
            # Another page that a script goes to would end a wait for this one.
            await page.goto(response.url, wait_until="commit", timeout=self._seconds * 1000)
            await page.wait_for_load_state("networkidle", timeout=self._seconds * 1000)
        except Exception as e:  # noqa: BLE001 - a page that never rests is taken as it is
            logger.info("%s: %s", response.url, str(e).partition("\n")[0])
        if leads_on and not parsed:
            logger.info("%s: not rendered: a script leads on before the page is read to its end", response.url)
            return None
        html: bytes = (await page.content()).encode("utf-8", "replace")
        largest = self._crawler.settings.getint("DOWNLOAD_MAXSIZE")
        if len(html) > largest:
            logger.warning("%s: not rendered: it became larger than DOWNLOAD_MAXSIZE", response.url)
            return None
        return html

    async def _fetch(self, route: Route, site: str) -> None:
        """Fetch what a script asks for as the crawl fetches everything, and hand it over."""
        engine = self._crawler.engine
        assert engine is not None
        meta = {"site": site, "handle_httpstatus_all": True}
        try:
            answer = await engine.download_async(Request(route.request.url, meta=meta, dont_filter=True))
        except Exception as e:  # noqa: BLE001 - out of scope, forbidden, failed: the script goes without
            logger.debug("%s: not fetched for a page: %s", route.request.url, e)
            with suppress(Exception):
                await route.abort()
            return
        with suppress(Exception):  # the page may be gone by now
            await route.fulfill(status=answer.status, headers=_headers(answer), body=answer.body)

    async def _start(self) -> Any:
        """The browser that lives, or a new one."""
        async with self._starting:
            if self._browser is not None and self._browser.is_connected():
                return self._browser
            from playwright.async_api import async_playwright

            if self._playwright is None:
                self._playwright = await async_playwright().start()
            # Root has no sandbox to give; everybody else's is on.
            self._browser = await self._playwright.chromium.launch(
                executable_path=browser_path(), args=list(_ARGUMENTS), chromium_sandbox=os.getuid() != 0
            )
            return self._browser

    async def close(self) -> None:
        """Stop the browser, if it was started. Idempotent."""
        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = None
        with suppress(Exception):
            if browser is not None:
                await browser.close()
        with suppress(Exception):
            if playwright is not None:
                await playwright.stop()


async def _lives_on(browser: Any) -> bool:
    """Whether a browser of which a page failed is there a second later: its pages' ends are told before its own."""
    for _ in range(20):
        if not browser.is_connected():
            return False
        await asyncio.sleep(0.05)
    return True


def _headers(response: Response) -> dict[str, str]:
    """Of an answer what a page may know; its body is unpacked already."""
    return {
        str(name): str(value)
        for name, value in response.headers.to_unicode_dict().items()
        if str(name).lower() not in _OURS
    }
