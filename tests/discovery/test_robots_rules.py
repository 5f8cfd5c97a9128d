"""What a robots.txt forbids to whom, by RFC 9309 where the parser reads otherwise, and as careless ones mean it."""

from __future__ import annotations

import pytest

from newscrawl.discovery.robots_file import MAX_BYTES, read_robots

SITE = "https://namuna.example"
ALL = "User-agent: *\n"


def forbidden(robots: str | bytes, *paths: str, agent: str = "newscrawl", agents: tuple[str, ...] = ()) -> set[str]:
    body = robots if isinstance(robots, bytes) else robots.encode()
    rules, *_ = read_robots((body, f"{SITE}/robots.txt"), agents)
    return {path for path in paths if not rules.can_fetch(SITE + path, agent)}


@pytest.mark.parametrize(
    ("group", "agent", "is_theirs"),
    [
        ("NewsCrawl", "newscrawl", True),
        ("newscrawl/1.0 (+https://b.example)", "newscrawl", True),
        ("newscrawl*", "newscrawl", True),
        ("news", "newscrawl", False),
        ("n", "newscrawl", False),
        ("crawl", "newscrawl", False),
        ("newscrawler", "newscrawl", False),
        ("newscrawl-images", "newscrawl", False),
        ("Claude", "ClaudeBot", False),
        ("Foo_Bot", "Mozilla/5.0 (compatible; foo_bot/1.0)", True),
    ],
)
def test_a_group_is_for_the_agent_that_it_names_whole(group: str, agent: str, is_theirs: bool) -> None:
    robots = (
        f"User-agent: {group}\nDisallow: /desh/\nCrawl-delay: 7\nContent-Usage: search=n\n\n{ALL}Disallow: /khel/\n"
    )
    assert forbidden(robots, "/desh/1", "/khel/1", agent=agent) == {"/desh/1" if is_theirs else "/khel/1"}
    rules, _, stated, _ = read_robots((robots.encode(), f"{SITE}/robots.txt"))
    assert rules.crawl_delay(agent) == (7 if is_theirs else None)
    assert stated["content-usage:search"].can_fetch(f"{SITE}/a", agent) is not is_theirs


def test_what_is_no_rule_does_not_end_the_names_of_a_group() -> None:
    others = "Noindex: /q\nHost: namuna.example\nSitemap: /a.xml\nआओ: देखो\nकुछ भी\n\n"
    robots = f"User-agent: newscrawl\n{others}User-agent: b\nDisallow: /desh/\nContent-Signal: ai-train=no\n"
    assert forbidden(robots, "/desh/1", "/q") == {"/desh/1"}
    _, _, stated, _ = read_robots((robots.encode(), f"{SITE}/robots.txt"))
    assert not stated["content-signal:ai-train"].can_fetch(f"{SITE}/a", "newscrawl")


def test_a_line_ends_where_the_standard_ends_it() -> None:
    # Not at what Python's splitlines takes for an end: a comment has it, and half of it is no rule.
    comments = "".join(
        f"# पन्ना{mark}Disallow: /\n# x{mark}Content-Signal: search=no\n" for mark in "\u2028\u2029\x0b\x0c\x1c\x85"
    )
    robots = f"{ALL}{comments}Disallow: /a\u2028b\rDisallow: /c\r\nDisallow: /d\0\n"
    assert forbidden(robots, "/x", "/a", "/c", "/d") == {"/c", "/d"}
    assert read_robots((robots.encode(), f"{SITE}/robots.txt"))[2] == {}


def test_reserved_characters_are_no_other_ones() -> None:
    assert forbidden(f"{ALL}Disallow: /*?\n", "/kya-hua%3F-khabar", "/kya%3f", "/a?b") == {"/a?b"}
    assert forbidden(f"{ALL}Disallow: /*&\n", "/ram%26shyam", "/a?b&c") == {"/a?b&c"}
    assert forbidden(f"{ALL}Disallow: /kya%3f\n", "/kya?a=1", "/kya%3Fb", "/kya%3fb") == {"/kya%3Fb", "/kya%3fb"}
    assert forbidden(f"{ALL}Disallow: /a$\n", "/a", "/a$b", "/ab") == {"/a"}
    assert forbidden(f"{ALL}Disallow: /a%24\nDisallow: /b$c\n", "/a$", "/a%24", "/a", "/b$c", "/b") == {
        "/a$",
        "/a%24",
        "/b$c",
    }
    # What was equal stays equal.
    assert forbidden(f"{ALL}Disallow: /खेल/%7Eram\n", "/%e0%a4%96%e0%a5%87%e0%a4%b2/~ram", "/खेल/%7eram/1", "/खेल") == {
        "/%e0%a4%96%e0%a5%87%e0%a4%b2/~ram", "/खेल/%7eram/1",
    }  # fmt: skip


def test_a_rule_may_be_written_as_a_whole_url_of_its_host() -> None:
    robots = (
        f"{ALL}Disallow: {SITE}/niji/\nDisallow: https://www.namuna.example/purana?id=\nDisallow: https://b.example/\n"
    )
    assert forbidden(robots, "/niji/1", "/purana?id=3", "/purana", "/a") == {"/niji/1", "/purana?id=3"}
    assert forbidden(f"{ALL}Disallow: /\nAllow: http://namuna.example/khabar/\n", "/khabar/1", "/a") == {"/a"}


def test_lines_that_say_nothing_to_us_do_not_use_up_what_is_read() -> None:
    robots = "# टिप्पणी\n" * 9_000 + "User-agent: b\n" + "".join(f"Disallow: /p{n}\n" for n in range(12_000))
    assert forbidden(f"{robots}{ALL}Disallow: /desh/\n", "/desh/1", "/p7", agents=("newscrawl",)) == {"/desh/1"}


def test_a_line_that_the_bound_cuts_is_none() -> None:
    start = f"{ALL}Disallow: /desh/\n"
    filling = "#" * (MAX_BYTES - len(start) - len("\nDisallow: /"))
    assert forbidden(f"{start}{filling}\nDisallow: /khel/andar/\n", "/desh/1", "/a") == {"/desh/1"}


@pytest.mark.parametrize("line", ["Disallow /desh/", "disallow : /desh/", "\tDissallow:/desh/", "Diasllow: /desh/ # x"])
def test_a_misspelt_rule_is_one(line: str) -> None:
    assert forbidden(f"User agent: *\n{line}\n", "/desh/1", "/a") == {"/desh/1"}
