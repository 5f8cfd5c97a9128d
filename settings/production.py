"""Scheduled crawls and `scrapy crawl` from a shell: the base settings as they are."""

from newscrawl.doing import starting

from .base import *  # noqa: F403

starting()
