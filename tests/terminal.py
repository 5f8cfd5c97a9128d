"""Python on a terminal of its own, as a person has it: what is drawn there, and Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Callable

from tests.support import ROOT, environment

COLUMNS = 80
_LINES = 24
_CTRL_C = b"\x03"


def on_a_terminal(
    *arguments: str, press: Callable[[bytes], object] | None = None, **variables: str
) -> tuple[int, bytes]:
    """Exit code and output of Python on a terminal of 80 columns that is its standard output and error.

    `press`: asked of all that was written so far; Ctrl-C is pressed when it first says yes, which it must.
    """
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, COLUMNS, 0, 0))
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, *arguments], environment(TERM="xterm", **variables))
    told, pressed = b"", False
    try:
        while piece := os.read(terminal, 4096):
            told += piece
            if press and not pressed and press(told):
                os.write(terminal, _CTRL_C)
                pressed = True
    except OSError:  # its other end is closed
        pass
    finally:
        os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    assert pressed or not press, f"there was no moment for Ctrl-C: {told[-500:]!r}"
    return code, told
