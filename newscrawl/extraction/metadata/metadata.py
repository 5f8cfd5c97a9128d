"""What the page says of itself: JSON-LD first, then the head's meta tags, then what it prints near the headline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import regex

from newscrawl.extraction.elements import Elements, base_of, rels
from newscrawl.extraction.metadata import byline, canonical, headline, linked_data, section, story_pages
from newscrawl.extraction.metadata.said import Heard, Said, believed
from newscrawl.extraction.prune import before_story
from newscrawl.items import Page
from newscrawl.text import hindi
from newscrawl.text.ago import ago
from newscrawl.text.dates import IST, Moment, date_in_url, find_date
from newscrawl.text.urls import listed_url, site_label, web_url

_PUBLISHED = (
    "article:published_time", "article:published_date", "article:published", "datepublished", "og:published_time",
    "publish-date", "publish_date", "published_date", "published-date", "publishdate", "pubdate", "date_published",
    "og:article:published_time", "dc.date.issued", "dcterms.created", "dcterms.date", "parsely-pub-date",
    "sailthru.date", "cxenseparse:recs:publishtime", "article_date_original", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "article:modified_date", "datemodified", "og:updated_time", "og:modified_time",
    "last-modified", "lastmod", "modified_date", "article:modified", "dcterms.modified",
)  # fmt: skip
_HINT = "the feed or sitemap"
_UPDATED_LABEL = regex.compile(r"updat|modif|अपडेट|संशोधित", regex.I)
_TAG_RELS = frozenset(("tag", "nofollow", "noopener"))
# Of what a page calls itself: each is compared with each article that its data names.
_TITLES = 50
# A page has some; who names more names the words of a dictionary.
_TAGS = 100


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
    withheld: bool  # from readers who do not pay, as JSON-LD says
    dated: bool  # the head says for machines when it was published
    heard: Mapping[str, Heard]  # of each field, which source gave it, and what was said besides


def read(elements: Elements, page: Page, *, whole: bool = False) -> Metadata:
    """Read the metadata of a parsed page; discovery's hint fills title and dates that the page lacks.

    `whole`: sources are asked as well where one before them was believed, for a person who asks why (`Metadata.heard`).
    """
    tree = elements.tree
    meta = _meta_tags(elements)
    base = base_of(elements.tagged("base"), page.url)
    hrefs = [href for e in elements.tagged("link") if "canonical" in rels(e) and (href := e.get("href")) is not None]
    declared = [listed_url(href, base) or href for href in hrefs]
    data = linked_data.read(elements, _addresses(page.url, declared), _titles(elements, meta))
    ld = data.article
    hint = page.hint
    sites = [data.publisher, _first(meta, "og:site_name", "application-name", "twitter:app:name:iphone")]
    heads = [
        Said("JSON-LD headline", linked_data.text_of(ld.get("headline"))),
        *_firsts(meta, "og:title"),
        *_firsts(meta, "twitter:title"),
    ]
    title = believed(
        chain(headline.heard(elements, page.url, heads, sites), [Said(_HINT, _clean(hint.title))]), whole=whole
    )
    place = before_story.headline_element(tree, title.value)
    lines = byline.lines_near(place) if place is not None else []
    near = [" ".join(pieces) for pieces in lines]
    marked = _machine_times(elements, "datePublished")
    beside, below = _bare_times(place, near) if place is not None and not marked else ([], [])
    published = _time(
        page,
        [
            Said("JSON-LD datePublished", _date_text(ld.get("datePublished"))),
            *_tagged(meta, *_PUBLISHED),
            *marked,
            *beside,
            Said("JSON-LD dateCreated", _date_text(ld.get("dateCreated"))),
        ],
    )
    modified = _time(
        page,
        [
            Said("JSON-LD dateModified", _date_text(ld.get("dateModified"))),
            *_tagged(meta, *_MODIFIED),
            *_machine_times(elements, "dateModified"),
        ],
    )
    dated = published.source is not None or bool(_time(page, below).source)
    # WordPress dates its pages about the paper so, too: it makes none an article.
    if not dated and data.page:
        of_page = Said("JSON-LD datePublished of the page", _date_text(data.page["datePublished"]))
        published = published.or_else(_time(page, [of_page]).said)
    published, modified = _printed(page, near, published, modified)
    published = _undated(page, near, below, published, whole=whole)
    modified = modified.or_else([Said(_HINT, hint.modified_at)] if hint.modified_at else [])
    summary = believed(
        chain(
            _firsts(meta, "og:description", "description", "twitter:description"),
            [Said("JSON-LD description", linked_data.text_of(ld.get("description")))],
        ),
        whole=whole,
    )
    summary = _finished(summary, "says what the headline says", lambda said: said != title.value)
    named = [*_all(meta, "og:url"), linked_data.url_of(ld.get("url")), linked_data.url_of(ld.get("mainEntityOfPage"))]
    address = believed(canonical.heard(declared, page.url, named, ignored=page.own_address), whole=whole)
    bare = partial(byline.beside_date, elements, lines, title.value, page.fetched_at)
    own = [*sites, site_label(page.url)]
    authors = believed(_authors(elements, meta, data, lines, bare, own, whole=whole), whole=whole)
    its_section = believed(
        section.heard(elements, _firsts(meta, *section.TAGS), data, place, title.value, page.url), whole=whole
    )
    its_section = _finished(
        its_section, f"is longer than {section.LABEL_CHARS} characters", lambda said: len(said) <= section.LABEL_CHARS
    )
    tags = _tags(elements, meta, ld)
    image = believed(_images(meta, ld, base, place), whole=whole)
    when, changed = published.value, modified.value
    return Metadata(
        title=title.value,
        canonical_url=address.value or page.url,
        first_page=story_pages.first_page(tree, page.url, [] if page.own_address else declared),
        summary=summary.value,
        authors=authors.value or (),
        section=its_section.value,
        tags=tags.value,
        published_at=when.when if isinstance(when, Moment) else when,
        zone_assumed=not when.zoned if isinstance(when, Moment) else (hint.zone_assumed if when else None),
        modified_at=changed.when if isinstance(changed, Moment) else changed,
        image_url=image.value,
        types=data.types,
        article_body=hindi.clean(linked_data.text_of(ld.get("articleBody")) or "") or None,
        withheld=str(ld.get("isAccessibleForFree")).lower() == "false",
        dated=dated,
        heard={
            "title": title,
            "authors": authors,
            "published_at": published,
            "modified_at": modified,
            "section": its_section,
            "tags": tags,
            "summary": summary,
            "canonical_url": address,
            "image_url": image,
        },
    )


def _finished(heard: Heard, why: str, holds: Callable[[str], bool]) -> Heard:
    """A value that is words, cleaned; refused, for `why`, where it does not hold."""
    value = _clean(heard.value)
    return replace(heard, value=value) if value and holds(value) else heard.refusing(why)


# -- the head ------------------------------------------------------------------------------------------


def _meta_tags(elements: Elements) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for e in elements.tagged("meta"):
        content = (e.get("content") or "").strip()
        if content:
            for name in {(e.get(a) or "").strip().lower() for a in ("property", "name", "itemprop")} - {""}:
                tags.setdefault(name, []).append(content)
    return tags


def _first(meta: dict[str, list[str]], *names: str) -> str | None:
    return next((meta[n][0] for n in names if n in meta), None)


def _all(meta: dict[str, list[str]], *names: str) -> list[str]:
    return [value for n in names for value in meta.get(n, ())]


def _firsts(meta: dict[str, list[str]], *names: str) -> list[Said]:
    """The first value of each tag, with its name."""
    return [Said(f"meta {n}", meta[n][0]) for n in names if n in meta]


def _tagged(meta: dict[str, list[str]], *names: str) -> list[Said]:
    """All values of the tags, with their names."""
    return [Said(f"meta {n}", value) for n in names for value in meta.get(n, ())]


def _clean(value: str | None) -> str | None:
    return (hindi.clean(value).replace("\n", " ") or None) if value else None


def _addresses(url: str, declared: list[str]) -> list[str]:
    return [url, *(target for href in declared if (target := web_url(href, url)))]


def _titles(elements: Elements, meta: dict[str, list[str]]) -> list[str]:
    heads = [*_all(meta, "og:title", "twitter:title"), *(e.text or "" for e in elements.tagged("title"))]
    return [*heads, *("".join(e.itertext()) for e in elements.tagged("h1"))][:_TITLES]


# -- dates ---------------------------------------------------------------------------------------------


def _date_text(value: Any) -> str | None:
    if isinstance(value, list):
        value = next((v for v in value if v), None)
    if isinstance(value, dict):
        value = value.get("@value")
    # Some CMSes print epoch seconds or milliseconds there, as a number.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else linked_data.text_of(value)


def _time(page: Page, values: list[Said]) -> Heard:
    """The first date of `values` that has a time of day, else the first date."""
    said = []
    for source, value, _ in values:
        if value:
            moment = find_date(value, page.fetched_at)
            said.append(Said(source, moment) if moment else Said(source, value, "is no date that can be believed"))
    found = [one for one in said if one.refused is None]
    if not found:
        return Heard(said=tuple(said))
    day = found[0]
    best = next((f for f in found if f.value.timed and _same_day(f.value.when, day.value.when)), day)
    return Heard(best.value, best.source, tuple(said))


def _undated(page: Page, near: list[str], below: list[Said], published: Heard, *, whole: bool) -> Heard:
    """What others say: the feed or sitemap, else the address, else a time element below, else how long ago it was."""
    hint = page.hint.published_at
    if published.source is not None and not whole:
        return published
    published = published.or_else([Said(_HINT, hint)] if hint else [])
    if published.source is not None and not whole:
        return published
    day = date_in_url(page.url, page.fetched_at)
    published = published.or_else([Said("the address", day)] if day else []).or_else(_time(page, below).said)
    if published.source is not None and not whole:
        return published
    past = ((line, moment) for line in near if (moment := ago(line, page.fetched_at)))
    return published.or_else([Said(f"printed near the headline: {line}", moment) for line, moment in past])


def _same_day(a: datetime, b: datetime) -> bool:
    return a.astimezone(IST).date() == b.astimezone(IST).date()


def _machine_times(elements: Elements, name: str) -> list[Said]:
    """What `itemprop` attributes and hAtom's classes say."""
    values = [
        Said(f"itemprop {name}", str(v))
        for e in elements.of_property(name)
        for v in (e.get("datetime"), e.get("content"), e.get("title"), e.text)
        if v
    ]
    if not values and name == "datePublished":  # hAtom, as Blogger prints it
        dated = (e for e in elements.tagged("abbr") if "published" in (e.get("class") or "").split())
        return [Said("abbr published", e.get("title")) for e in dated if e.get("title")]
    return values


