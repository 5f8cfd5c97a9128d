"""RSS (0.9x, 1.0, 2.0) and Atom (0.3, 1.0) entries: which URL is the story's, and when it was told."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.discovery.links import Bounds, Gathering, Loss, hint_of
from newscrawl.discovery.markup import Field, Markup, Record
from newscrawl.items import Hint
from newscrawl.text import hindi
from newscrawl.text.dates import Moment, find_date
from newscrawl.text.inner_tags import MARKUP
from newscrawl.text.urls import listed_url, web_url

_RECORDS = frozenset(("item", "entry"))
FEED_ROOTS = dict.fromkeys(("rss", "rdf", "feed", "channel", "item", "entry"), _RECORDS)
_PUBLISHED = ("pubdate", "published", "issued", "date", "created")
_MODIFIED = ("updated", "modified")
FEED_FIELDS = frozenset(("title", "link", "guid", "id", "origlink", *_PUBLISHED, *_MODIFIED))
# What else may be called title in an entry names a picture (media) or a file.
_OWN = ("", "atom", "rss", "news")


class Entries:
    """Takes the entries of a feed, one after the other."""

    def __init__(self, markup: Markup, gathering: Gathering, url: str, bounds: Bounds) -> None:
        """Of the feed at `url`; what they name is gathered."""
        self._markup, self._gathering, self._url, self._bounds = markup, gathering, url, bounds
        self._own: set[str] = set()
        self._known = 0  # fields of the header that were looked at

    def take(self, record: Record) -> None:
        """Add an entry to what is gathered."""
        base = web_url(self._markup.attributes.get("xml:base", ""), self._url) or self._url
        own = self._own_pages(base)
        within = web_url(record.attributes.get("xml:base", ""), base) or base
        named = [target for said in _urls(record) if (target := listed_url(said, within))]
        target = next((t for t in named if t not in own and self._gathering.is_article(t)), None)
        if target:
            self._gathering.add(target, _hint(record, self._bounds))
        elif named:
            self._gathering.leave(Loss.NO_ARTICLE, named[0])
        else:
            self._gathering.leave(Loss.NO_URL, _text(record, "title") or next(_urls(record), "an entry without a link"))

    def _own_pages(self, base: str) -> set[str]:
        """What the fields before the first entry name: the feed's own page is no story."""
        header = self._markup.header
        for found in header[self._known :]:
            if found.name == "link" and not found.within:
                page = listed_url(found.text or found.attributes.get("href", ""), base)
                self._own |= {page} if page else set()
        self._known = len(header)
        return self._own


def next_page(markup: Markup, url: str) -> tuple[str, ...]:
    """The page with a feed's older entries (RFC 5005, 3), where it names one, once it was gone through."""
    base = web_url(markup.attributes.get("xml:base", ""), url) or url
    said = (f.attributes.get("href", "") for f in markup.header if f.name == "link" and _rel(f) == "next")
    return tuple(page for page in (listed_url(href, base) for href in said) if page and page != url)[:1]


def _urls(record: Record) -> Iterator[str]:
    """What may be the story's URL, the likeliest first."""
    direct = [f for f in record.fields if not f.within]
    # FeedBurner's own links lead through its counter.
    yield from (f.text for f in direct if f.name == "origlink" and f.text)
    links = [f for f in direct if f.name == "link"]
    yield from (f.text for f in links if f.text and not f.attributes.get("href"))
    alternate = [f for f in links if _rel(f) == "alternate"]
    yield from (f.attributes["href"] for f in sorted(alternate, key=_is_other_than_html) if f.attributes.get("href"))
    yield from (f.text for f in direct if f.name in ("guid", "id") and _is_permalink(f))
    if about := record.attributes.get("rdf:about"):
        yield about


def _rel(link: Field) -> str:
    """A link's relation, which Atom may write as the address of its name (RFC 4287, 4.2.7.2)."""
    return link.attributes.get("rel", "alternate").lower().removeprefix("http://www.iana.org/assignments/relation/")


def _is_other_than_html(link: Field) -> bool:
    return "html" not in link.attributes.get("type", "text/html")


def _is_permalink(found: Field) -> bool:
    """A guid is a URL unless it says otherwise; many that do say otherwise are one. Bare words and numbers are none."""
    if found.text[:8].lower().startswith(("http://", "https://")):
        return True
    return found.name == "guid" and found.text.startswith("/") and found.attributes.get("ispermalink", "") != "false"


def _hint(record: Record, bounds: Bounds) -> Hint:
    published, modified = _date(record, _PUBLISHED, bounds), _date(record, _MODIFIED, bounds)
    title = hindi.clean(MARKUP.sub(" ", _text(record, "title"))).replace("\n", " ").strip()
    return hint_of(title, published, modified)


def _text(record: Record, name: str) -> str:
    fields = [f for f in record.fields if f.name == name and not f.within and f.text]
    return next((f.text for f in fields if f.family in _OWN), "")


def _date(record: Record, names: tuple[str, ...], bounds: Bounds) -> Moment | None:
    fields = [f for name in names for f in record.fields if f.name == name and not f.within]
    return next((found for f in fields if (found := find_date(f.text, bounds.now))), None)
