"""Scheduled crawls and `scrapy crawl` from a shell: the base settings as they are."""

from .base import *  # noqa: F403
