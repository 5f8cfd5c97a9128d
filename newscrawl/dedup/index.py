"""The index of known articles: candidates by MinHash LSH and by window keys, over SQLite and an overlay.

Entries live in the overlay from the moment an article is judged until S3 acknowledged its batch; only
then `IndexWriter.commit` writes them to the database (docs/architecture.md, invariant 2). Queries see both.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import zstandard

from newscrawl.dedup.entries import Entry, id_hash, posting_keys, short_id, text_id
from newscrawl.dedup.hashes import hash64, signed
from newscrawl.dedup.index_writer import create_tables, expired_before, last_move, window_state
from newscrawl.dedup.pending import Pending
from newscrawl.dedup.postings import FREQUENT_KEY, Postings
from newscrawl.dedup.signature import NUM_PERM
from newscrawl.items import Move, Signature

# Best candidates that are verified, 0.5 ms each: true stories share several keys and stand in front. Of one story the
# best few: an agency's report has a hundred copies, and a page that strings stories together has other stories, too.
MAX_CANDIDATES = 20
MAX_OF_A_STORY = 4
# A candidate must share this part of the shorter one's window keys, or a band. The lowest share of a
# labelled copy or version is 0.08; what two stories share by chance is one key of many.
MIN_KEYS_SHARED = 1 / 16
# A key that FREQUENT_KEY articles hold is a template's or a circulating quote's, unless they are copies of few stories.
FREQUENT_STORIES = FREQUENT_KEY // 2

_KNOWN_ROWS = "SELECT n, id, COALESCE(story, id), keys FROM articles WHERE n IN ({}) AND fetched_at >= ?"
_MEMBER = "SELECT id, COALESCE(story, id), url, told_at, fetched_at, fixed FROM articles WHERE {} AND fetched_at >= ?"


@dataclass(frozen=True, slots=True)
class Member:
    """An article that the index knows. `url`: hash of its page's URL key; times in UTC, to the second."""

    article_id: str
    story_id: str
    url: int
    told_at: datetime
    fetched_at: datetime
    fixed: bool


