"""Which JSON-LD of a page is about the page: others are of stories that it only links to. And what nodes hold: names by
reference, dates as objects, an editor's markup."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from newscrawl.items import Article
from tests.extraction.support import TITLE, URL, article, blocks, document, outcome

PUBLISHED = "2026-11-13T18:45:00+05:30"
WHEN = datetime(2026, 11, 13, 13, 15, tzinfo=UTC)
OTHER: dict[str, Any] = {
    "@type": "NewsArticle", "headline": "मेले में भीड़, दुकानदार खुश", "datePublished": "2026-11-10T10:00:00+05:30",
    "author": {"name": "रवि सिंह"}, "articleSection": "खेल", "image": "https://samachar.example.in/a.jpg",
    "url": "https://samachar.example.in/khel/mele-mein-bheed-17",
}  # fmt: skip
OWN = {"@type": "NewsArticle", "datePublished": PUBLISHED, "author": "कमला वर्मा"}


def told(*nodes: Any, head: str = "", main: str = f"<h1>{TITLE}</h1>{blocks()}", url: str = URL) -> Article:
    scripts = (f'<script type="application/ld+json">{json.dumps(n, ensure_ascii=False)}</script>' for n in nodes)
    return article(document(f"<article>{main}</article>", head + "".join(scripts)), url)


@pytest.mark.parametrize(
    "own",
    [
        OWN | {"headline": TITLE}, OWN | {"url": URL}, OWN | {"mainEntityOfPage": {"@id": URL}},
        OWN | {"@id": f"{URL}#article", "headline": "Bridge opens"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_a_fuller_node_of_another_story_has_no_say(own: dict[str, Any], first: bool) -> None:
    page = told(*([own, OTHER] if first else [OTHER, own, OTHER]))
    assert (page.published_at, page.authors, page.section) == (WHEN, ("कमला वर्मा",), None)


def test_a_lone_node_of_another_story_says_nothing_and_makes_no_listing_a_story() -> None:
    page = told(OTHER)
    assert (page.published_at, page.authors) == (None, ())
    listing = document(blocks(), f'<script type="application/ld+json">{json.dumps(OTHER)}</script>')
    assert not isinstance(outcome(listing, "https://samachar.example.in/"), Article)


def test_of_two_nodes_about_the_page_the_one_that_says_most_is_meant() -> None:
    stub = {"@type": "NewsArticle", "headline": TITLE, "url": URL}
    assert told(stub, OWN | {"headline": TITLE}).published_at == WHEN


def test_a_node_that_says_neither_address_nor_headline_is_the_pages() -> None:
    assert told(OWN).published_at == WHEN


def test_a_headline_of_another_address_that_the_page_has_too_is_the_pages() -> None:
    elsewhere = "https://samachar.example.in/amp/xk92"
    assert told(OWN | {"headline": TITLE, "url": elsewhere}).published_at == WHEN


@pytest.mark.parametrize(
    "date", [{"@type": "DateTime", "@value": PUBLISHED}, [PUBLISHED], [{"@value": PUBLISHED}], PUBLISHED]
)
def test_a_date_may_be_an_object_or_a_list(date: Any) -> None:
    assert told(OWN | {"datePublished": date}).published_at == WHEN


def test_an_author_may_be_named_elsewhere_in_the_graph() -> None:
    graph = [OWN | {"author": [{"@id": "#k"}]}, {"@type": "Person", "@id": "#k", "name": "कमला वर्मा"}]
    assert told({"@graph": graph}).authors == ("कमला वर्मा",)
    assert told(OWN | {"author": {"@id": "#nobody"}}).authors == ()


def test_names_may_be_in_two_parts_or_in_an_editors_markup() -> None:
    assert told(OWN | {"author": {"givenName": "कमला", "familyName": "वर्मा"}}).authors == ("कमला वर्मा",)
    assert told(OWN | {"author": {"name": "<a href='/k'>कमला वर्मा</a>"}}).authors == ("कमला वर्मा",)
    assert told(OWN | {"headline": f"<strong>{TITLE}</strong>"}, main=blocks()).title == TITLE


@pytest.mark.parametrize("kind", ["http://schema.org/NewsArticle", "schema:NewsArticle", "newsarticle"])
def test_a_type_may_be_written_with_its_whole_name(kind: str) -> None:
    assert told(OWN | {"@type": kind}).published_at == WHEN


def test_the_node_of_the_page_dates_it_where_no_article_does() -> None:
    page = {"@type": ["WebPage", "ItemPage"], "datePublished": PUBLISHED}
    assert told(page).published_at == WHEN
    assert told({"@type": "NewsArticle", "headline": TITLE, "dateCreated": PUBLISHED}).published_at == WHEN


@pytest.mark.parametrize("note", ["// by the CMS\n", "/* by the CMS */", "/*/ by the CMS */"])
def test_a_comment_costs_nothing_of_what_follows(note: str) -> None:
    script = f'{note}{{"@type":"NewsArticle", {note}"headline":"{TITLE}",{note}"datePublished":"{PUBLISHED}",}}'
    page = document(blocks(), f'<script type="application/ld+json">{script}</script>')
    assert article(page).published_at == WHEN


def test_how_long_ago_is_a_date_where_there_is_no_other() -> None:
    page = told(main=f"<h1>{TITLE}</h1><div>2 घंटे पहले</div>{blocks()}")
    assert page.published_at == datetime(2026, 11, 14, 10, 0, tzinfo=UTC)
    assert told(OWN, main=f"<h1>{TITLE}</h1><div>2 घंटे पहले</div>{blocks()}").published_at == WHEN


def test_og_type_may_be_called_name_and_properties_may_be_two() -> None:
    head = '<meta name="og:type" content="article">'
    main = f'<h1>{TITLE}</h1><meta itemprop="datePublished dateModified" content="{PUBLISHED}">{blocks()}'
    page = told(main=main, head=head)
    assert (page.published_at, page.modified_at) == (WHEN, WHEN)
