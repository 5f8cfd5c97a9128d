"""The index of known stories: candidates by MinHash LSH and by sentence keys, over SQLite and an overlay.

Entries live in the overlay from the moment an article is judged until S3 acknowledged its batch; only
then `commit` writes them to the database (DESIGN.md, invariant 2). Queries see both.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import zstandard

from newscrawl.dedup.signature import NUM_PERM, minhash_of
from newscrawl.dedup.storage import hash64, memory_lsh, signed, sqlite_lsh
from newscrawl.items import Signature

# A sentence that this many stories hold is template, boilerplate or a circulating quote: no candidate.
FREQUENT_KEY = 20
# Best candidates that are verified: true stories are found by several keys and stand in front.
MAX_CANDIDATES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index keeps of one article version. `anchor_text` only for the founder of a story."""

    article_id: str
    story_id: str
    url_key: str
    identity: str  # content hash and headline: the same pair under the same URL is unchanged
    fetched_at: datetime
    signature: Signature
    anchor_text: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """A known version of a page."""

    article_id: str
    story_id: str
    identity: str


def identity_of(identity: str) -> str:
    """The short form in which `Version` holds an identity."""
    return str(hash64(identity.encode()))


class DedupIndex:
    """Known stories and page versions in `db`; see the module docstring."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute(
            "CREATE TABLE IF NOT EXISTS stories(n INTEGER PRIMARY KEY, id TEXT UNIQUE, fetched_at REAL, text BLOB)"
        )
        db.execute(
            "CREATE TABLE IF NOT EXISTS sentences(key INTEGER, story INTEGER, PRIMARY KEY(key, story)) WITHOUT ROWID"
        )
        db.execute(
            "CREATE TABLE IF NOT EXISTS versions(url INTEGER, identity INTEGER, article_id TEXT, story_id TEXT,"
            " PRIMARY KEY(url, identity)) WITHOUT ROWID"
        )
        self._lsh = sqlite_lsh(db, NUM_PERM)
        self._compress = zstandard.ZstdCompressor(level=3).compress
        self._decompress = zstandard.ZstdDecompressor().decompress
        self._overlay: dict[str, Entry] = {}
        self._overlay_lsh = memory_lsh(NUM_PERM)
        self._overlay_keys: dict[int, set[str]] = {}
        self._overlay_versions: dict[str, list[Version]] = {}

    def versions(self, url_key: str) -> list[Version]:
        """Known versions of the page with this canonical URL key, in no order."""
        rows = self._db.execute(
            "SELECT article_id, story_id, identity FROM versions WHERE url = ?", (hash64(url_key.encode()),)
        )
        return [Version(a, s, str(i)) for a, s, i in rows] + self._overlay_versions.get(url_key, [])

    def known(self, url_key: str, identity: str) -> Version | None:
        """The version of this page that has this content and headline, if there is one."""
        wanted = identity_of(identity)
        return next((v for v in self.versions(url_key) if v.identity == wanted), None)

    def candidates(self, signature: Signature) -> list[str]:
        """Ids of anchors that may be the same story, most keys in common first, at most MAX_CANDIDATES."""
        votes: Counter[str] = Counter()
        minhash = minhash_of(signature)
        votes.update(self._overlay_lsh.query(minhash))
        stories: Counter[int] = Counter(self._lsh.query(minhash))
        for key in signature.keys:
            holders = self._overlay_keys.get(key, ())
            rows = self._db.execute(
                "SELECT story FROM sentences WHERE key = ? LIMIT ?", (signed(key), FREQUENT_KEY)
            ).fetchall()
            if len(rows) + len(holders) < FREQUENT_KEY:
                votes.update(holders)
                stories.update(n for (n,) in rows)
        for n, count in stories.most_common(MAX_CANDIDATES):
            votes[self._id(n)] += count
        return [article_id for article_id, _ in votes.most_common(MAX_CANDIDATES)]

    def anchor_text(self, article_id: str) -> str | None:
        """The text of a story's anchor; None when the story is not (or no longer) in the index."""
        if entry := self._overlay.get(article_id):
            return entry.anchor_text
        row = self._db.execute("SELECT text FROM stories WHERE id = ?", (article_id,)).fetchone()
        return self._decompress(row[0]).decode() if row else None

    def add(self, entry: Entry) -> None:
        """Remember an entry in the overlay, until `commit`."""
        self._overlay[entry.article_id] = entry
        version = Version(entry.article_id, entry.story_id, identity_of(entry.identity))
        self._overlay_versions.setdefault(entry.url_key, []).append(version)
        if entry.anchor_text is not None:
            self._overlay_lsh.insert(entry.article_id, minhash_of(entry.signature))
            for key in entry.signature.keys:
                self._overlay_keys.setdefault(key, set()).add(entry.article_id)

    def commit(self, entries: list[Entry]) -> None:
        """Write entries to the database, inside the caller's transaction. Entries already there stay as they are."""
        for e in entries:
            self._db.execute(
                "INSERT OR IGNORE INTO versions VALUES (?, ?, ?, ?)",
                (hash64(e.url_key.encode()), hash64(e.identity.encode()), e.article_id, e.story_id),
            )
            if e.anchor_text is None:
                continue
            cursor = self._db.execute(
                "INSERT OR IGNORE INTO stories(id, fetched_at, text) VALUES (?, ?, ?)",
                (e.article_id, e.fetched_at.timestamp(), self._compress(e.anchor_text.encode())),
            )
            if not cursor.rowcount:
                continue
            n = cursor.lastrowid
            self._lsh.insert(n, minhash_of(e.signature), check_duplication=False)
            self._db.executemany(
                "INSERT OR IGNORE INTO sentences VALUES (?, ?)", [(signed(k), n) for k in e.signature.keys]
            )

    def forget_pending(self, entries: list[Entry]) -> None:
        """Drop entries from the overlay after the transaction that committed them."""
        for e in entries:
            if self._overlay.pop(e.article_id, None) is None:
                continue
            rest = [v for v in self._overlay_versions[e.url_key] if v.article_id != e.article_id]
            if rest:
                self._overlay_versions[e.url_key] = rest
            else:
                del self._overlay_versions[e.url_key]
            if e.anchor_text is not None:
                self._overlay_lsh.remove(e.article_id)
                for key in e.signature.keys:
                    holders = self._overlay_keys[key]
                    holders.discard(e.article_id)
                    if not holders:
                        del self._overlay_keys[key]

    def _id(self, n: int) -> str:
        article_id: str = self._db.execute("SELECT id FROM stories WHERE n = ?", (n,)).fetchone()[0]
        return article_id
