# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""What the page says of itself: dates of every spelling, whole Devanagari names, titles without the site's."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from newscrawl.items import Hint
from newscrawl.text.dates import IST
from tests.extraction.support import STORY, TITLE, URL, article, blocks, document, linked_data, story_page


def test_the_hint_fills_in_where_the_page_is_silent_and_nothing_else_does() -> None:
    hinted = datetime(2026, 11, 13, 6, 0, tzinfo=UTC)
    assert article(story_page()).published_at is None
    assert article(story_page(), hint=Hint(published_at=hinted)).published_at == hinted
    dated = story_page('<meta property="article:published_time" content="2026-11-12T10:00:00+05:30">')
    assert article(dated, hint=Hint(published_at=hinted)).published_at == datetime(2026, 11, 12, 10, 0, tzinfo=IST)


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
    assert article(story_page(linked_data(author=author))).authors == names


@pytest.mark.parametrize(
    "byline",
    ['<a rel="author" href="#">मीना देवी</a>', "<div>By: मीना देवी | 14 Nov 2026</div>", "<p>लेखक: मीना देवी</p>", "<p>लेखन : मीना देवी | फोटो : हरिओम तिवारी</p>", "<div><b>Author, </b>मीना देवी</div>", "<div><div>लेखक:&nbsp;</div><div>मीना देवी</div></div>", "<div><div>रिपोर्टर</div><div>मीना देवी</div></div>", "<div>शब्द: मीना देवी &nbsp; चित्र: हरिओम तिवारी</div>", '<p>द्वारा <a href="/kalam/meena">मीना देवी</a></p>', '<div><span class="author">द्वारा लिखित <a href="/kalam/meena">मीना देवी</a></span></div>', "<div>मीना देवी / बरौली November 14, 2026</div>",
     '<div class="author-box"><span class="author-name">मीना देवी</span><p>संवाददाता, समाचार</p></div>',
     "<div><span>Written by: <b>मीना देवी</b></span><span>Updated: 14 नवंबर, 2026 09:30 AM</span></div>", "<div>By मीना देवी Last Updated: Nov 14, 2026</div>",
     '<div class="writer"><b>मीना देवी</b><span>अर्थशास्त्री</span></div>'],
)  # fmt: skip
def test_a_printed_byline_names_the_author_and_leaves_the_text(byline: str) -> None:
    story = article(story_page(byline=byline))
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
    assert article(story_page(byline=byline)).authors == names


@pytest.mark.parametrize("said", ["समाचार उदाहरण", "Samachar", "समाचार वेब डेस्क", "Super User", "admin"])
def test_a_person_in_print_outdoes_the_house_a_desk_and_an_account_of_the_cms(said: str) -> None:
    head = linked_data(author={"@type": "Organization" if " उ" in said else "Person", "name": said})
    assert article(story_page(head, "<div>मीना देवी, बरौली | 14 नवंबर 2026</div>")).authors == ("मीना देवी",)
    # A desk is who wrote it where nobody else is named, and no line in print makes a person's name less than it is.
    assert article(story_page(head, "<div>बरौली | 14 नवंबर 2026</div>")).authors == (
        () if said in ("Super User", "admin") else (said,)
    )
    person = linked_data(author={"@type": "Person", "name": "हरिओम तिवारी"})
    assert article(story_page(person, "<div>मीना देवी, बरौली | 14 नवंबर 2026</div>")).authors == ("हरिओम तिवारी",)


def test_an_author_whom_linked_data_names_by_reference_is_looked_up() -> None:
    graph = [
        {"@type": "NewsArticle", "headline": TITLE, "author": [{"@id": "#a"}, {"@id": "#b"}, {"@id": "#nobody"}]},
        {"@type": "Person", "@id": "#a", "name": "मीना देवी"}, {"@type": "Person", "@id": "#b", "name": "हरिओम तिवारी"},
    ]  # fmt: skip
    head = f'<script type="application/ld+json">{json.dumps({"@graph": graph}, ensure_ascii=False)}</script>'
    assert article(story_page(head)).authors == ("मीना देवी", "हरिओम तिवारी")


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
    assert article(story_page(byline=f'<div class="post-category">{line}</div>')).section == "बिहार"


def test_a_label_set_before_the_headline_is_none_of_it() -> None:
    assert article(f"<html><body><article><h1>{TITLE}</h1>{blocks()}</article></body></html>").title == TITLE
    for head in (linked_data(headline=TITLE), ""):
        html = document(f"<article><h1><b>LIVE</b> {TITLE}</h1>{blocks()}</article>", head, f"{TITLE} | समाचार उदाहरण")
        assert article(html).title == TITLE


@pytest.mark.parametrize("parted", ["", " "])
def test_a_kicker_in_the_headlines_element_is_none_of_it_where_the_head_tells_it_without(parted: str) -> None:
    kicker = "<span class='headline-kicker'>किसानों की राहत</span>"
    html = document(
        f"<article><h1>{kicker}{parted}<span>{TITLE}</span></h1>{blocks()}</article>", linked_data(headline=TITLE)
    )
    assert article(html).title == TITLE
    html = document(f"<article><h1>किसानों की राहत: {TITLE}</h1>{blocks()}</article>", linked_data(headline=TITLE))
    assert article(html).title == TITLE
    said_whole = linked_data(headline=f"किसानों की राहत {TITLE}")
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


def test_a_dash_inside_a_headline_stays() -> None:
    title = "पुल पर सियासत - विपक्ष ने पूछा, चार साल क्यों लगे"
    assert article(document(f"<h1>{title}</h1>{blocks()}", title=f"{title} | समाचार")).title == title


