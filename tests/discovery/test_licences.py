"""The terms of RSL licences, in the forms that the specification and its drafts have them."""

from __future__ import annotations

import pytest

from newscrawl.discovery.licences import USES, read_feed, read_rsl, terms_of
from newscrawl.discovery.robots_rules import Rules, groups_of
from newscrawl.discovery.signals import licences_in_robots
from newscrawl.fetching.optout import head_licences

HOST = "khabar.example"
ALL = set(USES)
AI = ALL - {"search"}


def document(*contents: str, namespace: str = "https://rslstandard.org/rsl") -> bytes:
    return f'<?xml version="1.0"?>\n<rsl xmlns="{namespace}">{"".join(contents)}</rsl>'.encode()


def content(*licences: str, url: str = "/", more: str = "") -> str:
    return f'<content url="{url}"{more}>{"".join(f"<license>{inner}</license>" for inner in licences)}</content>'


def permits(words: str, kind: str = "usage") -> str:
    return f'<permits type="{kind}">{words}</permits>'


def prohibits(words: str, kind: str = "usage") -> str:
    return f'<prohibits type="{kind}">{words}</prohibits>'


def refused(body: bytes, path: str = "/desh/khabar-1", host: str = HOST) -> set[str]:
    rules = terms_of(read_rsl(body), host)
    return {kind.removeprefix("rsl:") for kind, r in rules.items() if not r.can_fetch(f"https://{host}{path}", "x")}


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        # The specification's: no use for machines that learn; search alone; all, for a payment; for a mention.
        (prohibits("ai-all"), AI),
        (permits("search"), AI),
        (permits("all") + '<payment type="subscription"><amount currency="USD">99.99</amount></payment>', ALL),
        (permits("ai-all") + "<payment><standard>https://rslcollective.org/license</standard></payment>", ALL),
        (permits("all") + '<payment type="attribution"><standard>https://c.example/by</standard></payment>', set()),
        (permits("all") + '<payment type="free"/>', set()),
        (permits("all") + "<payment/>", set()),
        (permits("search") + '<payment type="crawl"><amount currency="USD">0.015</amount></payment>', ALL),
        # A list is closed, and what is prohibited is not permitted by another word.
        (permits("search ai-input"), {"ai-index", "ai-train"}),
        (permits("all") + prohibits("ai-train"), {"ai-train"}),
        (prohibits("search"), {"search"}),
        (prohibits("all"), ALL),
        ("", set()),
        (permits(""), ALL),
        (permits("teleportation"), ALL),
        (prohibits("teleportation"), set()),
        # For some of us, or in some countries, is not for whoever reads the archive.
        (permits("all") + permits("non-commercial education", "user"), ALL),
        (permits("all") + permits("commercial non-commercial education government personal", "user"), set()),
        (permits("all") + permits("in np", "geo"), ALL),
        (permits("all") + prohibits("us", "geo"), ALL),
        (permits("all") + prohibits("commercial", "user"), ALL),
        # Of the drafts: commas, other words.
        (permits("search,ai-input") + prohibits("train-ai, train-genai"), {"ai-index", "ai-train"}),
        (prohibits("train-ai"), {"ai-train"}),
        (prohibits("ai-summarize"), {"ai-input"}),
        # A comment is no word.
        (permits("search<!-- ai-train -->"), AI),
    ],
)
def test_what_a_licence_does_not_grant_to_everyone_is_refused(licence: str, expected: set[str]) -> None:
    assert refused(document(content(licence))) == expected


def test_several_licences_are_offers_of_which_one_is_enough() -> None:
    free = permits("search ai-input") + '<payment type="free"/>'
    paid = permits("ai-train") + '<payment type="training"><custom>mailto:a@khabar.example</custom></payment>'
    assert refused(document(content(free, paid))) == {"ai-index", "ai-train"}
    credit = permits("ai-train") + '<payment type="attribution"/>'
    assert refused(document(content(free, credit))) == {"ai-index"}


def test_a_server_that_gives_out_licences_must_be_asked_even_for_a_free_one() -> None:
    assert refused(document(content(permits("all"), more=' server="https://api.rslcollective.org"'))) == ALL


