# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""Story or not, with the right reason."""

from __future__ import annotations

import pytest

from newscrawl.items import Article, Reason, Reject
from tests.extraction.support import STORY, TITLE, blocks, document, outcome

_TEASERS = [(f"नगर निगम की बैठक में फैसला नंबर {n}, शहर में बदलेगी व्यवस्था", f"शहर के वार्ड {n} में सोमवार को हुई बैठक में अफसरों और पार्षदों ने मिलकर कई अहम फैसले लिए, जिनका असर अगले महीने से दिखेगा।") for n in range(8)]  # fmt: skip
_LISTING = "".join(
    f"<div class='m'><h3><a href='/{i}'>{t}</a></h3><div>{p}</div></div>" for i, (t, p) in enumerate(_TEASERS)
)


def _reason(html: str, **fields: str) -> Reason:
    found = outcome(html, **fields)
    assert isinstance(found, Reject), found
    return found.reason


def test_a_listing_is_told_by_its_teasers_not_only_by_its_address() -> None:
    assert _reason(document(f"<h1>नगर निगम</h1>{_LISTING}", title="नगर निगम")) == Reason.NOT_ARTICLE
    assert _reason(document(blocks()), url="https://samachar.example.in/tag/pul/") == Reason.NOT_ARTICLE
    assert _reason(document(blocks()), url="https://samachar.example.in/") == Reason.NOT_ARTICLE


def test_a_video_page_of_which_no_two_readings_agree_has_no_text_but_its_menus() -> None:
    words = " ".join(STORY).split()
    menu = "".join(f"<li><a href='/{n}'>{' '.join(words[3 * n : 3 * n + 2])}</a></li>" for n in range(30))
    heads = "".join(f"<li><a href='/k/{n}'>{' '.join(words[5 * n : 5 * n + 7])}</a></li>" for n in range(8))
    video = f"<div class='m3'><h1>{TITLE}</h1><div class='m4'>समाचार डेस्क</div><iframe src='/v'></iframe></div>"
    head = '<meta property="og:type" content="video.other">'
    html = document(
        f"<div class='m1'><ul>{menu}</ul></div><div class='m2'><b>अभी</b><ul>{heads}</ul></div>{video}", head
    )
    assert _reason(html) == Reason.NOT_ARTICLE


@pytest.mark.parametrize("address", ["epaper.example.in/edition/barauli/2026-11-14", "samachar.example.in/weather/bihar/barauli", "samachar.example.in/mausam/barauli/"])  # fmt: skip
def test_a_printed_page_and_a_towns_weather_are_told_by_their_address(address: str) -> None:
    assert _reason(document(f"<h1>{TITLE}</h1>{blocks()}"), url=f"https://{address}") == Reason.NOT_ARTICLE
    story = outcome(
        document(f"<h1>{TITLE}</h1>{blocks()}"), url="https://samachar.example.in/weather/barauli-me-ola-fasal"
    )
    assert isinstance(story, Article), story


def test_a_story_of_short_paragraphs_that_nothing_calls_one_is_one() -> None:
    lines = "".join(f"<p>{line}</p>" for line in (
        "धारा नदी का पानी सोमवार को खतरे के निशान से ऊपर पहुंच गया।", "तीन गांवों के लोग रात में ही ऊंची जगह पर चले गए।",
        "स्कूल की इमारत में दो सौ लोगों के रहने का इंतजाम है।", "अफसरों ने नाव से दवा और सूखा राशन पहुंचाया।", "बारिश बुधवार तक थमने के आसार हैं।",
    ))  # fmt: skip
    story = outcome(document(f"<article><h1>{TITLE}</h1>{lines}</article>"))
    assert isinstance(story, Article), story


@pytest.mark.parametrize("tag", ["li", "p", "h3", "div"])
def test_a_page_of_linked_headlines_is_no_story_though_a_feed_names_it(tag: str) -> None:
    links = "".join(f"<{tag}><a href='/desh/khabar-{n}'>{t}</a></{tag}>" for n, (t, _) in enumerate(_TEASERS * 4))
    found = outcome(document(f"<h1>{TITLE}</h1><div>{links}</div>"), announced=True)
    assert isinstance(found, Reject) and found.reason == Reason.NOT_ARTICLE
    told = outcome(document(f"<div>{links}</div><h1>{TITLE}</h1>{blocks()}"), announced=True)
    assert isinstance(told, Article) and told.text.split("\n") == STORY


def test_a_list_of_headlines_is_no_story() -> None:
    headlines = "".join(f"<p>{t}</p>" for t, _ in _TEASERS)
    assert _reason(document(f"<h1>बड़ी सुर्खियां</h1>{headlines}")) == Reason.NOT_ARTICLE


