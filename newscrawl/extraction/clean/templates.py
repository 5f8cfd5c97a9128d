"""Lines that a site prints in story after story, learned as the crawl goes.

A line that recurs over different stories of one site is the site's, not the reporter's. What another site prints has no
say in it: one could else keep a line in all stories of the other, or have it taken away. Pure bookkeeping over line
keys: the crawl process observes what the workers extracted and tells them which lines to strip. Same pages in the
same order, same answer. It is a cache: forgetting it costs some precision until it has learned again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import xxhash

from newscrawl.extraction.clean import phrases
from newscrawl.text import hindi

# Weight of a page against the next one: half of what is known is forgotten after 35 pages of the site, so that a
# promo that is taken off the pages is soon a sentence like any other.
_DECAY = 0.98
# Four different stories, at least ten pages seen, and three pages of ten: a subhead that reporters like ("क्या है
# मामला") stands on far fewer, a promo on nearly all.
_STORIES, _PAGES, _SHARE = 4, 10, 0.3
# No paragraph of a story is taken for a template, however often a frame of a story ("weather today") repeats it.
MAX_WORDS = 40
# A line below this support is forgotten: seen once, 57 pages ago.
_FORGOTTEN = 0.3


@dataclass(slots=True)
class _Line:
    support: float  # decayed number of pages
    at: int  # page number of the site when it was last counted
    stories: tuple[int, ...]  # keys of different stories that held it, at most _STORIES


def line_key(line: str) -> int:
    """What identifies a line: its folded words, hashed to 63 bits (SQLite integers are signed)."""
    return xxhash.xxh3_64_intdigest(phrases.key(line).encode()) >> 1


def line_keys(lines: list[str]) -> tuple[int, ...]:
    """The keys of a story's lines for `Templates.observe`: the story's own first, then those of its short lines.

    The longest line stands for the story: copies of one story under two addresses share it.
    """
    if not lines:
        return ()
    short = [line_key(line) for line in lines if hindi.word_count(line) <= MAX_WORDS]
    return (line_key(max(lines, key=len)), *dict.fromkeys(short))


class Templates:
    """Line support for each site."""

    def __init__(self) -> None:
        self._pages: dict[str, int] = {}
        self._lines: dict[str, dict[int, _Line]] = {}
        # Those of so many different stories that they may be templates: few of what a site's pages hold, and each page
        # asks.
        self._shared: dict[str, set[int]] = {}

    def observe(self, site: str, keys: tuple[int, ...]) -> set[int]:
        """Count the lines of one story of `site` (`line_keys`); the keys of which something else is known now."""
        if not keys:
            return set()
        page = self._pages[site] = self._pages.get(site, 0) + 1
        lines = self._lines.setdefault(site, {})
        story, *rest = keys
        for key in rest:
            known = lines.setdefault(key, _Line(0.0, page, ()))
            if story in known.stories:
                continue
            known.support = known.support * _DECAY ** (page - known.at) + 1
            known.at = page
            known.stories = (*known.stories, story)[-_STORIES:]
            if len(known.stories) == _STORIES:
                self._shared.setdefault(site, set()).add(key)
        return {*rest, *(self._forget(site, page) if page % 100 == 0 else ())}

    def of(self, site: str) -> frozenset[int]:
        """Keys of the lines that are template on `site` now."""
        page = self._pages.get(site, 0)
        if page < _PAGES:
            return frozenset()
        seen = (1 - _DECAY**page) / (1 - _DECAY)
        lines = self._lines.get(site, {})
        return frozenset(
            key
            for key in self._shared.get(site, ())
            if (line := lines[key]).support * _DECAY ** (page - line.at) >= _SHARE * seen
        )

    def _forget(self, site: str, page: int) -> list[int]:
        lines = self._lines[site]
        forgotten = [key for key, line in lines.items() if line.support * _DECAY ** (page - line.at) < _FORGOTTEN]
        for key in forgotten:
            del lines[key]
        self._shared.get(site, set()).difference_update(forgotten)
        return forgotten

    def rows(self, site: str, keys: Iterable[int] | None = None) -> Iterator[tuple[str, int, float, int, str]]:
        """What is known of a site's lines, or of those with `keys`, to store: site, line, support, page, story keys."""
        lines = self._lines.get(site, {})
        for key in lines if keys is None else keys:
            if line := lines.get(key):
                yield site, key, line.support, line.at, " ".join(map(str, line.stories))

    def pages(self) -> dict[str, int]:
        """Pages observed of each site."""
        return dict(self._pages)

    @classmethod
    def restore(cls, pages: dict[str, int], rows: Iterable[tuple[str, int, float, int, str]]) -> Templates:
        """What `pages` and `rows` said."""
        templates = cls()
        templates._pages = dict(pages)
        for site, key, support, at, stories in rows:
            known = _Line(support, at, tuple(map(int, stories.split())))
            templates._lines.setdefault(site, {})[key] = known
            if len(known.stories) == _STORIES:
                templates._shared.setdefault(site, set()).add(key)
        return templates
