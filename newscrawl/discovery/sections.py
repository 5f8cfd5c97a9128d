"""HTML pages as sources: article links on section pages, feeds that a home page announces."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

import lxml.html
import regex

from newscrawl.discovery import listed_data
from newscrawl.discovery.addresses import (
    FILES,
    HOUSE_PAGES,
    HOUSE_WORDS,
    LISTINGS,
    PAGE_SUFFIXES,
    has_article_number,
    is_article,
    query_of,
)
from newscrawl.discovery.links import Bounds, Discovered, Gathering, Loss, NotReadable
from newscrawl.discovery.listing import LABEL_WORDS, articles_among, is_told, said_in
from newscrawl.items import Hint
from newscrawl.text.depth import cut_off
from newscrawl.text.ends import without_ends
from newscrawl.text.page_numbers import PAGE_PARAMETERS
from newscrawl.text.urls import listed_url, says, site_host, web_url

_FEED_TYPES = {
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/xml",
    "application/xml",
}  # fmt: skip
# The path of a feed that is only linked, as old sites do: what has no such ending is a page about feeds.
_FEED_PATH = regex.compile(r"(?:rss|feed)[^?#]{0,200}+(?<=\.xml|\.rss)$|\.rss$", regex.IGNORECASE)
_NO_SECTIONS = LISTINGS - {"cat", "section", "list"} | {
    "feed",
    "podcast",
    "podcasts",
    "index",
    "home",
    "games",
}
# Programs of old CMSes, which parameters tell what to print.
_SCRIPTS = (".php", ".aspx", ".asp", ".jsp", ".cms")
# "/sports/" and "/sports/cricket/"; what lies deeper is linked from there.
_SECTION_DEPTH = 2
_PAGE_PATH = regex.compile(r"/page/\d{1,6}+/?$")
# "/2", "/page-2.html", "-page-2", "/index/2", and the ending alone.
_PAGE_END = regex.compile(r"(?:[/_-](?:(?:page|index|pg|p)[/_-]?+)?(\d{1,3}))?(?:\.[a-z]{3,5}+)?/?$", regex.IGNORECASE)
_NEXT = regex.compile(r"(?:next|older|more|अगला|अगले|आगे|पुराने|पुरानी)\b.{0,20}|[›»→>]{1,2}", regex.IGNORECASE)
# Figures of a number that a pager prints.
_NUMBER_CHARS = 4
# Where a script goes when an element is pressed.
_PRESSED = regex.compile(
    r"""(?:\blocation(?:\.href)?\s{0,9}=|\blocation\.(?:assign|replace)\(|\bopen\()\s{0,9}["']([^"']{1,2000}+)["']"""
)
_SCRIPT_CHARS = 20
# A card, or a link without an address, that keeps it in `data-href` for a script. A box without a headline keeps so
# what is put into it, and buttons to share have theirs in `data-url`.
_CARDS = frozenset(("a", "div", "li", "article", "section"))
# What a page links to beyond so many links is no listing; the largest captured home page has 900.
_MAX_LINKS = 5_000


def parse_section(text: str, url: str, article_url: str = "", bounds: Bounds | None = None) -> Discovered:
    """Article links of a listing page, in page order, and its further pages.

    `article_url`: the site entry's regex; where empty, or no more than a language's folder (`bounds`), the shape of the
    path decides. The bare host and its www., m. and amp. twins are one site. Raises `NotReadable` where there is no
    HTML.
    """
    wanted = Bounds(article_url=article_url) if bounds is None else bounds
    is_called = bool(wanted.article_url) and wanted.calls_articles
    gathering = Gathering(wanted, not_articles=(url,))
    further: dict[str, None] = {}
    tree, partly = _tree(text)
    base, host, own = _base(tree, url), site_host(url), urlsplit(url)
    links: dict[str, list[lxml.html.HtmlElement]] = {}
    for link, href in _links(tree):
        rel = (link.get("rel") or "").lower().split()
        if link.tag == "link" and "next" not in rel:
            continue
        target = listed_url(href, base)
        if target is None:
            # Links that run a script or write a letter are none to begin with.
            if not _is_no_link(href):
                gathering.leave(Loss.NO_URL, href)
            continue
        is_ours = site_host(target) == host
        # Where the site's entry says what an article is, it may lie on another host of the site.
        if not (is_ours or wanted.article_url):
            continue
        if target in links:
            links[target].append(link)
        elif target not in further and len(links) + len(further) >= _MAX_LINKS:
            gathering.leave(Loss.CUT, target)
        elif is_ours and ("next" in rel or (link.tag == "a" and _is_next(target, own, link))):
            further[target] = None
        elif link.tag != "link" and target not in further:
            links[target] = [link]
    found = links if is_called else articles_among(links)
    for target in links:
        if target in found and gathering.is_article(target) and (is_called or not _is_same_page(target, own)):
            gathering.add(target, Hint())
    for address, headline in listed_data.named(tree):
        target = listed_url(address, base)
        is_story = target and (is_called or (site_host(target) == host and is_told(target, headline)))
        if target and is_story and gathering.is_article(target) and not _is_same_page(target, own):
            gathering.add(target, Hint())
    further.pop(url, None)
    return gathering.finish(tuple(further), partly=partly, dated=False, paged=True)


def announced_feeds(text: str, url: str) -> list[str]:
    """Feeds of `<link rel=alternate>` in page order, else those that links lead to; comment feeds are none of news."""
    found: dict[str, None] = {}
    tree, _ = _tree(text)
    base = _base(tree, url)
    for link in tree.iter("link"):
        target = listed_url(link.get("href") or "", base)
        kind, rel = (link.get("type") or "").partition(";")[0].strip().lower(), (link.get("rel") or "").lower().split()
        is_feed = "feed" in rel or ("alternate" in rel and kind in _FEED_TYPES)
        if target and is_feed and "/comments/" not in target:
            found[target] = None
    if not found:
        linked = (listed_url(link.get("href") or "", base) for link in tree.iter("a"))
        found = dict.fromkeys(t for t in linked if t and site_host(t) == site_host(url) and _is_feed_path(t))
    return list(found)


def _is_feed_path(url: str) -> bool:
    return _FEED_PATH.search(urlsplit(url).path) is not None


def section_links(text: str, url: str, bounds: Bounds | None = None) -> tuple[str, ...]:
    """The listing pages that a home page leads to: short addresses of the site's own that a menu's label names, those
    below the home's folder before the others, those of one folder first. None that `bounds` keep out, where they say
    where the site's pages are. Raises `NotReadable` where there is no HTML."""
    tree, _ = _tree(text)
    base, host, home = _base(tree, url), site_host(url), _folders(url)
    where = bounds.article_url if bounds and not bounds.calls_articles else ""
    found: dict[str, tuple[bool, int]] = {}
    for link, href in _links(tree):
        target = listed_url(href, base)
        if link.tag == "link" or target is None or target in found or site_host(target) != host:
            continue
        parts = urlsplit(target)
        names = [name for name in parts.path.lower().split("/") if name]
        if parts.query and not (names and names[-1].endswith(_SCRIPTS)):
            target = target.partition("?")[0]  # it counts where readers come from; a script's says which section
        is_below = names[: len(home)] == home
        depth = len(names) - (len(home) if is_below else 0)
        is_short = 0 < depth <= _SECTION_DEPTH
        # What the labels of a page about the paper are, or of one that tells no stories, these are.
        if is_short and not any(_is_no_section(name) for name in names) and not is_article(target):
            label = said_in(link).split()
            if 0 < len(label) <= LABEL_WORDS and (not where or says(where, f"{target.rstrip('/')}/")):
                found[target] = (not is_below, depth)
    return tuple(sorted(found, key=found.__getitem__))


def _folders(url: str) -> list[str]:
    """The folders that a page lies in; an address without an ending is one itself."""
    names = [name for name in urlsplit(url).path.lower().split("/") if name]
    return names[:-1] if names and names[-1].endswith(PAGE_SUFFIXES) else names


def _is_no_section(name: str) -> bool:
    stem = name.rpartition(".")[0] if name.endswith(PAGE_SUFFIXES) else name
    words = set(stem.split("-"))
    return name.endswith(FILES) or stem in _NO_SECTIONS or bool(words & (HOUSE_WORDS | HOUSE_PAGES))


def _is_next(target: str, own: SplitResult, link: lxml.html.HtmlElement) -> bool:
    """Whether a link leads to another page of the listing."""
    parts = urlsplit(target)
    if _PAGE_PATH.search(parts.path) or _is_numbered(parts, own, said_in(link).strip()):
        return True
    numbers = {name.lower(): value for name, value in query_of(parts) if value.isdecimal()}
    if not PAGE_PARAMETERS.isdisjoint(numbers):
        return True
    if "p" not in numbers or parts.path.rstrip("/") != own.path.rstrip("/"):
        return False
    # /?p=123 is a story of WordPress, unless it is printed as the page that it numbers.
    return bool(parts.path.strip("/")) or said_in(link).strip() == numbers["p"]


def _is_numbered(there: SplitResult, own: SplitResult, label: str) -> bool:
    """Whether a link that is printed as a number, or as "next", leads to this listing's own address with a number."""
    if not (label.isdecimal() and int(label[:_NUMBER_CHARS]) > 1 and len(label) < _NUMBER_CHARS) and (
        _NEXT.fullmatch(label) is None
    ):
        return False
    path, number = _unnumbered(there.path)
    if path != _unnumbered(own.path)[0]:
        return False
    if there.path.rstrip("/") == own.path.rstrip("/"):
        return any(value.isdecimal() for _, value in query_of(there)) and there.query != own.query
    return number > 1 and (not label.isdecimal() or number == int(label))


def _unnumbered(path: str) -> tuple[str, int]:
    """A path without its ending and the number of a page, and that number: 1 where there is none."""
    found = _PAGE_END.search(path)
    return (path[: found.start()], int(found[1] or 1)) if found else (path, 1)


def _is_same_page(target: str, own: SplitResult) -> bool:
    """Whether a link leads to the page itself, otherwise sorted or cut."""
    parts = urlsplit(target)
    return parts.path.rstrip("/") == own.path.rstrip("/") and not has_article_number(parts)


def _links(tree: lxml.html.HtmlElement) -> Iterator[tuple[lxml.html.HtmlElement, str]]:
    """The elements that lead on, in page order, and to where: links, and what a script follows when it is pressed."""
    for element in tree.iter(lxml.etree.Element):
        href, pressed = element.get("href"), element.get("onclick") or ""
        if href and href.lstrip()[:_SCRIPT_CHARS].lower().startswith("javascript:"):
            href, pressed = None, f"{href};{pressed}"
        if href and not href.startswith("#") and element.tag in ("a", "link"):
            yield element, href
        elif pressed and (found := _PRESSED.search(pressed)) and not found[1].startswith("#"):
            yield element, found[1]
        elif element.tag in _CARDS and (kept := element.get("data-href")) and _tells(element):
            yield element, kept


def _tells(card: lxml.html.HtmlElement) -> bool:
    return len(said_in(card).split()) > LABEL_WORDS


def _is_no_link(href: str) -> bool:
    scheme, colon, _ = href.strip().partition(":")
    return bool(colon) and scheme.isalpha() and scheme.lower() not in ("http", "https")


def _base(tree: lxml.html.HtmlElement, url: str) -> str:
    base = next((href for element in tree.iter("base") if (href := element.get("href"))), "")
    return web_url(base, url) or url


def _tree(text: str) -> tuple[lxml.html.HtmlElement, str | None]:
    """The page, and why it is there only in part (None: it is there whole)."""
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        tree = lxml.html.document_fromstring(without_ends(text.encode("utf-8", "replace")), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError) as e:
        raise NotReadable(f"no HTML ({e})") from e
    return tree, cut_off(parser)
