"""`scrapy check`: Scrapy's; a spider of newscrawl needs no bucket for it."""

from __future__ import annotations

from scrapy.commands.check import Command as ScrapyCheck

from newscrawl.commands.looking import Looks


class Command(Looks, ScrapyCheck):
    """Scrapy's command."""
