# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""Stories in forms that look like none, and pages that look like a story."""

from __future__ import annotations

import json

import pytest

from newscrawl.items import Article, Reason, Reject
from tests.extraction.support import STORY, TITLE, article, blocks, document, outcome

_AT = "https://samachar.example.in/desh/video/pul"
_OG = '<meta property="og:type" content="article">'
_SAID = f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "headline": TITLE})}</script>'
_HEADLINES = [f"नगर निगम की बैठक में फैसला नंबर {n}, शहर में बदलेगी व्यवस्था" for n in range(10)]
_TEASER = "शहर के वार्ड {n} में सोमवार को हुई बैठक में अफसरों ने कई अहम फैसले लिए, जिनका असर अगले महीने से दिखेगा।"
_COOKIES = (
    "हम और हमारे साझेदार कुकीज का इस्तेमाल करते हैं, ताकि विज्ञापन और सामग्री को आपके अनुसार बनाया जा सके और उनका असर नापा जा सके।"
)


def _cards(tag: str = "li") -> str:
    told = enumerate(_HEADLINES)
    return "".join(f"<{tag}><a href='/{n}'><span>{h}</span></a><p>{_TEASER.format(n=n)}</p></{tag}>" for n, h in told)


def _below(main: str) -> str:
    return f"<div><div>{main}</div><section class='more-news'><h2>और खबरें</h2><ul>{_cards()}</ul></section></div>"


def test_a_short_story_above_teasers_that_hold_more_text_is_told_by_what_is_left_without_them() -> None:
    short = "".join(f"<p>{line}</p>" for line in (STORY[0], STORY[3]))
    found = article(document(_below(f"<h1>{TITLE}</h1>{short}"), _OG), url=_AT)
    assert found.text.split("\n") == [STORY[0], STORY[3]]
    section = f"<h1>बरौली</h1>{short}"
    assert isinstance(outcome(document(_below(section), title="बरौली समाचार"), url=_AT), Reject)


@pytest.mark.parametrize("main", ["<p>थाली बोली: पहले दाल के दर्शन तो कराइए।</p>", "<p>परिणाम रविवार को आएगा।</p>", ""])
def test_teasers_below_a_page_that_tells_hardly_a_word_are_not_its_story(main: str) -> None:
    found = outcome(document(_below(f"<h1>{TITLE}</h1><img src='/1.jpg'>{main}"), _SAID))
    assert isinstance(found, Reject), found


def test_articles_beside_the_headlines_own_are_other_stories_however_many() -> None:
    short = "".join(f"<p>{line}</p>" for line in (STORY[0], STORY[3]))
    page = f"<main><div><article><h1>{TITLE}</h1>{short}</article></div><div>{_cards('article')}</div></main>"
    assert article(document(page)).text.split("\n") == [STORY[0], STORY[3]]


def test_a_short_story_of_lists_keeps_its_lines() -> None:
    """Where trafilatura finds no story it gives all text in one piece, with the page's foot."""
    begin = "व्रत के दिनों में बनने वाला शकरकंद का हलवा बिना चीनी के भी उतना ही स्वादिष्ट होता है।"
    needs = ["500 ग्राम शकरकंद", "2 बड़े चम्मच घी", "आधा कप गुड़", "10 काजू, कटे हुए"]
    ways = [
        "शकरकंद को धोकर भाप में बीस मिनट पकाएं और ठंडा होने पर मसल लें।",
        "कड़ाही में घी गर्म करें और मसला हुआ शकरकंद मध्यम आंच पर दस मिनट भूनें।",
        "गुड़ को थोड़े पानी में घोलकर छान लें और भुने शकरकंद में मिला दें।",
    ]
    lists = ["".join(f"<li>{item}</li>" for item in items) for items in (needs, ways)]
    told = f"<p>{begin}</p><h2>सामग्री</h2><ul>{lists[0]}</ul><h2>बनाने की विधि</h2><ol>{lists[1]}</ol>"
    main = f"<div><h1>{TITLE}</h1><span>By <a href='/authors/mina'>मीना देवी</a></span>{told}</div>"
    found = article(document(f"{main}<div><div>© 2026 समाचार उदाहरण</div></div>", _SAID))
    assert found.text.split("\n") == [begin, "सामग्री", *needs, "बनाने की विधि", *ways]


