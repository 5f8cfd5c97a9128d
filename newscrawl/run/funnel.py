"""What became of the pages of a run: every page fetched ends in exactly one of four ways (invariant 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from newscrawl.bucket.records import CommitRecord
from newscrawl.errors import FunnelMismatch
from newscrawl.items import Article, Duplicate, Outcome, Reject, Relation, Unchanged


@dataclass(slots=True)
class Funnel:
    """Counts of one run, as it sees the pages pass; `fetched` is article pages only, not feeds or robots."""

    fetched: int = 0
    articles: int = 0
    relations: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    sites: dict[str, Counter[str]] = field(default_factory=dict)
    # What the watch compares with earlier runs, by site (`newscrawl/watch/site_runs.py`).
    measures: dict[str, Counter[str]] = field(default_factory=dict)
    # By site, pages that fell to a story that another page has, by that story.
    _copies: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> None:
        """Count what became of one page."""
        match outcome:
            case Article():
                self.articles += 1
                site, kind = outcome.site, "articles"
            case Duplicate():
                self.relations[outcome.relation.value] += 1
                site, kind = outcome.article.site, "duplicates"
            case Reject():
                self.reasons[outcome.reason.value] += 1
                site, kind = outcome.site, "rejects"
            case Unchanged():
                self.unchanged += 1
                site, kind = outcome.site, "unchanged"
        self.sites.setdefault(site, Counter())[kind] += 1
        measures = self.measures.setdefault(site, Counter())
        measures.update(_measured(outcome))
        if isinstance(outcome, Duplicate) and outcome.relation is not Relation.REVISION:
            copies = self._copies.setdefault(site, Counter())
            copies[outcome.duplicate_of] += 1
            if (alike := copies[outcome.duplicate_of]) > 1:
                measures["alike"] = max(measures["alike"], alike)

    @property
    def outcomes(self) -> dict[str, int]:
        """The four sums."""
        return {
            "articles": self.articles,
            "duplicates": self.relations.total(),
            "rejects": self.reasons.total(),
            "unchanged": self.unchanged,
        }

    def check(self, records: Iterable[CommitRecord]) -> None:
        """Compare pages fetched with outcomes seen and with rows committed. Raises `FunnelMismatch`."""
        ours = self.outcomes
        if sum(ours.values()) != self.fetched:
            raise FunnelMismatch(
                f"{self.fetched} pages were fetched but {sum(ours.values())} accounted for ({ours}); please report "
                "this, unless an item pipeline of yours makes something else of the articles that it is given"
            )
        records = list(records)
        committed = {name: sum(getattr(r.counts, name) for r in records) for name in ours}
        if committed != ours:
            raise FunnelMismatch(f"the run saw {ours} but its commit records hold {committed}: please report this")


def _measured(outcome: Outcome) -> dict[str, int]:
    match outcome:
        case Reject():
            return {"rejects": 1}
        case Unchanged():
            return {"unchanged": 1}
        case Article() | Duplicate():
            article = outcome.article if isinstance(outcome, Duplicate) else outcome
            return {
                "stories": 1,
                "duplicates": isinstance(outcome, Duplicate),
                "dated": article.published_at is not None,
                "words": article.word_count,
            }
