"""The ledger: what is due, and that nothing counts as done before its row is in the bucket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.items import Hint, Reason, Unchanged
from newscrawl.state.askings import MAX_ATTEMPTS, RETRY_SECONDS
from newscrawl.state.database import State
from newscrawl.state.ledger import Found, Ledger
from newscrawl.state.settled import settled_of
from tests.samples import NOW, article, reject

URL = "https://a.example/jalashay-safai-101"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    state = State(tmp_path)
    yield Ledger(state.db)
    state.close()


def found(url: str = URL, **hint: object) -> Found:
    return Found(url=url, site="a", source="https://a.example/feed", hint=Hint(**hint))  # type: ignore[arg-type]


def test_a_new_url_is_due_and_stays_open_until_it_is_settled(ledger: Ledger) -> None:
    assert [f.url for f in ledger.discover([found()], NOW)] == [URL]
    # The run that found it died: the feed names it again, or no longer does.
    assert ledger.discover([found()], NOW) == []
    assert [f.url for f in ledger.open(["a"], NOW)] == [URL]
    ledger.settle([settled_of(article())])
    assert list(ledger.open(["a"], NOW)) == []


def test_tracking_parameters_fragments_and_case_do_not_make_a_new_url(ledger: Ledger) -> None:
    ledger.discover([found()], NOW)
    again = [
        found("https://A.example/jalashay-safai-101?utm_source=rss#top"),
        found(URL + "/"),
        found("http" + URL[5:]),
    ]
    assert ledger.discover(again, NOW) == []


def test_a_url_that_is_named_by_another_parameter_is_another_page(ledger: Ledger) -> None:
    ledger.discover([found("https://a.example/story.php?cid=1")], NOW)
    assert len(ledger.discover([found("https://a.example/story.php?cid=2")], NOW)) == 1


def test_a_done_page_is_due_again_when_its_lastmod_moves_on(ledger: Ledger) -> None:
    ledger.discover([found(modified_at=NOW - timedelta(hours=2))], NOW)
    ledger.settle([settled_of(article())])
    assert ledger.discover([found(modified_at=NOW - timedelta(hours=2))], NOW) == []
    assert ledger.discover([found()], NOW) == []
    assert len(ledger.discover([found(modified_at=NOW + timedelta(hours=1))], NOW)) == 1


def test_a_lastmod_first_told_after_the_fetch_is_that_of_the_version_fetched(ledger: Ledger) -> None:
    """A section page gave the URL without a date and the sitemap is read later: its publisher's clock, not ours."""
    ledger.discover([found()], NOW)
    ledger.settle([settled_of(article(fetched_at=NOW))])
    assert ledger.discover([found(modified_at=NOW - timedelta(hours=2))], NOW) == []
    assert len(ledger.discover([found(modified_at=NOW - timedelta(hours=1))], NOW)) == 1
    assert [f.url for f in ledger.open(["a"], NOW)] == [URL]


def test_the_url_after_redirects_is_done_too(ledger: Ledger) -> None:
    ledger.settle([settled_of(article(discovered_url="https://a.example/short/1"))])
    for url in ("https://a.example/short/1", URL):
        assert ledger.discover([found(url)], NOW) == []


def test_a_url_that_another_page_names_as_canonical_is_not_done_by_that_pages_fetch(ledger: Ledger) -> None:
    """Kind: a page settles the address that it answered, and no other. One CMS names the front page, the section, or
    yesterday's story as canonical of all: that story was never fetched."""
    named = URL + "-kal-ki-khabar"
    ledger.settle([settled_of(article(canonical_url=named))])
    assert [f.url for f in ledger.discover([found(named)], NOW)] == [named]
    ledger.settle([settled_of(article(canonical_url=named))])
    assert [f.url for f in ledger.open(["a"], NOW)] == [named], "nor while it is pending"


def test_a_failed_page_is_due_again_after_a_while_that_doubles_and_not_for_ever(ledger: Ledger) -> None:
    now = NOW
    ledger.discover([found()], now)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        ledger.settle([settled_of(reject(URL, Reason.FETCH_FAILED, fetched_at=now))])
        wait = timedelta(seconds=RETRY_SECONDS * 2 ** (attempt - 1))
        assert list(ledger.open(["a"], now + wait - timedelta(seconds=1))) == []
        due = list(ledger.open(["a"], now + wait))
        assert len(due) == (1 if attempt < MAX_ATTEMPTS else 0)
        now += wait


