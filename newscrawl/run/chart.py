"""What became of pages over time, as a picture that takes the page's own colours and fonts (extra `report`)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

# Inches, at which letters of nine points are read well: of a page's width, and of a phone's.
WIDE, NARROW = (9, 3), (3.9, 2.6)
# Dates on an inch of the axis that do not run into each other.
_DATES = 1.2
# Of the width of a stretch what its bar takes: the rest is the gap.
_FILLED = 0.9
# Colours that are put in a variable's place afterwards: those of the page, by outcome, and of its text.
_COLOURS = {"articles": "--kept", "duplicates": "--copy", "rejects": "--out"}
_PLACEHOLDER = "#0101{:02x}"
_INK = "#020202"


def is_possible() -> bool:
    """Whether the library is installed."""
    return find_spec("matplotlib") is not None


def over_time(pages: Mapping[str, Mapping[int, int]], step: int, size: tuple[float, float] = WIDE) -> str:
    """Stacked bars as an SVG element: by outcome the pages of each stretch of `step` seconds, numbered from 1970 on.

    Text stays text, which the browser shapes; colours are the page's variables. The same pages give the same bytes.
    """
    # A picture alone: `pyplot` keeps every figure and looks for a screen.
    from matplotlib import rc_context
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    stretches = sorted({at for points in pages.values() for at in points})
    begins = date2num([datetime.fromtimestamp(at * step, UTC) for at in stretches])  # type: ignore[no-untyped-call]
    width = step * _FILLED / timedelta(days=1).total_seconds()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": f"newscrawl {size}", "font.size": 9}):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        below = [0] * len(stretches)
        for number, outcome in enumerate(_COLOURS):
            heights = [pages.get(outcome, {}).get(at, 0) for at in stretches]
            axes.bar(begins, heights, width, below, align="edge", color=_PLACEHOLDER.format(number), clip_on=False)
            below = [low + height for low, height in zip(below, heights, strict=True)]
        dates = AutoDateLocator(minticks=3, maxticks=round(size[0] * _DATES))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(dates)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(dates))  # type: ignore[no-untyped-call]
        axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.set_ylabel("pages")
        for text in (axes.yaxis.label, axes.xaxis.get_offset_text()):
            text.set_color(_INK)
        axes.tick_params(colors=_INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["bottom", "left"]].set_color(_INK)
        picture = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(picture, format="svg", transparent=True, metadata=nothing)
    return _in_page(picture.getvalue())


def _in_page(svg: str) -> str:
    svg = re.sub(r"font-family: [^;]*;", "", svg[svg.index("<svg") :])
    for number, variable in enumerate(_COLOURS.values()):
        svg = svg.replace(_PLACEHOLDER.format(number), f"var({variable})")
    return svg.replace(_INK, "currentColor")
