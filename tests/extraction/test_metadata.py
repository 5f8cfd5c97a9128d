# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""What the page says of itself: dates of every spelling, whole Devanagari names, titles without the site's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.extraction import extract
from newscrawl.items import Article, Hint
from newscrawl.text.dates import IST, find_date, parse_date
from tests.extraction.support import STORY, TITLE, URL, article, blocks, document, sign
from tests.samples import page


def _ld(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields}, ensure_ascii=False)}</script>'


def _page(head: str = "", byline: str = "", title: str = TITLE) -> str:
    return document(f"<article><h1>{TITLE}</h1>{byline}{blocks()}</article>", head, title)


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
        _page('<meta property="article:published_time" content="2026-11-14">', "<p>प्रकाशित: 14 नवंबर 2026, 10:40 बजे</p>")
    )
    assert story.published_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


@pytest.mark.parametrize(
    ("head", "when", "assumed"),
    [
        ('<meta property="article:published_time" content="Sat Nov 14 2026 18:45:00 GMT+0530 (India Standard Time)">', datetime(2026, 11, 14, 13, 15, tzinfo=UTC), False),
        ('<meta name="dcterms.date" content="2026-11-14T18:45+05:30">', datetime(2026, 11, 14, 13, 15, tzinfo=UTC), False),
        ('<meta property="article:published_time" content="14-11-2026 18:45">', datetime(2026, 11, 14, 13, 15, tzinfo=UTC), True),
        (_ld(datePublished=1794662100), datetime(2026, 11, 14, 13, 15, tzinfo=UTC), False),
        (_ld(datePublished="1794662100000"), datetime(2026, 11, 14, 13, 15, tzinfo=UTC), False),
        ('<meta property="article:published_time" content="9999-12-31T23:59:59-05:00">', None, None),
        ('<meta property="article:published_time" content="0001-01-01T00:00:00">', None, None),
    ],
)  # fmt: skip
def test_the_head_dates_a_story_as_any_cms_prints_it(head: str, when: datetime | None, assumed: bool | None) -> None:
    """A date that one CMS prints: by its own language's habit, as a number, or its default, which costs the date alone."""
    story = article(_page(head))
    assert (story.published_at, story.zone_assumed) == (when, assumed)


def test_the_case_of_a_date_as_javascript_prints_it(shared: Path) -> None:
    case = shared / "cases" / "10-date-js-tostring.html"
    when = datetime(2026, 11, 24, 13, 15, tzinfo=UTC)
    outcome = extract(page(case.read_bytes(), fetched_at=when), sign)
    assert isinstance(outcome, Article) and (outcome.published_at, outcome.zone_assumed) == (when, False)


def test_the_day_in_the_url_is_the_last_resort() -> None:
    url = "https://a.example/2026/11/13/jalashay-safai-101"
    assert article(_page(), url=url).published_at == datetime(2026, 11, 13, tzinfo=IST)
    assert article(_page(), url=url).zone_assumed is True
    hinted = datetime(2026, 11, 14, 10, tzinfo=UTC)
    story = article(_page(), url=url, hint=Hint(published_at=hinted, zone_assumed=True))
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
    beside = _page(byline='<p>रीना देवी | <time datetime="2026-11-14T10:40:00+05:30">14 नवंबर</time></p>')
    assert article(beside, hint=Hint(published_at=hinted)).published_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


@pytest.mark.parametrize("name", ["article:modified_time", "og:article:modified_time"])
def test_the_head_says_when_a_story_was_changed(name: str) -> None:
    story = article(_page(f'<meta property="{name}" content="2026-11-14T10:40:00+05:30">'))
    assert story.modified_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


def test_an_updated_line_is_the_modification_time() -> None:
    story = article(_page(_ld(datePublished="2026-11-13T08:00:00+05:30"), "<div>Updated: 14 नवंबर 2026, 10:40 AM</div>"))
    assert story.published_at == datetime(2026, 11, 13, 8, 0, tzinfo=IST)
    assert story.modified_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


