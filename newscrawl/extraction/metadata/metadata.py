"""What the page says of itself: JSON-LD first, then the head's meta tags, then what it prints near the headline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import Any

import regex

from newscrawl.extraction.elements import Elements, base_of, rels
from newscrawl.extraction.metadata import (
    below_headline,
    byline,
    canonical,
    headline,
    image,
    linked_data,
    section,
    story_pages,
    times,
)
from newscrawl.extraction.metadata.origin import DISCLAIMER_CHARS
from newscrawl.extraction.metadata.said import Heard, Said, believed
from newscrawl.extraction.prune import before_story
from newscrawl.extraction.prune.layout import beginning_of
from newscrawl.items import Page
from newscrawl.text import hindi
from newscrawl.text.dates import Moment
from newscrawl.text.depth import shallow
from newscrawl.text.urls import listed_url, site_label, web_url

_SOURCES = ("dc.source", "dcterms.source", "source", "news_source")
_TAG_RELS = frozenset(("tag", "nofollow", "noopener"))
_TAG_BOX = regex.compile(
    r"(?<!\S)(?:[\w-]{0,30}(?:[_-]|(?<=[a-z])(?=T)|story|article|post|news))?[Tt]ags?(?:[_-]?(?:[Ll]ist|[Ll]inks|[Bb]ox|[Ww]rap\w*|section))?(?!\S)"
)
_TRENDING = regex.compile(r"trend|popular|cloud|menu|nav", regex.I)
_COUNTED = regex.compile(r"\(\d{1,9}[^()]{0,12}\)\s*+$")
_NUMBERED = regex.compile(r"\s\d{1,9}\s*+$")  # a year, too, where not each is
_HASHED = regex.compile(r"\s*#\p{L}")
_BOXED_TAGS = 15
_TAG_LABEL = regex.compile(r"^(?:tags?|tagged (?:as|with|in|under)|टैग्?स?|टॅग्?स)\s*+[:：]", regex.I)
_LABEL_CHARS = 20
_TAG_PATH = regex.compile(r"/(?:tags?|topics?|keywords?|about)/[^/]", regex.I)
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
    byline: frozenset[str]  # lines below the headline that say who wrote it or when (`below_headline.keys`)
    credits: tuple[Said, ...]  # whom head and byline name as the source
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
        chain(headline.heard(elements, page.url, heads, sites), [Said(times.HINT, _clean(hint.title))]), whole=whole
    )
    place = before_story.headline_element(tree, title.value)
    short = _firsts(meta, "og:description", "description", "twitter:description")
    lines = below_headline.lines(place, (one.value for one in short), page.fetched_at) if place is not None else []
    near = [" ".join(pieces) for pieces in lines]
    marked = times.machine_times(elements, "datePublished")
    beside, below, altered = times.bare_times(place, near) if place is not None and not marked else ([], [], [])
    published = times.first_time(
        page,
        [
            Said("JSON-LD datePublished", times.date_text(ld.get("datePublished"))),
            *_tagged(meta, *times.PUBLISHED),
            *marked,
            *beside,
            Said("JSON-LD dateCreated", times.date_text(ld.get("dateCreated"))),
        ],
    )
    modified = times.first_time(
        page,
        [
            Said("JSON-LD dateModified", times.date_text(ld.get("dateModified"))),
            *_tagged(meta, *times.MODIFIED),
            *times.machine_times(elements, "dateModified"),
            *altered,
        ],
    )
    dated = published.source is not None or bool(times.first_time(page, below).source)
    # WordPress dates its pages about the paper so, too: it makes none an article.
    if not dated and data.page:
        of_page = Said("JSON-LD datePublished of the page", times.date_text(data.page["datePublished"]))
        published = published.or_else(times.first_time(page, [of_page]).said)
        of_page = Said("JSON-LD dateModified of the page", times.date_text(data.page.get("dateModified")))
        modified = modified.or_else(times.first_time(page, [of_page]).said)
    published, modified = times.printed(page, place, near, published, modified)
    published = times.undated(page, place, near, below, published, whole=whole)
    modified = modified.or_else([Said(times.HINT, hint.modified_at)] if hint.modified_at else [])
    told = [*short, Said("JSON-LD description", linked_data.text_of(ld.get("description")))]
    summary = believed(told, whole=whole)
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
    pictures = [
        *_tagged(meta, "og:image", "og:image:secure_url"),
        Said("JSON-LD image", linked_data.url_of(ld.get("image"))),
        *_tagged(meta, "twitter:image", "twitter:image:src"),
    ]
    picture = believed(image.heard(pictures, page.url, base, place, data.logo), whole=whole)
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
        image_url=picture.value,
        types=data.types,
        article_body=hindi.clean(linked_data.text_of(ld.get("articleBody")) or "") or None,
        withheld=str(ld.get("isAccessibleForFree")).lower() == "false",
        dated=dated,
        byline=below_headline.keys(lines, authors.value or (), page.fetched_at),
        credits=(
            *_tagged(meta, *_SOURCES),
            *(Said("JSON-LD sourceOrganization", name) for name in linked_data.names_of(ld.get("sourceOrganization"))),
            *byline.credits(lines, page.fetched_at),
            *_disclaimers(elements),
        ),
        heard={
            "title": title,
            "authors": authors,
            "published_at": published,
            "modified_at": modified,
            "section": its_section,
            "tags": tags,
            "summary": summary,
            "canonical_url": address,
            "image_url": picture,
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
    h1s = ("".join(e.itertext()) for e in shallow(elements.tagged("h1")))
    return [title for title in islice(chain(heads, h1s), _TITLES) if len(title) <= before_story.LONGEST_HEADLINE]


# -- authors -------------------------------------------------------------------------------------------


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


def _disclaimers(elements: Elements) -> Iterator[Said]:
    """What boxes that are called so say, as long as a story's is: pruning takes them."""
    for e in shallow(e for names, e in elements.classed if "isclaimer" in names):
        if len(text := beginning_of(e, DISCLAIMER_CHARS)) <= DISCLAIMER_CHARS:
            yield Said("disclaimer", text)


