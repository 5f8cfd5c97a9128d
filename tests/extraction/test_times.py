# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""When a story was published: what the page says of itself, and not what stands on it of others."""

from __future__ import annotations

from datetime import datetime

import pytest

from newscrawl.text.dates import IST
from tests.extraction.support import STORY, TITLE, article, blocks, document

_WHEN = '<time datetime="2024-05-01T18:00:00+05:30">1 मई 2024</time>'


@pytest.mark.parametrize(
    "other",
    [
        f'<blockquote class="instagram-media"><p><a href="https://social.example.com/p/x/">उत्सव की तैयारी</a></p><p>मेला समिति {_WHEN}</p></blockquote>',
        f'<div id="comments"><div class="comment"><b>सुरेश</b> {_WHEN}<p>बहुत अच्छी खबर।</p></div></div>',
        f'<ul><li><a href="/purani-9">पिछले साल के मेले में रही थी भारी भीड़</a> {_WHEN}</li></ul>',
        f'<div class="unit"><h3><a href="/purani-9">पिछले साल के मेले में रही थी भारी भीड़</a></h3><div>{_WHEN}</div></div>',
        f"<article><h3>पिछले साल के मेले में रही थी भारी भीड़</h3>{_WHEN}</article>",
    ],
)
def test_a_time_of_a_post_a_comment_or_a_teaser_is_not_the_storys(other: str) -> None:
    html = document(f"<div><h1>{TITLE}</h1><p>{STORY[0]}</p>{other}{blocks()}</div>")
    assert article(html).published_at is None
    html = document(f"<div><h1>{TITLE}</h1>{blocks()}</div>{other}")
    assert article(html).published_at is None


def test_a_time_at_the_end_of_the_story_is_its_own() -> None:
    html = document(f"<article><h1>{TITLE}</h1>{blocks()}<footer>{_WHEN}</footer></article>")
    assert article(html).published_at == datetime(2024, 5, 1, 18, tzinfo=IST)


@pytest.mark.parametrize("end", ["।", ".", "?"])
def test_a_day_that_the_first_paragraph_names_is_not_the_day_of_the_story(end: str) -> None:
    lede = f"14 जून 2024 को हुए हादसे की जांच रिपोर्ट सोमवार को जिलाधिकारी को सौंप दी गई, जिसमें पुल के दोनों खंभों की मरम्मत करने और नाव चलाने वालों को मुआवजा देने की सिफारिश की गई है{end}"
    assert article(document(f"<article><h1>{TITLE}</h1><p>{lede}</p>{blocks()}</article>")).published_at is None


_SHORT = "नदी पर बने नए पुल से तीस गांवों का रास्ता छोटा हुआ है और अब बरसात में भी लोग शहर तक आ जा सकेंगे, किसानों को मंडी पहुंचने में आधा समय लगेगा।"


@pytest.mark.parametrize(
    "line",
    [
        "<p>आशा वर्मा | 14 नवंबर 2026, 10:40</p>",
        "<div><span>आशा वर्मा</span> <span>Updated: 14 Nov 2026 10:40 AM IST</span></div>",
        "<div>By आशा वर्मा</div><div>14.11.2026 | 10:40</div>",
        "<div><b>लेखक: आशा वर्मा</b><br>प्रकाशित: शनिवार, 14 नवंबर 2026, सुबह 10:40 बजे</div>",
    ],
)
def test_behind_a_summary_that_nothing_names_stand_date_and_author(line: str) -> None:
    for summary in (f"<p>{_SHORT}</p>", f"<div class='box'>{_SHORT[:-1]}.</div>"):
        story = article(document(f"<article><h1>{TITLE}</h1>{summary}{line}{blocks()}</article>"))
        assert (story.published_at, story.authors) == (datetime(2026, 11, 14, 10, 40, tzinfo=IST), ("आशा वर्मा",))


@pytest.mark.parametrize(
    "line",
    [
        "<p><a href='/rashifal-9'>आज का राशिफल, 14 नवंबर 2026</a></p>",
        "<figure><img src='/a.jpg'><figcaption>14 नवंबर 2026 को पुल पर जुटे लोग</figcaption></figure>",
        "<blockquote><p>पुल खुल गया</p>समिति (@samiti) November 14, 2026</blockquote>",
    ],
)
def test_behind_the_first_paragraph_a_day_in_a_headline_a_caption_or_a_post_dates_nothing(line: str) -> None:
    assert article(document(f"<article><h1>{TITLE}</h1><p>{_SHORT}</p>{line}{blocks()}</article>")).published_at is None


_TOLD = "मुख्यमंत्री ने आज यहां नदी पर बने नए पुल का लोकार्पण किया और कहा कि इससे तीस गांवों के लोगों को बरसात में भी शहर आने जाने में आसानी होगी।"


@pytest.mark.parametrize(
    "beginning",
    [
        "बरौली, 14 नवंबर 2026/ ", "बरौली 14 नवंबर 2026। ", "(14.11.2026) ", "बरौली, दिनांक 14 नवंबर 2026: ", "बरौली, 14 नवंबर, 2026 (भाषा) ",
        "NEW BARAULI, November 14, 2026 - ",
    ],
)  # fmt: skip
def test_where_nothing_else_dates_a_story_its_dateline_does(beginning: str) -> None:
    story = article(document(f"<article><h1>{TITLE}</h1><p>{beginning}{_TOLD}</p>{blocks()}</article>"))
    assert story.published_at == datetime(2026, 11, 14, tzinfo=IST)


@pytest.mark.parametrize(
    "beginning", ["14 नवंबर 2026 को ", "बरौली में 14 नवंबर 2026 - यानी आज - ", "संविधान दिवस 26 नवंबर 2026: "]
)
def test_a_day_that_begins_a_sentence_or_is_ahead_is_no_dateline(beginning: str) -> None:
    assert (
        article(document(f"<article><h1>{TITLE}</h1><p>{beginning}{_TOLD}</p>{blocks()}</article>")).published_at
        is None
    )
