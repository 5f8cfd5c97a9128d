"""Who crawls, as each request says it."""

from __future__ import annotations

import regex
from scrapy.settings import BaseSettings

# As `settings/base.py` has it: without a contact, for crawls of this machine.
AGENT = "newscrawl/0.1"
# By which robots.txt calls us.
NAME = "newscrawl"
# The name in somebody else's agent, as robots.txt would have it (RFC 9309, 2.2.1).
_PRODUCT = regex.compile(r"[A-Za-z_-]+")


def say_who_crawls(settings: BaseSettings) -> None:
    """Put NEWSCRAWL_CONTACT_URL into the user agent, where no project has an agent of its own; one that has is told by
    robots.txt under that name, not under ours."""
    agent, contact = settings["USER_AGENT"], settings["NEWSCRAWL_CONTACT_URL"]
    if agent == AGENT and contact:
        settings.set("USER_AGENT", f"{agent} (+{contact})", priority="spider")
    own = _PRODUCT.match(agent or "")
    if own and own[0] != NAME and settings["ROBOTSTXT_USER_AGENT"] == NAME:
        settings.set("ROBOTSTXT_USER_AGENT", own[0], priority="spider")
