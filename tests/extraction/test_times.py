# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""When a story was published: what the page says of itself, and not what stands on it of others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.extraction import extract
from newscrawl.items import Article, Hint
from newscrawl.text.dates import IST, find_date, parse_date
from tests.extraction.support import STORY, TITLE, article, blocks, document, linked_data, sign, story_page
from tests.samples import page


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-11-14T09:05:00+05:30", datetime(2026, 11, 14, 9, 5, tzinfo=IST)), ("2026-11-14 09:05:00", datetime(2026, 11, 14, 9, 5, tzinfo=IST)),
        ("2026-11-14T03:35:00Z", datetime(2026, 11, 14, 9, 5, tzinfo=IST)), ("2026-11-14T09:05:00+0530", datetime(2026, 11, 14, 9, 5, tzinfo=IST)),
        ("सोम, 4 सित॰ 2023 07:30 IST", datetime(2023, 9, 4, 7, 30, tzinfo=IST)), ("१४ नवंबर २०२६, १५:३० बजे", datetime(2026, 11, 14, 15, 30, tzinfo=IST)),
        ("14 नवम्बर 2026, 03:05 PM", datetime(2026, 11, 14, 15, 5, tzinfo=IST)), ("Updated: 3 फ़रवरी 2021 शाम 7:30 बजे", datetime(2021, 2, 3, 19, 30, tzinfo=IST)),
        ("Tue, 23 Sep 2025 03:16 PM IST", datetime(2025, 9, 23, 15, 16, tzinfo=IST)), ("Thu, 29 Jun 2023 9:21:05 +0000", datetime(2023, 6, 29, 9, 21, 5, tzinfo=UTC)),
        ("Mon Sep 04 16:20:35 IST 2023", datetime(2023, 9, 4, 16, 20, 35, tzinfo=IST)), ("14/11/2026 15:30 बजे", datetime(2026, 11, 14, 15, 30, tzinfo=IST)),
        ("संवाददाता / नई दिल्ली February  14, 2020", datetime(2020, 2, 14, tzinfo=IST)), ("14.11.2026 | 15:30", datetime(2026, 11, 14, 15, 30, tzinfo=IST)),
        ("रात 2:10 बजे", None), ("1970-01-01", None), ("32 नवंबर 2026", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_date_is_read_in_its_spelling_and_in_ist_where_no_zone_is_given(
    text: str | None, when: datetime | None
) -> None:
    assert parse_date(text) == when


def test_a_day_without_a_time_is_known_as_such() -> None:
    assert find_date("4 सितंबर 2023") == (datetime(2023, 9, 4, tzinfo=IST).astimezone(UTC), False, False)


def test_a_printed_time_completes_a_bare_day_of_the_head() -> None:
    story = article(
        story_page(
            '<meta property="article:published_time" content="2026-11-14">', "<p>प्रकाशित: 14 नवंबर 2026, 10:40 बजे</p>"
        )
    )
    assert story.published_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


@pytest.mark.parametrize(
    ("head", "when", "assumed"),
    [
        ('<meta property="article:published_time" content="Sat Nov 14 2026 18:45:00 GMT+0530 (India Standard Time)">', datetime(2026, 11, 14, 13, 15, tzinfo=UTC), False),
        ('<meta name="dcterms.date" content="2026-11-14T18:45+05:30">', datetime(2026, 11, 14, 13, 15, tzinfo=UTC), False),
        ('<meta property="article:published_time" content="14-11-2026 18:45">', datetime(2026, 11, 14, 13, 15, tzinfo=UTC), True),
        (linked_data(datePublished=1794662100), datetime(2026, 11, 14, 13, 15, tzinfo=UTC), False),
        (linked_data(datePublished="1794662100000"), datetime(2026, 11, 14, 13, 15, tzinfo=UTC), False),
        ('<meta property="article:published_time" content="9999-12-31T23:59:59-05:00">', None, None),
        ('<meta property="article:published_time" content="0001-01-01T00:00:00">', None, None),
    ],
)  # fmt: skip
def test_the_head_dates_a_story_as_any_cms_prints_it(head: str, when: datetime | None, assumed: bool | None) -> None:
    """A date that one CMS prints: by its own language's habit, as a number, or its default, which costs the date alone."""
    story = article(story_page(head))
    assert (story.published_at, story.zone_assumed) == (when, assumed)


def test_the_case_of_a_date_as_javascript_prints_it(shared: Path) -> None:
    case = shared / "cases" / "10-date-js-tostring.html"
    when = datetime(2026, 11, 24, 13, 15, tzinfo=UTC)
    outcome = extract(page(case.read_bytes(), fetched_at=when), sign)
    assert isinstance(outcome, Article) and (outcome.published_at, outcome.zone_assumed) == (when, False)


def test_the_day_in_the_url_is_the_last_resort() -> None:
    url = "https://a.example/2026/11/13/jalashay-safai-101"
    assert article(story_page(), url=url).published_at == datetime(2026, 11, 13, tzinfo=IST)
    assert article(story_page(), url=url).zone_assumed is True
    hinted = datetime(2026, 11, 14, 10, tzinfo=UTC)
    story = article(story_page(), url=url, hint=Hint(published_at=hinted, zone_assumed=True))
    assert (story.published_at, story.zone_assumed) == (hinted, True)


def test_a_time_below_the_story_may_be_another_ones() -> None:
    """The feed knows better, and so does what is printed beside the headline; where nobody does, it is the best there is."""
    related = (
        '<div class="more"><a href="/purani-9">मेले की पुरानी खबर</a><time datetime="2024-05-01">1 मई 2024</time></div>'
    )
    below = document(f"<article><h1>{TITLE}</h1>{blocks()}</article>{related}")
    printed = document(f"<article><h1>{TITLE}</h1><p>14 नवंबर 2026, 10:40</p>{blocks()}</article>{related}")
    hinted = datetime(2026, 11, 13, 6, 0, tzinfo=UTC)
    assert article(printed).published_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)
    assert article(below, hint=Hint(published_at=hinted)).published_at == hinted
    assert article(below).published_at == datetime(2024, 5, 1, tzinfo=IST)
    beside = story_page(byline='<p>रीना देवी | <time datetime="2026-11-14T10:40:00+05:30">14 नवंबर</time></p>')
    assert article(beside, hint=Hint(published_at=hinted)).published_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


