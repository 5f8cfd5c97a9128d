"""The site registry: what is wrong is named with its line; the shipped one is sound."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from newscrawl.errors import ConfigError
from newscrawl.fetching.scope import Scope
from newscrawl.sites import SHIPPED, Site, doubts, load
from newscrawl.text.languages import IDENTIFIED
from tests.support import scrapy

GOOD = '[[site]]\nname = "one"\nhome = "https://one.example/"\n'


def read(tmp_path: Path, text: str, *pick: str) -> list[str]:
    path = tmp_path / "sites.toml"
    path.write_text(text, encoding="utf-8")
    return [site.name for site in load(path, pick)]


def test_the_shipped_registry_is_sound() -> None:
    sites = load(SHIPPED)
    assert len(sites) >= 150
    assert all(site.delay >= 1 and site.language == "hi" for site in sites)
    assert list(doubts(sites, IDENTIFIED)) == []


def test_every_address_of_the_shipped_registry_may_be_fetched_for_its_site() -> None:
    sites = load(SHIPPED)
    scope = Scope(sites)
    assert {
        (s.name, url): scope.problem(url, s.name) for s in sites for url in s.urls if scope.problem(url, s.name)
    } == {}
    assert all(url.startswith("https://") for site in sites for url in site.urls)
    # What one site asks for is none of another's.
    for site in sites:
        assert scope.problem(f"https://{site.name}.example/", site.name) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("https", "http"), "without TLS"),
        (GOOD + 'language = "fr"\n', '"fr" is told of no text'),
        (GOOD + 'article_url = "^https://two[.]example/"\n', "article_url matches no address"),
        (GOOD + GOOD.replace('"one"', '"two"'), "one.example: one, two have one host"),
        (GOOD + GOOD.replace('"one"', '"two"').replace("//", "//www."), "one.example: one, two have one host"),
        (
            GOOD
            + 'feeds = ["https://f.example/rss"]\n'
            + GOOD.replace("one", "two")
            + 'feeds = ["https://f.example/rss"]\n',
            "https://f.example/rss: a source of one, two",
        ),
    ],
)
def test_a_doubt_names_the_site_and_the_mend(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(text)
    assert len(found := list(doubts(load(path), IDENTIFIED))) == 1 and words in found[0]
    told = scrapy("sites", "lint", str(path))
    assert told.returncode == 2 and words in told.stderr and "Traceback" not in told.stderr


def test_entries_that_share_a_host_by_article_url_are_no_doubt(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(
        GOOD + 'article_url = "/hindi/"\n' + GOOD.replace('"one"', '"two"') + 'article_url = "-[0-9]+[.]html$"\n'
    )
    assert list(doubts(load(path), IDENTIFIED)) == []


def test_the_command_lists_and_lints_the_shipped_registry() -> None:
    clean = scrapy("sites", "lint")
    assert clean.returncode == 0 and "nothing doubtful" in clean.stdout, clean.stderr
    listed = scrapy("sites", "list", "--json")
    names = [json.loads(line)["name"] for line in listed.stdout.splitlines()]
    assert names == [site.name for site in load(SHIPPED)]


def test_the_list_can_be_cut_to_what_one_looks_for() -> None:
    listed = scrapy("sites", "--match", "Bhaskar", "--json")
    names = [json.loads(line)["name"] for line in listed.stdout.splitlines()]
    assert 1 < len(names) < 10 and all("bhaskar" in name for name in names), names
    none = scrapy("sites", "list", "--match", "no-such-paper")
    assert none.returncode == 2 and "'no-such-paper'" in none.stderr
    foreign = scrapy("sites", "lint", "--yes")
    assert foreign.returncode == 2 and "--yes is nothing to sites lint, but to add" in foreign.stderr


def test_sites_can_be_picked(tmp_path: Path) -> None:
    two = GOOD + GOOD.replace("one", "two")
    assert read(tmp_path, two) == ["one", "two"]
    assert read(tmp_path, two, "two") == ["two"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD + 'hom = "https://x.example/"\n', 4, "unknown key 'hom'"),
        (GOOD + "\n" + GOOD, 6, "'one' is taken"),
        (GOOD.replace("https://one", "ftp://one"), 3, "http or https"),
        (GOOD.replace("https://one.example/", "one.example"), 3, "http or https"),
        (GOOD.replace("one.example", "me:secret@one.example"), 3, "password"),
        (GOOD + 'feeds = ["https://one.example/feed", "nonsense"]\n', 4, "'nonsense'"),
        (GOOD + 'feeds = "https://one.example/feed"\n', 4, "list of URLs"),
        (GOOD + "delay = -1\n", 4, "delay = -1"),
        (GOOD + 'delay = "fast"\n', 4, "'fast'"),
        (GOOD + "delay = true\n", 4, "True"),
        (GOOD + "delay = nan\n", 4, "nan"),
        (GOOD + 'kind = "believe"\n', 4, "'believe' is none of judge, trust"),
        (GOOD + 'render = "yes"\n', 4, "'yes' is neither true nor false"),
        (GOOD + 'article_url = "(["\n', 4, "no regular expression"),
        (GOOD.replace('"one"', '"One Site"'), 2, "'One Site'"),
        ('[[site]]\nname = "one"\n', 1, "home"),
        ('\n[site_list]\nname = "one"\n', 1, "site_list"),
    ],
)
def test_an_error_names_the_line_and_what_is_wrong(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as e:
        read(tmp_path, text)
    assert f"sites.toml:{line}:" in str(e.value) and words in str(e.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("amarujla", "no site named 'amarujla'; did you mean amarujala"),
        ("jagra", "did you mean jagran"),
        ("hindi-", "no site named 'hindi-'; did you mean "),
        ("zzz", "it has 91mobiles-hindi, aajka-samachar, aajtak, aapkikhabar, abplive and 196 more (`"),
    ],
)
def test_of_many_sites_a_refusal_names_those_that_may_be_meant(name: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(SHIPPED, [name])
    assert told in str(refused.value) and len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("text", "words"),
    [("", r"no \[\[site\]\]"), ("a = [", "TOML"), (f"a = {'9' * 5000}", "TOML"), (f"a = {'[' * 5000}", "TOML")],
    ids=lambda value: value[:12],
)
def test_a_file_without_sites_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(tmp_path, text)


def test_a_missing_file_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sites_file"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"'two'.*one"):
        read(tmp_path, GOOD, "two")


@pytest.mark.parametrize(
    ("pattern", "home", "calls"),
    [
        (r"^https?://a\.example/hindi/", "https://a.example/hindi", False),
        (r"^https?://a\.example/hindi/", "https://a.example/hindi/", False),
        ("/hindi/.+", "https://a.example/hindi/", False),
        (r"^https?://a\.example/(?!english/)", "https://a.example/", False),
        (r"/hindi/[^/]+/.+-\d+$", "https://a.example/hindi/", True),
        (r"\.html$", "https://a.example/hindi/", True),
        ("/khabar/[a-z]+$", "https://a.example/", True),
    ],
)
def test_a_pattern_that_sections_match_too_calls_nothing_an_article(pattern: str, home: str, calls: bool) -> None:
    """Kind: where a language has a folder of a host, its listings and pages about the paper were stored as stories."""
    site = Site(name="a", home=home, article_url=pattern)
    assert site.calls_articles is calls and replace(site, kind="trust").calls_articles
    assert not site.names("https://a.example/hindi/desh/") and site.names("https://a.example/hindi/desh/x-1") <= calls


def test_no_pattern_of_the_shipped_registry_calls_its_sections_articles() -> None:
    patterns = [site for site in load(SHIPPED) if site.article_url]
    assert len(patterns) > 9 and not [site.name for site in patterns if site.calls_articles]


@pytest.mark.parametrize("pattern", ["/खबर/", "/%E0%A4%96%E0%A4%AC%E0%A4%B0/", r"/\p{Devanagari}+/\d$"])
@pytest.mark.parametrize("path", ["खबर", "%E0%A4%96%E0%A4%AC%E0%A4%B0", "%e0%a4%96%e0%a4%ac%e0%a4%b0"])
def test_a_pattern_knows_a_letter_of_hindi_however_the_address_is_written(pattern: str, path: str) -> None:
    site = Site(name="a", home="https://a.example/", article_url=pattern)
    assert site.wants(f"https://a.example/{path}/1") and not site.wants("https://a.example/khabar/1")
