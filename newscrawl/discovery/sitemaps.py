"""Sitemaps, Google-News sitemaps and their indexes, XML or one URL a line; and what feed is named for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from newscrawl.discovery.children import by_promise
from newscrawl.discovery.feeds import FEED_FIELDS, FEED_ROOTS, Entries, next_page
from newscrawl.discovery.json_feeds import take_items
from newscrawl.discovery.links import Bounds, Discovered, Gathering, Loss, NotReadable, hint_of
from newscrawl.discovery.markup import Field, Markup, Record, readable
from newscrawl.discovery.unpack import MAX_BYTES, beginning
from newscrawl.items import Hint
from newscrawl.text import hindi
from newscrawl.text.dates import find_date
from newscrawl.text.urls import listed_url

__all__ = ["MAX_BYTES", "parse_sitemap"]

# Publishers put a child into a urlset and a page into an index, each under its own name or the other's.
_RECORDS = frozenset(("url", "sitemap"))
_ROOTS = dict.fromkeys(("urlset", "sitemapindex", "url", "sitemap"), _RECORDS)
_FIELDS = frozenset(("loc", "lastmod", "title", "publication_date"))
_WEB = ("http://", "https://")
# A line of a plain list that is longer is no URL.
_LINE_CHARS = 4096


def parse_sitemap(body: bytes, url: str, content_type: str | None = None, bounds: Bounds | None = None) -> Discovered:
    """Read a sitemap, an index of them, or a feed, which publishers name for one; gzipped or not.

    Read as far as it goes, with the reason in `partly`. Of an index the children come the likeliest news first. Raises
    `NotReadable` when it is none of these.
    """
    bounds = bounds or Bounds()
    faults: list[str] = []
    start, text = beginning(body, faults, content_type)
    gathering = Gathering(bounds, not_articles=(url,))
    children: dict[str, datetime | None] = {}
    if start.lower().startswith((*_WEB, "#")):
        _take_lines(text, gathering, children, url)
        if start.startswith("#") and not gathering.usable and not children:
            raise NotReadable("no list of URLs")
        return gathering.finish(tuple(by_promise(children, bounds.order)), partly="; ".join(faults) or None)
    if start.startswith("{"):
        following = take_items("".join(text), gathering, url, bounds)
        return gathering.finish(following, partly="; ".join(faults) or None, paged=True)
    markup = Markup(text, _ROOTS | FEED_ROOTS, _FIELDS | FEED_FIELDS, faults)
    entries = Entries(markup, gathering, url, bounds)
    for record in markup:
        if markup.root in FEED_ROOTS:
            entries.take(record)
        else:
            _take(record, gathering, children, url, bounds)
    readable(markup, bool(gathering.usable or children), "sitemap, RSS or Atom")
    if markup.root in FEED_ROOTS:
        return gathering.finish(next_page(markup, url), partly="; ".join(faults) or None, paged=True)
    changed = {child: when for child, when in children.items() if when}
    return gathering.finish(tuple(by_promise(children, bounds.order)), changed, "; ".join(faults) or None)


def _take(
    record: Record, gathering: Gathering, children: dict[str, datetime | None], base: str, bounds: Bounds
) -> None:
    said = _text(record, "loc")
    target = listed_url(said, base)
    if target is None:
        gathering.leave(Loss.NO_URL, said or f"a {record.name} without loc")
        return
    changed = find_date(_text(record, "lastmod"), bounds.now)
    if record.name == "sitemap" or (_is_sitemap(target) and target != base):
        if target != base:
            modified = changed.when if changed else None
            children[target] = max((w for w in (modified, children.get(target)) if w), default=None)
        return
    published = find_date(_text(record, "publication_date"), bounds.now)
    gathering.add(target, hint_of(hindi.clean(_text(record, "title")), published, changed))


def _is_sitemap(url: str) -> bool:
    """Whether an address is that of a sitemap, whatever names it: an index may be written as a list of pages."""
    return urlsplit(url).path.lower().endswith((".xml", ".xml.gz"))


def _text(record: Record, name: str) -> str:
    return next((f.text for f in record.fields if f.name == name and f.text and not _is_of_picture(f)), "")


def _is_of_picture(found: Field) -> bool:
    return found.within in ("image", "video") or found.family in ("image", "video")


def _take_lines(text: Iterable[str], gathering: Gathering, children: dict[str, datetime | None], url: str) -> None:
    """A sitemap of one URL a line."""
    for line in _lines(text):
        if line.startswith("#"):
            continue  # a comment
        target = listed_url(line, url) if line[:8].lower().startswith(_WEB) else None
        if target and _is_sitemap(target) and target != url:
            children[target] = None
        elif target:
            gathering.add(target, Hint())
        elif line:
            gathering.leave(Loss.NO_URL, line)


def _lines(text: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in text:
        *lines, rest = (rest + piece).replace("\r", "\n").split("\n")
        yield from (line.strip() for line in lines)
        rest = rest[: 2 * _LINE_CHARS]
    yield rest.strip()