class DedupIndex:
    """Known articles and their stories in `db`; see the module docstring.

    `window`: age at which an article leaves, measured against the newest one committed (None: never). What
    is older is ignored at once and deleted little by little, with the commits.
    """

    def __init__(self, db: sqlite3.Connection, *, window: timedelta | None = None) -> None:
        self._db = db
        create_tables(db)
        self.window = window
        self._postings = Postings(db)
        self._decompress = zstandard.ZstdDecompressor().decompress
        self._overlay: dict[str, Entry] = {}
        self._overlay_postings = Pending()
        self._overlay_urls: dict[int, list[str]] = {}
        self._overlay_stories: dict[str, set[str]] = {}
        # Moves that no commit has covered yet.
        self._moved: dict[str, Move] = {}
        self._moved_last = datetime.min.replace(tzinfo=UTC)
        self.refresh()

    @cached_property
    def _meet(self) -> Callable[[Signature], list[int | str]]:
        # Here, for it brings SciPy, three tenths of a second: only who looks an article up waits for it.
        from newscrawl.dedup.lsh import lookup_over

        return lookup_over([self._postings, self._overlay_postings], NUM_PERM)

    def refresh(self) -> None:
        """Take note of what was committed since, through whatever connection."""
        state = window_state(self._db)
        self.expired_before = expired_before(state.get("newest", 0), self.window)
        self._postings.live_from = state.get("live_from", 0)
        self._postings.forget()

    @property
    def live_from(self) -> int:
        """Articles of a lower number have left the window."""
        return self._postings.live_from

    def size(self) -> int:
        """About how many articles the database holds: as many as there are numbers."""
        first, last = self._db.execute("SELECT COALESCE(MIN(n), 1), COALESCE(MAX(n), 0) FROM articles").fetchone()
        return int(last) - int(first) + 1

    def versions(self, url_key: str) -> list[Member]:
        """Known versions of the page with this canonical URL key, the newest last."""
        return self.versions_of(hash64(url_key.encode()))

    def versions_of(self, url: int) -> list[Member]:
        """As `versions`, of a page by the hash that a `Member` has."""
        known = self._members("url = ?", url)
        pending = [self._pending_member(name) for name in self._overlay_urls.get(url, ())]
        return sorted(known + pending, key=lambda m: (m.fetched_at, m.article_id))

    def is_stored(self, article_id: str) -> bool:
        """Whether the article with this id has a row, or awaits it; also one that has left the window."""
        if article_id in self._overlay:
            return True
        article = short_id(article_id)
        found = self._db.execute(
            "SELECT 1 FROM articles WHERE id = ? UNION ALL SELECT 1 FROM forgotten WHERE id = ?",
            (article, id_hash(article)),
        )
        return found.fetchone() is not None

    def candidates(self, signature: Signature) -> list[str]:
        """Ids of articles that may be the same story, the most keys in common first: MAX_CANDIDATES at most, of one
        story MAX_OF_A_STORY.

        A key that FREQUENT_KEY articles of many stories hold proposes none of them.
        """
        keys = posting_keys(signature)
        self._postings.read(keys)
        holders: list[list[int | str]] = [
            [*self._postings.get(signed(key)), *self._overlay_postings.get(signed(key))] for key in signature.keys
        ]
        whole = keys[0]
        met = {*self._meet(signature), *self._postings.get(whole), *self._overlay_postings.get(whole)}
        known = self._known(met.union(*holders))
        shared: Counter[int | str] = Counter()
        for rows in holders:
            if len(rows) < FREQUENT_KEY or len({known[n].story for n in rows if n in known}) < FREQUENT_STORIES:
                shared.update(rows)
        mine = len(signature.keys)
        found: list[tuple[float, _Known]] = []
        for n in known.keys() & (shared.keys() | met):
            if isinstance(n, int) and known[n].article_id in self._overlay:
                continue  # just committed, and not yet out of the overlay
            share = shared[n] / max(1, min(mine, known[n].keys))
            if n in met or share >= MIN_KEYS_SHARED:
                found.append((share + (n in met), known[n]))
        # By id among equals: a rebuilt index must decide as the first one did.
        found.sort(key=lambda f: (-f[0], f[1].article_id))
        of_story: Counter[str] = Counter()
        best = []
        for _, candidate in found:
            of_story[candidate.story] += 1
            if of_story[candidate.story] <= MAX_OF_A_STORY:
                best.append(candidate.article_id)
        return best[:MAX_CANDIDATES]

    def text(self, article_id: str) -> str | None:
        """The text of an article; None when it is not (or no longer) in the index."""
        if entry := self._overlay.get(article_id):
            return entry.text
        row = self._db.execute(
            "SELECT text FROM articles JOIN texts USING (n) WHERE id = ? AND fetched_at >= ?",
            (short_id(article_id), self.expired_before),
        ).fetchone()
        return self._decompress(row[0]).decode() if row else None

    def story_of(self, article_id: str) -> str | None:
        """The id of the anchor of an article's story; None when the article is not in the index."""
        found = self.member(article_id)
        return found.story_id if found else None

    def member(self, article_id: str) -> Member | None:
        """What is known of an article; None when it is not (or no longer) in the index."""
        if article_id in self._overlay:
            return self._pending_member(article_id)
        return next(iter(self._members("id = ?", short_id(article_id))), None)

    def members(self, story_id: str) -> list[Member]:
        """The articles of a story, its anchor among them where the index still has it."""
        short = short_id(story_id)
        stored = self._members("id = ?", short) + self._members("story = ?", short)
        # What was moved and is not committed: away from here, or here.
        moved = [self.member(m.article_id) for m in self._moved.values() if m.story_id == story_id]
        pending = [self._pending_member(name) for name in self._overlay_stories.get(story_id, ())]
        found = {m.article_id: m for m in (*stored, *pending, *moved) if m is not None and m.story_id == story_id}
        return list(found.values())

    def headless(self) -> list[str]:
        """Stories whose anchor has no row: it was taken down, or is lost. One that has left the window has its row."""
        asked = (
            "SELECT DISTINCT story FROM articles AS of WHERE story IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM articles WHERE id = of.story) ORDER BY story"
        )
        return [name for (story,) in self._db.execute(asked).fetchall() if not self.is_stored(name := text_id(story))]

    def move_time(self, fetched_at: datetime, moved: Collection[str] = ()) -> datetime:
        """When a page that was fetched then moves these articles: later than any page of this run moved any, and than
        what moved these, for a clock may have been set back since, and the later move is what counts."""
        before = max(self._moved_last, last_move(self._db, moved) or self._moved_last)
        self._moved_last = max(fetched_at, before + timedelta(microseconds=1))
        return self._moved_last

    def add(self, entry: Entry) -> None:
        """Remember an entry and its moves in the overlay, until `commit`."""
        self._overlay[entry.article_id] = entry
        self._overlay_urls.setdefault(hash64(entry.url_key.encode()), []).append(entry.article_id)
        self._overlay_stories.setdefault(entry.story_id, set()).add(entry.article_id)
        self._overlay_postings.insert((key, entry.article_id) for key in posting_keys(entry.signature))
        self.move(entry.moves)

    def move(self, moves: Iterable[Move]) -> None:
        """Remember moves that no entry brings in the overlay, until `commit`."""
        self._moved.update((move.article_id, move) for move in moves)

    def forget_moves(self, moves: Iterable[Move]) -> None:
        """Drop moves from the overlay after the transaction that committed them."""
        for move in moves:
            if self._moved.get(move.article_id) is move:
                del self._moved[move.article_id]

    def forget_pending(self, entries: list[Entry]) -> None:
        """Drop entries from the overlay after the transaction that committed them."""
        self.refresh()
        for e in entries:
            self.forget_moves(e.moves)
            if self._overlay.pop(e.article_id, None) is None:
                continue
            self._overlay_postings.remove((key, e.article_id) for key in posting_keys(e.signature))
            url = hash64(e.url_key.encode())
            self._overlay_urls[url].remove(e.article_id)
            self._overlay_stories[e.story_id].discard(e.article_id)
            if not self._overlay_urls[url]:
                del self._overlay_urls[url]
            if not self._overlay_stories[e.story_id]:
                del self._overlay_stories[e.story_id]

    def contents(self, since: int = 0) -> dict[str, set[tuple[Any, ...]]]:
        """What the database knows of articles fetched from `since` (seconds since 1970) on, however it lies in
        the tables: two indexes of one history have equal contents. Reads everything."""
        names = dict(self._db.execute("SELECT n, id FROM articles WHERE fetched_at >= ?", (since,)))
        rows = "SELECT id, story, url, told_at, fetched_at, keys, fixed FROM articles WHERE fetched_at >= ?"
        return {
            "articles": set(self._db.execute(rows, (since,))),
            "texts": {(names[n], text) for n, text in self._db.execute("SELECT n, text FROM texts") if n in names},
            "postings": {(key, names[n]) for key, n in self._postings.rows() if n in names},
        }

    def _known(self, names: Iterable[int | str]) -> dict[int | str, _Known]:
        """What is known of articles by number in the store, or by id in the overlay; not of what has expired."""
        found: dict[int | str, _Known] = {}
        numbers = [n for n in names if isinstance(n, int)]
        if numbers:
            rows = self._db.execute(_KNOWN_ROWS.format(",".join("?" * len(numbers))), (*numbers, self.expired_before))
            for n, blob, story, keys in rows:
                found[n] = _Known(text_id(blob), self._now_of(text_id(blob), text_id(story)), keys)
        for name in names:
            if isinstance(name, str):
                entry = self._overlay[name]
                found[name] = _Known(name, self._now_of(name, entry.story_id), len(entry.signature.keys))
        return found

    def _members(self, where: str, value: object) -> list[Member]:
        return [
            Member(
                text_id(blob),
                self._now_of(text_id(blob), text_id(story)),
                url,
                _time(told),
                _time(fetched),
                bool(fixed),
            )
            for blob, story, url, told, fetched, fixed in self._db.execute(
                _MEMBER.format(where), (value, self.expired_before)
            )
        ]

    def _pending_member(self, article_id: str) -> Member:
        e = self._overlay[article_id]
        return replace(member_of(e), story_id=self._now_of(article_id, e.story_id))

    def _now_of(self, article_id: str, story_id: str) -> str:
        move = self._moved.get(article_id)
        return move.story_id if move else story_id


@dataclass(frozen=True, slots=True)
class _Known:
    """A candidate, its story, and how many window keys it has."""

    article_id: str
    story: str
    keys: int


def member_of(e: Entry) -> Member:
    """An entry as the index would tell of it: times to the second, for so it keeps them."""
    return Member(
        e.article_id,
        e.story_id,
        hash64(e.url_key.encode()),
        e.told_at.replace(microsecond=0),
        e.fetched_at.replace(microsecond=0),
        e.fixed,
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