@pytest.mark.parametrize("name", ["article:modified_time", "og:article:modified_time"])
def test_the_head_says_when_a_story_was_changed(name: str) -> None:
    story = article(story_page(f'<meta property="{name}" content="2026-11-14T10:40:00+05:30">'))
    assert story.modified_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


def test_an_updated_line_is_the_modification_time() -> None:
    story = article(
        story_page(linked_data(datePublished="2026-11-13T08:00:00+05:30"), "<div>Updated: 14 नवंबर 2026, 10:40 AM</div>")
    )
    assert story.published_at == datetime(2026, 11, 13, 8, 0, tzinfo=IST)
    assert story.modified_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


def test_a_date_in_the_future_is_not_the_storys() -> None:
    assert (
        article(story_page('<meta property="article:published_time" content="2031-01-01T10:00:00+05:30">')).published_at
        is None
    )


def test_a_story_parted_by_line_breaks_leaves_date_and_author_their_line() -> None:
    head = "<span>Posted On : 13-11-2026 10:45:12 AM</span> <span>संवाददाता : मीना देवी</span><br><img src='/p.jpg'><br>"
    story = article(document(f"<div><h1>{TITLE}</h1><br>{head}<span>{'<br><br>'.join(STORY)}</span></div>"))
    assert (story.published_at, story.authors) == (datetime(2026, 11, 13, 10, 45, 12, tzinfo=IST), ("मीना देवी",))


def test_a_date_may_be_the_title_of_what_is_marked_as_it() -> None:
    mark = '<abbr itemprop="datePublished" title="2026-11-13T19:42:00+05:30">7:42 pm</abbr>'
    assert article(story_page(byline=f"<div>पर {mark}</div>")).published_at == datetime(
        2026, 11, 13, 19, 42, tzinfo=IST
    )


