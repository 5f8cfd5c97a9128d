"""Ctrl-C or SIGTERM while a command starts, or in one with nothing to finish: one line, our exit code, no traceback.

What others wait for, a lease or a lock object in the bucket, is given back on the way. And the end of a process whose
starter has ended.

Imported by what of ours is loaded first, `newscrawl` or the settings, for Scrapy takes a second to load after that.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread, Timer, current_thread, main_thread
from types import FrameType, TracebackType
from typing import NoReturn

from newscrawl.errors import Stopped, last_line

# After what swallowed it is left: a finaliser, or a callback of the garbage collector, takes no longer. So often is a
# library told to end.
_AGAIN_SECONDS = 0.05

# In which an interrupt is heard, unless a library in C keeps Python from it: it waits for a store that is away, or
# reckons. And in which a command that heard it gives back what others wait for; of a store that is away that is given
# up, and runs out.
_HEARD_SECONDS, _LEFT_SECONDS = 2.0, 10.0

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>

# What ends a program, and how Python and the system have it.
_HEARD = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}

_seen: list[int] = []
# When the last of them was heard, by the monotonic clock.
_heard_at = 0.0
# Called once one came, again and again: what has a library come back to the main thread.
_ends: list[Callable[[], object]] = []
# Called before that line is written.
before_last_line: list[Callable[[], None]] = []


def listen() -> None:
    """Have an interrupt that nobody handles told so. May be called again; a handler that somebody set stays."""
    sys.excepthook = _told
    sys.unraisablehook = _swallowed
    if current_thread() is main_thread():
        for number, default in _HEARD.items():
            if signal.getsignal(number) is default:
                signal.signal(number, _interrupt)
        _watch()
    # What came while `kept` kept it comes now.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def die_with_parent(how: signal.Signals) -> None:
    """Have the kernel send this process `how` when the one that started it dies; the thread that did must live as long.
    Linux only: elsewhere that one must end it."""
    if sys.platform != "linux":
        return
    import ctypes  # few ask for it

    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:  # it died between the two calls
        os.kill(os.getpid(), how)


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
    """Ctrl-C or SIGTERM during the block, which must not be left half-way and takes moments, comes at its end."""
    if current_thread() is not main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, frame: came.append(number)) for number in _HEARD}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if came:
            signal.raise_signal(came[0])


@contextmanager
def ending(end: Callable[[], object]) -> Iterator[None]:
    """Once Ctrl-C or SIGTERM came during the block, of a program that listens, `end` is called from a thread until the
    block is left: once is not enough for a library that has not begun, or that forgets it on its way out."""
    _ends.append(end)
    try:
        yield
    finally:
        _ends.remove(end)


def _watch() -> None:
    """Have a thread end the process that an interrupt does not: Python's own handler waits until the main thread is
    back from whatever library it is in, and what is done on the way out may wait for a store."""
    if (before := signal.set_wakeup_fd(-1)) != -1:
        # It is watched already, or an event loop hears by itself.
        signal.set_wakeup_fd(before, warn_on_full_buffer=False)
        return
    ours, pythons = socket.socketpair()
    pythons.setblocking(False)
    # C's handler writes there what came, wherever Python is.
    signal.set_wakeup_fd(pythons.detach(), warn_on_full_buffer=False)

    def watch() -> None:
        while came := ours.recv(1):
            if came[0] not in _HEARD:
                continue
            at = time.monotonic()
            until = at + _HEARD_SECONDS
            while time.monotonic() < until:
                for end in list(_ends):
                    end()
                time.sleep(_AGAIN_SECONDS)
                if _heard_at > at - _HEARD_SECONDS:  # maybe before this thread was told
                    until = at + _HEARD_SECONDS + _LEFT_SECONDS
            if signal.getsignal(came[0]) is _interrupt:  # not somebody else's to hear
                _seen.append(came[0])
                _end()

    Thread(target=watch, name="interrupts", daemon=True).start()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    global _heard_at
    _heard_at = time.monotonic()
    _seen.append(number)
    raise KeyboardInterrupt


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    # Where one came, the error may be what a library made of it: NumPy has its own where one comes as it compares.
    if not _seen and not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    # Every `finally` has run; Python itself would end by the signal, whatever an exit code says.
    _end()


def _end() -> NoReturn:
    for clear in before_last_line:
        clear()
    name = "SIGTERM" if signal.SIGTERM in _seen else "Ctrl-C"
    stopped = Stopped(f"{name} ended it before it was through; start again")
    print(last_line(stopped), file=sys.stderr, flush=True)
    os._exit(stopped.exit_code)


def _swallowed(unraisable: sys.UnraisableHookArgs) -> None:
    """An interrupt that came where Python can raise nothing comes once more."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
    elif not sys.is_finalizing():
        again = Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
        again.daemon = True
        again.start()
