"""Who wrote a story first: what counts as a dateline, a byline and a signature, and what only looks like one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import origins
from newscrawl.extraction.metadata.origin import origin
from newscrawl.extraction.story import extract
from newscrawl.items import Article
from tests.extraction.support import sign
from tests.samples import STORY, html, page

LINE = "नगर निगम ने बुधवार को नई पाइपलाइन का काम शुरू किया।"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("pti", "नयी दिल्ली, चार मार्च (भाषा) देशभर में वर्षा के आसार हैं।"),
        ("pti", "पीटीआई, नई दिल्ली। सरकार ने नया नियम जारी किया।"),
        ("ani", "नई दिल्ली, एएनआई। सरकार ने नया नियम जारी किया।"),
        ("ians", "नई दिल्ली, 5 मार्च (आईएएनएस)। सरकार ने नया नियम जारी किया।"),
        ("ians", "नई दिल्ली, 5 मार्च (आईएएनएस/एजेंसी)। सरकार ने नया नियम जारी किया।"),
        ("uni", "लखनऊ, 05 मार्च (वार्ता) प्रदेश में वर्षा के आसार हैं।"),
        ("reuters", "लंदन (रॉयटर्स) - तेल के दाम बढ़े।"),
        ("own", "नगर संवाददाता, पटना। शहर में वर्षा हुई।"),
        ("own", "संवाद सूत्र, बेतिया : शहर में वर्षा हुई।"),
        # Quoted, explained, or a word like any other.
        (None, "पीटीआई, यूएनआई और अन्य एजेंसियों के पत्रकार आए।"),
        (None, "एएनआई के मुताबिक मामला दर्ज हुआ।"),
        (None, "पूर्व खिलाड़ी की पार्टी (पीटीआई) ने चुनाव जीता।"),
        (None, "आंध्र प्रदेश (AP) सरकार ने नियम बदले।"),
        (None, "हिंदी, भाषा। और समाज।"),
        (None, "शांति की बात, वार्ता। फिर युद्ध।"),
        (None, "केंद्रीय जांच ब्यूरो, दिल्ली: मामला दर्ज हुआ।"),
    ],
)
def test_a_dateline_names_who_wrote_the_story(said: str | None, line: str) -> None:
    assert origin((), [line, LINE], [line, LINE]) == said


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("pti", f"{LINE} (भाषा)"),
        ("pti", "भाषा गोला मनीषा"),
        ("ap", "(AP)"),
        ("ap", "(AP/HY)"),
        ("ians", "यह आईएएनएस न्यूज़ फीड से सीधे प्रकाशित खबर है।"),
        ("own", "रमेश कुमार, वरिष्ठ संवाददाता"),
        ("own", "रमेश कुमार की रिपोर्ट"),
        ("own", "(रिपोर्ट- रमेश कुमार)"),
        (None, "भाषा"),
        (None, "वार्ता"),
        (None, "(इनपुट: भाषा)"),
        (None, "रमेश कुमार"),
        (None, "ये भी पढ़ें: आयोग की रिपोर्ट"),
        (None, "समिति तीन महीने में अपनी रिपोर्ट देगी।"),
        (None, "मामले की जांच नारकोटिक्स कंट्रोल ब्यूरो"),
    ],
)
def test_a_signature_stands_at_the_end_or_where_cleaning_took_it_from(said: str | None, line: str) -> None:
    assert origin((), [LINE, line], [LINE, line]) == said
    assert origin((), [LINE], [LINE, line, "शेयर करें"]) == said
    assert origin((), [LINE], [LINE, "शेयर करें", "और खबरें", line]) is None


@pytest.mark.parametrize(
    ("said", "authors"),
    [
        ("pti", ("PTI",)),
        ("pti", ("भाषा",)),
        ("ians", ("रमेश कुमार", "IANS")),
        ("own", ("नगर ब्यूरो",)),
        (None, ("रमेश कुमार",)),
        (None, ("PTI", "ANI")),
        (None, ()),
    ],
)
def test_a_byline_may_be_an_agency(said: str | None, authors: tuple[str, ...]) -> None:
    assert origin(authors, [LINE], [LINE]) == said


def test_a_line_as_long_as_a_page_is_no_trap() -> None:
    for piece in (" ", "(", "भाषा ", "अ, ", "की रिपोर्ट ", "।"):
        line = piece * 100_000
        assert origin((line,), [line, line], [line, line]) is None
    assert origin((), [f"{LINE} " * 1000 + "(भाषा)"], []) == "pti"


def test_a_page_of_an_agency_says_so_in_its_row() -> None:
    story = extract(page(html(f"{STORY}\n(भाषा)")), sign)
    assert isinstance(story, Article) and story.origin == "pti"
    silent = extract(page(html(STORY)), sign)
    assert isinstance(silent, Article) and silent.origin is None


@pytest.mark.skipif("NEWSCRAWL_SHARED" not in os.environ, reason="NEWSCRAWL_SHARED names no measuring data")
def test_what_is_said_of_real_texts_is_right() -> None:
    figures = origins.measure(Path(os.environ["NEWSCRAWL_SHARED"]) / "texts")
    assert figures.precision >= 0.98 and figures.recall >= 0.8
    assert figures.unread == 0, "label what the rules say more: benchmarks/data/origins.jsonl"