def test_of_several_assets_the_one_of_the_longest_path_counts() -> None:
    body = document(
        content(prohibits("ai-all")),
        content(permits("all"), url="/khula/"),
        content(prohibits("ai-train"), url="/khula/*-taza$"),
        content(prohibits("search"), url="*.pdf"),
        '<content url="/bina-shart/"/>',
    )
    assert refused(body) == AI and refused(body, "/khula/1") == set()
    assert refused(body, "/khula/1-taza") == {"ai-train"} and refused(body, "/khula/1-taza2") == set()
    assert refused(body, "/a.pdf") == {"search"} and refused(body, "/bina-shart/1") == set()
    assert refused(document(content(prohibits("ai-all"), url="/khel/")), "/desh/1") == set(), (
        "of others it says nothing"
    )


def test_of_two_assets_with_one_path_the_stricter_terms_count() -> None:
    body = document(content(permits("all")), content(prohibits("ai-train")))
    assert refused(body) == {"ai-train"} == refused(document(content(prohibits("ai-train")), content(permits("all"))))


def test_a_whole_url_is_about_its_host_alone() -> None:
    body = document(
        content(prohibits("all"), url=f"https://{HOST}/desh/*"), content(prohibits("all"), url="https://b.example")
    )
    assert refused(body) == ALL and refused(body, "/khel/1") == set()
    assert refused(body, "/x", "b.example") == ALL and refused(body, "/x", "c.example") == set()


def test_a_feed_may_carry_licences() -> None:
    body = (
        '<rss xmlns:rsl="https://rslstandard.org/rsl" version="2.0"><channel><item><title>a</title>'
        f'<rsl:content url="https://{HOST}/desh/khabar-1"><rsl:license>'
        '<rsl:prohibits type="usage">ai-all</rsl:prohibits></rsl:license></rsl:content></item></channel></rss>'
    ).encode()
    assert refused(body) == AI and refused(body, "/else") == set()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no XML"),
        (b"\xff\xfe\x00garbage", "no XML"),
        (b"<rsl xmlns='https://rslstandard.org/rsl'><content url='/'>", "no XML"),
        (b"<html><body>not here</body></html>", "no RSL"),
        (document(), "no RSL"),
        (document(content(prohibits("all")), namespace="https://else.example/rsl"), "no RSL"),
        (b"<a>" * 100_000, "no XML"),
    ],
)
def test_what_is_no_licence_says_so(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_rsl(body)


def with_entities(words: str, *more: str) -> bytes:
    declared = "".join(['<!ENTITY e0 "ai-all">', '<!ENTITY host SYSTEM "file:///etc/hostname">', *more])
    return (
        f'<!DOCTYPE rsl [{declared}]><rsl xmlns="https://rslstandard.org/rsl">{content(permits(words))}</rsl>'.encode()
    )


def test_entities_are_not_expanded_and_no_file_is_opened() -> None:
    assert refused(with_entities("&e0; &host;")) == ALL, "a word that is not there permits nothing"
    bomb = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12)]
    with pytest.raises(ValueError, match="no XML"):
        read_rsl(with_entities("&e11;", *bomb))


def test_paths_that_are_none_and_contents_without_end_are_left_out() -> None:
    assert read_rsl(
        document(content(prohibits("all"), url="desh"), content(prohibits("all"), url="/a b"), content(""))
    ) == [(None, "/", frozenset())]
    assert len(read_rsl(document(*(content(prohibits("all"), url=f"/{n}/") for n in range(1_200))))) == 1_000


@pytest.mark.parametrize("nowhere", ["http://[", "https://ａ.example℀/x"])
def test_an_asset_that_is_nowhere_costs_itself(nowhere: str) -> None:
    body = document(content(prohibits("all"), url=nowhere), content(prohibits("ai-train"), url="/desh/"))
    assert refused(body) == {"ai-train"}


ROBOTS = """License: https://a.example/all.xml

User-agent: *
Disallow: /x

User-agent: ExampleBot
License: https://a.example/bot.xml
License: /more.xml
"""