def test_the_hint_fills_in_where_the_page_is_silent_and_nothing_else_does() -> None:
    hinted = datetime(2026, 11, 13, 6, 0, tzinfo=UTC)
    assert article(_page()).published_at is None
    assert article(_page(), hint=Hint(published_at=hinted)).published_at == hinted
    dated = _page('<meta property="article:published_time" content="2026-11-12T10:00:00+05:30">')
    assert article(dated, hint=Hint(published_at=hinted)).published_at == datetime(2026, 11, 12, 10, 0, tzinfo=IST)


def test_a_date_in_the_future_is_not_the_storys() -> None:
    assert (
        article(_page('<meta property="article:published_time" content="2031-01-01T10:00:00+05:30">')).published_at
        is None
    )


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ({"@type": "Person", "name": "शुभायन चक्रवर्ती"}, ("शुभायन चक्रवर्ती",)),
        ([{"name": "मीना देवी"}, {"name": "हरिओम तिवारी"}], ("मीना देवी", "हरिओम तिवारी")),
        ("By सौरभ द्विवेदी और मीना देवी", ("सौरभ द्विवेदी", "मीना देवी")),
        ({"@type": "Person", "name": "https://facebook.example/x"}, ()), ({"@type": "Person", "name": "Unknown"}, ()),
    ],
)  # fmt: skip
def test_names_keep_their_last_vowel_sign(author: object, names: tuple[str, ...]) -> None:
    assert article(_page(_ld(author=author))).authors == names


