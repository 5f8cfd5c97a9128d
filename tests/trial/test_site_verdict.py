"""What is said of a site after a few pages of it: true, and with a mend that can be followed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newscrawl.items import Article, Reason, Reject
from newscrawl.sites import Site
from newscrawl.trial.evidence import Evidence, SourceSeen
from newscrawl.trial.site_verdict import verdict
from newscrawl.workers.source_work import SourceKind
from tests.samples import NOW, article, reject

SITE = Site(name="a", home="https://a.example/")
FEED = SourceSeen(url="https://a.example/feed", kind=SourceKind.FEED, depth=0, named=False, problem=None)


def seen(articles: int, *rejects: Reject, copies: int = 0) -> Evidence:
    told: list[Article] = [article(url=f"https://a.example/khabar-{n}") for n in range(articles)]
    stories = {one.id for one in told[copies:]}
    return Evidence(
        site=SITE, sources=[FEED], links=9, newest=NOW, articles=told, rejects=list(rejects), stories=stories
    )


SHORT = [reject(f"https://a.example/x{n}", Reason.TOO_SHORT) for n in range(4)]
ENGLISH = [reject(f"https://a.example/en{n}", Reason.WRONG_LANGUAGE, detail="en") for n in range(4)]
FORBIDDEN = [reject("https://a.example/y", Reason.HTTP_ERROR, detail="HTTP 403")]


@pytest.mark.parametrize(
    ("found", "finding", "words", "mend"),
    [
        (seen(5), "ok", "articles come", None),
        (seen(5, copies=4), "no_article", "all 5 pages fall to one story", "a notice stands in the place"),
        (seen(5, copies=1), "ok", "articles come, 1 with the story of another page", None),
        (seen(1, copies=0), "ok", "articles come", None),
        (
            seen(1, *SHORT),
            "partly",
            "articles come of 1 of 5 pages (4 too_short)",
            "scrapy explain https://a.example/x0",
        ),
        (seen(4, *SHORT), "ok", "articles come of 4 of 8 pages (4 too_short)", None),
        (seen(1, *ENGLISH), "partly", "(4 wrong_language)", "an article_url that its hi pages alone match"),
        (seen(0, *FORBIDDEN), "no_article", "1 http_error (HTTP 403)", "scrapy explain"),
        (replace(seen(3), newest=None), "undated", "tell a date that is not yet to come", None),
        (Evidence(site=SITE), "unreachable", "nothing was asked", "leave it to one of them"),
        (
            Evidence(site=SITE, sources=[replace(FEED, problem="fetch_failed: redirect loop")]),
            "unreachable",
            "redirect loop",
            "its pages lead to each other",
        ),
    ],
)
def test_a_verdict_says_what_came(found: Evidence, finding: str, words: str, mend: str | None) -> None:
    said = verdict(found, NOW, ["hi", "en"])
    assert said.finding == finding and words in said.words
    assert len(said.mends) == bool(mend) and (mend or "") in "".join(said.mends)


def test_what_lies_on_another_domain_is_said() -> None:
    found = seen(2)
    found.left_out["out_of_scope"] = 3
    assert "3 of what its sources name lies on another domain" in verdict(found, NOW, ["hi"]).words
    found = replace(found, articles=[], stories=set(), links=0)
    assert "where that is the same paper's" in verdict(found, NOW, ["hi"]).mends[0]


def test_an_entry_that_trusts_already_is_not_told_to_trust() -> None:
    listing = reject("https://a.example/desh/", Reason.NOT_ARTICLE)
    assert 'kind = "trust"' in verdict(seen(0, listing), NOW, ["hi"]).mends[0]
    found = replace(seen(0, listing), site=replace(SITE, kind="trust"))
    assert "take them out" in verdict(found, NOW, ["hi"]).mends[0]
