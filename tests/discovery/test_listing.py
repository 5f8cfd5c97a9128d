"""A link is judged with the others of its list: a card of a story, or a line of a menu."""

from __future__ import annotations

import pytest

from newscrawl.discovery.links import Loss
from newscrawl.discovery.sections import parse_section

SITE = "https://a.example"
HEADLINES = [
    "जलाशय की सफाई का काम कल से शुरू होगा", "मेला इस बार तीन दिन पहले लगेगा, तैयारी पूरी",
    "पुल पर भारी वाहनों की आवाजाही फिर बंद", "स्कूल में नई कक्षाओं के लिए आवेदन शुरू",
]  # fmt: skip
NAMES = ["safai", "mela", "pul", "school"]
LABEL = "छापा"
SLUG = "yuva-desh-ki-nai-taqat-aur-udaan"
SECTIONS = {"desh": "देश", "khel": "खेल", "rajya": "राज्य", "manoranjan": "मनोरंजन", "vyapar": "व्यापार"}


def taken(body: str, at: str = "/") -> list[str]:
    """Paths that are taken for articles' of a page with this body."""
    return [url.removeprefix(SITE) for url in parse_section(f"<html><body>{body}", SITE + at).articles]


def cards(names: list[str], headlines: list[str], folder: str = "/posts/", tag: str = "h2") -> str:
    return "".join(
        f'<div class="post-{number} card"><{tag}><a href="{folder}{name}">{headline}</a></{tag}></div>'
        for number, (name, headline) in enumerate(zip(names, headlines, strict=True))
    )


def menu(before: str = "<div>", after: str = "</div>", **more: str) -> str:
    links = "".join(f'<li><a href="/{name}/">{label}</a></li>' for name, label in (SECTIONS | more).items())
    return f"{before}<ul>{links}</ul>{after}"


def test_of_a_list_of_headlines_a_story_with_a_short_address_and_a_short_name_is_one_too() -> None:
    body = menu() + cards([*NAMES, "holi"], [*HEADLINES, "होली विशेष"])
    assert taken(body) == [f"/posts/{name}" for name in (*NAMES, "holi")]


@pytest.mark.parametrize("numbers", [["7", "84", "412", "6003"], ["90210", "90211", "90212", "90213"]])
def test_numbers_in_the_archives_of_wordpress_are_posts_and_periods_are_none(numbers: list[str]) -> None:
    body = menu() + cards(numbers, HEADLINES, "/archives/")
    periods = ["2026", "202611", "20261128", "category/desh", "date/2026/11"]
    links = "".join(
        f'<li><a href="/archives/{period}">{headline}</a></li>'
        for period, headline in zip(periods, [*HEADLINES, HEADLINES[0]], strict=True)
    )
    assert taken(body + links) == [f"/archives/{number}" for number in numbers if len(number) > 1]


def test_in_headings_names_of_four_words_make_a_list_and_elsewhere_they_do_not() -> None:
    names = ["मेले की पूरी तैयारी", "पुल फिर बंद रहेगा", "नई कक्षाओं के आवेदन"]
    assert len(taken(cards(NAMES[:3], names))) == 3
    assert not taken(cards(NAMES[:3], names, tag="span"))


def test_two_links_make_no_list() -> None:
    assert not taken(cards(NAMES[:2], HEADLINES[:2]))


def test_what_is_in_a_menu_too_is_no_story_of_a_list() -> None:
    names = [f"{name}/" for name in NAMES]
    assert taken(cards(names, HEADLINES, folder="/")) == ["/safai/", "/mela/", "/pul/", "/school/"]
    body = menu("<nav>", "</nav>", mela="मेला") + cards(names, HEADLINES, folder="/")
    assert taken(body) == ["/safai/", "/pul/", "/school/"]


MARKS = [
    ("<nav>", "</nav>"), ("<header>", "</header>"), ("<footer>", "</footer>"), ('<div role="navigation">', "</div>"),
    ('<div class="main-menu">', "</div>"), ('<div id="footer">', "</div>"),
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS, ids=[before for before, _ in MARKS])
def test_a_long_name_in_a_menu_is_a_sections(mark: tuple[str, str]) -> None:
    link = f'<a href="/{SLUG}/">युवा विशेष</a>'
    assert taken(f"<p>{link}</p>") == [f"/{SLUG}/"]
    assert not taken(f"{mark[0]}{link}{mark[1]}")


def test_a_list_of_labels_with_short_addresses_is_a_menu_though_nothing_says_so() -> None:
    assert not taken(menu(**{SLUG: "युवा विशेष"}))


def test_a_headline_in_a_menu_leads_to_a_story() -> None:
    assert taken(menu("<nav>", "</nav>", **{"mela-laga": HEADLINES[1]})) == ["/mela-laga/"]


def test_a_cards_own_header_and_footer_are_no_menu() -> None:
    card = f'<header>मेला</header><footer><a href="/{SLUG}">और पढ़ें</a></footer>'
    assert taken(f"<article>{card}</article>") == [f"/{SLUG}"]
    assert not taken(f"<div>{card}</div>")


