"""The index of known stories: candidates by MinHash LSH and by window keys, over SQLite and an overlay.

Entries live in the overlay from the moment an article is judged until S3 acknowledged its batch; only
then `commit` writes them to the database (DESIGN.md, invariant 2). Queries see both.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import zstandard
from datasketch import MinHash
from datasketch.storage import UnorderedStorage

from newscrawl.dedup.postings import FREQUENT_KEY, Postings
from newscrawl.dedup.signature import NUM_PERM, minhash_of
from newscrawl.dedup.storage import (
    Collected,
    band_keys,
    hash64,
    memory_lsh,
    redis_lsh,
    signed,
    sqlite_lsh,
)
from newscrawl.errors import StateMismatch
from newscrawl.items import Signature

# Best candidates that are verified, 0.5 ms each: true stories share several keys and stand in front.
MAX_CANDIDATES = 20
# A candidate must share this part of the shorter one's window keys, or a band. The lowest share of a
# labelled copy or version is 0.08; what two stories share by chance is one key of many.
MIN_KEYS_SHARED = 1 / 16
# Seed of the key of a whole MinHash (beside those of the bands): the same text again is found even when
# every other key of it is frequent.
WHOLE = 255
# Rows that one commit may delete for expiry, stories and versions each: a few milliseconds.
_EXPIRE_ROWS = 20_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS stories(n INTEGER PRIMARY KEY, id BLOB, fetched_at INTEGER, keys INTEGER);
CREATE TABLE IF NOT EXISTS texts(n INTEGER PRIMARY KEY, text BLOB);
CREATE TABLE IF NOT EXISTS versions(url INTEGER, identity INTEGER, article BLOB, story BLOB, fetched_at INTEGER,
  PRIMARY KEY(url, identity)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS window(name TEXT PRIMARY KEY, value INTEGER);
"""
_STORIES_ID = "CREATE UNIQUE INDEX IF NOT EXISTS stories_id ON stories(id)"


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


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A known version of a page; the newest sorts last. `fetched_at` in seconds since 1970, UTC."""

    fetched_at: int
    article_id: str
    story_id: str
    identity: str


def identity_of(identity: str) -> str:
    """The short form in which `Version` holds an identity."""
    return str(hash64(identity.encode()))


class DedupIndex:
    """Known stories and page versions in `db`; see the module docstring.

    `window`: age at which a story leaves, measured against the newest story committed (None: never). What
    is older is ignored at once and deleted little by little, with the commits. `redis`: address of a
    Redis server that holds bands and window keys instead of `db`.
    """

    def __init__(self, db: sqlite3.Connection, *, window: timedelta | None = None, redis: str | None = None) -> None:
        self._db = db
        db.executescript(_SCHEMA)
        state: dict[str, int] = dict(db.execute("SELECT name, value FROM window"))
        if state.get("loading"):
            raise StateMismatch("a rebuild of the dedup index was interrupted: run `scrapy bucket rebuild` again")
        db.execute(_STORIES_ID)
        self._window = window
        self._postings = Postings(db)
        self._lsh = sqlite_lsh(self._postings, NUM_PERM)
        self._collected = Collected()
        self._bands = sqlite_lsh(self._collected, NUM_PERM)
        self._redis_keys: UnorderedStorage | None = None
        if redis:
            self._open_redis(redis)
        self._newest = state.get("newest", 0)
        self._swept_url = state.get("swept_url", -(1 << 63))
        self._postings.live_from = state.get("live_from", 0)
        last: int | None = db.execute("SELECT MAX(n) FROM stories").fetchone()[0]
        self._next = max(last or 0, self._postings.live_from) + 1
        self._compress = zstandard.ZstdCompressor(level=3).compress
        self._decompress = zstandard.ZstdDecompressor().decompress
        self._overlay: dict[str, Entry] = {}
        self._overlay_lsh = memory_lsh(NUM_PERM)
        self._overlay_keys: dict[int, set[str]] = {}
        self._overlay_versions: dict[str, list[Version]] = {}

    def _open_redis(self, url: str) -> None:
        import redis  # only where it is configured

        path = self._db.execute("PRAGMA database_list").fetchone()[2]
        name = f"newscrawl-{sha256(path.encode()).hexdigest()[:12]}"
        if not self._db.execute("SELECT 1 FROM stories LIMIT 1").fetchone():
            # A new or rebuilt state: what an earlier one left there has no story here.
            client = redis.Redis.from_url(url)
            for key in client.scan_iter(match=f"{name}*", count=1000):
                client.delete(key)
        self._lsh, self._redis_keys = redis_lsh(url, name, NUM_PERM)

    @property
    def expired_before(self) -> int:
        """Stories fetched before this (seconds since 1970, UTC) are forgotten."""
        return self._newest - int(self._window.total_seconds()) if self._window is not None else 0

    def versions(self, url_key: str) -> list[Version]:
        """Known versions of the page with this canonical URL key, the newest last."""
        rows = self._db.execute(
            "SELECT fetched_at, article, COALESCE(story, article), identity FROM versions"
            " WHERE url = ? AND fetched_at >= ?",
            (hash64(url_key.encode()), self.expired_before),
        )
        known = [Version(at, _text_id(a), _text_id(s), str(i)) for at, a, s, i in rows]
        return sorted(known + self._overlay_versions.get(url_key, []))

    def known(self, url_key: str, identity: str) -> Version | None:
        """The version of this page that has this content and headline, if there is one."""
        wanted = identity_of(identity)
        return next((v for v in self.versions(url_key) if v.identity == wanted), None)

    def candidates(self, signature: Signature) -> list[str]:
        """Ids of anchors that may be the same story, the most keys in common first, at most MAX_CANDIDATES.

        A key that FREQUENT_KEY stories or more hold proposes none of them.
        """
        minhash = minhash_of(signature)
        whole = _whole(minhash)
        if self._redis_keys is None:
            self._postings.read([whole, *band_keys(minhash), *map(signed, signature.keys)])
        stored: Counter[int] = Counter()
        pending: Counter[str] = Counter()
        for key in signature.keys:
            holders = self._overlay_keys.get(key, ())
            rows = self._stories_of(key)
            if len(rows) + len(holders) < FREQUENT_KEY:
                pending.update(holders)
                stored.update(rows)
        met = set(self._lsh.query(minhash)) | set(self._postings.get(whole))
        met_pending = set(self._overlay_lsh.query(minhash))
        mine = len(signature.keys)
        found: list[tuple[float, str]] = []
        for n in stored.keys() | met:
            row = self._db.execute(
                "SELECT id, keys FROM stories WHERE n = ? AND fetched_at >= ?", (n, self.expired_before)
            )
            for blob, theirs in row:
                share = stored[n] / max(1, min(mine, theirs))
                if n in met or share >= MIN_KEYS_SHARED:
                    found.append((share + (n in met), _text_id(blob)))
        for article_id in pending.keys() | met_pending:
            theirs = len(self._overlay[article_id].signature.keys)
            share = pending[article_id] / max(1, min(mine, theirs))
            if article_id in met_pending or share >= MIN_KEYS_SHARED:
                found.append((share + (article_id in met_pending), article_id))
        # By id among equals: a rebuilt index must decide as the first one did.
        found.sort(key=lambda f: (-f[0], f[1]))
        return [article_id for _, article_id in found[:MAX_CANDIDATES]]

    def _stories_of(self, key: int) -> list[int]:
        if self._redis_keys is None:
            return self._postings.get(signed(key))
        return [int(n) for n in self._redis_keys.get(key.to_bytes(8, "big"))]

    def anchor_text(self, article_id: str) -> str | None:
        """The text of a story's anchor; None when the story is not (or no longer) in the index."""
        if entry := self._overlay.get(article_id):
            return entry.anchor_text
        row = self._db.execute(
            "SELECT text FROM stories JOIN texts USING (n) WHERE id = ? AND fetched_at >= ?",
            (_short_id(article_id), self.expired_before),
        ).fetchone()
        return self._decompress(row[0]).decode() if row else None

    def add(self, entry: Entry) -> None:
        """Remember an entry in the overlay, until `commit`."""
        self._overlay[entry.article_id] = entry
        version = Version(
            int(entry.fetched_at.timestamp()), entry.article_id, entry.story_id, identity_of(entry.identity)
        )
        self._overlay_versions.setdefault(entry.url_key, []).append(version)
        if entry.anchor_text is not None:
            self._overlay_lsh.insert(entry.article_id, minhash_of(entry.signature))
            for key in entry.signature.keys:
                self._overlay_keys.setdefault(key, set()).add(entry.article_id)

    def commit(self, entries: list[Entry]) -> None:
        """Write entries to the database, inside the caller's transaction. Entries already there stay as they are.

        Also does its bounded share of expiry and of the postings' upkeep.
        """
        if entries:
            self._newest = max(self._newest, *(int(e.fetched_at.timestamp()) for e in entries))
        self._db.executemany(
            "INSERT OR IGNORE INTO versions VALUES (?, ?, ?, ?, ?)",
            [version_row(e) for e in entries],
        )
        rows: list[tuple[int, int]] = []
        for e in entries:
            if e.anchor_text is not None:
                rows += self._insert_story(e)
        self._postings.insert(rows)
        self._expire()
        self._postings.sweep()

    def _insert_story(self, e: Entry) -> list[tuple[int, int]]:
        n = self._next
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO stories VALUES (?, ?, ?, ?)",
            (n, _short_id(e.article_id), int(e.fetched_at.timestamp()), len(e.signature.keys)),
        )
        if not cursor.rowcount:
            return []
        self._next += 1
        assert e.anchor_text is not None
        self._db.execute("INSERT INTO texts VALUES (?, ?)", (n, self._compress(e.anchor_text.encode())))
        minhash = minhash_of(e.signature)
        whole = (_whole(minhash), n)
        if self._redis_keys is not None:
            self._lsh.insert(n, minhash, check_duplication=False)
            for key in e.signature.keys:
                self._redis_keys.insert(key.to_bytes(8, "big"), str(n).encode())
            return [whole]
        self._bands.insert(n, minhash, check_duplication=False)
        return [whole, *self._collected.take(), *((signed(key), n) for key in e.signature.keys)]

    def restore(self, entry: Entry) -> None:
        """Make an article that had collapsed the anchor of its own story, inside the caller's transaction."""
        self._db.execute(
            "DELETE FROM versions WHERE url = ? AND identity = ?",
            (hash64(entry.url_key.encode()), hash64(entry.identity.encode())),
        )
        self.commit([entry])

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

    def _expire(self) -> None:
        """Delete a bounded number of rows that are older than the window."""
        before = self.expired_before
        if self._window is not None:
            # Numbers grow with time but for the minutes of a batch: a younger one stops the deletion, and
            # what stands behind it is ignored until then all the same.
            old = self._db.execute("SELECT n, fetched_at FROM stories ORDER BY n LIMIT ?", (_EXPIRE_ROWS,)).fetchall()
            last = next((i for i, (_, at) in enumerate(old) if at >= before), len(old))
            if last:
                self._postings.live_from = old[last - 1][0] + 1
                for table in ("stories", "texts"):
                    self._db.execute(f"DELETE FROM {table} WHERE n < ?", (self._postings.live_from,))
            self._expire_versions(before)
        self._db.executemany(
            "INSERT OR REPLACE INTO window VALUES (?, ?)",
            [("newest", self._newest), ("live_from", self._postings.live_from), ("swept_url", self._swept_url)],
        )

    def _expire_versions(self, before: int) -> None:
        end = self._db.execute(
            "SELECT url FROM versions WHERE url > ? ORDER BY url LIMIT 1 OFFSET ?", (self._swept_url, _EXPIRE_ROWS)
        ).fetchone()
        last = end[0] if end else (1 << 63) - 1
        self._db.execute(
            "DELETE FROM versions WHERE url > ? AND url <= ? AND fetched_at < ?", (self._swept_url, last, before)
        )
        self._swept_url = last if end else -(1 << 63)


