"""Bytes to story: all the CPU of a page, as one pure function (`extract`) for workers.

Nothing is imported before `extract` is asked for: the crawl process needs the templates alone, and trafilatura takes a
second and 60 MB.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "extract":
        from newscrawl.extraction.story import extract

        return extract
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
