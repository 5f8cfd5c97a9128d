"""What discovery finds: article URLs with hints, further places to look, and a count of what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from newscrawl.discovery.robots_rules import Rules
from newscrawl.items import Hint
from newscrawl.text.dates import Moment
from newscrawl.text.printable import printable
from newscrawl.text.urls import says, twin_of

# What a log line shows of an entry.
_EXAMPLE_CHARS = 200


# Programs that stamp each entry with the time at which they wrote the file: so many entries, changed within so little
# time, so lately. Taken at their word, every story would be fetched again in every run, and none would be too old.
_STAMPED, _STAMPS_WITHIN, _STAMPED_LATELY = 5, timedelta(minutes=1), timedelta(days=1)


# Midnight here and in UTC: a day without an hour, whether it is written so or not.
_MIDNIGHTS = (time(18, 30), time(0))

# Where an entry stands among those of its source, the newest first: minus the later of its dates (epoch seconds, 0
# where it has none), and its number in the source.
Rank = tuple[float, int]


class Loss(StrEnum):
    """Why an entry that a source names becomes no request. Closed list of `run.json`: add, never rename."""

    NO_URL = "no_url"  # it has no URL, or none that a browser would open
    NO_ARTICLE = "no_article"  # it is the source itself, the home page or the feed's own page
    NOT_WANTED = "not_wanted"  # the site entry's `article_url` says no
    OUT_OF_SCOPE = "out_of_scope"  # it leads off the site list
    TOO_OLD = "too_old"  # its later date is before `since`
    CUT = "cut"  # beyond a bound: the next run takes it
    SOURCES_CUT = "sources_cut"  # a child sitemap or listing page beyond a bound: another run reads it
    UNDATED = "undated"  # no loss: it has no date that can be believed, and is asked for whatever `since` says


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is wanted of a source, so that the rest never leaves the worker that reads it.

    `oldest`: entries whose later date is before it are too old. `urls`, `further`: the most that are taken, the newest.
    `after`: how far an earlier reading came that took no more; then half are the newest, and half those that follow.
    `calls_articles`: whether what `article_url` matches is an article, whatever else is to be seen of it.
    `order`: where the newest children stand in an index that tells no dates, "first" or "last" ("": nobody knows).
    """

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    oldest: datetime | None = None
    article_url: str = ""
    calls_articles: bool = True
    # sitemaps.org's own bound on the entries of a sitemap and of an index.
    urls: int = 50_000
    further: int = 50_000
    after: Rank | None = None
    order: str = ""


@dataclass(frozen=True, slots=True)
class Discovered:
    """The yield of one feed, sitemap or page.

    `articles` by URL, and URLs of `further` sources, the most promising first (`changed`: their lastmod, where said;
    `paged`: they are the next pages of this one, with what is older).
    `partly`: why only a part of the source could be read, None where it was read wholly. `left_out` counts entries that
    are not in `articles`, `examples` names one of each kind. `reached`: where the next reading goes on, None where
    this one came to the end. `newest_old`: the latest date among the entries that are too old. `licences`: what those
    that a feed carries state of pages (`licences.read_feed`).
    """

    articles: dict[str, Hint] = field(default_factory=dict)
    further: tuple[str, ...] = ()
    changed: Mapping[str, datetime] = field(default_factory=dict)
    partly: str | None = None
    left_out: Mapping[Loss, int] = field(default_factory=dict)
    examples: Mapping[Loss, str] = field(default_factory=dict)
    reached: Rank | None = None
    newest_old: datetime | None = None
    licences: Mapping[str, Rules] = field(default_factory=dict)
    paged: bool = False


class NotReadable(ValueError):
    """A feed or sitemap that is none; the message says why. Counted and logged, never fatal."""


