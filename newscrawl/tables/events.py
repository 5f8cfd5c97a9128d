"""Which stories tell of one event in other words: linked, never collapsed.

A story joins the event whose stories are most like it, on average, by the words that both tell and few others do, and
by nearness in time; else it founds one. What was linked stays so: who reads an `event_id` may keep it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.measures import in_runs
from newscrawl.dedup.naming import named
from newscrawl.dedup.words import seen_in, words_of

# Days on either side within which stories are linked: of 209 linked neighbours of the labelled days two are further
# apart.
WINDOW_DAYS = 3.0
# Words of a story that are looked at, the first: an agency's report has 150 that name something, a live blog thousands.
_WORDS = 256
# The opening names who, what and where; the rest may tell how it came to that.
_OPENING = 30
_OPENING_WEIGHT = 1.5
# The words by which a story is compared, those of most weight, and the stories that may hold one of them: what half of
# a day's stories hold tells nothing, and would be most of the work.
_TELLING = 128
_HOLDERS = 1_000
# Words of all stories of a window together: 40 bytes of memory each at the most. Where there are more, the first words
# of each story are looked at only, a headline's at the least: from 9,000 stories a day on.
_WORDS_HELD, _FEWEST = 16_000_000, 12
# Stories whose words are counted together.
_AT_A_TIME = 4_096
# Stories that hold no word of those here, beside them: of a few stories alone none would have a rare word in common.
_UNSEEN = 100
# Two stories of which the longer tells so much in the same runs of words, and which are two all the same, are one form
# filled in anew: the rates of two days, the weather of two towns. Of 302 labelled pairs of one event, kept as two
# stories, none has more than 0.73.
_FORM, _RUN = 3 / 4, 2
# So are two accidents and two obituaries: so much of the longer stands in one order in both, and of its rest so much
# are words that the other has not, in the place of words that it has alone. Who tells one event anew has another order;
# who edits a report puts words in, or takes some out. Of 380 labelled pairs of one event one has that.
_ORDERED, _REFILLED = 0.3, 1 / 4
# Fewer words say nothing of a form.
_LEAST = 20
# Events that are looked at, the likest: what is like so many as a form only is one.
_FORMS = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A story as linking sees it. `at`: when it was first published, in days since 1970. `words`: see `event_words`."""

    story_id: str
    at: float
    words: NDArray[np.int64]
    event_id: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """How alike two stories must be, as a cosine.

    `likeness`: at one moment in a small archive. `per_log_days`: how much more for each unit of log(1 + days between).
    `per_log_stories`: how much more for each of log(1 + hundreds of stories in these days): of more stories more are
    alike by chance.
    """

    likeness: float
    per_log_days: float
    per_log_stories: float


# Fitted on one stretch of days and tested on the other: `python -m benchmarks.dedup events`.
LINE = Line(0.16, 0.15, 0.04)


def event_words(title: str, text: str) -> NDArray[np.int64]:
    """The first words that say what a story is about, as hashes of 64 bits, as often as they stand there."""
    words = words_of(f"{title}\n{text}")
    return words.hashes[named(words)][:_WORDS].view(np.int64)


