"""`Page -> Article | Reject`: the order of the steps; each step is a module of this package."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from newscrawl.extraction import language
from newscrawl.extraction.candidates import candidates, page_data
from newscrawl.extraction.choose import Chosen, choose
from newscrawl.extraction.clean import boilerplate, phrases, templates
from newscrawl.extraction.decode import decode
from newscrawl.extraction.metadata import metadata
from newscrawl.extraction.metadata.metadata import Metadata
from newscrawl.extraction.prune import prune as markup
from newscrawl.extraction.prune.prune import Pruned
from newscrawl.extraction.verdict import facts, kind
from newscrawl.extraction.verdict.facts import Facts
from newscrawl.items import Article, Page, Reason, Reject, Signature, rejected
from newscrawl.text import hindi
from newscrawl.text.urls import url_key

# A template is a line or two: where more of the text would go, the learned lines are wrong about this story.
_STORY_SHARE = 0.7
# Elements of a page. The largest of 250 large public pages has 16,000; each is looked at dozens of
# times, and 100,000 lines took longer than a page may.
MAX_ELEMENTS = 30_000


def extract(page: Page, sign: Callable[[str], Signature]) -> Article | Reject:
    """Turn one fetched page into a story, or say why it is none. Pure: no I/O, no global state; what was
    learned of the site comes with the page (`Page.template_lines`).

    `sign` makes the near-duplicate signature of the text (`dedup.signature.signature`).
    """

    reject = partial(rejected, page)
    if not page.body.strip():
        return reject(Reason.NO_CONTENT, "empty body")
    content_type = (page.content_type or "text/html").lower()
    if "html" not in content_type and "xml" not in content_type:
        return reject(Reason.NO_CONTENT, f"content type {content_type.partition(';')[0]}")

    html = decode(page.body, page.content_type)
    tree = markup.parse(html)
    if tree is None:
        return reject(Reason.NO_CONTENT, "no HTML element in the body")
    # Every step goes over the tree, and lxml makes a Python object of each element anew unless one is alive.
    alive = list(tree.iter())
    if len(alive) > MAX_ELEMENTS:
        return reject(Reason.TOO_LARGE, f"{len(alive)} elements")
    # Before the body: pruning takes out of the tree what the metadata stands in.
    meta = metadata.read(tree, page)
    if meta.first_page:
        return reject(Reason.NOT_ARTICLE, f"a later page of {meta.first_page}")
    said = facts.facts(
        tree, page.url, meta.types, title=meta.title, dated=meta.dated, announced=page.announced, named=page.named
    )
    if verdict := kind.of_address(said):
        return reject(*verdict)
    told = _tell(tree, html, page, meta, said)
    is_named = said.article or said.story_address
    if is_named and told.words < kind.MIN_WORDS and (data := page_data.story_html(html)):
        # A shell for scripts: its data is read as the page that they would make of it.
        made = markup.parse(data)
        if made is not None and len(alive := list(made.iter())) > MAX_ELEMENTS:
            return reject(Reason.TOO_LARGE, f"{len(alive)} elements in its data")
        if made is not None:
            told = max(told, _tell(made, data, page, meta, said), key=attrgetter("words"))
    chosen = told.chosen
    paragraphs = _without(chosen.lines, page.template_lines)
    text = "\n".join(paragraphs)
    if verdict := kind.of_text(said, told.pruned, told.raw, paragraphs, meta.title, chosen.agreement):
        return reject(*verdict)
    code = language.detect(text)
    if code != page.language:
        return reject(Reason.WRONG_LANGUAGE, code)

    content_sha256 = hashlib.sha256(text.encode()).hexdigest()
    title = meta.title or paragraphs[0]
    # The headline is part of a revision's identity: a corrected headline alone is a new row. So are the lines that were
    # learned as templates since: the same page is the same article, whatever this run knows of its site.
    whole = hashlib.sha256("\n".join(chosen.lines).encode()).hexdigest()
    identity = f"{url_key(meta.canonical_url)}\n{meta.title or chosen.lines[0]}\n{whole}"
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
        word_count=len(hindi.words(text)),
        content_sha256=content_sha256,
        kind=said.kind,
        confidence=round(chosen.agreement, 3),
        signature=sign(text),
        # With the template lines: a line that is stripped must go on being counted.
        line_keys=templates.line_keys(chosen.lines),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """The story as read from one tree, and what was seen on the way."""

    pruned: Pruned
    raw: list[str]  # the first candidate, before cleaning
    chosen: Chosen
    summary: str | None  # as the page's head gives it, else as printed with the story

    @property
    def words(self) -> int:
        """Words of the chosen lines."""
        return sum(len(hindi.words(line)) for line in self.chosen.lines)


def _tell(tree: Any, html: str, page: Page, meta: Metadata, said: Facts) -> _Told:
    """Prune `tree`, read its candidates, clean them and choose."""
    live = said.kind == "liveblog"
    pruned = markup.prune(tree, title=meta.title, summary=meta.summary, kind=said.kind)
    read = candidates.read(pruned.tree, pruned.measure, html, page.url)
    labels = frozenset(map(phrases.key, (meta.section or "", *meta.tags)))
    clean = partial(boilerplate.strip, title=meta.title, summarised=pruned.summarised, top=not live, labels=labels)
    chosen = choose(read, lambda lines: clean(lines).lines, meta.article_body, entries=live)
    summary = meta.summary or pruned.summary or clean(read.pruned).summary
    return _Told(pruned, read.pruned, chosen, summary)


def _without(lines: list[str], template_lines: frozenset[int]) -> list[str]:
    """The lines that are not the site's template, unless that would leave too little of the story."""
    if not template_lines:
        return lines
    kept = [line for line in lines if templates.line_key(line) not in template_lines]
    return kept if sum(map(len, kept)) >= _STORY_SHARE * sum(map(len, lines)) else lines
