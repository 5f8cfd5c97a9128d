"""Scope and politeness: nothing outside the site list is asked, and no host more often than it wants."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from newscrawl.fetching.politeness import host_delay
from newscrawl.fetching.reasons import failed_page
from newscrawl.fetching.scope import Scope, is_public, registered_domain
from newscrawl.items import Reason
from newscrawl.sites import Site
from newscrawl.spiders.asked import reach, wanted_together
from newscrawl.text.urls import url_key, web_url

PAPER = Site(name="paper", home="https://www.paper.co.in/", feeds=("https://feeds.service.example/paper",), delay=2)
LOCAL = Site(name="local", home="http://127.0.0.2:8080/", delay=0)
BARE = Site(name="bare", home="http://localhost:8000/", delay=0)
SCOPE = Scope([PAPER, LOCAL, BARE])


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.paper.co.in/a", "paper"),
        ("http://hindi.paper.co.in/a", "paper"),
        ("https://feeds.service.example/paper", "paper"),
        ("http://127.0.0.2:8080/a", "local"),
        ("http://localhost:8000/a", "bare"),
        ("https://paper.co.in/robots.txt", None),
    ],
)
def test_a_sites_own_domains_are_in_scope(url: str, site: str | None) -> None:
    assert SCOPE.problem(url, site) is None


@pytest.mark.parametrize(
    ("url", "site", "word"),
    [
        ("https://other.co.in/a", "paper", "off the site list"),
        ("https://www.paper.co.in.evil.example/", "paper", "off the site list"),
        ("http://127.0.0.2:8080/a", "paper", "not a public address"),
        ("http://127.0.0.2:9999/a", "local", "no entry names"),
        ("http://127.0.0.2/a", "local", "no entry names"),
        ("http://localhost:8001/a", "bare", "no entry names"),
        ("http://127.0.0.3/", "local", "not a public address"),
        ("http://10.0.0.1/", "local", "not a public address"),
        ("http://169.254.169.254/latest/meta-data/", None, "not a public address"),
        ("http://[::1]/", "paper", "not a public address"),
        ("http://[::ffff:10.0.0.1]/", "paper", "not a public address"),
        ("file:///etc/passwd", "paper", "scheme"),
        ("ftp://www.paper.co.in/a", "paper", "scheme"),
        ("data:text/html,x", None, "scheme"),
        ("http://[", "paper", "not a URL"),
        ("https://www.paper.co.in/a\r\nX-Evil: 1", "paper", "not a URL"),
        ("https://www.paper.co.in:evil/a", "paper", "not a URL"),
    ],
)
def test_everything_else_is_out_of_scope(url: str, site: str | None, word: str) -> None:
    assert word in (SCOPE.problem(url, site) or "")


def test_a_page_is_that_sites_which_names_its_host_and_wants_it() -> None:
    """Papers of one house share a domain, which says less."""
    wanting = Site(name="wanting", home="https://www.paper.co.in/khel/", article_url="/khel/")
    scope = Scope([wanting, PAPER])
    assert scope.namer("http://m.paper.co.in/khel/jeet-101") == "wanting"
    assert scope.namer("https://www.paper.co.in/desh/jalashay-102") == "paper"
    assert scope.namer("https://marathi.paper.co.in/desh/jalashay-102") is None


def test_a_source_is_read_anew_when_its_entry_comes_to_name_another_domain() -> None:
    """Kind: what a source named outside the scope of its entry is not looked at again once the scope has grown."""
    more = replace(PAPER, sections=("https://www.doosra.co.in/", "https://khel.paper.co.in/"))
    assert reach(more, None) != reach(PAPER, None)
    assert reach(LOCAL, None) == "all ", "as it was: an entry of one domain has nothing to read anew"


def test_of_a_source_that_two_entries_name_each_has_the_pages_that_it_wants() -> None:
    """Kind: a source is asked once a run, for the first entry that names it, and what only the second wants is lost."""
    feed = "https://www.paper.co.in/feed"
    desh, khel = (
        Site(name=name, home="https://www.paper.co.in/", feeds=(feed,), article_url=f"/{name}/")
        for name in ("desh", "khel")
    )
    wanted = wanted_together([desh, khel, PAPER])
    assert wanted.keys() == {feed}
    asking = replace(desh, article_url=wanted[feed])
    urls = [f"https://www.paper.co.in/{folder}/jalashay-101" for folder in ("desh", "khel", "mausam")]
    assert [asking.wants(url) for url in urls] == [True, True, False]
    owners = [Scope([desh, khel]).owner(url, asking) for url in urls[:2]]
    assert owners == [desh, khel]
    assert wanted_together([desh, replace(PAPER, feeds=(feed,))]) == {feed: ""}, "one of them wants all"


def test_a_name_may_resolve_to_public_addresses_alone() -> None:
    assert SCOPE.allows_address("1.1.1.1", "www.paper.co.in")
    private = ("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "::1", "fd00::1", "127.0.0.2")
    for address in private:
        assert not SCOPE.allows_address(address, "www.paper.co.in"), address
        assert SCOPE.allows_address(address, address), "that an address may be asked is decided by its URL"
    assert SCOPE.allows_address("127.0.0.1", "localhost") and not SCOPE.allows_address("10.1.2.3", "localhost")
    assert Scope([PAPER], "127.0.0.1:8000").allows_address("127.0.0.1", "www.paper.co.in")


def test_a_proxy_may_stand_at_a_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.intern:3128")
    scope = Scope([PAPER])
    assert scope.allows_address("10.1.2.3", "proxy.intern") and not scope.allows_address("10.1.2.3", "www.paper.co.in")
    assert scope.problem("http://proxy.intern:3128/", "paper"), "it is no page for all that"


def test_addresses_of_the_open_internet_are_public_and_mapped_ones_are_what_they_map() -> None:
    assert is_public("2606:4700::1111") and is_public("::ffff:1.1.1.1")
    assert not is_public("::ffff:192.168.1.1") and not is_public("224.0.0.1")


@pytest.mark.parametrize(
    ("host", "domain"),
    [("www.paper.co.in", "paper.co.in"), ("feeds.bbci.co.uk", "bbci.co.uk"), ("127.0.0.2", "127.0.0.2")],
)
def test_registered_domains_know_public_suffixes(host: str, domain: str) -> None:
    assert registered_domain(host) == domain


def test_a_host_has_the_longest_delay_of_the_entries_that_name_it() -> None:
    slow = Site(name="slow", home="https://www.paper.co.in/x", delay=5)
    assert host_delay("www.paper.co.in", [PAPER, slow]) == 5
    assert host_delay("m.paper.co.in", [PAPER]) == 2, "another host of the same domain"
    assert host_delay("127.0.0.2", [PAPER, LOCAL]) == 0, "delay = 0 is honoured"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://Paper.co.in/A?b=2&a=1", "http://paper.co.in:80/A/?a=1&b=2#c"),
        ("https://paper.co.in/खबर", "https://paper.co.in/%E0%A4%96%E0%A4%AC%E0%A4%B0?utm_medium=x&fbclid=y"),
        ("https://paper.co.in/a", "https://paper.co.in/a?srsltid=Af1&mibextid=Z&gad_source=1&at_custom1=x&sfnsn=w"),
        # A server that sees no cookie numbers the visit in each link, anew with each answer.
        ("https://paper.co.in/n.php?id=5", "https://paper.co.in/n.php?PHPSESSID=9f8e7d&id=5"),
        ("https://paper.co.in/n.asp?id=5", "https://paper.co.in/n.asp?id=5&ASPSESSIONIDQQ=AB"),
        ("https://paper.co.in/pul.jsp?id=5", "https://paper.co.in/pul.jsp;jsessionid=0A1B.n1?id=5"),
        ("https://paper.co.in/desh/pul.aspx", "https://paper.co.in/(S(dk3f0a))/desh/pul.aspx"),
    ],
)
def test_spellings_of_one_url_have_one_key(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://समाचार.भारत:8080/खबर?a", "http://xn--61b3bh3a5ab.xn--h2brj9c:8080/खबर?a"),
        ("https://www.paper.co.in.:443/a", "https://www.paper.co.in:443/a"),
        ("//paper.co.in./a", "https://paper.co.in/a"),
        ("http://\uff11\uff12\uff17.0.0.1/", "http://127.0.0.1/"),
        (f"http://{'क' * 60}.example/", None),
    ],
)
def test_a_host_has_one_name(url: str, asked: str | None) -> None:
    assert web_url(url, "https://paper.co.in/") == asked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/story.php?id=1", "/story.php?id=2"),
        ("/a?cid=1", "/a?cid=2"),
        ("//a?x=1", "/a?x=2"),
        ("/a?ref=1", "/a?ref=2"),
        ("/a?at_id=1", "/a?at_id=2"),
        ("/a;5", "/a;6"),
        ("/(s)/a", "/a"),
        ("/a?sid=1", "/a?sid=2"),
    ],
)
def test_parameters_that_may_name_an_article_keep_urls_apart(one: str, other: str) -> None:
    assert url_key("https://paper.co.in" + one) != url_key("https://paper.co.in" + other)


def test_only_a_redirect_that_is_followed_leads_elsewhere() -> None:
    """Kind: a status of 3xx that leads nowhere by itself, with an address that it only names."""

    def refused(status: int) -> tuple[Reason, str]:
        answer = Response("https://paper.co.in/a", status=status, headers={"Location": "https://paper.co.in/b"})
        reason, detail, said = failed_page(Failure(HttpError(answer)))
        assert said == status
        return reason, detail

    assert refused(302) == (Reason.FORBIDDEN, "redirect to https://paper.co.in/b")
    assert {refused(status) for status in (300, 304)} == {(Reason.HTTP_ERROR, f"HTTP {n}") for n in (300, 304)}
