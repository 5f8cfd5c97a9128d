"""What a worker process does with a source: feed, sitemap, section or home page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from newscrawl.discovery.licences import read_feed
from newscrawl.discovery.links import Bounds, Discovered
from newscrawl.discovery.sections import announced_feeds, parse_section, section_links
from newscrawl.discovery.sitemaps import parse_sitemap
from newscrawl.extraction.decode import decode


class SourceKind(StrEnum):
    """How a source is read."""

    HOME = "home"  # only the site's home is known: what robots.txt and the page announce
    FEED = "feed"
    SITEMAP = "sitemap"
    SECTION = "section"
    FRONT = "front"  # the home page as the last resort: its own links, and those to sections


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAnswer:
    """A source as it answered: `body` decompressed of its transfer, `url` after redirects."""

    kind: SourceKind
    url: str
    body: bytes
    content_type: str | None
    bounds: Bounds


def read_source(answer: SourceAnswer) -> Discovered:
    """What a source names; of a home page the feeds. Raises `NotReadable`."""
    if answer.kind in (SourceKind.FEED, SourceKind.SITEMAP):
        # A site's entry may name one for the other; it is read as what it is.
        found = parse_sitemap(answer.body, answer.url, answer.content_type, answer.bounds)
        return replace(found, licences=read_feed(answer.body, answer.url))
    text = decode(answer.body, answer.content_type)
    if answer.kind is SourceKind.HOME:
        return Discovered(further=tuple(announced_feeds(text, answer.url)))
    found = parse_section(text, answer.url, answer.bounds.article_url, answer.bounds)
    if answer.kind is not SourceKind.FRONT:
        return found
    # Of a blog the home is the first page of its one listing.
    places = dict.fromkeys((*section_links(text, answer.url, answer.bounds), *found.further))
    return replace(found, further=tuple(places), paged=False)
