# ruff: noqa: E501  # forms of markup read better whole
"""What stands between a story's paragraphs and below it goes, whatever it stands beside: no class names any of it.

What is put together here are forms, a few hundred of the many that they give, by a seed.
"""

from __future__ import annotations

import random

import pytest

from tests.extraction.support import STORY, SUBHEAD, TITLE, article, document

_HEADLINES = [
    "मंडी में प्याज की आवक बढ़ी, भाव गिरने से किसान परेशान", "पुराने बस अड्डे की जमीन पर बनेगा बाल उद्यान",
    "जिले के स्कूलों में सोमवार से नया समय लागू होगा", "हॉकी टीम ने पड़ोसी जिले को हराकर जीता कप",
]  # fmt: skip
_TEASERS = [
    "मंडी में इस हफ्ते प्याज की आवक दोगुनी हो गई जिससे थोक भाव पांच रुपये तक गिर गया है।",
    "नगर परिषद ने जमीन पर बच्चों के लिए उद्यान बनाने का प्रस्ताव पास कर दिया है।",
    "शिक्षा विभाग ने सर्दी को देखते हुए स्कूलों का समय एक घंटा आगे बढ़ा दिया है।",
]  # fmt: skip
_ABOUT = "आशा वर्मा पिछले दस साल से पत्रकारिता कर रही हैं और बरौली जिले की खबरें देखती हैं।"
_TIME = "<span>14 नवंबर 2026</span>"


def _to(number: int) -> str:
    return f"<a href='/desh/khabar-{number}-18450{number}.html'>{_HEADLINES[number]}</a>"


def _list(*numbers: int) -> str:
    return f"<ul>{''.join(f'<li>{_to(number)}</li>' for number in numbers)}</ul>"


def _cards(behind: list[str], tag: str = "h4") -> str:
    return "".join(f"<div><{tag}>{_to(at)}</{tag}>{text}</div>" for at, text in enumerate(behind))


_BETWEEN = [
    "", f"<p><strong>ये भी पढ़ें: </strong>{_to(0)}</p>", f"<p>यह भी पढ़ें - {_to(1)}</p>", f"<p>{_to(2)}</p>", f"<p><strong>{_to(3)}</strong></p>",
    f"<div class='k1'><h4>संबंधित खबरें</h4>{_list(0, 1)}</div>", f"<div class='k1'>{_list(0, 1, 2)}</div>", "<div class='k2'>विज्ञापन</div>",
    "<figure><img src='/p.jpg'><figcaption>पुल पर जुटे लोग</figcaption></figure>", "<p><img src='/p.jpg'><br><em>पुल पर जुटे लोग (फोटो: रवि कुमार)</em></p>",
    f"<div class='k3'><a href='/desh/khabar-9.html'><img src='/t.jpg'><h3>{_HEADLINES[3]}</h3></a></div>", f"<div class='k3'><h5>{_to(1)}</h5><p>{_TEASERS[1]}</p></div>",
    "<p>ताजा खबरों के लिए हमारे व्हाट्सएप चैनल से जुड़ें</p>", "<div class='k4'><span>खबरें और भी हैं, ऐप पर पढ़ें</span> <a href='/app'>डाउनलोड करें</a></div>",
    "<div class='k5'><form><label>न्यूजलेटर पाएं</label><input type='email'><button>सब्सक्राइब</button></form></div>", f"<blockquote><p>{STORY[1]}</p></blockquote>",
]  # fmt: skip
_BELOW = [
    "", "<div class='k6'><a href='/tag/pul'>पुल</a> <a href='/tag/nadi'>नदी</a></div>", "<p>#पुल #बरौली #नदी</p>", "<div class='k7'><span>शेयर करें:</span><a href='#'>फेसबुक</a></div>",
    f"<div class='k8'><img src='/a.jpg'><h4>आशा वर्मा</h4><p>{_ABOUT}</p></div>", f"<div class='k8'><h4>लेखक के बारे में</h4><p>{_ABOUT}</p></div>",
    f"<div class='k9'><h3>संबंधित खबरें</h3>{_list(0, 1, 2, 3)}</div>", f"<div class='k9'><h3>और खबरें</h3>{_cards([f'<p>{text}</p>' for text in _TEASERS])}</div>",
    f"<div class='k9'>{_cards([f'<p>{text}</p>' for text in _TEASERS])}</div>", f"<div class='k9'><h3>ताजा खबरें</h3>{_cards([_TIME] * 3)}</div>",
    "<div class='k10'><h3>टिप्पणियां (2)</h3><div><b>सुरेश</b><p>बहुत अच्छी खबर है, हमारे गांव के लोगों को इससे फायदा होगा।</p></div></div>",
    "<p>डिस्क्लेमर: यह खबर एजेंसी की फीड से ली गई है, समाचार उदाहरण ने इसमें कोई बदलाव नहीं किया है।</p>",
    f"<div class='k11'><span>अगला लेख</span><h3>{_to(2)}</h3></div>", "<p>First Published: Nov 14, 2026, 10:40 AM IST</p>",
    "<div class='k12'><p>क्या आपको लगता है कि पुल से फायदा होगा?</p><button>हां</button><button>नहीं</button></div>",
    "<div class='k13'><a href='/about'>हमारे बारे में</a><p>© 2026 समाचार उदाहरण। सर्वाधिकार सुरक्षित।</p></div>",
]  # fmt: skip
_HEAD = '<meta name="author" content="आशा वर्मा"><meta property="og:type" content="article"><meta property="article:published_time" content="2026-11-14T10:40:00+05:30">'


@pytest.mark.parametrize("seed", range(6))
def test_nothing_between_its_paragraphs_or_below_is_told_with_a_story_and_nothing_of_it_is_lost(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(50):
        form = draw.choice(["<p>{}</p>", "<div>{}</div>", "{}<br><br>"])
        written = [(form if at != SUBHEAD else "<h2>{}</h2>").format(line) for at, line in enumerate(STORY)]
        for between in draw.choices(_BETWEEN, k=draw.choice([0, 1, 1, 2])):
            written.insert(draw.randrange(1, len(written)), between)
        told, below = "".join(written), "".join(draw.choices(_BELOW, k=draw.choice([1, 2, 3])))
        html = draw.choice(
            [
                f"<main><article><h1>{TITLE}</h1><div>{told}</div></article>{below}</main>",
                f"<div class='q1'><h1>{TITLE}</h1><div class='q2'>{told}</div><div class='q3'>{below}</div></div>",
                f"<div class='q1'><h1>{TITLE}</h1>{told}{below}</div>",
            ]
        )
        assert article(document(html, _HEAD)).text.split("\n") == STORY, html
