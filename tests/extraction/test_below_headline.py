# ruff: noqa: E501  # forms of markup read better whole
"""Who wrote it and when, in whatever way it is printed between headline and story: summary, picture, byline and date in
any order, in one element or several, with labels or without. The story keeps none of it.

What is put together here are forms, a few hundred of the tens of thousands that they give, by a seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

import pytest

from newscrawl.text.dates import IST
from tests.extraction.support import STORY, TITLE, article, blocks, document

_LONG = (
    "नदी पर बने नए पुल से तीस गांवों का रास्ता छोटा हुआ है और अब बरसात में भी लोग शहर तक आ जा सकेंगे, "
    "किसानों को मंडी पहुंचने में आधा समय लगेगा।"
)
_SHORT = "पुल से तीस गांवों को राहत मिली है।"
_SUMMARIES = ["", f"<h2>{_LONG}</h2>", f"<p>{_LONG}</p>", f"<div class='x1'>{_LONG}</div>", f"<h2>{_SHORT}</h2>", f"<p>{_SHORT}</p>"]  # fmt: skip
_PICTURES = [
    "",
    "<figure><img src='/p.jpg'><figcaption>पुल पर जुटे लोग</figcaption></figure>",
    "<div><img src='/p.jpg'></div>",
]
_NAMED = "<a href='/author/asha-verma'>आशा वर्मा</a>"
_BYLINES = [
    "आशा वर्मा", "लेखक: आशा वर्मा", "By आशा वर्मा", "रिपोर्ट: आशा वर्मा", _NAMED, f"By {_NAMED}", "आशा वर्मा, बरौली", "Written by आशा वर्मा",
    "Posted by: आशा वर्मा", "द्वारा आशा वर्मा", "संवाददाता: आशा वर्मा", "आशा वर्मा, वरिष्ठ संवाददाता", "Written by: आशा वर्मा | Edited by: रवि कुमार",
]  # fmt: skip
_DATES = [
    "14 नवंबर 2026, 10:40", "14 नवंबर 2026, सुबह 10:40 बजे", "Nov 14, 2026, 10:40 AM IST", "Updated: 14 Nov 2026 10:40 AM",
    "प्रकाशित: 14 नवंबर 2026 10:40", "14-11-2026 10:40", "शनिवार, 14 नवंबर 2026 10:40 AM", "१४ नवंबर २०२६, १०:४०",
    "Published on 14/11/2026 10:40", "14 नवंबर 2026, 10:40 | 3 मिनट में पढ़ें", "2026-11-14 10:40",
    "<time datetime='2026-11-14T10:40:00+05:30'>14 नवंबर</time>", "10:40 नवंबर 14, 2026",
]  # fmt: skip
_JOINED: list[Callable[[str, str], str]] = [
    lambda by, when: f"<div><span>{by}</span> <span>{when}</span></div>", lambda by, when: f"<p>{by} | {when}</p>",
    lambda by, when: f"<div>{by}</div><div>{when}</div>", lambda by, when: f"<ul><li>{by}</li><li>{when}</li></ul>",
    lambda by, when: f"<p>{by}<br>{when}</p>", lambda by, when: f"<div><span>{when}</span><span>{by}</span></div>",
    lambda by, when: f"<table><tr><td>{by}</td><td>{when}</td></tr></table>", lambda by, when: f"<div>{by} • {when}</div>",
]  # fmt: skip
_BUTTONS = ["", "<div><a href='#'>फेसबुक</a><a href='#'>ट्विटर</a><a href='#'>व्हाट्सएप</a></div>"]
_AROUND: list[Callable[[str, str], str]] = [
    lambda above, story: f"<article><h1>{TITLE}</h1>{above}{story}</article>",
    lambda above, story: f"<article><header><h1>{TITLE}</h1>{above}</header>{story}</article>",
    lambda above, story: f"<div><div><h1>{TITLE}</h1></div><div>{above}</div><div>{story}</div></div>",
]
_STORIES = [blocks(), blocks("div"), f"<div>{'<br><br>'.join(STORY)}</div>"]


@pytest.mark.parametrize("seed", range(6))
def test_date_and_author_are_read_in_any_order_and_the_story_has_none_of_them(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(50):
        line = draw.choice(_JOINED)(draw.choice(_BYLINES), draw.choice(_DATES)) + draw.choice(_BUTTONS)
        above = [draw.choice(_SUMMARIES), draw.choice(_PICTURES), line]
        draw.shuffle(above)
        html = document(
            draw.choice(_AROUND)("".join(above), draw.choice(_STORIES)), '<meta property="og:type" content="article">'
        )
        story = article(html)
        assert (story.published_at, story.authors) == (datetime(2026, 11, 14, 10, 40, tzinfo=IST), ("आशा वर्मा",)), html
        assert [told for told in story.text.split("\n") if told not in (_LONG, _SHORT)] == STORY, html
