"""The verdict on an article: kept, duplicate of a known story, or unchanged since its last fetch."""

from __future__ import annotations

from dataclasses import replace

from newscrawl.dedup.entries import Entry
from newscrawl.dedup.index import DedupIndex
from newscrawl.dedup.match import compare
from newscrawl.dedup.words import words_of
from newscrawl.items import Article, Duplicate, Relation, Unchanged
from newscrawl.text.urls import url_key


def judge(article: Article, index: DedupIndex) -> Article | Duplicate | Unchanged:
    """Decide on an article and remember the verdict in the index's overlay.

    The same canonical URL comes first: known text is unchanged, other text a revision of its own story.
    Otherwise the candidate that tells most of it (or of which it tells most) among those that verification accepts.
    """
    key = url_key(article.canonical_url)
    if known := index.known(key, identity(article.title, article.content_sha256)):
        return Unchanged(
            discovered_url=article.discovered_url,
            url=article.url,
            site=article.site,
            fetched_at=article.fetched_at,
            article_id=known.article_id,
        )
    verdict = _revision(article, key, index) or _copy(article, index) or replace(article, story_id=article.id)
    index.add(entry_of(verdict))
    return verdict


def identity(title: str, content_sha256: str) -> str:
    """What makes two fetches of a page the same version: a corrected headline alone is a new one."""
    return f"{title}\n{content_sha256}"


def entry_of(verdict: Article | Duplicate) -> Entry:
    """What the index keeps of a verdict."""
    article = verdict.article if isinstance(verdict, Duplicate) else verdict
    assert article.story_id is not None
    return Entry(
        article_id=article.id,
        story_id=article.story_id,
        url_key=url_key(article.canonical_url),
        identity=identity(article.title, article.content_sha256),
        fetched_at=article.fetched_at,
        signature=article.signature,
        anchor_text=None if isinstance(verdict, Duplicate) else article.text,
    )


def _revision(article: Article, key: str, index: DedupIndex) -> Duplicate | None:
    versions = index.versions(key)
    if not versions:
        return None
    story_id = versions[-1].story_id
    anchor = index.anchor_text(story_id)
    # The anchor may have left the index's window; the relation by URL holds all the same.
    found = compare(words_of(article.text), words_of(anchor)) if anchor is not None else None
    jaccard, containment = (found.jaccard, found.containment) if found else (0.0, 0.0)
    return _duplicate(article, story_id, Relation.REVISION, jaccard, containment)


def _copy(article: Article, index: DedupIndex) -> Duplicate | None:
    candidates = index.candidates(article.signature)
    if not candidates:  # four of five articles: their words are not even looked at
        return None
    words = words_of(article.text)
    best: Duplicate | None = None
    best_told = 0.0
    for anchor_id in candidates:
        anchor = index.anchor_text(anchor_id)
        if anchor is None:
            continue
        found = compare(words, words_of(anchor))
        if found.relation is not None and found.told > best_told:
            best = _duplicate(article, anchor_id, found.relation, found.jaccard, found.containment)
            best_told = found.told
    return best


def _duplicate(article: Article, anchor: str, relation: Relation, jaccard: float, containment: float) -> Duplicate:
    return Duplicate(
        article=replace(article, story_id=anchor),
        duplicate_of=anchor,
        relation=relation,
        jaccard=jaccard,
        containment=containment,
    )
