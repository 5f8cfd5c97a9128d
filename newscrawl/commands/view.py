"""`scrapy view`: Scrapy's; a spider of newscrawl needs no bucket for it."""

from __future__ import annotations

from scrapy.commands.view import Command as ScrapyView

from newscrawl.commands.looking import Looks


class Command(Looks, ScrapyView):
    """Scrapy's command."""