def test_the_items_of_a_notice_between_its_paragraphs_stay() -> None:
    items = [
        "पद: कनिष्ठ लिपिक (120), चपरासी (64)",
        "योग्यता: इंटर पास, हिंदी टाइपिंग 25 शब्द प्रति मिनट",
        "आयु सीमा: 18 से 40 वर्ष",
        "आवेदन शुरू: 20 नवंबर 2026",
        "अंतिम तिथि: 19 दिसंबर 2026",
    ]
    first = "जिला न्यायालय में लिपिक और चपरासी के 184 पदों पर भर्ती निकली है, आवेदन केवल ऑनलाइन लिए जाएंगे।"
    last = "सामान्य वर्ग के उम्मीदवारों को 400 रुपये शुल्क देना होगा, महिलाओं को छूट मिलेगी।"
    told = f"<p>{first}</p><ul>{''.join(f'<li>{item}</li>' for item in items)}</ul><p>{last}</p>"
    found = article(document(f"<div><h1>{TITLE}</h1><div>{told}</div></div><div><p>{_COOKIES}</p></div>", _SAID))
    assert found.text.split("\n") == [first, *items, last]


def test_an_answer_in_a_details_element_stands_below_its_question() -> None:
    folded = f"<details><summary>नया पुल कितना लंबा है?</summary><p>{STORY[1]}</p></details>"
    found = article(document(f"<h1>{TITLE}</h1><div><p>{STORY[0]}</p>{folded}<p>{STORY[5]}</p></div>", _SAID))
    assert found.text.split("\n") == [STORY[0], "नया पुल कितना लंबा है?", STORY[1], STORY[5]]


@pytest.mark.parametrize("tag", ["noscript", "template"])
def test_what_stands_for_readers_without_scripts_is_the_story_of_a_shell(tag: str) -> None:
    links = "".join(f"<a href='/{n}'>{h}</a>" for n, h in enumerate(_HEADLINES * 3))
    page = document(f"<div>{links}</div><h1>{TITLE}</h1><{tag}><div>{blocks()}</div></{tag}>", _SAID)
    assert article(page).text.split("\n") == STORY


def test_answers_that_are_folded_away_stand_below_their_questions() -> None:
    told = {
        "नया पुल कितना लंबा है?": STORY[1],
        "नाव वालों का क्या होगा?": "उन्हें मछली पालन के लिए कर्ज मिलेगा।",
        "भारी वाहन कब चलेंगे?": STORY[5],
    }
    panels = "".join(
        f"<div><button aria-expanded='false'>{q}</button><div class='panel' style='display:none'><p>{a}</p></div></div>"
        for q, a in told.items()
    )
    found = article(document(f"<h1>{TITLE}</h1><div><p>{STORY[0]}</p>{panels}<button>शेयर करें</button></div>", _SAID))
    assert found.text.split("\n") == [STORY[0], *(line for pair in told.items() for line in pair)]


def test_lines_that_end_in_a_bracket_or_a_figure_behind_the_verb_are_running_text() -> None:
    lines = [
        "नगर पंचायत ने जल कर की नई दरें तय कर दी हैं (पुरानी दरें 2019 की थीं)",
        "पंपों की बिजली का बिल दो साल में दोगुना हुआ है (करीब 18 लाख रुपये)",
        "दुकानों के लिए हर महीने का शुल्क 140 से बढ़कर हो गया है 210",
        "पाइपों की मरम्मत पर पिछले साल नगर पंचायत के खर्च हुए 7.4 लाख रुपये",
    ]
    found = article(document(f"<h1>{TITLE}</h1>" + "".join(f"<p>{line}</p>" for line in lines)))
    assert found.text.split("\n") == lines


@pytest.mark.parametrize("cells", ["<span>{}</span>", "<td>{}</td>"])
def test_rows_of_figures_are_no_running_text(cells: str) -> None:
    rows = [("जनशक्ति दल", 42, 18, 60), ("लोक मोर्चा", 38, 9, 47), ("किसान सभा", 11, 4, 15), ("निर्दलीय", 6, 2, 8)]
    tally = "".join("<tr>" + "".join(cells.format(cell) for cell in row) + "</tr>" for row in rows * 2)
    found = outcome(document(f"<h1>{TITLE}</h1><table>{tally}</table><div>बहुमत: 66</div>"))
    assert isinstance(found, Reject), found


