"""What the page says of itself: title, dates, authors, section, tags, image, canonical URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from trafilatura.metadata import extract_metadata

from newscrawl import hindi
from newscrawl.dates import parse_date
from newscrawl.items import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Fields of `Article` that the page's head and hints give; None or () where nobody says."""

    title: str | None
    canonical_url: str
    summary: str | None
    authors: tuple[str, ...]
    section: str | None
    tags: tuple[str, ...]
    published_at: datetime | None
    modified_at: datetime | None
    image_url: str | None


def read(tree: Any, page: Page) -> Metadata:
    """Read the metadata of a parsed page; discovery's hint fills title and dates that the page lacks."""
    found = extract_metadata(tree, default_url=page.url)

    def text(value: str | None) -> str | None:
        return (hindi.clean(value) or None) if value else None

    return Metadata(
        title=text(found.title) or text(page.hint.title),
        canonical_url=_canonical(tree, page.url),
        summary=text(found.description),
        authors=tuple(a for part in (found.author or "").split(";") if (a := hindi.clean(part))),
        section=text(found.categories[0]) if found.categories else None,
        tags=tuple(dict.fromkeys(t for tag in found.tags or () for part in tag.split(",") if (t := hindi.clean(part)))),
        published_at=_meta_time(tree, _PUBLISHED) or page.hint.published_at or parse_date(found.date),
        modified_at=_meta_time(tree, _MODIFIED) or page.hint.modified_at,
        image_url=urljoin(page.url, found.image) if found.image else None,
    )


_PUBLISHED = ("article:published_time", "datePublished", "publish-date", "pubdate")
_MODIFIED = ("article:modified_time", "dateModified", "og:updated_time")


def _meta_time(tree: Any, names: tuple[str, ...]) -> datetime | None:
    for name in names:
        for value in tree.xpath("//meta[@property=$n or @name=$n or @itemprop=$n]/@content", n=name):
            if when := parse_date(value):
                return when
    return None


def _canonical(tree: Any, url: str) -> str:
    """The page's rel=canonical when it stays on the same host (a wrong one would merge strangers)."""
    for href in tree.xpath("//link[@rel='canonical']/@href"):
        target = urljoin(url, str(href).strip())
        if (
            urlsplit(target).scheme in ("http", "https")
            and _site(target) == _site(url)
            and urlsplit(target).path.strip("/")
        ):
            return target
    return url


def _site(url: str) -> str:
    host = urlsplit(url).netloc.lower()
    for prefix in ("www.", "m.", "amp."):
        host = host.removeprefix(prefix)
    return host
