"""HTML pages as sources: article links on section pages, feeds that a home page announces."""

from __future__ import annotations

from urllib.parse import urlsplit

import lxml.html
import regex

from newscrawl.discovery.links import Discovered, NotReadable
from newscrawl.items import Hint
from newscrawl.text.urls import web_url

_FEED_TYPES = {"application/rss+xml", "application/atom+xml"}
# Slugs of three words and more, long numbers, or a page suffix name an article; /desh/ or /video/ do not.
_ARTICLE = regex.compile(r"(?:[^/]+-){3}[^/]*/?$|\d{5,}|[^/]{6,}\.(?:html?|cms|shtml|php)$")
_NO_ARTICLE = regex.compile(
    r"/(?:tags?|topics?|category|author|search|archive|page|video|videos|photo|photos|gallery|live|login|about|contact|privacy|terms)(?:/|-|$)",
    regex.IGNORECASE,
)
_NEXT = regex.compile(r"(?:/page/\d+/?|[?&](?:page|paged|p)=\d+)$")


def parse_section(text: str, url: str, article_url: str = "") -> Discovered:
    """Article links of a listing page, in page order, and its further pages.

    `article_url`: the site entry's regex; where empty, the shape of the path decides.
    """
    articles: dict[str, Hint] = {}
    further: dict[str, None] = {}
    host = urlsplit(url).netloc
    for link in _tree(text).iter("a", "link"):
        href, rel = link.get("href"), (link.get("rel") or "").lower().split()
        target = _join(url, href)
        if not target or urlsplit(target).netloc != host:
            continue
        if "next" in rel or (link.tag == "a" and _NEXT.search(target)):
            further[target] = None
        elif link.tag == "a" and _is_article(target, article_url):
            articles.setdefault(target, Hint())
    further.pop(url, None)
    return Discovered(articles, tuple(further))


def announced_feeds(text: str, url: str) -> list[str]:
    """Feeds of `<link rel=alternate>` in page order; comment feeds are none of news."""
    found: dict[str, None] = {}
    for link in _tree(text).iter("link"):
        target = _join(url, link.get("href"))
        is_feed = "alternate" in (link.get("rel") or "").lower() and link.get("type") in _FEED_TYPES
        if target and is_feed and "/comments/" not in target:
            found[target] = None
    return list(found)


def _tree(text: str) -> lxml.html.HtmlElement:
    try:
        return lxml.html.document_fromstring(
            text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
        )
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError) as e:
        raise NotReadable(f"no HTML ({e})") from e


def _join(base: str, href: str | None) -> str | None:
    if not href:
        return None
    target = web_url(href, base)
    return target.partition("#")[0] if target else None


def _is_article(url: str, article_url: str) -> bool:
    if article_url:
        return bool(regex.search(article_url, url))
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return bool(_ARTICLE.search(path)) and not _NO_ARTICLE.search(path)
