"""The entry that a trial proposes, and its way into a sites file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.errors import ConfigError
from newscrawl.items import Hint, Reason
from newscrawl.sites import Site, load
from newscrawl.state.database import State
from newscrawl.state.ledger import Found
from newscrawl.trial.evidence import Evidence, SourceSeen
from newscrawl.trial.proposal import append, as_toml, bare, proposed, refuse_known, refuse_story
from newscrawl.trial.sample import SampleLedger
from newscrawl.workers.source_work import SourceKind
from tests.samples import NOW, article, reject

HOME = "https://www.naya.example/"
ENTRY = '[[site]]\nname = "naya"\nhome = "https://naya.example/"\n'
OLD = '# hand-made\n[[site]]\nname = "purana"\nhome = "https://purana.example/"\n'


def source(path: str, kind: SourceKind = SourceKind.FEED) -> SourceSeen:
    url = HOME + path
    return SourceSeen(url=url, kind=kind, depth=0, named=False, problem=None, root=url)


def found(path: str, source: str, hours: float) -> Found:
    return Found(
        url=HOME + path, site="naya", source=source, hint=Hint(title="t", published_at=NOW - timedelta(hours=hours))
    )


def test_what_led_to_no_article_is_not_proposed() -> None:
    seen = Evidence(site=Site(name="naya", home=HOME), sources=[source("feed"), source("comments")])
    seen.articles, seen.idle = [article()], frozenset({HOME + "comments"})
    assert proposed(seen).feeds == (HOME + "feed",)


def test_of_a_home_that_announces_more_than_was_asked_nothing_is_named_for_a_crawl_finds_it_all_there() -> None:
    seen = Evidence(site=Site(name="naya", home=HOME), sources=[source("feed"), source("map", SourceKind.SITEMAP)])
    seen.articles, seen.cut = [article()], True
    assert proposed(seen) == Site(name="naya", home=HOME)


@pytest.mark.parametrize(
    ("told", "other", "pattern"),
    [
        ("hindi/pul-1", "english/bridge-1", "^https?://www\\.naya\\.example/hindi/"),
        ("hindi/pul-1", "hindi/bridge-1", ""),  # there, too, are other languages
        ("khabar/pul-1", "english/bridge-1", ""),  # its stories lie elsewhere
    ],
)
def test_a_folder_of_a_host_that_has_other_languages_is_all_that_is_taken(told: str, other: str, pattern: str) -> None:
    seen = Evidence(site=Site(name="naya", home=HOME + "hindi/"))
    seen.articles, seen.rejects = [article(url=HOME + told)], [reject(HOME + other, Reason.WRONG_LANGUAGE)]
    entry = proposed(seen)
    assert entry.article_url == pattern and ("article_url" in as_toml(entry)) is bool(pattern)


def test_one_source_does_not_speak_for_the_site(tmp_path: Path) -> None:
    state = State(tmp_path)
    ledger = SampleLedger(state.db, {"naya": HOME + "hindi/"})
    english = ledger.discover([found(f"english/{n}", "map", n) for n in range(9)], NOW)
    hindi = ledger.discover([found(f"hindi/{n}", "map", 10 + n) for n in range(9)], NOW)
    old = ledger.discover([found(f"old/{n}", "feed", 9000 + n) for n in range(9)], NOW)
    assert [f.url.removeprefix(HOME) for f in english] == [f"english/{n}" for n in range(5)], "the newest"
    assert len(hindi) == 5, "what lies where the home is has its own share"
    assert len(old) == 2 and ledger.named == {"map": 18, "feed": 9}
    state.close()


@pytest.mark.parametrize("line", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_an_entry_is_appended_and_all_else_stays(tmp_path: Path, line: str, mark: str) -> None:
    real, path = tmp_path / "real.toml", tmp_path / "mine.toml"
    before = (mark + OLD).replace("\n", line).encode()
    real.write_bytes(before)
    real.chmod(0o600)
    path.symlink_to(real)
    append(path, ENTRY)
    assert real.read_bytes().startswith(before) and path.is_symlink() and real.stat().st_mode & 0o777 == 0o600
    assert [site.name for site in load(path)] == ["purana", "naya"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.toml", "real.toml"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://www.समाचार.example/", "give it a --name"),
        ("https://me:geheim@naya.example/", "what was given is no web address"),
    ],
)
def test_an_address_that_no_entry_can_be_made_of_is_refused(address: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        bare(address)
    assert "geheim" not in str(refused.value)


def test_a_story_is_no_paper() -> None:
    with pytest.raises(ConfigError, match="home page, such as " + HOME):
        refuse_story(HOME + "desh/nadi-par-naya-pul-bankar-taiyar-1234567")
    refuse_story(HOME + "hindi/")


def test_a_home_that_is_registered_for_a_folder_is_known(tmp_path: Path) -> None:
    there = Site(name="hindi", home=HOME + "hindi/", article_url="/hindi/")
    with pytest.raises(ConfigError, match="already, as 'hindi'"):
        refuse_known(Site(name="naya", home="http://naya.example/hindi".replace("naya", "www.naya")), [there], tmp_path)
    refuse_known(Site(name="naya", home=HOME + "marathi/"), [there], tmp_path)
