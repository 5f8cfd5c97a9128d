"""`Page -> Article | Reject`: the order of the steps; each step is a module of this package."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import regex

from newscrawl.extraction import language
from newscrawl.extraction.candidates import candidates, page_data
from newscrawl.extraction.candidates.candidates import Candidates
from newscrawl.extraction.choose import Chosen, choose
from newscrawl.extraction.clean import boilerplate, phrases, templates
from newscrawl.extraction.decode import decode
from newscrawl.extraction.elements import Elements
from newscrawl.extraction.metadata import metadata, story_pages
from newscrawl.extraction.metadata.metadata import Metadata
from newscrawl.extraction.metadata.origin import origin
from newscrawl.extraction.metadata.origin import told as origin_told
from newscrawl.extraction.metadata.said import Heard
from newscrawl.extraction.prune import prune as markup
from newscrawl.extraction.prune.prune import Pruned
from newscrawl.extraction.verdict import facts, kind
from newscrawl.extraction.verdict.facts import Facts
from newscrawl.extraction.version import EXTRACTION_VERSION
from newscrawl.items import Article, Page, Place, Reason, Reject, Signature, rejected
from newscrawl.text import hindi
from newscrawl.text.depth import nested_beyond_reading
from newscrawl.text.page_numbers import page_number
from newscrawl.text.urls import url_key

# A template is a line or two: where more of the text would go, the learned lines are wrong about this story.
_STORY_SHARE = 0.7
# Elements of a page. The largest of 250 large public pages has 16,000; each is looked at dozens of
# times, and 100,000 lines took longer than a page may.
MAX_ELEMENTS = 30_000
# How a page begins, whatever a small server calls it for want of a file's ending.
_HTML = regex.compile(rb"(?:\xef\xbb\xbf)?\s{0,99}+<(?:!doctype\s{1,9}+html|html)[\s>]", regex.IGNORECASE)
# Of the words of both headlines, what the pages of one story share: page 2 may have a shorter one in its head.
_TITLE_SHARE = 0.6
_PAGE_WORDS = frozenset(map(hindi.fold, ("page", "पेज", "पृष्ठ", "भाग", "part")))

# Why a page cannot be read.
Refused = tuple[Reason, str | None]


def extract(page: Page, sign: Callable[[str], Signature]) -> Article | Reject:
    """Turn one fetched page into a story, or say why it is none. Pure: no I/O, no global state; what was
    learned of the site comes with the page (`Page.template_lines`).

    `sign` makes the near-duplicate signature of the text (`dedup.signature.signature`).
    """

    reject = partial(rejected, page)
    opened = _open(page)
    if not isinstance(opened, _Opened):
        return reject(*opened)
    meta, said = opened.meta, opened.said
    if meta.first_page:
        return reject(Reason.NOT_ARTICLE, f"a later page of {meta.first_page}")
    if verdict := kind.of_address(said):
        return reject(*verdict)
    told = _story(opened, page)
    if not isinstance(told, _Told):
        return reject(*told)
    parts = [told.chosen, *_later(page, meta, told.chosen.lines)]
    lines = [line for part in parts for line in part.lines]
    agreement = min(part.agreement for part in parts)
    paragraphs = _without(lines, page.template_lines)
    text = "\n".join(paragraphs)
    if verdict := kind.of_text(said, told.pruned, told.read.pruned, paragraphs, meta.title, agreement):
        return reject(*verdict)
    code = language.detect(text)
    if code != page.language:
        return reject(Reason.WRONG_LANGUAGE, code)

    content_sha256 = hashlib.sha256(text.encode()).hexdigest()
    title = meta.title or paragraphs[0]
    # The headline is part of a revision's identity: a corrected headline alone is a new row. So are the lines that were
    # learned as templates since: the same page is the same article, whatever this run knows of its site.
    whole = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    identity = f"{url_key(meta.canonical_url)}\n{meta.title or lines[0]}\n{whole}"
    return Article(
        id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        discovered_url=page.discovered_url,
        url=page.url,
        canonical_url=meta.canonical_url,
        site=page.site,
        title=title,
        text=text,
        summary=told.summary,
        authors=meta.authors,
        section=meta.section,
        tags=meta.tags,
        language=code,
        published_at=meta.published_at,
        zone_assumed=meta.zone_assumed,
        modified_at=meta.modified_at,
        fetched_at=page.fetched_at,
        image_url=meta.image_url,
        reservations=page.reservations,
        word_count=_count(paragraphs),
        content_sha256=content_sha256,
        kind=said.kind,
        confidence=round(agreement, 3),
        # From the lines of before cleaning, which may take a signature for boilerplate.
        origin=origin(meta.authors, lines, told.read.pruned, meta.credits),
        signature=sign(text),
        extraction_version=EXTRACTION_VERSION,
        # With the template lines: a line that is stripped must go on being counted.
        line_keys=templates.line_keys(lines),
        joined=len(parts) - 1,
    )


@dataclass(frozen=True, slots=True)
class Steps:
    """What each step made of a page, for a person who asks why; see `docs/extraction.md` for the steps."""

    characters: int  # of the decoded page
    elements: int
    html: str  # the decoded page
    meta: Metadata
    said: Facts
    pruned: Pruned
    read: Candidates
    clean: Callable[[list[str]], boilerplate.Story]
    chosen: Chosen
    summary: str | None
    origin: Heard


def steps(page: Page) -> Steps | Refused:
    """Run the steps of `extract` on a page's first part, and keep what each gave; or why it cannot be read."""
    opened = _open(page, whole=True)
    if not isinstance(opened, _Opened):
        return opened
    elements = len(opened.elements)
    told = _story(opened, page)
    if not isinstance(told, _Told):
        return told
    return Steps(
        characters=len(opened.html),
        elements=elements,
        html=opened.html,
        meta=opened.meta,
        said=opened.said,
        pruned=told.pruned,
        read=told.read,
        clean=told.clean,
        chosen=told.chosen,
        summary=told.summary,
        origin=origin_told(opened.meta.authors, told.chosen.lines, told.read.pruned, opened.meta.credits),
    )


