"""What the page says of itself: JSON-LD first, then the head's meta tags, then what it prints near the headline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import regex
from lxml import etree

from newscrawl.extraction.metadata import byline, canonical, headline, linked_data, story_pages
from newscrawl.extraction.prune import before_story
from newscrawl.items import Page
from newscrawl.text import hindi
from newscrawl.text.dates import IST, Moment, date_in_url, find_date
from newscrawl.text.urls import web_url

_PUBLISHED = (
    "article:published_time", "article:published_date", "article:published", "datepublished", "og:published_time",
    "publish-date", "publish_date", "published_date", "published-date", "publishdate", "pubdate", "date_published",
    "og:article:published_time", "dc.date.issued", "dcterms.created", "parsely-pub-date", "sailthru.date",
    "cxenseparse:recs:publishtime", "article_date_original", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "article:modified_date", "datemodified", "og:updated_time", "og:modified_time",
    "last-modified", "lastmod", "modified_date", "article:modified", "dcterms.modified",
)  # fmt: skip
_UPDATED_LABEL = regex.compile(r"updat|modif|अपडेट|संशोधित", regex.I)
# The section line stands in the headline's box: font, cell, row and table in old layouts, header and article in new.
_SECTION_LEVELS = 6
# Only beside the headline, and in no menu: menus carry the same classes. The test begins at the attribute, which
# few elements have.
_BESIDE = f"ancestor::*[position() < {_SECTION_LEVELS}][last()]/descendant::*"
_SECTION: Any = etree.XPath(
    f"({_BESIDE}/@rel[.='category' or .='category tag']/.."
    f" | {_BESIDE}/@class[contains(., 'post-cat') or contains(., 'kicker') or contains(., 'section-name')"
    " or contains(concat(' ', ., ' '), ' cat ')]/.."
    f" | {_BESIDE}/@class[contains(., 'category')]/parent::*[not(self::article or self::body)])[not(ancestor::nav)]"
)
_NAMED_PROPERTY: Any = etree.XPath("//@itemprop[.=$n]/..")
# Longer than this a "section" or "tag" is a sentence that strayed into the field.
_LABEL_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Fields of `Article` that page and hints give; None or () where nobody says."""

    title: str | None
    canonical_url: str
    first_page: str | None  # of the story, where this is a later page of it
    summary: str | None
    authors: tuple[str, ...]
    section: str | None
    tags: tuple[str, ...]
    published_at: datetime | None
    zone_assumed: bool | None
    modified_at: datetime | None
    image_url: str | None
    types: frozenset[str]  # JSON-LD types of the page
    article_body: str | None  # JSON-LD articleBody, cleaned
    dated: bool  # the head says for machines when it was published


def read(tree: Any, page: Page) -> Metadata:
    """Read the metadata of a parsed page; discovery's hint fills title and dates that the page lacks."""
    meta = _meta_tags(tree)
    data = linked_data.read(tree)
    ld = data.article
    sites = [data.publisher, _first(meta, "og:site_name", "application-name", "twitter:app:name:iphone")]
    title = headline.read(
        tree,
        page.url,
        [linked_data.text_of(ld.get("headline")), _first(meta, "og:title"), _first(meta, "twitter:title")],
        sites,
    )
    title = title or _clean(page.hint.title)
    place = before_story.headline_element(tree, title)
    near = byline.lines_near(place) if place is not None else []
    published = _time(
        page,
        [
            _date_text(ld.get("datePublished")),
            *_all(meta, *_PUBLISHED),
            *_machine_times(tree, "datePublished", place),
        ],
    )
    modified = _time(
        page,
        [
            _date_text(ld.get("dateModified")),
            *_all(meta, *_MODIFIED),
            *_machine_times(tree, "dateModified", None),
        ],
    )
    dated = published is not None
    published, modified = _printed(page, near, published, modified)
    hint = page.hint
    if published is None and hint.published_at is None:
        published = date_in_url(page.url, page.fetched_at)
    authors = byline.names(linked_data.names_of(ld.get("author")), sites) or byline.names(
        _all(meta, "author", "article:author", "byl", "dc.creator"), sites
    )
    if not authors or authors == byline.names([s for s in sites if s], []):
        authors = byline.printed_authors(tree, near, sites) or authors
    summary = _clean(
        _first(meta, "og:description", "description", "twitter:description")
        or linked_data.text_of(ld.get("description"))
    )
    declared = [] if page.own_address else list(map(str, tree.xpath("//link[@rel='canonical']/@href")))
    named = [*_all(meta, "og:url"), linked_data.url_of(ld.get("url")), linked_data.url_of(ld.get("mainEntityOfPage"))]
    return Metadata(
        title=title,
        canonical_url=canonical.believed(declared, page.url, named),
        first_page=story_pages.first_page(tree, page.url, declared),
        summary=None if summary == title else summary,
        authors=authors,
        section=_section(tree, meta, data, place),
        tags=_tags(tree, meta, ld),
        published_at=published.when if published else hint.published_at,
        zone_assumed=not published.zoned if published else (hint.zone_assumed if hint.published_at else None),
        modified_at=modified.when if modified else hint.modified_at,
        image_url=_image(tree, meta, ld, page.url, place),
        types=data.types,
        article_body=hindi.clean(linked_data.text_of(ld.get("articleBody")) or "") or None,
        dated=dated,
    )


