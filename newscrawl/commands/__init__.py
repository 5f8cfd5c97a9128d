"""The commands: crawl (with our exit codes), bucket, sites, demo.

Scrapy imports every module here at each start, so what is heavy (SciPy by datasketch, trafilatura, pyarrow, DuckDB: 4
of 5 seconds) is imported by the action that needs it: a wrong setting is refused at once.
"""

from __future__ import annotations

import os
import signal
import sys
from threading import current_thread, main_thread
from types import FrameType, TracebackType
from typing import NoReturn

from newscrawl.errors import Stopped, last_line


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ctrl-C while a command starts, or in one that has nothing to finish, is one line and our exit code."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    stopped = Stopped("Ctrl-C ended it before it was through; start again")
    print(last_line(stopped), file=sys.stderr, flush=True)
    # Every `finally` has run; Python itself would end by the signal, whatever an exit code says.
    os._exit(stopped.exit_code)


_seen: list[int] = []


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    _seen.append(number)
    raise KeyboardInterrupt


def heed_interrupts() -> None:
    """Raise `KeyboardInterrupt` where there was one: pyarrow, which imports pandas by itself, lets none through."""
    if _seen:
        raise KeyboardInterrupt


sys.excepthook = _told
if signal.getsignal(signal.SIGINT) is signal.default_int_handler and current_thread() is main_thread():
    signal.signal(signal.SIGINT, _interrupt)
