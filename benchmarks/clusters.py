"""How well one clustering agrees with another: adjusted Rand index, BCubed, and pairs.

A clustering is a mapping from each item to the label of its cluster; which words the labels are does not matter. Both
clusterings must be of the same items. All of it is counted in the table of how many items lie in a cluster of the one
and a cluster of the other, so it costs what the items are, not what their pairs are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from math import comb
from typing import Any, TypeVar

Item = TypeVar("Item", bound=Hashable)
_Table = tuple[Counter[tuple[Hashable, Hashable]], Counter[Hashable], Counter[Hashable]]


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares, 0 to 1: of what was found, how much is right; of what is right, how much was found."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean; 0 where both are."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def adjusted_rand(truth: Mapping[Item, Hashable], found: Mapping[Item, Hashable]) -> float:
    """The adjusted Rand index (Hubert and Arabie 1985): 1 for the same clusters, 0 on average for ones by chance.

    1 where there is nothing to find and nothing was: every item alone, or all of them together, in both.
    """
    table, rows, columns = _table(truth, found)
    together, in_truth, in_found = (_pairs(counts) for counts in (table, rows, columns))
    by_chance = in_truth * in_found / comb(len(truth), 2) if len(truth) > 1 else 0.0
    most = (in_truth + in_found) / 2
    return (together - by_chance) / (most - by_chance) if most != by_chance else 1.0


def bcubed(
    truth: Mapping[Item, Hashable], found: Mapping[Item, Hashable], of: Collection[Item] | None = None
) -> Scores:
    """BCubed (Bagga and Baldwin 1998): precision and recall of the cluster that an item lies in, itself included,
    averaged over the items, or over `of`, some of them. A single article that is left alone counts as found.
    """
    table, rows, columns = _table(truth, found)
    scored = truth.keys() if of is None else of
    places = Counter((truth[item], found[item]) for item in scored)
    return Scores(
        precision=sum(table[place] * count / columns[place[1]] for place, count in places.items()) / len(scored),
        recall=sum(table[place] * count / rows[place[0]] for place, count in places.items()) / len(scored),
    )


def pairwise(truth: Mapping[Item, Hashable], found: Mapping[Item, Hashable]) -> Scores:
    """Precision and recall of the pairs that lie in one cluster. Where no pair was found none is wrong, where there is
    none to find none was missed: 1.
    """
    table, rows, columns = _table(truth, found)
    together, in_truth, in_found = (_pairs(counts) for counts in (table, rows, columns))
    return Scores(
        precision=together / in_found if in_found else 1.0,
        recall=together / in_truth if in_truth else 1.0,
    )


def _table(truth: Mapping[Item, Hashable], found: Mapping[Item, Hashable]) -> _Table:
    """How many items lie in each pair of clusters, in each of `truth` and in each of `found`."""
    if not truth:
        raise ValueError("no items: a clustering of nothing has no scores")
    if odd := truth.keys() ^ found.keys():
        raise ValueError(f"not the same items: {len(odd)} lie in one clustering only, such as {next(iter(odd))!r}")
    table = Counter((label, found[item]) for item, label in truth.items())
    return table, Counter(truth.values()), Counter(found.values())


def _pairs(counts: Counter[Any]) -> int:
    return sum(comb(count, 2) for count in counts.values())
