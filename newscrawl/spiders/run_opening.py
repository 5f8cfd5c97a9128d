"""Who opens the run of a spider that was given none: a script that crawls, or a command that only looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newscrawl.config import Config
    from newscrawl.run.run import Run
    from newscrawl.spiders.plan import Plan

# Set by `scrapy fetch` and the like, whose run has no bucket. Here, for they need not load what a crawl needs.
instead: Callable[[Config, Plan], Run] | None = None