def place(page: Page) -> Place:
    """Where an answered page stands in a story of several pages; of a page that may be one's first, only where it
    does not look like a listing, a gallery or a video."""
    opened = _open(page)
    if not isinstance(opened, _Opened):
        return Place()
    said = opened.said
    may_begin = said.kind in ("article", "opinion") and (said.article or said.story_address) and not said.address
    goes_on = may_begin or page_number(page.url) is not None
    return Place(
        first=opened.meta.first_page,
        following=story_pages.next_page(opened.elements.tree, page.url) if goes_on else None,
    )


@dataclass(frozen=True, slots=True)
class _Opened:
    """A page parsed, and what it says of itself."""

    html: str
    elements: Elements  # of its tree, alive as long as this is
    meta: Metadata
    said: Facts


def _open(page: Page, *, whole: bool = False) -> _Opened | Refused:
    """`whole`: all sources of the metadata are asked, for a person who asks why."""
    if not page.body.strip():
        return Reason.NO_CONTENT, "empty body"
    content_type = (page.content_type or "text/html").lower()
    if "html" not in content_type and "xml" not in content_type and not _HTML.match(page.body):
        return Reason.NO_CONTENT, f"content type {content_type.partition(';')[0]}"
    html = decode(page.body, page.content_type)
    try:
        tree = markup.parse(html)
    except markup.TooDeep as e:
        return Reason.TOO_LARGE, str(e)
    if tree is None:
        return Reason.NO_CONTENT, "no HTML element in the body"
    elements = Elements(tree)
    if len(elements) > MAX_ELEMENTS:
        return Reason.TOO_LARGE, f"{len(elements)} elements"
    if why := nested_beyond_reading(tree):
        return Reason.TOO_LARGE, why
    # Before the body: pruning takes out of the tree what the metadata stands in.
    meta = metadata.read(elements, page, whole=whole)
    said = facts.facts(
        elements,
        page.url,
        meta.types,
        title=meta.title,
        section=meta.section,
        dated=meta.dated,
        announced=page.announced,
        named=page.named,
    )
    return _Opened(html, elements, meta, said)


def _later(page: Page, meta: Metadata, lines: list[str]) -> Iterator[Chosen]:
    """What the later pages of a story add to its first `lines`, as far as they are pages of it: they have its headline
    or name its first page, and most of what they tell is new. A site that knows no pages, or has pages of comments,
    tells the story again."""
    known = set(lines)
    for later in page.later:
        part = replace(page, url=later.url, body=later.body, content_type=later.content_type, later=())
        opened = _open(part)
        if not isinstance(opened, _Opened) or not _is_same_story(opened.meta, meta, page.url):
            return
        told = _story(opened, part)
        if not isinstance(told, _Told):
            return
        new = [line for line in told.chosen.lines if line not in known]
        if _count(new) * 2 <= told.words:
            return
        known.update(new)
        yield replace(told.chosen, lines=new)


