"""`scrapy bucket dedupe`: stories that were judged by runs which did not know of each other become one.

Shards crawl side by side, each with an index of what the bucket held when it began: copies that came to two of them in
the meantime are two stories. Here every article that was committed since the last call is looked at once more, as if it
came now, beside everything that the archive has, by the very code of the crawl (`dedup.judge.rejudge`). What belongs
elsewhere by that is a row of `moves`, as where a page shows it in a crawl, so readers and stories table follow.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from newscrawl.archive.read_back import stored_signature
from newscrawl.bucket.keys import Table
from newscrawl.bucket.mending import mending
from newscrawl.bucket.reader import commit_records, read_parts
from newscrawl.bucket.rollup import Named
from newscrawl.bucket.s3 import retry_outage
from newscrawl.dedup.judge import rejudge
from newscrawl.dedup.signature import header, signature
from newscrawl.doing import counted
from newscrawl.items import Move, Outcome, Signature
from newscrawl.run.run import Run

# Articles that are looked at between two commits: seconds of work that a kill costs.
_ARTICLES = 5_000
_COLUMNS = ("id", "minhash", "keys", "shingles")


@dataclass(slots=True)
class Joined:
    """What was done: batches whose articles were looked at, these, and how many moved."""

    batches: int = 0
    articles: int = 0
    moved: int = 0


def join(run: Run, say: Callable[[int, int], None] = lambda batch, of: None) -> Joined:
    """Look at the articles of every batch that no call has looked at; `say` is told how far it is.

    The run is open, and nothing else goes on in it; other runs may crawl on, and what they commit meanwhile is the
    next call's. Raises what a crawl's commit raises, and `StateLocked` while somebody mends the bucket.
    """
    done = Joined()
    db = run.archive.state.db
    # What is lost with the state is only done once more: what is one story already moves nothing.
    db.execute("CREATE TABLE IF NOT EXISTS joined(run_id TEXT, seq INTEGER, PRIMARY KEY(run_id, seq)) WITHOUT ROWID")
    todo: list[Named] = db.execute(
        "SELECT run_id, seq FROM batches EXCEPT SELECT run_id, seq FROM joined ORDER BY run_id, seq"
    ).fetchall()
    with mending(run.archive.store, run.archive.location, datetime.now(UTC)):
        for names, signatures in _slices(run, todo):
            now = datetime.now(UTC)
            each = counted(signatures, "looking at articles")
            moves = [move for name, made in each for move in rejudge(name, made, run.archive.index, now)]
            done.batches += len(names)
            _commit(run, names, moves)
            done.articles += len(signatures)
            done.moved += len({move.article_id for move in moves})
            say(done.batches, len(todo))
    return done


def _slices(run: Run, todo: Sequence[Named]) -> Iterator[tuple[list[Named], list[tuple[str, Signature]]]]:
    """Batches with their articles' ids and signatures, in the order of the archive, some thousand at a time."""
    names: list[Named] = []
    found: list[tuple[str, Signature]] = []
    store, location = run.archive.store, run.archive.location
    for record in commit_records(store, location, todo):
        names.append((record.run_id, record.seq))
        ours = dict(record.header) == header()
        for _, data in read_parts(store, location, Table.SIGNATURES, _COLUMNS, [record]):
            for row in data.to_pylist():
                # Of another version, as the index has it: made anew from the text.
                text = None if ours else run.archive.index.text(row["id"])
                found.append((row["id"], stored_signature(row) if text is None else signature(text)))
        if len(found) >= _ARTICLES:
            yield names, found
            names, found = [], []
    if names:
        yield names, found


def _commit(run: Run, names: list[Named], moves: list[Move]) -> None:
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
