"""An article and the known ones around it, each two compared at most once: what a verdict looks at (`judge.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from newscrawl.dedup.index import DedupIndex, Member
from newscrawl.dedup.match import MIN_REVISED, Comparison, compare, holds, revises
from newscrawl.dedup.measures import told_share
from newscrawl.dedup.signature import signature_of
from newscrawl.dedup.words import Words, words_of
from newscrawl.text.clock import IST

_SHIFT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles: their comparison (None: they share too little), how alike they are as stories (0: not), whether the
    longer holds the shorter, whether one revises the other."""

    found: Comparison | None
    likeness: float
    is_item: bool
    revision: bool


# Comparisons of two articles each, by their ids; None: they share too little.
Compared = Mapping[frozenset[str], Comparison | None]

_UNLIKE = Pair(None, 0.0, is_item=False, revision=False)


class Scene:
    """An article and the known ones that it touches, each two compared at most once."""

    def __init__(
        self, index: DedupIndex, newcomer: tuple[Member, str] | None = None, compared: Compared | None = None
    ) -> None:
        """`newcomer`: an article, with its text, that the index does not know yet; `compared`: what was compared
        elsewhere."""
        self.index = index
        self._newcomer = newcomer[0] if newcomer else None
        self.members: dict[str, Member] = {}
        self._texts: dict[str, str] = {}
        self._words: dict[str, Words] = {}
        self._found = compared or {}
        if newcomer:
            member, text = newcomer
            self.members[member.article_id], self._texts[member.article_id] = member, text
        self._pairs: dict[frozenset[str], Pair] = {}
        self._candidates: dict[str, list[str]] = {}

    def add(self, article_id: str) -> bool:
        """Let a known article join; False where its text has left the index."""
        if article_id not in self.members:
            member, text = self.index.member(article_id), self.index.text(article_id)
            if member is None or text is None:
                return False
            self.members[article_id], self._texts[article_id] = member, text
        return True

    def knows(self, article_id: str) -> bool:
        """Whether an article is one that the index knows."""
        return self._newcomer is None or article_id != self._newcomer.article_id

    def words(self, article_id: str) -> Words:
        """The words of an article that has joined."""
        if article_id not in self._words:
            self._words[article_id] = words_of(self._texts[article_id])
        return self._words[article_id]

    def candidates(self, article_id: str) -> list[str]:
        """Whom the index proposes for an article that has joined, asked once."""
        if article_id not in self._candidates:
            self._candidates[article_id] = self.index.candidates(signature_of(self.words(article_id)))
        return self._candidates[article_id]

    def pair(self, a: str, b: str) -> Pair:
        """Two articles compared."""
        key = frozenset((a, b))
        if key not in self._pairs:
            self._pairs[key] = self._compared(self.members[a], self.members[b])
        return self._pairs[key]

    def holds(self, page: str, item: str) -> bool:
        """Whether an article tells most of a shorter one among other matters."""
        return len(self.words(item)) < len(self.words(page)) and self.pair(page, item).is_item

    def alike(self, a: str, b: str) -> bool:
        """Whether two articles are one story by themselves."""
        return self.pair(a, b).likeness > 0

    def equal(self, a: str, b: str) -> bool:
        """Whether two articles have the very same text."""
        found = self.pair(a, b).found if a != b else None
        return a == b or (found is not None and found.measured.equal)

    def comparison(self, a: str, b: str) -> Comparison:
        """That of two articles that are one story by themselves."""
        found = self.pair(a, b).found
        assert found is not None
        return found

    def _free(self, member: Member, other: Member) -> bool:
        # Made a story of its own by hand: it may gather what comes, and goes back to nothing.
        return not member.fixed or other is self._newcomer or other.story_id == member.article_id

    def _compared(self, a: Member, b: Member) -> Pair:
        key = frozenset((a.article_id, b.article_id))
        if key in self._found:
            found = self._found[key]
        else:
            found = comparison(self.words(a.article_id), self.words(b.article_id), time_between(a, b))
        if found is None:
            return _UNLIKE
        revision = a.url == b.url and revises(
            self.words(a.article_id),
            self.words(b.article_id),
            found,
            same_day=_same_day(a.fetched_at, b.fetched_at),
        )
        # Under one URL other text is another story, unless it revises: a page that is used again for each day's prices.
        one = revision if a.url == b.url else found.relation is not None
        one = one and self._free(a, b) and self._free(b, a)
        likeness = max(found.likeness, np.finfo(float).tiny) if one else 0.0
        return Pair(found, float(likeness), holds(found.measured), revision)


def comparison(a: Words, b: Words, apart: timedelta) -> Comparison | None:
    """Two texts compared that were told `apart`; None where they share too little to be anything to each other."""
    if told_share(a, b) < MIN_REVISED:  # a fifth of the work, and the answer to most candidates
        return None
    return compare(a, b, apart)


def time_between(a: Member, b: Member) -> timedelta:
    """Between what two articles tell, as `comparison` counts it: a page's version may come at any time."""
    return timedelta(0) if a.url == b.url else abs(a.told_at - b.told_at)


def _same_day(a: datetime, b: datetime) -> bool:
    """On one day in India, or in one shift over midnight."""
    return a.astimezone(IST).date() == b.astimezone(IST).date() or abs(a - b) < _SHIFT
