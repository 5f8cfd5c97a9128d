"""The articles' half of the spider: due URLs become requests, answers become pages for the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import regex
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawl.discovery.links import filled
from newscrawl.fetching.hosts import HostLeft, RunEnds
from newscrawl.fetching.optout import header_wishes
from newscrawl.fetching.reasons import failed_page
from newscrawl.items import Hint, Page, Reason
from newscrawl.run.report import RunReport
from newscrawl.spiders.plan import Plan
from newscrawl.spiders.turns import Turns
from newscrawl.state.ledger import Found


class ArticleRequests:
    """Asks for each due URL once, a few of a site at a time, and counts every page fetched."""

    def __init__(self, plan: Plan, report: RunReport, obeyed: frozenset[str], at_once: int) -> None:
        """`obeyed`: kinds of opt-outs that make a page `forbidden`; `at_once`: requests of a site that are out."""
        self._limit, self._report, self._obeyed = plan.limit, report, obeyed
        self._languages = {site.name: site.language for site in plan.sites}
        self._article_urls = {site.name: regex.compile(site.article_url) for site in plan.sites if site.article_url}
        self._asked: set[str] = set()
        # URLs that are asked for and have not answered, and what further sources say of them meanwhile.
        self._open: set[str] = set()
        self._told: dict[str, Hint] = {}
        self._turns = Turns(at_once)

    def ask(self, found: Found) -> Iterator[Request]:
        """The request for a due URL, if it is its turn; later ones follow with the answers."""
        if found.url in self._asked or (self._limit and len(self._asked) >= self._limit):
            return
        self._asked.add(found.url)
        self._open.add(found.url)
        if self._turns.ask(found):
            yield self._request(found)

    def told(self, found: Found) -> None:
        """One more source names the URL: what the first did not say of it is filled in, while it is waited for."""
        if found.url in self._open and found.hint != Hint():
            self._told[found.url] = filled(self._told.get(found.url, Hint()), found.hint)

    def _next(self, site: str) -> Iterator[Request]:
        if found := self._turns.next(site):
            yield self._request(found)

    def _request(self, found: Found) -> Request:
        return Request(
            found.url,
            callback=self.answered,
            errback=self.failed,
            meta={"site": found.site},
            cb_kwargs={"found": found},
            # A redirect onto a page that was fetched already must still end as a row of its own.
            dont_filter=True,
        )

    def answered(self, response: Response, found: Found) -> Iterator[Page | Request]:
        """A page that answered: to the pipeline, undecoded, unless its publisher wishes otherwise."""
        # First of all: whatever becomes of this page, the next one has its turn.
        yield from self._next(found.site)
        stated = header_wishes(response)
        if wishes := [wish for kind, wish in stated.items() if kind in self._obeyed]:
            yield self._page(found, url=response.url, status=response.status, failure=(Reason.FORBIDDEN, wishes[0]))
            return
        content_type = response.headers.get("Content-Type")
        yield self._page(
            found,
            url=response.url,
            status=response.status,
            body=response.body,
            content_type=content_type.decode("latin-1") if content_type else None,
            reservations=tuple(stated),
        )

    def failed(self, failure: Failure) -> Iterator[Page | Request]:
        """A page that gave no story to look at: still one row (invariant 3)."""
        if isinstance(failure.value, RunEnds):
            return  # nor will any other be asked for
        request: Request = failure.request  # type: ignore[attr-defined]
        found: Found = request.cb_kwargs["found"]
        yield from self._next(found.site)
        if isinstance(failure.value, HostLeft):
            return  # not fetched: it stays pending, and the report names its host
        reason, detail, status = failed_page(failure)
        yield self._page(found, url=request.url, status=status, failure=(reason, detail))

    def _page(self, found: Found, **answer: Any) -> Page:
        self._report.funnel.fetched += 1
        self._open.discard(found.url)
        hint = filled(found.hint, self._told.pop(found.url, Hint()))
        return Page(
            discovered_url=found.url,
            site=found.site,
            fetched_at=datetime.now(UTC),
            language=self._languages[found.site],
            hint=hint,
            announced=self._announced(found.site, found.url, hint),
            obeyed=self._obeyed,
            **answer,
        )

    def _announced(self, site: str, url: str, hint: Hint) -> bool:
        """Whether a feed or a news sitemap told of an article there (they give title or time), or its address does."""
        pattern = self._article_urls.get(site)
        said = hint.title is not None or hint.published_at is not None
        return said or (pattern is not None and pattern.search(url) is not None)