@pytest.mark.parametrize(
    "byline",
    ['<a rel="author" href="#">मीना देवी</a>', "<div>By: मीना देवी | 14 Nov 2026</div>", "<p>लेखक: मीना देवी</p>", "<p>लेखन : मीना देवी | फोटो : हरिओम तिवारी</p>", "<div><b>Author, </b>मीना देवी</div>", "<div><div>लेखक:&nbsp;</div><div>मीना देवी</div></div>", "<div><div>रिपोर्टर</div><div>मीना देवी</div></div>", "<div>शब्द: मीना देवी &nbsp; चित्र: हरिओम तिवारी</div>", '<p>द्वारा <a href="/kalam/meena">मीना देवी</a></p>', '<div><span class="author">द्वारा लिखित <a href="/kalam/meena">मीना देवी</a></span></div>', "<div>मीना देवी / बरौली November 14, 2026</div>",
     '<div class="author-box"><span class="author-name">मीना देवी</span><p>संवाददाता, समाचार</p></div>',
     "<div><span>Written by: <b>मीना देवी</b></span><span>Updated: 14 नवंबर, 2026 09:30 AM</span></div>", "<div>By मीना देवी Last Updated: Nov 14, 2026</div>",
     '<div class="writer"><b>मीना देवी</b><span>अर्थशास्त्री</span></div>'],
)  # fmt: skip
def test_a_printed_byline_names_the_author_and_leaves_the_text(byline: str) -> None:
    story = article(_page(byline=byline))
    assert story.authors == ("मीना देवी",)
    assert "मीना देवी /" not in story.text and not story.text.startswith(("By", "लेखक", "द्वारा", "Author"))


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("<div>मीना देवी, बरौली | 14 नवंबर 2026</div>", ("मीना देवी",)),  # a bare name on the line of the date
        ("<div>समाचार डेस्क, बरौली, मीना देवी 14 नवंबर 2026</div>", ("मीना देवी",)),
        ("<div>डॉ. मीना देवी और हरिओम तिवारी</div><div>14 नवंबर 2026</div>", ("डॉ. मीना देवी", "हरिओम तिवारी")),
        ("<div><span>मीना देवी</span><span>बरौली</span><span>शनिवार, 14 नवंबर 2026</span></div>", ("मीना देवी",)),
        ("<div>नई दिल्ली | 14 नवंबर 2026</div>", ()),  # a place, a rubric, a headline's words
        ("<div>ताजा खबर | 14 नवंबर 2026</div>", ()), ("<div>नया पुल | 14 नवंबर 2026</div>", ()), ("<div>खेल डेस्क | 14 नवंबर 2026</div>", ()),
        ("<div>क्रिकेट जगत | 14 नवंबर 2026</div>", ()), ("<div>By Meena Devi, Monday, March 9, 2026</div>", ("Meena Devi",)),
        ('<div><a href="/lok">लोक रंग</a> | 14 नवंबर 2026</div>', ()),  # a rubric is a link, or one in the menu
        ('<div><a href="/author/meena">मीना देवी</a> | 14 नवंबर 2026</div>', ("मीना देवी",)),
        ("<div>मीना देवी</div><div>बरौली</div><div>14 नवंबर 2026</div>", ()),  # too far from the date to be sure
        ("<div>By मीना देवी नवंबर 14, 2026</div>", ("मीना देवी",)), ("<p>बरौली, 14 नवंबर 2026 (मीना देवी)</p>", ("मीना देवी",)),
        ("<div>मीना देवी | 14 नवंबर 2026 | 4 मिनट का समय लगेगा</div>", ("मीना देवी",)), ('<div><a href="/lekhak/meena">मीना देवी</a> | 14 नवंबर 2026</div>', ("मीना देवी",)),
        ("<div>होस्ट: मीना देवी · 14 नवंबर 2026</div>", ("मीना देवी",)),
        ("<div>रिपोर्टर: मीना देवी शनिवार, 14 नवंबर 2026</div>", ("मीना देवी",)), ("<div>By: Meena Devi on Saturday, November 14, 2026</div>", ("Meena Devi",)),
        ('<div class="field--name-byline">लेखक <a href="/u/1">मीना देवी</a> <a href="/u/2">हरिओम तिवारी</a></div>', ("मीना देवी", "हरिओम तिवारी")),
        # Behind a summary; with Blogger's label; a link to an account of the writer's.
        (f"<h2>{STORY[1]}</h2><div><span>by</span> <a href='/a/5'>मीना देवी</a></div><div>14 नवंबर 2026</div>", ("मीना देवी",)),
        ('<div>प्रस्तुतकर्ता <span class="author-name">प्रस्तुतकर्ता मीना देवी</span></div>', ("मीना देवी",)),
        ('<div><a href="https://patra.example/@meena">मीना देवी</a><div>14 नवंबर 2026</div></div>', ("मीना देवी",)),
        ('<div class="writer">मीना देवी<span>बरौली</span><span>14 नवंबर 2026</span></div>', ("मीना देवी",)),
        ("<div>द्वारा : मीना देवी दिनांक : 14-11-2026 16:05</div>", ("मीना देवी",)),
        ("<div>मनोरंजन डेस्क, समाचार उदाहरण <span>Published by:</span> <a href='/a/5'>मीना देवी</a> 14 नवंबर 2026</div>", ()),  # a house and who posted it
        # What stands behind an element that holds others; hCard's link.
        ('<div>Written By <span><a href="/a/5">मीना देवी</a></span>|Edited By: <a href="/a/6">हरिओम तिवारी</a>|14 नवंबर 2026</div>', ("मीना देवी",)),
        ('<div><span><a href="/">समाचार</a></span> लेखक: मीना देवी</div>', ("मीना देवी",)),
        ('<span class="cm-author cm-vcard"><a class="url fn n" href="/?author=3">धारा ब्यूरो</a></span>', ("धारा ब्यूरो",)),
    ],
)  # fmt: skip
def test_who_is_printed_is_told_from_what_stands_beside_him(byline: str, names: tuple[str, ...]) -> None:
    assert article(_page(byline=byline)).authors == names