def test_a_story_without_a_single_danda_is_told_by_its_verbs() -> None:
    told = [line.rstrip("।").replace("।", ",") for line in STORY if line.endswith("।")]
    found = outcome(document(f"<h1>{TITLE}</h1>" + "".join(f"<p>{line[:90]} रही है</p>" for line in told)))
    assert isinstance(found, Article), found


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:type" content="video.other">',
        '<script type="application/ld+json">{"@type": "VideoObject", "name": "x"}</script>',
    ],
)
def test_a_video_page_with_a_caption_is_no_story(head: str) -> None:
    assert _reason(document(f"<h1>{TITLE}</h1><p>{STORY[0]}</p>", head=head)) == Reason.NOT_ARTICLE


@pytest.mark.parametrize(
    "text",
    [
        "क्षमा करें, यह पेज उपलब्ध नहीं है। आप जो पेज ढूंढ रहे हैं, वह हटा दिया गया है।",
        "Sorry, the page you are looking for does not exist. Page not found.",
    ],
)
def test_an_error_page_served_as_fine_is_an_error_page(text: str) -> None:
    assert _reason(document(f"<h1>404</h1><p>{text}</p>", title="404")) == Reason.ERROR_PAGE


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("नगर टाइम्स", "हमारी वेबसाइट पर इस समय सुधार हो रहा है और रखरखाव का काम चल रहा है। आप कुछ देर बाद फिर आइए, हमारी टीम काम में जुटी है और सेवाएं जल्दी ही पहले की तरह चालू कर दी जाएंगी।"),
        ("Under maintenance", "Our site is being improved right now. Please come again in a few minutes, thank you for your patience with us while the team works on it, and enjoy the other papers of the city meanwhile."),
        ("एक क्षण", "सत्यापित किया जा रहा है कि आप मानव हैं, इसमें कुछ सेकंड लग सकते हैं। आगे बढ़ने से पहले samachar.example.in को आपके कनेक्शन की सुरक्षा की समीक्षा करनी होगी। यह प्रक्रिया अपने आप पूरी होगी और आपको पन्ने पर ले जाया जाएगा।"),
        ("503", "The service is temporarily unavailable due to scheduled maintenance, and our team works to bring it back as fast as it can; thank you for your patience, and see you in a while on this page."),
    ],
)  # fmt: skip
def test_a_server_that_is_being_mended_tells_no_story_however_long(title: str, text: str) -> None:
    """Kind: an answer with status 200 that says nothing of the page. Taken for a story it would settle its URL."""
    assert _reason(document(f"<h1>{title}</h1><p>{text}</p>", title=title)) == Reason.ERROR_PAGE


def test_a_story_of_something_being_mended_stays_a_story() -> None:
    story = "रेलवे ने बताया कि पुल के रखरखाव का काम चल रहा है और यात्रियों को हुई असुविधा पर खेद जताया।"
    found = outcome(document(f"<article><h1>{TITLE}</h1>{blocks()}<p>{story}</p></article>"))
    assert isinstance(found, Article)


def test_a_page_that_asks_for_a_login_is_a_login_wall() -> None:
    asks = "<p>पूरी खबर पढ़ने के लिए लॉग इन करें या सदस्यता लें। पहले से सदस्य हैं? यहां लॉग इन करें।</p>"
    assert _reason(document(f"<h1>{TITLE}</h1>{asks}")) == Reason.LOGIN_WALL


def test_a_page_that_asks_for_consent_to_cookies_tells_no_story_and_one_that_does_keeps_it() -> None:
    asks = "<p>हम और हमारे साझेदार आपके उपकरण पर कुकीज जैसी जानकारी रखते हैं और उसका उपयोग विज्ञापन को आपके अनुसार बनाने के लिए करते हैं, जिसे आप जब चाहें बदल सकते हैं।</p>"
    assert _reason(document(f"<h1>हम आपकी निजता को महत्व देते हैं</h1>{asks}", title="उदाहरण")) == Reason.LOGIN_WALL
    assert isinstance(outcome(document(f"<h1>{TITLE}</h1><p>{STORY[0]}</p><p>{STORY[1]}</p>{asks}")), Article)


def test_a_story_that_quotes_an_error_or_a_login_stays_a_story() -> None:
    quote = "<p>यात्रियों के मुताबिक वेबसाइट पर बार-बार पेज उपलब्ध नहीं लिखा आता रहा और लॉग इन करें का संदेश दिखता रहा।</p>"
    assert isinstance(outcome(document(f"<h1>{TITLE}</h1>{blocks()}{quote}")), Article)


def test_a_story_of_one_paragraph_of_forty_words_is_kept() -> None:
    brief = " ".join(" ".join(STORY[:2]).split()[:40]) + "।"
    found = outcome(document(f"<h1>{TITLE}</h1><p>{brief}</p>"))
    assert isinstance(found, Article) and found.text == brief


