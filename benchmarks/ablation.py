"""What each pruning rule and class word earns and costs: `python -m benchmarks.ablation FOLDER ...` (`corpora`).

Every element that a rule takes is looked up in the page's gold text and in what trafilatura makes of the page as
served. Gold words that it takes are its cost; words that trafilatura would have kept and the gold has not are what it
earns. What neither has (menus) counts for nothing: trafilatura leaves it out by itself.
"""

from __future__ import annotations

import logging
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import corpora
from newscrawl.extraction.decode import decode
from newscrawl.extraction.metadata import metadata
from newscrawl.extraction.prune import prune
from newscrawl.text import hindi

# Words are looked up in runs of so many: a single word stands everywhere.
_RUN = 4
# A rule with fewer words on either side is not judged.
_LEAST_WORDS = 20

Taking = tuple[str, str, int, int]


def takings(page: corpora.GoldPage) -> list[Taking]:
    """(rule, reason, gold words taken, words of trafilatura's that are not in the gold) of each element pruned."""
    logging.disable(logging.CRITICAL)
    tree = prune.parse(decode(page.html, "text/html"))
    if tree is None:
        return []
    alive = list(tree.iter())  # noqa: F841  # or lxml makes a Python object of each element anew
    meta = metadata.read(tree, corpora.page_of(page, corpora.ANY))
    gold = set().union(*map(_runs, page.right))
    junk = _runs(corpora.trafilatura_text(page.html, page.url)) - gold
    pruned = prune.prune(tree, title=meta.title, summary=meta.summary)
    found = []
    for taken in pruned.taken:
        runs = _runs(" ".join(taken.element.itertext()))
        found.append((taken.rule, taken.reason, len(runs & gold), len(runs & junk)))
    return found


def _runs(text: str) -> set[tuple[str, ...]]:
    words = hindi.words(hindi.fold(hindi.clean(text)))
    return {tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}


def main() -> None:
    """Print the table of rules, the dearest first."""
    folders = [Path(name) for name in sys.argv[1:]]
    if not folders:
        raise SystemExit("name at least one folder with a gold.jsonl")
    pages = [page for folder in folders for page in corpora.pages(folder) if page.right]
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    with ProcessPoolExecutor() as processes:
        for found in processes.map(takings, pages, chunksize=4):
            for rule, reason, gold, junk in found:
                one = sums[rule, reason]
                one[0] += gold
                one[1] += junk
                one[2] += bool(gold or junk)
    table = Table("rule", "reason", "elements", "gold words taken", "junk words taken", title=f"{len(pages)} pages")
    for (rule, reason), (gold, junk, elements) in sorted(sums.items(), key=lambda s: s[1][0] - s[1][1]):
        if max(gold, junk) >= _LEAST_WORDS:
            table.add_row(rule, reason, f"{elements}", f"{gold:,}", f"{junk:,}")
    gold, junk = (sum(one[i] for one in sums.values()) for i in range(2))
    table.add_row("all", "", "", f"{gold:,}", f"{junk:,}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
