"""`scrapy fetch`: Scrapy's; a spider of newscrawl needs no bucket for it."""

from __future__ import annotations

from scrapy.commands.fetch import Command as ScrapyFetch

from newscrawl.commands.looking import Looks


class Command(Looks, ScrapyFetch):
    """Scrapy's command."""
