"""When a story is looked at again, from what is known of how stories of its section change: pure functions.

The problem is that of Azar, Horvitz, Lubetzky, Peres and Shahaf, "Tractable near-optimal policies for crawling" (PNAS
2018): pages change by Poisson processes of different rates, looks are scarce. Its answer is a price, one for all pages:
a look is taken where its value is above it, and the price is where the looks come to the number that there is. The
value is here the chance to find a revision, a page's rate falls with its age, and what a look shows says how much that
page goes on to change: so when to look next follows from what was found. As in GREEDY-NCIS (Busa-Fekete et al., "A
scalable crawling algorithm utilizing noisy change-indicating signals", WWW 2025) what counts is the rate of changes
that no signal tells: what a lastmod tells is fetched anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Ages at which a story may be looked at, in seconds: runs come hourly or rarer, and news changes most in its first
# hours. After a week a story is told anew, in another one.
AGES: Floats = 3600.0 * np.array([0, 1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 120, 168], dtype=np.float64)
# Revisions of a story in a week, where nothing is known yet: between papers that revise one story in ten and
# agencies that revise each.
_PRIOR_REVISIONS = 0.5
# How much it takes to believe otherwise, in revisions seen: the first for how many there are, since sections differ by
# factors; the other for at which age, in which they are more alike.
_BELIEF, _AGE_BELIEF = 0.5, 2.0
# How unlike stories of one section are, as the shape of a gamma distribution: most are never touched again, some go on
# for days. At 1 a story that was revised is expected to be revised twice as often as one of which nothing is known.
ALIKE = 1.0
# Revisions that a story was seen to have, up to which they are told apart.
MOST_SEEN = 3
# Seconds by which a revision found later counts a third of one found at once: who reads the archive wants today's text.
# With a day revisions were found in half the time, and 7 % fewer of them (a simulation).
_FRESH = 7 * 86_400.0
# Rates are kept above this, revisions a second: none was seen is not that there is none.
_LEAST_RATE = 1e-9


@dataclass(frozen=True, slots=True)
class Plan:
    """By section: `after[c, i, n]` is the number of the age at which a story is looked at next that was fetched at age
    `i` and has been seen to be revised `n` times, 0 for never; `looks` how many looks are still to be expected."""

    after: Ints
    looks: Floats


def prior(ages: Floats = AGES) -> Floats:
    """Revisions a second of a story of each age, where nothing is known: by the hour they become fewer."""
    told = np.log1p(ages / 3600)
    rates: Floats = _PRIOR_REVISIONS * np.diff(told) / told[-1] / np.diff(ages)
    return rates


def believed(seen: Floats, watched: Floats, parent: Floats) -> Floats:
    """Revisions a second by age, of one section or (a row each) of many.

    `seen`: revisions, `watched`: seconds that stories of each age were under watch; `parent`: the rates of those that
    it is one of, believed as far as nothing else is known.
    """
    parent = np.maximum(parent, _LEAST_RATE)
    level = (seen.sum(-1, keepdims=True) + _BELIEF) / ((watched * parent).sum(-1, keepdims=True) + _BELIEF)
    expected = level * parent
    rates: Floats = (seen + _AGE_BELIEF) / (watched + _AGE_BELIEF / expected)
    return np.maximum(rates, _LEAST_RATE)


def expected(rates: Floats, begin: float, end: float, ages: Floats = AGES) -> tuple[Floats, Floats]:
    """A usual story's seconds at each age between two looks, at ages `begin` and `end`, and the revisions in them."""
    seconds: Floats = np.clip(np.minimum(end, ages[1:]) - np.maximum(begin, ages[:-1]), 0, None)
    return seconds, seconds * rates


class Planner:
    """What looks are worth, by section, and the plans that follow at any price."""

    def __init__(self, rates: Floats, ages: Floats = AGES, alike: float = ALIKE) -> None:
        """`rates`: revisions a second by age, a row a section."""
        self._sections, self._count = len(rates), len(ages)
        revisions = np.zeros((self._sections, self._count))
        np.cumsum(rates * np.diff(ages), axis=1, out=revisions[:, 1:])
        self._found, self._worth = list[Floats](), list[Floats]()
        for i in range(self._count - 1):
            # A look finds a revision where there was one since the last, however many there were.
            ratio = (alike + revisions[:, i, None]) / (alike + revisions[:, i + 1 :])
            fresh = self._freshness(rates, ages, i)
            self._found.append(1 - ratio[:, :, None] ** (alike + np.arange(MOST_SEEN + 1)))
            self._worth.append(self._found[-1] * fresh[:, :, None])

    def _freshness(self, rates: Floats, ages: Floats, begin: int) -> Floats:
        """What a revision counts that is found by the next look, by the number of its age, after one at `begin`."""
        total, fresh = np.zeros(self._sections), np.zeros(self._sections)
        columns = []
        for bin_ in range(begin, self._count - 1):
            width = ages[bin_ + 1] - ages[bin_]
            number, faded = rates[:, bin_] * width, np.exp(-width / _FRESH)
            fresh = fresh * faded + number * (1 - faded) * _FRESH / width
            total = total + number
            columns.append(fresh / total)
        return np.stack(columns, axis=1)

    def plan(self, price: float) -> Plan:
        """What is gained most where a look costs `price`, in revisions found at once."""
        seen = MOST_SEEN + 1
        worth, looks = np.zeros((2, self._sections, self._count, seen))
        after = np.zeros((self._sections, self._count, seen), dtype=np.int64)
        up = np.minimum(np.arange(seen) + 1, MOST_SEEN)
        for i in range(self._count - 2, -1, -1):
            found, behind = self._found[i], worth[:, i + 1 :]
            gains = self._worth[i] - price + found * behind[:, :, up] + (1 - found) * behind
            best = gains.argmax(axis=1)[:, None]
            gain = np.take_along_axis(gains, best, 1)[:, 0]
            chance = np.take_along_axis(found, best, 1)[:, 0]
            more = np.take_along_axis(looks[:, i + 1 :][:, :, up], best, 1)[:, 0]
            less = np.take_along_axis(looks[:, i + 1 :], best, 1)[:, 0]
            worth[:, i] = np.maximum(gain, 0)
            after[:, i] = np.where(gain > 0, best[:, 0] + i + 1, 0)
            looks[:, i] = np.where(gain > 0, 1 + chance * more + (1 - chance) * less, 0)
        return Plan(after, looks)

    def priced(self, begun: Floats, budget: float) -> Plan:
        """The plan whose looks come to `budget` at the most. `begun[c, i]`: stories of a section first fetched at age
        `i`."""
        low, high = 1e-5, 1.0
        best = self.plan(high)
        for _ in range(20):  # a price to five figures
            price = (low * high) ** 0.5
            made = self.plan(price)
            if float((made.looks[:, :, 0] * begun).sum()) > budget:
                low = price
            else:
                high, best = price, made
        return best
