"""The articles' half of the spider: due URLs become requests, answers become pages for the pipeline."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrapy import Request
from scrapy.http import HtmlResponse, Response
from twisted.python.failure import Failure

from newscrawl.discovery.links import Discovered, filled
from newscrawl.errors import WorkersBroken
from newscrawl.fetching.browser import Browser
from newscrawl.fetching.data_loss import has_lost_data
from newscrawl.fetching.hosts import HostLeft, RunEnds
from newscrawl.fetching.optout import header_wishes
from newscrawl.fetching.raw_headers import header_of, headers_of
from newscrawl.fetching.reasons import failed_page
from newscrawl.items import Hint, Page, Place, Reason, Reject
from newscrawl.run.run import Run
from newscrawl.spiders.finds import Finds
from newscrawl.spiders.later_pages import LaterPages
from newscrawl.spiders.plan import Plan
from newscrawl.spiders.turns import Turns
from newscrawl.state.ledger import Found
from newscrawl.text.page_numbers import may_link_to_page, page_number
from newscrawl.text.urls import untracked, url_key

# Addresses by which a page is asked for in one run, where the first is forbidden.
_ADDRESSES = 2


class ArticleRequests:
    """Asks for each due URL once, a few of a site at a time, and counts every page fetched."""

    def __init__(self, plan: Plan, run: Run, finds: Finds, at_once: int) -> None:
        """`at_once`: requests of a site that are out."""
        self._limit, self._limit_each, self._run, self._finds = plan.limit, plan.limit_each, run, finds
        self._report, self._ledger, self._obeyed = run.report, run.archive.ledger, run.config.opt_outs
        self._sites = {site.name: site for site in plan.sites}
        # By URL key: the address that was asked last; another address of the same page, known since; those forbidden.
        self._asked: dict[str, str] = {}
        self._asked_of: Counter[str] = Counter()
        self._twins: dict[str, Found] = {}
        self._forbidden: defaultdict[str, set[str]] = defaultdict(set)
        self._turns = Turns(at_once)
        # For sites whose text arrives by script.
        self.browser: Browser | None = None
        self._stories = LaterPages(run.report, self._look, self._finished, self._obeyed, run.config.story_pages)
        # What earlier runs left open, by site: read from the ledger as turns come.
        self._left: dict[str, Iterator[Found]] = {}
        # Sites whose last turn was not that of what was left open.
        self._had_news: set[str] = set()

    def go_on(self, site: str, left: Iterator[Found]) -> Iterator[Request]:
        """The first requests for what earlier runs left open of a site; the others follow with the answers."""
        self._left[site] = left
        while self._turns.has_room(site) and (found := self._next_left(site)):
            if self._turns.ask(found):
                yield self._request(found)

    def ask(self, found: Found) -> Iterator[Request]:
        """The request for a due URL, if it is its turn; later ones follow with the answers."""
        if self._notes(found):
            if self._run.traces:
                self._run.traces.begin(found.url, found.site)
            if self._turns.ask(found):
                yield self._request(found)

    def _notes(self, found: Found) -> bool:
        """Whether this run is to ask for a URL: it has not, under whatever address, and its bound is not reached."""
        key = url_key(found.url)
        if key not in self._asked and self._is_full(found.site):
            return False
        if key in self._asked and not self._may_replace(key, found.url):
            return False
        if key in self._asked and self._asked[key] not in self._forbidden.get(key, ()):
            self._twins[key] = found  # the answer to the other is still to come
            return False
        self._asked_of[found.site] += key not in self._asked
        self._asked[key] = found.url
        return True

    def _may_replace(self, key: str, url: str) -> bool:
        """Whether a page may be asked for by this address where it is forbidden by another: by one more, not by all."""
        return url != self._asked[key] and len(self._forbidden.get(key, ())) < _ADDRESSES

    def _untracked(self, key: str, found: Found) -> Found | None:
        """The address of a forbidden page without trackers, which nobody need have named."""
        url = untracked(found.url)
        return replace(found, url=url) if url != found.url and self._may_replace(key, url) else None

    def _is_full(self, site: str) -> bool:
        return (self._limit is not None and len(self._asked) >= self._limit) or (
            self._limit_each is not None and self._asked_of[site] >= self._limit_each
        )

    def _next_left(self, site: str) -> Found | None:
        if self._is_full(site):
            return None  # a million rows need not be read to find that out
        return next((found for found in self._left.get(site, iter(())) if self._notes(found)), None)

    def _next(self, site: str) -> Iterator[Request]:
        if site in self._report.sites_left:
            return  # a million rows need not be read to be let go one by one
        # By turns what waits, which is of this hour, and what was left open: a site's backlog may last for days.
        waits = self._turns.waits(site) and site not in self._had_news
        (self._had_news.add if waits else self._had_news.discard)(site)
        if found := (None if waits else self._next_left(site)) or self._turns.next(site):
            yield self._request(found)

    def _request(self, found: Found) -> Request:
        return Request(
            found.url,
            callback=self.answered,
            errback=self.failed,
            # Whatever settings allow (HTTPERROR_ALLOW_ALL): the page of an error tells no story.
            meta={"site": found.site, "handle_httpstatus_list": []},
            cb_kwargs={"found": found},
            # A redirect onto a page that was fetched already must still end as a row of its own.
            dont_filter=True,
        )

    async def answered(self, response: Response, found: Found) -> AsyncIterator[Page | Request]:
        """A page that answered: to the pipeline, undecoded, unless its publisher wishes otherwise; with the pages that
        it goes on with, where it announces them."""
        page = self.page_of(response, found)
        if (
            self.browser
            and self._sites[found.site].render
            and page.failure is None
            and isinstance(response, HtmlResponse)
        ):
            html = await self.browser.render(response, found.site)
            page = page if html is None else replace(page, body=html, content_type="text/html; charset=utf-8")
        number = page_number(page.url)
        place = None
        if page.failure is None and (number or may_link_to_page(page.body, 2)):
            place = await self._look(page)
        if isinstance(place, Reject):
            page = replace(page, body=b"", failure=(place.reason, place.detail or ""))
        elif place and place.first:
            for request in await self._ask_first(place.first, found):
                yield request
        following = place.following if place and not isinstance(place, Reject) and not number else None
        for answer in self._stories.go_on(found, page, following):
            yield answer

    def page_of(self, response: Response, found: Found) -> Page:
        """An answer as a page for the workers; refused (`failure`) where its headers wish so, or half of it is lost."""
        stated = header_wishes(response)
        if wishes := [wish for kind, wish in stated.items() if kind in self._obeyed]:
            return self._page(found, url=response.url, status=response.status, failure=(Reason.FORBIDDEN, wishes[0]))
        if has_lost_data(response):
            failure = (Reason.FETCH_FAILED, "its body ends too early")
            return self._page(found, url=response.url, status=response.status, failure=failure)
        return self._page(
            found,
            url=response.url,
            status=response.status,
            body=response.body,
            content_type=header_of(response, "Content-Type"),
            reservations=tuple(stated),
            headers=headers_of(response) if self._run.config.warc else None,
        )

    async def _look(self, page: Page) -> Place | Reject:
        try:
            return await self._run.workers.look(page)
        except WorkersBroken as e:
            self._run.fail(e)
            raise

    async def _ask_first(self, url: str, found: Found) -> list[Request]:
        """What is named by a later page alone: its story's first page, noted before the later one's row is written."""
        discovered = Discovered(articles={url: found.hint})
        noted = await self._finds.note(found.url, self._sites[found.site], discovered, datetime.now(UTC))
        return [request for first in noted.due for request in self.ask(first)]

    def _finished(self, found: Found, page: Page) -> Iterator[Page | Request]:
        # First of all: whatever becomes of this page, the next one has its turn.
        yield from self._next(found.site)
        self._report.fetched(page.discovered_url)
        yield page

    def failed(self, failure: Failure) -> Iterator[Page | Request]:
        """A page that gave no story to look at: still one row (invariant 3)."""
        if isinstance(failure.value, RunEnds):
            return  # nor will any other be asked for
        request: Request = failure.request  # type: ignore[attr-defined]
        found: Found = request.cb_kwargs["found"]
        reason, detail, status = failed_page(failure)
        key = url_key(found.url)
        if reason is Reason.FORBIDDEN:
            self._forbidden[key].add(found.url)
        if reason is Reason.FORBIDDEN and (twin := self._twins.pop(key, None) or self._untracked(key, found)):
            # robots.txt often closes addresses with trackers: the page has one that it may allow.
            self._asked[key] = twin.url
            yield self._request(twin)
        else:
            yield from self._next(found.site)
        if isinstance(failure.value, HostLeft):
            return  # not fetched: it stays pending, and the report names its host
        self._report.fetched(found.url)
        yield self._page(found, url=request.url, status=status, failure=(reason, detail))

    def _page(self, found: Found, **answer: Any) -> Page:
        # As of now: sources that were read since the page was asked for may have told its date.
        hint = filled(found.hint, self._ledger.hint(found.url) or Hint())
        return Page(
            discovered_url=found.url,
            site=found.site,
            fetched_at=datetime.now(UTC),
            language=self._sites[found.site].language,
            hint=hint,
            # Feeds and news sitemaps give a title or a time.
            announced=hint.title is not None or hint.published_at is not None,
            named=self._sites[found.site].names(found.url),
            own_address=self._sites[found.site].canonical == "ignore",
            obeyed=self._obeyed,
            **answer,
        )