def _is_same_story(later: Metadata, first: Metadata, url: str) -> bool:
    if later.first_page and url_key(later.first_page) == url_key(url):
        return True
    fewer, more = sorted((_title_words(later), _title_words(first)), key=len)
    return len(fewer & more) >= _TITLE_SHARE * len(more) > 0


def _title_words(meta: Metadata) -> set[str]:
    # "... - पेज 2"
    words = hindi.folded_words(meta.title or "")
    return {word for word in words if not word.isdecimal()} - _PAGE_WORDS


@dataclass(frozen=True, slots=True)
class _Told:
    """The story as read from one tree, and what was seen on the way."""

    pruned: Pruned
    read: Candidates
    clean: Callable[[list[str]], boilerplate.Story]
    chosen: Chosen
    summary: str | None  # as the page's head gives it, else as printed with the story

    @property
    def words(self) -> int:
        """Words of the chosen lines."""
        return _count(self.chosen.lines)

    @property
    def is_shell(self) -> bool:
        """Whether the markup tells no story: hardly a word, or none but what the page as served has, menus and all."""
        only_served = self.chosen.candidate == "whole" and not self.chosen.agreement
        return only_served or self.words < kind.MIN_WORDS


def _count(lines: list[str]) -> int:
    return sum(hindi.word_count(line) for line in lines)


def _story(opened: _Opened, page: Page) -> _Told | Refused:
    """The page's story, from its markup or, where that is a shell for scripts, from its data."""
    meta, said = opened.meta, opened.said
    told = _tell(opened.elements.tree, opened.html, page, meta, said)
    is_named = said.article or said.story_address
    if is_named and told.is_shell and (data := page_data.story_html(opened.html, article=said.article)):
        # Read as the page that the scripts would make of it.
        try:
            made = markup.parse(data)
        except markup.TooDeep as e:
            return Reason.TOO_LARGE, f"{e} in its data"
        elements = 0 if made is None else len(list(made.iter()))
        if elements > MAX_ELEMENTS:
            return Reason.TOO_LARGE, f"{elements} elements in its data"
        if made is not None and (why := nested_beyond_reading(made)):
            return Reason.TOO_LARGE, f"{why} in its data"
        if made is not None:
            in_data = _tell(made, data, page, meta, said)
            told = in_data if in_data.words >= min(told.words, kind.MIN_WORDS) else told
    return told


def _tell(tree: Any, html: str, page: Page, meta: Metadata, said: Facts) -> _Told:
    """Prune `tree`, read its candidates, clean them and choose."""
    # Entry by entry, picture by picture: each may begin with a heading, the first one, too.
    entries = said.kind in ("liveblog", "gallery")
    pruned = markup.prune(tree, title=meta.title, summary=meta.summary, kind=said.kind)
    cards = [taken.element for taken in pruned.taken if taken.rule == "cards"]
    read = candidates.read(pruned.tree, pruned.measure, html, page.url, cards)
    labels = frozenset(map(phrases.key, (meta.section or "", *meta.tags)))
    clean = partial(
        boilerplate.strip,
        title=meta.title,
        summarised=pruned.summarised,
        top=not entries,
        labels=labels,
        authors=frozenset(map(phrases.key, meta.authors)),
        byline=meta.byline,
        subheads=read.subheads,
    )
    first = clean(read.pruned)  # of most pages it is the story
    chosen = choose(
        read,
        lambda lines: (first if lines is read.pruned else clean(lines)).lines,
        meta.article_body,
        entries=entries,
        withheld=meta.withheld,
    )
    summary = meta.summary or pruned.summary or first.summary
    return _Told(pruned, read, clean, chosen, summary)


def _without(lines: list[str], template_lines: frozenset[int]) -> list[str]:
    """The lines that are not the site's template, unless that would leave too little of the story."""
    if not template_lines:
        return lines
    kept = [line for line in lines if templates.line_key(line) not in template_lines]
    return kept if sum(map(len, kept)) >= _STORY_SHARE * sum(map(len, lines)) else lines
