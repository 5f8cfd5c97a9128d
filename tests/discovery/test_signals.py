"""What publishers state about the use of their pages: the standards' own examples, and what they leave open."""

from __future__ import annotations

import json

import pytest

from newscrawl.discovery.robots_rules import groups_of
from newscrawl.discovery.signals import (
    may_be_tdmrep,
    read_tdmrep,
    signal_refused,
    stated_in_robots,
    tdm_reserved,
    usage_refused,
)

SITE = "https://samachar.example"


def stated(robots: str, path: str, agent: str = "newscrawl") -> set[str]:
    return {
        kind
        for kind, rules in stated_in_robots(groups_of(robots, SITE)).items()
        if not rules.can_fetch(SITE + path, agent)
    }


# draft-ietf-aipref-attach-05, figure 2.
AIPREF = """\
User-Agent: *
Allow: /
Disallow: /never/
Content-Usage: train-ai=n
Content-Usage: /ai-ok/ train-ai=y

User-Agent: ExampleBot
Allow: /
Content-Usage: train-ai=y
"""

# contentsignals.org, "advanced usage".
SIGNALS = """\
User-Agent: *
Content-Signal: /about ai-train=yes, search=yes, ai-input=yes
Allow: /about

User-Agent: *
Content-Signal: /blog/ ai-train=no, search=yes, ai-input=no
Allow: /blog/
"""

# RSL 1.0, section 4.4.
RSL = """\
User-agent: ExampleBot
Allow: /
License: https://example.com/examplebot-license.xml

User-agent: *
Allow: /
"""


@pytest.mark.parametrize(
    ("path", "agent", "kinds"),
    [
        ("/test", "newscrawl", {"content-usage:train-ai"}),
        ("/ai-ok/test", "newscrawl", set()),
        ("/test", "ExampleBot", set()),
    ],
)
def test_content_usage_goes_by_group_and_longest_path(path: str, agent: str, kinds: set[str]) -> None:
    assert stated(AIPREF, path, agent) == kinds


def test_a_content_usage_rule_speaks_for_all_its_categories() -> None:
    # The longest rule alone counts: what it does not mention is unknown, not what a shorter one said.
    robots = "User-agent: *\nContent-Usage: train-ai=n, search=n\nContent-Usage: /a/ train-ai=n\n"
    assert stated(robots, "/b") == {"content-usage:train-ai", "content-usage:search"}
    assert stated(robots, "/a/b") == {"content-usage:train-ai"}


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_content_usage_rules_for_one_path_the_stricter_counts(order: int) -> None:
    rules = ["Content-Usage: /a/ train-ai=y", "Content-Usage: /a/ train-ai=n"][::order]
    assert stated("\n".join(["User-agent: *", *rules]), "/a/b") == {"content-usage:train-ai"}


def test_a_group_of_ours_without_a_statement_takes_none_from_the_group_for_all() -> None:
    robots = (
        "User-agent: newscrawl\nDisallow: /x\nUser-agent: *\nContent-Usage: train-ai=n\nContent-Signal: search=no\n"
    )
    assert stated(robots, "/a") == set()
    assert stated(robots, "/a", "other") == {"content-usage:train-ai", "content-signal:search"}


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("train-ai=n", {"train-ai"}),
        ("train-ai=y, search=n", {"search"}),
        # draft-ietf-aipref-vocab, 6.5: of a key that is repeated the last value counts, and a string is no token.
        ('train-ai=y, train-ai, search=n, search="n"', set()),
        ("train-ai;allow=n, train-ai=y", set()),
        ('train-ai;has;parameters="?";', set()),
        ("Train-AI=n", set()),
        ("train-ai=n;reason=law", {"train-ai"}),
        ("train-ai=(n)", set()),
        ("other=n", set()),
        ("", set()),
        ("समाचार=n", set()),
    ],
)
def test_content_usage_is_a_dictionary_of_tokens(value: str, refused: set[str]) -> None:
    assert usage_refused(value) == {f"content-usage:{label}" for label in refused}


def test_content_signals_go_by_path() -> None:
    assert stated(SIGNALS, "/about") == set()
    assert stated(SIGNALS, "/blog/1") == {"content-signal:ai-train", "content-signal:ai-input"}
    assert stated(SIGNALS, "/else") == set()


