"""What a trial saw of one site."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from newscrawl.items import Article, Reject
from newscrawl.sites import Site
from newscrawl.workers.source_work import SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    """A source that was asked. `problem`: why it could not be read; `named`: whether the entry names it; `depth`: how
    many sources lie between it and the entry or the home page; `root`: the first of these."""

    url: str
    kind: SourceKind
    depth: int
    named: bool
    problem: str | None
    root: str = ""


@dataclass(slots=True, kw_only=True)
class Evidence:
    """All that a trial saw of a site. `links`: addresses that its sources name for articles; `newest`: the latest time
    that sources or articles tell; `left_out`: entries of sources that became no address, by kind; `stories`: to which
    the articles fell, those of other sites among them; `idle`: entrances that named no address, or of which every page
    that was asked was refused; `cut`: its home announces more than a trial asks."""

    site: Site
    sources: list[SourceSeen] = field(default_factory=list)
    home: str | None = None  # where the home page answered, after redirects
    links: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    newest: datetime | None = None
    articles: list[Article] = field(default_factory=list)
    stories: set[str] = field(default_factory=set)
    rejects: list[Reject] = field(default_factory=list)
    idle: frozenset[str] = frozenset()
    cut: bool = False
    hidden: bool = False  # robots.txt keeps search engines from it, too
    left: str | None = None  # why the site, or a host of its, was given up
    stopped: bool = False  # a signal ended the trial before it was through

    @property
    def robots(self) -> str:
        """What robots.txt says to the sources of the site, in a word."""
        told = [s.problem for s in self.sources if s.problem]
        # A server that answers, but not with its rules; of one that does not answer nothing is known.
        if any("robots.txt cannot be read (HTTP" in problem for problem in [*told, self.left or ""]):
            return "unreadable"
        # Not asked, too, where no server answered.
        if not self.sources or all(s.problem and s.problem.startswith("fetch_failed") for s in self.sources):
            return "unknown"
        closed = [s for s in self.sources if is_closed(s)]
        return "closed" if len(closed) == len(self.sources) else "partly closed" if closed else "open"

    def read(self, *kinds: SourceKind) -> list[SourceSeen]:
        """The sources of these kinds that could be read."""
        return [s for s in self.sources if s.kind in kinds and s.problem is None]

    @property
    def copies(self) -> int:
        """How many of its articles tell what another of them tells."""
        return len(self.articles) - len(self.stories)

    @property
    def reserved(self) -> list[str]:
        """What its publisher states about the articles that came and settings do not obey, as rows have it."""
        return sorted({wish for article in self.articles for wish in article.reservations})

    @property
    def best(self) -> Article | None:
        """The article to show: the surest of those with a date, else of all."""
        return max(self.articles, key=lambda a: (a.published_at is not None, a.confidence or 0.0), default=None)


def is_closed(source: SourceSeen) -> bool:
    """Whether robots.txt forbids the source."""
    return (source.problem or "").startswith("forbidden: robots.txt")