@pytest.mark.parametrize("said", ["समाचार उदाहरण", "Samachar", "समाचार वेब डेस्क", "Super User", "admin"])
def test_a_person_in_print_outdoes_the_house_a_desk_and_an_account_of_the_cms(said: str) -> None:
    head = _ld(author={"@type": "Organization" if " उ" in said else "Person", "name": said})
    assert article(_page(head, "<div>मीना देवी, बरौली | 14 नवंबर 2026</div>")).authors == ("मीना देवी",)
    # A desk is who wrote it where nobody else is named, and no line in print makes a person's name less than it is.
    assert article(_page(head, "<div>बरौली | 14 नवंबर 2026</div>")).authors == (
        () if said in ("Super User", "admin") else (said,)
    )
    person = _ld(author={"@type": "Person", "name": "हरिओम तिवारी"})
    assert article(_page(person, "<div>मीना देवी, बरौली | 14 नवंबर 2026</div>")).authors == ("हरिओम तिवारी",)


def test_an_author_whom_linked_data_names_by_reference_is_looked_up() -> None:
    graph = [
        {"@type": "NewsArticle", "headline": TITLE, "author": [{"@id": "#a"}, {"@id": "#b"}, {"@id": "#nobody"}]},
        {"@type": "Person", "@id": "#a", "name": "मीना देवी"}, {"@type": "Person", "@id": "#b", "name": "हरिओम तिवारी"},
    ]  # fmt: skip
    head = f'<script type="application/ld+json">{json.dumps({"@graph": graph}, ensure_ascii=False)}</script>'
    assert article(_page(head)).authors == ("मीना देवी", "हरिओम तिवारी")


@pytest.mark.parametrize(
    ("markup", "section"),
    [
        ('<div class="bread-crumbs"><a href="/">होम</a> <a href="/desh">देश</a> <a href="/desh/bihar">बिहार</a></div>', "बिहार"),
        (f'<ol class="breadcrumb"><li><a href="/">होम</a></li><li><a href="/x">{TITLE}</a></li></ol>', None),
        ('<ul><li><a href="/">मुखपृष्ठ</a></li><li><a href="https://samachar.example.in/desh/">देश</a></li><li><a href="/khel">खेल</a></li></ul>', "देश"),
        ('<a href="/khel">खेल</a><a href="/de">दे</a><a href="/desh?page=2">आगे</a><a href="https://other.example/desh">देश</a><a href="https://[/desh">देश</a>', None),
        ('<div class="category-name">श्रेणी: बिहार</div>', "बिहार"),
        ("<div>गद्य</div>", "गद्य"), ("<div>बड़ी खबर</div>", None), ("<div>खबर</div>", None), ("<div>बरौली में नया पुल</div>", None),
        ('<a href="/x/bihar">बिहार</a>', "बिहार"),
        ('<p id="breadcrumbs"><a href="/">होम</a> » <a href="/x/bihar">बिहार</a></p>', "बिहार"),
        ('<ul class="breadcrumb"><li><a href="/">होम</a></li><li>बिहार</li></ul>', "बिहार"),
        ('<ul class="breadcrumb"><li><a href="/">होम</a></li><li>ताज़ा ख़बरें</li></ul>', None),
        (f'<ul class="breadcrumb"><li><a href="/">होम</a></li><li>{TITLE}</li></ul>', None),
    ],
)  # fmt: skip
def test_the_section_is_the_breadcrumbs_last_or_how_the_menu_calls_the_pages_folder(
    markup: str, section: str | None
) -> None:
    beside = markup if markup.count("<") == 2 else ""
    html = document(f"{'' if beside else markup}<article>{beside}<h1>{TITLE}</h1>{blocks()}</article>")
    assert article(html).section == section


@pytest.mark.parametrize(
    "line", ['<span>in</span> <a href="/x/bihar">बिहार</a>', 'श्रेणियाँ: <a href="/x/bihar">बिहार</a>', '<a href="/x/bihar">बिहार</a><a href="/x/khel">खेल</a>']
)  # fmt: skip
def test_a_label_before_the_section_is_none_of_it_nor_is_another_section(line: str) -> None:
    assert article(_page(byline=f'<div class="post-category">{line}</div>')).section == "बिहार"