def test_content_signal_of_a_managed_robots_txt() -> None:
    robots = (
        "User-agent: *\nContent-Signal: search=yes,ai-train=no,use=reference\nAllow: /\n\nUser-agent: x\nDisallow: /\n"
    )
    assert stated(robots, "/a") == {"content-signal:ai-train"}
    assert signal_refused("AI-Train = No") == {"content-signal:ai-train"}
    assert signal_refused("ai-train=none, no-search=no") == set()


def test_a_licence_is_for_its_group_or_before_all_groups_for_all() -> None:
    assert stated(RSL, "/a", "ExampleBot") == {"rsl"} and stated(RSL, "/a") == set()
    first = "License: https://rslcollective.org/royalty.xml\n\n"
    assert stated(first + "User-agent: *\nDisallow:\n", "/a") == {"rsl"}
    assert stated(first + "User-agent: newscrawl\nDisallow: /x\n", "/a") == {"rsl"}
    assert stated("License:\nUser-agent: *\nDisallow:\n", "/a") == set()


# TDMRep, section "TDM File on the Origin Server".
TDMREP = [
    {"location": "/directory-a/", "tdm-reservation": 1},
    {
        "location": "/directory-b/html/",
        "tdm-reservation": 1,
        "tdm-policy": "https://provider.com/policies/policy.json",
    },
    {"location": "/directory-b/images/*.jpg", "tdm-reservation": 0},
]


def test_tdmrep_goes_by_the_first_rule_about_a_path() -> None:
    def reserved(rules: list[dict[str, object]], path: str) -> bool:
        return tdm_reserved(read_tdmrep(json.dumps(rules).encode()), SITE + path)

    assert reserved([{"location": "/", "tdm-reservation": 1}], "/a")
    found = {path for path in ("/directory-a/1", "/directory-b/html/1", "/directory-b/images/1.jpg", "/directory-c/1")
             if reserved(TDMREP, path)}  # fmt: skip
    assert found == {"/directory-a/1", "/directory-b/html/1"}
    everything = {"location": "/", "tdm-reservation": 1}
    assert not reserved([{"location": "/a/", "tdm-reservation": 0}, everything], "/a/1")
    assert reserved([everything, {"location": "/a/", "tdm-reservation": 0}], "/a/1")
    assert reserved([{"location": "/this/path/exactly$", "tdm-reservation": 1}], "/this/path/exactly")
    assert not reserved([{"location": "/this/path/exactly$", "tdm-reservation": 1}], "/this/path/exactly/not")
    assert reserved([{"location": "/this/*/then", "tdm-reservation": 1}], "/this/and/then")
    assert reserved([{"location": "/path/foo-%24", "tdm-reservation": 1}], "/path/foo-$")
    assert not reserved([{"location": "/A", "tdm-reservation": 1}], "/a")


def test_a_byte_order_mark_costs_no_tdmrep() -> None:
    body = b'\xef\xbb\xbf[{"location": "/", "tdm-reservation": 1}]'
    assert may_be_tdmrep(body) and tdm_reserved(read_tdmrep(body), f"{SITE}/a")


def test_a_bad_rule_of_tdmrep_costs_itself() -> None:
    bad = [1, None, [], {}, {"location": 3, "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 2},
           {"location": "", "tdm-reservation": 1}, {"location": "/a\nDisallow: /", "tdm-reservation": 1},
           {"location": "/\ud800", "tdm-reservation": 1}]  # fmt: skip
    rules = read_tdmrep(json.dumps([*bad, {"location": "/b", "tdm-reservation": 1}]).encode())
    assert len(rules) == 1 and tdm_reserved(rules, f"{SITE}/b")


@pytest.mark.parametrize("bad", [b'{"x": ' + b"9" * 5000 + b"}", b'{"location": "/\xe0\xa4", "tdm-reservation": 0}'])
def test_a_number_or_a_byte_that_cannot_be_read_costs_itself(bad: bytes) -> None:
    rules = read_tdmrep(b"[" + bad + b', {"location": "/b", "tdm-reservation": 1}]')
    assert tdm_reserved(rules, f"{SITE}/b") and not tdm_reserved(rules, f"{SITE}/c")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"\xff\xfe", b"[" * 100_000, b'"x"'])
def test_what_is_no_tdmrep_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_tdmrep(body)
