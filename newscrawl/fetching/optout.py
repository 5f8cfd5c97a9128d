"""A publisher's wish not to be archived or mined, as headers, meta elements and robots.txt tell it.

TDM reservation: https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/. noarchive:
https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import regex
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

# Who gathers text for machines, as publishers name them in robots.txt. Not meant for us by name, so
# obeyed only where NEWSCRAWL_OPT_OUTS says "ai".
AI_AGENTS = ("CCBot", "GPTBot", "ClaudeBot", "Google-Extended")

# Meta elements stand in the head; the largest captured head has 307 KB before <body>.
_HEAD_BYTES = 512 * 1024
_META = regex.compile(rb"<meta\s([^<>]*)>", regex.IGNORECASE)
_ATTRIBUTE = regex.compile(rb"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", regex.IGNORECASE)
_AGENT = "newscrawl"
# Directives of X-Robots-Tag that have a value after a colon: what stands before it names no robot.
_VALUED = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")


def opt_out(response: Response, kinds: Collection[str]) -> str | None:
    """The first opt-out of these kinds that a page's headers or meta elements state, or None."""
    metas = list(_metas(response.body[:_HEAD_BYTES]))
    if "tdm" in kinds:
        if (response.headers.get("tdm-reservation") or b"").strip() == b"1":
            return "tdm-reservation header"
        if ("tdm-reservation", "1") in metas:
            return "tdm-reservation meta element"
    if "noarchive" in kinds:
        if any(_noarchive(value.decode("latin-1")) for value in response.headers.getlist("X-Robots-Tag")):
            return "noarchive in X-Robots-Tag"
        if any(name in ("robots", _AGENT) and _noarchive(value) for name, value in metas):
            return "noarchive in a robots meta element"
    return None


def robots_opt_out(rules: RobotParser, url: str) -> str | None:
    """The first agent of `AI_AGENTS` to which robots.txt forbids this URL, or None."""
    return next((agent for agent in AI_AGENTS if not rules.allowed(url, agent)), None)


def _metas(head: bytes) -> Iterable[tuple[str, str]]:
    for meta in _META.finditer(head):
        found = {a[1].lower(): (a[2] or a[3] or a[4] or b"") for a in _ATTRIBUTE.finditer(meta[1])}
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
