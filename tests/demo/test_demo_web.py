"""The demo web is what its truth says: deterministic, Hindi, varied, and as troublesome as announced."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from html import unescape
from itertools import combinations

import feedparser
import numpy as np
import pytest
import regex

from newscrawl.dedup.match import compare
from newscrawl.dedup.signature import shingle_set
from newscrawl.dedup.words import words_of
from newscrawl.demo import themes
from newscrawl.demo.http_server import Reply, Request
from newscrawl.demo.teller import topics
from newscrawl.demo.truth import truth_of
from newscrawl.demo.web import DemoWeb
from newscrawl.items import Reason


@pytest.fixture(scope="module")
def web() -> DemoWeb:
    return DemoWeb.generate(seed=7)


@pytest.fixture(scope="module")
def later(web: DemoWeb) -> DemoWeb:
    return web.second_edition()


def get(web: DemoWeb, site: int, target: str, **headers: str) -> Reply:
    return web.respond(site, Request("GET", target, headers, ("127.0.0.2", 1)))


def shingles(text: str, n: int) -> set[tuple[str, ...]]:
    words = regex.findall(r"[\p{L}\p{M}\p{N}]+", text.lower())
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}


def containments(web: DemoWeb, n: int) -> list[tuple[float, str, str]]:
    """(shared / smaller set) for every pair of pages that tell unrelated stories."""
    pages = [p for p in web.pages if p.relation not in ("roundup",)]
    sets = [shingles("\n".join(t for _, t in p.body), n) for p in pages]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, members in enumerate(sets):
        for shingle in members:
            holders[shingle].append(i)
    shared: Counter[tuple[int, int]] = Counter()
    for indexes in holders.values():
        shared.update(combinations(indexes, 2))
    out = []
    for i, j in combinations(range(len(pages)), 2):
        a, b = pages[i].story, pages[j].story
        if a.event == b.event or (a.template_group and a.template_group == b.template_group):
            continue
        out.append((shared[i, j] / min(len(sets[i]), len(sets[j])), a.id, b.id))
    return sorted(out)


@pytest.mark.parametrize("edition", [1, 2])
def test_one_seed_makes_one_web(edition: int) -> None:
    web, again = (DemoWeb.generate(seed=7, edition=edition, articles=10) for _ in range(2))
    assert truth_of(again) == truth_of(web)
    for site, outlet in enumerate(web.outlets):
        for page in web.of_site(outlet):
            assert get(again, site, page.path) == get(web, site, page.path)
    assert truth_of(DemoWeb.generate(seed=8, edition=edition, articles=10)) != truth_of(web)


def test_a_running_web_moves_to_the_edition_that_a_fresh_one_has() -> None:
    moved = DemoWeb.generate(sites=3, articles=10).second_edition()
    assert truth_of(moved) == truth_of(DemoWeb.generate(sites=3, articles=10, edition=2))


def test_it_has_eight_sites_of_sixty_articles_and_twelve_topics(web: DemoWeb) -> None:
    per_site = Counter(p.outlet.name for p in web.pages)
    assert len(per_site) == 8 and set(per_site.values()) == {60}
    assert len({o.theme for o in web.outlets}) == 8
    assert len(topics()) >= 12


@pytest.mark.parametrize(("n", "most", "usual"), [(3, 0.30, 0.22), (5, 0.20, 0.12)])
def test_unrelated_stories_share_few_shingles(web: DemoWeb, n: int, most: float, usual: float) -> None:
    found = containments(web, n)
    assert found[-1][0] < most, found[-3:]
    assert found[int(len(found) * 0.999)][0] < usual


def test_the_matcher_takes_no_unrelated_template_or_event_story_for_another(web: DemoWeb) -> None:
    """By the matcher's own shingles (word 3-grams, folded) and its own verdict, every pair that shares any."""
    pages = [p for p in web.pages if p.relation != "roundup"]
    words = [words_of("\n".join(t for _, t in p.body)) for p in pages]
    sets = [shingle_set(w) for w in words]
    worst = 0.0
    for i, j in combinations(range(len(pages)), 2):
        if pages[i].story.id == pages[j].story.id:
            continue
        shared = len(np.intersect1d(sets[i], sets[j], assume_unique=True)) / min(len(sets[i]), len(sets[j]))
        if not pages[i].story.template_group or pages[i].story.template_group != pages[j].story.template_group:
            worst = max(worst, shared)
        if shared > 0.1:
            assert compare(words[i], words[j]).relation is None, (pages[i].path, pages[j].path)
    assert worst < 0.30, worst