def test_a_label_set_before_the_headline_is_none_of_it() -> None:
    assert article(f"<html><body><article><h1>{TITLE}</h1>{blocks()}</article></body></html>").title == TITLE
    for head in (_ld(headline=TITLE), ""):
        html = document(f"<article><h1><b>LIVE</b> {TITLE}</h1>{blocks()}</article>", head, f"{TITLE} | समाचार उदाहरण")
        assert article(html).title == TITLE


@pytest.mark.parametrize("parted", ["", " "])
def test_a_kicker_in_the_headlines_element_is_none_of_it_where_the_head_tells_it_without(parted: str) -> None:
    kicker = "<span class='headline-kicker'>किसानों की राहत</span>"
    html = document(f"<article><h1>{kicker}{parted}<span>{TITLE}</span></h1>{blocks()}</article>", _ld(headline=TITLE))
    assert article(html).title == TITLE
    html = document(f"<article><h1>किसानों की राहत: {TITLE}</h1>{blocks()}</article>", _ld(headline=TITLE))
    assert article(html).title == TITLE
    said_whole = _ld(headline=f"किसानों की राहत {TITLE}")
    html = document(f"<article><h1>{kicker} <span>{TITLE}</span></h1>{blocks()}</article>", said_whole, TITLE)
    assert article(html).title == f"किसानों की राहत {TITLE}"


@pytest.mark.parametrize(
    "suffix",
    [" | समाचार उदाहरण", " - Barauli News", " | Hindi News", " - Barauli News | Samachar Example", " – समाचार"],
)
def test_the_sites_name_goes_off_the_title(suffix: str) -> None:
    head = f'<meta property="og:title" content="{TITLE}{suffix}">'
    assert article(document(f"<div>{blocks()}</div>", head, title=TITLE + suffix)).title == TITLE


@pytest.mark.parametrize(
    ("main", "title"),
    [
        # The site's name, a rubric whose words the headline has, and a CMS that calls every page the same.
        (f'<h1><a href="/">बरौली खबर</a></h1><h3>{TITLE}</h3>', TITLE),
        (f"<h1>नया पुल</h1><h2>{TITLE}</h2>", TITLE),
        (f"<h1>प्रेस विज्ञप्ति</h1><h2>{TITLE}</h2>", f"{TITLE} | जिला प्रशासन"),
        (f'<span id="ctl00_lblTitle">{TITLE}</span>', "समाचार विवरण : बरौली खबर"),
        (f'<h2 id="Titleh2">{TITLE}</h2>', "प्रेस विज्ञप्ति"),
        (f'<a href="/index.php"><h1>बरौली खबर</h1></a><h3>{TITLE}</h3>', "बरौली खबर"),
        (f"<h2>{TITLE}</h2>", "बरौली खबर"),
        (f'<p>जिला प्रशासन</p><span id="ctl00_lblTitle">{TITLE}</span>', "जिला प्रशासन :: समाचार"),  # printed on top
    ],
)
def test_a_heading_that_is_the_sites_or_a_rubric_is_no_headline(main: str, title: str) -> None:
    head = f'<meta property="og:title" content="{title}">' if "<h1>न" in main else ""
    assert article(document(f"<div>{main}<div>{blocks()}</div></div>", head, title)).title == TITLE


def test_a_short_headline_begins_the_title_of_the_head() -> None:
    title = "नया पुल - बरौली और तीस गांवों की सबसे बड़ी खबर"
    page = document(f"<h1>नया पुल</h1>{blocks()}", f'<meta property="og:title" content="{title}">', title)
    assert article(page).title == "नया पुल"


def test_a_story_parted_by_line_breaks_leaves_date_and_author_their_line() -> None:
    head = "<span>Posted On : 13-11-2026 10:45:12 AM</span> <span>संवाददाता : मीना देवी</span><br><img src='/p.jpg'><br>"
    story = article(document(f"<div><h1>{TITLE}</h1><br>{head}<span>{'<br><br>'.join(STORY)}</span></div>"))
    assert (story.published_at, story.authors) == (datetime(2026, 11, 13, 10, 45, 12, tzinfo=IST), ("मीना देवी",))


