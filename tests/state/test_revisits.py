"""When a story is looked at again: as often as fixed ages would, where its section is seen to change."""

from __future__ import annotations

import random
import sqlite3
from datetime import timedelta
from pathlib import Path

import numpy as np

from newscrawl.items import Unchanged
from newscrawl.state.database import State
from newscrawl.state.ledger import Ledger
from newscrawl.state.revisit_plan import AGES, Planner, believed, prior
from newscrawl.state.revisits import LearnedAges, Visit, section_of
from newscrawl.state.settled import settled_of
from tests.samples import NOW, article

HOUR = 3600.0
FIXED = (2 * HOUR, 24 * HOUR)


def learned(
    days: int, revised: dict[str, float], db: sqlite3.Connection, told: bool = False
) -> tuple[LearnedAges, float]:
    """After so many days of eight stories a day and section, revised once in their first day with these odds;
    and how many looks a story had. `told`: a source tells each look to be taken."""
    policy, rng, looks, stories = LearnedAges(db, FIXED), random.Random(3), 0, 0
    for hour in range(0, days * 24, 3):
        for name, odds in revised.items():
            published, before, seen = hour * HOUR, hour * HOUR + 600, 0
            url = f"https://a.example/{name}/khabar-{hour}"
            change = published + rng.uniform(0, 24 * HOUR) if rng.random() < odds else None
            visit = Visit(site="a", url=url, key=url, published=published, fetched=before, changed=True)
            stories += 1
            while following := policy.next(visit):
                looks += 1
                changed = change is not None and before < change <= following
                visit = Visit(
                    site="a", url=url, key=url, published=published, fetched=following, before=before,
                    by_age=not told, changed=changed, revised=seen,
                )  # fmt: skip
                seen, before = visit.seen, following
    policy.save()
    return policy, looks / stories


def test_looks_go_where_stories_are_revised_and_stay_as_many() -> None:
    db = sqlite3.connect(":memory:")
    policy, looks = learned(20, {"sajag": 0.9, "maun": 0.0, "shant": 0.0, "chup": 0.02}, db)
    assert len(policy.ages_of("a", "sajag")) > 2
    assert len(policy.ages_of("a", "maun")) <= 1, "what is left over, where the busy one has all that it can use"
    assert 1.7 < looks <= 2.1
    # A section that is new is what its site is, a site that is new what all are.
    assert policy.ages_of("a", "naya") and policy.ages_of("b")


def test_what_was_learned_outlives_the_run_and_is_small() -> None:
    db = sqlite3.connect(":memory:")
    policy, _ = learned(12, {"sajag": 0.9, "maun": 0.0}, db)
    again = LearnedAges(db, FIXED)
    assert again.ages_of("a", "sajag") == policy.ages_of("a", "sajag") != again.ages_of("a", "maun")
    assert db.execute("SELECT COUNT(*), MAX(LENGTH(known)) < 600 FROM revisits").fetchone() == (3, 1)


def test_a_silent_section_that_begins_to_revise_is_found_out() -> None:
    db = sqlite3.connect(":memory:")
    silent, _ = learned(12, {"sajag": 0.9, "maun": 0.0}, db)
    assert silent.ages_of("a", "maun") == []
    assert learned(30, {"sajag": 0.9, "maun": 0.9}, db)[0].ages_of("a", "maun")


def test_a_change_that_a_source_told_says_nothing_of_looks_without_it() -> None:
    policy, _ = learned(10, {"sajag": 0.9}, sqlite3.connect(":memory:"), told=True)
    plain = learned(10, {"sajag": 0.9}, sqlite3.connect(":memory:"))[0]
    assert policy._sections and plain._sections
    assert policy._sections["a", "sajag"].watched.sum() == 0 < plain._sections["a", "sajag"].watched.sum()


def test_before_anything_is_known_the_ages_are_those_of_the_settings() -> None:
    assert LearnedAges(sqlite3.connect(":memory:"), FIXED).ages_of("a") == list(FIXED)


