"""What `scrapy bucket similar` shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from newscrawl.archive.similar import similar
from newscrawl.dedup.explain import Side, Stretch, render_diff, word_diff
from newscrawl.errors import ConfigError
from newscrawl.items import Duplicate
from newscrawl.server.embedded import EmbeddedS3
from tests.dedup.hindi_texts import article, story
from tests.dedup.test_rebuild import archive_at, crawl, new_location


def test_the_diff_names_words_of_each_side_and_ignores_spelling_habits() -> None:
    found = word_diff("हिन्दी की नई किताब आई।", "हिंदी की पुरानी किताब आई")
    assert found == [
        Stretch(Side.BOTH, ("हिन्दी", "की")),
        Stretch(Side.FIRST, ("नई",)),
        Stretch(Side.SECOND, ("पुरानी",)),
        Stretch(Side.BOTH, ("किताब", "आई।")),
    ]
    assert render_diff(found).plain.strip() == "हिन्दी की [-नई-] {+पुरानी+} किताब आई।"


def test_long_unchanged_stretches_are_shortened() -> None:
    text = " ".join(story(1))
    shown = render_diff(word_diff(text + " एक", text + " दो")).plain
    assert "160 words in both" in shown and len(shown) < 200


@given(*[st.lists(st.sampled_from("कखगघ"), max_size=300)] * 2)
@example(["क"] * 300, ["क"] * 300)
def test_a_diff_tells_both_texts_whole_and_in_order(first: list[str], second: list[str]) -> None:
    found = word_diff(" ".join(first), " ".join(second))
    for side, words in ((Side.FIRST, first), (Side.SECOND, second)):
        assert [word for stretch in found if stretch.side in (side, Side.BOTH) for word in stretch.words] == words
    if first == second:
        assert [stretch.side for stretch in found] == [Side.BOTH] * bool(first)


def test_a_diff_of_texts_that_say_a_few_words_again_and_again_comes_to_an_end() -> None:
    """Each place beside each other took half a minute for 2,000 words, and eight times as long for twice as many."""
    mantra = "राम कृष्ण हरि शिव"
    found = word_diff(f"जाप {mantra * 5_000}", f"जाप {f'{mantra} नारायण' * 4_000}")
    assert found[0] == Stretch(Side.BOTH, ("जाप", "राम", "कृष्ण", "हरि"))


def test_similar_says_why_an_article_collapsed_and_why_another_did_not(s3: EmbeddedS3, tmp_path: Path) -> None:
    location = new_location(s3)
    background = story(9, 8)
    with archive_at(s3, location, tmp_path) as archive:
        _, copy, _ = crawl(
            archive,
            [
                [
                    article(1, " ".join(story(1)[:5] + background)),
                    article(2, " ".join(story(1)[:5] + background[:6])),
                    article(3, " ".join(story(2)[:6] + background), url="https://news.example/kept"),
                ]
            ],
        )
        assert isinstance(copy, Duplicate)
        console = Console(record=True, width=100)
        similar(archive, copy.article.id, console)
        shown = console.export_text()
        assert "the same story (near)" in shown and copy.duplicate_of in shown
        console = Console(record=True, width=100)
        similar(archive, "https://news.example/kept", console)
        shown = console.export_text()
        assert "a story of its own" in shown and "shared background" in shown and "{+" in shown
        with pytest.raises(ConfigError, match="no article"):
            similar(archive, "https://news.example/unknown", console)


def test_similar_takes_time_between_pages_as_the_verdict_did(s3: EmbeddedS3, tmp_path: Path) -> None:
    grown, page = " ".join(story(1)[:6] + story(2)[:4]), "https://news.example/page"
    late = replace(article(2, grown, url=page, day=7), url=f"{page}/amp")
    for first, said in (("https://news.example/other", "told days apart"), (page, "the same story")):
        with archive_at(s3, new_location(s3), tmp_path / said) as archive:
            _, verdict = crawl(archive, [[article(1, " ".join(story(1, 9)), url=first), late]])
            assert isinstance(verdict, Duplicate) == (first == page)
            console = Console(record=True, width=100)
            similar(archive, late.url, console)
            assert said in console.export_text()
