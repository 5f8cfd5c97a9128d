"""The labelled day set is well formed: what its README says of the two files holds."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from tests.support import ROOT

DATA = ROOT / "benchmarks" / "data"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="ascii").splitlines()]


ARTICLES = lines("dayset.jsonl")
PAIRS = lines("dayset_pairs.jsonl")
BY_ID = {article["id"]: article for article in ARTICLES}


def number(name: str) -> int:
    return int(name.removeprefix("dd-"))


def test_each_article_is_there_once_in_the_order_of_its_number() -> None:
    assert all(article.keys() == {"id", "stretch", "story", "event", "doubtful"} for article in ARTICLES)
    assert all(number(a["id"]) < number(b["id"]) for a, b in pairwise(ARTICLES))
    assert Counter(article["stretch"] for article in ARTICLES) == {1: 300, 2: 300}
    assert {type(article["doubtful"]) for article in ARTICLES} == {bool}


def test_the_stretches_lie_far_apart() -> None:
    last, first = (
        edge(number(article["id"]) for article in ARTICLES if article["stretch"] == stretch)
        for edge, stretch in ((max, 1), (min, 2))
    )
    assert first - last > 1000


@pytest.mark.parametrize("kind", ["story", "event"])
def test_a_cluster_has_the_name_of_its_first_article(kind: str) -> None:
    first: dict[str, str] = {}
    for article in ARTICLES:
        assert first.setdefault(article[kind], article["id"]) == article[kind]
        assert BY_ID[article[kind]]["stretch"] == article["stretch"]


def test_a_story_lies_within_one_event() -> None:
    assert all(BY_ID[article["story"]]["event"] == article["event"] for article in ARTICLES)


def test_each_pair_is_there_once_and_says_what_the_clusters_say() -> None:
    assert len({(pair["a"], pair["b"]) for pair in PAIRS}) == len(PAIRS)
    for pair in PAIRS:
        a, b = BY_ID[pair["a"]], BY_ID[pair["b"]]
        assert number(a["id"]) < number(b["id"]) and a["stretch"] == b["stretch"]
        if a["story"] == b["story"]:
            assert pair["label"] in ("copy", "version")
        else:
            assert pair["label"] == ("event" if a["event"] == b["event"] else "different")
        assert pair["confidence"] in (1, 2, 3) and pair["seen"] in ("pair", "list", "scan")


def test_every_pair_of_an_event_was_judged() -> None:
    judged = {(pair["a"], pair["b"]) for pair in PAIRS}
    missing = [
        (a["id"], b["id"])
        for i, a in enumerate(ARTICLES)
        for b in ARTICLES[i + 1 :]
        if a["event"] == b["event"] and (a["id"], b["id"]) not in judged
    ]
    assert missing == []
