"""Ctrl-C while `scrapy demo` starts: one line, the documented exit code, and no process that stays."""

from __future__ import annotations

import os
import pty
import re
import signal
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, environment
from tests.test_doing import ERASED, ORDERS

STARTS = ["starting the demo news web ...", "starting the S3 server and the crawl ..."]
STOPPED = "stopped: Ctrl-C ended it before it was through; start again (exit code 11)"


@pytest.mark.parametrize("said", STARTS)
def test_ctrl_c_while_the_demo_starts_is_one_line(tmp_path: Path, said: str) -> None:
    process, terminal = pty.fork()
    if process == 0:  # the child, which owns a terminal of its own
        os.chdir(ROOT)
        variables = environment(NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), COLUMNS="80", TERM="xterm")
        os.execve(sys.executable, [sys.executable, "-m", "scrapy", "demo"], variables)
    told = b""
    pressed = False
    try:
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # the terminal's other end is closed
                break
            if not piece:
                break
            told += piece
            # The whole line: at Ctrl-C a terminal throws away what was not read of it yet.
            if not pressed and f"{said}\r\n".encode() in told:
                os.write(terminal, b"\x03")
                pressed = True
        _, status = os.waitpid(process, 0)
    finally:
        os.close(terminal)
    # Of what is redrawn nothing stays.
    text = ORDERS.sub(b"", told.replace(ERASED, b"\n")).decode().replace("\r", "").replace("^C", "")
    assert pressed and os.waitstatus_to_exitcode(status) == 11, text
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
