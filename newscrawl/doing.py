"""What a command is doing while it takes its time: one line on the terminal, gone when it is through.

Whoever does the work names it (`doing`, `counted`), as one tells a logger; a command shows it (`shown`). Where standard
error is no terminal nothing is shown, and naming costs next to nothing.
"""

from __future__ import annotations

import atexit
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import TYPE_CHECKING, Any, TypeVar

from newscrawl.interrupts import before_last_line, held

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

_T = TypeVar("_T")

# Often enough to look alive; each redraw costs about a millisecond.
_REDRAWS_PER_SECOND = 4


@dataclass(slots=True)
class _Step:
    """`of`: how many there are in all, where that is known; `began`: when, by the monotonic clock."""

    what: str
    of: int | None
    began: float
    done: int | None = None

    def __str__(self) -> str:
        told = self.what
        if self.done is not None:
            told += f": {self.done:,}" + (f" of {self.of:,}" if self.of is not None else "")
        return f"{told}  {time.monotonic() - self.began:.0f} s"


_now: _Step | Callable[[], str] = _Step("", None, 0.0)
_live: Live | None = None


def doing(what: str) -> None:
    """Say what is done from now on, in words that go on after a command's name: "reading the roll-up"."""
    global _now
    _now = _Step(what, None, time.monotonic())


def counted(
    items: Iterable[_T], what: str, of: int | None = None, size: Callable[[_T], int] = lambda item: 1
) -> Iterator[_T]:
    """The items, one by one, and on the line how many were taken. `of`: how many there are, where `len` does not say;
    `size`: as how many an item counts."""
    global _now
    step = _Step(what, len(items) if of is None and isinstance(items, Sized) else of, time.monotonic())
    _now = step
    done = 0
    for item in items:
        step.done = done
        # Again: what takes or gives the item may have said what it does.
        _now = step
        yield item
        done += size(item)


def telling(words: Callable[[], str]) -> None:
    """Have the line made of `words` at each redraw, until something else is done."""
    global _now
    _now = words


@contextmanager
def shown(what: str) -> Iterator[None]:
    """Show the line while the block runs; see `show`."""
    show(what)
    try:
        yield
    finally:
        cleared()


def starting() -> None:
    """Begin to show the line where the command line names a command of ours that shows it: Scrapy takes a second to
    load, or three where the machine is busy, before that can do it."""
    words = sys.argv[1:]
    named = words[:1] in (["crawl"], ["bucket"], ["demo"], ["explain"])
    asking = words[:2] in (["sites", "check"], ["sites", "add"])
    if (named or asking) and not {"-h", "--help"} & set(words) and parent_process() is None:
        show("starting")


def show(what: str) -> None:
    """Begin to show the line, on a terminal; `cleared`, or the end of the process, takes it away."""
    global _live
    doing(what)
    if _live is not None or not sys.stderr.isatty():
        return
    # Here: a command's answer should not wait for it where nobody sees the line.
    from rich.console import Console
    from rich.live import Live

    # What is written meanwhile comes above the line, as it was written: not wrapped by words. Standard output goes by
    # itself where it is no terminal.
    _live = Live(
        console=Console(stderr=True, soft_wrap=True),
        get_renderable=_rendered,
        refresh_per_second=_REDRAWS_PER_SECOND,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    if cleared not in before_last_line:
        before_last_line.append(cleared)
        atexit.register(cleared)
    sys.breakpointhook = _debugged
    with held():  # half begun it could not be ended
        _live.start(refresh=True)


def _debugged(*arguments: Any, **more: Any) -> Any:
    """`breakpoint()` in a spider that somebody writes: its prompt would be drawn over."""
    cleared()
    return sys.__breakpointhook__(*arguments, **more)


def answering() -> None:
    """Take the line away where the command's answer, which comes now on standard output, may be seen beside it."""
    try:
        to_file = stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError):
        to_file = False
    if not to_file:
        cleared()


def cleared() -> None:
    """Take the line away."""
    global _live
    if _live is not None:
        with held():
            live, _live = _live, None
            live.stop()


def is_shown() -> bool:
    """Whether somebody sees the line."""
    return _live is not None


def _rendered() -> Text:
    from rich.text import Text

    # One line on any terminal: a second one would not be drawn over.
    return Text(_now() if callable(_now) else str(_now), no_wrap=True, overflow="ellipsis", style="dim")
