"""What a site prints in story after story is learned with each batch: a kill takes only what is fetched again."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from tests.crawl.interrupted import wait_for_commit
from tests.crawl.small_sites import Web, page, urlset
from tests.support import Archive

STORIES = 24
FETCHED = 17


def learned(state: Path) -> dict[str, int]:
    with closing(sqlite3.connect(state / "state.db")) as db:
        return dict(db.execute("SELECT site, pages FROM template_sites").fetchall())


def test_a_crawl_that_is_killed_and_one_that_is_not_count_each_story_once(tmp_path: Path, archive: Archive) -> None:
    paths = [f"/khabar-ek-do-teen-{n}" for n in range(STORIES)]
    with ExitStack() as stack:
        web = Web(stack)
        host = web.site("one", {path: page(n) for n, path in enumerate(paths)}, sitemaps=["/news.xml"])
        host.pages["/news.xml"] = urlset(*((path, None) for path in paths))
        # Silent from here on: nothing is under way when the kill comes.
        host.pages |= {path: (0, {}, b"") for path in paths[FETCHED:]}
        crawl = web.start(tmp_path, archive, NEWSCRAWL_BATCH_ROWS="5")
        wait_for_commit(tmp_path / "state", crawl, before=2)
        os.killpg(crawl.pid, signal.SIGKILL)
        crawl.wait()
        assert learned(tmp_path / "state") == {"one": 15}
        host.pages |= {path: page(n) for n, path in enumerate(paths)}
        web.crawl(tmp_path, archive, NEWSCRAWL_BATCH_ROWS="5")
    assert learned(tmp_path / "state") == {"one": STORIES}
