"""Settings: the environment wins in every profile, and nobody crawls others' hosts without saying who they are."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.config import Config
from newscrawl.errors import ConfigError
from newscrawl.fetching.scope import is_loopback
from tests.support import ROOT, CountingWeb, environment, scrapy

PROFILES = ("base", "production", "demo", "captured")


def settings_of(profile: str) -> dict[str, object]:
    module = importlib.import_module(f"newscrawl.settings.{profile}")
    return {name: value for name, value in vars(module).items() if name.isupper()}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_environment_wins_in_every_profile_for_every_setting_of_ours(profile: str) -> None:
    ours = sorted(name for name in settings_of(profile) if name.startswith("NEWSCRAWL_"))
    program = (
        f"import newscrawl.settings.{profile} as profile, sys\n"
        "print([name for name in sys.argv[1:] if getattr(profile, name) != 'from the environment'])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, *ours],
        cwd=ROOT, env=environment(**dict.fromkeys(ours, "from the environment")), capture_output=True, text=True,
    )  # fmt: skip
    assert said.stdout.strip() == "[]", said.stdout + said.stderr


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_is_valid_as_it_is_and_has_one_name_in_checkout_and_wheel(profile: str) -> None:
    Config.read(settings_of(profile))
    top = importlib.import_module(f"settings.{profile}")
    assert settings_of(profile) == {name: value for name, value in vars(top).items() if name.isupper()}


@pytest.mark.parametrize("name", ["NEWSCRAWL_BUCKET", "NEWSCRAWL_SITES_FILE", "NEWSCRAWL_STATE_DIR"])
def test_a_variable_that_a_script_set_to_nothing_names_no_other_archive(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, " ")
    with pytest.raises(ConfigError, match=f"{name} is (set to nothing|empty)"):
        Config.read(settings_of("base") | {name: " "})


@pytest.mark.parametrize(("folder", "told"), [(".", ".newscrawl/demo"), ("docs", "../.newscrawl/demo")])
def test_the_archive_is_the_projects_from_whatever_folder_a_command_is_typed(folder: str, told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "settings", "--get", "NEWSCRAWL_STATE_DIR"],
        cwd=ROOT / folder, env=environment(SCRAPY_PROJECT="demo"), capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == told, done.stderr


def test_a_misspelt_spider_is_told_before_all_else() -> None:
    done = scrapy("crawl", "nwes")
    assert done.returncode == 2 and "there is no spider 'nwes'; try: scrapy crawl news" in done.stderr


def test_a_crawl_of_hosts_that_are_not_loopback_says_who_crawls_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_text('[[site]]\nname = "far"\nhome = "https://news.example.org/"\n')
    state = tmp_path / "state"
    result = scrapy("crawl", "news", "-a", f"sites_file={path}", NEWSCRAWL_STATE_DIR=str(state))
    assert result.returncode == 2
    [line] = result.stderr.strip().splitlines()
    for word in ("NEWSCRAWL_CONTACT_URL", "news.example.org", "https://", "mailto:"):
        assert word in line
    assert not state.exists()


@pytest.mark.parametrize("value", ["who we are", "example.org", "ftp://example.org/", "https://x.example/)\r\nX: y"])
def test_a_contact_that_nobody_can_reach_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="NEWSCRAWL_CONTACT_URL"):
        Config.read(settings_of("base") | {"NEWSCRAWL_CONTACT_URL": value})


def test_the_contact_stands_in_the_user_agent_wherever_it_was_set(tmp_path: Path) -> None:
    with CountingWeb() as web:
        path = tmp_path / "sites.toml"
        path.write_text(f'[[site]]\nname = "one"\nhome = "{web.url}/"\nfeeds = ["{web.url}/feed"]\ndelay = 0\n')
        scrapy(
            "crawl", "news", "-a", f"sites_file={path}", "-s", "NEWSCRAWL_CONTACT_URL=mailto:who@example.org",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"),
        )  # fmt: skip
    assert web.agents == {"newscrawl/0.1 (+mailto:who@example.org)"}


@pytest.mark.parametrize("profile", PROFILES)
def test_spidermon_is_set_from_the_environment_too(profile: str) -> None:
    program = f"import newscrawl.settings.{profile} as profile; print(profile.SPIDERMON_SMTP_PASSWORD)"
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=environment(SPIDERMON_SMTP_PASSWORD="secret"), capture_output=True, text=True,
    )  # fmt: skip
    assert said.stdout.strip() == "secret", said.stderr


ON = {"SPIDERMON_ENABLED": "1"}
TO, SENDER = {"SPIDERMON_EMAIL_TO": "desk@example.org"}, {"SPIDERMON_EMAIL_SENDER": "crawl@example.org"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"NEWSCRAWL_STATE_DIR": ""}, "NEWSCRAWL_STATE_DIR is empty: name a folder"),
        ({"NEWSCRAWL_CONNECT_TO": "127.0.0.1:8080"}, "NEWSCRAWL_CONNECT_TO is for captured pages"),
        ({"NEWSCRAWL_ALARM_WEBHOOK": "https://chat.example.org/"}, "turn it on with SPIDERMON_ENABLED=1"),
        (TO | SENDER, "SPIDERMON_EMAIL_TO is told by spidermon: turn it on with SPIDERMON_ENABLED=1"),
        (ON | TO, "SPIDERMON_EMAIL_SENDER is not set"),
        ({"NEWSCRAWL_BATCH_ROWS": "0"}, "must be a whole number from 1 to 1,000,000"),
        ({"NEWSCRAWL_WARC": "yes"}, "must be 0 or 1"),
    ],
)
def test_what_would_do_something_else_than_was_meant_is_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Config.read(settings_of("base") | given)
    assert told in str(refused.value)


def test_what_is_whole_is_taken() -> None:
    Config.read(settings_of("base") | ON | TO | SENDER)
    Config.read(settings_of("captured") | {"NEWSCRAWL_CONNECT_TO": "127.0.0.1:8080"})


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), ("demo.localhost", True),
        ("10.0.0.1", False), ("localhost.example.org", False), ("example.org", False), ("", False),
    ],
)  # fmt: skip
def test_loopback_is_told_by_the_name_alone(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