def test_a_date_may_be_the_title_of_what_is_marked_as_it() -> None:
    mark = '<abbr itemprop="datePublished" title="2026-11-13T19:42:00+05:30">7:42 pm</abbr>'
    assert article(_page(byline=f"<div>पर {mark}</div>")).published_at == datetime(2026, 11, 13, 19, 42, tzinfo=IST)


@pytest.mark.parametrize("kind", ["ImageGallery", "Recipe", "PodcastEpisode"])
def test_a_gallery_a_recipe_and_an_episode_date_the_page_and_say_whose_it_is(kind: str) -> None:
    node = {"@type": kind, "name": "x", "datePublished": "2026-11-13T10:00:00+05:30", "author": {"name": "मीना देवी"}}
    story = article(_page(_ld(**node)))
    assert (story.published_at, story.authors) == (datetime(2026, 11, 13, 10, tzinfo=IST), ("मीना देवी",))


def test_a_dash_inside_a_headline_stays() -> None:
    title = "पुल पर सियासत - विपक्ष ने पूछा, चार साल क्यों लगे"
    assert article(document(f"<h1>{title}</h1>{blocks()}", title=f"{title} | समाचार")).title == title


def test_broken_linked_data_does_not_hide_the_head() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x</script><meta property="article:section" content="प्रदेश">'
    assert article(_page(head)).section == "प्रदेश"


def test_linked_data_with_raw_newlines_and_a_trailing_comma_is_read() -> None:
    head = '<script type="application/ld+json">{"@graph": [{"@type": ["NewsArticle"], "articleSection": "खेल",\n "description": "पहली\nदूसरी",}]}</script>'
    assert article(_page(head)).section == "खेल"


def test_tags_are_parted_and_said_once() -> None:
    head = '<meta name="keywords" content="बरौली, पुल,  पुल"><meta property="article:tag" content="बरौली">'
    assert article(_page(head)).tags == ("बरौली", "पुल")


def test_an_amp_twin_has_its_main_pages_address_and_text() -> None:
    canonical = f'<link rel="canonical" href="{URL}">'
    main = article(_page(canonical))
    twin = article(
        document(f"<article><h1>{TITLE}</h1><amp-img src='/p.jpg'></amp-img>{blocks()}</article>", canonical),
        url=f"{URL}?amp=1",
    )
    assert (twin.canonical_url, twin.text) == (main.canonical_url, main.text)


def test_a_canonical_address_of_another_site_is_not_believed() -> None:
    assert article(_page('<link rel="canonical" href="https://elsewhere.example/x">')).canonical_url == URL


@pytest.mark.parametrize(
    ("printed", "assumed"), [("2026-11-14T06:30:00+05:30", False), ("2026-11-14 06:30", True), ("14 नवंबर 2026", True)]
)
def test_a_time_without_a_zone_is_marked_as_assumed_to_be_indian(printed: str, assumed: bool) -> None:
    found = article(_page(f'<meta property="article:published_time" content="{printed}">'))
    assert found.zone_assumed is assumed


def test_roles_part_the_names_of_a_line() -> None:
    line = "<div><span>रिपोर्ट: मीना देवी</span> <span>संपादन: हरिओम तिवारी</span> <span>14 नवंबर 2026</span></div>"
    assert article(_page(byline=line)).authors == ("मीना देवी", "हरिओम तिवारी")


def test_a_link_near_the_headline_to_an_authors_page_names_him() -> None:
    other = "<p><a href='/reporter/9'>सुधा रानी</a> की और रिपोर्ट</p>"
    zone = "<div><strong><a href='/reporter/1'>पवन रस्तोगी</a></strong><span>संवाददाता</span></div>"
    assert article(_page(byline=zone) + other).authors == ("पवन रस्तोगी",)
    assert article(_page(byline=zone.replace("/reporter/1", "/rajya/1"))).authors == ()