def mark_loading(db: sqlite3.Connection, *, loading: bool) -> None:
    """Mark the index as half loaded, or as whole again."""
    db.execute("INSERT OR REPLACE INTO window VALUES ('loading', ?)", (int(loading),))


def mark_newest(db: sqlite3.Connection, newest: int) -> None:
    """Note the time of the newest story (seconds since 1970, UTC), from which the window is measured."""
    db.execute("INSERT OR REPLACE INTO window VALUES ('newest', ?)", (newest,))


def version_row(e: Entry) -> tuple[int, int, bytes | str, bytes | str | None, int]:
    """An entry's row of the table `versions`; the story is left out when the article founded it."""
    story = None if e.story_id == e.article_id else _short_id(e.story_id)
    return (
        hash64(e.url_key.encode()),
        hash64(e.identity.encode()),
        _short_id(e.article_id),
        story,
        int(e.fetched_at.timestamp()),
    )


def _whole(minhash: MinHash) -> int:
    return hash64(minhash.hashvalues.tobytes(), WHOLE)


def _short_id(article_id: str) -> bytes | str:
    """Ids are 32 hexadecimal digits: half of that in the database."""
    try:
        packed = bytes.fromhex(article_id)
    except ValueError:
        return article_id
    return packed if packed.hex() == article_id else article_id


def _text_id(stored: bytes | str) -> str:
    return stored.hex() if isinstance(stored, bytes) else stored