def test_carried_copies_stay_close_and_independent_reports_do_not(web: DemoWeb) -> None:
    by_story = defaultdict(list)
    by_event = defaultdict(list)
    for page in web.pages:
        by_story[page.story.id].append(page)
        if page.relation == "event":
            by_event[page.story.event].append(page)

    def contained(a: object, b: object) -> float:
        x, y = (shingles("\n".join(t for _, t in p.body), 3) for p in (a, b))  # type: ignore[attr-defined]
        return len(x & y) / min(len(x), len(y))

    carried = [group for group in by_story.values() if len(group) > 1]
    assert len(carried) >= 30
    for group in carried:
        original = next(p for p in group if p.relation == "original")
        for other in group:
            assert contained(original, other) > 0.6, (original.path, other.relation)
    assert len(by_event) >= 10
    for first, second in by_event.values():
        assert contained(first, second) < 0.3


def test_every_page_shows_its_story_and_the_lines_that_must_not_leak(web: DemoWeb) -> None:
    for view in web.views:
        for page in web.of_site(view.outlet):
            printed = themes.article(view, page)
            html = printed.html
            assert 15_000 < len(html.encode()) < 60_000
            assert all(themes.escape(text) in html for _, text in page.body)
            read = unescape(html)
            for line in printed.foreign:
                assert line in read, line


def test_article_paths_are_unique_and_answered(web: DemoWeb) -> None:
    for site, outlet in enumerate(web.outlets):
        paths = [p.path for p in web.of_site(outlet)]
        assert len(set(paths)) == len(paths)
        assert all(get(web, site, path).status == 200 for path in paths)
        assert get(web, site, "/no-such-page").status == 404


def test_truth_reasons_are_of_the_contract_and_every_kind_of_trouble_is_there(web: DemoWeb) -> None:
    pages = truth_of(web)["pages"]
    assert isinstance(pages, list)
    assert {p["reason"] for p in pages if p["reason"]} <= set(Reason)
    assert all(p["reason"] for p in pages if p["expect"] == "reject")
    assert len({p["url"] for p in pages}) == len(pages)
    kinds = Counter(p["kind"] for p in pages)
    assert kinds["amp"] >= 10 and len(kinds) >= 29
    relations = {p["relation"] for p in pages}
    assert {
        "original",
        "copy",
        "edit",
        "trim",
        "brief",
        "grown",
        "added",
        "event",
        "template",
        "roundup",
        "amp",
    } <= relations


def test_feeds_and_sitemaps_lead_to_what_the_truth_lists(web: DemoWeb) -> None:
    pages = truth_of(web)["pages"]
    assert isinstance(pages, list)
    for site, (outlet, base) in enumerate(zip(web.outlets, web.bases, strict=True)):
        robots = get(web, site, "/robots.txt").body.decode()
        assert ("Sitemap:" in robots) == outlet.sitemap
        listed = {p["url"] for p in pages if p["site"] == outlet.name and "sitemap" in p["discovered_via"]}
        if outlet.sitemap:
            xml = "".join(get(web, site, f"/sitemap-news-{i}.xml").body.decode() for i in (1, 2))
            locs = {x.replace("&amp;", "&") for x in regex.findall(r"<loc>(.*?)</loc>", xml)}
            assert locs == listed
        if outlet.feed:
            feed = feedparser.parse(get(web, site, outlet.feed_path).body)
            assert not feed.bozo and len(feed.entries) >= 30
            assert {e.link for e in feed.entries} == {
                p["url"] for p in pages if p["site"] == outlet.name and "feed" in p["discovered_via"]
            }
        assert base in get(web, site, "/").body.decode()


