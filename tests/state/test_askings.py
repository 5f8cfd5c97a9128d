"""Kind: a first answer is not the last word. What gave no story is asked again, with backoff, a bounded number of
times, and comes back when discovery tells something new of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from newscrawl.items import Hint, Reason
from newscrawl.state.askings import LONGEST_WAIT, POLICIES, YOUNG, UrlState, policy_of
from newscrawl.state.database import State
from newscrawl.state.ledger import EXPIRES, MAX_REVIVALS, PAGE_ROWS, Found, Ledger
from newscrawl.state.settled import Settled, settled_of
from tests.samples import NOW, article, reject

URL = "https://a.example/jalashay-safai-101"
TRACKED = f"{URL}?utm_source=rss&utm_medium=feed"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    state = State(tmp_path)
    yield Ledger(state.db, [timedelta(hours=2)])
    state.close()


def found(url: str = URL, source: str = "https://a.example/feed", **hint: object) -> Found:
    return Found(url=url, site="a", source=source, hint=Hint(**hint))  # type: ignore[arg-type]


def rejected(reason: Reason, at: datetime = NOW, url: str = URL) -> Settled:
    return settled_of(reject(url, reason, fetched_at=at))


def open_urls(ledger: Ledger, at: datetime = NOW) -> list[str]:
    return [f.url for f in ledger.open(["a"], at)]


def askings(ledger: Ledger, reason: Reason, start: datetime = NOW, days: int = 9) -> list[float]:
    """Hours, from the first answer on, at which a URL that always answers so is asked again."""
    asked = []
    ledger.settle([rejected(reason, start)])
    for minutes in range(0, days * 24 * 60, 10):
        at = start + timedelta(minutes=minutes)
        if open_urls(ledger, at):
            asked.append(minutes / 60)
            ledger.settle([rejected(reason, at)])
    return asked


@pytest.mark.parametrize("reason", [Reason.NO_CONTENT, Reason.TOO_SHORT, Reason.ERROR_PAGE, Reason.LOGIN_WALL])
def test_a_young_page_without_its_story_is_asked_again_with_backoff_and_not_for_ever(
    ledger: Ledger, reason: Reason
) -> None:
    ledger.discover([found()], NOW)
    assert askings(ledger, reason) == [1, 3, 7, 24]


def test_a_page_that_was_published_long_ago_is_asked_once_more(ledger: Ledger) -> None:
    ledger.discover([found(published_at=NOW - YOUNG - timedelta(hours=1))], NOW)
    assert askings(ledger, Reason.TOO_SHORT) == [1]


def test_a_first_404_and_an_unreachable_page_are_asked_again(ledger: Ledger) -> None:
    ledger.discover([found()], NOW)
    assert askings(ledger, Reason.GONE) == [1, 3, 24]
    other = "https://a.example/doosri-khabar-102"
    ledger.discover([found(other)], NOW)
    ledger.settle([rejected(Reason.HTTP_ERROR, url=other)])
    assert open_urls(ledger, NOW + timedelta(minutes=10)) == [other]


@pytest.mark.parametrize("hours", [9, 30])
def test_a_page_that_fails_for_a_night_or_a_day_is_not_lost(ledger: Ledger, hours: int) -> None:
    """Kind: all tries are over within a morning, and the feed that goes on naming the page makes it no more due."""
    ledger.discover([found()], NOW)
    asked = askings(ledger, Reason.HTTP_ERROR)
    assert [hour for hour in asked if hour > hours] and len(asked) <= 6 and asked[-1] == 48, asked


def test_a_story_that_was_away_at_its_first_look_is_looked_at_when_it_is_a_day_old(ledger: Ledger) -> None:
    ledger.settle([settled_of(article(published_at=NOW))])
    assert askings(ledger, Reason.GONE, NOW + timedelta(hours=2)) == [1, 3, 22]


def test_a_page_that_is_dated_ahead_is_not_asked_for_ever(ledger: Ledger) -> None:
    ledger.discover([found(published_at=NOW + timedelta(days=300))], NOW)
    assert askings(ledger, Reason.GONE) == [1, 3, 27]


def test_what_waits_for_its_last_asking_is_due_at_once_when_its_lastmod_moves(ledger: Ledger) -> None:
    ledger.discover([found(modified_at=NOW - timedelta(hours=1))], NOW)
    for hour in range(5):
        ledger.settle([rejected(Reason.HTTP_ERROR, NOW + timedelta(hours=hour))])
    later = NOW + timedelta(hours=6)
    assert open_urls(ledger, later) == []
    assert len(ledger.discover([found(modified_at=later)], later)) == 1 and open_urls(ledger, later) == [URL]


def test_the_story_that_came_in_the_end_closes_the_account(ledger: Ledger) -> None:
    ledger.discover([found()], NOW)
    ledger.settle([rejected(Reason.NO_CONTENT)])
    later = NOW + timedelta(hours=1)
    ledger.settle([settled_of(article(fetched_at=later))])
    assert open_urls(ledger, later + timedelta(days=5)) == []
    # A recheck that meets a maintenance page begins anew.
    ledger.settle([rejected(Reason.ERROR_PAGE, later)])
    assert open_urls(ledger, later + timedelta(hours=1)) == [URL]


def test_every_reason_has_a_policy_and_one_of_a_later_release_settles_its_url(ledger: Ledger) -> None:
    assert POLICIES.keys() == set(Reason)
    assert policy_of("haunted") is policy_of(Reason.NOT_ARTICLE.value)
    ledger.settle([Settled(url=URL, site="a", fetched_at=NOW, reason="haunted")])
    assert ledger.counts() == {UrlState.REJECTED: 1} and open_urls(ledger, NOW + LONGEST_WAIT) == []


@pytest.mark.parametrize("reason", [Reason.FETCH_FAILED, Reason.GONE, Reason.TOO_SHORT])
def test_an_exhausted_url_is_due_again_when_its_lastmod_moves(ledger: Ledger, reason: Reason) -> None:
    first = NOW - timedelta(hours=1)
    ledger.discover([found(modified_at=first)], NOW)
    askings(ledger, reason)
    later = NOW + timedelta(days=9)
    assert ledger.discover([found(modified_at=first)], later) == [] == open_urls(ledger, later)
    assert len(ledger.discover([found(modified_at=later)], later)) == 1
    assert open_urls(ledger, later) == [URL], "also when the run that was told so dies"
    assert askings(ledger, reason, later) != [], "with all its tries"


def test_an_exhausted_url_is_due_again_when_a_new_source_names_it_each_source_once(ledger: Ledger) -> None:
    ledger.discover([found()], NOW)
    askings(ledger, Reason.FETCH_FAILED)
    later = NOW + timedelta(days=9)
    assert ledger.discover([found()], later) == []
    for number in range(MAX_REVIVALS + 2):
        named = found(source=f"https://a.example/desh/?page={number}")
        due = ledger.discover([named], later)
        assert bool(due) == (number < MAX_REVIVALS)
        if due:
            askings(ledger, Reason.FETCH_FAILED, later)
            later += timedelta(days=9)
            assert ledger.discover([named], later) == []


def test_a_new_source_does_not_ask_again_for_what_is_no_story_by_its_nature(ledger: Ledger) -> None:
    ledger.discover([found()], NOW)
    ledger.settle([rejected(Reason.NOT_ARTICLE)])
    assert ledger.discover([found(source="https://a.example/desh/")], NOW) == [] == open_urls(ledger)


@pytest.mark.parametrize("moved_to", [NOW - timedelta(minutes=30), NOW + timedelta(hours=1)])
def test_a_lastmod_that_moves_between_fetch_and_commit_makes_the_page_due_again(
    ledger: Ledger, moved_to: datetime
) -> None:
    ledger.discover([found(modified_at=NOW - timedelta(hours=2))], NOW - timedelta(minutes=5))
    # The page was fetched at NOW; its sitemap is read again before the batch is committed.
    assert ledger.discover([found(modified_at=moved_to)], NOW + timedelta(seconds=9)) == []
    ledger.settle([settled_of(article())])
    assert open_urls(ledger) == [URL]
    ledger.settle([settled_of(article(fetched_at=NOW + timedelta(minutes=1)))])
    assert open_urls(ledger, NOW + timedelta(minutes=1)) == []


def test_a_lastmod_first_told_between_fetch_and_commit_is_that_of_the_version_fetched(ledger: Ledger) -> None:
    ledger.discover([found()], NOW - timedelta(minutes=5))
    ledger.discover([found(modified_at=NOW - timedelta(hours=1))], NOW + timedelta(seconds=9))
    ledger.settle([settled_of(article())])
    assert open_urls(ledger) == []


def test_of_two_sources_that_tell_two_lastmods_the_later_counts_in_whatever_order(ledger: Ledger) -> None:
    early, late = NOW - timedelta(hours=3), NOW - timedelta(hours=2)
    ledger.discover([found(modified_at=late)], NOW - timedelta(minutes=5))
    ledger.discover([found(modified_at=early)], NOW - timedelta(minutes=4))
    ledger.settle([settled_of(article())])
    assert ledger.discover([found(modified_at=late)], NOW) == [] == open_urls(ledger)


def test_a_later_source_fills_in_what_the_first_did_not_tell(ledger: Ledger) -> None:
    published = NOW - timedelta(hours=3)
    ledger.discover([found()], NOW)
    ledger.discover([found(source="https://a.example/news.xml", title="जलाशय की सफाई", published_at=published)], NOW)
    ledger.discover([found(title="कोई और शीर्षक", published_at=NOW)], NOW)
    assert ledger.hint(URL) == Hint(title="जलाशय की सफाई", published_at=published)
    [due] = ledger.open(["a"], NOW)
    assert due.hint == ledger.hint(URL)


def test_a_clean_address_takes_the_place_of_one_with_trackers_that_robots_forbids(ledger: Ledger) -> None:
    assert ledger.discover([found(TRACKED)], NOW) != []
    ledger.settle([rejected(Reason.FORBIDDEN, url=TRACKED)])
    assert [f.url for f in ledger.discover([found(URL)], NOW)] == [URL]
    assert open_urls(ledger) == [URL]
    # And the other way round: what the twin answered says nothing of the clean address.
    ledger.discover([found(TRACKED)], NOW)
    ledger.settle([rejected(Reason.FORBIDDEN, url=TRACKED)])
    assert open_urls(ledger) == [URL]
    ledger.settle([settled_of(article())])
    assert open_urls(ledger) == [] == ledger.discover([found(TRACKED)], NOW)


def test_what_is_due_is_read_in_pages_and_each_url_once(ledger: Ledger) -> None:
    many = PAGE_ROWS + 7
    urls = [f"{URL}-{number}" for number in range(2 * many)]
    ledger.discover([found(url) for url in urls], NOW - timedelta(hours=9))
    for url in urls[:many]:
        ledger.settle([settled_of(article(url=url, published_at=NOW - timedelta(hours=1)))])
    ledger.discover([found(url, modified_at=NOW + timedelta(minutes=1)) for url in urls[:many]], NOW)
    due = open_urls(ledger, NOW + timedelta(hours=3))
    assert len(due) == len(set(due)) == 2 * many


def test_what_may_still_be_asked_is_not_put_into_compact_form(ledger: Ledger) -> None:
    now = NOW + EXPIRES + timedelta(days=1)
    urls = [f"{URL}-{number}" for number in range(5)]
    ledger.discover([found(url) for url in urls], NOW)
    done, failed, changed, fresh, _pending = urls
    ledger.settle([settled_of(article(url=url)) for url in (done, changed)])
    ledger.settle([settled_of(article(url=fresh, fetched_at=now)), rejected(Reason.GONE, url=failed)])
    ledger.discover([found(changed, modified_at=now)], now)
    assert ledger.expire(now) == 1
    assert ledger.counts() == {"pending": 1, "done": 2, "gone": 1, "expired": 1}
    assert ledger.discover([found(done)], now) == [], "known all the same"
    assert open_urls(ledger, now) != [] and done not in open_urls(ledger, now)


def test_a_lastmod_by_a_clock_ahead_of_ours_is_no_change_of_what_is_in_compact_form(ledger: Ledger) -> None:
    """Indian time printed as UTC: five and a half hours ahead."""
    ahead = found(modified_at=NOW + timedelta(hours=5, microseconds=7))
    ledger.discover([ahead], NOW)
    ledger.settle([settled_of(article())])
    now = NOW + EXPIRES + timedelta(days=1)
    assert ledger.expire(now) == 1
    assert ledger.discover([ahead], now) == []


def test_rows_noted_under_a_clock_that_ran_ahead_are_due(ledger: Ledger) -> None:
    years_on = NOW + timedelta(days=1500)
    ledger.settle([rejected(Reason.FETCH_FAILED, years_on)])
    assert open_urls(ledger) == [URL]


@pytest.mark.parametrize("condition", ["pending", "changed", "checks"])
def test_no_query_of_what_is_due_reads_the_whole_table(ledger: Ledger, condition: str) -> None:
    statements: list[str] = []
    ledger._db.set_trace_callback(statements.append)
    list(ledger.open(["a"], NOW))
    ledger._db.set_trace_callback(None)
    plans = [[row[3] for row in ledger._db.execute(f"EXPLAIN QUERY PLAN {s}")] for s in statements]
    assert len(plans) == 4 and all(len(plan) == 1 for plan in plans), "no sorting"
    assert all("USING INDEX" in step and "(site=?" in step for [step] in plans), plans
    assert any(condition in step for [step] in plans), plans


def test_who_looks_for_names_that_no_site_has_goes_from_name_to_name(ledger: Ledger) -> None:
    statements: list[str] = []
    ledger._db.set_trace_callback(statements.append)
    ledger.adopt({"a"}, lambda url: None)
    ledger._db.set_trace_callback(None)
    plans = [[row[3] for row in ledger._db.execute(f"EXPLAIN QUERY PLAN {s}")] for s in statements]
    assert len(plans) == 3 and all(len(plan) == 1 and "INDEX" in plan[0] and "(site>?)" in plan[0] for plan in plans)
