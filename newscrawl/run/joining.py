"""`scrapy bucket dedupe`: stories that were judged by runs which did not know of each other become one.

Shards crawl side by side, each with an index of what the bucket held when it began: copies that came to two of them in
the meantime are two stories. Here every article that was committed since the last call is looked at once more, as if it
came now, beside everything that the archive has, by the very code of the crawl (`dedup.judge.rejudge`). What belongs
elsewhere by that is a row of `moves`, as where a page shows it in a crawl, so readers and stories table follow.

Of many articles it is found out first which share anything with another story (`dedup.meetings`): the others have
nobody to be compared with. With `NEWSCRAWL_ENGINE` groups of articles that meet are looked at on many machines
(`run/joining_plan.py`), and what these cannot tell for certain is looked at here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from newscrawl.archive.read_back import stored_signature
from newscrawl.bucket.keys import Table
from newscrawl.bucket.reader import commit_records, read_parts
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.rollup import Named
from newscrawl.bucket.s3 import retry_outage
from newscrawl.dedup import judge
from newscrawl.dedup.looks import Looks
from newscrawl.dedup.meetings import meetings, name_of
from newscrawl.dedup.scene import Compared
from newscrawl.dedup.signature import header, signature
from newscrawl.doing import counted, doing
from newscrawl.items import Move, Outcome, Signature
from newscrawl.run.run import Run

# Articles that are looked at between two commits: seconds of work that a kill costs.
_ARTICLES = 5_000
# The same where an engine compares for them: its processes start anew for each round, in seconds.
_OF_AN_ENGINE = 30_000
# Batches that were looked at. What is lost with the state is only done once more: what is one story moves nothing.
_JOINED = "CREATE TABLE IF NOT EXISTS joined(run_id TEXT, seq INTEGER, PRIMARY KEY(run_id, seq)) WITHOUT ROWID"
_COLUMNS = ("id", "minhash", "keys", "shingles")
# Who meets whom is found out for the whole index, in 10 to 40 microseconds an article of it, and leaves out half the
# looks or more, 0.5 to 1 ms each: worth it where one article in so many is new.
_WORTH = 25


@dataclass(slots=True)
class Joined:
    """What was done: batches whose articles were looked at, these, and how many moved."""

    batches: int = 0
    articles: int = 0
    moved: int = 0


def join(run: Run, say: Callable[[int, int, str], None] = lambda done, of, what: None) -> Joined:
    """Look at the articles of every batch that no call has looked at; `say` is told how far it is, and of what.

    The run is open, and nothing else goes on in it; other runs may crawl on, and what they commit meanwhile is the
    next call's. Raises what a crawl's commit raises, and `StateLocked` while somebody mends the bucket.
    """
    done = Joined()
    db = run.archive.state.db
    db.execute(_JOINED)
    store, location = run.archive.store, run.archive.location
    with run.archive.alone():
        todo: list[Named] = db.execute(
            "SELECT run_id, seq FROM batches EXCEPT SELECT run_id, seq FROM joined ORDER BY run_id, seq"
        ).fetchall()
        done.moved += _found_anew(run)
        records = list(commit_records(store, location, todo))
        looks = Looks(run.archive.index, _meeting(run, records, done, say))
        for names, articles, compared in _compared(run, looks, _slices(run, records)):
            looks.compared = compared
            now = datetime.now(UTC)
            each = counted(articles, "looking at articles")
            moves = [move for name, made in each for move in looks.look(name, made, now)]
            done.batches += len(names)
            _commit(run, names, moves)
            done.articles += len(articles)
            done.moved += len({move.article_id for move in moves})
            say(done.batches, len(todo), "batches")
    return done


def found_anew(run: Run) -> int:
    """Have the stories whose anchor has no row any more one that has; returns how many articles moved.

    What a takedown leaves of a story would otherwise be in no view of one row a story. Raises what `join` does.
    """
    run.archive.state.db.execute(_JOINED)
    with run.archive.alone():
        return _found_anew(run)


def _found_anew(run: Run) -> int:
    index, now = run.archive.index, datetime.now(UTC)
    moves = [move for story in index.headless() for move in judge.found_anew(story, index, now)]
    if moves:
        _commit(run, [], moves)
    return len({move.article_id for move in moves})


def _meeting(
    run: Run, records: Sequence[CommitRecord], done: Joined, say: Callable[[int, int, str], None]
) -> NDArray[np.int64] | None:
    """The names of the articles that are to be looked at here; None: all, for they are few."""
    new = sum(part.rows for record in records for part in record.objects if part.table is Table.SIGNATURES)
    index = run.archive.index
    if new * _WORTH < index.size():
        return None
    doing("finding which articles share anything with another story")
    found = meetings(run.archive.state.db, index.expired_before, index.live_from, run.config.state_dir)
    left = found.meets
    if run.config.engine:
        from newscrawl.run.joining_plan import join_by_plan

        parts = read_parts(run.archive.store, run.archive.location, Table.SIGNATURES, ["id"], records)
        asked = np.fromiter((name_of(row) for _, data in parts for row in data["id"].to_pylist()), np.int64)
        done.moved += join_by_plan(run, found, asked, partial(_commit, run, []), say)
        left = left & found.apart[found.group]
    return np.sort(found.name[left])


_Article = tuple[str, Callable[[], Signature]]
_Slice = tuple[list[Named], list[_Article]]


def _compared(
    run: Run, looks: Looks, slices: Iterator[_Slice]
) -> Iterator[tuple[list[Named], list[_Article], Compared]]:
    """Each slice with what an engine, where there is one, has compared for it."""
    if not run.config.engine:
        for names, articles in slices:
            yield names, articles, {}
        return
    from newscrawl.run.joining_plan import Comparing

    comparing = Comparing(run)
    try:
        for names, articles in slices:
            yield names, articles, comparing.of([pair for one in articles for pair in looks.pairs(*one)])
    finally:
        comparing.close()


def _slices(run: Run, records: Iterable[CommitRecord]) -> Iterator[_Slice]:
    """Batches with their articles' ids and signatures, in the order of the archive, some thousand at a time."""
    names: list[Named] = []
    found: list[_Article] = []
    for record in records:
        names.append((record.run_id, record.seq))
        ours = dict(record.header) == header()
        parts = read_parts(run.archive.store, run.archive.location, Table.SIGNATURES, _COLUMNS, [record])
        for _, data in parts:
            made = _Signatures(run, data, ours)
            found += [(name, partial(made.of, row)) for row, name in enumerate(data["id"].to_pylist())]
        if len(found) >= (_OF_AN_ENGINE if run.config.engine else _ARTICLES):
            yield names, found
            names, found = [], []
    if names:
        yield names, found


@dataclass(frozen=True, slots=True)
class _Signatures:
    """Signatures of a part, each read when it is asked for. `ours`: by this version."""

    run: Run
    data: pa.Table
    ours: bool

    def of(self, row: int) -> Signature:
        [found] = self.data.slice(row, 1).to_pylist()
        # Of another version, as the index has it: made anew from the text.
        text = None if self.ours else self.run.archive.index.text(found["id"])
        return stored_signature(found) if text is None else signature(text)


def _commit(run: Run, names: list[Named], moves: list[Move]) -> None:
    """Commit moves, if there are any, and with them that batches were looked at, the one with the moves among them."""

    def learn(db: sqlite3.Connection, outcomes: Iterable[Outcome]) -> None:
        db.executemany("INSERT OR IGNORE INTO joined VALUES (?, ?)", names)

    if not moves:
        learn(run.archive.state.db, ())
        return
    batch = run.writer.batch((), moves=moves)
    names.append((run.report.run_id, batch.seq))
    run.archive.intend(run.report.run_id, batch)
    stored = retry_outage(lambda: run.writer.write(batch), run.config.outage_seconds)
    run.archive.remember(stored, batch, learn)
    run.archive.index.forget_moves(moves)
    run.archive.index.refresh()
