"""`scrapy shell`: Scrapy's; a spider of newscrawl needs no bucket for it."""

from __future__ import annotations

from scrapy.commands.shell import Command as ScrapyShell

from newscrawl.commands.looking import Looks


class Command(Looks, ScrapyShell):
    """Scrapy's command."""
