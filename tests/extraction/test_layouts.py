# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""Layouts as Hindi news sites have them: whatever stands around the story, the story's lines come out, and only they."""

from __future__ import annotations

from types import ModuleType

import pytest

from newscrawl.extraction.prune import before_story
from newscrawl.items import Article
from tests.extraction.support import STORY, SUBHEAD, TITLE, article, blocks, document, outcome

_OTHER = "मुख्यमंत्री ने कहा, अगले साल तक हर घर में नल से जल पहुंचेगा"
_OTHERS = [
    _OTHER,
    "रेल लाइन के दोहरीकरण का काम मार्च तक पूरा होने की उम्मीद",
    "स्कूलों में छुट्टी का नया कैलेंडर जारी, जानें कब क्या रहेगा बंद",
]
_LEDE = "प्रदेश सरकार ने सोमवार को नई योजना का ऐलान किया और अफसरों को समय सीमा में काम पूरा करने को कहा है"
_LINKS = "".join(f"<li><a href='/{i}'>{t}</a></li>" for i, t in enumerate(_OTHERS))
_CARDS = "".join(
    f"<div class='c{i}'><div><a href='/{i}'>{t}</a></div><div>{_LEDE}...</div><span>2 घंटे पहले</span></div>"
    for i, t in enumerate(_OTHERS)
)
_NAV = "<div class='x1'><ul><li><a href='/'>होम</a></li><li><a href='/desh'>देश</a></li><li><a href='/khel'>खेल</a></li></ul></div>"