# -- tags ----------------------------------------------------------------------------------------------


def _tags(elements: Elements, meta: dict[str, list[str]], ld: dict[str, Any]) -> Heard:
    """All that any source names, each once."""
    keywords = ld.get("keywords")
    values = _tagged(meta, "article:tag", "keywords", "news_keywords")
    listed = keywords if isinstance(keywords, list) else [keywords]
    values += [Said("JSON-LD keywords", k) for k in listed if isinstance(k, str)]
    # WordPress's block themes mark a post's categories so, too.
    tagged = (
        e
        for e in elements.tagged("a")
        if "tag" in (said := rels(e)) and _TAG_RELS.issuperset(said) and "/category/" not in (e.get("href") or "")
    )
    links = list(shallow(tagged))
    values += [Said("links rel=tag", " ".join(e.itertext())) for e in links]
    values = values if any(one.value for one in values) else _boxed_tags(elements)
    tags: dict[str, str] = {}
    for part in chain.from_iterable(regex.split(r"[,،;]", _clean(value) or "") for _, value, _ in values):
        tag = part.strip(" #\"'")
        if 1 < len(tag) <= section.LABEL_CHARS:
            tags.setdefault(hindi.fold(tag), tag)
        if len(tags) == _TAGS:
            break
    return Heard(tuple(tags.values()), "all that follow" if tags else None, tuple(values))


def _boxed_tags(elements: Elements) -> list[Said]:
    """Links to pages of tags in a box that is called so, else in one that begins so; not those that the whole site
    talks of."""
    found: dict[str, None] = {}
    called = (
        e for names, e in elements.classed if "ag" in names and _TAG_BOX.search(names) and not _TRENDING.search(names)
    )
    for e in called:
        found |= _few(e)
    linked = [] if found else [a for a in elements.tagged("a") if _TAG_PATH.search(a.get("href") or "")]
    for e in dict.fromkeys(up for a in shallow(linked) if (up := a.getparent()) is not None):
        if _TAG_LABEL.match(beginning_of(e, _LABEL_CHARS)) and not _TRENDING.search(e.get("class") or ""):
            found |= _few(e)
    if not found:
        links = (" ".join(a.itertext()) for a in linked)
        said = list(islice(filter(_HASHED.match, links), _BOXED_TAGS + 1))
        found = dict.fromkeys(said) if len(said) <= _BOXED_TAGS else {}
    return [Said("links in a box of tags", name) for name in found]


def _few(box: Any) -> dict[str, None]:
    """The links of a box to pages of tags; none where so many, or each with the number of its stories, are the
    site's."""
    links = (" ".join(a.itertext()) for a in box.iter("a") if _TAG_PATH.search(a.get("href") or ""))
    said = list(islice(links, _BOXED_TAGS + 1))
    counted = any(map(_COUNTED.search, said)) or (len(said) > 1 and all(map(_NUMBERED.search, said)))
    return {} if len(said) > _BOXED_TAGS or counted else dict.fromkeys(said)
