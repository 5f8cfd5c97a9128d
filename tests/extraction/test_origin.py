"""Who wrote a story first: what counts as a dateline, a byline and a signature, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import origins
from newscrawl.extraction.metadata.origin import origin
from newscrawl.extraction.story import extract
from newscrawl.items import Article
from tests.extraction.support import TITLE, article, blocks, document, sign
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
        ("ap", "लंदन (AP) - तेल के दाम बढ़े।"),
        ("pti", "मेरठ। (भाषा) शहर में वर्षा हुई।"),
        ("pti", "भोपाल, मध्य प्रदेश (भाषा): शहर में वर्षा हुई।"),
        ("own", "नगर संवाददाता, पटना। शहर में वर्षा हुई।"),
        ("own", "संवाद सूत्र, बेतिया : शहर में वर्षा हुई।"),
        # The state in brackets, a colon, no comma; other spellings of the names; a place after the name.
        ("pti", "मेरठ (उप्र), 28 नवंबर (भाषा) शहर में वर्षा हुई।"),
        ("pti", "नयी दिल्ली: 28 नवंबर (भाषा) शहर में वर्षा हुई।"),
        ("pti", "(तस्वीर के साथ) रांची, 28 नवंबर (भाषा) शहर में वर्षा हुई।"),
        ("uni", "रांची 28 नवंबर (वार्ता) शहर में वर्षा हुई।"),
        ("ani", "काठमांडू [नेपाल], 28 नवंबर (ANI): शहर में वर्षा हुई।"),
        ("pti", "ब्रिसबेन, प्रेट्र। टीम ने मैच जीता।"),
        ("ani", "एएनआइ, काबुल। शहर में वर्षा हुई।"),
        ("reuters", "न्यूयॉर्क, रायटर। तेल के दाम बढ़े।"),
        ("afp", "पेरिस, 28 नवंबर (एएफपी) शहर में वर्षा हुई।"),
        ("hs", "रांची, 28 नवंबर (हि.स.)। शहर में वर्षा हुई।"),
        ("uni", "वार्ता, लखनऊ। शहर में वर्षा हुई।"),
        ("ani", "नई दिल्ली | ANI : शहर में वर्षा हुई।"),
        ("own", "लखनऊ, प्रमुख संवाददाता। शहर में वर्षा हुई।"),
        ("own", "लखनऊ। प्रमुख संवाददाता शहर में वर्षा हुई।"),
        ("own", "दर्पण प्रतिनिधि, इंदौर। शहर में वर्षा हुई।"),
        # Quoted, explained, or a word like any other.
        (None, "पीटीआई, यूएनआई और अन्य एजेंसियों के पत्रकार आए।"),
        (None, "एएनआई के मुताबिक मामला दर्ज हुआ।"),
        (None, "पूर्व खिलाड़ी की पार्टी (पीटीआई) ने चुनाव जीता।"),
        (None, "आंध्र प्रदेश (AP) सरकार ने नियम बदले।"),
        (None, "हिंदी, भाषा। और समाज।"),
        (None, "भाषा, संस्कृति और साहित्य। तीन दिन का मेला।"),
        (None, "पीटीआई, इस्लामाबाद में रैली करेगी। पार्टी ने समय बताया।"),
        (None, "मुंबई, अभिनेत्री रुक्मिणी जोशी (एएनआई)"),
        (None, "अमरावती (AP): सरकार ने नियम बदले।"),
        (None, "पेरिस, 28 नवंबर (एएफपी/रॉयटर्स) शहर में वर्षा हुई।"),
        (None, "भाषा संवाददाता, लखनऊ। शहर में वर्षा हुई।"),
        (None, "पटना। संवाददाता सम्मेलन में मंत्री ने बात की।"),
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
        ("pti", "भाषा सं. आनन्द अर्पणा"),
        ("pti", "-भाषा"),
        ("pti", "भाषा/पीटीआई"),
        ("ians", f"{LINE} --आईएएनएस"),
        ("uni", "सैनी.श्रवण वार्ता"),
        ("hs", "हिन्दुस्थान समाचार / रमेश कुमार"),
        ("ani", "सोर्स: एएनआई"),
        ("pti", "(स्रोत - पीटीआई भाषा)"),
        ("pti", "यह खबर 'भाषा' न्यूज़ एजेंसी से 'ऑटो-फीड' द्वारा ली गई है, इसके लिए हम जिम्मेदार नहीं हैं।"),
        ("ani", "(शीर्षक के अलावा इस खबर को हमने नहीं बदला है, यह एएनआई से सीधे प्रकाशित की गई है।)"),
        ("pti", "(This story has not been edited by our staff and is published from a PTI feed.)"),
        ("own", "रमेश कुमार, वरिष्ठ संवाददाता"),
        ("own", "रमेश कुमार की रिपोर्ट"),
        ("own", "(रिपोर्ट- रमेश कुमार)"),
        (None, "भाषा"),
        (None, "वार्ता"),
        (None, "(इनपुट: भाषा)"),
        (None, "(With inputs from PTI)"),
        (None, "यह खबर पीटीआई और एएनआई फीड के इनपुट से बनी है।"),
        (None, "एएनआई के फेसबुक फीड से ली गई तस्वीर।"),
        (None, "फोटो साभार: एएनआई"),
        (None, "सड़क पर फंसे वाहन (पीटीआई)"),
        (None, "भाषा का सवाल"),
        (None, "भारत चीन वार्ता"),
        (None, "(एपी, रॉयटर्स)"),
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
        ("pti", ("पीटीआई-भाषा",)),
        ("ians", ("IANS Hindi",)),
        (None, ("PTI", "ANI")),
        (None, ("ani",)),  # the name of an account
        (None, ()),
    ],
)
def test_a_byline_may_be_an_agency(said: str | None, authors: tuple[str, ...]) -> None:
    assert origin(authors, [LINE], [LINE]) == said


def test_a_signature_may_be_several_short_lines() -> None:
    assert origin((), [LINE, "भाषा राजेश मनीषा", "मनीषा", "2811 1432 मेरठ"], []) == "pti"
    # A subhead is none.
    assert origin((), [LINE, "भाषा विवाद", LINE, LINE], []) is None
    assert origin((), [LINE, "भाषा विवाद", LINE], []) is None
    assert origin((), [f"{LINE} विवाद बढ़ा।", "भाषा विवाद"], []) is None


@pytest.mark.parametrize(
    ("said", "head", "byline"),
    [
        ("uni", '<meta name="dc.source" content="UNI">', ""),
        ("ani", '<script type="application/ld+json">{"@type": "Report", "sourceOrganization": "ANI"}</script>', ""),
        ("pti", "", "<div>Edited By: रमेश कुमार | <span>Source: PTI</span></div>"),
        ("pti", "", "<div>वेब डेस्क | भाषा | Updated: 28 Nov 2025, 10:15 AM</div>"),
        ("pti", "", "<div><div>Agency</div><div>भाषा</div></div>"),
        ("ani", "", '<div class="disclaimer">यह खबर सीधे एएनआई फीड से ली गई है।</div>'),
        ("own", "", '<div class="disclaimer">इस साइट की खबरें एएनआई फीड से भी आती हैं।</div>'),
        ("own", "", "<div>By Meena Devi with <span>AP</span> 28 Nov 2025</div>"),
        ("own", "", "<div>सड़क पर फंसे वाहन (Image Source: PTI)</div>"),
        ("own", '<meta name="source" content="समाचार उदाहरण">', ""),
    ],
)  # fmt: skip
def test_the_head_and_the_line_of_the_byline_may_credit_an_agency(said: str, head: str, byline: str) -> None:
    story = article(document(f"<article><h1>{TITLE}</h1>{byline}{blocks()}</article>", head))
    assert story.origin == said


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


def test_what_is_said_of_real_texts_is_right(shared: Path) -> None:
    figures = origins.measure(shared / "texts")
    assert figures.precision >= 0.98 and figures.recall >= 0.8
    assert figures.unread == 0, "label what the rules say more: benchmarks/data/origins.jsonl"
