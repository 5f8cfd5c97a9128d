"""Stories are fetched again where they are seen to change: over crawls of a site that revises and one that does not."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.crawl.small_sites import Web, asked, urlset
from tests.samples import OTHER, STORY, html
from tests.support import Answer, Archive, CountingWeb

LEARNS = {"NEWSCRAWL_RECHECKS": "2h,24h"}
STORIES = 12


def story(number: int, version: int, published: datetime) -> Answer:
    text = f"{[STORY, OTHER][number % 2]}\nयह समाचार क्रमांक {number} है।" + f"\nसंशोधन {version} के अनुसार।" * version
    stamp = f'<meta property="article:published_time" content="{published.isoformat()}">'
    return 200, {}, html(text, f"समाचार {number}").replace("<head>", f"<head>{stamp}").encode()


def publish(web: CountingWeb, day: int, version: int, published: datetime) -> list[str]:
    paths = [f"/desh/khabar-ek-do-teen-{day}{n:02}" for n in range(STORIES)]
    for n, path in enumerate(paths):
        web.pages[path] = story(100 * day + n, version, published)
    return paths


def grow_older(folder: Path, hours: float) -> None:
    """Put the state's times back, as if so long had passed since."""
    with sqlite3.connect(folder / "state" / "state.db") as db:
        seconds = hours * 3600
        db.execute(
            "UPDATE urls SET published = published - ?1, fetched = fetched - ?1, next_check = next_check - ?1,"
            " first_seen = first_seen - ?1", (seconds,),
        )  # fmt: skip
        db.execute("UPDATE revisits SET at = at - ?", (seconds,))


@pytest.mark.faults  # six crawls: a minute
def test_looks_go_to_the_site_that_revises(tmp_path: Path, archive: Archive) -> None:
    with ExitStack() as stack:
        web = Web(stack)
        sites = {name: web.site(name, {}, sitemaps=["/news.xml"]) for name in ("sajag", "maun")}
        looks: list[dict[str, int]] = []
        changed = 0
        for day in range(2):
            published = datetime.now(UTC) - timedelta(minutes=5)
            for site in sites.values():
                paths = publish(site, day, 0, published)
                site.pages["/news.xml"] = urlset(*((path, None) for path in paths))
            report, _ = web.crawl(tmp_path, archive, **LEARNS)
            changed += report["rechecks"].get("changed", 0)
            for version in (1, 2):
                grow_older(tmp_path, 13)
                publish(sites["sajag"], day, version, published)
                before = {name: len(site.requests) for name, site in sites.items()}
                report, said = web.crawl(tmp_path, archive, **LEARNS)
                looks.append(
                    {
                        name: sum(path != "/news.xml" for path in asked(site, before[name]))
                        for name, site in sites.items()
                    }
                )
                assert report["rechecks"].get("looked", 0) == report["funnel"]["fetched"]
                changed += report["rechecks"].get("changed", 0)
                assert "looked at again" in said or not report["funnel"]["fetched"]
        # At first they are asked alike, but for the few whose age is drawn by lot; then the one that never changes is
        # let be.
        assert all(STORIES - 4 <= looks[0][name] <= STORIES for name in sites)
        assert sum(crawl["sajag"] for crawl in looks[2:]) > 2 * sum(crawl["maun"] for crawl in looks[2:])
        assert changed == len([row for row in archive.rows("duplicates") if row["relation"] == "revision"])
        # Switched off, the ages are those of the settings, for both.
        with sqlite3.connect(tmp_path / "state" / "state.db") as db:
            known = db.execute("SELECT * FROM revisits").fetchall()
        paths = [publish(site, 7, 0, datetime.now(UTC)) for site in sites.values()]
        for site, named in zip(sites.values(), paths, strict=True):
            site.pages["/news.xml"] = urlset(*((path, None) for path in named))
        web.crawl(tmp_path, archive, **LEARNS, NEWSCRAWL_RECHECKS_LEARN="0")
        with sqlite3.connect(tmp_path / "state" / "state.db") as db:
            assert db.execute("SELECT * FROM revisits").fetchall() == known
            ages = db.execute("SELECT next_check - published FROM urls WHERE url LIKE '%-7__'").fetchall()
        assert ages == [(7200.0,)] * (2 * STORIES)
