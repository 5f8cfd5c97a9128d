"""Fits the weights of `newscrawl/dedup/likeness.toml` on labelled pairs and tells how they do on pairs they never saw.

What is printed as cross-validated is so in everything that is fitted: weights, and the threshold, which is chosen on
the training folds alone. No text stands on both sides. Pairs were drawn by how much their texts share; the weighted
figures undo that, by how often so much is shared in a whole collection.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize  # type: ignore[import-untyped]  # SciPy has no types

from benchmarks.dedup_quality import SAME, read_jsonl
from newscrawl.dedup.match import Comparison, Weights, compare, features, fitted_weights, ruled_out
from newscrawl.dedup.signature import shingle_set
from newscrawl.dedup.words import words_of

console = Console()
Floats = NDArray[np.float64]

# Bounds of the strata in which the pairs were drawn: containment of word 3-grams.
STRATA = (0.0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.9, 1.01)
# Below this two texts share what any two share, and pairs without number do.
_LOWEST = 0.1
# Shingles of more texts than this are phrases of the language: they make no pair by themselves.
_COMMON_SHINGLE = 200
# Ridge penalty on standardised weights: 0.3, 1 and 3 are alike in cross-validation.
PENALTY = 0.3
# Precision first: a wrong collapse hides a story.
MIN_PRECISION = 0.95
_FOLDS = 10


@dataclass(frozen=True)
class Pairs:
    """Labelled pairs: features (row a pair, column a feature), labels, and what they are reported by."""

    rows: list[dict[str, Any]]
    compared: list[Comparison]
    x: Floats
    same: NDArray[np.bool_]
    ruled_out: NDArray[np.bool_]
    groups: NDArray[np.int64]
    weights: Floats

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Fit:
    """Log odds are `bias` and the sum of weight times feature."""

    weights: Floats
    bias: float

    def __call__(self, x: Floats) -> Floats:
        odds: Floats = x @ self.weights + self.bias
        return odds


def names() -> list[str]:
    """The features in the order of the columns."""
    return list(features(compare(words_of("एक"), words_of("दो")).measured))


def read_pairs(paths: Sequence[Path], collection: Path, days: Path | None) -> Pairs:
    """Read pairs, compare them, and weigh them by the strata of the collection.

    `days`: the labelled day set, of which every pair joins that shares as much as the pairs of the strata do.
    """
    texts = {row["id"]: row["text"] for row in read_jsonl(collection)}
    rows = [row | {"source": row.get("src", path.stem.partition(".")[0])} for path in paths for row in read_jsonl(path)]
    stretch_of = {}
    if days is not None:
        articles = read_jsonl(days)
        stretch_of = {row["id"]: row["stretch"] for row in articles}
        for stretch in sorted(set(stretch_of.values())):
            rows += _pairs_of_days([row for row in articles if row["stretch"] == stretch], texts)
    compared = [compare(words_of(row["text_a"]), words_of(row["text_b"])) for row in rows]
    values = [features(found.measured) for found in compared]
    return Pairs(
        rows,
        compared,
        np.array([list(value.values()) for value in values]),
        np.array([row["label"] in SAME for row in rows]),
        np.array([not found.measured.equal and ruled_out(found.measured) is not None for found in compared]),
        _groups(rows, stretch_of),
        _weights([found.measured.containment for found in compared], list(texts.values())),
    )


def _pairs_of_days(articles: Sequence[dict[str, Any]], texts: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = []
    for a, b, containment in sharing([texts[row["id"]] for row in articles]):
        if containment >= _LOWEST:
            one, other = articles[a], articles[b]
            same, event = (one[name] == other[name] for name in ("story", "event"))
            rows.append(
                {
                    "text_a": texts[one["id"]],
                    "text_b": texts[other["id"]],
                    "id_a": one["id"],
                    "id_b": other["id"],
                    "label": "version" if same else "event" if event else "different",
                    "confidence": 1 if one["doubtful"] and other["doubtful"] else 3,
                    "source": f"days {one['stretch']}",
                }
            )
    return rows


def _groups(rows: Sequence[dict[str, Any]], stretch_of: Mapping[str, int]) -> NDArray[np.int64]:
    """Pairs that have a text in common are in one group, and so is a stretch of the day set, whole."""
    parent = list(range(len(rows)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    first: dict[str, int] = {}
    for i, row in enumerate(rows):
        days = (f"days {stretch_of[row[name]]}" for name in ("id_a", "id_b") if row.get(name) in stretch_of)
        for common in (row["text_a"], row["text_b"], *days):
            parent[root(i)] = root(first.setdefault(common, i))
    return np.array([root(i) for i in range(len(rows))])


def _weights(containments: Sequence[float], collection: Sequence[str]) -> Floats:
    there = Counter(_stratum(containment) for _, _, containment in sharing(collection) if containment >= _LOWEST)
    # What shares less than the lowest stratum counts as that.
    strata = [_stratum(max(_LOWEST, containment)) for containment in containments]
    here = Counter(strata)
    return np.array([there[stratum] / here[stratum] for stratum in strata])


def sharing(texts: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Pairs of texts that share word 3-grams, and their containment; fewer than `_LOWEST` of the smaller are left out.

    A 3-gram that more than `_COMMON_SHINGLE` texts have makes no pair by itself.
    """
    sets = [shingle_set(words_of(text)) for text in texts]
    keys, owners = np.concatenate(sets), np.repeat(np.arange(len(sets)), [len(s) for s in sets])
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    shared: Counter[tuple[int, int]] = Counter()
    for start, count in zip(starts, np.diff(np.r_[starts, len(keys)]), strict=True):
        if 2 <= count <= _COMMON_SHINGLE:
            holders = owners[start : start + count].tolist()
            shared.update((a, b) for i, a in enumerate(holders) for b in holders[i + 1 :])
    for (a, b), count in shared.items():
        if count >= _LOWEST * min(len(sets[a]), len(sets[b])):
            exact = len(np.intersect1d(sets[a], sets[b], assume_unique=True))
            yield a, b, exact / min(len(sets[a]), len(sets[b]))


