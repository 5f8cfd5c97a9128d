"""Kind: one page takes another's place. That two texts come under one canonical URL makes them one story only where
they have text in common; and what a page once said is known however long ago that was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.dedup.index import DedupIndex
from newscrawl.items import Article, Duplicate, Relation, Unchanged
from tests.dedup.hindi_texts import article, story
from tests.dedup.test_index import keep

PAGE = "https://news.example/story.php"
WINDOW = timedelta(days=30)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "index.db", isolation_level=None)
    yield connection
    connection.close()


def text(seed: int, sentences: int = 12) -> str:
    return " ".join(story(seed, sentences))


def prices(petrol: str, diesel: str, gold: str) -> str:
    return (
        f"रामगढ़ में आज पेट्रोल {petrol} रुपये प्रति लीटर बिक रहा है। डीजल का भाव {diesel} रुपये प्रति लीटर पर है। "
        "तेल कंपनियां हर सुबह छह बजे नए दाम जारी करती हैं और शहर के हर पंप पर वही लागू होते हैं। "
        f"सराफा बाजार में सोना {gold} रुपये प्रति दस ग्राम के भाव पर रहा और चांदी में कोई बदलाव नहीं दिखा।"
    )


def relations(verdicts: list[Article | Duplicate | Unchanged]) -> list[str]:
    return [v.relation.value if isinstance(v, Duplicate) else type(v).__name__.lower() for v in verdicts]


def test_unrelated_stories_under_one_canonical_url_are_stories_each(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    assert relations(keep(index, db, *(article(n, text(n), url=PAGE) for n in range(4)))) == ["article"] * 4
    # Each keeps its own versions, whichever came last.
    revised = article(9, " ".join(story(1)[:10] + story(50, 2)), url=PAGE)
    [verdict] = keep(index, db, revised)
    assert isinstance(verdict, Duplicate) and verdict.relation is Relation.REVISION
    assert verdict.duplicate_of == article(1, text(1), url=PAGE).id
    assert relations(keep(index, db, article(2, text(2), url=PAGE))) == ["unchanged"]


def test_a_flash_that_was_rewritten_within_the_hour_is_revised_and_a_week_later_the_page_tells_another_story(
    db: sqlite3.Connection,
) -> None:
    index = DedupIndex(db)
    flash, full = story(1, 5), story(1, 2) + story(2, 8)
    keep(index, db, article(1, " ".join(flash), url=PAGE))
    assert relations(keep(index, db, article(2, " ".join(full), url=PAGE, day=0.04))) == ["revision"]
    assert relations(keep(index, db, article(3, " ".join(story(1, 2) + story(3, 8)), url=PAGE, day=7))) == ["article"]


@pytest.mark.parametrize("committed", [False, True])
def test_a_page_that_is_used_again_for_each_days_prices_gives_a_story_a_day(
    db: sqlite3.Connection, committed: bool
) -> None:
    index = DedupIndex(db)
    days = [
        article(1, prices("94.10", "87.20", "61,200"), url=PAGE, day=0.1),
        article(2, prices("94.10", "87.20", "61,250"), url=PAGE, day=0.2),  # corrected the same day
        article(3, prices("94.55", "87.65", "61,900"), url=PAGE, day=1.1),
        article(4, prices("94.80", "87.90", "62,300"), url=PAGE, day=2.1),
    ]
    verdicts = [v for a in days for v in keep(index, db, a)] if committed else keep(index, db, *days)
    assert relations(verdicts) == ["article", "revision", "article", "article"]


def test_a_story_that_grew_overnight_is_still_a_revision(db: sqlite3.Connection) -> None:
    index = DedupIndex(db)
    keep(index, db, article(1, text(1), url=PAGE))
    assert relations(keep(index, db, article(2, f"{text(1)} {text(2, 4)}", url=PAGE, day=1.2))) == ["revision"]


@pytest.mark.parametrize("committed", [False, True])
def test_a_page_that_was_edited_is_a_revision_though_another_page_has_its_words(
    db: sqlite3.Connection, committed: bool
) -> None:
    """An agency's report on two papers: one changes its headline, then takes over what the other one cut."""
    index = DedupIndex(db)
    pages = [
        article(1, text(1), url=PAGE),
        article(2, text(1), url="https://other.example/agency-1"),
        article(3, text(1), url=PAGE, title="नया शीर्षक"),
        article(4, text(1, 9), url="https://other.example/agency-1", day=0.1),
        article(5, text(1, 9), url=PAGE, day=0.2),
    ]
    verdicts = [v for a in pages for v in keep(index, db, a)] if committed else keep(index, db, *pages)
    assert relations(verdicts) == ["article", "exact", "revision", "revision", "revision"]


def test_a_revision_of_a_story_that_has_left_the_window_is_a_story(db: sqlite3.Connection) -> None:
    index = DedupIndex(db, window=WINDOW)
    keep(index, db, article(1, text(1), url=PAGE))
    keep(index, db, article(2, text(2), day=40))
    assert relations(keep(index, db, article(3, text(1, 11), url=PAGE, day=40))) == ["article"]


def test_a_page_unchanged_past_the_window_is_unchanged_and_its_id_is_stored_once(db: sqlite3.Connection) -> None:
    index = DedupIndex(db, window=WINDOW)
    old = article(1, text(1), url=PAGE)
    keep(index, db, old)
    for day in (40, 80):
        keep(index, db, article(day, text(day), day=day))
        assert db.execute("SELECT COUNT(*) FROM articles WHERE fetched_at < ?", (index.expired_before,)).fetchone() == (
            0,
        )
        assert relations(keep(index, db, old)) == ["unchanged"]


def test_after_a_batch_under_a_clock_years_ahead_the_window_comes_back(db: sqlite3.Connection) -> None:
    index = DedupIndex(db, window=WINDOW)
    ahead = article(1, text(1), url=PAGE, day=1500)
    keep(index, db, ahead)
    now = article(2, text(2), day=1)
    keep(index, db, now)
    assert relations(keep(index, db, now, ahead)) == ["unchanged", "unchanged"]
    assert relations(keep(index, db, article(3, text(2), day=2))) == ["exact"], "what is fresh has not expired"
    assert relations(keep(index, db, article(4, text(1), day=2))) == ["exact"]