@pytest.mark.parametrize("path", ["/tag/pul/", "/category/desh/slug-101", "/video/", "/topics/nadi/pul", "/search/pul"])
def test_the_sites_own_entry_has_the_last_word_on_an_address(path: str) -> None:
    story = document(f"<article><h1>{TITLE}</h1>{blocks()}</article>")
    address = f"https://samachar.example.in{path}"
    assert isinstance(outcome(story, url=address), Reject)
    assert isinstance(outcome(story, url=address, named=True), Article)


@pytest.mark.parametrize("path", ["/category/desh/slug-101", "/archive/2026/11/23/x.html", "/archives/x", "/topic/pul"])
@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle"}</script>',
        '<meta property="og:type" content="article">',
    ],
)
def test_what_the_page_says_outweighs_a_path_that_looks_like_a_section(path: str, head: str) -> None:
    story = document(f"<article><h1>{TITLE}</h1>{blocks()}</article>", head)
    assert isinstance(outcome(story, url=f"https://samachar.example.in{path}"), Article)


def test_captions_alone_are_too_short() -> None:
    assert (
        _reason(document(f"<article><h1>{TITLE}</h1><p>घाट पर सूर्योदय के समय जुटे लोग।</p></article>")) == Reason.TOO_SHORT
    )


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "The district library will stay open until midnight from Monday, officials said, after students asked for longer hours. Librarians will work in three shifts, and a guard will be posted at the gate all night."),
        ("mr", "शहरातील जुन्या बाजारपेठेत रविवारी सकाळपासून पाणीपुरवठा बंद राहणार असल्याची माहिती महापालिकेने दिली आहे. नागरिकांनी आदल्या दिवशीच पाण्याचा साठा करून ठेवावा, असे आवाहन करण्यात आले आहे."),
        ("ne", "काठमाडौं महानगरपालिकाले सोमबारदेखि फोहोर व्यवस्थापनको नयाँ नियम लागू गरेको छ। नगरवासीले कुहिने र नकुहिने फोहोर छुट्याएर राख्नुपर्ने भएको छ भने नियम नमान्नेलाई जरिवाना गरिने जनाइएको छ।"),
    ],
)  # fmt: skip
def test_other_languages_are_refused_by_their_code(code: str, text: str) -> None:
    found = outcome(document(f"<article><h1>{text[:40]}</h1><p>{text}</p></article>", title=text[:40]))
    assert isinstance(found, Reject)
    assert (found.reason, found.detail) == (Reason.WRONG_LANGUAGE, code)


def test_a_hindi_story_with_english_quotes_stays() -> None:
    quote = "<p>“This bridge is a lifeline for thirty villages,” the engineer told reporters in English.</p>"
    assert isinstance(outcome(document(f"<h1>{TITLE}</h1>{blocks(after={1: quote})}")), Article)


@pytest.mark.parametrize(
    ("kind", "title", "slug", "main"),
    [
        ("article", "मेले में फिल्म की लाइव स्क्रीनिंग, उमड़ी भीड़", "film-ki-live-screening-184523", ""),
        ("article", TITLE, "kab-aur-kahan-dekhen-live", ""),
        ("liveblog", f"LIVE: {TITLE}", "pul-par-live-khabar-184523", ""),
        ("liveblog", f"पुल पर लाइव: {TITLE}", "pul-live-184523", ""),
        ("liveblog", TITLE, "pul-live-updates-184523", ""),
        ("liveblog", "बरौली पुल LIVE Updates: आवाजाही शुरू", "barauli-pul-184523", ""),
        # Classes of a teaser and of a tag, and of the box that holds the entries.
        ("article", TITLE, "pul-184523", '<p class="label label-liveblog">आवाजाही शुरू</p>'),
        ("article", TITLE, "pul-184523", f'<div class="post tag-live-blogs">{"<p>आगे</p>" * 3}</div>'),
        (
            "liveblog",
            TITLE,
            "pul-184523",
            f'<div class="liveblog-list">{"".join(f"<p>{line}</p>" for line in STORY)}</div>',
        ),
    ],
)
def test_a_live_blog_says_so_as_a_label_not_as_a_word(kind: str, title: str, slug: str, main: str) -> None:
    html = document(f"<article><h1>{title}</h1>{blocks()}</article>{main}", title=title)
    found = outcome(html, url=f"https://samachar.example.in/desh/{slug}.html", announced=True)
    assert isinstance(found, Article) and found.kind == kind


@pytest.mark.parametrize(
    ("kind", "section"),
    [("opinion", "संपादकीय"), ("opinion", "सम्पादकीय"), ("opinion", "ब्लॉग"), ("article", "ब्लॉगर सम्मेलन")],
)
def test_a_story_in_the_section_of_opinions_is_one(kind: str, section: str) -> None:
    head = f'<meta property="article:section" content="{section}">'
    found = outcome(document(f"<article><h1>{TITLE}</h1>{blocks()}</article>", head))
    assert isinstance(found, Article) and found.kind == kind