def test_broken_linked_data_does_not_hide_the_head() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x</script><meta property="article:section" content="प्रदेश">'
    assert article(story_page(head)).section == "प्रदेश"


def test_linked_data_with_raw_newlines_and_a_trailing_comma_is_read() -> None:
    head = '<script type="application/ld+json">{"@graph": [{"@type": ["NewsArticle"], "articleSection": "खेल",\n "description": "पहली\nदूसरी",}]}</script>'
    assert article(story_page(head)).section == "खेल"


def test_tags_are_parted_and_said_once() -> None:
    head = '<meta name="keywords" content="बरौली, पुल,  पुल"><meta property="article:tag" content="बरौली">'
    assert article(story_page(head)).tags == ("बरौली", "पुल")


def test_an_amp_twin_has_its_main_pages_address_and_text() -> None:
    canonical = f'<link rel="canonical" href="{URL}">'
    main = article(story_page(canonical))
    twin = article(
        document(f"<article><h1>{TITLE}</h1><amp-img src='/p.jpg'></amp-img>{blocks()}</article>", canonical),
        url=f"{URL}?amp=1",
    )
    assert (twin.canonical_url, twin.text) == (main.canonical_url, main.text)


def test_a_canonical_address_of_another_site_is_not_believed() -> None:
    assert article(story_page('<link rel="canonical" href="https://elsewhere.example/x">')).canonical_url == URL


def test_roles_part_the_names_of_a_line() -> None:
    line = "<div><span>रिपोर्ट: मीना देवी</span> <span>संपादन: हरिओम तिवारी</span> <span>14 नवंबर 2026</span></div>"
    assert article(story_page(byline=line)).authors == ("मीना देवी", "हरिओम तिवारी")


def test_a_link_near_the_headline_to_an_authors_page_names_him() -> None:
    other = "<p><a href='/reporter/9'>सुधा रानी</a> की और रिपोर्ट</p>"
    zone = "<div><strong><a href='/reporter/1'>पवन रस्तोगी</a></strong><span>संवाददाता</span></div>"
    assert article(story_page(byline=zone) + other).authors == ("पवन रस्तोगी",)
    assert article(story_page(byline=zone.replace("/reporter/1", "/rajya/1"))).authors == ()


def test_of_two_authors_in_the_markup_the_marked_one_is_the_storys() -> None:
    marked = "<span itemprop='author creator' itemscope><a href='/a/1'><span itemprop='name'>मीना देवी</span></a></span>"
    other = "<aside class='related'><span class='author'>लेखक <span>सुधा रानी</span></span></aside>"
    assert article(story_page(byline=marked + other)).authors == ("मीना देवी",)


def test_the_beginning_of_a_subhead_is_nobodys_name() -> None:
    subhead = "<h2>सरपंच बोलीं, बच्चों का रास्ता अब खुल गया</h2>"
    assert article(story_page(byline=f"{subhead}<div>14 नवंबर 2026</div>")).authors == ()


@pytest.mark.parametrize("cut", ["…", "...", " …"])
def test_a_title_that_the_head_cuts_off_is_told_whole_by_a_heading(cut: str) -> None:
    short = f"{TITLE[:40]}{cut}"
    head = linked_data(headline=short) + f'<meta property="og:title" content="{short}">'
    assert article(document(f"<article><h2>{TITLE}</h2>{blocks()}</article>", head, short)).title == TITLE
    assert article(document(f"<article>{blocks()}</article>", head, short)).title == short


def test_home_is_no_section() -> None:
    head = '<meta property="article:section" content="होम">' + linked_data(articleSection="प्रदेश")
    assert article(story_page(head)).section == "प्रदेश"


@pytest.mark.parametrize(
    ("picture", "stock"),
    [("logo.png", True), ("og-default.png", True), ("social_placeholder.jpg", True), ("no-image-1200x630.jpg", True), ("cropped-Samachar-logo.png", True), ("default2.jpg", True),
     ("bank-logo-naya.jpg", False), ("maxresdefault.jpg", False), ("184523_image.jpg", False)],
)  # fmt: skip
def test_a_sites_stock_picture_is_no_lead_picture(picture: str, stock: bool) -> None:
    head = f'<meta property="og:image" content="https://samachar.example.in/i/{picture}">'
    story = article(story_page(head, '<img src="/pul.jpg" width="800">'))
    assert story.image_url == f"https://samachar.example.in/{'pul.jpg' if stock else f'i/{picture}'}"


def test_the_publishers_logo_is_no_lead_picture() -> None:
    mark = "https://samachar.example.in/i/darpan-1200.png"
    head = linked_data(publisher={"logo": {"url": mark}}) + f'<meta property="og:image" content="{mark}">'
    assert article(story_page(head)).image_url is None


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
    assert article(story_page(byline=f'<div class="tags">{links}</div>')).tags == tags


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
    assert article(story_page(byline=links)).tags == tags


def test_a_heading_that_leads_home_says_what_goes_off_the_title() -> None:
    short = "नदी पर नया पुल खुला"
    main = f'<a href="/"><h1>बरौली.कॉम</h1></a><h2>{short}</h2><div>{blocks()}</div>'
    assert article(document(main, title=f"{short} - बरौली.कॉम")).title == short


def test_a_link_to_a_category_is_no_tag() -> None:
    links = '<a href="/category/poshan/" rel="tag">पोषण</a> <a href="/tag/bajra/" rel="tag">बाजरा</a>'
    assert article(story_page(byline=f"<div>{links}</div>")).tags == ("बाजरा",)


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
