"""The archive of one run: bucket, ledger and dedup index, kept in step.

The order that makes a crash harmless (docs/architecture.md, invariant 2): the intent goes to the state database,
the parts and then the commit record go to S3, and only then ledger and index learn of the batch, in the
transaction that also removes the intent. A start after a crash deletes the parts of an intent without a
commit record, and applies commit records that the state has not seen: `catch_up` is also what rebuilds a
lost state directory from the bucket.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newscrawl.archive.forget import Forgotten
from newscrawl.archive.history import BEHIND, look, refuse_other_bucket, sizes_of
from newscrawl.archive.read_back import Back, read_back
from newscrawl.bucket.batch_writer import Batch
from newscrawl.bucket.keys import MENDING_KEY, Location, Table, new_run_id, part_key, run_started
from newscrawl.bucket.leases import is_fence
from newscrawl.bucket.lookup import find_stored
from newscrawl.bucket.mending import mending
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.rollup import Named, RollUp, listed_records
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.bucket.takedowns import takedowns
from newscrawl.bucket.undo import Undo, undone, write_undo
from newscrawl.dedup.bulk import BulkLoader
from newscrawl.dedup.entries import Entry
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.index_writer import IndexWriter, drop_tables, mark_newest
from newscrawl.dedup.judge import entry_of
from newscrawl.dedup.signature import header
from newscrawl.doing import counted, doing
from newscrawl.errors import AccessDenied, ConfigError, StateMismatch, command
from newscrawl.items import Article, Duplicate, Outcome
from newscrawl.state.database import State
from newscrawl.state.ledger import Ledger
from newscrawl.state.settled import Settled, in_order, settled_of
from newscrawl.state.sqlite import transaction

logger = logging.getLogger(__name__)

_NEWEST = "newest_fetch"
# Batches that are read back in one transaction: a commit of SQLite's takes as long as a small batch.
_GROUP_BATCHES, _GROUP_ROWS = 200, 2_000
# A state that knows nothing and lacks so many batches has its index filled in order of key: ten times as fast, and
# begun again where it is cut short, of which this entry of the state tells.
_FILL_FROM = 50
_FILLING = "filling"

Learn = Callable[[sqlite3.Connection, Iterable[Outcome]], None]


class Archive:
    """Ledger and index of a state directory, and the bucket that they are caches of."""

    def __init__(
        self,
        state: State,
        store: ObjectStore,
        location: Location,
        rechecks: Sequence[timedelta] = (),
        *,
        learns: bool = False,
        window: timedelta | None = None,
    ) -> None:
        """`rechecks` and `learns` are the ledger's; `window` is the index's, see `DedupIndex`."""
        self.state, self.store, self.location = state, store, location
        _check_header(state)
        _check_location(state, store, location)
        if state.get(_FILLING):
            _begin_anew(state)
        self.ledger = Ledger(state.db, rechecks, learns=learns)
        self._settling = Ledger(state.writer, rechecks, learns=learns)
        self._window = window
        self._open_index()
        # `bytes`: of the commit record.
        state.db.execute(
            "CREATE TABLE IF NOT EXISTS batches"
            "(run_id TEXT, seq INTEGER, bytes INTEGER, PRIMARY KEY(run_id, seq)) WITHOUT ROWID"
        )
        state.db.execute(
            "CREATE TABLE IF NOT EXISTS intents"
            "(run_id TEXT, seq INTEGER, keys TEXT, PRIMARY KEY(run_id, seq)) WITHOUT ROWID"
        )
        # Undone collapses that the index has seen.
        state.db.execute("CREATE TABLE IF NOT EXISTS undone(article_id TEXT PRIMARY KEY) WITHOUT ROWID")

    def _open_index(self) -> None:
        self._index_writer = IndexWriter(self.state.writer, window=self._window)
        self.index = DedupIndex(self.state.db, window=self._window)

    def intend(self, run_id: str, batch: Batch) -> None:
        """Note which objects a batch is about to write."""
        keys = [part_key(table, day, run_id, batch.seq) for table in Table for day in sorted(batch.days)]
        self.state.db.execute("INSERT OR REPLACE INTO intents VALUES (?, ?, ?)", (run_id, batch.seq, json.dumps(keys)))

    def remember(self, record: CommitRecord, batch: Batch, learn: Learn = lambda db, outcomes: None) -> list[Entry]:
        """Let ledger and index know a batch whose commit record S3 has acknowledged; `learn` notes in the same
        transaction what else a run learns of it.

        May run in another thread than the rest. Returns what the index may forget as pending.
        """
        entries = [entry_of(o) for o in batch.outcomes if isinstance(o, Article | Duplicate)]
        # What was read again from the raw archive was not fetched: nothing is settled by it.
        settled = [] if batch.reextracted else [settled_of(o) for o in batch.outcomes]
        with transaction(self.state.writer):
            self._note(record, len(record.to_json()), settled)
            self._settling.expire(datetime.now(UTC))
            self._index_writer.commit(entries, batch.moves)
            # What was undone stays so where its row was lost and its page came back.
            for article_id in {entry.article_id for entry in entries}.intersection(self._undone_seen()):
                self._index_writer.fix(article_id)
            learn(self.state.writer, batch.outcomes)
        self._index_writer.sweep()
        return entries

    def recover(self) -> None:
        """Bring the state in step with the bucket after whatever happened since the last run.

        Raises `StateMismatch` where the bucket is not the one that this state knows: emptied, or put back to an older
        copy.
        """
        self.drop_uncommitted()
        self.catch_up(refuse_other=True)

    def drop_uncommitted(self) -> None:
        """Remove the parts of batches that were begun and never committed, or that a fence kept from it."""
        for run_id, seq, keys in self.state.db.execute("SELECT run_id, seq, keys FROM intents").fetchall():
            with suppress(ObjectMissing):
                if not is_fence(self.store, self.location, run_id, seq):
                    continue
            logger.warning("batch %d of run %s was never committed: its parts are removed", seq, run_id)
            try:
                for key in json.loads(keys):
                    self.store.delete(self.location.key(key))
            except AccessDenied as e:
                # Keys that may not delete are a good set-up. The intent stays, for a run that may.
                logger.warning("%s; until somebody does, readers that take a folder as it is see these rows too", e)
                continue
            self.state.db.execute("DELETE FROM intents WHERE run_id = ? AND seq = ?", (run_id, seq))

    @contextmanager
    def alone(self, lock: str = MENDING_KEY) -> Iterator[None]:
        """Hold a lock object of the bucket (`mending`), with all that who held it until now has stored: this may have
        been opened before. Raises `StateLocked`."""
        with mending(self.store, self.location, datetime.now(UTC), lock):
            self.catch_up()
            yield

    def catch_up(self, *, refuse_other: bool = False) -> int:
        """Apply the commit records that the state has not seen; returns how many.

        `refuse_other`: raise `StateMismatch` where the bucket lacks records that it has seen.
        """
        seen = {(run_id, seq): size for run_id, seq, size in self.state.db.execute("SELECT * FROM batches")}
        listed = look(self.state, self.store, self.location, seen)
        there = listed.there
        # A listing may lag behind: what this state wrote itself is asked for by its key.
        intended = self.state.db.execute("SELECT run_id, seq FROM intents").fetchall()
        there |= sizes_of(self.store, self.location, intended)
        if refuse_other:
            refuse_other_bucket(self.store, self.location, listed.seen, there)
        undos = undone(self.store, self.location)
        self._refuse_forgotten()
        new = {named: size for named, size in there.items() if named not in seen}
        if not seen and len(new) > _FILL_FROM:
            self.state.put(_FILLING, "1")
            self._fill(new, undos, listed.roll_up)
            self.state.db.execute("DELETE FROM meta WHERE name = ?", (_FILLING,))
        else:
            for group in self._read_back(new, undos, listed.roll_up):
                with transaction(self.state.writer):
                    for back in group:
                        self._note(back.record, new[back.named], back.settled)
                        self._index_writer.commit(back.entries, back.moves)
                        self._mark_undone(e.article_id for e in back.entries if e.article_id in undos)
                self._index_writer.sweep()
        if new:
            logger.info("state brought up to the bucket: %d batches read back", len(new))
        for article_id in sorted(undos.keys() - set(self._undone_seen())):
            self._fix(article_id)
        self.index.refresh()
        return len(new)

    def rebuild(self, roll_up: RollUp | None = None) -> int:
        """Fill an empty state from the bucket, the index in order of key; returns how many batches.

        `roll_up`: where rows may be taken from, without it each part is read.
        """
        undos = undone(self.store, self.location)
        self._refuse_forgotten()
        there = listed_records(self.store, self.location)
        self._fill(there, undos, roll_up if roll_up and roll_up.agrees(there, "") else None)
        return len(there)

    def _fill(self, there: Mapping[Named, int], undos: Mapping[str, Undo], roll_up: RollUp | None) -> None:
        """Fill a state that knows no batch, the index in order of key."""
        last: list[Entry] = []
        with BulkLoader(self.state.db, self.state.path.parent) as loader:
            for group in self._read_back(there, undos, roll_up):
                loader.add(
                    [entry for back in group for entry in back.entries], [move for back in group for move in back.moves]
                )
                last = next((back.entries for back in reversed(group) if back.entries), last)
                with transaction(self.state.writer):
                    for back in group:
                        self._note(back.record, there[back.named], back.settled)
            doing("filling the index")
            loader.finish()
        if last:
            # Of the batch that came last, as if they had come one by one.
            mark_newest(self.state.db, max(int(entry.fetched_at.timestamp()) for entry in last))
        self._mark_undone(undos)
        self._open_index()

    def _read_back(
        self, there: Iterable[Named], undos: Mapping[str, Undo], roll_up: RollUp | None
    ) -> Iterator[list[Back]]:
        """Committed batches in their order, in groups that are applied in one transaction each."""
        group: list[Back] = []
        there = list(there)
        records = commit_records(self.store, self.location, there, roll_up)
        for record in counted(records, "reading batches back", len(there)):
            group.append(read_back(self.store, self.location, record, undos, roll_up))
            if len(group) >= _GROUP_BATCHES or sum(len(back.settled) for back in group) >= _GROUP_ROWS:
                yield group
                group = []
        if group:
            yield group

    def _refuse_forgotten(self) -> None:
        self.ledger.refuse(Forgotten(takedowns(self.store, self.location).values()).covers)

    def take_over(self, before: Path) -> int:
        """Keep of an earlier state what a bucket cannot know; returns how many URLs are pending by it.

        Its batches that were begun are looked at by the next `recover`. Raises `sqlite3.Error` where it cannot be read.
        """
        taken = self.ledger.take_over(before) - self.ledger.forget()
        with closing(sqlite3.connect(before)) as db:
            intents = db.execute("SELECT run_id, seq, keys FROM intents").fetchall()
        self.state.db.executemany("INSERT OR IGNORE INTO intents VALUES (?, ?, ?)", intents)
        self.drop_uncommitted()
        self.state.db.execute("DELETE FROM intents WHERE EXISTS (SELECT 1 FROM batches"
                              " WHERE batches.run_id = intents.run_id AND batches.seq = intents.seq)")  # fmt: skip
        return taken

    @property
    def batches(self) -> int:
        """How many committed batches the state knows."""
        number: int = self.state.db.execute("SELECT COUNT(*) FROM batches").fetchone()[0]
        return number

    def batches_of(self, run_id: str) -> dict[Named, int]:
        """The batches of a run that the state knows, with the size in bytes of their commit records."""
        rows = self.state.db.execute("SELECT run_id, seq, bytes FROM batches WHERE run_id = ?", (run_id,))
        return {(name, seq): size for name, seq, size in rows}

    def runs(self, most: int, but: str) -> list[str]:
        """The ids of the last runs with batches, but one, oldest first."""
        rows = self.state.db.execute(
            "SELECT DISTINCT run_id FROM batches WHERE run_id <> ? ORDER BY run_id DESC LIMIT ?", (but, most)
        )
        return [name for (name,) in rows][::-1]

    def next_run_id(self, now: datetime) -> str:
        """A fresh run id behind those of all runs that are known, though the clock was set back since or another one is
        ahead: batches are read in the order of their runs, so what a run knew must come before what it says of it.

        Not behind one of a clock that was wrong by days: no later run would tell its time.
        """
        last: str | None = self.state.db.execute("SELECT MAX(run_id) FROM batches").fetchone()[0]
        began = run_started(last) if last else None
        if began is not None and now - timedelta(seconds=1) < began < now + BEHIND:
            now = began + timedelta(seconds=1)
        return new_run_id(now)

    @property
    def looks(self) -> dict[str, int]:
        """Stories that were fetched again for their age (`looked`), and how many of them had another text
        (`changed`)."""
        return dict(self._settling.looks)

    @property
    def newest(self) -> datetime | None:
        """When the last page of the batch committed last was fetched; None in an empty archive."""
        found = self.state.get(_NEWEST)
        return datetime.fromisoformat(found) if found else None

    def undo(self, article_id: str) -> Undo:
        """Make a collapsed article the anchor of its own story, in the bucket and in the index.

        Returns the earlier undo where that was done before. Raises `ConfigError` when no article that belongs to
        another's story has this id.
        """
        doing(f"looking for {article_id}")
        found = find_stored(self.store, self.location, [article_id])
        row = next((s for s in found if s.id == article_id), None)
        if row is None:
            # By URL a page has several versions, each with a verdict of its own.
            named = f"; its versions have: {', '.join(s.id for s in found)}" if found else ""
            raise ConfigError(f"{article_id}: no article or duplicate in {self.location} has this id{named}")
        if (before := undone(self.store, self.location).get(article_id)) is not None:
            return before
        if row.relation is None:
            raise ConfigError(f"{article_id} is a story of its own already")
        undo = Undo(
            article_id=article_id,
            story_id=row.story_id,
            relation=row.relation,
            run_id=row.run_id,
            undone_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_undo(self.store, self.location, undo)
        self.catch_up()
        return undo

    def _undone_seen(self) -> list[str]:
        # On the connection of who writes, for `remember` may be in another thread.
        return [name for (name,) in self.state.writer.execute("SELECT article_id FROM undone")]

    def _mark_undone(self, article_ids: Iterable[str]) -> None:
        self.state.writer.executemany("INSERT OR IGNORE INTO undone VALUES (?)", [(a,) for a in article_ids])

    def _fix(self, article_id: str) -> None:
        with transaction(self.state.writer):
            self._index_writer.fix(article_id)
            self._mark_undone([article_id])

    def _note(self, record: CommitRecord, size: int, settled: list[Settled]) -> None:
        """Let the ledger know a batch, inside the caller's transaction."""
        db = self.state.writer
        self._settling.settle(in_order(settled))
        db.execute("INSERT OR IGNORE INTO batches VALUES (?, ?, ?)", (record.run_id, record.seq, size))
        db.execute("DELETE FROM intents WHERE run_id = ? AND seq = ?", (record.run_id, record.seq))
        if record.fetched_to:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_NEWEST, record.fetched_to))


