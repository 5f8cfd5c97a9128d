"""What each rule, class word and phrase earns and costs: `python -m benchmarks.ablation FOLDER ...` (`corpora`).

Every element that a rule takes is looked up in the page's gold text and in what trafilatura makes of the page as
served. Gold words that it takes are its cost; words that trafilatura would have kept and the gold has not are what it
earns. What neither has (menus) counts for nothing: trafilatura leaves it out by itself.

A second table is of the lines that cleaning cuts from what the two ways of reading found that every page is read in,
by phrase: words of lines that stand in the gold, and of such as do not. `--texts FILE` (gzipped JSON lines with `text`)
has stories as their publisher gives them: each line cut there is named, for a person to read.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import corpora
from newscrawl.extraction.clean import boilerplate, phrases
from newscrawl.extraction.decode import decode
from newscrawl.extraction.elements import Elements
from newscrawl.extraction.metadata import metadata
from newscrawl.extraction.prune import prune
from newscrawl.extraction.story import Steps, steps
from newscrawl.text import hindi

# Words are looked up in runs of so many: a single word stands everywhere.
_RUN = 4
# A rule with fewer words on either side is not judged.
_LEAST_WORDS = 20

Taking = tuple[str, str, int, int]
# Words of a line that stands in the gold as part of a longer one; fewer stand in any text by chance.
_LINE_WORDS = 4


def takings(page: corpora.GoldPage) -> list[Taking]:
    """(rule, reason, gold words taken, words of trafilatura's that are not in the gold) of each element pruned."""
    logging.disable(logging.CRITICAL)
    tree = prune.parse(decode(page.html, "text/html"))
    if tree is None:
        return []
    elements = Elements(tree)
    meta = metadata.read(elements, corpora.page_of(page, corpora.ANY))
    gold = set().union(*map(_runs, page.right))
    junk = _runs(corpora.trafilatura_text(page.html, page.url)) - gold
    pruned = prune.prune(tree, title=meta.title, summary=meta.summary)
    found = []
    for taken in pruned.taken:
        runs = _runs(" ".join(taken.element.itertext()))
        found.append((taken.rule, taken.reason, len(runs & gold), len(runs & junk)))
    return found


def cuttings(page: corpora.GoldPage) -> list[Taking]:
    """("line", why, words of the gold, words that are not) of each line that cleaning cut."""
    logging.disable(logging.CRITICAL)
    found = steps(corpora.page_of(page, corpora.ANY))
    if not isinstance(found, Steps):
        return []
    lines = {phrases.squeeze(line) for text in page.right for line in text.split("\n")}
    gold = " ".join(phrases.squeeze(text) for text in page.right)
    cut = {cut: None for read in (found.read.pruned, found.read.densest) for cut in found.clean(read).cut}
    told = []
    for line, why in cut:
        said, words = phrases.squeeze(line), hindi.word_count(line)
        right = said in lines or (words >= _LINE_WORDS and said in gold)
        told.append(("line", why, words * right, words * (not right)))
    return told


def cut_from(text: str) -> list[tuple[str, str]]:
    """The lines that a phrase cuts from a story as its publisher gives it, and which."""
    lines = [line for line in hindi.clean(text).split("\n") if line]
    return [(line, why) for line, why in boilerplate.strip(lines, None).cut if "phrase" in why and phrases.key(line)]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = hindi.words(hindi.fold(hindi.clean(text)))
    return {tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}


def main() -> None:
    """Print the tables, the dearest first, and the lines cut from texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="folder with a gold.jsonl")
    parser.add_argument("--texts", type=Path, action="append", default=[], help="a collection of stories")
    asked = parser.parse_args()
    pages = [page for folder in asked.folders for page in corpora.pages(folder) if page.right]
    console = Console(width=120)
    with ProcessPoolExecutor() as processes:
        for what in (takings, cuttings):
            console.print(_table(processes.map(what, pages, chunksize=4), f"{len(pages)} pages: {what.__name__}"))
        texts = [
            json.loads(row)["text"] for file in asked.texts for row in gzip.decompress(file.read_bytes()).splitlines()
        ]
        cut = [found for some in processes.map(cut_from, texts, chunksize=64) for found in some]
    for line, why in cut:
        console.print(f"{why}: {line}", markup=False)
    if texts:
        console.print(f"{len(texts):,} texts: phrases cut {len(cut)} lines")


def _table(takings: Iterable[list[Taking]], title: str) -> Table:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for found in takings:
        for rule, reason, gold, junk in found:
            one = sums[rule, reason]
            one[0] += gold
            one[1] += junk
            one[2] += bool(gold or junk)
    table = Table("rule", "reason", "taken", "gold words", "junk words", title=title)
    for (rule, reason), (gold, junk, taken) in sorted(sums.items(), key=lambda s: s[1][0] - s[1][1], reverse=True):
        if max(gold, junk) >= _LEAST_WORDS:
            table.add_row(rule, reason, f"{taken}", f"{gold:,}", f"{junk:,}")
    gold, junk = (sum(one[i] for one in sums.values()) for i in range(2))
    table.add_row("all", "", "", f"{gold:,}", f"{junk:,}")
    return table


if __name__ == "__main__":
    main()
