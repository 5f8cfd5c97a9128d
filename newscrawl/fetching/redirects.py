"""What leads from one address to another beside a plain redirect: a cookie on the way, a page that only refreshes."""

from __future__ import annotations

from typing import Self

import regex
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from newscrawl.fetching.news_crawls import crawls_news
from newscrawl.fetching.site_headers import GIVEN
from newscrawl.text.urls import listed_url

_JAR = "redirect_cookies"
# Bytes of a page that is looked at for a refresh: on the event loop, so few. One that only leads on has hundreds; with
# the site's whole frame around it, it is a page that says so to its readers.
_STUB_BYTES = 16_384
# The same as a header, which PHP pages send: seconds, address.
_REFRESH = regex.compile(
    r"(\d{1,5}+)\s{0,9}+[;,]\s{0,9}+(?:url\s{0,9}+=\s{0,9}+)?+[\"']?+([^\"'\s]{1,2083}+)[\"']?", regex.IGNORECASE
)
# A script that does nothing but lead on: none that asks something first, as one does that will not be framed.
_SCRIPT = regex.compile(
    rb"""<script[^>]{0,200}+>\s*+(?:(?:window|document|self|top)\.)?+location(?:\.href\s*+=|\s*+=|\.(?:replace|assign)\()"""
    rb"""\s*+["']([^"'<>\s]{1,2083}+)["']\s*+\)?+\s*+;?+\s*+</script>""",
    regex.IGNORECASE,
)
# Where the head of such a page is.
_HEAD_BYTES = 4096


class RedirectCookiesMiddleware:
    """Brings the cookies of a redirect along to where it leads, and forgets them there.

    Firewalls and old CMSes ask who comes without a cookie to come again with it: without, every page of such a site is
    a redirect loop. No session comes of it: each page is asked for anew, without any.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawls_news(crawler) or crawler.settings.getbool("COOKIES_ENABLED"):
            raise NotConfigured
        return cls()

    def process_request(self, request: Request) -> None:
        """Give a redirect's request the cookies of the way there, as far as they are for its host."""
        jar: CookieJar | None = request.meta.get(_JAR)
        # A cookie of the site's own entry is its user's word.
        if jar is None or "cookie" in {name.lower() for name in request.meta.get(GIVEN, ())}:
            return
        request.headers.pop("Cookie", None)
        jar.add_cookie_header(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep what a redirect sets, for the request that follows it."""
        if 300 <= response.status < 400:
            _keep_cookies(request, request, response)
        return response


class StubRefreshMiddleware(MetaRefreshMiddleware):
    """Follows a header, a small page or its script, that leads on at once (`METAREFRESH_MAXDELAY`); stories that reload
    themselves stay."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Follow it, with the cookies that it sets as those of a redirect."""
        answer = self._followed(request, response)
        if isinstance(answer, Request):
            _keep_cookies(answer, request, response)
        return answer

    def _followed(self, request: Request, response: Response) -> Request | Response:
        for why, said in (("refresh", self._in_header(response)), ("script", _in_script(response.body))):
            target = said and listed_url(said, response.url)
            if target and target != response.url and not request.meta.get("dont_redirect"):
                return self._redirect(self._redirect_request_using_get(request, response, target), request, why)
        if len(response.body) > _STUB_BYTES or b"refresh" not in response.body[:_HEAD_BYTES].lower():
            return response
        answer: Request | Response = super().process_response(request, response)
        # What leads to itself reloads itself.
        return response if answer.url == response.url else answer

    def _in_header(self, response: Response) -> str | None:
        found = _REFRESH.fullmatch((response.headers.get("Refresh") or b"").decode("latin-1").strip())
        return found[2] if found and int(found[1]) < self._maxdelay else None


def _keep_cookies(follower: Request, request: Request, response: Response) -> None:
    if "Set-Cookie" in response.headers:
        follower.meta.setdefault(_JAR, CookieJar()).extract_cookies(response, request)


def _in_script(body: bytes) -> str | None:
    if len(body) > _STUB_BYTES or b"location" not in body:
        return None
    shown, at = [], 0
    while (start := body.find(b"<!--", at)) >= 0:
        shown.append(body[at:start])
        at = end + 3 if (end := body.find(b"-->", start)) >= 0 else len(body)
    found = _SCRIPT.search(b"".join((*shown, body[at:])))
    return found[1].decode("utf-8", "replace") if found else None
