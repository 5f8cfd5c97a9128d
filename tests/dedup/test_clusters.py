"""Scores of clusterings, against values worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from benchmarks.clusters import Scores, adjusted_rand, bcubed, pairwise


def by_letter(text: str) -> dict[int, str]:
    """Items 0, 1, ... in the clusters that the letters name."""
    return dict(enumerate(text))


TRUTH = by_letter("aaabbc")  # 3 + 1 pairs


def test_the_same_clusters_score_1_whatever_they_are_called() -> None:
    renamed = by_letter("xxxyyz")
    assert adjusted_rand(TRUTH, renamed) == 1
    assert bcubed(TRUTH, renamed) == pairwise(TRUTH, renamed) == Scores(1, 1)


def test_one_item_in_the_wrong_cluster() -> None:
    # aab bbc: found pairs 01, 23, 24, 34; of them right 01 and 34; of the four true ones 02 and 12 are missed.
    found = by_letter("xxyyyz")
    assert pairwise(TRUTH, found) == Scores(2 / 4, 2 / 4)
    # Together 2; by chance 4 * 4 / 15; at most (4 + 4) / 2.
    assert adjusted_rand(TRUTH, found) == pytest.approx((2 - 16 / 15) / (4 - 16 / 15))
    # Precision of items 0 to 5: 1, 1, 1/3, 2/3, 2/3, 1; recall: 2/3, 2/3, 1/3, 1, 1, 1.
    assert bcubed(TRUTH, found).precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3 + 1) / 6)
    assert bcubed(TRUTH, found).recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)


def test_every_item_alone() -> None:
    alone = by_letter("uvwxyz")
    assert adjusted_rand(TRUTH, alone) == 0
    assert pairwise(TRUTH, alone) == Scores(1, 0)
    assert pairwise(TRUTH, alone).f1 == 0
    # Each of three items finds a third of its cluster, each of two a half, one the whole of it.
    assert bcubed(TRUTH, alone) == Scores(1, pytest.approx((3 / 3 + 2 / 2 + 1) / 6))


def test_all_items_together() -> None:
    together = by_letter("xxxxxx")
    assert adjusted_rand(TRUTH, together) == 0
    assert pairwise(TRUTH, together) == Scores(4 / 15, 1)
    assert bcubed(TRUTH, together) == Scores(pytest.approx((9 + 4 + 1) / 36), 1)


def test_worse_than_chance_is_below_0() -> None:
    # ab ab: no pair together where chance would give 2 * 2 / 6.
    assert adjusted_rand(by_letter("aabb"), by_letter("xyxy")) == pytest.approx((0 - 4 / 6) / (2 - 4 / 6))


@pytest.mark.parametrize("text", ["a", "abcd", "aaaa"])
def test_clusterings_with_nothing_to_tell_apart_agree_with_themselves(text: str) -> None:
    assert adjusted_rand(by_letter(text), by_letter(text)) == 1
    assert bcubed(by_letter(text), by_letter(text)) == Scores(1, 1)


def test_f1_is_the_harmonic_mean() -> None:
    assert Scores(0.5, 1).f1 == pytest.approx(2 / 3)
    assert Scores(0, 0).f1 == 0


@pytest.mark.parametrize("score", [adjusted_rand, bcubed, pairwise])
def test_other_items_are_refused(score: Callable[[Mapping[int, str], Mapping[int, str]], object]) -> None:
    with pytest.raises(ValueError, match="1 lie in one clustering only, such as 2"):
        score(by_letter("ab"), by_letter("abc"))
    with pytest.raises(ValueError, match="no items"):
        score({}, {})