def test_of_two_authors_in_the_markup_the_marked_one_is_the_storys() -> None:
    marked = "<span itemprop='author creator' itemscope><a href='/a/1'><span itemprop='name'>मीना देवी</span></a></span>"
    other = "<aside class='related'><span class='author'>लेखक <span>सुधा रानी</span></span></aside>"
    assert article(_page(byline=marked + other)).authors == ("मीना देवी",)


def test_the_beginning_of_a_subhead_is_nobodys_name() -> None:
    subhead = "<h2>सरपंच बोलीं, बच्चों का रास्ता अब खुल गया</h2>"
    assert article(_page(byline=f"{subhead}<div>14 नवंबर 2026</div>")).authors == ()


@pytest.mark.parametrize(
    "line",
    ["प्रकाशित: 13 नवंबर 2026, 08:00 AM | अपडेटेड: 14 नवंबर 2026, 10:40 AM", "Updated: 14 Nov 2026, 10:40 AM Published: 13 Nov 2026, 08:00 AM",
     "अपडेटेड 14 नवंबर 2026, 10:40 AM<br>पब्लिश्ड 13 नवंबर 2026, 08:00 AM"],
)  # fmt: skip
def test_of_two_dates_each_has_its_label(line: str) -> None:
    story = article(_page(byline=f"<div>{line}</div>"))
    assert story.published_at == datetime(2026, 11, 13, 8, 0, tzinfo=IST)
    assert story.modified_at == datetime(2026, 11, 14, 10, 40, tzinfo=IST)


@pytest.mark.parametrize("cut", ["…", "...", " …"])
def test_a_title_that_the_head_cuts_off_is_told_whole_by_a_heading(cut: str) -> None:
    short = f"{TITLE[:40]}{cut}"
    head = _ld(headline=short) + f'<meta property="og:title" content="{short}">'
    assert article(document(f"<article><h2>{TITLE}</h2>{blocks()}</article>", head, short)).title == TITLE
    assert article(document(f"<article>{blocks()}</article>", head, short)).title == short


def test_home_is_no_section() -> None:
    head = '<meta property="article:section" content="होम">' + _ld(articleSection="प्रदेश")
    assert article(_page(head)).section == "प्रदेश"


@pytest.mark.parametrize(
    ("picture", "stock"),
    [("logo.png", True), ("og-default.png", True), ("social_placeholder.jpg", True), ("no-image-1200x630.jpg", True), ("cropped-Samachar-logo.png", True), ("default2.jpg", True),
     ("bank-logo-naya.jpg", False), ("maxresdefault.jpg", False), ("184523_image.jpg", False)],
)  # fmt: skip
def test_a_sites_stock_picture_is_no_lead_picture(picture: str, stock: bool) -> None:
    head = f'<meta property="og:image" content="https://samachar.example.in/i/{picture}">'
    story = article(_page(head, '<img src="/pul.jpg" width="800">'))
    assert story.image_url == f"https://samachar.example.in/{'pul.jpg' if stock else f'i/{picture}'}"


def test_the_publishers_logo_is_no_lead_picture() -> None:
    mark = "https://samachar.example.in/i/darpan-1200.png"
    head = _ld(publisher={"logo": {"url": mark}}) + f'<meta property="og:image" content="{mark}">'
    assert article(_page(head)).image_url is None


@pytest.mark.parametrize(
    ("box", "link", "tags"),
    [("relatedTags", "/topic/pul", ("पुल",)), ("story-tags", "/tags/pul", ("पुल",)), ("topics", "/tag/pul", ()), ("tagList", "/tags/pul", ("पुल",)), ("trending-tags", "/topic/pul", ()), ("story-tags", "/desh/pul", ())],
)  # fmt: skip
def test_tags_are_links_to_their_pages_in_a_box_of_tags(box: str, link: str, tags: tuple[str, ...]) -> None:
    links = f'<div class="{box}"><a href="{link}">पुल</a></div>'
    assert article(document(f"<article><h1>{TITLE}</h1>{blocks()}{links}</article>")).tags == tags


