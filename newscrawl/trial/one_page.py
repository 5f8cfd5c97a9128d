"""One page fetched for a person who asks why, as a crawl would fetch it: robots.txt obeyed, nothing stored."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import BaseSettings, Settings
from twisted.python.failure import Failure

from newscrawl.config import Config
from newscrawl.errors import ConfigError, Stopped
from newscrawl.fetching.contact import say_who_crawls
from newscrawl.fetching.optout import WISHES_META, header_wishes
from newscrawl.fetching.page_wishes import wishes_about
from newscrawl.fetching.reasons import failed_page
from newscrawl.fetching.scope import OutOfScope, Scope
from newscrawl.items import Page
from newscrawl.sites import Site
from newscrawl.spiders.plan import refuse_anonymous

_REDIRECTS = (301, 302, 303, 307, 308)
# As browsers and robots do not go on for longer; a chain of a real site has three.
_MOST_HOPS = 10


def fetched(url: str, language: str, settings: Settings, config: Config) -> tuple[Page, dict[str, str]]:
    """The page, and the opt-outs that its headers, robots.txt, tdmrep.json and licences state.

    Runs Scrapy's own process, so once in a program. Raises `ConfigError` that says why there is no page,
    `Stopped` after a signal.
    """
    refuse_anonymous([Site(name=_OnePage.name, home=url)], config)
    answers: list[Response | Failure] = []
    process = AsyncCrawlerProcess(settings)
    # A host that does not answer is told by the page's own failure, in a line and not in a traceback.
    logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)
    ended: list[str] = []
    process.crawl(_OnePage, url=url, answers=answers, ended=ended)
    process.start()
    if not answers and (process.bootstrap_failed or ended == ["finished"]):
        raise ConfigError(f"{url}: was not fetched; the log above says why")
    if not answers:
        # After a first signal Scrapy says "shutdown", after a second one nothing.
        raise Stopped(f"{url}: a signal ended it before the page was there; start again")
    [answer] = answers
    if isinstance(answer, Failure):
        reason, detail, _ = failed_page(answer)
        raise ConfigError(f"{url}: {reason}: {detail}")
    kind = answer.headers.get("Content-Type")
    page = Page(
        discovered_url=url, url=answer.url, site=_OnePage.name, fetched_at=datetime.now(UTC), status=answer.status,
        body=answer.body, content_type=kind.decode("latin-1") if kind else None, language=language,
    )  # fmt: skip
    return page, header_wishes(answer)


class _OnePage(Spider):
    """Asks for one page; what came is put into `answers`."""

    name = "explain"

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Scrapy's hook."""
        super().update_settings(settings)
        say_who_crawls(settings)

    def __init__(self, url: str, answers: list[Response | Failure], ended: list[str], **arguments: Any) -> None:
        super().__init__(start_urls=[url], **arguments)
        self._url, self._answers, self._ended = url, answers, ended
        # As a crawl: not to another site, and to no address within.
        self._scope = Scope([Site(name=self.name, home=url)])
        self._hops = 0

    async def start(self) -> Any:
        """Scrapy's hook."""
        yield self._asking(self._url)

    def closed(self, reason: str) -> None:
        """Scrapy's hook."""
        self._ended.append(reason)

    def _asking(self, url: str) -> Request:
        # Redirects are followed here, where it is seen whither they lead.
        meta = {"dont_redirect": True, "handle_httpstatus_list": list(_REDIRECTS)}
        return Request(url, callback=self._answered, errback=self._answers.append, dont_filter=True, meta=meta)

    async def _answered(self, response: Response) -> AsyncIterator[Request]:
        self._hops += 1
        target = (response.headers.get("Location") or b"").decode("latin-1")
        if response.status not in _REDIRECTS or not target:
            assert response.request
            agent = self.settings["ROBOTSTXT_USER_AGENT"]
            response.request.meta[WISHES_META] = await wishes_about(self.crawler, response, agent, self._may_ask)
            self._answers.append(response)
            return
        target = response.urljoin(target)
        problem = self._scope.problem(target, self.name) if self._hops <= _MOST_HOPS else "redirected too often"
        if problem:
            self._answers.append(Failure(OutOfScope(f"leads to {target}: {problem}")))  # type: ignore[no-untyped-call]
            return
        yield self._asking(target)

    def _may_ask(self, url: str) -> bool:
        return self._scope.problem(url, self.name) is None
