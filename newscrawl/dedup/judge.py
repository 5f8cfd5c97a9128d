"""The verdict on an article: kept, duplicate of a known story, or unchanged since its last fetch."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from newscrawl.dedup.entries import Entry
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.match import MAX_ITEM, compare, revises, strings_together
from newscrawl.dedup.signature import signature
from newscrawl.dedup.words import Words, words_of
from newscrawl.items import Article, Duplicate, Relation, Unchanged
from newscrawl.text.dates import IST
from newscrawl.text.urls import url_key

# Stories of one page that a new version is compared with, the latest first, 0.5 ms each: a page that was used again for
# one text a day for a week.
_STORIES_OF_A_PAGE = 7
_SHIFT = timedelta(hours=6)


def judge(article: Article, index: DedupIndex) -> Article | Duplicate | Unchanged:
    """Decide on an article and remember the verdict in the index's overlay.

    The same canonical URL comes first: the same id is unchanged (it is made of URL, headline and text), a text that has
    enough in common with one known there a revision of its story. Otherwise the candidate that tells most of it (or of
    which it tells most) among those that verification accepts.
    """
    key = url_key(article.canonical_url)
    if index.is_stored(key, article.id):
        return Unchanged(
            discovered_url=article.discovered_url,
            url=article.url,
            site=article.site,
            fetched_at=article.fetched_at,
            article_id=article.id,
        )
    told_here = list(dict.fromkeys(version.story_id for version in reversed(index.versions(key))))[:_STORIES_OF_A_PAGE]
    verdict = (
        _revision(article, told_here, index)
        or _copy(article, index, but=told_here)
        or replace(article, story_id=article.id)
    )
    index.add(entry_of(verdict))
    return verdict


def entry_of(verdict: Article | Duplicate) -> Entry:
    """What the index keeps of a verdict."""
    article = verdict.article if isinstance(verdict, Duplicate) else verdict
    assert article.story_id is not None
    return Entry(
        article_id=article.id,
        story_id=article.story_id,
        url_key=url_key(article.canonical_url),
        fetched_at=article.fetched_at,
        signature=article.signature,
        anchor_text=None if isinstance(verdict, Duplicate) else article.text,
    )


def _revision(article: Article, stories: list[str], index: DedupIndex) -> Duplicate | None:
    """The first of this page's `stories` that the article revises.

    That two texts stand under one canonical URL is no evidence that they are one story: a CMS names its front page, or
    `story.php` without the id, as canonical of all; and a page is used again for each day's prices.
    """
    words = words_of(article.text) if stories else None
    for story_id in stories:
        anchor = index.anchor_text(story_id)
        if anchor is None or words is None:  # it has left the window: nothing to have in common with
            continue
        other = words_of(anchor)
        found = compare(words, other)
        if revises(words, other, found, same_day=_same_day(article.fetched_at, index.founded_at(story_id))):
            return _duplicate(article, story_id, Relation.REVISION, found.jaccard, found.containment)
    return None


def _same_day(a: datetime, b: datetime) -> bool:
    """On one day in India, or in one shift over midnight."""
    return a.astimezone(IST).date() == b.astimezone(IST).date() or abs(a - b) < _SHIFT


def _copy(article: Article, index: DedupIndex, but: list[str]) -> Duplicate | None:
    """The story that the article is a copy of, but those of its own page that it does not revise."""
    candidates = [candidate for candidate in index.candidates(article.signature) if candidate not in but]
    if not candidates:  # four of five articles: their words are not even looked at
        return None
    words = words_of(article.text)
    best: Duplicate | None = None
    best_told = 0.0
    for anchor_id in candidates:
        anchor = index.anchor_text(anchor_id)
        if anchor is None:
            continue
        other = words_of(anchor)
        found = compare(words, other)
        if found.relation is None or found.told <= best_told:
            continue
        if found.part < MAX_ITEM:
            beside = candidates if len(words) > len(other) else index.candidates(signature(anchor))
            if _is_roundup(words, other, beside, index):
                continue
        best = _duplicate(article, anchor_id, found.relation, found.jaccard, found.containment)
        best_told = found.told
    return best


def _is_roundup(article: Words, anchor: Words, candidates: list[str], index: DedupIndex) -> bool:
    """Whether the longer of two texts that share a story holds another known one, too, at another place."""
    shorter, longer = sorted((article, anchor), key=len)
    texts = (index.anchor_text(candidate) for candidate in candidates)
    return any(text is not None and strings_together(longer, shorter, words_of(text)) for text in texts)


def _duplicate(article: Article, anchor: str, relation: Relation, jaccard: float, containment: float) -> Duplicate:
    return Duplicate(
        article=replace(article, story_id=anchor),
        duplicate_of=anchor,
        relation=relation,
        jaccard=jaccard,
        containment=containment,
    )
