"""HTML pages as sources: article links on section pages, feeds that a home page announces."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, urlsplit

import lxml.html
import regex

from newscrawl.discovery.links import Bounds, Discovered, Gathering, Loss, NotReadable
from newscrawl.items import Hint
from newscrawl.text.page_numbers import PAGE_PARAMETERS
from newscrawl.text.urls import listed_url, site_host, web_url

_FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/rdf+xml"}
# Parts of a path that name a listing, or a page about the paper; photo and video pages tell no story.
_LISTINGS = {
    "tag", "tags", "topic", "topics", "author", "authors", "search", "page", "login", "about", "contact", "privacy",
    "terms", "cat", "section", "list", "video", "videos", "photo", "photos", "gallery", "live",
}  # fmt: skip
# Folders of listings that some sites keep their stories in too.
_FOLDERS = {"category", "archive", "archives"}
_PAGE_SUFFIXES = (".html", ".htm", ".cms", ".shtml", ".php", ".aspx", ".asp", ".jsp", ".amp")
# A page's name is at least as long: /a.html is a menu's.
_NAME_CHARS = 6
_LONG_NUMBER = regex.compile(r"\d{5}")
# Words in front of the last one: "a-b-c" may be a section's name.
_SLUG_WORDS = 3
# Figures of a number that a slug ends in; fewer are a part's.
_NUMBER_CHARS = 3
# Parameters whose number is that of an article, in old CMSes and in WordPress without permalinks.
_ID_PARAMETERS = {
    "id", "nid", "aid", "newsid", "news_id", "storyid", "story_id", "articleid", "article_id", "post",
}  # fmt: skip
_PAGE_PATH = regex.compile(r"/page/\d{1,6}+/?$")
# What a page links to beyond so many links is no listing; the largest captured home page has 900.
_MAX_LINKS = 5_000


def parse_section(text: str, url: str, article_url: str = "", bounds: Bounds | None = None) -> Discovered:
    """Article links of a listing page, in page order, and its further pages.

    `article_url`: the site entry's regex; where empty, the shape of the path decides. The bare host and its www., m.
    and amp. twins are one site. Raises `NotReadable` where there is no HTML.
    """
    wanted = Bounds(article_url=article_url) if bounds is None else bounds
    gathering = Gathering(wanted, not_articles=(url,))
    further: dict[str, None] = {}
    tree = _tree(text)
    base, host, own = _base(tree, url), site_host(url), urlsplit(url)
    seen: set[str] = set()
    for link in tree.iter("a", "link"):
        href, rel = link.get("href"), (link.get("rel") or "").lower().split()
        if not href or href.startswith("#") or (link.tag == "link" and "next" not in rel):
            continue
        target = listed_url(href, base)
        if target is None:
            # Links that run a script or write a letter are none to begin with.
            if not _is_no_link(href):
                gathering.leave(Loss.NO_URL, href)
            continue
        is_ours = site_host(target) == host
        # Where the site's entry says what an article is, it may lie on another host of the site.
        if target in seen or not (is_ours or wanted.article_url):
            continue
        seen.add(target)
        if len(seen) > _MAX_LINKS:
            gathering.leave(Loss.CUT, target)
        elif is_ours and ("next" in rel or (link.tag == "a" and _is_next(target, own, link))):
            further[target] = None
        elif link.tag == "a" and gathering.is_article(target) and (wanted.article_url or is_article(target)):
            gathering.add(target, Hint())
    further.pop(url, None)
    return gathering.finish(tuple(further), dated=False)


def announced_feeds(text: str, url: str) -> list[str]:
    """Feeds of `<link rel=alternate>` in page order; comment feeds are none of news."""
    found: dict[str, None] = {}
    tree = _tree(text)
    base = _base(tree, url)
    for link in tree.iter("link"):
        target = listed_url(link.get("href") or "", base)
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        is_feed = "alternate" in (link.get("rel") or "").lower().split() and kind in _FEED_TYPES
        if target and is_feed and "/comments/" not in target:
            found[target] = None
    return list(found)


def is_article(url: str) -> bool:
    """Whether an address looks like an article's: a slug of words, a number, a page's name, a number as parameter."""
    parts = urlsplit(url)
    *folders, last = [name for name in parts.path.lower().split("/") if name] or [""]
    stem, dot, _ = last.rpartition(".") if last.endswith(_PAGE_SUFFIXES) else (last, "", "")
    is_page = bool(dot) and len(stem) >= _NAME_CHARS
    is_slug = sum(1 for word in stem.split("-")[:-1] if word) >= _SLUG_WORDS
    is_numbered = "-" in stem and stem[-_NUMBER_CHARS:].isdecimal()
    if stem in _LISTINGS | _FOLDERS or not _LISTINGS.isdisjoint(folders):
        return False
    # "search-operation-in-the-hills-1234" is a story, "about-us-and-more" none; so with what lies in an archive.
    is_doubtful = stem.partition("-")[0] in _LISTINGS or not _FOLDERS.isdisjoint(folders)
    if is_doubtful and not (is_numbered or (is_page and is_slug) or (is_page and folders)):
        return False
    has_number = is_numbered or _LONG_NUMBER.search(parts.path + parts.query) is not None
    return is_slug or is_page or has_number or _article_number(parts)


def _article_number(parts: SplitResult) -> bool:
    # WordPress has its stories at /?p=123; elsewhere "p" is a page.
    names = _ID_PARAMETERS if parts.path.strip("/") else _ID_PARAMETERS | {"p"}
    return any(name.lower() in names and value.isdecimal() for name, value in _query(parts))


def _is_next(target: str, own: SplitResult, link: lxml.html.HtmlElement) -> bool:
    """Whether a link leads to another page of the listing."""
    parts = urlsplit(target)
    if _PAGE_PATH.search(parts.path):
        return True
    numbers = {name.lower(): value for name, value in _query(parts) if value.isdecimal()}
    if not PAGE_PARAMETERS.isdisjoint(numbers):
        return True
    if "p" not in numbers or parts.path.rstrip("/") != own.path.rstrip("/"):
        return False
    # /?p=123 is a story of WordPress, unless it is printed as the page that it numbers.
    return bool(parts.path.strip("/")) or str(link.text_content()).strip() == numbers["p"]


def _query(parts: SplitResult) -> list[tuple[str, str]]:
    try:
        return parse_qsl(parts.query, max_num_fields=20)
    except ValueError:  # more parameters than any page has
        return []


def _is_no_link(href: str) -> bool:
    scheme, colon, _ = href.strip().partition(":")
    return bool(colon) and scheme.isalpha() and scheme.lower() not in ("http", "https")


def _base(tree: lxml.html.HtmlElement, url: str) -> str:
    base = next((href for element in tree.iter("base") if (href := element.get("href"))), "")
    return web_url(base, url) or url


def _tree(text: str) -> lxml.html.HtmlElement:
    try:
        return lxml.html.document_fromstring(
            text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8")
        )
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError) as e:
        raise NotReadable(f"no HTML ({e})") from e
