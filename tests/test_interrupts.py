"""Ctrl-C at any moment from the first line of ours on: one line, the documented exit code, no traceback."""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path

import pytest

from newscrawl.errors import Stopped
from tests.support import ROOT, environment

STOPPED = f"stopped: Ctrl-C ended it before it was through; start again (exit code {Stopped.exit_code})"


def pressed_at(module: str, *arguments: str, **variables: str) -> tuple[int, str]:
    """Exit code and output of a command on a terminal where Ctrl-C is pressed when it has imported a module."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        # Python says of each module when it has been imported.
        imports = {"PYTHONPROFILEIMPORTTIME": "1", "TERM": "xterm"}
        os.execve(sys.executable, [sys.executable, *arguments], environment(**imports, **variables))
    told, pressed = b"", False
    imported = re.compile(rb"import time:[^\n]*\| +" + re.escape(module.encode()) + rb"\r?\n")
    try:
        while piece := os.read(terminal, 4096):
            told += piece
            if not pressed and imported.search(told):
                os.write(terminal, b"\x03")
                pressed = True
    except OSError:  # its other end is closed
        pass
    finally:
        os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    assert pressed, f"{module} was not imported: {told[-500:]!r}"
    return code, told.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("program", "module"),
    [
        # Of our own command nearly everything; what Scrapy's has loaded before our settings is beyond us.
        ("newscrawl", "twisted.python.failure"),
        ("newscrawl", "newscrawl.config"),
        ("newscrawl", "pyarrow.lib"),
        ("scrapy", "settings.base"),
        ("scrapy", "boto3"),
    ],
)
def test_ctrl_c_while_a_command_starts_is_one_line(tmp_path: Path, program: str, module: str) -> None:
    state = str(tmp_path / "state")
    code, told = pressed_at(module, "-m", program, "bucket", "stats", NEWSCRAWL_STATE_DIR=state)
    assert "Traceback" not in told
    assert code == Stopped.exit_code, told[-1000:]
    assert told.rstrip().endswith(STOPPED)
