"""Whole sets of articles through one index, in many orders: which stories come out, and whether the order decides."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from unittest.mock import patch

from datasketch import MinHashLSH
from rich.console import Console
from rich.table import Table

from benchmarks.clusters import adjusted_rand, bcubed, pairwise
from benchmarks.dedup_quality import PEERS, SAME, Peer, article, figures, read_jsonl, stories_of
from benchmarks.likeness import weights_without
from newscrawl.dedup import match

console = Console()


def stories_in_order(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The story of each (name, text) when all have come in this order, by the name of its anchor."""
    stories, _ = stories_of((name, article(name, text)) for name, text in texts)
    return stories


def peer_stories(peer: Peer, texts: Sequence[tuple[str, str]]) -> dict[str, str]:
    """A peer's stories: whatever hangs together by its LSH, as its tools cluster."""
    lsh = (
        MinHashLSH(num_perm=peer.num_perm, params=peer.params)
        if peer.params
        else MinHashLSH(threshold=peer.threshold, num_perm=peer.num_perm)
    )
    parent = {name: name for name, _ in texts}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for name, text in texts:
        minhash = peer.minhash(text)
        for other in lsh.query(minhash):
            parent[root(name)] = root(other)
        lsh.insert(name, minhash)
    return {name: root(name) for name in parent}


def days(labels: Path, collection: Path, shuffles: int, pairs: Sequence[Path]) -> None:
    """The labelled day set, a stretch at a time: ours in id order, reversed and shuffled, and the peers.

    `pairs`: labelled pairs on which, with the other stretch, weights are fitted that never saw this one.
    """
    text_of = {row["id"]: row["text"] for row in read_jsonl(collection)}
    rows = read_jsonl(labels)
    for stretch in sorted({row["stretch"] for row in rows}):
        truth = {row["id"]: row["story"] for row in rows if row["stretch"] == stretch}
        texts = [(name, text_of[name]) for name in truth]
        orders = {"id order": texts, "reversed": texts[::-1]}
        orders |= {f"shuffle {n}": random.Random(n).sample(texts, len(texts)) for n in range(shuffles)}
        ours = {order: stories_in_order(given) for order, given in orders.items()}
        table = Table("method", "order", "ARI", "BCubed P R F1", "pairwise P R F1")
        for order in ("id order", "reversed"):
            _row(table, "newscrawl", order, truth, ours[order])
        worst = min(ours, key=lambda order: adjusted_rand(truth, ours[order]))
        _row(table, "newscrawl", f"worst of {len(ours)}: {worst}", truth, ours[worst])
        sure = {row["id"]: row["story"] for row in rows if row["stretch"] == stretch and not row["doubtful"]}
        told = f"newscrawl, without {len(truth) - len(sure)} doubtful"
        _row(table, told, "id order", sure, {name: ours["id order"][name] for name in sure})
        if pairs:
            weights = weights_without(f"days {stretch}", pairs, collection, labels)
            with patch.object(match, "fitted_weights", lambda w=weights: w):
                _row(table, "newscrawl, fitted without these days", "id order", truth, stories_in_order(texts))
        for peer in PEERS:
            _row(table, peer.name, "any", truth, peer_stories(peer, texts))
        _row(table, "every article alone", "any", truth, {name: name for name in truth})
        partitions = {frozenset(_partition(found)) for found in ours.values()}
        console.print(f"stretch {stretch}: {len(truth)} articles, {len(set(truth.values()))} stories", table)
        console.print(f"{len(partitions)} different answer(s) in {len(ours)} orders")


def orders(paths: Sequence[Path], shuffles: int) -> None:
    """All texts of labelled pairs through one index, in many orders: how F1 over the pairs spreads."""
    pairs = [row for path in paths for row in read_jsonl(path)]
    text_of = {text: f"text {n}" for n, text in enumerate(dict.fromkeys(_texts(pairs)))}
    told = [(name, text) for text, name in text_of.items()]
    _spread(
        f"{len(pairs)} pairs, {len(told)} texts",
        told,
        shuffles,
        lambda found: figures(
            [(row["label"] in SAME, found[text_of[row["text_a"]]] == found[text_of[row["text_b"]]]) for row in pairs]
        ),
    )


def demo_orders(seed: int, shuffles: int) -> None:
    """The demo web's articles and copies in many orders."""
    from newscrawl.demo.truth import truth_of
    from newscrawl.demo.web import DemoWeb

    pages = [
        page
        for page in truth_of(DemoWeb.generate(seed=seed))["pages"]
        if page["expect"] in ("article", "duplicate") and page["story"]
    ]
    truth = {page["url"]: page["story"] for page in pages}
    told = [(page["url"], "\n".join(page["body"])) for page in pages]

    def scored(found: Mapping[str, str]) -> tuple[float, float, float]:
        scores = pairwise(truth, found)
        return scores.precision, scores.recall, scores.f1

    _spread(f"demo web {seed}, {len(told)} pages", told, shuffles, scored)


def _spread(
    name: str,
    told: Sequence[tuple[str, str]],
    shuffles: int,
    score: Callable[[Mapping[str, str]], tuple[float, float, float]],
) -> None:
    found = [stories_in_order(random.Random(n).sample(told, len(told))) for n in range(shuffles)]
    scores = [score(stories) for stories in found]
    least, most = min(s[2] for s in scores), max(s[2] for s in scores)
    console.print(
        f"{name}, {shuffles} shuffles: precision from {min(s[0] for s in scores):.3f}, F1 {least:.4f} to {most:.4f},"
        f" {len({frozenset(_partition(f)) for f in found})} different answer(s)"
    )


def _texts(pairs: Sequence[Mapping[str, str]]) -> list[str]:
    return [row[side] for row in pairs for side in ("text_a", "text_b")]


def _partition(found: Mapping[str, str]) -> set[frozenset[str]]:
    stories: dict[str, set[str]] = {}
    for name, story in found.items():
        stories.setdefault(story, set()).add(name)
    return {frozenset(names) for names in stories.values()}


def _row(table: Table, method: str, order: str, truth: Mapping[str, str], found: Mapping[str, str]) -> None:
    cubed, paired = bcubed(truth, found), pairwise(truth, found)
    table.add_row(
        method,
        order,
        f"{adjusted_rand(truth, found):.3f}",
        *(f"{s.precision:.3f} {s.recall:.3f} {s.f1:.3f}" for s in (cubed, paired)),
    )
