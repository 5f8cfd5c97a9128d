"""The reports for people: Jinja templates into one HTML file that asks for nothing and runs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def rendered(template: str, **values: Any) -> str:
    """A page of a template of this folder. What comes from outside, names and texts, is text in it, no markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # not while a crawl goes on

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(template).render(**values)