@pytest.mark.parametrize("mark", ["nav", "footer"])
def test_in_a_menu_a_short_name_with_a_number_is_no_story_and_a_headlines_slug_is_one(mark: str) -> None:
    story = f'<a href="/{SLUG}-471040.html">युवा</a>'
    imprint = '<a href="/chhapa-471039.html">{}</a>'
    assert taken(f"<{mark}>{imprint.format(LABEL)}{story}</{mark}>") == [f"/{SLUG}-471040.html"]
    assert taken(f"<{mark}>{imprint.format(HEADLINES[0])}</{mark}>") == ["/chhapa-471039.html"]
    assert taken(f"<p>{imprint.format(LABEL)}</p>") == ["/chhapa-471039.html"]


def test_a_slug_of_eight_words_is_a_storys_wherever_it_stands() -> None:
    slug = "shahar-ke-mele-mein-is-baar-nai-dukanen"
    assert taken(f'<nav><a href="/{slug}/">मेला</a></nav>') == [f"/{slug}/"]


def test_a_header_that_is_not_closed_marks_no_menu() -> None:
    story = f'<p><a href="/{SLUG}">युवा</a>'
    assert f"/{SLUG}" in taken(f"<header>{menu()}{cards(NAMES, HEADLINES)}{story}")
    assert f"/{SLUG}" not in taken(f"<header>{menu()}{story}</header>{cards(NAMES, HEADLINES)}")


def test_a_numbered_section_is_told_from_a_numbered_story_by_what_it_is_called() -> None:
    links = [
        ("/category/mela-2135219", "मेला"), ("/category/mela-2135220", HEADLINES[1]), ("/suchi?section=2135207", "खेल"),
        ("/suchi?section=2135208", HEADLINES[2]), ("/khabar?id=2135209", "पुल"),
    ]  # fmt: skip
    assert taken("".join(f'<p><a href="{path}">{label}</a></p>' for path, label in links)) == [
        "/category/mela-2135220", "/suchi?section=2135208", "/khabar?id=2135209",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["dal-aur-cookies", "photos-mein-mela", "mela"])
def test_what_stands_in_a_days_folder_is_a_story_whatever_it_is_called(name: str) -> None:
    assert taken(f'<p><a href="/2026/11/20/{name}/">मेला</a></p>') == [f"/2026/11/20/{name}/"]


_ACTIONS = [
    "?share=facebook", "?share=whatsapp&nb=1", "?replytocom=12", "?print=1", "?action=print", "print/", "email/",
    "feed/", "trackback/", "comment-page-2/", "?tmpl=component&print=1&layout=default", "?format=pdf", "whatsapp",
    "/PrintNews.aspx?id=88123", "/sendtofriend.php?id=88123", "/?option=com_content&view=category&id=12345",
    "/epaper/edition/88123/raipur", "/web-story/mela-88123",
]  # fmt: skip


@pytest.mark.parametrize("action", _ACTIONS)
def test_to_share_print_or_answer_a_story_is_no_story(action: str) -> None:
    page = "/2026/11/12/nadi-par-pul-bana-ab-raasta-chhota/"
    assert taken("".join(f'<p><a href="{page}{to}">{HEADLINES[2]}</a></p>' for to in ("", action))) == [page]


@pytest.mark.parametrize(
    "path", ["/desh/print-media-ki-nayi-niti-1234", "/2026/11/12/facebook-par-rok", "/desh/?id=88&nid=print"]
)
def test_a_story_about_print_is_one(path: str) -> None:
    assert taken(f'<p><a href="{path}">{HEADLINES[0]}</a></p>') == [path]


def test_a_short_address_of_a_menu_is_a_section_where_a_card_has_it_too() -> None:
    card = '<div class="x"><h2><a href="/{}/">{}</a></h2></div>'
    for name, is_story in (("mela-laga", False), ("shahar-ka-mela-kal-se", True)):
        assert taken(card.format(name, HEADLINES[0])) == [f"/{name}/"]
        both = f'<nav><a href="/{name}/">मेला</a></nav>{card.format(name, "शहर का मेला कल से शुरू")}'
        assert taken(both) == ([f"/{name}/"] if is_story else [])


def test_a_story_folder_may_have_an_archive_in_it_and_a_live_story_a_drawn_name() -> None:
    links = [("/article/archive/mela-laga/", "मेला"), ("/news/live/cz0g2yg3579t", HEADLINES[0]), ("/live/khel", "खेल")]
    assert taken("".join(f'<p><a href="{path}">{label}</a></p>' for path, label in links)) == [
        "/article/archive/mela-laga/", "/news/live/cz0g2yg3579t",
    ]  # fmt: skip


def test_a_page_of_more_links_than_are_looked_at_may_have_no_article() -> None:
    found = parse_section("".join(f'<a href="/{number}/">क</a>' for number in range(100, 5_200)), f"{SITE}/")
    assert not found.articles and found.left_out == {Loss.CUT: 100}
