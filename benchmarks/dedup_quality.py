"""Near-duplicate quality: labelled pairs and whole collections, through the index and through peers' defaults."""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from datasketch import MinHash, MinHashLSH
from rich.console import Console
from rich.table import Table

from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.judge import judge
from newscrawl.dedup.match import compare
from newscrawl.dedup.signature import signature
from newscrawl.dedup.words import words_of
from newscrawl.items import Article, Duplicate, Unchanged
from newscrawl.text import hindi

console = Console()
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
SAME = frozenset({"copy", "version"})


def article(name: str, text: str, title: str = "") -> Article:
    """A text as extraction would hand it over, under a URL of its own."""
    url = f"https://benchmark.example/{name}"
    return Article(
        id=hashlib.sha256(url.encode()).hexdigest()[:32],
        discovered_url=url,
        url=url,
        canonical_url=url,
        site="benchmark",
        title=title or name,
        text=text,
        fetched_at=_NOW,
        language="hi",
        word_count=len(text.split()),
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        signature=signature(text),
    )


def new_index() -> DedupIndex:
    """An empty index in memory."""
    return DedupIndex(sqlite3.connect(":memory:", isolation_level=None))


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file, gzipped or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        return [json.loads(line) for line in lines]


def through_index(a: str, b: str) -> bool:
    """Whether `b` collapses into `a`, candidates and verification included."""
    index = new_index()
    judge(article("a", a), index)
    return isinstance(judge(article("b", b), index), Duplicate)


@dataclass(frozen=True, slots=True)
class Peer:
    """A near-duplicate default of another tool: shingles, bands x rows or a threshold for datasketch's own choice."""

    name: str
    shingles: Callable[[str], Iterable[str]]
    num_perm: int
    params: tuple[int, int] | None = None
    threshold: float = 0.9

    def __call__(self, a: str, b: str) -> bool:
        lsh = (
            MinHashLSH(num_perm=self.num_perm, params=self.params)
            if self.params
            else MinHashLSH(threshold=self.threshold, num_perm=self.num_perm)
        )
        lsh.insert("a", self.minhash(a))
        return bool(lsh.query(self.minhash(b)))

    def minhash(self, text: str) -> MinHash:
        """The MinHash of a text."""
        minhash = MinHash(num_perm=self.num_perm)
        minhash.update_batch([s.encode() for s in set(self.shingles(text))])
        return minhash


def _words(n: int) -> Callable[[str], Iterable[str]]:
    def make(text: str) -> Iterable[str]:
        words = hindi.words(hindi.fold(text))
        return (" ".join(words[i : i + n]) for i in range(max(1, len(words) - n + 1)))

    return make


def _chars(n: int) -> Callable[[str], Iterable[str]]:
    def make(text: str) -> Iterable[str]:
        folded = " ".join(hindi.fold(text).split())
        return (folded[i : i + n] for i in range(max(1, len(folded) - n + 1)))

    return make


# The normalisation is ours for all of them: without it Hindi texts fall apart before the comparison begins.
PEERS = (
    Peer("datasketch: words, 128, 0.9", _words(1), 128),
    Peer("text-dedup: word 5-grams, 256, 0.7", _words(5), 256, threshold=0.7),
    Peer("datatrove: word 5-grams, 14 x 8", _words(5), 112, (14, 8)),
    Peer("NeMo-Curator: char 24-grams, 20 x 13", _chars(24), 260, (20, 13)),
)


def figures(found: Iterable[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of (is one story, was taken for one)."""
    counts = Counter(found)
    right, wrong, missed = counts[True, True], counts[False, True], counts[True, False]
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def pairs(path: Path) -> None:
    """(a) Labelled pairs: precision, recall, F1, recall of copies; ours beside the peers."""
    labelled = [p for p in read_jsonl(path) if p["label"] in SAME | {"event", "different"}]
    table = Table("method", "precision", "recall", "F1", "copies recalled", title=f"{len(labelled)} pairs, both orders")

    def pair_function(a: str, b: str) -> bool:
        return compare(words_of(a), words_of(b)).relation is not None

    methods: list[tuple[str, Callable[[str, str], bool]]] = [
        ("newscrawl, through the index", through_index),
        ("newscrawl, verification alone", pair_function),
        *((peer.name, peer) for peer in PEERS),
    ]
    for name, method in methods:
        found = []
        for pair in labelled:
            for a, b in ((pair["text_a"], pair["text_b"]), (pair["text_b"], pair["text_a"])):
                found.append((pair["label"], method(a, b)))
        copies = [hit for label, hit in found if label == "copy"]
        scores = (*figures((label in SAME, hit) for label, hit in found), sum(copies) / max(1, len(copies)))
        table.add_row(name, *(f"{x:.3f}" for x in scores))
    console.print(table)


def stories_of(articles: Iterable[tuple[str, Article]]) -> tuple[dict[str, str], int]:
    """The story of each (name, article) when all have come in this order, by the name of its anchor; and the moves."""
    index = new_index()
    name_of: dict[str, str] = {}
    story_of: dict[str, str] = {}
    moved = 0
    for name, given in articles:
        verdict = judge(given, index)
        assert not isinstance(verdict, Unchanged), f"{name} came twice"
        kept = verdict.article if isinstance(verdict, Duplicate) else verdict
        name_of[kept.id], story_of[kept.id] = name, str(kept.story_id)
        story_of |= {move.article_id: move.story_id for move in kept.moves}
        moved += len(kept.moves)
    return {name_of[article_id]: name_of[story] for article_id, story in story_of.items()}, moved


def collection(path: Path, sample: int) -> None:
    """(b) A collection in order through one index: what collapsed, the weakest collapses, the largest story."""
    texts = {str(row["id"]): row["text"] for row in read_jsonl(path)}
    articles = [article(name, text) for name, text in texts.items()]
    started = time.perf_counter()
    story_of, moved = stories_of(zip(texts, articles, strict=True))
    seconds = time.perf_counter() - started
    collapsed = {name: story for name, story in story_of.items() if name != story}
    compared = {name: compare(words_of(texts[name]), words_of(texts[story])) for name, story in collapsed.items()}
    relations = Counter(str(found.relation) for found in compared.values())
    console.print(
        f"{len(articles):,} texts, {len(collapsed):,} collapsed {dict(relations)}, {moved} moves,"
        f" {len(articles) / seconds:,.0f} a second"
    )
    for name in sorted(collapsed, key=lambda name: compared[name].likeness)[:sample]:
        console.rule(f"likeness {compared[name].likeness:+.2f}: {name} fell to {collapsed[name]}")
        console.print(
            f"[bold]anchor[/] {texts[collapsed[name]]}\n[bold]collapsed[/] {texts[name]}", highlight=False, markup=True
        )
    stories: dict[str, list[str]] = defaultdict(list)
    for name, story in collapsed.items():
        stories[story].append(name)
    anchor, members = max(stories.items(), key=lambda c: len(c[1]))
    console.rule(f"largest story: {len(members)} texts fell to {anchor}")
    # Deterministic figure for comparing two runs.
    digest = hashlib.sha256(json.dumps(sorted(collapsed.items())).encode()).hexdigest()[:12]
    console.print(f"fingerprint of the collapses: {digest}")
