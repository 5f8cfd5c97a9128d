"""What a site, or its entry, loses when it changes between two runs: the next one finds it again."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from pathlib import Path

from tests.crawl.small_sites import NOW, Web, asked, page, xml
from tests.support import Answer, Archive

HOME = (200, {}, b'<link rel="alternate" type="application/rss+xml" href="/feed">')


def feed(*links: str) -> Answer:
    return xml(f"<rss>{''.join(f'<item><link>{link}</link></item>' for link in links)}</rss>")


def a_day_later(folder: Path) -> None:
    with sqlite3.connect(folder / "state" / "state.db") as db:
        db.execute("UPDATE urls SET next_check = next_check - 90000")
        db.execute("UPDATE sources SET brought = brought - 90000")
        db.execute("UPDATE sources SET failures = 3 WHERE failures > 0")


def test_what_is_lost_when_a_site_changes_is_found_by_the_next_run(tmp_path: Path, archive: Archive) -> None:
    stories = {f"/khabar-ek-do-teen-{n}": page(n) for n in range(9)}
    still = f"<urlset><url><loc>/khabar-ek-do-teen-1</loc><lastmod>{NOW.isoformat()}</lastmod></url></urlset>"
    with ExitStack() as stack:
        web = Web(stack)
        # One that is read, and has stood still since another one died.
        moved = web.site("moved", {**stories, "/": HOME, "/map.xml": xml(still), "/feed": feed("/khabar-ek-do-teen-7")},
                         feeds=["/old"], sitemaps=["/map.xml"])  # fmt: skip
        # An entry that gets another name while its page fails.
        renamed = web.site("before", {"/feed": feed("/khabar-ek-do-teen-2")}, feeds=["/feed"])
        renamed.pages["/khabar-ek-do-teen-2"] = [*3 * [(503, {}, b"")], page(2)]
        # One with the wrong language; and one whose feed, which changes no more, names pages of another host.
        wrong = web.site("wrong", {**stories, "/feed": feed("/khabar-ek-do-teen-3")}, feeds=["/feed"])
        web.entries["wrong"] += 'language = "mr"\n'
        other = web.site("other", dict(stories) | {"/": (200, {}, b"")})
        del web.entries["other"]
        grown = web.site("grown", {}, feeds=["/feed"])
        grown.pages = {**stories, "/feed": feed("/khabar-ek-do-teen-4", f"{other.url}/khabar-ek-do-teen-5")}
        web.crawl(tmp_path, archive)
        assert "/" not in asked(moved), "its map brings news"
        assert asked(other) == []
        a_day_later(tmp_path)
        web.entries["before"] = web.entries["before"].replace("before", "after")
        web.entries["wrong"] = web.entries["wrong"].replace('"mr"', '"hi"')
        web.entries["grown"] += f'sections = ["{other.url}/"]\n'
        report, _ = web.crawl(tmp_path, archive)
        assert asked(moved)[-2:] == ["/feed", "/khabar-ek-do-teen-7"]
        assert "its home page is asked" in report["discovery_errors"][f"{moved.url}/"]
        assert asked(renamed).count("/khabar-ek-do-teen-2") == 4 and report["sites"]["after"].get("rejects", 0) == 0
        assert asked(wrong).count("/khabar-ek-do-teen-3") == 2 and report["sites"]["wrong"].get("rejects", 0) == 0
        assert "/khabar-ek-do-teen-5" in asked(other)
