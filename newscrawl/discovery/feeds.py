"""RSS and Atom feeds, through feedparser."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from time import struct_time
from xml.sax import SAXException

import feedparser

from newscrawl.discovery.links import Discovered, NotReadable
from newscrawl.items import Hint
from newscrawl.text import hindi
from newscrawl.text.urls import web_url


def parse_feed(body: bytes, url: str, content_type: str | None = None) -> Discovered:
    """Read a feed. Raises `NotReadable` when nothing in it is a feed; a feed without entries is fine.

    feedparser's XML reader expands no entities of a document's own; it then goes on as one does with tag soup.
    """
    headers = {"content-type": content_type} if content_type else {}
    # No HTML sanitising: only links, titles and dates are used, and it doubles the time.
    feed = feedparser.parse(body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    complaint = feed.get("bozo_exception", "no feed element")
    # Broken and without an entry is not the same as empty: it would pass for a feed that has no news.
    if not feed.entries and (not feed.get("version") or isinstance(complaint, SAXException)):
        raise NotReadable(f"no RSS or Atom ({complaint})")
    articles: dict[str, Hint] = {}
    for entry in feed.entries:
        if link := web_url(entry.get("link") or "", url):
            articles[link] = Hint(
                title=hindi.clean(entry.get("title", "")) or None,
                published_at=_when(entry.get("published_parsed")),
                # Not entry.get: feedparser answers with the publication where there is no update.
                modified_at=_when(dict.get(entry, "updated_parsed")),
            )
    return Discovered(articles)


def _when(parsed: struct_time | None) -> datetime | None:
    # feedparser gives UTC; calendar.timegm reads it as such.
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