LAYOUTS = {
    "a font around paragraphs that are never closed": f"""
        <center><table width=980><tr><td width=150 valign=top><font size=2><a href=1.php>मुखपृष्ठ</a><br><a href=2.php>राजधानी</a><br></font></td>
        <td valign=top><font size=5><b>{TITLE}</b></font><br><font size=2>(14:11:2026) Email | Print</font><br><br>
        <font size=4>{"<p>".join(STORY)}</font><br><br></td></tr></table></center>""",
    "boxes of one line in a font, a subhead among them": f"""
        <table><tr><td><h2>{TITLE}</h2><font face="Mangal">{"<br>".join(f"<div align='justify'>{'<b>' * (i == 2)}{t}{'</b>' * (i == 2)}</div>" for i, t in enumerate(STORY))}</font></td></tr></table>""",
    "teasers behind a label, each a linked heading and a paragraph": f"""
        <div><h1>{TITLE}</h1>{blocks()}</div><div><h3>जरूर पढ़ें</h3>{"".join(f"<h2><a href='/{i}'>{t}</a></h2><p>{_LEDE}।</p>" for i, t in enumerate(_OTHERS))}</div>""",
    "teasers of two, cut off, beside the story": f"""
        <div class="row"><div class="c8"><h1>{TITLE}</h1><div class="row"><div class="c6">{blocks()}</div></div></div>
        <div class="c4">{"".join(f"<div class='k'><a href='/{i}'><h5>{t}</h5></a><p>{_LEDE}...</p></div>" for i, t in enumerate(_OTHERS[:2]))}</div></div>""",
    "captions without a name": f"""
        <div><h1>{TITLE}</h1><div class="s">{blocks(after={
            0: f'<div class="m1"><img src="1.jpg"><p>{_OTHER} (समाचार उदाहरण)</p></div>',
            1: f'<p><img src="2.jpg"><br>{_OTHERS[1]}</p>',
            3: f'<div class="m2"><div><img src="3.jpg"></div><div>{_OTHERS[2]}</div></div>',
            4: '<div class="m3"><figure><amp-img src="4.jpg"></amp-img></figure><p>घाट पर बंधी नई नावें</p></div>',
        })}</div></div>""",
    "hashed class names, nothing semantic": f"""
        <div id="root"><div class="a3f9c1">{_NAV}<div class="b77e"><div class="c00d1"><div class="d1"><ul><li><a href="/">हिंदी न्यूज</a></li>
        <li><a href="/desh">देश</a></li></ul></div><h1>{TITLE}</h1><div class="e9"><span>समाचार नेटवर्क</span><span>3 घंटे पहले</span></div>
        {"".join(f"<div class='f2'><span>{t}</span></div>" for t in STORY)}</div><div class="g5">{_CARDS}</div></div></div></div>""",
    "wrapper named after its sidebar": f"""
        <div class="content-with-sidebar has-related-posts">{_NAV}<div class="main-col"><h1>{TITLE}</h1>{blocks()}</div>
        <div class="sidebar-right"><h3>ट्रेंडिंग</h3><ul>{_LINKS}</ul></div></div>""",
    "also read between paragraphs, six spellings": f"""
        <article><h1>{TITLE}</h1><div class="story">{blocks(after={
            0: f'<p><strong>यह भी पढ़ें: <a href="/1">{_OTHER}</a></strong></p>',
            1: f'<p>इसे भी पढ़ें- {_OTHER}</p><p><b>ये भी पढ़ें...</b></p><ul>{_LINKS}</ul>',
            3: f'<div><em>Also Read | <a href="/2">{_OTHER}</a></em></div><p>ये भी पढ़े :</p><p><strong>{_OTHER}</strong></p>',
            4: f'<blockquote><p>इन्हें भी पढ़ें:- <a href="/3">{_OTHER}</a></p></blockquote>',
        })}</div></article>""",
    "headlines behind labels that nobody listed": f"""
        <article><h1>{TITLE}</h1><div class="story">{blocks(after={
            0: f'<p>यह खबर भी पढ़ सकते हैं ➡️ <a href="/1">{_OTHER}</a></p>',
            1: f'<p>🔴 बड़ी हलचल : <b><a href="/2">{_OTHER}</a></b></p>',
            3: f'<div>जुड़ी हुई एक खबर -> <a href="/3">{_OTHER}</a></div>',
        })}</div></article>""",
    "a pull quote without a class": f"""
        <article><h1>{TITLE}</h1>{blocks(after={
            3: "<blockquote>अब यह मुश्किल खत्म हुई<cite>मीना देवी, सरपंच</cite></blockquote>",
            4: "<blockquote><p>पुल 340 मीटर लंबा है</p></blockquote>",
        })}</article>""",
    "an introduction beside what is called the full text": f"""
        <div class="itemView"><h2 class="itemTitle">{TITLE}</h2><div class="itemBody"><div class="itemIntroText"><p>{STORY[0]}</p></div>
        <div class="itemFullText">{blocks().partition("</p>")[2]}</div></div></div>""",
    "preformatted text": f"""
        <div><h1>{TITLE}</h1><pre>{chr(10).join(STORY[:SUBHEAD])}

{STORY[SUBHEAD]}
<b>{STORY[3][:30]}</b>{STORY[3][30:]}
{chr(10).join(STORY[4:])}</pre></div>""",
    "inline promo at the end of a paragraph": f"""
        <article><h1>{TITLE}</h1>{blocks().replace("</p>", f" यह भी पढ़ें: <a href='/1'>{_OTHER}</a></p>", 1)}
        <p>हमारे व्हाट्सऐप चैनल से जुड़ने के लिए <a href="https://wa.example">यहां क्लिक करें</a></p></article>""",
    "teaser with its own lede and a full-story link": f"""
        <div class="content"><h1>{TITLE}</h1>{blocks(after={3: f'<p><strong>ये खबर भी पढ़ें...</strong></p><p><a href="/5">{_OTHER}</a></p><p>{_LEDE}। <a href="/5">पढ़ें पूरी खबर...</a></p>'})}
        <h3>खबरें और भी हैं...</h3><ul>{_LINKS}</ul></div>""",
    "one cell, text parted by line breaks": f"""
        <table width="100%"><tr><td>{_NAV}</td></tr><tr><td><table><tr><td><b>{TITLE}</b></td></tr><tr><td>संवाददाता / बरौली November 14, 2026</td></tr>
        <tr><td>{"<br><br>".join(STORY)}</td></tr></table></td><td width="200"><ul>{_LINKS}</ul></td></tr></table>""",
    "line breaks in one box, single ones": f"<div class='wrap'><h1>{TITLE}</h1><div class='normal'>{'<br>'.join(STORY)}</div><div>{_LINKS}</div></div>",
    "key points and summary between headline and story": f"""
        <article><h1>{TITLE}</h1><h2>तीस गांवों के लोगों को सालों के इंतजार के बाद राहत मिली है, अब जिला मुख्यालय पहुंचना आसान होगा</h2>
        <ul><li>पुल 340 मीटर लंबा है, लागत बढ़ गई</li><li>भारी वाहन केवल रात में चलेंगे</li></ul>
        <p>Written by: रमेश कुमार | Updated: 14 नवंबर 2026, 10:30 AM IST</p>{blocks()}</article>""",
    "captions, credits and labels": f"""
        <article><h1>{TITLE}</h1><div class="img"><img src="/p.jpg" width="700"><p>फोटो: समाचार उदाहरण</p></div>{blocks(after={
            0: '<p>विज्ञापन</p><div class="wp-caption"><img src="/q.jpg"><p class="wp-caption-text">नदी के किनारे जमा भीड़, सोमवार की सुबह</p></div>',
            1: '<figure><img src="/r.jpg"><figcaption>पुल का उद्घाटन करते मंत्री। (फोटो साभार- विभाग)</figcaption></figure><p>इमेज स्रोत, विभाग</p>',
        })}<p>Edited By: सुधा रानी</p><p>FIRST PUBLISHED : November 14, 2026, 10:30 IST</p><p>Tags: <a href="/t/1">बरौली</a>, <a href="/t/2">पुल</a></p></article>""",
    "search-engine tail": f"""
        <article><h1>{TITLE}</h1>{blocks()}<p>ब्रेकिंग न्यूज़ हिंदी में सबसे पहले पढ़ें समाचार उदाहरण पर, आज की ताजा खबर, लाइव न्यूज अपडेट</p>
        <p>देश-दुनिया की ताजा खबरें और हिंदी समाचार पढ़ने के लिए जुड़े रहें।</p><p>रहें हर खबर से अपडेट, डाउनलोड करें हमारा ऐप</p>
        <p>(हेडलाइन के अलावा इस खबर को हमारी टीम ने संपादित नहीं किया है, यह सिंडीकेट फीड से प्रकाशित हुई है)</p></article>""",
    "a newsletter's form, an appeal and who the author is, in boxes without a telling class": f"""
        <article><h1>{TITLE}</h1>{blocks(after={
            1: '<div class="k7"><h4>हफ्ते की चिट्ठी</h4><p>खेत, पानी और गांव की सबसे जरूरी बातें हर शनिवार की सुबह, पचास हजार पाठकों के साथ पढ़िए।</p><form action="/s"><input type="email"></form></div>',
            3: '<div class="k8"><p>इस खबर तक पहुंचने में हमारे संवाददाता को चार दिन लगे। स्वतंत्र पत्रकारिता को जिंदा रखने के लिए सहयोग करें।</p><a href="https://samachar.example.in/support">अभी दें</a></div>',
        })}<div class="k9"><img src="/m.jpg"><div><h5>लेखक के बारे में</h5><h6>मीना देवी</h6><p>मीना देवी पंद्रह साल से गांवों की खबरें लिखती हैं और दो किताबों की लेखिका हैं, जिनमें एक को सम्मान मिला।</p></div></div></article>""",
    "a story to be read next, with its time, between paragraphs": f"""
        <article><h1>{TITLE}</h1><div class="b">{blocks(after={1: f'<div class="m read-next"><h3>अगला पड़ाव</h3><p>{_OTHER}</p><time>24 नवंबर 2026 2:10 PM</time></div>'})}</div></article>""",
    "teasers whose headlines are bare links on lines of their own": f"""
        <div><h1>{TITLE}</h1><div class="b">{blocks()}</div></div><div class="r">{"".join(f'<div><a href="/{i}">{t}</a><p>{_LEDE}।</p></div>' for i, t in enumerate(_OTHERS))}</div>""",
    "whose the words are, and a box that asks to log in": f"""
        <article><h1>{TITLE}</h1><div class="b">{blocks()}</div><div class="k6"><p>यह लेख निःशुल्क है, सदस्य बनने पर सभी लेख पूरे पढ़ सकते हैं।</p><a href="/login">प्रवेश</a></div>
        <div class="republish"><h3>यह लेख अपने यहां छापें</h3><p>आप इस लेख को बिना शुल्क छाप सकते हैं, बशर्ते हमारा नाम और कड़ी दें।</p></div>
        <div class="copyright-block"><p>इस वेबसाइट की सामग्री का कोई भाग बिना लिखित अनुमति के न छापा जाए, न प्रसारित किया जाए।</p></div></article>""",
    "comments with their number": f"""
        <div><h1>{TITLE}</h1><div class="b">{blocks()}</div><div class="z1"><h4>टिप्पणियां (2)</h4><div class="z2"><b>रमेश</b><p>बहुत अच्छी खबर है, ऐसी ही खबरें छापते रहिए</p></div><div class="z2"><b>सुधा</b><p>पुल तो बन गया, सड़क कब बनेगी यह भी पूछिए</p></div></div></div>""",
    "the site asks how it was, and for advertisers": f"""
        <article><h1>{TITLE}</h1>{blocks()}<div>क्या यह जानकारी काम की लगी? हां नहीं</div><p>इस लेख को रेट करें ★★★★★</p><p>Was this article helpful?</p><p>नोट- इस वेबसाइट पर विज्ञापन के लिए संपर्क करें</p></article>""",
    "latest news box behind the story": f"""
        <article><h1>{TITLE}</h1>{blocks()}<div class="q"><div class="t"><span>Latest News</span></div>{_CARDS}</div>
        <h4>संबंधित खबरें</h4><div>{_CARDS}</div></article>""",
    "English small print in the page's foot": f"""
        <div><h1>{TITLE}</h1>{blocks()}</div><div class="z">The views expressed here are those of the authors, and the company takes no
        responsibility for errors or delays in the information that is shown on these pages. Kindly consult an expert.</div>""",
    "site's form around everything": f"<form action='/x' method='post'>{_NAV}<h1>{TITLE}</h1><div>{blocks()}</div><input name='q'></form>",
    "paragraphs that are articles in an article": f"""
        <article><article><h1>{TITLE}</h1></article><article>{"".join(f"<article class='part'>{t}</article>" for t in STORY)}</article></article>""",
    "headings that a link stands around, not in": f"""
        <article><h1>{TITLE}</h1><div class="b">{blocks(after={
            1: f'<div class="z5"><a href="/1"><h3>{_OTHER}</h3></a><span>मीना देवी, 3 मई</span></div>',
            3: f'<a class="z6" href="/2"><div><h4>{_OTHER}</h4></div></a>',
        })}</div></article>""",
    "an also-read link in brackets, a heading whose links are gone, and what others ask": f"""
        <article><h1>{TITLE}</h1><div class="b">{blocks(after={
            3: f'<div class="y1"><h4>आगे के मुकाबले</h4><ul><li><a href="/1">{_OTHER}</a></li></ul></div>',
            4: '<div class="y2"><span>लोग यह भी पूछ रहे हैं</span><ul><li>बरौली कहां है?</li><li>पुल कितना लंबा है?</li></ul></div>',
        }).replace("</p>", f" <b>(इसे भी पढ़ें- <a href='/2'>{_OTHER}</a>)</b></p>", 1)}</div>
        <div class="y3"><p>इस खबर के बारे में कोई सवाल है? नीचे लिखिए, जवाब तुरंत मिलेगा।</p><input type="text"></div></article>""",
    "a box that asks for a subscription, and one that asks for a vote without a form": f"""
        <article><h1>{TITLE}</h1>{blocks(after={3: '<div class="z7"><p>क्या आपके गांव में भी पुल बनना चाहिए?</p><label><input type="radio">हां</label><label><input type="radio">नहीं</label></div>'})}
        <div class="z8"><h3>पूरी खबर पढ़ने के लिए हमारे सदस्य बनें</h3><p>महीने के सौ रुपये में सब कुछ पढ़िए, बिना किसी रुकावट के। पहले से सदस्य हैं? लॉग इन करें।</p></div></article>""",
    "shadow roots": f"""
        <x-head><template shadowrootmode="open"><ul><li><a href="/desh">देश</a></li><li><a href="/khel">खेल</a></li></ul></template></x-head>
        <x-story><template shadowrootmode="open"><div part="a"><h1>{TITLE}</h1><div part="b">{blocks()}</div></div></template></x-story>
        <x-more><template shadowrootmode="open"><ul>{_LINKS}</ul></template></x-more><template><p>{_LEDE}।</p></template>""",
    "readers' comments that no class names, each with a button to answer": f"""
        <div><div><h1>{TITLE}</h1><div>{blocks()}</div></div><div class="c9"><h3>पाठकों की बात (2)</h3>
        <div class="d1"><b>रमेश</b><p>{_LEDE}। पुल तो बन गया, अब सड़क कब बनेगी?</p><button>जवाब दें</button></div>
        <div class="d1"><b>सुधा</b><p>{_LEDE}। बरसात में फिर भी पानी भर जाता है।</p><button>जवाब दें</button></div>
        <form><textarea></textarea><button>भेजें</button></form></div></div>""",
    "a question to vote on, by buttons": f"""
        <article><h1>{TITLE}</h1>{blocks(after={3: '<div class="v1"><p>क्या आपके गांव में भी पुल बनना चाहिए?</p><div><button>हां</button><button>नहीं</button></div><span>1,204 लोगों ने राय दी</span></div>'})}</article>""",
    "other stories' headlines behind a dash, a bar, in brackets, behind a sentence and below a hand": f"""
        <article><h1>{TITLE}</h1>{blocks(after={
            0: f'<p>पिछली रिपोर्ट यहां है - <a href="/1">{_OTHER}</a></p>',
            1: f'<p>🔗 पढ़ते चलें | <a href="/2">{_OTHER}</a></p>',
            3: f'<p>👇 हमारी पिछली पड़ताल</p><h4><a href="/3">{_OTHER}</a></h4>',
            4: f'<p>[यह भी गौर करें: <a href="/4">{_OTHER}</a>]</p>',
        }).replace("</p>", f" <a href='/5'><strong>{_OTHER}</strong></a></p>", 1)}</article>""",
    "a box that sells, by the address of its link": f"""
        <article><h1>{TITLE}</h1>{blocks(after={3: '<div class="l1"><h3>पूरा पढ़ने के लिए प्लस लें</h3><p>सिर्फ एक रुपये रोज में हर जिले की खबरें।</p><a href="/plus">प्लस लीजिए</a></div>'})}</article>""",
    "boxes of a class that says who may read them, and a box about the author": f"""
        <div><h1>{TITLE}</h1><div class="detail"><div class="non-paywall"><p>{STORY[0]}</p></div><div class="paywall-content"><p>{STORY[1]}</p></div><div class="paywall"><h2>{STORY[2]}</h2>{"".join(f"<p>{t}</p>" for t in STORY[3:])}</div>
        <div class="paywall-prompt"><p>{_LEDE}। पूरा पढ़ने के लिए आगे बढ़िए।</p></div></div><div class="aboutAuthor"><strong>परिचय</strong><p>मीना देवी जिले की खबरें देखती हैं और दस साल से लिख रही हैं।</p></div></div>""",
    "embedded post": f"""
        <article><h1>{TITLE}</h1>{blocks(after={1: '<blockquote class="twitter-tweet"><p>बधाई हो! आज बड़ा दिन है, सबका साथ मिला।</p>— सरपंच (@example) <a href="#">November 14, 2026</a></blockquote>'})}</article>""",
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_story_comes_out_of_the_layout_and_nothing_else(layout: str) -> None:
    assert article(document(LAYOUTS[layout])).text.split("\n") == STORY


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_headline_of_the_layout_is_its_title(layout: str) -> None:
    assert article(document(LAYOUTS[layout])).title == TITLE


def test_lists_under_headings_behind_the_headline_are_the_story() -> None:
    prizes = ["साहित्य", "खेल", "समाज सेवा", "विज्ञान", "लोक संगीत", "नाटक और रंगमंच", "पत्रकारिता", "खेती और बागवानी"]
    names = ["कमला राय", "दिनेश पाठक", "अंजू नेगी", "रोहित डामोर", "फरीद खान", "गीता मुर्मू", "सलमा बानो", "विनय पटेल"]
    won = [(prize, [f"{name}, जिला {at + 1}" for name in names]) for at, prize in enumerate(prizes)]
    lists = [f"<h2>{prize}</h2><ul>{''.join(f'<li>{w}</li>' for w in winners)}</ul><hr>" for prize, winners in won]
    between = f"<p>{STORY[0]}</p>"
    page = document(f"<article><h1>{TITLE}</h1><div>{''.join([*lists[:2], between, *lists[2:]])}</div></article>")
    told = [line for prize, winners in won for line in (prize, *winners)]
    told.insert(2 * (1 + len(names)), STORY[0])
    found = outcome(page, announced=True)
    assert isinstance(found, Article) and found.text.split("\n") == told


def test_of_a_brief_above_cards_that_are_cut_off_the_brief_is_the_story() -> None:
    brief = "गांव में मंगलवार शाम बिजली गिरने से दो भैंसों की मौत हो गई। लेखपाल ने मौके पर पहुंचकर नुकसान का आकलन किया और रिपोर्ट तहसील को भेजी। पशुपालक ने मुआवजे की मांग की है।"

    def page(end: str) -> str:
        cards = [
            f"<div><a href='/{i}'>{t} {n}</a><p>{_LEDE} {n}{end}</p></div>"
            for n in (1, 2)
            for i, t in enumerate(_OTHERS)
        ]
        return document(
            f"<div><h1>{TITLE}</h1><div>{brief}</div><div>{''.join(cards)}</div></div>",
            "<meta property='og:type' content='article'>",
        )

    assert article(page("")).text == brief
    # Told in whole sentences they may be what the page is about.
    assert f"{_LEDE} 2।" in article(page("।")).text


def test_a_fact_beside_a_picture_is_no_caption() -> None:
    facts = "<p><img src='1.jpg'>लंबाई: 340 मीटर<br>लागत: 82 करोड़ रुपये<br>समय: चार साल</p>"
    said = "<div><img src='2.jpg'><p>पुल पर पहले दिन बच्चों ने साइकिल चलाई।</p></div>"
    text = article(document(f"<div><h1>{TITLE}</h1>{blocks(after={1: facts, 3: said})}</div>")).text
    assert "लागत: 82 करोड़ रुपये" in text and "पहले दिन बच्चों ने साइकिल चलाई।" in text


def test_a_short_sentence_in_a_div_among_line_breaks_is_a_line_of_the_story() -> None:
    short = "सरपंच ने इसके लिए सबका धन्यवाद किया।"
    box = f"{'<br>'.join(STORY[:3])}<div>{short}</div>{'<br>'.join(STORY[3:])}<div>पढ़ा गया 210 बार</div>"
    found = article(document(f"<div class='wrap'><h1>{TITLE}</h1><div class='normal'>{box}</div></div>"))
    assert found.text.split("\n") == [*STORY[:3], short, *STORY[3:]]


def test_a_gallerys_captions_are_told_without_their_number() -> None:
    slides = "".join(
        f"<figure><img src='/{i}.jpg'><figcaption><span>{i} / 4</span> {line}</figcaption></figure>"
        for i, line in enumerate((STORY[0], STORY[1], STORY[3], STORY[4]), start=1)
    )
    page = document(
        f"<div><h1>{TITLE}</h1>{slides}</div>", '<script type="application/ld+json">{"@type": "ImageGallery"}</script>'
    )
    found = article(page, url="https://samachar.example.in/photos/nadi-par-pul-184523")
    assert found.text.split("\n") == [STORY[0], STORY[1], STORY[3], STORY[4]]


@pytest.mark.parametrize("wrap", ["div", "li", "figure", "section"])
@pytest.mark.parametrize("tag", ["div", "p", "span", "figcaption"])
@pytest.mark.parametrize("head", ["h2", "h3", None])
@pytest.mark.parametrize("beside", [True, False])
def test_what_stands_below_a_gallerys_picture_is_a_line_each(
    wrap: str, tag: str, head: str | None, beside: bool
) -> None:
    told = [line for i, line in enumerate(STORY) if i != SUBHEAD]
    heads = [f"घाट नंबर {i} पर सुबह का नजारा" for i in range(1, len(told) + 1)]
    slides = "".join(
        f"<{wrap} class='g1'>{f'<span>{i}/{len(told)}</span>' if beside else ''}<img src='/{i}.jpg'>"
        f"{f'<{head}>{name}</{head}>' if head else ''}<{tag}>{line}</{tag}>{'<span>फोटो: रवि कुमार</span>' if beside else ''}</{wrap}>"
        for i, (name, line) in enumerate(zip(heads, told, strict=True), start=1)
    )
    holder = "ul" if wrap == "li" else "div"
    page = document(f"<h1>{TITLE}</h1><{holder}>{slides}</{holder}>")
    found = article(page, "https://samachar.example.in/gallery/pul-184523")
    assert found.text.split("\n") == [part for pair in zip(heads, told, strict=True) for part in pair[head is None :]]


def test_entries_that_are_articles_have_their_introduction_before_them() -> None:
    intro = "पुल के उद्घाटन से जुड़ी हर खबर के लिए इस पन्ने पर बने रहें, समारोह सुबह दस बजे शुरू हुआ।"
    told = [line for i, line in enumerate(STORY) if i != SUBHEAD]
    entries = "".join(
        f"<article><div>{18 - i}:45</div><h3>समारोह का दौर {i}</h3><p>{told[i]}</p></article>" for i in range(5)
    )
    page = document(
        f"<main><h1>लाइव अपडेट्स: {TITLE}</h1><div><p>{intro}</p></div><div class='x7'>{entries}</div></main>"
    )
    lines = article(page).text.split("\n")
    assert lines == [intro, *(line for i in range(5) for line in (f"समारोह का दौर {i}", told[i]))]


def test_a_list_told_below_its_pictures_is_a_story_that_need_not_call_itself_a_gallery() -> None:
    told = [line for i, line in enumerate(STORY) if i != SUBHEAD]
    figures = "".join(
        f"<h2>{i}. घाट</h2><figure><img src='/{i}.jpg'><figcaption><p>{line}</p></figcaption></figure>"
        for i, line in enumerate(told, 1)
    )
    text = article(document(f"<article><h1>{TITLE}</h1><div>{figures}</div></article>")).text
    assert all(line in text for line in told)
    # Captions of teasers are none of the story, nor are those beside it.
    cards = "".join(
        f"<figure><a href='/{i}'><figcaption>{line}</figcaption></a></figure>" for i, line in enumerate(told)
    )
    assert article(document(f"<article><h1>{TITLE}</h1><p>{told[0]}</p></article><div>{cards}</div>")).text == told[0]
    beside = "".join(f"<figure><figcaption>{line}</figcaption></figure>" for line in told[2:])
    beside = document(f"<article><h1>{TITLE}</h1><p>{told[0]}</p><p>{told[1]}</p>{beside}</article>")
    assert article(beside).text.split("\n") == told[:2]


def asked_of(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[object]:
    """What a function of one argument is asked about from now on."""
    asked: list[object] = []
    told = getattr(module, name)

    def noting(box: object) -> object:
        asked.append(box)
        return told(box)

    monkeypatch.setattr(module, name, noting)
    return asked


def test_a_box_of_many_headings_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for each of 12,000 headings took nine seconds."""
    asked = asked_of(monkeypatch, before_story, "_is_told_in_lists")
    page = document(f"<article><h1>{TITLE}</h1><div>{'<h3>नया शीर्षक</h3>' * 30}</div>{blocks()}</article>")
    assert article(page).text.split("\n")[-len(STORY) :] == STORY
    assert len(asked) == len(set(asked)) > 0


@pytest.mark.parametrize(
    "line",
    ["सरपंच मीना देवी ने कहा: <a href='/1'>{}</a>", "सबसे सस्ता और टिकाऊ फोन: <a href='/1'>Udaharan Phone 12 Pro Max 5G</a>", "योजना की नई वेबसाइट: <a href='/1'>{}</a>",
     "अदालत का नया आदेश: <a href='/1'>{}।</a>", "बरसात में रास्ता बंद रहता है। <a href='/1'>{}।</a>", "बरसात में रास्ता बंद रहता है और <a href='/1'>{}</a>", "<blockquote>{}</blockquote>"],
)  # fmt: skip
def test_a_line_with_a_link_behind_a_colon_or_in_a_quote_of_its_own_stays(line: str) -> None:
    line = line.format(_OTHER)
    told = article(document(f"<article><h1>{TITLE}</h1>{blocks(after={1: f'<p>{line}</p>'})}</article>")).text
    assert line.partition(">")[2].partition("<")[0] in told


def test_short_answers_behind_a_label_of_teasers_stay() -> None:
    asked = [
        "सवाल 1: धारा नदी पर बना नया पुल कितना लंबा है?",
        "जवाब: यह 340 मीटर लंबा है।",
        "सवाल 2: इसे बनने में कितने साल लगे?",
        "जवाब: काम चार साल चला।",
    ]
    lines = "".join(f"<p>{line}</p>" for line in asked)
    label = '<div class="i1"><p>सबसे ज्यादा पढ़े गए</p></div>'
    page = f"<article><h1>{TITLE}</h1><p>{STORY[0]}</p><p>{STORY[1]}</p>{label}{lines}<p>{STORY[3]}</p></article>"
    assert article(document(page)).text.split("\n") == [*STORY[:2], *asked, STORY[3]]


def test_the_authors_name_alone_at_the_end_is_none_of_the_story() -> None:
    page = f"<article><h1>{TITLE}</h1><div>लेखक: मीना देवी</div>{blocks()}<p>मीना देवी</p></article>"
    assert article(document(page)).text.split("\n") == STORY