class Gathering:
    """Collects what one source names, within bounds."""

    def __init__(self, bounds: Bounds, *, not_articles: Iterable[str] = ()) -> None:
        """`not_articles`: URLs that no entry can mean: the source itself, its feed's page."""
        self._bounds = bounds
        self._no_articles = {_path(url): twin_of(url) for url in not_articles}
        self._articles: dict[str, Hint] = {}
        # By URL: which of the entries it was.
        self._numbers: dict[str, int] = {}
        self._named = 0
        self._counts: Counter[Loss] = Counter()
        self._examples: dict[Loss, str] = {}
        self._newest_old: datetime | None = None

    def is_article(self, url: str) -> bool:
        """Whether an entry can mean this URL: not the source itself, and no home page."""
        path = _path(url)
        if not path and "?" not in url:
            return False  # the home page
        other = self._no_articles.get(path)
        return other is None or twin_of(url) != other

    def add(self, url: str, hint: Hint) -> None:
        """An entry with a URL. Named twice, the first one counts, and the second fills in what it did not say."""
        if known := self._articles.get(url):
            self._articles[url] = filled(known, hint)
            return
        when = latest(hint)
        if not self.is_article(url):
            self.leave(Loss.NO_ARTICLE, url)
        elif self._bounds.article_url and not says(self._bounds.article_url, url):
            self.leave(Loss.NOT_WANTED, url)
        elif self._is_too_old(when):
            self.leave(Loss.TOO_OLD, url)
        else:
            self._articles[url] = hint
            self._named += 1
            self._numbers[url] = self._named
            # A source of a million entries must not be held whole.
            if len(self._articles) >= 2 * self._bounds.urls:
                self._cut()

    def leave(self, kind: Loss, example: str) -> None:
        """An entry that is left out."""
        self._counts[kind] += 1
        if kind not in self._examples:
            self._examples[kind] = printable(example[:_EXAMPLE_CHARS])

    @property
    def usable(self) -> int:
        """Entries so far that had a URL."""
        return len(self._articles) + self._counts.total() - self._counts[Loss.NO_URL]

    def finish(
        self,
        further: tuple[str, ...] = (),
        changed: Mapping[str, datetime] | None = None,
        partly: str | None = None,
        *,
        dated: bool = True,
        paged: bool = False,
    ) -> Discovered:
        """What was collected. `dated`: this kind of source says dates, so entries without one are counted. `paged`:
        what is further are its next pages."""
        self._doubt_stamps()
        self._cut()
        if dated and (undated := [url for url, hint in self._articles.items() if latest(hint) is None]):
            self._counts[Loss.UNDATED] = len(undated)
            self._examples[Loss.UNDATED] = undated[0]
        kept = further[: self._bounds.further]
        for url in further[len(kept) :]:
            self.leave(Loss.SOURCES_CUT, url)
        lastmods = {url: when for url in kept if (when := (changed or {}).get(url))}
        reached = max(map(self._rank, self._articles), default=None) if self._counts[Loss.CUT] else None
        return Discovered(
            self._articles, kept, lastmods, partly, dict(self._counts), self._examples, reached, self._newest_old,
            paged=paged and bool(kept),
        )  # fmt: skip

    def _is_too_old(self, when: datetime | None) -> bool:
        if when is None or self._bounds.oldest is None:
            return False
        # What is dated by its day may be of that day's evening.
        if when + timedelta(days=when.time() in _MIDNIGHTS) >= self._bounds.oldest:
            return False
        self._newest_old = max(when, self._newest_old or when)
        return True

    def _doubt_stamps(self) -> None:
        """Drop the changes of entries that are said to have changed all at once, and just now."""
        stamps = [hint.modified_at for hint in self._articles.values() if hint.modified_at]
        if len(stamps) < max(_STAMPED, len(self._articles)) or self._counts[Loss.TOO_OLD]:
            return
        if max(stamps) - min(stamps) > _STAMPS_WITHIN or self._bounds.now - min(stamps) > _STAMPED_LATELY:
            return
        for url, hint in list(self._articles.items()):
            self._articles[url] = told = replace(hint, modified_at=None)
            if self._is_too_old(latest(told)):
                del self._articles[url], self._numbers[url]
                self.leave(Loss.TOO_OLD, url)

    def _cut(self) -> None:
        """Keep the newest, and of those that an earlier reading did not come to the next ones."""
        most, after = self._bounds.urls, self._bounds.after
        if len(self._articles) <= most:
            return
        # What has no date stands behind, in its order.
        ranks = sorted((self._rank(url), url) for url in self._articles)
        half = most if after is None else most // 2
        behind = [entry for entry in ranks[half:] if after is None or entry[0] > after]
        taken = ranks[:half] + behind[: most - half]
        for _, url in behind[most - half :]:
            self.leave(Loss.CUT, url)
        self._articles = {url: self._articles[url] for _, url in taken}
        self._numbers = {url: self._numbers[url] for _, url in taken}

    def _rank(self, url: str) -> Rank:
        return -_stamp(latest(self._articles[url])), self._numbers[url]


def latest(hint: Hint) -> datetime | None:
    """The later of an entry's dates: a story may have been changed lately, or its lastmod may be a default."""
    return max((when for when in (hint.published_at, hint.modified_at) if when), default=None)


def hint_of(title: str, published: Moment | None, modified: Moment | None) -> Hint:
    """What an entry says of its story, from a cleaned title ("" where it has none) and its dates."""
    return Hint(
        title=title or None,
        published_at=published.when if published else None,
        zone_assumed=bool(published and not published.zoned),
        modified_at=modified.when if modified else None,
    )


def filled(hint: Hint, other: Hint) -> Hint:
    """A hint with what it lacks taken from another; the later change counts."""
    zoned = hint if hint.published_at else other
    return replace(
        hint,
        title=hint.title or other.title,
        published_at=zoned.published_at,
        zone_assumed=zoned.zone_assumed,
        modified_at=max((when for when in (hint.modified_at, other.modified_at) if when), default=None),
    )


def _path(url: str) -> str:
    return url.partition("://")[2].partition("?")[0].partition("/")[2].rstrip("/")


def _stamp(when: datetime | None) -> float:
    return when.timestamp() if when else 0.0
