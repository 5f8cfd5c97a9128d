"""Stories of several pages: one page after the other is asked for, and all of them go to the pipeline as one.

The pages of a story are one page of the run: one row, one turn of the site. What is fetched behind the first is counted
beside (`later_pages` in `run.json`). A crash in between costs nothing, for the story's URL is pending until its row is
committed.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawl.fetching.data_loss import has_lost_data
from newscrawl.fetching.hosts import RunEnds
from newscrawl.fetching.optout import header_wishes, told
from newscrawl.fetching.raw_headers import header_of, headers_of
from newscrawl.fetching.reasons import failed_page
from newscrawl.items import LaterPage, Page, Place, Reject
from newscrawl.run.report import RunReport
from newscrawl.state.ledger import Found
from newscrawl.text.page_numbers import may_link_to_page, page_number
from newscrawl.text.printable import printable

logger = logging.getLogger(__name__)

# Bytes of pages that wait for the rest of their stories: of 64 stories with four usual pages each (250 KB). A host
# answers one request at a time and a story's next page comes before other stories, so that few are under way.
_HELD_BYTES = 64 * 1024 * 1024
# Before other articles of the host.
_PRIORITY = 1

Answers = Iterator[Page | Request]


class LaterPages:
    """The stories under way."""

    def __init__(
        self,
        report: RunReport,
        look: Callable[[Page], Awaitable[Place | Reject]],
        finish: Callable[[Found, Page], Answers],
        obeyed: frozenset[str],
        most: int,
    ) -> None:
        """`look`: where a page stands in its story; `finish`: what becomes of a story when no more comes.

        `obeyed`: kinds of opt-outs; `most`: pages of one story, the first included.
        """
        self._report, self._look, self._finish = report, look, finish
        self._obeyed, self._most = obeyed, most
        # Bytes, by the address of the story.
        self._held: dict[str, int] = {}

    def go_on(self, found: Found, story: Page, url: str | None) -> Answers:
        """The request for the page at `url` that follows; the story as it is where there is none, or beyond a bound."""
        if url is None:
            yield from self._end(found, story)
            return
        self._held[found.url] = len(story.body) + sum(len(part.body) for part in story.later)
        if len(story.later) + 1 >= self._most or sum(self._held.values()) > _HELD_BYTES:
            self._leave("cut", url, story, f"beyond {self._most} pages, or {_HELD_BYTES} bytes of stories under way")
            yield from self._end(found, story)
            return
        yield Request(
            url,
            callback=self.answered,
            errback=self.failed,
            meta={"site": found.site, "handle_httpstatus_list": []},  # an error's page is none of a story
            cb_kwargs={"found": found, "story": story},
            priority=_PRIORITY,
            dont_filter=True,
        )

    async def answered(self, response: Response, found: Found, story: Page) -> AsyncIterator[Page | Request]:
        """One page more of a story, if it is that page."""
        stated, number = header_wishes(response), len(story.later) + 2
        if page_number(response.url) != number or not self._obeyed.isdisjoint(stated) or has_lost_data(response):
            why = "it leads elsewhere, its publisher wishes otherwise, or half of it is lost"
            self._leave("missing", response.url, story, why)
            for answer in self._end(found, story):
                yield answer
            return
        part = LaterPage(
            url=response.url,
            body=response.body,
            content_type=header_of(response, "Content-Type"),
            headers=None if story.headers is None else headers_of(response),
        )
        place: Place | Reject = Place()
        if may_link_to_page(part.body, number + 1):
            alone = replace(story, url=part.url, body=part.body, content_type=part.content_type, later=())
            place = await self._look(alone)
        if isinstance(place, Reject):
            # It costs a worker: it must not cost the story as well.
            self._leave("missing", part.url, story, f"{place.reason}: {place.detail}")
            answers = self._end(found, story)
        else:
            wishes = told(dict.fromkeys(story.reservations, ""), stated)
            story = replace(story, later=(*story.later, part), reservations=tuple(wishes))
            answers = self.go_on(found, story, place.following)
        for answer in answers:
            yield answer

    def failed(self, failure: Failure) -> Answers:
        """A page that did not come: the story is stored as far as it was read."""
        if isinstance(failure.value, RunEnds):
            return  # it stays pending, and comes whole with the next run
        request: Request = failure.request  # type: ignore[attr-defined]
        reason, detail, _ = failed_page(failure)
        story: Page = request.cb_kwargs["story"]
        self._leave("missing", request.url, story, f"{reason}: {detail}")
        yield from self._end(request.cb_kwargs["found"], story)

    def _leave(self, kind: str, url: str, story: Page, why: str) -> None:
        self._report.later_pages[kind] += 1
        logger.warning("%s: stored without %s: %s", story.url, url, printable(why))

    def _end(self, found: Found, story: Page) -> Answers:
        self._held.pop(found.url, None)
        yield from self._finish(found, story)
