"""Fill an empty index in order of key: what `scrapy bucket rebuild` uses.

Rows are spooled to files by range of key, then each range is sorted in memory and appended to its B-tree.
Inserting ten million stories one after the other would touch a random page for each of 200 million rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np
import zstandard
from numpy.typing import NDArray

from newscrawl.dedup.entries import Entry, version_row, whole_key
from newscrawl.dedup.index_writer import mark_loading, mark_newest
from newscrawl.dedup.lsh import BANDS, band_keys
from newscrawl.dedup.postings import Postings, insert_flat
from newscrawl.dedup.signature import NUM_PERM
from newscrawl.state.sqlite import transaction

_ROW = np.dtype([("key", "<i8"), ("story", "<i4")])
_VERSION = np.dtype([("url", "<i8"), ("article", "V16"), ("story", "V16"), ("fetched_at", "<i8")])
_NO_STORY = bytes(16)
# Rows that pass from NumPy to SQLite at once: 100,000 pairs of Python integers are 8 MB.
_CHUNK = 100_000
# Spool files, by the first bits of the key: of ten million stories each then holds 45 MB.
_SPOOL_BITS = 6
_SPOOLS = 1 << _SPOOL_BITS
_SHIFT = np.int64(64 - _SPOOL_BITS)


class BulkLoader:
    """Collects entries in commit order; `finish` writes the index. Ids must be 32 hexadecimal digits.

    Use as a context manager around an index without stories. Until `finish` returned, the database is
    marked as half loaded, and a `DedupIndex` refuses it.
    """

    def __init__(self, db: sqlite3.Connection, directory: Path) -> None:
        self._db = db
        self._files = ExitStack()
        spool = Path(self._files.enter_context(TemporaryDirectory(prefix="bulk-", dir=directory)))
        self._rows = self._spool(spool, "rows")
        self._versions = self._spool(spool, "versions")
        self._n = 0
        self._newest = 0
        self._compress = zstandard.ZstdCompressor(level=3).compress
        if db.execute("SELECT 1 FROM stories LIMIT 1").fetchone():
            raise ValueError("the index holds stories already")
        mark_loading(db, loading=True)
        # A load cut short is begun anew: waiting for the disk at each step would only cost time.
        (self._synchronous,) = db.execute("PRAGMA synchronous").fetchone()
        db.execute("PRAGMA synchronous=OFF")
        db.execute("DROP INDEX IF EXISTS stories_id")

    def _spool(self, directory: Path, kind: str) -> list[BinaryIO]:
        return [self._files.enter_context((directory / f"{kind}{p:02d}").open("w+b")) for p in range(_SPOOLS)]

    def __enter__(self) -> BulkLoader:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._db.execute(f"PRAGMA synchronous={self._synchronous}")
        self._files.close()

    def add(self, entries: list[Entry]) -> None:
        """Take the entries of a batch; stories and texts are appended at once, the rest is spooled."""
        if not entries:
            return
        self._newest = max(int(e.fetched_at.timestamp()) for e in entries)
        versions = np.array(
            [(url, article, story or _NO_STORY, at) for url, article, story, at in map(version_row, entries)],
            _VERSION,
        )
        self._write(self._versions, versions, versions["url"])
        founders = [e for e in entries if e.anchor_text is not None]
        if founders:
            numbers = np.arange(self._n + 1, self._n + 1 + len(founders), dtype=np.int32)
            self._n += len(founders)
            rows = postings_of(founders, numbers)
            self._write(self._rows, rows, rows["key"])
            self._insert_stories(founders, numbers)

    def _insert_stories(self, founders: list[Entry], numbers: NDArray[np.int32]) -> None:
        with transaction(self._db):
            ns = numbers.tolist()
            self._db.executemany(
                "INSERT INTO stories VALUES (?, ?, ?, ?)",
                [
                    (n, bytes.fromhex(e.article_id), int(e.fetched_at.timestamp()), len(e.signature.keys))
                    for n, e in zip(ns, founders, strict=True)
                ],
            )
            self._db.executemany(
                "INSERT INTO texts VALUES (?, ?)",
                [
                    (n, self._compress(e.anchor_text.encode()))
                    for n, e in zip(ns, founders, strict=True)
                    if e.anchor_text is not None
                ],
            )

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
            versions = _read(self._versions[p], _VERSION)
            # Stable: of equal versions the first committed stays.
            versions = versions[np.argsort(versions["url"], kind="stable")]
            with transaction(self._db):
                postings.append(rows["key"], rows["story"])
                for values in _version_rows(versions):
                    insert_flat(self._db, "versions", 4, values)
        with transaction(self._db):
            self._drop_repeated()
            self._db.execute("CREATE UNIQUE INDEX stories_id ON stories(id)")
        # Everything is on the disk before the mark goes.
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with transaction(self._db):
            mark_newest(self._db, self._newest)
            mark_loading(self._db, loading=False)

    def _drop_repeated(self) -> None:
        # An article committed twice (by a run on a lost state): the first stays, postings of the other lead
        # nowhere.
        self._db.execute("CREATE INDEX stories_id ON stories(id)")
        twice = self._db.execute("SELECT id, MIN(n) FROM stories GROUP BY id HAVING COUNT(*) > 1").fetchall()
        for article, first in twice:
            for (n,) in self._db.execute("SELECT n FROM stories WHERE id = ? AND n > ?", (article, first)).fetchall():
                self._db.execute("DELETE FROM stories WHERE n = ?", (n,))
                self._db.execute("DELETE FROM texts WHERE n = ?", (n,))
        self._db.execute("DROP INDEX stories_id")


def postings_of(entries: list[Entry], numbers: NDArray[np.int32]) -> NDArray[Any]:
    """The rows of stories as `IndexWriter.commit` would write them, unsorted."""
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


def _version_rows(versions: NDArray[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(versions), _CHUNK):
        yield [
            value
            for url, article, story, at in versions[start : start + _CHUNK].tolist()
            for value in (url, article, None if story == _NO_STORY else story, at)
        ]
