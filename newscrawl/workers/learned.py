"""What is learned of each site's template lines: at once for the pages that follow, and with each batch for good.

The state is as far as the pages are that are committed. Those that a crash takes are fetched again and counted then, so
that one run and the same run with a restart learn the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from newscrawl.extraction.clean.templates import Templates
from newscrawl.items import Article, Duplicate, Outcome, Unchanged
from newscrawl.state import template_store


class Learned:
    """The lines as of the page extracted last, and as of the batch committed last."""

    def __init__(self, db: sqlite3.Connection | None = None) -> None:
        """`db`: of the state, with what earlier runs learned; without it there is nothing to begin with."""
        self.restore(template_store.load(db) if db else ({}, []))

    def restore(self, stored: template_store.Stored) -> None:
        """Go back to what is `stored` (`template_store.load`)."""
        self._now, self._committed = Templates.restore(*stored), Templates.restore(*stored)

    def observe(self, article: Article) -> None:
        """Count the lines of a story that was extracted."""
        self._now.observe(article.site, article.line_keys)

    def of(self, site: str) -> frozenset[int]:
        """Keys of the lines that are template on a site now."""
        return self._now.of(site)

    def commit(self, db: sqlite3.Connection, outcomes: Iterable[Outcome]) -> None:
        """Count the lines of a batch, in the caller's transaction. May run in another thread than the rest."""
        changed: dict[str, set[int]] = {}
        for outcome in outcomes:
            story = outcome.article if isinstance(outcome, Duplicate) else outcome
            if isinstance(story, Article | Unchanged):
                touched = self._committed.observe(story.site, story.line_keys)
                changed.setdefault(story.site, set()).update(touched)
        for site, keys in changed.items():
            template_store.save(db, site, self._committed.pages()[site], keys, self._committed.rows(site, keys))