def _begin_anew(state: State) -> None:
    """Take back what a filling that was cut short has done: the state knew no batch, so all its URLs were pending."""
    with transaction(state.db):
        drop_tables(state.db)
        state.db.execute("DELETE FROM batches")
        state.db.execute("DELETE FROM undone")
        state.db.execute(
            "UPDATE urls SET state = 'pending', attempts = 0, fetched = NULL, next_check = NULL"
            " WHERE state <> 'pending'"
        )
        state.db.execute("DELETE FROM meta WHERE name IN (?, ?)", (_FILLING, _NEWEST))


def _check_header(state: State) -> None:
    ours = json.dumps(header(), sort_keys=True)
    found = state.get("index_header")
    if found is None:
        state.put("index_header", ours)
    elif found != ours:
        this = header()
        try:
            theirs = dict(json.loads(found))
        except (ValueError, TypeError):
            theirs = {}  # damaged
        differ = [name for name in sorted(theirs.keys() | this.keys()) if theirs.get(name) != this.get(name)]
        was, makes = (", ".join(f"{name} {made.get(name, 'none')}" for name in differ) for made in (theirs, this))
        raise StateMismatch(
            f"{state.path}: the dedup index was made with {was}, this version makes it with {makes}; "
            f"run `{command('bucket rebuild')}` to make it anew from the bucket"
        )


def _check_location(state: State, store: ObjectStore, location: Location) -> None:
    # The embedded server's port may move; its bucket lies in this very directory.
    ours, found = str(location), state.get("location")
    if found is None:
        state.put("location", ours)
    elif found != ours:
        raise StateMismatch(
            f"{state.path}: belongs to {found}, this run writes to {ours}; set NEWSCRAWL_STATE_DIR to a "
            "folder of its own for each bucket"
        )
