# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""A page's story and the whole stories around it: what is printed below for readers who scroll on is another page's.

And the other way round: a page that prints nothing, because its scripts will, has its story in its data.
"""

from __future__ import annotations

import json

import pytest

from newscrawl.items import Article, Reject
from tests.extraction.support import STORY, TITLE, article, blocks, document, outcome

_NEXT_TITLE = "पुराने बस अड्डे की जमीन पर बनेगा बाल उद्यान, काम जनवरी से"
_NEXT = [
    "नगर परिषद ने पुराने बस अड्डे की खाली पड़ी जमीन पर बच्चों के लिए उद्यान बनाने का प्रस्ताव मंजूर कर लिया है और इसके लिए अस्सी लाख रुपये तय किए हैं।",
    "उद्यान में झूले, पढ़ने का कोना और छोटा तालाब होगा, जिसकी देखरेख मोहल्ले की समिति करेगी और शाम सात बजे तक प्रवेश मुफ्त रहेगा।",
    "दुकानदारों ने मांग की है कि जमीन के एक हिस्से में गाड़ियां खड़ी करने की जगह भी छोड़ी जाए, ताकि बाजार में जाम न लगे।",
]
_BELOW = "".join(f"<p>{line}</p>" for line in _NEXT)

_UNIT = '<div class="unit" data-url="/{}"><div class="z1"><h2>{}</h2></div><div>{}</div></div>'
_LAYOUTS = {
    "an article each": f"<main><article><h1>{TITLE}</h1>{blocks()}</article><article><h1>{_NEXT_TITLE}</h1>{_BELOW}</article></main>",
    "an article each, the next ones in a box": f"<main><article><h1>{TITLE}</h1>{blocks()}</article><div class='more'><article><h1>{_NEXT_TITLE}</h1>{_BELOW}</article><article><h1>{_NEXT_TITLE} फिर</h1>{_BELOW}</article></div></main>",
    "boxes of one class": f"<div id='list'><div class='story-wrap first'><h1>{TITLE}</h1><div>{blocks()}</div></div><div class='story-wrap'><h1>{_NEXT_TITLE}</h1><i>१४ नवंबर २०२६</i><div>{_BELOW}</div></div></div>",
    "a box that names its page": f"<div><h1>{TITLE}</h1><div class='body'>{blocks()}</div></div><div data-url='/bal-udyan.html'><h1>{_NEXT_TITLE}</h1><div class='text'>{_BELOW}</div></div>",
    "headings of the second level, in boxes that name their page": f"<div>{_UNIT.format('nadi-par-pul', TITLE, blocks())}{_UNIT.format('bal-udyan', _NEXT_TITLE, _BELOW)}</div>",
    "the longer one below": f"<main><article><h1>{TITLE}</h1>{blocks()}</article><article><h1>{_NEXT_TITLE}</h1>{_BELOW * 4}</article></main>",
}


@pytest.mark.parametrize("layout", _LAYOUTS.values(), ids=_LAYOUTS.keys())
def test_the_next_story_is_no_part_of_this_one(layout: str) -> None:
    assert article(document(layout)).text.split("\n") == STORY


def test_the_first_is_no_part_of_the_page_whose_story_stands_below() -> None:
    page = (
        f"<main><article><h1>{_NEXT_TITLE}</h1>{_BELOW}</article><article><h1>{TITLE}</h1>{blocks()}</article></main>"
    )
    assert article(document(page, title=_NEXT_TITLE)).text.split("\n") == _NEXT


@pytest.mark.parametrize("mark", ["data-id", "data-story"])
def test_briefs_below_in_boxes_made_alike_are_stories_of_their_own_by_their_number(mark: str) -> None:
    first = f"<div class='unit' {mark}='990017'><h1>{TITLE}</h1><div>{blocks()}</div></div>"
    below = "".join(
        f"<div class='unit' {mark}='99000{i}'><h2>{_NEXT_TITLE}</h2><div><p>{p}</p></div></div>"
        for i, p in enumerate(_NEXT)
    )
    assert article(document(f"<div>{first}<div>अगली खबर</div>{below}</div>")).text.split("\n") == STORY
    # Parts of the story are made alike, too, and bear the story's number or none.
    parts = below.replace(mark, "data-place")
    assert all(line in article(document(f"<div>{first}{parts}</div>")).text for line in _NEXT)


_SECTION = "<div class='et_pb_section et_section_regular'><div class='et_pb_row'><h1>{}</h1>{}</div></div>"
_OWN = {
    "sections with headings of the first level": f"<article><h1>{TITLE}</h1>{blocks()}<section><h1>किसानों की राय</h1>{_BELOW}</section></article>",
    "a hero above the story": f"<div class='row hero'><h1>{TITLE}</h1></div><div class='row body'><h1>पूरी खबर</h1>{blocks()}</div>",
    "the site's name as a heading of the first level": f"<div class='top'><h1>जनसेतु</h1></div><article><h1>{TITLE}</h1>{blocks()}</article>",
    "sections of a page builder": f"<article>{_SECTION.format(TITLE, blocks())}{_SECTION.format('नगर परिषद की दूसरी योजना के बारे में भी जानिए', _BELOW)}</article>",
    "boxes of one class without a date": f"<div class='part one'><h1>{TITLE}</h1>{blocks()}</div><div class='part'><h1>नगर परिषद 2027 तक और क्या-क्या करेगी, जानिए</h1>{_BELOW}</div>",
    "a column of one class": f"<div class='col'><h1>{TITLE}</h1>{blocks()}<div class='col'>{_BELOW}<h1>आगे क्या</h1></div></div>",
}


@pytest.mark.parametrize("layout", _OWN.values(), ids=_OWN.keys())
def test_a_second_heading_alone_makes_no_second_story(layout: str) -> None:
    found = article(document(layout)).text
    assert all(line in found for line in (_NEXT if _BELOW in layout else STORY))


# -- what is asked of the reader, and what is not --------------------------------------------------------


@pytest.mark.parametrize(
    "inside",
    [
        f'<p>{STORY[0]} <a href="/support">सहायता केंद्र</a></p>',  # a paragraph of the story
        f'<div><p>{STORY[0]}</p><p>{STORY[1]}</p><p>{STORY[3]}</p><a href="/donate">दान</a></div>',  # the story's own box
        f'<div><p>{STORY[0]}</p><a href="/desh/support-price-1234">समर्थन मूल्य</a></div>',  # a story's address
        f'<div><p>{STORY[0]}</p><a href="https://bharti.example.gov.in/register">आवेदन करें</a></div>',  # an exam's
        f"<details><summary>कितना लगा समय?</summary><p>{STORY[0]}</p></details>",
    ],
)
def test_a_paragraph_beside_a_link_is_no_appeal(inside: str) -> None:
    assert STORY[0] in article(document(f"<article><h1>{TITLE}</h1>{inside}{blocks()}</article>")).text


def test_a_paragraph_set_off_around_a_link_to_subscriptions_is_an_appeal() -> None:
    ask = '<p><em>बाजार की हर सुबह की जरूरी बातें पाएं। <a href="/newsletters">रोज की चिट्ठी के लिए नाम लिखाएं।</a></em></p>'
    assert article(document(f"<article><h1>{TITLE}</h1>{blocks(after={1: ask})}</article>")).text.split("\n") == STORY


def test_an_appeal_in_the_box_of_a_short_story_goes_alone() -> None:
    ask = '<div><b>हफ्ते की चिट्ठी</b><p>अपना पता दें और गांव की बातें सीधे पाएं।</p><form><input name="mail"></form></div>'
    brief = document(f"<div><h1>{TITLE}</h1><div><p>{STORY[0]}</p><p>{STORY[1][:90]}।</p>{ask}</div></div>", _SAYS_SO)
    assert article(brief).text.split("\n") == [STORY[0], f"{STORY[1][:90]}।"]


@pytest.mark.parametrize("kicker", ["<strong>नगर संस्करण</strong> ", ""])
def test_cards_below_a_story_go_with_the_rubric_before_their_headlines(kicker: str) -> None:
    cards = "".join(
        f"<div><div><h4>{kicker}<a href='/{at}'>{_NEXT_TITLE[:30]} {at}</a></h4><p>{line}</p></div></div>"
        for at, line in enumerate(_NEXT)
    )
    below = f"<div><h2>दूसरे स्तंभ</h2><div>{cards}</div></div>"
    assert not set(article(document(f"<article><h1>{TITLE}</h1>{blocks()}{below}</article>")).text.split("\n")) & set(
        _NEXT
    )


@pytest.mark.parametrize("number", ["{}. ", "{}) ", "{}- "])
@pytest.mark.parametrize("boxed", [True, False])
def test_numbered_headings_that_are_links_over_paragraphs_are_the_storys_list(number: str, boxed: bool) -> None:
    names = [
        "नदी किनारे का सौ साल पुराना बाजार",
        "राजा का किला और उसकी बावड़ी",
        "पहाड़ी की चोटी पर बना मंदिर",
        "बारिश में खिलती फूलों की घाटी",
        "झील के बीच का छोटा सा टापू",
    ]
    told = [
        (
            f"{number.format(at + 1)}{name}",
            f"{name} देखने लोग दूर दूर से आते हैं। {' '.join(_NEXT[:1] if at in (1, 3, 4) else 2 * _NEXT)}",
        )
        for at, name in enumerate(names)
    ]
    items = [f"<h2><a href='/{at}'>{heading}</a></h2><p>{text}</p>" for at, (heading, text) in enumerate(told)]
    body = "".join(f"<div class='item'><div>{item}</div></div>" if boxed else item for item in items)
    found = article(document(f"<article><h1>{TITLE}</h1><p>{STORY[0]}</p>{body}</article>"))
    assert found.text.split("\n") == [STORY[0], *(line for pair in told for line in pair)]


def test_paragraphs_that_begin_with_a_headline_each_are_a_list_of_stories() -> None:
    names = ("नदी", "मंडी", "स्कूल", "सड़क", "अस्पताल", "मेला")
    items = "".join(
        f"<p><a href='/desh/khabar-{at}.html'>{name}: {_NEXT_TITLE}</a><br>{name} पर {_NEXT[at % 3]}</p>"
        for at, name in enumerate(names)
    )
    page = document(f"<div><h1>देश</h1>{items}</div>", '<meta property="og:type" content="article">')
    found = outcome(page, "https://samachar.example.in/desh-ki-khabar")
    assert isinstance(found, Reject) and found.detail == "nearly all text stands in teasers"


def test_what_a_class_calls_recirculation_is_none_of_the_story() -> None:
    items = "".join(
        f"<li><span>{line[:40]}</span> <a href='/{at}'>{line[40:80]}</a></li>" for at, line in enumerate(_NEXT)
    )
    box = f"<div class='inline-article-recirc md:relative'><h2>आज का अंक</h2><ul>{items}</ul></div>"
    assert article(document(f"<article><h1>{TITLE}</h1>{blocks()}{box}</article>")).text.split("\n") == STORY


def test_questions_that_are_links_to_their_answers_are_no_teasers() -> None:
    asked = "".join(
        f'<div><a href="#a{i}">इस सवाल का जवाब क्या है, नंबर {i}</a><p>{p}</p></div>' for i, p in enumerate(_NEXT)
    )
    found = article(document(f"<article><h1>{TITLE}</h1>{blocks()}<div>{asked}</div></article>")).text
    assert all(line in found for line in _NEXT)


@pytest.mark.parametrize("tag", ["h2", "h3"])
def test_the_first_of_several_subheads_stays(tag: str) -> None:
    heads = ["तालाब में नावें दस दिन तक बंद रहेंगी", "पुस्तकालय रात नौ बजे तक", "दो मार्गों पर नई बसें"]
    briefs = "".join(f"<{tag}>{head}</{tag}><p>{p}</p>" for head, p in zip(heads, _NEXT, strict=True))
    told = [line for pair in zip(heads, _NEXT, strict=True) for line in pair]
    assert article(document(f"<article><h1>{TITLE}</h1><div>{briefs}</div></article>")).text.split("\n") == told


# -- pages that are shells for their scripts -------------------------------------------------------------


def _data(text: object) -> str:
    return json.dumps(text, ensure_ascii=True).replace("<", "\\u003c")


_HTML = "".join(f'<p class="t">{line}</p>' for line in STORY)
_STATE = {"props": {"pageProps": {"article": {"title": TITLE, "content": _HTML, "related": ["<p>छोटा</p>"]}}}}
_SHELLS = {
    "Next.js, its data as JSON": f'<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{_data(_STATE)}</script>',
    "Next.js, its data in chunks": f"<script>self.__next_f.push([1,{_data('5:' + json.dumps([_STATE], ensure_ascii=False))}])</script>",
    "Next.js, the HTML as a chunk": f"<script>self.__next_f.push([1,{_data('1a:T9c4,')}])</script><script>self.__next_f.push([1,{_data(_HTML)}])</script>",
    "Nuxt, its state made by a function, slashes escaped": f'<div id="__nuxt"></div><script>window.__NUXT__=(function(a){{return {{data:[{{head:a,body:{_data(_HTML).replace("/", chr(92) + "u002F").replace("u003c", "u003C")}}}]}}}}("x"));</script>',
    "a state of its own": f"<div id='app'><p>पेज लोड हो रहा है</p></div><script>window.__STATE__ = {_data(_STATE)};</script>",
}
_LISTS = {
    "text of its own": [{"type": "text", "content": line} for line in STORY],
    "in its data": [{"type": "paragraph", "data": {"text": line}} for line in STORY],
    "in runs": [{"_type": "block", "children": [{"text": line[:20]}, {"text": line[20:]}]} for line in STORY],
}
_SAYS_SO = '<meta property="og:type" content="article"><meta property="article:published_time" content="2026-11-14T08:00:00+05:30">'


@pytest.mark.parametrize("layout", _SHELLS.values(), ids=_SHELLS.keys())
def test_a_shell_for_scripts_is_read_from_its_data(layout: str) -> None:
    found = outcome(document(layout, f'{_SAYS_SO}<meta property="og:title" content="{TITLE}">'))
    assert isinstance(found, Article), found
    assert found.text.split("\n") == STORY


@pytest.mark.parametrize("parts", _LISTS.values(), ids=_LISTS.keys())
def test_a_story_that_its_data_hold_in_parts_is_read_and_teasers_beside_it_are_none(parts: list[object]) -> None:
    teasers = [{"type": "story", "slug": "x", "text": f"{line} {line}"} for line in _NEXT * 3]
    data = _data({"teasers": teasers, "story": parts})
    for script in (data, f"window.__STATE__ = {data};"):
        shell = f'<div id="__next"></div><script>{script}</script>'
        found = outcome(document(shell, f'{_SAYS_SO}<meta property="og:title" content="{TITLE}">'))
        assert isinstance(found, Article), found
        assert found.text.split("\n") == STORY


@pytest.mark.parametrize("free", [True, "False"])
def test_of_a_page_that_prints_a_storys_beginning_its_linked_data_tell_the_rest_unless_it_is_withheld(
    free: object,
) -> None:
    body = {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n".join(STORY), "isAccessibleForFree": free}
    head = f'<script type="application/ld+json">{json.dumps(body)}</script>'
    begins = f"<div><h1>{TITLE}</h1><p>{STORY[0]}</p><p>{STORY[1][:60]}...</p></div>"
    assert (article(document(begins, head)).text.split("\n") == STORY) is (free is True)
    # Another story's text has no say.
    other = f"<div><h1>{TITLE}</h1><p>{_NEXT[0]}</p></div>"
    assert article(document(other, head)).text == _NEXT[0]


def test_data_of_a_page_that_says_nothing_of_itself_is_no_story() -> None:
    layout = _SHELLS["Next.js, its data as JSON"]
    assert isinstance(outcome(document(layout), url="https://samachar.example.in/rajya"), Reject)


def test_data_does_not_replace_a_story_that_is_printed() -> None:
    other = {"content": "".join(f"<p>{line} {line}</p>" for line in _NEXT)}
    page = document(
        f"<article><h1>{TITLE}</h1>{blocks()}</article><script>window.x = {_data(other)}</script>", _SAYS_SO
    )
    assert article(page).text.split("\n") == STORY
