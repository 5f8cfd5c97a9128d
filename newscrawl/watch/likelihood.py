"""How likely a count is that small, or that large, by what was counted before: three distributions, in plain Python.

Counts of news are overdispersed: a Poisson or binomial law would call every tenth day strange. So the spread is taken
from the history, and where that is short, drawn towards a spread that sites have as a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, log1p, sqrt
from statistics import NormalDist, fmean

# Runs by which the usual spread counts beside a site's own.
_PRIOR_RUNS = 8
# Usual spreads: of a day's stories, variance / mean^2 beyond Poisson's; of shares, the correlation of pages of a run;
# of the logarithm of a mean, its standard deviation from run to run.
_COUNT_SPREAD, _SHARE_SPREAD, _MEAN_SPREAD = 0.12, 0.04, 0.2
# What one day may add.
_MOST_SPREAD = 0.5
_NORMAL = NormalDist()


def count_spread(counts: Sequence[float], expected: Sequence[float]) -> float:
    """How far counts differ from what was expected of them beyond chance: variance / mean^2 without Poisson's share.

    One day of great news, or one that was broken, does not make a site a wild one.
    """
    found = [min(((y - e) ** 2 - e) / e**2, _MOST_SPREAD) for y, e in zip(counts, expected, strict=True) if e > 0]
    own = sum(found) if found else 0.0
    return max(0.01, (own + _PRIOR_RUNS * _COUNT_SPREAD) / (len(found) + _PRIOR_RUNS))


def at_most(count: int, expected: float, spread: float) -> float:
    """The chance of so few: a negative binomial law of this mean and spread (`count_spread`)."""
    shape = 1 / spread
    rate = log(shape / (shape + expected)) * shape
    step = log(expected / (shape + expected))
    total = 0.0
    for k in range(count + 1):
        total += exp(lgamma(shape + k) - lgamma(shape) - lgamma(k + 1) + rate + k * step)
    return min(total, 1.0)


def share_and_spread(parts: Sequence[int], totals: Sequence[int]) -> tuple[float, float]:
    """The share that parts have of their totals, never quite 0 or 1, and the correlation within a run."""
    pages = sum(totals)
    share = (sum(parts) + 0.5) / (pages + 1)
    found, weight = 0.0, 0.0
    for part, total in zip(parts, totals, strict=True):
        if total > 1:
            chance = share * (1 - share)
            # Of a beta-binomial law: variance of the share = chance / n * (1 + (n - 1) * correlation).
            found += max(-1.0, ((part / total - share) ** 2 * total / chance - 1) / (total - 1)) * (total - 1) / total
            weight += (total - 1) / total
    spread = (found + _PRIOR_RUNS * _SHARE_SPREAD) / (weight + _PRIOR_RUNS)
    return share, min(max(spread, 0.005), 0.5)


def at_least(part: int, total: int, share: float, spread: float) -> float:
    """The chance of so large a part: a beta-binomial law of this share and correlation."""
    strength = 1 / spread - 1
    a, b = share * strength, (1 - share) * strength
    base = lgamma(total + 1) - lgamma(a + b + total) + lgamma(a + b) - lgamma(a) - lgamma(b)
    terms = (
        exp(base - lgamma(k + 1) - lgamma(total - k + 1) + lgamma(a + k) + lgamma(b + total - k))
        for k in range(part, total + 1)
    )
    return min(sum(terms), 1.0)


def as_far(value: float, before: Sequence[float], own_spread: float = 0.0) -> float:
    """The chance that a mean is so far from those before, by its logarithm; `own_spread`: its standard error."""
    logs = [log1p(v) for v in before]
    middle = fmean(logs)
    own = sum((x - middle) ** 2 for x in logs)
    variance = (own + _PRIOR_RUNS * _MEAN_SPREAD**2) / (len(logs) - 1 + _PRIOR_RUNS)
    off = abs(log1p(value) - middle) / sqrt(variance * (1 + 1 / len(logs)) + own_spread**2)
    return 2 * _NORMAL.cdf(-off)
