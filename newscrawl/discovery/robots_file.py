"""What a robots.txt says: its rules (obeyed in `fetching/robots.py`), wishes, and the sitemaps that it announces."""

from __future__ import annotations

import codecs

import regex
from protego import Protego

from newscrawl.discovery.signals import licences_in_robots, stated_in_robots
from newscrawl.text.urls import listed_url

# RFC 9309, 2.5: the least that a crawler must read; what stands behind it is not looked at.
MAX_BYTES = 500 * 1024
# Each rule is compared with each URL of the host, on the event loop. A file of more lines names single pages.
MAX_LINES = 10_000
_NAMES = {"sitemap", "sitemaps", "site-map"}
# Several on one line.
_PARTS = regex.compile(r"[\s,;]{1,9}+(?=https?://)", regex.IGNORECASE)
# What the parser takes for another agent, or for no number, though its writer's wish is plain: "newscrawl/2.0" (a name
# is letters, RFC 9309 2.2.1), "2,5", "5 seconds".
_LINE = r"^([ \t]{0,9}+%s[ \t]{0,9}+:[ \t]{0,9}+%s)%s"
_SPELLINGS = tuple(
    (meant, regex.compile(_LINE % (name, value, behind), regex.IGNORECASE | regex.MULTILINE))
    for meant, name, value, behind in (
        (r"\1", "user-?agent", "[a-z_-]{1,60}+", r"/[^\n#]*+"),
        (r"\1.\2", "crawl-delay", r"\d{1,9}+", r",(\d{1,9}+)"),
        (r"\1", "crawl-delay", r"\d{1,9}+(?:\.\d{1,9}+)?+", r"[ \t]{0,9}+s(?:ec(?:ond)?s?)?\b"),
    )
)


def read_robots(robots: tuple[bytes, str]) -> tuple[Protego, list[str], dict[str, Protego], dict[str, Protego]]:
    """The rules, the sitemaps, the wishes (`stated_in_robots`) and the licences by URL (`licences_in_robots`) of a
    robots.txt, given as its body and its URL."""
    body, url = robots
    text = "\n".join(_text(body, "ignore").splitlines()[:MAX_LINES])
    for meant, pattern in _SPELLINGS:
        text = pattern.sub(meant, text)
    named = {listed_url(value, url): rules for value, rules in licences_in_robots(text).items()}
    licences = {target: rules for target, rules in named.items() if target}
    return Protego.parse(text), announced_sitemaps(body, url), stated_in_robots(text), licences


def announced_sitemaps(body: bytes, url: str) -> list[str]:
    """URLs of the `Sitemap:` lines, resolved against the file's own URL; a line without a usable one costs itself."""
    text = _text(body, "replace").replace("\r", "\n")
    found: dict[str, None] = {}
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        if colon and name.strip("\ufeff \t").lower() in _NAMES:
            # A "#" begins a comment; no sitemap has a fragment.
            for part in _PARTS.split(value.partition("#")[0]):
                said = part.strip(" \t,;<>\"'")
                if said and (target := listed_url(said, url)):
                    found[target] = None
    return list(found)


def _text(body: bytes, errors: str) -> str:
    # Windows' Notepad saves "Unicode" as UTF-16.
    is_wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body[:MAX_BYTES].decode("utf-16" if is_wide else "utf-8-sig", errors)
