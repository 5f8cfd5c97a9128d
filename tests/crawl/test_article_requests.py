"""One request a page and run, whatever addresses sources name it by; another where robots.txt forbids the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from twisted.python.failure import Failure

from newscrawl.items import Hint, Page, Reason
from newscrawl.run.report import RunReport
from newscrawl.run.run import Run
from newscrawl.sites import Site
from newscrawl.spiders.article_requests import ArticleRequests
from newscrawl.spiders.finds import Finds
from newscrawl.spiders.plan import Plan
from newscrawl.state.database import State
from newscrawl.state.ledger import Found, Ledger
from tests.samples import NOW

CLEAN = "https://a.example/jalashay-safai-101"
TRACKED = f"{CLEAN}?utm_source=rss"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    state = State(tmp_path)
    yield Ledger(state.db)
    state.close()


def requests(ledger: Ledger, limit: int | None = None, at_once: int = 2) -> ArticleRequests:
    site = Site(name="a", home="https://a.example/")
    plan = Plan(sites=[site], since=None, limit=limit)
    run = SimpleNamespace(
        report=RunReport(run_id="x"),
        archive=SimpleNamespace(ledger=ledger),
        traces=None,
        config=SimpleNamespace(opt_outs=frozenset(), story_pages=1),
    )
    return ArticleRequests(plan, cast(Run, run), cast(Finds, None), at_once)


def found(url: str, **hint: Any) -> Found:
    return Found(url=url, site="a", source="https://a.example/feed", hint=Hint(**hint))


def forbidden(request: Request) -> Failure:
    failure = Failure(IgnoreRequest("Forbidden by robots.txt"))
    cast(Any, failure).request = request
    return failure


def asked(answers: Iterator[Any]) -> list[str]:
    return [answer.url for answer in answers if isinstance(answer, Request)]


def test_a_page_is_asked_once_whatever_addresses_it_is_named_by(ledger: Ledger) -> None:
    articles = requests(ledger)
    assert asked(articles.ask(found(TRACKED))) == [TRACKED]
    assert asked(articles.ask(found(CLEAN))) == [] == asked(articles.ask(found(TRACKED)))


def test_its_other_address_is_asked_where_the_first_was_forbidden_named_before_or_after(ledger: Ledger) -> None:
    for before in (True, False):
        articles = requests(ledger)
        [request] = articles.ask(found(TRACKED))
        if before:
            articles._notes(found(CLEAN))
        answers = list(articles.failed(forbidden(request)))
        [page] = [answer for answer in answers if isinstance(answer, Page)]
        assert page.failure == (Reason.FORBIDDEN, "robots.txt")
        again = asked(iter(answers)) + asked(articles.ask(found(CLEAN)))
        assert again == [CLEAN]
        # Once: forbidden there as well, it is forbidden.
        [request] = [a for a in answers if isinstance(a, Request)] or [articles._request(found(CLEAN))]
        assert asked(articles.failed(forbidden(request))) == [] == asked(articles.ask(found(CLEAN)))


def test_what_was_left_open_is_read_as_turns_come_and_not_beyond_the_bound(ledger: Ledger) -> None:
    read: list[str] = []

    def left() -> Iterator[Found]:
        for number in range(100):
            read.append(f"{CLEAN}-{number}")
            yield found(read[-1])

    articles = requests(ledger, limit=3)
    first = list(articles.go_on("a", left()))
    assert len(first) == len(read) == 2, "as many as may be out at once"
    assert asked(articles.failed(forbidden(first[0]))) == [f"{CLEAN}-2"]
    assert asked(articles.failed(forbidden(first[1]))) == [] and len(read) == 3


def test_a_backlog_of_days_does_not_hold_up_the_news_of_the_hour(ledger: Ledger) -> None:
    """Kind: what earlier runs left open is asked before all that sources bring, for as many runs as it takes."""
    articles = requests(ledger)
    out = list(articles.go_on("a", (found(f"{CLEAN}-{number}") for number in range(9))))
    assert asked(articles.ask(found(f"{CLEAN}-new-1"))) == [] == asked(articles.ask(found(f"{CLEAN}-new-2")))
    order = []
    while out:
        answers = [a for a in articles.failed(forbidden(out.pop(0))) if isinstance(a, Request)]
        order += [request.url.removeprefix(CLEAN) for request in answers]
        out += answers
    assert order == ["-new-1", "-2", "-new-2", "-3", "-4", "-5", "-6", "-7", "-8"]


def test_a_page_takes_what_sources_told_since_it_was_asked_for(ledger: Ledger) -> None:
    articles = requests(ledger)
    ledger.discover([found(CLEAN)], NOW)
    [request] = articles.ask(found(CLEAN))
    ledger.discover([found(CLEAN, title="जलाशय की सफाई", published_at=NOW)], NOW)
    [page] = articles.failed(forbidden(request))
    assert page.hint == Hint(title="जलाशय की सफाई", published_at=NOW) and page.announced