def _bare_times(place: Any, near: list[str]) -> tuple[list[Said], list[Said]]:
    """The first time element behind the headline or in its header: beside it, or below, maybe of another story."""
    beside, below, headers = list[Said](), list[Said](), set(place.iterancestors("header"))
    for e in place.xpath("(following::time[@datetime])[1] | (ancestor::header//time[@datetime])[1]"):
        text = " ".join(" ".join(e.itertext()).split())
        printed = not text or any(text in line or line in text for line in near)
        if printed or not headers.isdisjoint(e.iterancestors("header")):
            beside.append(Said("time element near the headline", e.get("datetime")))
        else:
            below.append(Said("time element below", e.get("datetime")))
    return beside, below


def _printed(page: Page, near: list[str], published: Heard, modified: Heard) -> tuple[Heard, Heard]:
    """Add what is printed near the headline: a date where none was given, a time where only a day was."""
    for line in near:
        found = find_date(line, page.fetched_at)
        if found is None:
            continue
        updated = _UPDATED_LABEL.search(line) is not None
        said = Said(f"printed near the headline: {line}", found)
        if updated:
            modified = modified.or_else([said])
        if not updated or published.source is None:
            when = published.value.when if published.source is not None else None
            midnight = when is not None and when.astimezone(IST).time().isoformat() == "00:00:00"
            if when is None or (midnight and found.timed and _same_day(found.when, when)):
                published = Heard(found, said.source, (*published.said, said))
            else:
                published = published.or_else([said])
    return published, modified


