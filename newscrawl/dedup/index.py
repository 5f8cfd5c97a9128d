"""The index of known stories: candidates by MinHash LSH and by window keys, over SQLite and an overlay.

Entries live in the overlay from the moment an article is judged until S3 acknowledged its batch; only
then `IndexWriter.commit` writes them to the database (docs/architecture.md, invariant 2). Queries see both.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import zstandard

from newscrawl.dedup.entries import Entry, Version, id_hash, posting_keys, short_id, text_id
from newscrawl.dedup.index_writer import create_tables, expired_before, window_state
from newscrawl.dedup.lsh import hash64, lsh_over, minhash_of, signed
from newscrawl.dedup.pending import Pending
from newscrawl.dedup.postings import FREQUENT_KEY, Postings
from newscrawl.dedup.signature import NUM_PERM
from newscrawl.items import Signature

# Best candidates that are verified, 0.5 ms each: true stories share several keys and stand in front.
MAX_CANDIDATES = 20
# A candidate must share this part of the shorter one's window keys, or a band. The lowest share of a
# labelled copy or version is 0.08; what two stories share by chance is one key of many.
MIN_KEYS_SHARED = 1 / 16


class DedupIndex:
    """Known stories and page versions in `db`; see the module docstring.

    `window`: age at which a story leaves, measured against the newest story committed (None: never). What
    is older is ignored at once and deleted little by little, with the commits.
    """

    def __init__(self, db: sqlite3.Connection, *, window: timedelta | None = None) -> None:
        self._db = db
        create_tables(db)
        self.window = window
        self._postings = Postings(db)
        self._lsh = lsh_over(self._postings, NUM_PERM)
        self.refresh()
        self._decompress = zstandard.ZstdDecompressor().decompress
        self._overlay: dict[str, Entry] = {}
        self._overlay_postings = Pending()
        self._overlay_lsh = lsh_over(self._overlay_postings, NUM_PERM)
        self._overlay_versions: dict[str, list[Version]] = {}

    def refresh(self) -> None:
        """Take note of what was committed since, through whatever connection."""
        state = window_state(self._db)
        self.expired_before = expired_before(state.get("newest", 0), self.window)
        self._postings.live_from = state.get("live_from", 0)
        self._postings.forget()

    def versions(self, url_key: str) -> list[Version]:
        """Known versions of the page with this canonical URL key, the newest last."""
        rows = self._db.execute(
            "SELECT fetched_at, article, COALESCE(story, article) FROM versions WHERE url = ? AND fetched_at >= ?",
            (hash64(url_key.encode()), self.expired_before),
        )
        known = [Version(at, text_id(a), text_id(s)) for at, a, s in rows]
        return sorted(known + self._overlay_versions.get(url_key, []))

    def is_stored(self, url_key: str, article_id: str) -> bool:
        """Whether the version of this page with this id has a row, or awaits it; also one that has left the window."""
        if article_id in self._overlay:
            return True
        article = short_id(article_id)
        found = self._db.execute(
            "SELECT 1 FROM versions WHERE url = ? AND article = ? UNION ALL SELECT 1 FROM forgotten WHERE id = ?",
            (hash64(url_key.encode()), article, id_hash(article)),
        )
        return found.fetchone() is not None

    def candidates(self, signature: Signature) -> list[str]:
        """Ids of anchors that may be the same story, the most keys in common first, at most MAX_CANDIDATES.

        A key that FREQUENT_KEY stories or more hold proposes none of them.
        """
        minhash = minhash_of(signature)
        keys = posting_keys(signature)
        whole = keys[0]
        self._postings.read(keys)
        stored: Counter[int] = Counter()
        pending: Counter[str] = Counter()
        for key in signature.keys:
            holders = self._overlay_postings.get(signed(key))
            rows = self._postings.get(signed(key))
            if len(rows) + len(holders) < FREQUENT_KEY:
                pending.update(holders)
                stored.update(rows)
        met = set(self._lsh.query(minhash)) | set(self._postings.get(whole))
        met_pending = set(self._overlay_lsh.query(minhash)) | set(self._overlay_postings.get(whole))
        mine = len(signature.keys)
        found: list[tuple[float, str]] = []
        for n in stored.keys() | met:
            row = self._db.execute(
                "SELECT id, keys FROM stories WHERE n = ? AND fetched_at >= ?", (n, self.expired_before)
            )
            for blob, theirs in row:
                share = stored[n] / max(1, min(mine, theirs))
                if n in met or share >= MIN_KEYS_SHARED:
                    found.append((share + (n in met), text_id(blob)))
        for article_id in pending.keys() | met_pending:
            theirs = len(self._overlay[article_id].signature.keys)
            share = pending[article_id] / max(1, min(mine, theirs))
            if article_id in met_pending or share >= MIN_KEYS_SHARED:
                found.append((share + (article_id in met_pending), article_id))
        # By id among equals: a rebuilt index must decide as the first one did.
        found.sort(key=lambda f: (-f[0], f[1]))
        return [article_id for _, article_id in found[:MAX_CANDIDATES]]

    def anchor_text(self, article_id: str) -> str | None:
        """The text of a story's anchor; None when the story is not (or no longer) in the index."""
        if entry := self._overlay.get(article_id):
            return entry.anchor_text
        row = self._db.execute(
            "SELECT text FROM stories JOIN texts USING (n) WHERE id = ? AND fetched_at >= ?",
            (short_id(article_id), self.expired_before),
        ).fetchone()
        return self._decompress(row[0]).decode() if row else None

    def founded_at(self, article_id: str) -> datetime:
        """When the anchor of a story in the index was fetched, in UTC."""
        if entry := self._overlay.get(article_id):
            return entry.fetched_at
        (at,) = self._db.execute("SELECT fetched_at FROM stories WHERE id = ?", (short_id(article_id),)).fetchone()
        return datetime.fromtimestamp(at, UTC)

    def add(self, entry: Entry) -> None:
        """Remember an entry in the overlay, until `commit`."""
        self._overlay[entry.article_id] = entry
        version = Version(int(entry.fetched_at.timestamp()), entry.article_id, entry.story_id)
        self._overlay_versions.setdefault(entry.url_key, []).append(version)
        if entry.anchor_text is not None:
            self._overlay_postings.insert((key, entry.article_id) for key in posting_keys(entry.signature))

    def forget_pending(self, entries: list[Entry]) -> None:
        """Drop entries from the overlay after the transaction that committed them."""
        self.refresh()
        for e in entries:
            if self._overlay.pop(e.article_id, None) is None:
                continue
            rest = [v for v in self._overlay_versions[e.url_key] if v.article_id != e.article_id]
            if rest:
                self._overlay_versions[e.url_key] = rest
            else:
                del self._overlay_versions[e.url_key]
            if e.anchor_text is not None:
                self._overlay_postings.remove((key, e.article_id) for key in posting_keys(e.signature))

    def contents(self, since: int = 0) -> dict[str, set[tuple[Any, ...]]]:
        """What the database knows of articles fetched from `since` (seconds since 1970) on, however it lies in
        the tables: two indexes of one history have equal contents. Reads everything."""
        names = dict(self._db.execute("SELECT n, id FROM stories WHERE fetched_at >= ?", (since,)))
        return {
            "stories": set(
                self._db.execute("SELECT id, fetched_at, keys FROM stories WHERE fetched_at >= ?", (since,))
            ),
            "texts": {(names[n], text) for n, text in self._db.execute("SELECT n, text FROM texts") if n in names},
            "versions": set(self._db.execute("SELECT * FROM versions WHERE fetched_at >= ?", (since,))),
            "postings": {(key, names[n]) for key, n in self._postings.rows() if n in names},
        }
