"""Postings of stories that no commit has covered yet, in memory."""

from __future__ import annotations

from collections.abc import Iterable

from newscrawl.dedup.postings import FREQUENT_KEY


class Pending:
    """Rows (key, article id) with the rules of `Postings`: the newest FREQUENT_KEY rows of a key are kept."""

    def __init__(self) -> None:
        # Tuples: a set takes four times the memory, and the garbage collector visits it again and again.
        self._rows: dict[int, tuple[str, ...]] = {}

    def get(self, key: int) -> tuple[str, ...]:
        """The articles of a key, the newest last."""
        return self._rows.get(key, ())

    def insert(self, rows: Iterable[tuple[int, str]]) -> None:
        """Add rows of an article that is not there yet."""
        for key, article_id in rows:
            self._rows[key] = (*self.get(key), article_id)[-FREQUENT_KEY:]

    def remove(self, rows: Iterable[tuple[int, str]]) -> None:
        """Drop rows, whether they are still kept or not."""
        for key, article_id in rows:
            left = tuple(a for a in self.get(key) if a != article_id)
            if left:
                self._rows[key] = left
            else:
                self._rows.pop(key, None)
