"""A publisher's wish not to be archived or mined, as headers, meta elements and robots.txt tell it.

TDM reservation: https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/. noarchive:
https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import regex

# A worker reads the head of a page, and has no need of Scrapy.
if TYPE_CHECKING:
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

# Who gathers text for machines, as publishers name them in robots.txt. Not meant for us by name, so
# obeyed only where NEWSCRAWL_OPT_OUTS says "ai".
AI_AGENTS = ("CCBot", "GPTBot", "ClaudeBot", "Google-Extended")
# In the order in which a page's wishes are told.
KINDS = ("tdm", "noarchive", "ai")

# Meta elements stand in the head; the largest captured head has 307 KB before <body>.
_HEAD_BYTES = 512 * 1024
# A head has some dozens of them; and of one that is longer no wish is the name.
_METAS, _META_BYTES = 1_000, 4_096
# Linear: no repeat can give back what it took, and none begins inside of another's match.
_META = regex.compile(rb"<meta\s([^<>]*+)>", regex.IGNORECASE)
_ATTRIBUTE = regex.compile(
    rb"""(?<![a-z-])([a-z-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""", regex.IGNORECASE
)
_AGENT = "newscrawl"
# Directives of X-Robots-Tag that have a value after a colon: what stands before it names no robot.
_VALUED = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")


# Where `robots_opt_out` of a request's URL stands in its meta: robots.txt is read before the page.
AI_META = "ai_opt_out"


def told(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    """Wishes by kind (tdm, noarchive, ai), each with where it is stated: of both, in the order of `KINDS`; what the
    first states counts."""
    both = second | first
    return {kind: both[kind] for kind in KINDS if kind in both}


def header_wishes(response: Response) -> dict[str, str]:
    """What the headers state, and robots.txt of the page's URL."""
    found: dict[str, str] = {}
    if (response.headers.get("tdm-reservation") or b"").strip() == b"1":
        found["tdm"] = "tdm-reservation header"
    if any(_noarchive(value.decode("latin-1")) for value in response.headers.getlist("X-Robots-Tag")):
        found["noarchive"] = "noarchive in X-Robots-Tag"
    if response.request is not None and (agent := response.request.meta.get(AI_META)):
        found["ai"] = f"robots.txt for {agent}"
    return found


def head_wishes(body: bytes) -> dict[str, str]:
    """What the meta elements of a page state. A parse: in a worker."""
    found: dict[str, str] = {}
    for name, value in islice(_metas(body[:_HEAD_BYTES]), _METAS):
        if name == "tdm-reservation" and value == "1":
            found["tdm"] = "tdm-reservation meta element"
        elif name in ("robots", _AGENT) and _noarchive(value):
            found["noarchive"] = "noarchive in a robots meta element"
    return found


def robots_opt_out(rules: RobotParser, url: str) -> str | None:
    """The first agent of `AI_AGENTS` to which robots.txt forbids this URL, or None."""
    return next((agent for agent in AI_AGENTS if not rules.allowed(url, agent)), None)


def _metas(head: bytes) -> Iterator[tuple[str, str]]:
    for meta in _META.finditer(head):
        found = {a[1].lower(): (a[2] or a[3] or a[4] or b"") for a in _ATTRIBUTE.finditer(meta[1][:_META_BYTES])}
        name, content = found.get(b"name", b""), found.get(b"content", b"")
        yield name.decode("latin-1").strip().lower(), content.decode("latin-1").strip().lower()


def _noarchive(value: str) -> bool:
    # "googlebot: noarchive" is for another robot; "none" (noindex, nofollow) says nothing of archives.
    agent, colon, rest = value.lower().partition(":")
    if colon and agent.strip() not in _VALUED and "," not in agent:
        return agent.strip() == _AGENT and "noarchive" in _words(rest)
    return "noarchive" in _words(value.lower())


def _words(text: str) -> set[str]:
    return {word.strip() for word in text.split(",")}
