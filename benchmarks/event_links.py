"""Stories linked as one event: fitted on one stretch of the labelled days, tested on the other."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.clusters import bcubed
from benchmarks.dedup_orders import stories_in_order
from benchmarks.dedup_quality import read_jsonl
from newscrawl.tables.events import LINE, Line, Told, event_words, link

console = Console()

# The texts of the collection say no time, but the newest comes first, and the weekdays that they name go round once in
# about 105 of them: 15 a day.
_A_DAY = 15
_FIRST = 20_000.0
_GRID = tuple(
    itertools.starmap(
        Line, itertools.product((0.12, 0.14, 0.16, 0.18, 0.22), (0.1, 0.15, 0.2, 0.25), (0.0, 0.02, 0.04))
    )
)
# Other articles of the collection that are put into the days of a stretch, at random: a broadcaster has 15 a day, an
# archive of a hundred sites thousands. None of them is of an event of these days, but by chance.
_CROWDS = (0, 900, 4_000)
_SLICE = 10
_SHUFFLES = 5
_RATES = (8_000, 64_000)


@dataclass(frozen=True)
class _Stretch:
    """Consecutive articles: event by article, story by article as newscrawl collapses them, its stories."""

    truth: Mapping[str, str]
    story_of: Mapping[str, str]
    told: Sequence[Told]

    def f1(self, line: Line, crowd: Sequence[Told] = ()) -> float:
        """BCubed F1 of the articles' events; what is linked with one of the crowd is wrong."""
        return self.score(linked([*self.told, *crowd], line), crowd)

    def score(self, events: Mapping[str, str], crowd: Sequence[Told] = ()) -> float:
        """BCubed F1 of the labelled articles, over them and a crowd that is in no event with them."""
        alone = {story.story_id: story.story_id for story in crowd}
        found = {name: events[story] for name, story in self.story_of.items()} | {n: events[n] for n in alone}
        return bcubed(dict(self.truth) | alone, found, of=self.truth.keys()).f1


def events(labels: Path, collection: Path) -> None:
    """Print BCubed F1 in sample and of the other stretch, in order and in slices at random, and stories a second."""
    text_of = {row["id"]: row["text"] for row in read_jsonl(collection)}
    rows = read_jsonl(labels)
    stretches = {n: _stretch([row for row in rows if row["stretch"] == n], text_of) for n in (1, 2)}
    others = [name for name in text_of if name not in {row["id"] for row in rows}]
    words = {name: event_words("", text_of[name]) for name in others}
    crowds = {n: [_crowd(stretch, words, size, n) for size in _CROWDS] for n, stretch in stretches.items()}
    grid = {
        (n, line): [stretch.f1(line, crowd) for crowd in crowds[n]]
        for n, stretch in stretches.items()
        for line in _GRID
    }
    table = Table(
        "fitted on",
        "line",
        *(f"with {size:,} others" for size in _CROWDS),
        "stories alone",
        "collapsed",
        title="tested",
    )
    for n, other in ((1, 2), (2, 1)):
        best = max(_GRID, key=lambda line: sum(grid[n, line]))
        tested = stretches[other]
        table.add_row(
            f"stretch {n}", f"{best.likeness} {best.per_log_days} {best.per_log_stories}",
            *(f"{score:.3f} ({there:.3f})" for score, there in zip(grid[other, best], grid[n, best], strict=True)),
            f"{bcubed(tested.truth, {name: name for name in tested.truth}).f1:.3f}",
            f"{bcubed(tested.truth, tested.story_of).f1:.3f}",
        )  # fmt: skip
    console.print(table, "tested on the other stretch, in brackets on its own", sep="\n")
    both = max(_GRID, key=lambda line: sum(grid[1, line]) + sum(grid[2, line]))
    console.print(f"fitted on both: {both}, in sample {grid[1, both]} and {grid[2, both]}")
    for n, stretch in stretches.items():
        found = [stretch.score(_piecemeal(stretch.told, seed)) for seed in range(_SHUFFLES)]
        console.print(f"stretch {n}, as shipped, in slices of {_SLICE} at random: {min(found):.3f} to {max(found):.3f}")
    _rates([text_of[row["id"]] for row in read_jsonl(collection)])


def linked(told: Iterable[Told], line: Line = LINE) -> dict[str, str]:
    """The event of each story, linked day by day."""
    stories = {story.story_id: story for story in told}
    for day in sorted({int(story.at) for story in stories.values()}):
        found = link(stories.values(), day, line)
        stories |= {name: replace(stories[name], event_id=event) for name, event in found.items()}
    return {name: story.event_id or name for name, story in stories.items()}


def _stretch(rows: Sequence[Mapping[str, str]], text_of: Mapping[str, str]) -> _Stretch:
    story_of = stories_in_order((row["id"], text_of[row["id"]]) for row in rows)
    at = {row["id"]: _FIRST - n / _A_DAY for n, row in enumerate(rows)}
    told = [Told(name, at[name], event_words("", text_of[name]), None) for name in sorted(set(story_of.values()))]
    return _Stretch({row["id"]: row["event"] for row in rows}, story_of, told)


def _crowd(stretch: _Stretch, words: Mapping[str, NDArray[np.int64]], size: int, seed: int) -> list[Told]:
    chance = random.Random(seed)
    first, last = (edge(story.at for story in stretch.told) for edge in (min, max))
    return [Told(name, chance.uniform(first, last), words[name], None) for name in chance.sample(sorted(words), size)]


def _piecemeal(told: Sequence[Told], seed: int) -> dict[str, str]:
    order = random.Random(seed).sample(told, len(told))
    events: dict[str, str] = {}
    known: list[Told] = []
    for first in range(0, len(order), _SLICE):
        new = order[first : first + _SLICE]
        events |= linked([*known, *new])
        known += [replace(story, event_id=events[story.story_id]) for story in new]
    return events


def _rates(texts: Sequence[str]) -> None:
    began = time.process_time()
    words = [event_words("", text) for text in texts]
    console.print(f"words: {len(texts) / (time.process_time() - began):,.0f} stories a second of CPU")
    chance = np.random.default_rng(1)
    for number in _RATES:
        # Halves of two stories: as many words in common as stories have, and few events.
        made = [np.concatenate([words[chance.integers(len(words))][:75] for _ in range(2)]) for _ in range(number)]
        told = [Told(str(n), _FIRST + 4 * chance.random(), made[n], None) for n in range(number)]
        began = time.process_time()
        linked(told)
        console.print(f"{number:,} stories in four days: {number / (time.process_time() - began):,.0f} a second of CPU")
