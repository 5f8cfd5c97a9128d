"""What a robots.txt says: its rules (obeyed in `fetching/robots.py`), wishes, and the sitemaps that it announces."""

from __future__ import annotations

import codecs
from collections.abc import Collection

import regex

from newscrawl.discovery.robots_rules import Rules, groups_of
from newscrawl.discovery.signals import licences_in_robots, stated_in_robots
from newscrawl.text.urls import listed_url

# RFC 9309, 2.5: the least that a crawler must read; what stands behind it is not looked at.
MAX_BYTES = 500 * 1024
_NAMES = {"sitemap", "sitemaps", "site-map"}
# Several on one line.
_PARTS = regex.compile(r"[\s,;]{1,9}+(?=https?://)", regex.IGNORECASE)


def read_robots(
    robots: tuple[bytes, str], agents: Collection[str] = ()
) -> tuple[Rules, list[str], dict[str, Rules], dict[str, Rules]]:
    """The rules, the sitemaps, the wishes (`stated_in_robots`) and the licences by URL (`licences_in_robots`) of a
    robots.txt, given as its body and its URL; with `agents` what is for one of them, or for all."""
    body, url = robots
    groups = groups_of(_text(_whole_lines(body), "ignore"), url, agents)
    named = {listed_url(value, url): rules for value, rules in licences_in_robots(groups).items()}
    licences = {target: rules for target, rules in named.items() if target}
    return Rules(groups), announced_sitemaps(body, url), stated_in_robots(groups), licences


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


def _whole_lines(body: bytes) -> bytes:
    """As much as is read, without the line that the bound cuts: half of "/desh/purana/" is another path."""
    if len(body) <= MAX_BYTES:
        return body
    end = max(body.rfind(b"\n", 0, MAX_BYTES), body.rfind(b"\r", 0, MAX_BYTES))
    return body[:end] if end >= 0 else b""


def _text(body: bytes, errors: str) -> str:
    # Windows' Notepad saves "Unicode" as UTF-16.
    is_wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return body[:MAX_BYTES].decode("utf-16" if is_wide else "utf-8-sig", errors)
