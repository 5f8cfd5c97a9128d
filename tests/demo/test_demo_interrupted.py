"""Ctrl-C while `scrapy demo` starts: one line, the documented exit code, and no process that stays."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from tests.terminal import on_a_terminal
from tests.test_doing import ERASED, ORDERS

STARTS = ["starting the demo news web ...", "starting the S3 server and the crawl ..."]
STOPPED = "stopped: Ctrl-C ended it before it was through; start again (exit code 11)"


@pytest.mark.parametrize("said", STARTS)
def test_ctrl_c_while_the_demo_starts_is_one_line(tmp_path: Path, said: str) -> None:
    # The whole line: at Ctrl-C a terminal throws away what was not read of it yet.
    line = f"{said}\r\n".encode()
    state = str(tmp_path / "state")
    code, told = on_a_terminal("-m", "scrapy", "demo", press=lambda told: line in told, NEWSCRAWL_STATE_DIR=state)
    # Of what is redrawn nothing stays.
    text = ORDERS.sub(b"", told.replace(ERASED, b"\n")).decode().replace("\r", "").replace("^C", "")
    assert code == 11, text
    assert "Traceback" not in text
    if said == STARTS[0]:
        # The key may come when the next step has been announced, too.
        lines = [line for line in text.splitlines() if line and not re.search(r"  \d+ s$", line)]
        # One that the key meets while it is written may be written again.
        *starts, last = dict.fromkeys(lines)
        assert last == STOPPED and starts in (STARTS[:1], STARTS)
    _nothing_is_left(tmp_path)


def _nothing_is_left(folder: Path) -> None:
    left = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(folder) in words:
                left.append((int(entry.name), words))
    for number, _ in left:
        os.kill(number, signal.SIGKILL)
    assert left == []
