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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from newscrawl.bucket.batch_writer import Batch
from newscrawl.bucket.keys import Location, Table, commit_key, part_key, utc_day
from newscrawl.bucket.lookup import find_stored
from newscrawl.bucket.reader import commit_records, read_table
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.undo import Undo, undone, write_undo
from newscrawl.dedup.bulk import BulkLoader
from newscrawl.dedup.entries import Entry
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.index_writer import IndexWriter
from newscrawl.dedup.judge import entry_of
from newscrawl.dedup.signature import header, signature
from newscrawl.errors import ConfigError, StateMismatch, program
from newscrawl.items import Article, Duplicate, Signature
from newscrawl.state.database import State
from newscrawl.state.ledger import Ledger
from newscrawl.state.settled import Settled, in_order, settled_of
from newscrawl.state.sqlite import transaction
from newscrawl.text.urls import url_key

logger = logging.getLogger(__name__)


class Archive:
    """Ledger and index of a state directory, and the bucket that they are caches of."""

    def __init__(
        self,
        state: State,
        store: ObjectStore,
        location: Location,
        rechecks: Sequence[timedelta] = (),
        *,
        window: timedelta | None = None,
    ) -> None:
        """`rechecks` are the ledger's; `window` is the index's, see `DedupIndex`."""
        self.state, self.store, self.location = state, store, location
        _check_header(state)
        _check_location(state, store, location)
        self.ledger = Ledger(state.db, rechecks)
        self._settling = Ledger(state.writer, rechecks)
        self._window = window
        self._open_index()
        state.db.execute(
            "CREATE TABLE IF NOT EXISTS batches(run_id TEXT, seq INTEGER, PRIMARY KEY(run_id, seq)) WITHOUT ROWID"
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
        days = {utc_day(o.article.fetched_at if isinstance(o, Duplicate) else o.fetched_at) for o in batch.outcomes}
        keys = [part_key(table, day, run_id, batch.seq) for table in Table for day in sorted(days)]
        self.state.db.execute("INSERT OR REPLACE INTO intents VALUES (?, ?, ?)", (run_id, batch.seq, json.dumps(keys)))

    def remember(self, record: CommitRecord, batch: Batch) -> list[Entry]:
        """Let ledger and index know a batch whose commit record S3 has acknowledged.

        May run in another thread than the rest. Returns what the index may forget as pending.
        """
        entries = [entry_of(o) for o in batch.outcomes if isinstance(o, Article | Duplicate)]
        self._apply(record, [settled_of(o) for o in batch.outcomes], entries, expire=True)
        return entries

    def recover(self) -> None:
        """Bring the state in step with the bucket after whatever happened since the last run."""
        for run_id, seq, keys in self.state.db.execute("SELECT run_id, seq, keys FROM intents").fetchall():
            if self.store.head(self.location.key(commit_key(run_id, seq))) is None:
                logger.warning("batch %d of run %s was never committed: its parts are removed", seq, run_id)
                for key in json.loads(keys):
                    self.store.delete(self.location.key(key))
                self.state.db.execute("DELETE FROM intents WHERE run_id = ? AND seq = ?", (run_id, seq))
        self.catch_up()

    def catch_up(self) -> int:
        """Apply the commit records that the state has not seen; returns how many."""
        seen = set(self.state.db.execute("SELECT run_id, seq FROM batches"))
        undos = undone(self.store, self.location)
        applied = 0
        for record in commit_records(self.store, self.location, skip=seen):
            settled, entries = _read_back(self.store, self.location, record, undos)
            self._apply(record, settled, entries)
            self._mark_undone(e.article_id for e in entries if e.article_id in undos)
            applied += 1
        if applied:
            logger.info("state brought up to the bucket: %d batches read back", applied)
        for article_id in sorted(undos.keys() - set(self._undone_seen())):
            self._restore(undos[article_id])
        self.index.refresh()
        return applied

    def rebuild(self) -> int:
        """Fill an empty state from the bucket, the index in order of key; returns how many batches."""
        undos = undone(self.store, self.location)
        applied = 0
        with BulkLoader(self.state.db, self.state.path.parent) as loader:
            for record in commit_records(self.store, self.location):
                settled, entries = _read_back(self.store, self.location, record, undos)
                loader.add(entries)
                self._apply(record, settled, [])
                applied += 1
            loader.finish()
        self._mark_undone(undos)
        self._open_index()
        return applied

    def undo(self, article_id: str) -> Undo:
        """Make a collapsed article the anchor of its own story, in the bucket and in the index.

        Raises `ConfigError` when no duplicate of the bucket has this id.
        """
        row = next((s for s in find_stored(self.store, self.location, [article_id]) if s.id == article_id), None)
        if row is None or row.duplicate_of is None or row.relation is None:
            raise ConfigError(f"{article_id}: no duplicate in {self.location} has this id")
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
        return [name for (name,) in self.state.db.execute("SELECT article_id FROM undone")]

    def _mark_undone(self, article_ids: Iterable[str]) -> None:
        self.state.writer.executemany("INSERT OR IGNORE INTO undone VALUES (?)", [(a,) for a in article_ids])

    def _restore(self, undo: Undo) -> None:
        records = (r for r in commit_records(self.store, self.location) if r.run_id == undo.run_id)
        for record in records:
            _, entries = _read_back(self.store, self.location, record, {undo.article_id: undo})
            for entry in entries:
                if entry.article_id == undo.article_id:
                    with transaction(self.state.writer):
                        self._index_writer.restore(entry)
                        self._mark_undone([undo.article_id])
                    return
        logger.warning("the undo of %s names run %s, which stored no such row", undo.article_id, undo.run_id)

    def _apply(
        self, record: CommitRecord, settled: list[Settled], entries: list[Entry], *, expire: bool = False
    ) -> None:
        db = self.state.writer
        with transaction(db):
            self._settling.settle(in_order(settled))
            if expire:
                self._settling.expire(datetime.now(UTC))
            self._index_writer.commit(entries)
            db.execute("INSERT OR IGNORE INTO batches VALUES (?, ?)", (record.run_id, record.seq))
            db.execute("DELETE FROM intents WHERE run_id = ? AND seq = ?", (record.run_id, record.seq))
        self._index_writer.sweep()


def _check_header(state: State) -> None:
    ours = json.dumps(header(), sort_keys=True)
    found = state.get("index_header")
    if found is None:
        state.put("index_header", ours)
    elif found != ours:
        raise StateMismatch(
            f"{state.path}: the dedup index was made by {found}, this version makes {ours}; "
            f"run `{program()} bucket rebuild` to make it anew from the bucket"
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


def _read_back(
    store: ObjectStore, location: Location, record: CommitRecord, undos: Mapping[str, Undo]
) -> tuple[list[Settled], list[Entry]]:
    """A committed batch as ledger and index see it, from the bucket alone."""
    texts = {
        row["id"]: row["text"]
        for row in read_table(store, location, Table.ARTICLES, ["id", "text"], [record]).to_pylist()
    }
    if undos and record.counts.duplicates:
        duplicates = read_table(store, location, Table.DUPLICATES, ["id", "text"], [record]).to_pylist()
        texts |= {row["id"]: row["text"] for row in duplicates if row["id"] in undos}
    ours = dict(record.header) == header()
    settled: list[Settled] = []
    entries: list[Entry] = []
    signatures = read_table(store, location, Table.SIGNATURES, records=[record]).to_pylist()
    if not record.whole:
        signatures = _signatures_of_what_is_left(store, location, record, signatures)
    for row in signatures:
        settled.append(
            Settled(
                url=row["discovered_url"],
                answered=row["url"],
                site=row["site"],
                fetched_at=row["fetched_at"],
                published_at=row["published_at"],
            )
        )
        entries.append(_entry(row, texts.get(row["id"]), stored=ours))
    for row in read_table(store, location, Table.REJECTS, records=[record]).to_pylist():
        settled.append(Settled(url=row["url"], site=row["site"], reason=row["reason"], fetched_at=row["fetched_at"]))
    return settled, entries


def _signatures_of_what_is_left(
    store: ObjectStore, location: Location, record: CommitRecord, signatures: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The signatures of a batch that has lost a part: none without its row, none missing beside its row.

    A page whose row is lost is not done. One whose signature is lost has it made anew; of its URLs, that under which
    it was discovered is known no more.
    """
    rows = {
        row["id"]: row
        for table in (Table.ARTICLES, Table.DUPLICATES)
        for row in read_table(store, location, table, records=[record]).to_pylist()
    }
    found = {row["id"]: row for row in signatures if row["id"] in rows}
    for name in rows.keys() - found.keys():
        row = rows[name]
        found[name] = row | {"discovered_url": row["url"], **asdict(signature(row["text"]))}
    return list(found.values())


def _entry(row: dict[str, Any], text: str | None, *, stored: bool) -> Entry:
    # Signatures of another version cannot be compared with ours: made anew from the text.
    made = (
        Signature(minhash=row["minhash"], keys=tuple(row["keys"]), shingles=row["shingles"])
        if stored or text is None
        else signature(text)
    )
    return Entry(
        article_id=row["id"],
        # An article with a text here founds its story: kept, or its collapse undone.
        story_id=row["story_id"] if text is None else row["id"],
        url_key=url_key(row["canonical_url"]),
        fetched_at=row["fetched_at"].astimezone(UTC) if isinstance(row["fetched_at"], datetime) else row["fetched_at"],
        signature=made,
        anchor_text=text,
    )
