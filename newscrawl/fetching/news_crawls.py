"""Whose requests these are: the project's parts do their work for its spiders, and stand aside for any other.

`scrapy shell` and `fetch` run with a spider of Scrapy's own, and a project may have spiders that crawl no news.
"""

from __future__ import annotations

from scrapy.crawler import Crawler


def crawls_news(crawler: Crawler) -> bool:
    """Whether the crawler's spider is a `NewsSpider`, which has a run, a site list and a scope."""
    return bool(getattr(crawler.spidercls, "crawls_news", False))
