"""What discovery finds: article URLs with hints, and further places to look."""

from __future__ import annotations

from dataclasses import dataclass, field

from newscrawl.items import Hint


@dataclass(frozen=True, slots=True)
class Discovered:
    """The yield of one feed, sitemap or page: `articles` by URL, and URLs of `further` sources."""

    articles: dict[str, Hint] = field(default_factory=dict)
    further: tuple[str, ...] = ()


class NotReadable(ValueError):
    """A feed or sitemap that is none; the message says why. Counted and logged, never fatal."""
