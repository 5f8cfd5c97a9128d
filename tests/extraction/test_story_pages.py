# ruff: noqa: E501  # HTML and Hindi sentences read better whole
"""A story of several pages is one; what has pages of another kind, or names the next story, is not joined."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newscrawl.extraction.story import extract, place
from newscrawl.items import Article, LaterPage, Place
from tests.extraction.support import STORY, TITLE, document, page, sign

SITE = "https://samachar.example.in"
URL = f"{SITE}/desh/nadi-par-pul-184523.html"
MORE = [
    "पुल के दोनों ओर की सड़क का काम अभी बाकी है और विभाग ने इसके लिए अगले साल मार्च तक का समय मांगा है।",
    "नाव चलाने वाले मल्लाहों ने काम छिनने की बात कही, जिस पर जिलाधिकारी ने उन्हें पर्यटन की योजना में जोड़ने का भरोसा दिया।",
]  # fmt: skip
FOREIGN = [
    "नगर की हॉकी टीम ने रविवार को खेले गए मुकाबले में पड़ोसी जिले को दो गोल से हराकर कप अपने नाम किया।",
    "कोच रमेश टोप्पो ने कहा कि खिलाड़ियों ने पूरे सत्र मेहनत की और इसी का फल मिला, अब नजर राज्य स्तर पर है।",
]  # fmt: skip


def written(lines: list[str], title: str = TITLE, head: str = "", behind: str = "") -> str:
    marked = '<meta property="og:type" content="article"><meta property="article:published_time" content="2026-11-14T10:00:00+05:30">'
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    return document(
        f"<article><h1>{title}</h1>{paragraphs}</article>{behind}", head + marked, f"{title} | समाचार उदाहरण"
    )


def later(url: str, html: str) -> LaterPage:
    return LaterPage(url=url, body=html.encode(), content_type="text/html")


@pytest.mark.parametrize(
    ("url", "link", "following"),
    [
        (URL, '<link rel="next" href="?page=2">', f"{URL}?page=2"),
        (URL, f'<link rel="next" href="{URL}/2">', f"{URL}/2"),
        (f"{SITE}/lambi-kahani-nadi-par/", '<a href="/lambi-kahani-nadi-par/2/">2</a>', f"{SITE}/lambi-kahani-nadi-par/2/"),
        (f"{SITE}/lambi-kahani-nadi-par/", '<a href="2/"><span>२</span></a>', f"{SITE}/lambi-kahani-nadi-par/2/"),
        (f"{SITE}/story.php?id=7", '<a href="story.php?page=2&amp;id=7">आगे पढ़ें</a>', f"{SITE}/story.php?page=2&id=7"),
        (f"{URL}?page=2", '<a class="pager" href="?page=3">Next ›</a>', f"{URL}?page=3"),
    ],
)  # fmt: skip
def test_the_next_page_is_one_that_differs_by_its_number_alone(url: str, link: str, following: str) -> None:
    assert place(page(written(STORY, behind=link), url)).following == following


@pytest.mark.parametrize(
    ("url", "link"),
    [
        (URL, '<link rel="next" href="/desh/mandi-mein-dharna-184524.html">'),  # the next story
        (URL, '<link rel="next" href="?page=3">'),
        (URL, '<link rel="next" href="https://other.example.in/desh/nadi-par-pul-184523.html?page=2">'),
        (URL, '<a href="?page=2#comments">2</a>'),
        (URL, '<div id="comments"><ul><li><a rel="next" href="?page=2">अगला</a></li></ul></div>'),
        (URL, f'<link rel="next" href="{URL}/comment-page-2/">'),
        (URL, '<a href="?page=2">नदी पर पुल बनने के बाद गांवों में क्या बदला, पढ़ें</a>'),
        (f"{SITE}/desh/", '<link rel="next" href="?page=2">'),  # a listing
        (f"{SITE}/photo-gallery/nadi-par-pul-184523/", '<link rel="next" href="2/">'),
        (f"{SITE}/videos/nadi-par-pul-184523.html", '<link rel="next" href="?page=2">'),
    ],
)
def test_what_has_pages_of_another_kind_names_no_next_page(url: str, link: str) -> None:
    html = written(STORY, behind=link)
    if url.endswith("/desh/"):
        html = html.replace("article:published_time", "x")
    assert place(page(html, url)) == Place()


def test_a_later_page_names_its_first() -> None:
    for head in ("", f'<link rel="canonical" href="{URL}">', f'<link rel="prev" href="{URL}">'):
        link = "" if head else f'<a href="{URL}">1</a> 2 <a href="{URL}?page=3">3</a>'
        assert place(page(written(MORE, head=head, behind=link), f"{URL}?page=2")).first == URL


@pytest.mark.parametrize(
    ("url", "before"),
    [
        (f"{SITE}/rashifal/2026/11/14/", f"{SITE}/rashifal/2026/11/13/"),
        (f"{SITE}/rashifal/2026/nov/14", f"{SITE}/rashifal/2026/nov/13"),
        (f"{SITE}/patrika/2026/11", f"{SITE}/patrika/2026/10"),
        (f"{SITE}/kahani/27/", f"{SITE}/kahani/13/"),
        (f"{SITE}/patrika/2026/11/4/", f"{SITE}/patrika/2026/11/3/"),
        (f"{SITE}/kahani/27/", f"{SITE}/kahani/28/"),
    ],
)
def test_a_day_in_the_address_and_another_number_are_no_page_of_the_story(url: str, before: str) -> None:
    for link in (f'<link rel="prev" href="{before}">', f'<a href="{before}">« पिछला अंक</a>'):
        assert place(page(written(STORY, behind=link), url)).first is None
        assert isinstance(extract(page(written(STORY, behind=link), url), sign), Article)


def test_a_numbered_part_of_a_serial_links_to_the_part_before_and_is_a_story() -> None:
    url, link = f"{SITE}/kahani/27/", f'<a href="{SITE}/kahani/26/">« पिछला भाग</a>'
    assert place(page(written(STORY, behind=link), url)).first is None


def test_pages_are_joined_in_order_into_one_article() -> None:
    first = page(written(STORY[:3]))
    pages = (
        later(f"{URL}?page=2", written(STORY[3:], f"{TITLE} - पेज 2")),
        # Each page repeats the lead.
        later(f"{URL}?page=3", written([STORY[0], *MORE], "पुल", head=f'<link rel="canonical" href="{URL}">')),
    )
    alone, whole = extract(first, sign), extract(replace(first, later=pages), sign)
    assert isinstance(alone, Article) and isinstance(whole, Article)
    assert whole.text.split("\n") == [*STORY, *MORE] and whole.joined == 2
    assert (whole.canonical_url, whole.title, whole.url) == (alone.canonical_url, alone.title, URL)
    assert extract(page(written([*STORY, *MORE])), sign).text == whole.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "other",
    [
        written(FOREIGN, "नगर की टीम ने जीता हॉकी का कप"),  # the next story
        written(STORY),  # a site that knows no pages
        written([*STORY, "बहुत अच्छी खबर, हमारे गांव को भी इसका फायदा मिलेगा।"]),  # pages of readers' comments
        "",
    ],
)
def test_what_is_no_page_of_the_story_is_not_joined_nor_what_comes_behind_it(other: str) -> None:
    first = page(written(STORY))
    pages = (later(f"{URL}?page=2", other), later(f"{URL}?page=3", written(MORE)))
    found = extract(replace(first, later=pages), sign)
    assert found == extract(first, sign) and isinstance(found, Article) and found.joined == 0


def test_a_short_first_page_is_a_story_with_those_behind_it() -> None:
    first = page(written(["बरौली में पुल खुला।"]).replace('content="article"', 'content=""'))
    found = extract(replace(first, later=(later(f"{URL}?page=2", written(STORY)),)), sign)
    assert isinstance(found, Article) and found.text.endswith(STORY[-1])
