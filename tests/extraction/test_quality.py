"""The quality gate: floors fail what falls below them, and are asked only of the set that they were pinned on."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import corpora, quality


@pytest.fixture(autouse=True)
def logging_goes_on() -> Iterator[None]:
    """The measuring, made for processes of its own, turns logging off: the tests behind must not miss it."""
    yield
    logging.disable(logging.NOTSET)


def test_the_fixture_pages_are_above_their_floors() -> None:
    folder, gold, language = quality.sets(None, False, Path())["fixtures"]
    scored = [quality.score(page, language=language, peers=False) for page in corpora.pages(folder, gold)]
    floors = tomllib.loads(quality.FLOORS.read_text(encoding="utf-8"))
    got = quality.figures(scored)
    assert quality.misses("fixtures", floors, corpora.digest(folder, gold), got) == []
    assert {"f1", "rejected", "leaks", "taken"} <= got.keys()


def test_a_figure_below_its_floor_is_named_and_another_state_of_the_set_is_not_asked() -> None:
    floors = {"x": {"digest": "d", "least": {"f1": 0.9}, "most": {"leaks": 0}}}
    assert quality.misses("x", floors, "d", {"f1": 0.95, "leaks": 0}) == []
    assert len(quality.misses("x", floors, "d", {"f1": 0.85, "leaks": 2})) == 2
    assert quality.misses("x", floors, "other", {"f1": 0.1, "leaks": 9}) == []


def test_lines_that_run_into_one_are_counted() -> None:
    first, second, third = (f"{'पुल बनने से गांव का रास्ता छोटा हुआ और लोग खुश हैं ' * 2}{n}।" for n in ("एक", "दो", "तीन"))
    gold = "\n".join((first, second, third))
    assert corpora.run_together(gold, gold) == 0
    assert corpora.run_together(f"{first} {second}\n{third}", gold) == 1
    assert corpora.run_together(f"{first} {second} {third}", gold) == 2


def test_a_set_has_another_digest_when_its_gold_changes(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text('{"id": "1"}\n')
    before = corpora.digest(tmp_path)
    (tmp_path / "gold.jsonl").write_text('{"id": "2"}\n')
    assert corpora.digest(tmp_path) != before