def test_a_lastmod_that_moves_and_means_nothing_is_believed_more_and_more_rarely(ledger: Ledger) -> None:
    """Kind: a map tells when each page's cache was filled: every story of it is fetched again by every run."""
    ledger.discover([found(modified_at=NOW)], NOW)
    ledger.settle([settled_of(article())])
    looks = []
    for hour in range(1, 24 * 30):
        now = NOW + timedelta(hours=hour)
        due = ledger.discover([found(modified_at=now)], now)
        assert [f.url for f in ledger.open(["a"], now)] == [f.url for f in due]
        if due:
            looks.append(hour)
            same = Unchanged(discovered_url=URL, url=URL, site="a", fetched_at=now, article_id="x")
            ledger.settle([settled_of(same)])
    assert looks[:4] == [1, 2, 3, 5] and len(looks) < 15 and looks[-1] > 24 * 20, looks
    # Until it told the truth.
    now += timedelta(days=8)
    assert len(ledger.discover([found(modified_at=now)], now)) == 1
    ledger.settle([settled_of(article(fetched_at=now))])
    now += timedelta(hours=1)
    assert len(ledger.discover([found(modified_at=now)], now)) == 1


def test_a_changed_page_stays_due_until_it_is_fetched_though_its_feed_is_not_read_again(ledger: Ledger) -> None:
    ledger.settle([settled_of(article())])
    changed = found(modified_at=NOW + timedelta(hours=1))
    assert len(ledger.discover([changed], NOW)) == 1
    # The run that was told so died; the feed now says "not modified".
    assert [f.url for f in ledger.open(["a"], NOW)] == [URL]
    ledger.settle([settled_of(article(fetched_at=NOW + timedelta(hours=2)))])
    assert list(ledger.open(["a"], NOW + timedelta(days=9))) == []


def test_a_fresh_article_is_fetched_again_at_each_age_of_the_settings_and_then_no_more(tmp_path: Path) -> None:
    state = State(tmp_path)
    ledger = Ledger(state.db, [timedelta(hours=24), timedelta(hours=2)])
    published = NOW - timedelta(hours=1)
    ledger.settle([settled_of(article(published_at=published, canonical_url=URL + "-long"))])
    hours = []
    for hour in range(60):
        now = NOW + timedelta(hours=hour, minutes=1)
        due = [f.url for f in ledger.open(["a"], now)]
        if due:
            assert due == [URL], "once, not again under its other addresses"
            hours.append(hour)
            same = Unchanged(discovered_url=URL, url=URL, site="a", fetched_at=now, article_id="x")
            ledger.settle([settled_of(same)])
    assert hours == [1, 23]
    state.close()


def test_an_old_article_or_one_that_does_not_say_its_age_is_not_fetched_again(tmp_path: Path) -> None:
    state = State(tmp_path)
    ledger = Ledger(state.db, [timedelta(hours=2)])
    ledger.settle([settled_of(article(published_at=NOW - timedelta(hours=3)))])
    ledger.settle([settled_of(article(url=URL + "2"))])
    assert list(ledger.open(["a"], NOW + timedelta(days=3))) == []
    state.close()


@pytest.mark.parametrize("reason", [Reason.NOT_ARTICLE, Reason.WRONG_LANGUAGE, Reason.TOO_LARGE])
def test_a_page_rejected_for_what_it_is_is_not_asked_again(ledger: Ledger, reason: Reason) -> None:
    ledger.discover([found()], NOW)
    ledger.settle([settled_of(reject(URL, reason))])
    assert list(ledger.open(["a"], NOW + timedelta(days=9))) == []
    assert ledger.discover([found()], NOW) == []


def test_other_sites_open_urls_are_left_alone(ledger: Ledger) -> None:
    ledger.discover([found()], NOW)
    assert list(ledger.open(["b"], NOW)) == []


