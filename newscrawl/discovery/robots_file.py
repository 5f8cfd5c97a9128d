"""What a robots.txt says: its rules (obeyed in `fetching/robots.py`), wishes, and the sitemaps that it announces."""

from __future__ import annotations

from protego import Protego

from newscrawl.discovery.signals import licences_in_robots, stated_in_robots
from newscrawl.text.urls import listed_url

# RFC 9309, 2.5: the least that a crawler must read; what stands behind it is not looked at.
MAX_BYTES = 500 * 1024
# Each rule is compared with each URL of the host, on the event loop. A file of more lines names single pages.
MAX_LINES = 10_000
_NAMES = {"sitemap", "sitemaps", "site-map"}


def read_robots(robots: tuple[bytes, str]) -> tuple[Protego, list[str], dict[str, Protego], dict[str, Protego]]:
    """The rules, the sitemaps, the wishes (`stated_in_robots`) and the licences by URL (`licences_in_robots`) of a
    robots.txt, given as its body and its URL."""
    body, url = robots
    text = "\n".join(body[:MAX_BYTES].decode("utf-8-sig", "ignore").splitlines()[:MAX_LINES])
    named = {listed_url(value, url): rules for value, rules in licences_in_robots(text).items()}
    licences = {target: rules for target, rules in named.items() if target}
    return Protego.parse(text), announced_sitemaps(body, url), stated_in_robots(text), licences


def announced_sitemaps(body: bytes, url: str) -> list[str]:
    """URLs of the `Sitemap:` lines, resolved against the file's own URL; a line without a usable one costs itself."""
    text = body[:MAX_BYTES].decode("utf-8-sig", "replace").replace("\r", "\n")
    found: dict[str, None] = {}
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        if colon and name.strip("\ufeff \t").lower() in _NAMES:
            # A "#" begins a comment; no sitemap has a fragment.
            said = value.partition("#")[0].strip().strip("<>\"'")
            if said and (target := listed_url(said, url)):
                found[target] = None
    return list(found)