def fit(x: Floats, same: NDArray[np.bool_], penalty: float = PENALTY) -> Fit:
    """Logistic regression with a ridge penalty on standardised features."""
    mean, spread = x.mean(0), x.std(0) + 1e-9
    z, y = (x - mean) / spread, same.astype(float)

    def loss(b: Floats) -> tuple[float, Floats]:
        odds = z @ b[1:] + b[0]
        slope = 1 / (1 + np.exp(-odds)) - y
        value = float((np.logaddexp(0, odds) - y * odds).sum() + penalty / 2 * (b[1:] ** 2).sum())
        return value, np.concatenate([[slope.sum()], z.T @ slope + penalty * b[1:]])

    b = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return Fit(b[1:] / spread, float(b[0] - (b[1:] * mean / spread).sum()))


def out_of_fold(pairs: Pairs, rows: NDArray[np.int64], seed: int) -> Floats:
    """Log odds of pairs by a fit that saw none of their texts."""
    groups = np.unique(pairs.groups[rows])
    folds = dict(zip(groups.tolist(), np.random.default_rng(seed).permutation(len(groups)) % _FOLDS, strict=True))
    fold = np.array([folds[g] for g in pairs.groups[rows].tolist()])
    odds = np.zeros(len(rows))
    for k in range(_FOLDS):
        seen = rows[fold != k]
        odds[fold == k] = fit(pairs.x[seen], pairs.same[seen])(pairs.x[rows[fold == k]])
    return np.where(pairs.ruled_out[rows], -np.inf, odds)


def threshold(odds: Floats) -> float:
    """The lowest log odds above which so much is expected to be right by the odds themselves.

    By the odds and not by counting: with a few hundred pairs one wrong one near the line moves a count by a whole unit
    of log odds, and the expectation hardly.
    """
    ranked = np.sort(odds[np.isfinite(odds)])[::-1]
    expected = np.cumsum(1 / (1 + np.exp(-ranked))) / np.arange(1, len(ranked) + 1)
    return float(ranked[np.flatnonzero(expected >= MIN_PRECISION)[-1]])


def weights_without(source: str, paths: Sequence[Path], collection: Path, days: Path) -> Weights:
    """The weights that a fit finds which sees no text of `source` ("days 1"), nor of what shares a text with it."""
    pairs = read_pairs(paths, collection, days)
    hidden = {g for g, row in zip(pairs.groups.tolist(), pairs.rows, strict=True) if row["source"] == source}
    seen = np.flatnonzero(~np.isin(pairs.groups, sorted(hidden)))
    model = fit(pairs.x[seen], pairs.same[seen])
    line = threshold(np.mean([out_of_fold(pairs, seen, seed) for seed in range(10)], axis=0))
    return Weights(model.bias, line, dict(zip(names(), model.weights.tolist(), strict=True)), fitted_weights().typical)


def cross_validated(pairs: Pairs, repeats: int) -> NDArray[np.bool_]:
    """Whether each pair would collapse (repeat, pair): weights and threshold from the other folds."""
    found = np.zeros((repeats, len(pairs)), bool)
    for repeat in range(repeats):
        groups = np.unique(pairs.groups)
        order = np.random.default_rng(1000 + repeat).permutation(len(groups)) % _FOLDS
        fold = order[np.searchsorted(groups, pairs.groups)]
        for k in range(_FOLDS):
            seen, apart = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
            inner = np.mean([out_of_fold(pairs, seen, seed) for seed in range(3)], axis=0)
            line = threshold(inner)
            odds = fit(pairs.x[seen], pairs.same[seen])(pairs.x[apart])
            found[repeat, apart] = (odds > line) & ~pairs.ruled_out[apart]
    return found