def test_what_waits_under_a_name_that_the_registry_has_no_more_goes_to_the_site_that_names_its_host(
    tmp_path: Path,
) -> None:
    """Kind: an entry gets another name, and what waits under the old one is asked by nobody, though a source names it
    in every run."""
    state = State(tmp_path)
    ledger = Ledger(state.db, [timedelta(hours=2)])
    pending, failed, fresh, changed = (f"{URL}-{number}" for number in range(4))
    ledger.discover([found(pending), found(failed), found(changed, modified_at=NOW)], NOW)
    ledger.settle([settled_of(reject(failed, Reason.FETCH_FAILED)), settled_of(article(url=changed))])
    ledger.settle([settled_of(article(url=fresh, published_at=NOW))])
    ledger.discover([found(changed, modified_at=NOW + timedelta(hours=1))], NOW)
    later = NOW + timedelta(hours=3)
    assert ledger.adopt({"a", "b"}, lambda url: "b") == 0, "it is another site of the registry, left out of this run"
    assert ledger.adopt({"b"}, lambda url: None) == 0, "the site is gone"
    assert ledger.adopt({"b"}, lambda url: "b" if url != fresh else None) == 3
    assert {f.url for f in ledger.open(["b"], later)} == {pending, failed, changed}
    assert [f.url for f in ledger.open(["a"], later)] == [fresh]
    state.close()


def test_what_an_entry_had_refused_is_asked_again_when_the_entry_is_mended(ledger: Ledger) -> None:
    """Kind: a page that is no story by an entry that was wrong (its language, its kind) is settled for good."""
    refused, old, other = URL, URL + "-old", "https://b.example/jalashay-safai-101"
    ledger.judge_by("a", "judge en", NOW)
    for url, days, site in ((refused, 1, "a"), (old, 9, "a"), (other, 1, "b")):
        at = NOW - timedelta(days=days)
        ledger.settle([settled_of(reject(url, Reason.WRONG_LANGUAGE, fetched_at=at, site=site))])
    ledger.settle([settled_of(article(url=URL + "-2"))])
    assert ledger.judge_by("a", "judge en", NOW) == 0 == ledger.judge_by("b", "judge hi", NOW), (
        "nothing was known of it"
    )
    assert ledger.judge_by("a", "judge hi", NOW) == 1
    assert [f.url for f in ledger.open(["a", "b"], NOW)] == [refused]
    assert ledger.judge_by("a", "judge hi", NOW) == 0, "once"


def test_no_story_is_looked_at_for_its_age_where_that_was_switched_off(tmp_path: Path) -> None:
    """Kind: a look that was planned under another setting is taken all the same."""
    state = State(tmp_path)
    failed = URL + "-2"
    settled = [settled_of(article(published_at=NOW)), settled_of(reject(failed, Reason.FETCH_FAILED))]
    Ledger(state.db, [timedelta(hours=2)]).settle(settled)
    assert [f.url for f in Ledger(state.db).open(["a"], NOW + timedelta(hours=3))] == [failed]
    state.close()


def test_that_a_zone_was_assumed_is_known_to_the_run_that_fetches(ledger: Ledger) -> None:
    """Kind: what discovery said of a date is forgotten between two runs."""
    told = found(published_at=NOW, zone_assumed=True)
    ledger.discover([told], NOW)
    assert [f.hint for f in ledger.open(["a"], NOW)] == [told.hint] == [ledger.hint(URL)]
    # Another source's date does not take its place, nor its zone.
    ledger.discover([found(published_at=NOW - timedelta(hours=1))], NOW)
    assert ledger.hint(URL) == told.hint
    # The page's own date does.
    ledger.settle([settled_of(article(published_at=NOW, zone_assumed=False))])
    assert ledger.hint(URL) == Hint(published_at=NOW)


def test_a_ledger_of_before_the_column_is_read_and_taken_over(tmp_path: Path) -> None:
    for name in ("old", "before"):
        state = State(tmp_path / name)
        Ledger(state.db).discover([found(published_at=NOW, zone_assumed=True)], NOW)
        state.db.execute("ALTER TABLE urls DROP COLUMN zone_assumed")
        state.close()
    state = State(tmp_path / "old")
    assert Ledger(state.db).hint(URL) == Hint(published_at=NOW)
    state.close()
    state = State(tmp_path / "new")
    assert Ledger(state.db).take_over(tmp_path / "before" / "state.db") == 1
    state.close()