@pytest.mark.parametrize(
    ("names", "tags"), [("बजट 2026|पुल", ("बजट 2026", "पुल")), ("पुल (611 खबरें)|नदी (7)", ()), ("पुल 611|नदी 7", ())]
)
def test_tags_with_the_number_of_their_stories_are_the_sites(names: str, tags: tuple[str, ...]) -> None:
    links = "".join(f'<a href="/tag/{i}">{name}</a>' for i, name in enumerate(names.split("|")))
    assert article(_page(byline=f'<div class="tags">{links}</div>')).tags == tags


@pytest.mark.parametrize(
    ("links", "tags"),
    [
        ('<div><a href="/tag/pul">#पुल</a><a href="/tag/nadi">#नदी</a></div>', ("पुल", "नदी")),
        ('<div><a href="/tag/pul">पुल</a><a href="/tag/184523">#184523</a></div>', ()),  # a menu; a number
        ('<p>Tagged as: <a href="/tag/pul">पुल</a>, <a href="/tag/nadi">नदी</a></p>', ("पुल", "नदी")),
        ('<div class="trending">Tags: <a href="/tag/pul">पुल</a></div>', ()),
        ('<div class="t9"><span>टॅग्स :</span><a href="/topics/pul">पुल</a></div>', ("पुल",)),
        ('<ul class="storytags"><li>TAGS:</li><li><a href="/about/pul/">पुल</a></li></ul>', ("पुल",)),
    ],
)
def test_tags_are_told_by_their_hash_their_box_or_its_label(links: str, tags: tuple[str, ...]) -> None:
    assert article(_page(byline=links)).tags == tags


def test_a_heading_that_leads_home_says_what_goes_off_the_title() -> None:
    short = "नदी पर नया पुल खुला"
    main = f'<a href="/"><h1>बरौली.कॉम</h1></a><h2>{short}</h2><div>{blocks()}</div>'
    assert article(document(main, title=f"{short} - बरौली.कॉम")).title == short


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
    story = article(_page(byline=f"<div>{''.join(reversed(pair) if turned else pair)}</div>"))
    assert story.published_at == datetime(2026, 11, 14, 9, 30, tzinfo=IST)
    assert story.modified_at == datetime(2026, 11, 14, 11, tzinfo=IST)


def test_the_pages_own_node_says_when_it_was_changed_too() -> None:
    node = {"@type": "WebPage", "datePublished": "2026-11-14T06:10:00Z", "dateModified": "2026-11-14T07:00:00Z"}
    story = article(_page(f'<script type="application/ld+json">{json.dumps(node)}</script>'))
    assert story.published_at == datetime(2026, 11, 14, 6, 10, tzinfo=UTC)
    assert story.modified_at == datetime(2026, 11, 14, 7, 0, tzinfo=UTC)


def test_a_link_to_a_category_is_no_tag() -> None:
    links = '<a href="/category/poshan/" rel="tag">पोषण</a> <a href="/tag/bajra/" rel="tag">बाजरा</a>'
    assert article(_page(byline=f"<div>{links}</div>")).tags == ("बाजरा",)


def test_an_old_layout_sets_its_headline_in_a_large_font() -> None:
    main = f"<table><tr><td><font size=5 color=red><b>{TITLE}</b></font></td></tr><tr><td>दिनांक : 14/11/2026</td></tr></table>"
    story = article(document(main + blocks(), title=":: उदाहरण समाचार ::"))
    assert story.title == TITLE
    assert story.published_at is not None


@pytest.mark.parametrize("tag", ["h2", "p"])
def test_a_short_line_that_a_class_calls_the_summary_is_it_without_a_closing_mark(tag: str) -> None:
    line = "नाव के दिन गए, अब मंडी एक घंटे दूर"
    story = article(
        document(f"<h1>{TITLE}</h1><{tag} class='post-excerpt'>{line}</{tag}><div>14 नवंबर 2026</div>{blocks()}")
    )
    assert (story.summary, story.text) == (line, "\n".join(STORY))