@pytest.mark.parametrize(
    "title",
    ["संपादकीय आचार संहिता", "हमारे साथ विज्ञापन दें", "Editorial Policy | समाचार उदाहरण", "हमारे बारे में - समाचार उदाहरण"],
)
@pytest.mark.parametrize("head", ["", _SAID])
def test_a_page_of_the_site_itself_is_told_by_its_title_whatever_its_data_say(title: str, head: str) -> None:
    found = outcome(document(f"<h1>{title.partition(' | ')[0]}</h1>{blocks()}", head, title), url=_AT)
    assert isinstance(found, Reject) and found.reason == Reason.NOT_ARTICLE
    told = f"{TITLE} | हमारे बारे में"
    assert isinstance(outcome(document(f"<h1>{TITLE}</h1>{blocks()}", head, told)), Article)


def test_a_page_of_the_printed_paper_below_any_city_is_none() -> None:
    page = document(f"<h1>{TITLE}</h1>{blocks()}", _OG)
    assert isinstance(outcome(page, url="https://samachar.example.in/epaper/barauli/2026-11-14/1"), Reject)
    assert isinstance(outcome(page, url="https://samachar.example.in/epaper/nadi-par-bana-naya-pul"), Article)


@pytest.mark.parametrize("box", ["<div>{}</div>", "<div id='cc-main' class='cookie-consent'>{}</div>"])
def test_a_notice_of_cookies_that_is_longer_than_a_brief_leaves_it(box: str) -> None:
    notice = box.format(f"<p>{_COOKIES}</p><button>स्वीकार करें</button>")
    found = article(document(f"<div><h1>{TITLE}</h1><p>{STORY[0]}</p></div>{notice}"))
    assert found.text == STORY[0]


@pytest.mark.parametrize(
    "text",
    [
        "कृपया पुष्टि करें कि आप रोबोट नहीं हैं। आपके नेटवर्क से असामान्य संख्या में अनुरोध मिले हैं, इसलिए यह जांच जरूरी है और आगे बढ़ने के लिए चित्र के अक्षर लिखें।",
        "<noscript>इस ऐप को चलाने के लिए जावास्क्रिप्ट चालू करें। आपके ब्राउजर में जावास्क्रिप्ट बंद है, सेटिंग में जाकर इसे चालू करें और पन्ने को दोबारा लोड करें ताकि खबर दिखाई दे सके।</noscript>",
        "आप जिस पन्ने को खोज रहे हैं वह या तो मौजूद नहीं है या उसका पता बदल गया है। कृपया पता जांच लें या मुखपृष्ठ पर लौटकर नीचे दी गई दूसरी खबरें पढ़ें, जो आज की हैं।",
    ],
)
def test_what_a_server_says_of_itself_is_no_story_though_a_feed_names_the_page(text: str) -> None:
    found = outcome(document(f"<div><p>{text}</p></div>", title="समाचार उदाहरण"), announced=True)
    assert isinstance(found, Reject) and found.reason == Reason.ERROR_PAGE


@pytest.mark.parametrize(
    "note",
    [
        "आपके ब्राउजर में जावास्क्रिप्ट बंद है। टिप्पणी लिखने के लिए जावास्क्रिप्ट चालू करें।",
        "टिप्पणी लिखने के लिए पुष्टि करें कि आप रोबोट नहीं हैं और चित्र के अक्षर लिखें।",
        "बिना विज्ञापन के पढ़ें, कभी भी रद्द करें। अभी सदस्य बनें और हर सुबह खास खबरें पाएं",
    ],
)
def test_a_brief_above_a_note_of_the_site_is_a_story(note: str) -> None:
    found = article(document(f"<div><h1>{TITLE}</h1><div><p>{STORY[0]}</p></div><div><p>{note}</p></div></div>"))
    assert STORY[0] in found.text.split("\n")


def test_a_byline_in_a_sentence_of_its_date_ends_with_the_name() -> None:
    dated = "<time datetime='2026-11-04T17:00:00+05:30'>4 Nov 2026</time>"
    line = f"<div class='entry-meta'>By <a href='/author/hariom'>हरिओम तिवारी</a> on {dated}</div>"
    assert article(document(f"<h1>{TITLE}</h1>{line}{blocks()}")).authors == ("हरिओम तिवारी",)