def _authors(
    elements: Elements,
    meta: dict[str, list[str]],
    data: linked_data.LinkedData,
    near: list[tuple[str, ...]],
    bare: Callable[[], tuple[str, ...]],
    sites: list[str | None],
    *,
    whole: bool,
) -> Iterator[Said]:
    """JSON-LD and meta tags; before a house or a desk that they name, the person who is printed near the headline."""
    tags = [name for name in ("author", "article:author", "byl", "dc.creator") if name in meta]
    author = data.article.get("author")

    def head() -> Iterator[Said]:
        yield Said("JSON-LD author", byline.names(linked_data.names_of(author), sites))
        yield Said(f"meta {', '.join(tags)}", byline.names(_all(meta, *tags), sites))

    def printed() -> Iterator[Said]:
        yield Said("printed near the headline", byline.printed_authors(elements, near, sites))
        yield Said("printed beside the date", bare())

    heads = believed(head(), whole=whole)
    house = heads.source == "JSON-LD author" and linked_data.is_organization(author)
    if heads.source is not None and not house and byline.people(heads.value, sites):
        yield from heads.said
        yield from printed()
        return
    if heads.source is None:
        yield from printed()
        yield from heads.said
        return
    said = [one for one in printed() if one.value]
    yield from (one for one in said if byline.sure(one.value, sites))
    yield from heads.said
    yield from (one for one in said if not byline.sure(one.value, sites))


