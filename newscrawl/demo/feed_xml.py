"""What discovery reads: robots.txt and the licence it names, sitemap index, Google-News urlset, RSS 2.0, Atom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from newscrawl.demo.outlets import Outlet

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Entry:
    """One URL as feeds and sitemaps list it. Without a date (trouble, captured pages) the tag is left out."""

    url: str
    title: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    summary: str | None = None


def robots(
    base: str,
    sitemap: str | None,
    disallow: str | None = None,
    crawl_delay: float | None = None,
    licence: str | None = None,
) -> str:
    """robots.txt; the lines of sitemap and licence stand outside the group, as the protocols have it."""
    lines = [f"License: {base}{licence}", ""] if licence else []
    lines += ["User-agent: *", f"Disallow: {disallow}" if disallow else "Disallow: /search"]
    if crawl_delay:
        lines.append(f"Crawl-delay: {crawl_delay}")
    if sitemap:
        lines += ["", f"Sitemap: {base}{sitemap}"]
    return "\n".join(lines) + "\n"


def rsl(permitted: str) -> str:
    """An RSL licence of a whole site that permits some uses to everyone, and no other."""
    permits = f'<permits type="usage">{escape(permitted)}</permits>'
    return f'{_XML}<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>{permits}</license></content></rsl>\n'


def sitemap_index(locations: Sequence[str], modified: datetime | None = None) -> str:
    """A sitemap index over `locations`."""
    stamp = f"<lastmod>{_w3c(modified)}</lastmod>" if modified else ""
    items = "".join(f"<sitemap><loc>{escape(x)}</loc>{stamp}</sitemap>\n" for x in locations)
    return f'{_XML}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{items}</sitemapindex>\n'


def news_urlset(entries: Sequence[Entry], publication: str) -> str:
    """A Google-News urlset. An entry without title or date gets a bare `<loc>`."""
    items = []
    for e in entries:
        news = ""
        if e.title and e.published:
            news = (
                f"<news:news><news:publication><news:name>{escape(publication)}</news:name>"
                f"<news:language>hi</news:language></news:publication>"
                f"<news:publication_date>{_w3c(e.published)}</news:publication_date>"
                f"<news:title>{escape(e.title)}</news:title></news:news>"
            )
        stamp = e.modified or e.published
        lastmod = f"<lastmod>{_w3c(stamp)}</lastmod>" if stamp else ""
        items.append(f"<url><loc>{escape(e.url)}</loc>{lastmod}{news}</url>\n")
    return (
        f'{_XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{"".join(items)}</urlset>\n'
    )


def rss(outlet: Outlet, base: str, entries: Sequence[Entry]) -> str:
    """An RSS 2.0 feed."""
    return rss_channel(outlet.title, base, entries)


def rss_channel(title: str, base: str, entries: Sequence[Entry]) -> str:
    """An RSS 2.0 channel of any title. An entry without a title shows its URL."""
    items = []
    for e in entries:
        date = f"<pubDate>{format_datetime(e.published)}</pubDate>" if e.published else ""
        summary = f"<description>{escape(e.summary)}</description>" if e.summary else ""
        items.append(
            f"<item><title>{escape(e.title or e.url)}</title><link>{escape(e.url)}</link>"
            f'<guid isPermaLink="true">{escape(e.url)}</guid>{date}{summary}</item>\n'
        )
    return (
        f'{_XML}<rss version="2.0"><channel><title>{escape(title)}</title><link>{escape(base)}/</link>'
        f"<description>{escape(title)}</description><language>hi</language>\n{''.join(items)}</channel></rss>\n"
    )


def atom(outlet: Outlet, base: str, entries: Sequence[Entry]) -> str:
    """An Atom 1.0 feed."""
    items = []
    newest = max((e.modified or e.published for e in entries if e.published), default=None)
    for e in entries:
        dates = f"<published>{_w3c(e.published)}</published>" if e.published else ""
        stamp = e.modified or e.published or newest
        updated = f"<updated>{_w3c(stamp)}</updated>" if stamp else ""
        summary = f"<summary>{escape(e.summary)}</summary>" if e.summary else ""
        items.append(
            f"<entry><id>{escape(e.url)}</id><title>{escape(e.title or e.url)}</title>"
            f'<link rel="alternate" type="text/html" href="{escape(e.url)}"/>{dates}{updated}'
            f"{summary}</entry>\n"
        )
    top = f"<updated>{_w3c(newest)}</updated>" if newest else ""
    return (
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="hi"><id>{base}/</id>'
        f"<title>{escape(outlet.title)}</title>{top}\n{''.join(items)}</feed>\n"
    )


def _w3c(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
