"""Fill an empty index in order of key: what `scrapy bucket rebuild` uses.

Rows are spooled to files by range of key, then each range is sorted in memory and appended to its B-tree.
Inserting ten million stories one after the other would touch a random page for each of 200 million rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np
import zstandard
from numpy.typing import NDArray

from newscrawl.dedup.entries import Entry, article_row, whole_key
from newscrawl.dedup.hashes import BANDS, band_keys
from newscrawl.dedup.index_writer import INDEXES, apply_moves, mark_loading, mark_newest
from newscrawl.dedup.postings import Postings
from newscrawl.dedup.signature import NUM_PERM
from newscrawl.items import Move
from newscrawl.state.sqlite import transaction

_ROW = np.dtype([("key", "<i8"), ("story", "<i4")])
# Spool files, by the first bits of the key: of ten million stories each then holds 45 MB.
_SPOOL_BITS = 6
_SPOOLS = 1 << _SPOOL_BITS
_SHIFT = np.int64(64 - _SPOOL_BITS)


class BulkLoader:
    """Collects entries in commit order; `finish` writes the index. Ids must be 32 hexadecimal digits.

    Use as a context manager around an index without articles. Until `finish` returned, the database is
    marked as half loaded, and a `DedupIndex` refuses it.
    """

    def __init__(self, db: sqlite3.Connection, directory: Path) -> None:
        self._db = db
        self._files = ExitStack()
        spool = Path(self._files.enter_context(TemporaryDirectory(prefix="bulk-", dir=directory)))
        self._rows = self._spool(spool, "rows")
        self._n = 0
        self._moves: list[Move] = []
        self._newest = 0
        self._compress = zstandard.ZstdCompressor(level=3).compress
        if db.execute("SELECT 1 FROM articles LIMIT 1").fetchone():
            raise ValueError("the index holds articles already")
        mark_loading(db, loading=True)
        # A load cut short is begun anew: waiting for the disk at each step would only cost time.
        (self._synchronous,) = db.execute("PRAGMA synchronous").fetchone()
        db.execute("PRAGMA synchronous=OFF")
        for name in INDEXES:
            db.execute(f"DROP INDEX IF EXISTS {name}")

    def _spool(self, directory: Path, kind: str) -> list[BinaryIO]:
        return [self._files.enter_context((directory / f"{kind}{p:02d}").open("w+b")) for p in range(_SPOOLS)]

    def __enter__(self) -> BulkLoader:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._db.execute(f"PRAGMA synchronous={self._synchronous}")
        self._files.close()

    def add(self, entries: list[Entry], moves: Iterable[Move] = ()) -> None:
        """Take the entries of a batch and what else it moves; articles and texts are appended at once, the rest is
        spooled."""
        self._moves += moves
        if not entries:
            return
        self._newest = max(int(e.fetched_at.timestamp()) for e in entries)
        numbers = np.arange(self._n + 1, self._n + 1 + len(entries), dtype=np.int32)
        self._n += len(entries)
        rows = postings_of(entries, numbers)
        self._write(self._rows, rows, rows["key"])
        ns = numbers.tolist()
        with transaction(self._db):
            self._db.executemany(
                "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                [(n, *article_row(e)) for n, e in zip(ns, entries, strict=True)],
            )
            self._db.executemany(
                "INSERT INTO texts VALUES (?, ?)",
                [(n, self._compress(e.text.encode())) for n, e in zip(ns, entries, strict=True)],
            )
        self._moves += [m for e in entries for m in e.moves]

    @staticmethod
    def _write(files: list[BinaryIO], records: NDArray[Any], keys: NDArray[np.int64]) -> None:
        spools = (keys >> _SHIFT) + _SPOOLS // 2
        order = np.argsort(spools, kind="stable")
        records, spools = records[order], spools[order]
        bounds = np.searchsorted(spools, np.arange(_SPOOLS + 1))
        for p in range(_SPOOLS):
            if bounds[p] < bounds[p + 1]:
                files[p].write(records[bounds[p] : bounds[p + 1]].tobytes())

    def finish(self) -> None:
        """Sort and write what was spooled, range by range."""
        postings = Postings(self._db)
        for p in range(_SPOOLS):
            rows = _read(self._rows[p], _ROW)
            # Spooled in order of story, and the sort is stable.
            rows = rows[np.argsort(rows["key"], kind="stable")]
            with transaction(self._db):
                postings.append(rows["key"], rows["story"])
        with transaction(self._db):
            self._drop_repeated()
            for statement in INDEXES.values():
                self._db.execute("CREATE " + statement.format(""))
            apply_moves(self._db, self._moves)
        # Everything is on the disk before the mark goes.
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with transaction(self._db):
            mark_newest(self._db, self._newest)
            mark_loading(self._db, loading=False)

    def _drop_repeated(self) -> None:
        # An article committed twice (by a run on a lost state): the first stays, postings of the other lead
        # nowhere.
        self._db.execute("CREATE INDEX repeated ON articles(id)")
        twice = self._db.execute("SELECT id, MIN(n) FROM articles GROUP BY id HAVING COUNT(*) > 1").fetchall()
        for article, first in twice:
            for (n,) in self._db.execute("SELECT n FROM articles WHERE id = ? AND n > ?", (article, first)).fetchall():
                self._db.execute("DELETE FROM articles WHERE n = ?", (n,))
                self._db.execute("DELETE FROM texts WHERE n = ?", (n,))
        self._db.execute("DROP INDEX repeated")


def postings_of(entries: list[Entry], numbers: NDArray[np.int32]) -> NDArray[Any]:
    """The rows of articles as `IndexWriter.commit` would write them, unsorted."""
    values = np.frombuffer(b"".join(e.signature.minhash for e in entries), "<u4").reshape(-1, NUM_PERM)
    hashed = np.array([[*band_keys(v), whole_key(v)] for v in values], np.int64)
    lengths = np.array([len(e.signature.keys) for e in entries])
    keys = np.fromiter((k for e in entries for k in e.signature.keys), np.uint64, int(lengths.sum()))
    rows = np.empty(hashed.size + len(keys), _ROW)
    rows["key"] = np.concatenate((hashed.ravel(), keys.view(np.int64)))
    rows["story"] = np.concatenate((np.repeat(numbers, BANDS + 1), np.repeat(numbers, lengths)))
    return rows


def _read(file: BinaryIO, dtype: np.dtype[Any]) -> NDArray[Any]:
    file.seek(0)
    return np.fromfile(file, dtype)
