"""When a URL that gave no story is asked again: one table, by the reason of its row.

A first answer is no verdict for ever: a CDN has not the page yet, a server is being mended and says so with status 200,
a flash of ten words becomes a story within the hour. So each reason says how often its URL is asked in all. What is
settled by this table comes back only when discovery reports a change of it (`Ledger.discover`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from newscrawl.items import Reason


class UrlState(StrEnum):
    """Where a URL stands."""

    PENDING = "pending"  # discovered, no outcome committed
    DONE = "done"  # its story is in the bucket
    REJECTED = "rejected"  # fetched, no story
    FAILED = "failed"  # no usable answer
    GONE = "gone"  # 404 or 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What becomes of a URL after one reason.

    `wait`: seconds until it is asked again, doubled with each further time. `tries`: how often it is asked in all,
    counted over all reasons since its last story. `later_tries`: the same for a page older than `YOUNG`, of which no
    more is to come. `late`: ages of the page, in seconds, at which it is asked once more when its tries are over.
    """

    state: UrlState
    wait: float = 0.0
    tries: int = 1
    later_tries: int = 1
    late: tuple[float, ...] = ()

    def next_asking(self, attempts: int, fetched: float, age: float) -> float | None:
        """When to ask again after so many attempts, the last one at `fetched`; None: not by itself.

        `age`: of the page at the last attempt. All in seconds, times since 1970 (UTC).
        """
        tries = self.tries if age < YOUNG.total_seconds() else self.later_tries
        if attempts < tries:
            return fetched + self.wait * float(2 ** (attempts - 1))
        if attempts >= tries + len(self.late):
            return None  # of a page that is dated years ahead no age comes
        return next((fetched + late - max(0.0, age) for late in self.late if late > age), None)


A_DAY = 86_400.0
# A page is young on the day of its publication: what it lacks may still come.
YOUNG = timedelta(seconds=A_DAY)
# Most outages of a page last minutes.
RETRY_SECONDS = 600
# Five hourly runs outlast a usual outage, and a dead server is not asked for its archive for ever.
MAX_ATTEMPTS = 5
# An hour, twice that, ...: with four askings seven hours, a morning's shift.
_UNFINISHED_SECONDS = 3600

# A server that is sick for a night, or a day, is well on the next: what it named meanwhile is asked once more then.
_NO_ANSWER = Policy(
    state=UrlState.FAILED, wait=RETRY_SECONDS, tries=MAX_ATTEMPTS, later_tries=MAX_ATTEMPTS, late=(A_DAY, 2 * A_DAY)
)
# Of an old page nothing more is to come, but its first answer may have been that of a server being mended: once more.
_UNFINISHED = Policy(state=UrlState.REJECTED, wait=_UNFINISHED_SECONDS, tries=4, later_tries=2, late=(A_DAY,))
_SETTLED = Policy(state=UrlState.REJECTED)

POLICIES: dict[Reason, Policy] = {
    # They say nothing of the page itself.
    Reason.HTTP_ERROR: _NO_ANSWER,
    Reason.FETCH_FAILED: _NO_ANSWER,
    Reason.EXTRACT_FAILED: _NO_ANSWER,
    # A feed is often ahead of the servers behind a CDN, and a story that was taken down comes back corrected.
    Reason.GONE: Policy(state=UrlState.GONE, wait=_UNFINISHED_SECONDS, tries=3, later_tries=2, late=(A_DAY,)),
    # An empty body, a flash before its story, a maintenance page with status 200, a wall in front of the first hours.
    Reason.NO_CONTENT: _UNFINISHED,
    Reason.TOO_SHORT: _UNFINISHED,
    Reason.ERROR_PAGE: _UNFINISHED,
    Reason.LOGIN_WALL: _UNFINISHED,
    # A robots.txt that a deployment got wrong is mended by the next day; asked a second time it is a wish.
    Reason.FORBIDDEN: Policy(state=UrlState.REJECTED, wait=A_DAY, tries=2, later_tries=2),
    # What a page is it stays: a listing, a video, another language, an answer of a hundred megabytes.
    Reason.NOT_ARTICLE: _SETTLED,
    Reason.WRONG_LANGUAGE: _SETTLED,
    Reason.TOO_LARGE: _SETTLED,
}
# The longest that a URL waits by this table: whoever waits longer was noted under a clock that ran ahead.
LONGEST_WAIT = timedelta(
    seconds=max(max(p.wait * 2 ** max(p.tries - 2, p.later_tries - 2, 0), *p.late, 0) for p in POLICIES.values())
)
# After so many askings a URL of this state waits for its late ones alone.
TRIES = {state: max((p.tries for p in POLICIES.values() if p.state is state), default=1) for state in UrlState}


def policy_of(reason: str) -> Policy:
    """The policy for a reject row's reason; one that a later release wrote settles its URL."""
    try:
        return POLICIES[Reason(reason)]
    except ValueError:
        return _SETTLED
