"""What an archive would take a story for: a new one, a copy, a version of its page; by the state of the settings.

Only the state directory is read, which holds the texts that a crawl compares with; nothing is written, and a crawl may
go on meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from newscrawl.dedup.explain import Stretch, score_line, verdict, weighed_lines, word_diff
from newscrawl.dedup.hashes import hash64
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.judge import judge
from newscrawl.dedup.match import compare
from newscrawl.dedup.words import words_of
from newscrawl.errors import StateMismatch, command, program
from newscrawl.extraction.clean.templates import Templates
from newscrawl.items import Article, Duplicate, Relation, Unchanged
from newscrawl.state import template_store
from newscrawl.state.database import STATE_VERSION, refusing_damage
from newscrawl.text.urls import url_key


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A known article that the page was compared with, in the words of `bucket similar`. `told`: headline, site, date
    and address, where the bucket was asked for them."""

    article_id: str
    same_page: bool
    verdict: str
    scores: str
    weighed: list[str]
    differs: list[Stretch]
    told: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Which archive was `asked`, as a sentence; the `verdict`, None where none was asked; best neighbours first."""

    asked: str
    verdict: str | None = None
    neighbours: tuple[Neighbour, ...] = ()

    def naming(self, told: Mapping[str, str]) -> Known:
        """The same with what is told of articles, by id."""
        named = tuple(
            replace(one, told=told.get(one.article_id, "its row is in the bucket no more")) for one in self.neighbours
        )
        return replace(self, neighbours=named)


def taken_for(article: Article, state_dir: Path, window: timedelta | None) -> Known:
    """What the archive of this state directory would take an article for. Raises `StateMismatch`."""
    path = state_dir / "state.db"
    if not path.is_file():
        return Known(
            f"no archive was asked: {state_dir} has no state.db. NEWSCRAWL_STATE_DIR names the state of a crawl, "
            f"`{program()} bucket rebuild` makes one from the bucket, and --bucket asks the bucket itself"
        )
    try:
        with refusing_damage(path), _read_only(path) as db:
            return _asked(article, path, db, window)
    except sqlite3.OperationalError as e:
        # Of an earlier release, which a run brings up to date; or a log beside it that may not be opened for reading.
        return Known(f"no archive was asked: {path} cannot be read without writing to it ({e})")


def learned_lines(state_dir: Path, site: str) -> frozenset[int]:
    """Keys of the lines that crawls with this state have learned to be a site's own in story after story; none where
    there is no state to ask. Raises `StateMismatch`."""
    path = state_dir / "state.db"
    if not path.is_file():
        return frozenset()
    try:
        with refusing_damage(path), _read_only(path) as db:
            return Templates.restore(*template_store.load(db)).of(site)
    except sqlite3.OperationalError:  # none was learned yet, or it may not be read without writing
        return frozenset()


def _asked(article: Article, path: Path, db: sqlite3.Connection, window: timedelta | None) -> Known:
    if not db.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'articles'").fetchone()[0]:
        return Known(f"no archive was asked: {path} knows no article yet")
    index = DedupIndex(db, window=window)
    rows = db.execute("SELECT COUNT(*) FROM articles").fetchone()[0]
    # The verdict last: the index remembers, in memory, what it decided.
    neighbours = _neighbours(article, index)
    return Known(
        f"{path} was asked, which knows {rows:,} articles; nothing was written",
        verdict=_verdict(article, index),
        neighbours=neighbours,
    )


@contextmanager
def _read_only(path: Path) -> Iterator[sqlite3.Connection]:
    # Without a log beside it nobody writes, and SQLite needs no file of its own to read it.
    alone = not path.with_name(f"{path.name}-wal").exists()
    address = f"file:{quote(str(path))}?mode=ro" + ("&immutable=1" if alone else "")
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as db:
        found = db.execute("SELECT value FROM meta WHERE name = 'state_version'").fetchone()
        if found is None or found[0] != str(STATE_VERSION):
            raise StateMismatch(
                f"{path}: made by state version {found and found[0]}, this is version {STATE_VERSION}; "
                f"run `{command('bucket rebuild')}` to make it anew from the bucket"
            )
        yield db


def _verdict(article: Article, index: DedupIndex) -> str:
    decided = judge(article, index)
    if isinstance(decided, Unchanged):
        return "nothing new: this very page is stored, with this headline and text"
    if isinstance(decided, Duplicate):
        if decided.relation is Relation.REVISION:
            return f"a revision of {decided.duplicate_of}, under the same canonical URL"
        return f"a duplicate of {decided.duplicate_of} ({decided.relation.value})"
    return "an article: a story of its own"


def _neighbours(article: Article, index: DedupIndex) -> tuple[Neighbour, ...]:
    key = url_key(article.canonical_url)
    page = hash64(key.encode())
    names = [member.article_id for member in reversed(index.versions(key))] + index.candidates(article.signature)
    words, told_at = words_of(article.text), article.published_at or article.fetched_at
    compared = []
    for name in dict.fromkeys(names):
        member, text = index.member(name), index.text(name)
        if member is None or text is None:
            continue
        same = member.url == page
        found = compare(words, words_of(text), timedelta(0) if same else abs(member.told_at - told_at))
        neighbour = Neighbour(
            name, same, verdict(found), score_line(found), weighed_lines(found), word_diff(text, article.text)
        )
        compared.append((found.likeness, neighbour))
    return tuple(neighbour for _, neighbour in sorted(compared, key=lambda pair: -pair[0]))