# -- the head ------------------------------------------------------------------------------------------


def _meta_tags(tree: Any) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for e in tree.iter("meta"):
        content = (e.get("content") or "").strip()
        if content:
            for name in {(e.get(a) or "").strip().lower() for a in ("property", "name", "itemprop")} - {""}:
                tags.setdefault(name, []).append(content)
    return tags


def _first(meta: dict[str, list[str]], *names: str) -> str | None:
    return next((meta[n][0] for n in names if n in meta), None)


def _all(meta: dict[str, list[str]], *names: str) -> list[str]:
    return [value for n in names for value in meta.get(n, ())]


def _clean(value: str | None) -> str | None:
    return (hindi.clean(value).replace("\n", " ") or None) if value else None


# -- dates ---------------------------------------------------------------------------------------------


def _date_text(value: Any) -> str | None:
    # Some CMSes print epoch seconds or milliseconds there, as a number.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else linked_data.text_of(value)


def _time(page: Page, values: list[str | None]) -> Moment | None:
    """The first date of `values` that has a time of day, else the first date."""
    found = [f for v in values if (f := find_date(v, page.fetched_at))]
    if not found:
        return None
    day = found[0]
    return next((f for f in found if f.timed and _same_day(f.when, day.when)), day)


def _same_day(a: datetime, b: datetime) -> bool:
    return a.astimezone(IST).date() == b.astimezone(IST).date()


def _machine_times(tree: Any, name: str, place: Any) -> list[str]:
    """`itemprop` and `<time>` attributes; of bare `<time>` elements the first behind the headline."""
    values = [str(v) for e in _NAMED_PROPERTY(tree, n=name) for v in (e.get("datetime"), e.get("content"), e.text) if v]
    if place is not None and not values:
        values = [
            str(v)
            for v in place.xpath(
                "(following::time[@datetime])[1]/@datetime | (ancestor::header//time[@datetime])[1]/@datetime"
            )
        ]
    return values


def _printed(
    page: Page, near: list[str], published: Moment | None, modified: Moment | None
) -> tuple[Moment | None, Moment | None]:
    """Add what is printed near the headline: a date where none was given, a time where only a day was."""
    for line in near:
        found = find_date(line, page.fetched_at)
        if found is None:
            continue
        updated = _UPDATED_LABEL.search(line) is not None
        if updated and modified is None:
            modified = found
        if not updated or published is None:
            midnight = published is not None and published.when.astimezone(IST).time().isoformat() == "00:00:00"
            if published is None or (midnight and found.timed and _same_day(found.when, published.when)):
                published = found
    return published, modified


# -- section, tags, image, address ---------------------------------------------------------------------


def _section(tree: Any, meta: dict[str, list[str]], data: linked_data.LinkedData, place: Any) -> str | None:
    said = _first(meta, "article:section", "articlesection", "og:article:section") or linked_data.text_of(
        data.article.get("articleSection")
    )
    if not said and place is not None:
        said = next(
            (
                text
                for e in _SECTION(place)
                if 1 < len(text := " ".join(" ".join(e.itertext()).split())) <= _LABEL_CHARS
            ),
            None,
        )
    if not said and len(data.breadcrumb) > 2:
        said = data.breadcrumb[-2]
    said = _clean(said)
    return said if said and len(said) <= _LABEL_CHARS else None


def _tags(tree: Any, meta: dict[str, list[str]], ld: dict[str, Any]) -> tuple[str, ...]:
    keywords = ld.get("keywords")
    values = _all(meta, "article:tag", "keywords", "news_keywords")
    values += [k for k in (keywords if isinstance(keywords, list) else [keywords]) if isinstance(k, str)]
    values += [" ".join(e.itertext()) for e in tree.xpath("//a[@rel='tag' or @rel='tag nofollow']")]
    tags: dict[str, str] = {}
    for value in values:
        for part in regex.split(r"[,،;]", value):
            tag = hindi.clean(part.replace("\n", " ")).strip(" #\"'")
            if 1 < len(tag) <= _LABEL_CHARS:
                tags.setdefault(hindi.fold(tag), tag)
    return tuple(tags.values())


def _image(tree: Any, meta: dict[str, list[str]], ld: dict[str, Any], url: str, place: Any) -> str | None:
    said = [
        *_all(meta, "og:image", "og:image:secure_url"),
        linked_data.url_of(ld.get("image")),
        *_all(meta, "twitter:image", "twitter:image:src"),
    ]
    if place is not None:
        said += [
            e.get("data-src") or e.get("src")
            for e in place.xpath("(following::img | following::amp-img)[position() < 6]")
            if _is_large(e)
        ]
    for value in said:
        target = web_url(value, url) if value else None
        # A site's bare address in the image field is a CMS without a picture.
        if target and urlsplit(target).path.strip("/"):
            return target
    return None


def _is_large(e: Any) -> bool:
    width = regex.match(r"\d+", e.get("width") or "")
    return bool(width and int(width.group()) >= 200)  # smaller are avatars, icons and thumbnails
