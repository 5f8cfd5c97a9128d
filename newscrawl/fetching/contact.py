"""Who crawls, as each request says it."""

from __future__ import annotations

from scrapy.settings import BaseSettings

# As `settings/base.py` has it: without a contact, for crawls of this machine.
AGENT = "newscrawl/0.1"


def say_who_crawls(settings: BaseSettings) -> None:
    """Put NEWSCRAWL_CONTACT_URL into the user agent, where no project has an agent of its own."""
    agent, contact = settings["USER_AGENT"], settings["NEWSCRAWL_CONTACT_URL"]
    if agent == AGENT and contact:
        settings.set("USER_AGENT", f"{agent} (+{contact})", priority="spider")
