# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""What the extraction tests share: a page from HTML, and a story of our own to put into layouts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from newscrawl.extraction.story import extract
from newscrawl.items import Article, Hint, Page, Reject, Signature

URL = "https://samachar.example.in/desh/nadi-par-pul-184523.html"
FETCHED = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
TITLE = "बरौली में नदी पर बना नया पुल, तीस गांवों का रास्ता अब दस किलोमीटर छोटा"
STORY = [
    "बरौली, संवाददाता। जिले की धारा नदी पर बने नए पुल से सोमवार सुबह आवाजाही शुरू हो गई। इसके साथ ही तीस गांवों के लोगों का जिला मुख्यालय तक का रास्ता करीब दस किलोमीटर छोटा हो गया है।",
    "लोक निर्माण विभाग के अभियंता हरिओम तिवारी ने बताया कि पुल 340 मीटर लंबा है और इसे बनाने में चार साल लगे। बाढ़ के दिनों में काम दो बार रोकना पड़ा था, इसलिए लागत भी बढ़ गई।",
    "किसानों को मिलेगी राहत",
    "सब्जी उगाने वाले किसानों का कहना है कि अब वे अपनी उपज एक घंटे में मंडी पहुंचा सकेंगे। पहले नाव के इंतजार में टमाटर और पालक रास्ते में ही खराब हो जाते थे।",
    "गांव की सरपंच मीना देवी ने कहा, “बरसात में हमारे बच्चे महीनों स्कूल नहीं जा पाते थे। अब यह मुश्किल खत्म हुई।” उन्होंने पुल पर रोशनी का इंतजाम करने की मांग भी रखी।",
    "प्रशासन ने भारी वाहनों के लिए फिलहाल रात का समय तय किया है। यातायात पुलिस के मुताबिक एक महीने बाद इस व्यवस्था की समीक्षा की जाएगी।",
]  # fmt: skip
SUBHEAD = 2


def page(html: str, url: str = URL, **fields: object) -> Page:
    """A fetched page of an example site."""
    return Page(
        discovered_url=url,
        url=url,
        site="samachar",
        fetched_at=FETCHED,
        status=200,
        body=html.encode(),
        content_type="text/html; charset=utf-8",
        **fields,  # type: ignore[arg-type]
    )


def sign(text: str) -> Signature:
    """A signature that costs nothing: these tests are not about duplicates."""
    return Signature(minhash=b"", keys=(), shingles=0)


def outcome(
    html: str, url: str = URL, hint: Hint | None = None, *, announced: bool = False, named: bool = False
) -> Article | Reject:
    """What extraction makes of a page."""
    return extract(page(html, url, hint=hint or Hint(), announced=announced, named=named), sign)


def article(html: str, url: str = URL, hint: Hint | None = None) -> Article:
    """The story of a page that must be one."""
    found = outcome(html, url, hint)
    assert isinstance(found, Article), found
    return found


def blocks(tag: str = "p", after: dict[int, str] | None = None) -> str:
    """The story as markup; `after[i]` is foreign markup behind block i."""
    return "\n".join(
        f"<{'h2' if i == SUBHEAD else tag}>{text}</{'h2' if i == SUBHEAD else tag}>{(after or {}).get(i, '')}"
        for i, text in enumerate(STORY)
    )


def document(main: str, head: str = "", title: str = f"{TITLE} | समाचार उदाहरण") -> str:
    """A whole page around `main`."""
    return f"<!doctype html><html lang='hi'><head><meta charset='utf-8'><title>{title}</title>{head}</head><body>{main}</body></html>"


def linked_data(**fields: object) -> str:
    """A script of JSON-LD that calls the page a news article."""
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields}, ensure_ascii=False)}</script>'


def story_page(head: str = "", byline: str = "", title: str = TITLE) -> str:
    """The story as a page: with what its head says, what stands below its headline, and its title element."""
    return document(f"<article><h1>{TITLE}</h1>{byline}{blocks()}</article>", head, title)
