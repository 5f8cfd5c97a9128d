"""`scrapy bucket` as a user meets it: what it refuses and how, and what it prints into a terminal or a pipe."""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from newscrawl.archive.similar import spellings
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location
from newscrawl.bucket.lookup import find_stored
from newscrawl.commands.actions import ACTIONS, Action, action_of
from newscrawl.commands.answers import written
from newscrawl.commands.bucket import Command as Bucket
from newscrawl.commands.sites import ACTIONS as SITES_ACTIONS
from newscrawl.commands.sites import Command as Sites
from newscrawl.server.embedded import EmbeddedS3
from tests.bucket.samples import HEADER, article, duplicate
from tests.support import ROOT, Archive, environment, scrapy
from tests.test_doing import on_a_terminal, seen

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def variables(s3: EmbeddedS3, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A bucket with two stories and a copy of the first."""
    prefix = uuid.uuid4().hex
    writer = BatchWriter(s3.store(), Location(s3.bucket, prefix), "20261123T120000Z-0000aa", HEADER)
    writer.ensure_schema()
    writer.write(writer.batch([article(1), article(2), duplicate(3, 1)]))
    state = str(tmp_path_factory.mktemp("state"))
    return {"NEWSCRAWL_STATE_DIR": state, **Archive(s3, prefix).variables}


@pytest.fixture
def command(variables: dict[str, str]) -> Command:
    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scrapy", "bucket", *map(str, words)],
            cwd=ROOT, env=environment(**variables), capture_output=True, text=True,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("query", "bucket query takes one argument, SQL, not 0; for example: scrapy bucket query"),
        ("export", "bucket export takes one argument, TABLE, not 0; for example: scrapy bucket export stories"),
        ("stats --site nadi", "--site is nothing to bucket stats, but to forget, export"),
        ("query 1 --yes", "--yes is nothing to bucket query, but to forget"),
        ("forget x --site nadi", "bucket forget takes --site NAME, or URL or ID, not both"),
        ("forget", "bucket forget takes one argument, URL or ID, not 0"),
        ("forget https://nadi.example/1 --site=", "--site is given, and empty"),
        ("forget --site ../nadi", "'../nadi' is no name of a site"),
    ],
)
def test_a_wrong_command_line_is_answered_with_a_right_one(words: str, told: str) -> None:
    parser = argparse.ArgumentParser()
    bucket = Bucket()
    bucket.settings = Settings()
    bucket.add_options(parser)
    opts, args = parser.parse_known_args(words.split())
    with pytest.raises(UsageError) as refused:
        action_of(args, opts)
    assert told in str(refused.value)


@pytest.mark.parametrize(("command", "actions"), [(Bucket, ACTIONS), (Sites, SITES_ACTIONS)], ids=["bucket", "sites"])
def test_help_of_an_action_shows_its_own_arguments_and_an_example(
    command: type[ScrapyCommand], actions: dict[str, Action], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = {option for action in actions.values() for option in action.options}
    for name, action in actions.items():
        monkeypatch.setattr(sys, "argv", ["scrapy", "any", name, "--help"])
        parser = argparse.ArgumentParser()
        made = command()
        made.settings = Settings()
        made.add_options(parser)
        told = " ".join(parser.format_help().split())
        assert {option for option in everything if f"--{option} " in told} == set(action.options), name
        assert f"{name} {action.argument or '[options]'}" in told and "Example: " in told, told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("query", ""), "the query is empty: ask something, such as SELECT count(*) FROM articles"),
        (("query", "DESCRIBE stories"), "no stories table yet: scrapy bucket compact"),
        (("query", "SELECT 1; SELECT 2"), "the query has 2 statements: ask one at a time"),
        (
            ("query", "SELECT * FROM nothing"),
            "there are articles, duplicates, rejects, moves, current, undone",
        ),
        (("export", "articles", "--format", "table"), "an export is csv, json, jsonl.gz or parquet"),
        (("export", "articles", "--out", "/dev/null/x"), "/dev/null/x cannot be written: Not a directory"),
        (
            ("export", "articles", "--out", "rows.csv.gz"),
            "rows.csv.gz: no form has such a name; write it as .csv, .json",
        ),
        (("export", "moves", "--site", "nadi"), "--site means nothing to moves: export current"),
        (("forget", "ftp://nadi.example/khabar/1", "--yes"), "is no address of a page"),
        (("forget", "https:///", "--yes"), "is no address of a page"),
        (("query", "SELECT INTERVAL 3 DAYS AS i", "--format", "parquet"), "parquet has no such type"),
        (("undo", "https://nadi.example/khabar/3"), "has this id; its versions have: a00000003"),
    ],
)
def test_what_is_not_understood_is_refused_with_the_mend(command: Command, words: tuple[str, ...], told: str) -> None:
    done = command(*words)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_wrong_query_is_shown_with_the_place(command: Command) -> None:
    lines = command("query", "SELEC 1").stderr.splitlines()
    assert lines[-2:] == ["LINE 1: SELEC 1", "        ^^^^^"]


def test_an_export_says_how_many_rows_it_has_and_leaves_no_half_file(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    done = command("export", "articles", "--format", "csv", "--out", out)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[-1] == f"2 rows of articles in {out}"
    assert len(list(csv.reader(out.open()))) == 3 and list(tmp_path.iterdir()) == [out]
    assert (
        command("export", "moves", "--format", "json", "--since", "2026-11-01").stderr.splitlines()[-1]
        == "0 rows of moves"
    )


def test_what_has_the_name_already_stays_what_it_is(tmp_path: Path) -> None:
    """A pipe, a device (`--out /dev/null` as root), the mode of a file, a link."""
    old, link, pipe = tmp_path / "old", tmp_path / "link", tmp_path / "pipe"
    old.write_bytes(b"before")
    old.chmod(0o640)
    link.symlink_to(old)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for path in (link, pipe):
        with written(path) as file:
            file.write(b"since")
    assert os.read(reader, 9) == b"since" and pipe.is_fifo()
    os.close(reader)
    assert link.is_symlink() and old.read_bytes() == b"since" and old.stat().st_mode & 0o777 == 0o640
    with pytest.raises(RuntimeError), written(old) as file:
        file.write(b"half")
        raise RuntimeError
    assert old.read_bytes() == b"since" and len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("words", ["query 'FROM range(9999)'", "stats"])
def test_a_full_disk_under_the_output_is_not_one_under_the_state(variables: dict[str, str], words: str) -> None:
    line = f"{sys.executable} -m scrapy bucket {words} > /dev/full"
    done = subprocess.run(line, shell=True, cwd=ROOT, env=environment(**variables), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == [
        f"scrapy bucket {words.split()[0]}: standard output cannot be written: No space left on device"
    ]


def test_letters_that_the_locale_lacks_are_no_failure(variables: dict[str, str]) -> None:
    words = ("bucket", "query", "SELECT 'पुल'", "--format", "table")
    ascii_alone = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = scrapy(*words, **ascii_alone, **variables)
    assert done.returncode == 0 and r"\u092a\u0941\u0932" in done.stdout, done.stderr
    line = f"{sys.executable} -m scrapy {words[0]} stats >&-"
    closed = subprocess.run(line, shell=True, cwd=ROOT, env=environment(**variables), capture_output=True, text=True)
    assert closed.returncode == 0 and "Traceback" not in closed.stderr


def test_a_page_is_found_by_its_address_as_a_browser_has_it(s3: EmbeddedS3, variables: dict[str, str]) -> None:
    location = Location.parse(variables["NEWSCRAWL_BUCKET"])
    for url in ("http://nadi.example/khabar/2/", "https://NADI.example/khabar/2?utm_source=x#top"):
        assert [found.id for found in find_stored(s3.store(), location, spellings(url))] == ["a00000002"]


def test_an_export_of_a_site_that_is_not_there_says_so(command: Command) -> None:
    done = command("export", "articles", "--format", "json", "--site", "nadii")
    assert (done.returncode, done.stdout) == (0, "")
    assert "of a site 'nadii' there is none; which there are: scrapy bucket query" in done.stderr


@pytest.mark.parametrize("name", ["rows.csv", "rows.json", "rows.jsonl", "rows.jsonl.gz", "rows.PARQUET", "rows"])
def test_a_file_is_what_its_name_says(command: Command, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    assert command("export", "articles", "--out", out).returncode == 0
    begins = {".csv": b"id,", ".json": b'{"id"', ".jsonl": b'{"id"', ".PARQUET": b"PAR1"}.get(out.suffix, b"\x1f\x8b")
    assert out.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    "words",
    [
        ("query", "SELECT 'word' FROM range(20000)", "--format", "table"),
        ("query", "SELECT 'word' FROM range(20000)"),
        ("similar", "a00000001"),
        ("stats",),
    ],
)
def test_a_reader_who_has_enough_is_no_failure(variables: dict[str, str], words: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "bucket", *words],
        cwd=ROOT, env=environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    with process.stderr:
        told = process.stderr.read().decode()
    assert process.wait(timeout=60) == 0, told
    assert [line for line in told.splitlines() if not line.startswith("reading s3://")] == []


def test_columns_that_a_terminal_has_no_room_for_stand_below_each_other(variables: dict[str, str]) -> None:
    code, told = on_a_terminal("-m", "scrapy", "bucket", "query", "SELECT * FROM articles ORDER BY id", **variables)
    lines = [line.rstrip() for line in seen(told)]
    lines = lines[[line[:3] for line in lines].index("row") :]
    assert code == 0
    assert [line.split()[:2] for line in lines if line.startswith("row ")] == [["row", "1"], ["row", "2"]]
    assert any(line.split() == ["url", "https://nadi.example/khabar/1"] for line in lines)
    assert any(line.split() == ["tags", '["पुल",', '"नदी"]'] for line in lines)
    assert max(map(cell_len, lines)) <= 80


@pytest.mark.parametrize("form", ["parquet", "jsonl.gz"])
def test_what_nobody_can_read_is_not_written_to_a_terminal(variables: dict[str, str], form: str) -> None:
    for words in (("query", "SELECT 1"), ("export", "articles")):
        code, told = on_a_terminal("-m", "scrapy", "bucket", *words, "--format", form, **variables)
        assert code == 2 and f"{form} is not for a terminal" in " ".join(seen(told))


def test_a_takedown_of_what_is_not_there_says_so(command: Command) -> None:
    said = command("forget", "https://nadi.example/fehlt").stdout
    assert said.startswith("would forget no rows, in 0 parts of s3://")
    assert said.endswith("nothing was changed: --yes keeps it from being stored from now on\n")


def test_an_archive_that_is_not_there_is_not_made_by_a_look_at_it(tmp_path: Path) -> None:
    done = scrapy("bucket", "stats", NEWSCRAWL_STATE_DIR=str(tmp_path / "typo"))
    assert done.returncode == 3 and "there is no archive at" in done.stderr and "NEWSCRAWL_STATE_DIR" in done.stderr
    assert not (tmp_path / "typo").exists()
