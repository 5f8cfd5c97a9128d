"""The reports for people: Jinja templates into one HTML file that asks for nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

# The size of a line, in the units of its picture: `svg.line` of page.html has them as pixels.
_WIDTH, _HEIGHT = 120, 24


def sparkline(values: Sequence[float]) -> str:
    """Values as the points of a polyline, none at the bottom, the highest at the top; a single one is a level line."""
    if len(values) == 1:
        values = [*values, *values]
    most = max([1, *values])
    step = _WIDTH / max(1, len(values) - 1)
    return " ".join(
        f"{number * step:.1f},{1 + (_HEIGHT - 2) * (1 - value / most):.1f}" for number, value in enumerate(values)
    )


def rendered(template: str, **values: Any) -> str:
    """A page of a template of this folder. What comes from outside, names and texts, is text in it, no markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # not while a crawl goes on

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(template).render(**values)