@pytest.mark.parametrize(
    ("robots", "agent", "expected"),
    [
        (ROBOTS, "newscrawl", ["https://a.example/all.xml"]),
        (ROBOTS, "ExampleBot", ["https://a.example/bot.xml", "/more.xml"]),
        ("License: /l.xml\nUser-agent: newscrawl\nDisallow: /x\n", "newscrawl", ["/l.xml"]),
        ("License: /l.xml\nUser-agent: other\nDisallow: /x\n", "newscrawl", ["/l.xml"]),
        ("License: /l.xml\n", "newscrawl", ["/l.xml"]),
        ("User-agent: other\nLicense: /l.xml\n", "newscrawl", []),
        ("User-agent: *\nLicense:\n", "newscrawl", []),
    ],
)
def test_a_licence_of_the_own_group_counts_else_the_one_before_all(
    robots: str, agent: str, expected: list[str]
) -> None:
    named = licences_in_robots(groups_of(robots, "https://a.example"))
    assert [url for url, rules in named.items() if not rules.can_fetch("https://a.example/desh/1", agent)] == expected


def test_a_head_names_licences_or_holds_them() -> None:
    rsl = b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/a"><license/></content></rsl>'
    script = b'<script type="application/rsl+xml">\n<?xml version="1.0"?>'
    head = (
        b'<LINK REL="License" TYPE="application/rsl+xml" HREF="/Terms?a=1&amp;b=2"><link rel=license href=/for-people>'
    )
    urls, assets = head_licences(head + script + rsl + b"</script>" + script + b"none</script>" + script + rsl)
    assert urls == ["/Terms?a=1&b=2"]
    assert assets == read_rsl(rsl), "one that is no document, and one without an end, have no terms"


def test_a_head_names_no_licence_in_a_comment_and_may_shout() -> None:
    rsl = b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/a"><license/></content></rsl>'
    assert head_licences(b'<!-- <script type="application/rsl+xml">' + rsl + b"</script> -->") == ([], [])
    assert head_licences(b'<SCRIPT TYPE="Application/RSL+XML">' + rsl + b"</SCRIPT>") == ([], read_rsl(rsl))


def test_an_asset_without_an_address_is_all_that_the_licence_is_given_to() -> None:
    body = document(content(prohibits("ai-train"), url=""), content(permits("all"), url="/khula/"))
    assert refused(body) == {"ai-train"} and refused(body, "/khula/1") == set()
    assert read_rsl(document("<content><license/></content>")) == [], "its address is missing"


def of_feed(*items: str, channel: str = "", feed: str = f"https://www.{HOST}/feed") -> dict[str, Rules]:
    root = '<rss xmlns:rsl="https://rslstandard.org/rsl" version="2.0"><channel>'
    return read_feed(
        f"{root}{channel}{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>".encode(), feed
    )


def rsl_content(url: str, words: str = "ai-train") -> str:
    inner = f'<rsl:license><rsl:prohibits type="usage">{words}</rsl:prohibits></rsl:license>'
    return f'<link>{url}</link><rsl:content url="{url}">{inner}</rsl:content>'


def stated(found: dict[str, Rules], path: str) -> set[str]:
    return {kind for kind, rules in found.items() if not rules.can_fetch(f"https://{HOST}{path}", "x")}


def test_a_feed_carries_licences_of_its_items() -> None:
    found = of_feed(rsl_content(f"https://{HOST}/khabar-1"), rsl_content("/khabar?id=7", "search"), "<title>x</title>")
    assert stated(found, "/khabar-1") == {"rsl", "rsl:ai-train"} == stated(found, "/khabar-1?utm_source=rss")
    assert stated(found, "/khabar?id=7") == {"rsl", "rsl:search"} == stated(found, "/khabar?id=7&utm_source=rss")
    # Each of its own: no address that begins alike is meant.
    assert stated(found, "/khabar-12") == set() == stated(found, "/khabar?id=71")
    everything = of_feed(rsl_content("/khabar-2", "search"), channel=rsl_content("/"))
    assert stated(everything, "/khabar-9") == {"rsl", "rsl:ai-train"}
    assert stated(everything, "/khabar-2") == {"rsl", "rsl:search"}, "the item's own terms count"


def test_a_feed_says_nothing_of_other_hosts_nor_of_all_where_an_item_has_no_address() -> None:
    assert of_feed(rsl_content("https://b.example/"), rsl_content("")) == {}
    assert read_feed(b'<rss version="2.0"><channel><item/></channel></rss>', f"https://{HOST}/feed") == {}


def test_a_broken_feed_keeps_its_licences() -> None:
    found = of_feed("<title>a & b <br></title>", rsl_content("/khabar-1"))
    assert stated(found, "/khabar-1") == {"rsl", "rsl:ai-train"}