def figures(
    hits: NDArray[np.bool_], same: NDArray[np.bool_], weights: Floats | None = None
) -> tuple[float, float, float]:
    """Precision, recall and F1 of what collapsed."""
    w = np.ones(len(same)) if weights is None else weights
    right = float((w * (hits & same)).sum())
    precision = right / float((w * hits).sum()) if hits.any() else 1.0
    recall = right / float((w * same).sum()) if same.any() else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def report(paths: Sequence[Path], collection: Path, days: Path | None, repeats: int, write: Path | None) -> None:
    """Print in-sample and cross-validated figures side by side, in all and by part; `write`: the fitted weights."""
    pairs = read_pairs(paths, collection, days)
    everything = np.arange(len(pairs))
    model = fit(pairs.x, pairs.same)
    odds = np.mean([out_of_fold(pairs, everything, seed) for seed in range(repeats)], axis=0)
    line = threshold(odds)
    in_sample = (model(pairs.x) > line) & ~pairs.ruled_out
    shipped = np.array([found.relation is not None for found in pairs.compared])
    apart = cross_validated(pairs, repeats)
    console.print(
        f"{len(pairs)} pairs, {int(pairs.same.sum())} of them one story; {len(set(pairs.groups.tolist()))} groups"
    )
    table = Table(
        "pairs",
        "n",
        "same",
        "in sample P R F1",
        f"cross-validated P R F1 ({repeats} x {_FOLDS} folds)",
        "shipped P R F1",
    )
    for name, mask, weighted in _parts(pairs):
        w = pairs.weights[mask] if weighted else None
        out = np.mean([figures(hits[mask], pairs.same[mask], w) for hits in apart], axis=0)
        sides = (figures(in_sample[mask], pairs.same[mask], w), out, figures(shipped[mask], pairs.same[mask], w))
        table.add_row(name, str(int(mask.sum())), str(int(pairs.same[mask].sum())), *(_three(side) for side in sides))
    console.print(table)
    if write is not None:
        write.write_text(_toml(pairs, model, line, paths))
        console.print(f"written to {write}")


def _three(side: Sequence[float]) -> str:
    return " ".join(f"{value:.3f}" for value in side)


def _parts(pairs: Pairs) -> list[tuple[str, NDArray[np.bool_], bool]]:
    every = np.ones(len(pairs), bool)
    sure = np.array([row["confidence"] > 1 for row in pairs.rows])
    drawn = np.array([not row["source"].startswith("days ") for row in pairs.rows])
    parts = [
        ("all, weighted", every, True),
        ("all", every, False),
        ("without the debatable, weighted", sure, True),
        ("without the days, weighted", drawn, True),
        ("without the days", drawn, False),
    ]
    by: dict[str, Callable[[int], str]] = {
        "source": lambda i: str(pairs.rows[i]["source"]),
        "label": lambda i: str(pairs.rows[i]["label"]),
        "containment": lambda i: _stratum(pairs.compared[i].measured.containment),
        "length ratio": lambda i: _ratio(pairs.rows[i]),
    }
    for name, of in by.items():
        masks: dict[str, list[int]] = defaultdict(list)
        for i in range(len(pairs)):
            masks[of(i)].append(i)
        for value, members in sorted(masks.items()):
            mask = np.zeros(len(pairs), bool)
            mask[members] = True
            parts.append((f"{name}: {value}", mask, False))
    return parts


def _ratio(row: dict[str, Any]) -> str:
    shorter, longer = sorted(len(words_of(row[side])) for side in ("text_a", "text_b"))
    return "up to 1:2" if 2 * shorter >= longer else "up to 1:4" if 4 * shorter >= longer else "beyond"


def _stratum(containment: float) -> str:
    k = int(np.searchsorted(STRATA, containment, side="right"))
    return f"{STRATA[k - 1]:.2f}-{min(1.0, STRATA[k]):.2f}"


def _toml(pairs: Pairs, model: Fit, line: float, paths: Sequence[Path]) -> str:
    digest = hashlib.sha256(json.dumps(sorted(hashlib.sha256(p.read_bytes()).hexdigest() for p in paths)).encode())
    lines = [
        "# Log odds that two texts are one story: bias + sum of weight x feature (newscrawl/dedup/match.py).",
        "# Written by `python -m benchmarks.dedup fit --write`; docs/dedup.md: how these do on pairs they never saw.",
        f'fitted_on = "{len(pairs)} labelled pairs, sha256 {digest.hexdigest()[:16]}"',
        f"bias = {model.bias:.3f}",
        f"# Above it {MIN_PRECISION} of the collapses are expected to be right.",
        f"threshold = {line:.3f}",
        "",
        "[weights]",
        *(f"{name} = {weight:.3f}" for name, weight in zip(names(), model.weights, strict=True)),
        "",
        "# Means of the pairs that are one story: what a comparison is explained against.",
        "[typical]",
        *(f"{name} = {mean:.3f}" for name, mean in zip(names(), pairs.x[pairs.same].mean(0), strict=True)),
    ]
    return "\n".join(lines) + "\n"
