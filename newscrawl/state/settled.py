"""What the ledger remembers of a committed outcome, live or read back from the bucket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newscrawl.items import Article, Duplicate, Outcome, Reject, Unchanged
from newscrawl.state.askings import Policy, UrlState, policy_of

_STORY = Policy(state=UrlState.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The committed outcome of one URL. `reason`: a reject row's; None where there is a story."""

    url: str
    site: str
    fetched_at: datetime
    reason: str | None = None
    # Where the page answered after redirects. Not what it names as canonical: only a page's own answer settles it.
    answered: str | None = None
    published_at: datetime | None = None  # None: not known from this outcome
    # Whether it is another text than was known of the page; None: read back, where those that are not have no row.
    changed: bool | None = None
    zone_assumed: bool = False  # it was said without a zone; the signatures, which are read back, do not tell

    @property
    def policy(self) -> Policy:
        """What becomes of the URL now."""
        return _STORY if self.reason is None else policy_of(self.reason)

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses that are settled: the one asked for, and the one that answered."""
        return tuple(dict.fromkeys((self.url, self.answered or self.url)))


def settled_of(outcome: Outcome) -> Settled:
    """What the ledger remembers of a live outcome."""
    match outcome:
        case Reject():
            return Settled(
                url=outcome.url, site=outcome.site, fetched_at=outcome.fetched_at, reason=outcome.reason.value
            )
        case Unchanged():
            return Settled(
                url=outcome.discovered_url, answered=outcome.url, site=outcome.site, fetched_at=outcome.fetched_at,
                changed=False,
            )  # fmt: skip
        case Article() | Duplicate():
            article = outcome.article if isinstance(outcome, Duplicate) else outcome
            return Settled(
                url=article.discovered_url, answered=article.url, site=article.site,
                fetched_at=article.fetched_at, published_at=article.published_at, changed=True,
                zone_assumed=article.zone_assumed or False,
            )  # fmt: skip


def in_order(settled: list[Settled]) -> list[Settled]:
    """In order of time, a story last among equals: a batch read back, table by table, settles as it did live."""
    return sorted(settled, key=lambda s: (s.fetched_at, s.reason is None))
