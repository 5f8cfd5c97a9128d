"""Fit the odds that a page which does not say that it is an article is one.

    python -m benchmarks.story_odds FOLDER ...

The folders are read as in `corpora`; a page with a gold text is a story, one without is none. Prints the weights of
`newscrawl.extraction.verdict.kind`, and by fold (halves by site, five of them) what a threshold loses and takes.
"""

from __future__ import annotations

import hashlib
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import corpora
from newscrawl.extraction.verdict import kind

_FOLDS = 5
_THRESHOLDS = (0.05, 0.11, 0.15, 0.2, 0.3)


def signs(page: corpora.GoldPage) -> tuple[dict[str, float], str, bool, str] | None:
    """The signs of a page that is judged by its odds, its kind, whether it is a story, its host; None of any other."""
    seen: list[dict[str, float]] = []

    def look(found: dict[str, float]) -> float:
        seen.append(found)
        return 1.0

    with patch.object(kind, "odds", look):
        corpora.extracted(page, corpora.ANY)
    return (seen[0], page.kind, bool(page.right), urlsplit(page.url).netloc) if seen else None


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Logistic regression by Newton's method, with a ridge of one on all but the constant."""
    weights = np.zeros(x.shape[1])
    ridge = np.r_[0, np.ones(x.shape[1] - 1)]
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ weights))
        weights -= np.linalg.solve((x.T * (p * (1 - p))) @ x + np.diag(ridge), x.T @ (p - y) + ridge * weights)
    return weights


def main() -> None:
    """Fit and print."""
    pages = [page for folder in sys.argv[1:] for page in corpora.pages(Path(folder))]
    if not pages:
        raise SystemExit("name at least one folder with a gold.jsonl")
    with ProcessPoolExecutor() as processes:
        rows = [row for row in processes.map(signs, pages, chunksize=4) if row]
    names = list(kind.WEIGHTS)
    x = np.array([[row[0][name] for name in names] for row in rows], float)
    y = np.array([row[2] for row in rows], float)
    fold = np.array([int(hashlib.md5(row[3].encode()).hexdigest(), 16) % _FOLDS for row in rows])
    held = np.zeros(len(rows))
    for one in range(_FOLDS):
        held[fold == one] = 1 / (1 + np.exp(-x[fold == one] @ fit(x[fold != one], y[fold != one])))
    console = Console()
    console.print({name: round(float(weight), 2) for name, weight in zip(names, fit(x, y), strict=True)})
    kinds = sorted({row[1] for row in rows if not row[2]})
    table = Table("odds", f"stories lost of {int(y.sum())}", *kinds, title="held out")
    for least in _THRESHOLDS:
        taken = [
            sum(row[1] == one and not row[2] and p >= least for row, p in zip(rows, held, strict=True)) for one in kinds
        ]
        lost = sum(row[2] and p < least for row, p in zip(rows, held, strict=True))
        table.add_row(f"{least}", f"{lost}", *map(str, taken))
    console.print(table)


if __name__ == "__main__":
    main()