# -- tags, image, address ---------------------------------------------------------------------


def _tags(elements: Elements, meta: dict[str, list[str]], ld: dict[str, Any]) -> Heard:
    """All that any source names, each once."""
    keywords = ld.get("keywords")
    values = _tagged(meta, "article:tag", "keywords", "news_keywords")
    listed = keywords if isinstance(keywords, list) else [keywords]
    values += [Said("JSON-LD keywords", k) for k in listed if isinstance(k, str)]
    links = [e for e in elements.tagged("a") if "tag" in (said := rels(e)) and _TAG_RELS.issuperset(said)]
    values += [Said("links rel=tag", " ".join(e.itertext())) for e in links]
    tags: dict[str, str] = {}
    for part in chain.from_iterable(regex.split(r"[,،;]", value) for _, value, _ in values):
        tag = hindi.clean(part.replace("\n", " ")).strip(" #\"'")
        if 1 < len(tag) <= section.LABEL_CHARS:
            tags.setdefault(hindi.fold(tag), tag)
        if len(tags) == _TAGS:
            break
    return Heard(tuple(tags.values()), "all that follow" if tags else None, tuple(values))


def _images(meta: dict[str, list[str]], ld: dict[str, Any], base: str, place: Any) -> Iterator[Said]:
    said = [
        *_tagged(meta, "og:image", "og:image:secure_url"),
        Said("JSON-LD image", linked_data.url_of(ld.get("image"))),
        *_tagged(meta, "twitter:image", "twitter:image:src"),
    ]
    yield from (_image(one, base) for one in said if one.value)
    if place is not None:
        for e in place.xpath("(following::img | following::amp-img)[position() < 6]"):
            if _is_large(e) and (source := e.get("data-src") or e.get("src")):
                yield _image(Said("img element behind the headline", source), base)


def _image(said: Said, base: str) -> Said:
    target = web_url(said.value, base)
    if target is None:
        return said._replace(refused="is no web address")
    # A site's bare address in the image field is a CMS without a picture.
    if not urlsplit(target).path.strip("/"):
        return said._replace(refused="is a site's bare address")
    return Said(said.source, target)


def _is_large(e: Any) -> bool:
    width = regex.match(r"\d{1,9}", e.get("width") or "")  # of more than 4,300 figures Python makes no number
    return bool(width and int(width.group()) >= 200)  # smaller are avatars, icons and thumbnails
