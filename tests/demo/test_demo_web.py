"""The demo web is what its truth says: deterministic, Hindi, varied, and as troublesome as announced."""

from __future__ import annotations

import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from itertools import combinations
from typing import Any

import feedparser
import numpy as np
import pytest
import regex
from lxml import html
from scipy.sparse import csr_array

from newscrawl.dedup.scene import comparison
from newscrawl.dedup.signature import shingle_set
from newscrawl.dedup.words import words_of
from newscrawl.demo import themes
from newscrawl.demo.http_server import Reply, Request
from newscrawl.demo.newsroom import Page
from newscrawl.demo.outlets import FOUNDERS
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


def words(text: str) -> str:
    """The words alone, one space between."""
    return " ".join(regex.findall(r"[\p{L}\p{M}\p{N}]+", text))


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


def test_it_has_twelve_sites_of_sixty_articles_and_twelve_topics(web: DemoWeb) -> None:
    per_site = Counter(p.outlet.name for p in web.pages)
    assert len(per_site) == 12 and set(per_site.values()) == {60}
    assert len({o.theme for o in web.outlets}) == 12
    assert len(topics()) >= 12


@pytest.mark.parametrize("edition", [1, 2])
def test_who_joins_behind_the_first_eight_sites_changes_nothing_of_theirs(edition: int) -> None:
    few, all_ = (DemoWeb.generate(sites=sites, articles=10, edition=edition) for sites in (FOUNDERS, 12))
    told = truth_of(few)["pages"]
    assert isinstance(told, list)
    assert told == truth_of(all_)["pages"][: len(told)]  # type: ignore[index]
    for site, outlet in enumerate(few.outlets):
        for path in ("/", outlet.feed_path, "/sitemap-news-1.xml", *(p.path for p in few.of_site(outlet))):
            assert get(few, site, path) == get(all_, site, path)


def test_who_joins_later_carries_wire_stories_of_the_first_eight_too(web: DemoWeb) -> None:
    sites = defaultdict(set)
    for page in web.pages:
        sites[page.story.id].add(web.outlets.index(page.outlet))
    across = [found for found in sites.values() if min(found) < FOUNDERS <= max(found)]
    assert len(across) >= 10


@pytest.mark.parametrize(("n", "most", "usual"), [(3, 0.30, 0.22), (5, 0.20, 0.12)])
def test_unrelated_stories_share_few_shingles(web: DemoWeb, n: int, most: float, usual: float) -> None:
    found = containments(web, n)
    assert found[-1][0] < most, found[-3:]
    assert found[int(len(found) * 0.999)][0] < usual


def test_the_matcher_takes_no_unrelated_template_or_event_story_for_another(web: DemoWeb) -> None:
    """By the matcher's own shingles (word 3-grams, folded) and its own verdict, every pair that shares any."""
    pages = [p for p in web.pages if p.relation != "roundup"]
    texts = [words_of("\n".join(t for _, t in p.body)) for p in pages]
    sets = [shingle_set(w) for w in texts]
    shingle_of, column = np.unique(np.concatenate(sets), return_inverse=True)
    start = np.cumsum([0, *map(len, sets)])
    holds = csr_array((np.ones(len(column), np.int32), column, start), shape=(len(sets), len(shingle_of)))
    sizes = np.array([len(found) for found in sets])
    shared = (holds @ holds.T).toarray() / np.minimum(sizes[:, None], sizes)
    worst = 0.0
    for i, j in np.argwhere(np.triu(shared > 0.1, 1)).tolist():
        if pages[i].story.id == pages[j].story.id:
            continue
        if not pages[i].story.template_group or pages[i].story.template_group != pages[j].story.template_group:
            worst = max(worst, shared[i, j])
        found = comparison(texts[i], texts[j], timedelta(0))
        assert found is None or found.relation is None, (pages[i].path, pages[j].path)
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
            source = printed.html
            assert 15_000 < len(source.encode()) < 60_000
            assert all(themes.escape(text) in source for _, text in page.body)
            read = unescape(source)
            for line in printed.foreign:
                assert line in read, line


def printed_by(web: DemoWeb, theme: str) -> Iterator[tuple[Page, Any]]:
    """The pages of a theme, parsed, without their scripts."""
    view = next(v for v in web.views if v.outlet.theme == theme)
    for page in web.of_site(view.outlet):
        tree = html.fromstring(themes.article(view, page).html)
        yield page, tree


def test_elementor_puts_each_block_into_a_widget_and_other_matter_too(web: DemoWeb) -> None:
    for page, tree in printed_by(web, "elementor"):
        widgets = tree.find_class("elementor-widget-text-editor")
        assert all(len(w.xpath("./div[@class='elementor-widget-container']/p")) == 1 for w in widgets)
        texts = [w.text_content() for w in widgets]
        assert texts[:-2] == [text for tag, text in page.body if tag == "p"]
        subheads = [text for tag, text in page.body if tag == "h2"]
        contents = tree.xpath("//div[@class='elementor-toc__body']//a")
        assert [a.text_content() for a in contents] == subheads
        assert [tree.get_element_by_id(a.get("href")[1:]).text_content() for a in contents] == subheads
        assert tree.find_class("elementor-widget-share-buttons") and tree.find_class("elementor-widget-posts")


