"""Ctrl-C while a command starts, or in one that has nothing to finish: one line and our exit code, no traceback.

Imported by what of ours is loaded first, `newscrawl` or the settings, for Scrapy takes a second to load after that.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer, current_thread, main_thread
from types import FrameType, TracebackType
from typing import NoReturn

from newscrawl.errors import Stopped, last_line

# After what swallowed it is left: a finaliser, or a callback of the garbage collector, takes no longer.
_AGAIN_SECONDS = 0.05

_seen: list[int] = []
# Called before that line is written.
before_last_line: list[Callable[[], None]] = []


def listen() -> None:
    """Have an interrupt that nobody handles told so. May be called again; a handler that somebody set stays."""
    sys.excepthook = _told
    sys.unraisablehook = _swallowed
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler and current_thread() is main_thread():
        signal.signal(signal.SIGINT, _interrupt)
    # What came while `kept` kept it comes now.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def kept() -> Iterator[None]:
    """Ctrl-C during the block waits, in a program that is started there or takes this one's place until it listens.

    Not where other threads run, which take the signal in this one's place: see `held`.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def heed() -> None:
    """Raise `KeyboardInterrupt` where there was one that something swallowed, as pyarrow does importing pandas."""
    if _seen:
        raise KeyboardInterrupt


@contextmanager
def held() -> Iterator[None]:
    """Ctrl-C during the block, which must not be left half-way and takes moments, comes at its end."""
    if current_thread() is not main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
        if came and callable(before):
            before(came[0], None)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    _seen.append(number)
    raise KeyboardInterrupt


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    # Where one came, the error may be what a library made of it: NumPy has its own where one comes as it compares.
    if not _seen and not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    for clear in before_last_line:
        clear()
    stopped = Stopped("Ctrl-C ended it before it was through; start again")
    print(last_line(stopped), file=sys.stderr, flush=True)
    # Every `finally` has run; Python itself would end by the signal, whatever an exit code says.
    os._exit(stopped.exit_code)


def _swallowed(unraisable: sys.UnraisableHookArgs) -> None:
    """An interrupt that came where Python can raise nothing comes once more."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
    elif not sys.is_finalizing():
        again = Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
        again.daemon = True
        again.start()
