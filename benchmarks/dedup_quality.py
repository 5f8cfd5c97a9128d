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
from newscrawl.items import Article, Duplicate
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
        lsh.insert("a", self._minhash(a))
        return bool(lsh.query(self._minhash(b)))

    def _minhash(self, text: str) -> MinHash:
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


@dataclass(slots=True)
class Result:
    """Counts of one method over labelled pairs, both directions."""

    found: Counter[tuple[str, bool]]

    def _sum(self, labels: frozenset[str], *, found: bool) -> int:
        return sum(n for (label, hit), n in self.found.items() if hit is found and label in labels)

    @property
    def precision(self) -> float:
        """Share of the collapsed pairs that are copy or version."""
        collapsed = sum(n for (_, hit), n in self.found.items() if hit)
        return self._sum(SAME, found=True) / collapsed if collapsed else 1.0

    def recall(self, labels: frozenset[str] = SAME) -> float:
        """Share of the pairs with these labels that collapsed."""
        hits = self._sum(labels, found=True)
        return hits / max(1, hits + self._sum(labels, found=False))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall of copies and versions."""
        p, r = self.precision, self.recall()
        return 2 * p * r / (p + r) if p + r else 0.0


def judge_pairs(pairs: list[dict[str, Any]], method: Callable[[str, str], bool]) -> Result:
    """Each pair in both orders."""
    found: Counter[tuple[str, bool]] = Counter()
    for pair in pairs:
        for a, b in ((pair["text_a"], pair["text_b"]), (pair["text_b"], pair["text_a"])):
            found[pair["label"], method(a, b)] += 1
    return Result(found)


def pairs(path: Path) -> None:
    """(a) Labelled pairs: precision, recall, F1, recall of copies; ours beside the peers."""
    labelled = [p for p in read_jsonl(path) if p["label"] in SAME | {"event", "different"}]
    table = Table("method", "precision", "recall", "F1", "copies recalled", title=f"{len(labelled)} pairs, both orders")

    def pair_function(a: str, b: str) -> bool:
        return compare(words_of(a), words_of(b)).relation is not None

    for name, method in (
        ("newscrawl, through the index", through_index),
        ("newscrawl, verification alone", pair_function),
        *((peer.name, peer) for peer in PEERS),
    ):
        result = judge_pairs(labelled, method)
        copies = result.recall(frozenset({"copy"}))
        table.add_row(name, *(f"{x:.3f}" for x in (result.precision, result.recall(), result.f1, copies)))
    console.print(table)


def collection(path: Path, sample: int) -> None:
    """(b) A collection in order through one index: what collapsed, the weakest collapses, the largest cluster."""
    texts = {str(row["id"]): row["text"] for row in read_jsonl(path)}
    articles = [article(name, text) for name, text in texts.items()]
    names = {a.id: name for a, name in zip(articles, texts, strict=True)}
    index = new_index()
    started = time.perf_counter()
    duplicates = [v for a in articles if isinstance(v := judge(a, index), Duplicate)]
    seconds = time.perf_counter() - started
    relations = Counter(d.relation.value for d in duplicates)
    console.print(
        f"{len(articles):,} texts, {len(duplicates):,} collapsed {dict(relations)},"
        f" {len(articles) / seconds:,.0f} a second"
    )
    told = []
    for d in duplicates:
        anchor = texts[names[d.duplicate_of]]
        told.append(
            (compare(words_of(d.article.text), words_of(anchor)).told, names[d.article.id], names[d.duplicate_of])
        )
    for score, name, anchor_name in sorted(told)[:sample]:
        console.rule(f"told {score:.3f}: {name} fell to {anchor_name}")
        console.print(f"[bold]anchor[/] {texts[anchor_name]}\n[bold]collapsed[/] {texts[name]}", highlight=False)
    clusters: dict[str, list[str]] = defaultdict(list)
    for d in duplicates:
        clusters[names[d.duplicate_of]].append(names[d.article.id])
    anchor_name, members = max(clusters.items(), key=lambda c: len(c[1]))
    console.rule(f"largest cluster: {len(members)} texts fell to {anchor_name}")
    if sample:
        for name in [anchor_name, *members]:
            console.print(f"[bold]{name}[/] {texts[name]}", highlight=False)
    # Deterministic figure for comparing two runs.
    digest = hashlib.sha256(json.dumps(sorted((b, a) for _, a, b in told)).encode()).hexdigest()[:12]
    console.print(f"fingerprint of the collapses: {digest}")


def demo(seed: int) -> None:
    """(b) The demo web's truth: what should have collapsed and did not, and the other way round."""
    from newscrawl.demo.truth import truth_of
    from newscrawl.demo.web import DemoWeb

    pages = [p for p in truth_of(DemoWeb.generate(seed=seed))["pages"] if p["expect"] in ("article", "duplicate")]
    index, story_of = new_index(), {}
    wrong: list[str] = []
    kept: Counter[str] = Counter()
    for number, page in enumerate(pages):
        text = "\n".join(page["body"])
        verdict = judge(article(str(number), text, page["title"]), index)
        if isinstance(verdict, Duplicate):
            if story_of[verdict.duplicate_of] != page["story"]:
                wrong.append(f"{page['relation']} {page['url']}")
        else:
            kept[page["story"]] += 1
            story_of[verdict.id] = page["story"]
    twice = [story for story, n in kept.items() if n > 1]
    console.print(
        f"demo web {seed}: {len(pages)} pages, {len(kept)} stories, wrongly collapsed {wrong}, kept twice {twice}"
    )