@pytest.mark.parametrize("kind", ["ImageGallery", "Recipe", "PodcastEpisode"])
def test_a_gallery_a_recipe_and_an_episode_date_the_page_and_say_whose_it_is(kind: str) -> None:
    node = {"@type": kind, "name": "x", "datePublished": "2026-11-13T10:00:00+05:30", "author": {"name": "मीना देवी"}}
    story = article(story_page(linked_data(**node)))
    assert (story.published_at, story.authors) == (datetime(2026, 11, 13, 10, tzinfo=IST), ("मीना देवी",))


@pytest.mark.parametrize(
    ("printed", "assumed"), [("2026-11-14T06:30:00+05:30", False), ("2026-11-14 06:30", True), ("14 नवंबर 2026", True)]
)
def test_a_time_without_a_zone_is_marked_as_assumed_to_be_indian(printed: str, assumed: bool) -> None:
    found = article(story_page(f'<meta property="article:published_time" content="{printed}">'))
    assert found.zone_assumed is assumed


@pytest.mark.parametrize(
    "line",
    ["प्रकाशित: 13 नवंबर 2026, 08:00 AM | अपडेटेड: 14 नवंबर 2026, 10:40 AM", "Updated: 14 Nov 2026, 10:40 AM Published: 13 Nov 2026, 08:00 AM",
     "अपडेटेड 14 नवंबर 2026, 10:40 AM<br>पब्लिश्ड 13 नवंबर 2026, 08:00 AM"],
)  # fmt: skip
def test_of_two_dates_each_has_its_label(line: str) -> None:
    story = article(story_page(byline=f"<div>{line}</div>"))
    assert story.published_at == datetime(2026, 11, 13, 8, 0, tzinfo=IST)
    assert story.modified_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


def test_above_the_headline_stands_when_a_story_appeared_whose_change_stands_below() -> None:
    changed = "<div>Last modified on शनिवार, 14 नवम्बर 2026 11:02</div>"
    for above, hour in (("शनिवार, 14 नवम्बर 2026 09:30", 4), ("रविवार, 15 नवम्बर 2026 09:30", 5), ("देश", 5)):
        story = article(document(f"<div><span>{above}</span><h2>{TITLE}</h2>{changed}{blocks()}</div>"))
        assert story.published_at is not None
        assert story.published_at.astimezone(UTC).hour == hour


@pytest.mark.parametrize(("above", "dated"), [("क्रमांक: 1184 दिनांक: 14/11/2026", True), ("शनिवार, 14 नवंबर 2026", False)])
def test_a_date_above_the_headline_is_the_storys_where_it_says_so(above: str, dated: bool) -> None:
    story = article(document(f"<div><div>{above}</div><h1>{TITLE}</h1>{blocks()}</div>"))
    assert (story.published_at is not None) is dated


def test_a_time_element_above_the_headline_dates_the_story_in_its_own_article() -> None:
    above = "<div class='date'><time>14 नवंबर 2026 5:32 PM</time></div>"
    story = article(document(f"<article><header>{above}<h1>{TITLE}</h1></header>{blocks()}</article>"))
    assert story.published_at == datetime(2026, 11, 14, 17, 32, tzinfo=IST)
    story = article(document(f"<header>{above}<h1>{TITLE}</h1></header>{blocks()}"))
    assert story.published_at is None


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_time_elements_side_by_side_one_is_the_change(turned: bool) -> None:
    pair = [
        '<time class="entry-date published" datetime="2026-11-14T09:30:00+05:30">14 नवंबर</time>',
        '<time class="updated" datetime="2026-11-14T11:00:00+05:30">14 नवंबर</time>',
    ]
    story = article(story_page(byline=f"<div>{''.join(reversed(pair) if turned else pair)}</div>"))
    assert story.published_at == datetime(2026, 11, 14, 9, 30, tzinfo=IST)
    assert story.modified_at == datetime(2026, 11, 14, 11, tzinfo=IST)


def test_the_pages_own_node_says_when_it_was_changed_too() -> None:
    node = {"@type": "WebPage", "datePublished": "2026-11-14T06:10:00Z", "dateModified": "2026-11-14T07:00:00Z"}
    story = article(story_page(f'<script type="application/ld+json">{json.dumps(node)}</script>'))
    assert story.published_at == datetime(2026, 11, 14, 6, 10, tzinfo=UTC)
    assert story.modified_at == datetime(2026, 11, 14, 7, 0, tzinfo=UTC)


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
