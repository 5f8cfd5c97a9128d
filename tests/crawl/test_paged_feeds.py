"""A feed that names its next page (RFC 5005, JSON Feed) is read on as a section is: while its pages bring news."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

from tests.crawl.small_sites import Web, asked, page, xml
from tests.support import Answer, Archive


def feed(number: int, *stories: int) -> Answer:
    """Page `number` of a feed."""
    items = "".join(f"<item><link>/khabar-ek-do-teen-{n}</link></item>" for n in stories)
    following = f'<atom:link rel="next" href="/feed?page={number + 1}"/>'
    return xml(f"<rss><channel>{following}{items}</channel></rss>")


def json_feed(story: int, **more: str) -> Answer:
    items = [{"id": "1", "url": f"/khabar-ek-do-teen-{story}"}]
    return 200, {}, json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items} | more).encode()


def test_a_feeds_pages_are_read_while_they_bring_news_and_a_walk_that_was_cut_off_is_ended(
    tmp_path: Path, archive: Archive
) -> None:
    stories: dict[str, Answer | list[Answer]] = {f"/khabar-ek-do-teen-{n}": page(n) for n in range(40)}
    with ExitStack() as stack:
        web = Web(stack)
        # Its third page has nothing that the first ones have not; nobody asks for the fourth.
        rss = web.site("rss", dict(stories), feeds=["/feed"])
        rss.pages |= {"/feed": feed(1, 5, 4), "/feed?page=2": feed(2, 3, 2), "/feed?page=3": feed(3, 2)}
        told = web.site("json", dict(stories), feeds=["/feed.json"])
        told.pages |= {"/feed.json": json_feed(5, next_url="/feed.json?p=2"), "/feed.json?p=2": json_feed(4)}
        # Its second page does not come in the first run; it leads on for ever.
        torn = web.site("torn", dict(stories), feeds=["/feed"])
        torn.pages |= {f"/feed?page={n}": feed(n, 2 * n, 2 * n + 1) for n in range(3, 9)}
        torn.pages |= {"/feed": feed(1, 0, 1), "/feed?page=2": (404, {}, b"")}
        report, _ = web.crawl(tmp_path, archive, NEWSCRAWL_LISTING_PAGES="4")
        assert [path for path in asked(rss) if "feed" in path] == ["/feed", "/feed?page=2", "/feed?page=3"]
        assert {f"/khabar-ek-do-teen-{n}" for n in (2, 3, 4, 5)} <= set(asked(rss))
        assert {f"/khabar-ek-do-teen-{n}" for n in (4, 5)} <= set(asked(told))
        assert f"{torn.url}/feed?page=2" in report["discovery_errors"]
        torn.pages["/feed?page=2"] = feed(2, 4, 5)
        starts = {site: len(site.requests) for site in (rss, told, torn)}
        report, _ = web.crawl(tmp_path, archive, NEWSCRAWL_LISTING_PAGES="4")
        assert asked(rss, starts[rss]) == ["/feed"] and asked(told, starts[told]) == ["/feed.json"]
        assert [path for path in asked(torn, starts[torn]) if "feed" in path] == [
            "/feed", *(f"/feed?page={n}" for n in range(2, 6)),
        ]  # fmt: skip
        assert {f"/khabar-ek-do-teen-{n}" for n in (4, 5, 6, 7, 8, 9, 10, 11)} <= set(asked(torn, starts[torn]))
        assert report["discovery"]["torn"]["sources_cut"] == 1