def test_the_block_editor_calls_the_story_paywall_from_its_third_paragraph_on(web: DemoWeb) -> None:
    for page, tree in printed_by(web, "blocks"):
        paragraphs = [text for tag, text in page.body if tag == "p"]
        assert [p.text_content() for p in tree.find_class("paywall")] == paragraphs[2:]
        assert [p.text_content() for p in tree.find_class("has-drop-cap")] == paragraphs[:1]
        assert tree.find_class("sidebar-enabled--false") and not tree.xpath("//aside")
        heads = tree.xpath("//h2[@id]")
        assert [h.get("id").replace("-", " ") for h in heads] == [words(text) for tag, text in page.body if tag == "h2"]
        assert tree.xpath("//div[contains(@class, 'richtext-27ad835151')]/div[contains(@class, 'RelatedBox_box')]//a")


def test_react_hides_the_second_half_and_says_the_story_in_two_scripts(web: DemoWeb) -> None:
    for page, tree in printed_by(web, "react"):
        told = [text for _, text in page.body]
        divs = tree.xpath("//div[starts-with(@data-testid, 'paragraph-')]")
        assert [d.text_content() for d in divs] == told
        hidden = tree.xpath("//div[@style='display:none']/div")
        assert [d.text_content() for d in hidden] == told[(len(told) + 1) // 2 :]
        assert bool(hidden) == bool(tree.xpath("//button[@data-testid='read-more']"))
        state = json.loads(tree.get_element_by_id("__NEXT_DATA__").text)
        assert [block["text"] for block in state["props"]["pageProps"]["article"]["content"]] == told
        data = json.loads(tree.xpath("string(//script[@type='application/ld+json'])"))
        assert data["articleBody"] == " ".join(told) and data["isAccessibleForFree"] is True and data["isPartOf"]


@pytest.mark.parametrize("edition", [1, 2])
def test_a_live_blog_tells_its_entries_newest_first(web: DemoWeb, later: DemoWeb, edition: int) -> None:
    shown = later if edition == 2 else web
    for page, tree in printed_by(shown, "live"):
        entries = tree.find_class("liveblog-entry")
        told = [e.text_content() for e in tree.xpath("//*[contains(@class, 'entry__headline')]|//article//p")]
        assert told == [text for _, text in page.body]
        times = [datetime.fromisoformat(t) for t in tree.xpath("//article//time/@datetime")]
        assert times == sorted(times, reverse=True) and len(times) == len(set(times)) == len(entries)
        assert times[-1] == page.published and times[0] < shown.now
        if page.change != "headline":
            assert times[0] == (page.modified or page.published)
        data = json.loads(tree.xpath("string(//script[@type='application/ld+json'])"))
        assert data["@type"] == "LiveBlogPosting" and "articleBody" not in data
        assert [u["articleBody"] for u in data["liveBlogUpdate"]] == [t for tag, t in page.body if tag == "p"]
        assert page.summary in tree.find_class("liveblog-pinned")[0].text_content()
        assert page.summary == page.lede[: len(page.summary)] and page.lede == page.body[-1][1]


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
        source = get(web, site, todo.pop()).body.decode()
        seen |= set(regex.findall(r'href="([^"]+)"', source))
        todo += regex.findall(r'rel="next" href="([^"]+)"', source)
    expected = {p.path for p in web.of_site(web.outlets[site])} | {
        t.listed for t in web.troubles[web.outlets[site].name]
    }
    assert expected <= seen


def test_registry_is_toml_of_the_documented_keys(web: DemoWeb) -> None:
    sites = tomllib.loads(web.registry())["site"]
    assert [s["name"] for s in sites] == [o.name for o in web.outlets]
    for site in sites:
        assert set(site) <= {"name", "home", "feeds", "sitemaps", "sections", "delay", "language"}
    assert [s["delay"] for s in sites].count(0) == 11


def test_the_second_edition_changes_what_it_says_and_nothing_else(web: DemoWeb, later: DemoWeb) -> None:
    changes = Counter(p.change for p in later.pages if p.change)
    assert changes == {"text": 24, "headline": 12, "new": 24}
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


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (3, 12), (8, 9), (9, 5), (12, 1)])
def test_small_webs_are_whole(size: tuple[int, int]) -> None:
    sites, articles = size
    for edition in (1, 2):
        web = DemoWeb.generate(sites=sites, articles=articles, edition=edition)
        assert len([p for p in web.pages if p.change != "new"]) >= sites * articles
        assert truth_of(web)["pages"]


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="sites must be"):
        DemoWeb.generate(sites=13)
