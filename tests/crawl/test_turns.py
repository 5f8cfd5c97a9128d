"""However many URLs are due, few are out as requests, and each has its turn once."""

from __future__ import annotations

import random
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from scrapy.http import HtmlResponse

from newscrawl.items import Hint, Page
from newscrawl.run.report import RunReport
from newscrawl.sites import Site
from newscrawl.spiders.article_requests import ArticleRequests
from newscrawl.spiders.turns import Turns
from newscrawl.state.ledger import Found
from tests.samples import NOW


def found(site: str, number: int) -> Found:
    return Found(url=f"https://{site}.example/{number}", site=site, source="", hint=Hint())


def test_each_url_has_its_turn_once_in_order_and_few_are_out_at_once() -> None:
    dice, turns = random.Random(7), Turns(at_once=3)
    due = {site: [found(site, n) for n in range(40)] for site in ("nadi", "ghat")}
    coming = {site: list(urls) for site, urls in due.items()}
    out: dict[str, list[Found]] = {site: [] for site in due}
    seen: dict[str, list[Found]] = {site: [] for site in due}
    while any(coming.values()) or any(out.values()):
        site = dice.choice(list(due))
        if coming[site] and dice.random() < 0.5:
            asked = coming[site].pop(0)
            if turns.ask(asked):
                out[site].append(asked)
                seen[site].append(asked)
        elif out[site]:
            out[site].pop(dice.randrange(len(out[site])))
            if following := turns.next(site):
                out[site].append(following)
                seen[site].append(following)
        assert all(len(urls) <= 3 for urls in out.values())
    assert seen == due


def test_a_site_that_was_through_can_begin_again() -> None:
    turns = Turns(at_once=1)
    assert turns.ask(found("nadi", 1))
    assert turns.next("nadi") is None
    assert turns.ask(found("nadi", 2))
    assert not turns.ask(found("nadi", 3))
    assert turns.next("nadi") == found("nadi", 3)


def test_what_the_first_source_does_not_say_of_a_waiting_story_the_second_fills_in() -> None:
    plan: Any = SimpleNamespace(limit=None, sites=[Site(name="a", home="https://a.example/")])
    articles = ArticleRequests(plan, RunReport(run_id="x"), frozenset(), at_once=1)
    bare = found("a", 1)
    [request] = articles.ask(bare)
    for hint in (Hint(title="मेला", published_at=NOW, zone_assumed=True), Hint(), Hint(title="और", modified_at=NOW)):
        articles.told(replace(bare, hint=hint))
    [page] = articles.answered(HtmlResponse(bare.url, request=request), bare)
    assert isinstance(page, Page)
    assert page.hint == Hint(title="मेला", published_at=NOW, zone_assumed=True, modified_at=NOW) and page.announced