def test_the_site_without_feed_and_sitemap_lists_everything_in_paginated_sections(web: DemoWeb) -> None:
    site = next(i for i, o in enumerate(web.outlets) if o.registry == ("sections",))
    seen: set[str] = set()
    todo = [f"/{desk}/" for desk in ("desh", "rajya", "karobar", "khel-manoranjan", "jeevan")]
    while todo:
        html = get(web, site, todo.pop()).body.decode()
        seen |= set(regex.findall(r'href="([^"]+)"', html))
        todo += regex.findall(r'rel="next" href="([^"]+)"', html)
    expected = {p.path for p in web.of_site(web.outlets[site])} | {
        t.listed for t in web.troubles[web.outlets[site].name]
    }
    assert expected <= seen


def test_registry_is_toml_of_the_documented_keys(web: DemoWeb) -> None:
    sites = tomllib.loads(web.registry())["site"]
    assert [s["name"] for s in sites] == [o.name for o in web.outlets]
    for site in sites:
        assert set(site) <= {"name", "home", "feeds", "sitemaps", "sections", "delay", "language"}
    assert [s["delay"] for s in sites].count(0) == 7


def test_the_second_edition_changes_what_it_says_and_nothing_else(web: DemoWeb, later: DemoWeb) -> None:
    changes = Counter(p.change for p in later.pages if p.change)
    assert changes == {"text": 16, "headline": 8, "new": 16}
    before = {(p.outlet.name, p.path): p for p in web.pages}
    for site, outlet in enumerate(later.outlets):
        for page in later.of_site(outlet):
            same = page.change != "new" and get(web, site, page.path) == get(later, site, page.path)
            assert same == (page.change is None), page.path
            if page.change == "headline":
                old = before[outlet.name, page.path]
                assert page.body == old.body and page.title != old.title and page.modified
    lying = next(i for i, o in enumerate(web.outlets) if o.lying_etag)
    path = web.outlets[lying].feed_path
    assert get(web, lying, path).etag == get(later, lying, path).etag
    assert get(web, lying, path).body != get(later, lying, path).body


def test_throttled_and_failing_pages_recover_on_the_second_request() -> None:
    web = DemoWeb.generate(sites=1, articles=8)
    assert [get(web, 0, "/bheed/khabar-429.html").status for _ in range(3)] == [429, 200, 200]
    assert [get(web, 0, "/khabar-500-phir-200.html").status for _ in range(2)] == [500, 200]
    assert [get(web, 0, "/khabar-500.html").status for _ in range(3)] == [500, 500, 500]


def test_a_redirect_chain_ends_at_the_article_and_a_loop_does_not() -> None:
    web = DemoWeb.generate(sites=1, articles=8)

    def follow(target: str) -> tuple[int, int]:
        for hops in range(10):
            reply = get(web, 0, target)
            if reply.status != 301:
                return reply.status, hops
            target = reply.headers["Location"].removeprefix(web.bases[0])
        return reply.status, 10

    assert follow("/go/step1") == (200, 4)
    assert follow("/loop/a") == (301, 10)


def test_encodings_are_declared_as_the_truth_says() -> None:
    web = DemoWeb.generate(sites=1, articles=8)
    lied, utf16, entities = (get(web, 0, p) for p in ("/galat-charset.html", "/utf16-khabar.html", "/purana-cms.html"))
    assert "iso-8859-1" in lied.content_type and "।" in lied.body.decode("utf-8")
    assert "utf-16" in utf16.content_type and "।" in utf16.body.decode("utf-16")
    assert "1252" in entities.content_type and b"&#2360;" in entities.body


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (3, 12), (8, 9)])
def test_small_webs_are_whole(size: tuple[int, int]) -> None:
    sites, articles = size
    for edition in (1, 2):
        web = DemoWeb.generate(sites=sites, articles=articles, edition=edition)
        assert len([p for p in web.pages if p.change != "new"]) >= sites * articles
        assert truth_of(web)["pages"]


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="sites must be"):
        DemoWeb.generate(sites=9)
