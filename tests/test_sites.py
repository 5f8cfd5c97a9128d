"""The site registry: what is wrong is named with its line; the shipped one is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from newscrawl.errors import ConfigError
from newscrawl.sites import SHIPPED, load

GOOD = '[[site]]\nname = "one"\nhome = "https://one.example/"\n'


def read(tmp_path: Path, text: str, *pick: str) -> list[str]:
    path = tmp_path / "sites.toml"
    path.write_text(text, encoding="utf-8")
    return [site.name for site in load(path, pick)]


def test_the_shipped_registry_is_sound() -> None:
    sites = load(SHIPPED)
    assert len(sites) >= 30
    assert all(site.delay >= 1 and site.language == "hi" for site in sites)


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


@pytest.mark.parametrize(("text", "words"), [("", r"no \[\[site\]\]"), ("a = [", "TOML")])
def test_a_file_without_sites_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(tmp_path, text)


def test_a_missing_file_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sites_file"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"'two'.*one"):
        read(tmp_path, GOOD, "two")
