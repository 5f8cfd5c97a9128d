"""`scrapy bucket dedupe` on an engine: groups of articles that meet, looked at wherever there is a core.

What a group's articles move has nothing to do with any other group (`dedup.meetings`), so each goes with its rows and
texts to a machine that knows nothing else, and is looked at there by the very code of this one (`dedup.excerpts`). What
comes back are moves. A killed call leaves out what it has committed: those are one story by then, and meet nobody.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.excerpts import Places, cut, excerpt, pairs_of, wanted
from newscrawl.dedup.match import Comparison
from newscrawl.dedup.meetings import Meetings
from newscrawl.items import Move
from newscrawl.run.run import Run
from newscrawl.workers.on_daft import Plan
from newscrawl.workers.plan_work import Compare, Look

# Articles of a task, a second's work or less; and of a round, after which is committed: a minute of two cores, 60 MB.
_OF_A_TASK, _OF_A_ROUND = 500, 40_000
# An engine takes ten seconds to begin.
_FEWEST = 10_000
# Pairs of a task, a second's work or less; and of a round, as above.
_PAIRS_OF_A_TASK, _PAIRS_OF_A_ROUND = 1_000, 60_000

Commit = Callable[[list[Move]], None]


def join_by_plan(
    run: Run, met: Meetings, asked: NDArray[np.int64], commit: Commit, say: Callable[[int, int, str], None]
) -> int:
    """Look at articles by their names, in the order of the archive; returns how many moved.

    Groups that are not to be looked at elsewhere are marked in `met.apart`.
    """
    places, looks = wanted(met, asked)
    done = moved = 0
    if not len(places):
        return 0
    plan = Plan(run.config.engine, Look(), run.config.workers)
    try:
        for round_places, round_looks in cut(met, places, looks, _OF_A_ROUND):
            tasks = [_task(run, met, *some) for some in cut(met, round_places, round_looks, _OF_A_TASK)]
            found: dict[int, list[tuple[Move, ...]]] = {at: pickle.loads(moves) for at, moves in plan.work(tasks)}
            now = datetime.now(UTC)
            moves = [move for at in sorted(found) for together in found[at] for move in _timed(run, together, now)]
            commit(moves)
            moved += len({move.article_id for move in moves})
            done += len(round_places)
            say(done, len(places), "articles that meet another story's")
    finally:
        plan.close()
    return moved


def _timed(run: Run, moves: tuple[Move, ...], now: datetime) -> list[Move]:
    """What one article moves, later than what any before it did."""
    moved_at = run.archive.index.move_time(now, [move.article_id for move in moves])
    return [replace(move, moved_at=moved_at) for move in moves]


def _task(run: Run, met: Meetings, places: Places, looks: Places) -> bytes:
    numbers, asked = met.number[places].tolist(), met.number[looks].tolist()
    return pickle.dumps(excerpt(run.archive.state.db, numbers, asked))


class Comparing:
    """Comparisons on an engine, for what is looked at here: of a real archive many articles meet by a phrase that one
    took from another, all in one group, and nine of ten comparisons find just that."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._plan: Plan | None = None

    def of(self, names: list[tuple[str, str]]) -> dict[frozenset[str], Comparison | None]:
        """The comparisons of pairs of articles; none where they are so few that they are made here as soon."""
        asked = list({frozenset(pair): pair for pair in names}.values())
        if len(asked) < _FEWEST:
            return {}
        found: dict[frozenset[str], Comparison | None] = {}
        for start in range(0, len(asked), _PAIRS_OF_A_ROUND):
            part = asked[start : start + _PAIRS_OF_A_ROUND]
            pieces = [part[n : n + _PAIRS_OF_A_TASK] for n in range(0, len(part), _PAIRS_OF_A_TASK)]
            tasks = [pickle.dumps(pairs_of(self._run.archive.index, piece)) for piece in pieces]
            self._plan = self._plan or Plan(self._run.config.engine, Compare(), self._run.config.workers)
            for at, comparisons in self._plan.work(tasks):
                found |= zip(map(frozenset, pieces[at]), pickle.loads(comparisons), strict=True)
        return found

    def close(self) -> None:
        """End the engine, if it was needed."""
        if self._plan:
            self._plan.close()
