"""The line that says what a command is doing: on a terminal, one line of it, gone at the end; elsewhere nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.errors import ConfigError, NothingDiscovered
from tests.support import ROOT, Archive, environment
from tests.terminal import COLUMNS, on_a_terminal

# What a terminal takes as an order and not as text.
ORDERS = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]")
# Erases the line that the cursor stands on.
ERASED = b"\x1b[2K"

PROGRAM = """
import sys, time
from newscrawl import doing

def working():
    for number in range(5):
        time.sleep(0.3)
        yield number

with doing.shown("starting"):
    for number in doing.counted(working(), "reading what has a name of some length, " * 3, 5):
        if number == 2:
            print("told meanwhile: " + "word " * 30)
            print("a warning: " + "word " * 30, file=sys.stderr)
    doing.doing("ending")
    time.sleep(0.6)
doing.answering()
sys.stdout.buffer.write(b"the answer\\n")
"""


def seen(told: bytes) -> list[str]:
    """What stood on the terminal's lines, one after another: each redraw begins anew at the left."""
    return [ORDERS.sub(b"", line).decode() for line in re.split(rb"[\r\n]+", told)]


def test_on_a_terminal_a_line_counts_and_is_gone_at_the_end() -> None:
    code, told = on_a_terminal("-c", PROGRAM)
    lines = seen(told)
    assert code == 0, told
    assert lines[0].startswith("starting  0 s")
    drawn = [line for line in lines if line.startswith("reading what")]
    assert drawn and max(map(len, drawn)) == COLUMNS and drawn[0].endswith("…"), "cut where the terminal ends"
    assert any(line.startswith("ending") for line in lines)
    # As it was written: a terminal wraps it, and who copies it gets one line.
    assert any(line == "told meanwhile: " + "word " * 30 for line in lines), lines
    assert any(line == "a warning: " + "word " * 30 for line in lines), lines
    left = told[told.rindex(b"ending") :]
    assert ERASED in left and b"\x1b[?25h" in left, "the line is erased, and the cursor is back"
    assert left.endswith(b"the answer\r\n")


def test_the_line_counts_up() -> None:
    program = PROGRAM.replace(" * 3, 5):", "[:7], 5):")
    _, told = on_a_terminal("-c", program)
    counts = [int(found) for found in re.findall(r"reading: (\d) of 5", "\n".join(seen(told)))]
    assert counts == sorted(counts) and len(set(counts)) > 1


def test_without_a_terminal_nothing_is_shown() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    assert ran.stderr == "a warning: " + "word " * 30 + "\n"
    assert ran.stdout.splitlines()[-1] == "the answer"


@pytest.mark.parametrize("action", [("stats",), ("rebuild",), ("similar", "nothing")])
def test_an_action_on_a_bucket_says_what_it_does(archive: Archive, tmp_path: Path, action: tuple[str, ...]) -> None:
    state = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state"), **archive.variables}
    code, told = on_a_terminal("-m", "scrapy", "bucket", *action, **state)
    lines = seen(told)
    assert code == (ConfigError.exit_code if action[-1] == "nothing" else 0), told
    assert lines[0].startswith("starting"), "before anything that takes long is loaded"
    # What stands below the last line that was erased is the answer.
    assert not re.search(r"  \d+ s$", seen(told[told.rindex(ERASED) :])[0])
    assert b"\x1b[?25h" in told[-200:] or b"\x1b[?25l" not in told[-200:]


@pytest.mark.faults  # it waits for a dead host, twice
def test_articles_on_their_way_to_the_terminal_have_it_for_themselves(tmp_path: Path) -> None:
    sites = tmp_path / "sites.toml"
    sites.write_text('[[site]]\nname = "a"\nhome = "http://127.0.0.1:9/"\n', encoding="utf-8")
    state = {"NEWSCRAWL_STATE_DIR": str(tmp_path / "state")}
    crawl = ("-m", "scrapy", "crawl", "news", "-a", f"sites_file={sites}", "-s", "RETRY_TIMES=0", "--nolog")
    for more, drawn in ((("-O", "-:jsonlines"), False), ((), True)):
        code, told = on_a_terminal(*crawl, *more, **state)
        assert code == NothingDiscovered.exit_code, told
        lines = [line for line in seen(told) if line.startswith("loading the crawler")]
        assert bool(lines) is drawn, told
