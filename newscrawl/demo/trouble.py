"""The web's bad days: one `Trouble` per kind, each with the outcome that a careful crawler reaches.

A trouble URL is listed in its site's sitemap and feed (or section page), so every crawl meets it. Counters
that make a trouble pass by itself (429, then 200) live in `Memory`, one per server process.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from newscrawl.demo.chrome import View
from newscrawl.demo.pages import Page
from newscrawl.demo.server import Reply

# Decompressed size of the bomb: far over any sane page limit, small enough to inflate in a test.
BOMB_BYTES = 300 << 20
BIG_PAGE_BYTES = 30 << 20


@dataclass
class Memory:
    """How often each trouble URL was asked for, in this process."""

    asked: Counter[str] = field(default_factory=Counter)


# (site view, how often it was asked for, this time included) -> reply
Answer = Callable[[View, int], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One trouble URL. `listed` is what sitemaps and feeds name: the path, or a foreign absolute URL.

    `answer` makes the reply; None: the URL is not on this web at all. `page` is the good article behind
    it, if there is one.
    """

    kind: str
    listed: str
    expect: str
    reasons: tuple[str, ...] = ()
    answer: Answer | None = None
    page: Page | None = None
    language: str = "hi"


@cache
def bomb() -> bytes:
    """A gzip stream of a few hundred KB that inflates to `BOMB_BYTES` of spaces."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    parts = [packer.compress(b"<html><body><p>")]
    parts += [packer.compress(block) for _ in range(BOMB_BYTES >> 20)]
    return b"".join([*parts, packer.flush()])


def redirect(location: str, status: int = 301) -> Reply:
    """A redirect without body."""
    return Reply(status=status, headers={"Location": location}, etag="")


def big_page() -> Reply:
    """30 MB of valid HTML, uncompressed."""
    line = "<p>पुराने अंकों की पूरी सूची यहां एक ही पन्ने पर दी गई है।</p>\n".encode()
    return Reply(body=b"<!doctype html><html><body>" + line * (BIG_PAGE_BYTES // len(line)), compress=False, etag="")