def words_held(stories: int) -> int:
    """How many words of each are looked at where so many stories stand in a window."""
    return max(_FEWEST, min(_WORDS, _WORDS_HELD // max(stories, 1)))


def link(stories: Iterable[Told], day: int, line: Line = LINE) -> dict[str, str]:
    """The event of each story of a day that has none yet: the `story_id` of the one that founded it.

    `day`: UTC days since 1970. `stories`: those of the day and all others within `WINDOW_DAYS` of it, in any order.
    Each is looked at in the order of publication, so what joins an event was told after what founded it, but for
    stories that come late.
    """
    window = day - WINDOW_DAYS, day + 1 + WINDOW_DAYS
    told = sorted((s for s in stories if window[0] <= s.at < window[1]), key=lambda s: (s.at, s.story_id))
    found: dict[str, str] = {}
    near = _Near(told, line)
    for i, story in enumerate(told):
        if story.event_id is not None:
            near.put(i, story.event_id)
    for i, story in enumerate(told):
        if story.event_id is None and int(story.at) == day:
            found[story.story_id] = near.event_of(i) or story.story_id
            near.put(i, found[story.story_id])
    return found


class _Near:
    """Stories of a few days, the events of those that have one, and how alike each story is to the others."""

    def __init__(self, stories: Sequence[Told], line: Line) -> None:
        self._n = len(stories)
        self._stories = stories
        self._likeness = line.likeness + line.per_log_stories * float(np.log1p(self._n / 100))
        self._per_log_days = line.per_log_days
        self._times = np.array([s.at for s in stories])
        self._event: dict[int, str] = {}
        self._held: dict[str, list[int]] = {}
        most = words_held(self._n)
        parts = [
            _distinct([s.words[:most] for s in stories[start : start + _AT_A_TIME]], start)
            for start in range(0, self._n, _AT_A_TIME)
        ]
        owners, hashes, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
        del parts
        vocabulary, which = np.unique(hashes, return_inverse=True)
        del hashes
        holders = np.bincount(which, minlength=len(vocabulary))
        rarity = np.where(holders > _HOLDERS, 0.0, np.log((self._n + _UNSEEN) / (holders + 0.5)))
        weights *= np.maximum(rarity, 0.0)[which]
        kept = _telling(owners, weights, self._n)
        owners, which, weights = owners[kept], which[kept], weights[kept]
        weights /= np.sqrt(np.bincount(owners, weights**2, self._n))[owners]
        # What one story alone holds has its part in how long that is, and in no likeness.
        shared = holders[which] > 1
        owners, which, weights = owners[shared], which[shared], weights[shared]
        self._of_story = np.searchsorted(owners, np.arange(self._n + 1))
        self._which, self._weights = which, weights
        by_word = np.argsort(which, kind="stable")
        self._holders, self._shares = owners[by_word], weights[by_word]
        self._of_word = np.searchsorted(which[by_word], np.arange(len(vocabulary) + 1))

    def put(self, story: int, event: str) -> None:
        """A story belongs to an event."""
        self._event[story] = event
        self._held.setdefault(event, []).append(story)

    def event_of(self, story: int) -> str | None:
        """The event whose stories here are alike to a story on average, and most; None where there is none. None of
        these may be one form with it."""
        alike = self._cosines(story)
        means: dict[str, float] = {}
        for i in np.flatnonzero(alike > self._likeness).tolist():
            event = self._event.get(i)
            if event is not None and event not in means:
                others = self._held[event]
                apart = np.log1p(np.abs(self._times[others] - self._times[story]))
                means[event] = float(np.mean(alike[others] - self._per_log_days * apart)) - self._likeness
        near = sorted((event for event in means if means[event] > 0), key=lambda e: (means[e], e), reverse=True)
        mine = self._stories[story].words
        for event in near[:_FORMS]:
            like = (i for i in self._held[event] if alike[i] > self._likeness)
            if not any(_one_form(mine, self._stories[i].words) for i in like):
                return event
        return None

    def _cosines(self, story: int) -> NDArray[np.float64]:
        """Of the weighted words, with each of the stories, 0 to 1."""
        mine = slice(self._of_story[story], self._of_story[story + 1])
        words = self._which[mine]
        starts, ends = self._of_word[words], self._of_word[words + 1]
        lengths = ends - starts
        places = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(int(lengths.sum()))
        shares = np.repeat(self._weights[mine], lengths) * self._shares[places]
        return np.bincount(self._holders[places], shares, self._n).astype(np.float64, copy=False)


def _one_form(a: NDArray[np.int64], b: NDArray[np.int64]) -> bool:
    """Whether two stories, by their words in order, tell most of both in the same runs of words, or in one order with
    other words in the places between."""
    longer = max(len(a), len(b))
    if min(len(a), len(b)) < max(_ORDERED * longer, _LEAST):
        return False
    there, back = a.view(np.uint64), b.view(np.uint64)
    in_both = seen_in(there, back)
    shared = in_both.sum()
    if shared <= _ORDERED * longer:  # the answer to most
        return False
    if shared > _FORM * longer:
        told = min(in_runs(there, back, _RUN).sum(), in_runs(back, there, _RUN).sum())
        if told > _FORM * longer:
            return True
    at, at_back = _in_order(a, b)
    if len(at) <= _ORDERED * longer:
        return False
    refilled = np.minimum(_between(~in_both, at), _between(~seen_in(back, there), at_back)).sum()
    return bool(refilled > _REFILLED * (longer - len(at)))


def _in_order(a: NDArray[np.int64], b: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where in each the most words stand that both have in one order; of a word's places the first."""
    _, at, at_back = np.intersect1d(a, b, return_indices=True)
    order = np.argsort(at)
    at, at_back = at[order], at_back[order]
    # Longest increasing subsequence: of all of one length, that which ends first can be longest in the end.
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for n, place in enumerate(at_back.tolist()):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1], last[length : length + 1] = [place], [n]
    chosen, n = [], last[-1] if last else -1
    while n >= 0:
        chosen.append(n)
        n = before[n]
    return at[chosen[::-1]], at_back[chosen[::-1]]


def _between(marked: NDArray[np.bool_], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many are marked before the first of some places, between each two of them, and behind the last."""
    return np.diff(np.cumsum(marked)[places], prepend=0, append=marked.sum())


def _distinct(
    words: Sequence[NDArray[np.int64]], first: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Story, hash and weight of each distinct word of some stories: by how often and where it stands. In order of
    story; `first`: the number of the first."""
    lengths = np.array([len(of_story) for of_story in words], np.int64)
    owners = np.repeat(np.arange(len(words)), lengths)
    hashes, which = np.unique(np.concatenate(words), return_inverse=True)
    places = np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    pairs, at, times = np.unique(owners * max(len(hashes), 1) + which, return_index=True, return_counts=True)
    owners, which = np.divmod(pairs, max(len(hashes), 1))
    opening = np.where(places[at] < _OPENING, _OPENING_WEIGHT, 1.0)
    return (owners + first).astype(np.int32), hashes[which], (1 + np.log(times)) * opening


def _telling(owners: NDArray[np.int32], weights: NDArray[np.float64], stories: int) -> NDArray[np.int64]:
    """The places of each story's words of most weight; `owners` are in order."""
    bounds = np.searchsorted(owners, np.arange(0, stories + _AT_A_TIME, _AT_A_TIME))
    kept = []
    for first, last in pairwise(bounds.tolist()):
        of_some = weights[first:last]
        order = np.lexsort((-of_some, owners[first:last]))
        mine = owners[first:last][order]
        ranks = np.arange(len(order)) - np.searchsorted(mine, mine)
        kept.append(first + np.sort(order[(ranks < _TELLING) & (of_some[order] > 0)]))
    return np.concatenate(kept) if kept else np.zeros(0, np.int64)