def test_rates_are_found_again_from_looks_that_say_only_changed_or_not() -> None:
    """Interval-censored, at ages that differ: the EM step must not be fooled by several revisions between two looks."""
    db = sqlite3.connect(":memory:")
    policy, rng = LearnedAges(db, FIXED), random.Random(5)
    for number in range(6000):
        published = number * 300.0
        # Two revisions of a story on average, gamma-mixed, evenly over a day.
        total, at, changes = 2 * rng.gammavariate(1, 1), 0.0, []
        while (at := at + rng.expovariate(1)) < total:
            changes.append(published + rng.uniform(0, 24 * HOUR))
        before, seen = published, 0
        first = Visit(
            site="a", url="https://a.example/x/1", key=f"{number}", published=published, fetched=before, changed=True
        )
        policy.next(first)
        for age in sorted(rng.sample([1, 4, 8, 12, 24], 2)):
            now = published + age * HOUR
            visit = Visit(
                site="a", url="https://a.example/x/1", key=f"{number}", published=published, fetched=now, before=before,
                by_age=True, changed=any(before < when <= now for when in changes), revised=seen,
            )  # fmt: skip
            policy.next(visit)
            before, seen = now, visit.seen
    policy._plan(6000 * 300.0)
    day = policy._rates[policy._number("a", "x")][: list(AGES).index(24 * HOUR)] * np.diff(AGES)[:9]
    assert 1.7 < day.sum() < 2.3


def test_a_plan_looks_more_often_the_cheaper_a_look_and_the_more_a_story_was_revised() -> None:
    planner = Planner(prior()[None, :] * 2)
    dear, cheap = planner.plan(0.4), planner.plan(0.05)
    assert dear.looks[0, 0, 0] < cheap.looks[0, 0, 0]
    assert cheap.looks[0, 5, 0] < cheap.looks[0, 5, 2]
    # In order, and to an end.
    assert all(following > at for at, following in enumerate(cheap.after[0, :, 0]) if following)
    some = planner.priced(np.ones((1, len(AGES))), 10.0)
    assert 0 < some.looks[0, :, 0].sum() <= 10.0


def test_belief_follows_what_was_seen_and_else_its_parent() -> None:
    parent = prior()
    nothing = np.zeros_like(parent)
    assert np.allclose(believed(nothing, nothing, parent), parent)
    watched = 1e6 * np.diff(AGES)
    assert np.allclose(believed(3 * parent * watched, watched, parent), 3 * parent, rtol=0.01)


def test_a_section_is_the_first_folder_that_is_a_name() -> None:
    assert section_of("https://a.example/Khel/cricket/jeet-101") == "khel"
    assert section_of("https://a.example/2026/11/jeet-101") == section_of("https://a.example/jeet-101") == ""


def test_a_ledger_that_learns_plans_by_lot_and_by_section_and_a_state_of_before_still_opens(tmp_path: Path) -> None:
    state = State(tmp_path)
    Ledger(state.db)
    state.db.execute("ALTER TABLE urls DROP COLUMN revised")
    state.db.execute("DROP TABLE revisits")
    state.close()
    state = State(tmp_path)
    ledger = Ledger(state.db, [timedelta(hours=2), timedelta(hours=24)], learns=True)
    stories = [
        article(url=f"https://a.example/khel/jeet-{n}", published_at=NOW - timedelta(hours=1)) for n in range(40)
    ]
    ledger.settle([settled_of(story) for story in stories])
    later = NOW + timedelta(hours=200)
    due = [found.url for found in ledger.open(["a"], later)]
    assert len(due) == 40
    for number, url in enumerate(due):
        same = Unchanged(discovered_url=url, url=url, site="a", fetched_at=later, article_id="x")
        ledger.settle([settled_of(article(url=url, fetched_at=later) if number < 10 else same)])
    assert ledger.looks == {"looked": 40, "changed": 10}
    assert state.db.execute("SELECT COUNT(*) FROM urls WHERE revised = 1").fetchone() == (10,)
    assert state.db.execute("SELECT site, section FROM revisits ORDER BY 2").fetchall() == [("", ""), ("a", "khel")]
    state.close()


def test_a_state_that_is_made_anew_keeps_how_sites_revise(tmp_path: Path) -> None:
    before, after = State(tmp_path / "before"), State(tmp_path / "after")
    learned(5, {"sajag": 0.9}, before.db)
    before.db.close()
    Ledger(State(tmp_path / "before").db)
    ledger = Ledger(after.db)
    ledger.take_over(before.path)
    assert after.db.execute("SELECT COUNT(*) FROM revisits").fetchone() == (2,)
    after.close()
