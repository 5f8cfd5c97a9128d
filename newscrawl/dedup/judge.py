"""The verdict on an article: kept, duplicate of a known story, or unchanged since its last fetch; and what it changes.

A page may show that two stories are one, that a story is two, or that a page which holds several stories is none of
them. Then articles that were judged before it move: what the stories are does not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from newscrawl.dedup.entries import Entry
from newscrawl.dedup.index import DedupIndex, member_of
from newscrawl.dedup.match import strings_together
from newscrawl.dedup.scene import Compared, Scene
from newscrawl.dedup.stories import stars, sticky
from newscrawl.items import Article, Duplicate, Move, Relation, Signature, Unchanged
from newscrawl.text.urls import url_key

# Versions of one page that a new one is compared with, the latest first, 0.5 ms each: a page that was used again for
# one text a day for a week.
_VERSIONS_OF_A_PAGE = 7
# Members of the stories that a page touches which are looked at anew, the earliest: each two are compared, so 12 are
# 30 ms, once in a hundred pages. What is beyond stays with its anchor.
_LOOKED_AT = 12


def judge(article: Article, index: DedupIndex) -> Article | Duplicate | Unchanged:
    """Decide on an article and remember the verdict in the index's overlay.

    The same id is unchanged (it is made of URL, headline and text). Otherwise the stories of all articles that it may
    be one with are looked at anew, `stories.stars`; those that thereby belong elsewhere are the verdict's `moves`.
    """
    if index.is_stored(article.id):
        return Unchanged(
            discovered_url=article.discovered_url,
            url=article.url,
            site=article.site,
            fetched_at=article.fetched_at,
            article_id=article.id,
        )
    verdict = _verdict(article, index) or replace(article, story_id=article.id)
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
        told_at=article.published_at or article.fetched_at,
        signature=article.signature,
        text=article.text,
        moves=article.moves,
    )


def _verdict(article: Article, index: DedupIndex) -> Article | Duplicate | None:
    """The verdict where the article touches known ones."""
    pages = index.versions(url_key(article.canonical_url))
    versions = [v.article_id for v in reversed(pages)][:_VERSIONS_OF_A_PAGE]
    candidates = list(dict.fromkeys(versions + index.candidates(article.signature)))
    if not candidates:  # four of five articles: their words are not even looked at
        return None
    scene = Scene(index, (member_of(entry_of(replace(article, story_id=article.id))), article.text))
    touched = _touched(article.id, candidates, scene)
    if not touched:
        return None
    if (twin := _twin(article.id, touched, scene)) is not None:
        story = [name for name in touched if scene.members[name].story_id == twin]
        return _verdict_of(article, dict.fromkeys([article.id, *story], twin), (), scene)
    anchor_of = _settled([article.id, *_looked_at(article.id, touched, scene)], scene, newcomer=article.id)
    return _verdict_of(article, anchor_of, _moves(article.id, article.fetched_at, anchor_of, scene), scene)


def others(article_id: str, signature: Signature, index: DedupIndex) -> list[str]:
    """Whom a known article is compared with where it is looked at anew: none where all are of its story, for those have
    been looked at beside it."""
    member = index.member(article_id)
    if member is None:
        return []
    pages = [v.article_id for v in reversed(index.versions_of(member.url))][: _VERSIONS_OF_A_PAGE + 1]
    candidates = [n for n in dict.fromkeys(pages + index.candidates(signature)) if n != article_id]
    return [] if all(index.story_of(name) == member.story_id for name in candidates) else candidates


def rejudge(
    article_id: str, signature: Signature, index: DedupIndex, now: datetime, compared: Compared | None = None
) -> tuple[Move, ...]:
    """What a known article moves, itself perhaps, where it is looked at as if it came now.

    For articles that were judged by processes that did not know of each other. The moves are in the index's overlay
    then, as those of a verdict are; none where its text has left the index. `compared`: what need not be compared here.
    """
    candidates = others(article_id, signature, index)
    scene = Scene(index, compared=compared)
    if not candidates or not scene.add(article_id):
        return ()
    member = scene.members[article_id]
    touched = _touched(article_id, candidates, scene)
    if all(scene.members[name].story_id == member.story_id for name in touched):
        return ()
    names = [name for name in _looked_at(article_id, touched, scene) if name != article_id]
    anchor_of = _settled(sorted([article_id, *names], key=lambda n: _by_age(n, scene)), scene)
    moves = _moves(article_id, now, anchor_of, scene)
    index.move(moves)
    return moves


def found_anew(story_id: str, index: DedupIndex, now: datetime) -> tuple[Move, ...]:
    """What is left of a story whose anchor is gone (`DedupIndex.headless`) has one among itself, or several. As with
    `rejudge`, the moves are in the index's overlay then."""
    scene = Scene(index)
    left = sorted(index.members(story_id), key=lambda m: (m.told_at, m.article_id))
    names = [member.article_id for member in left if scene.add(member.article_id)][:_LOOKED_AT]
    if not names:
        return ()
    moves = _moves(names[0], now, _anchors(names, scene), scene)
    index.move(moves)
    return moves


def _touched(article_id: str, candidates: list[str], scene: Scene) -> list[str]:
    """Those candidates that are one story with an article by themselves, or an item of it."""
    near = [name for name in candidates if scene.add(name)]
    return [n for n in near if (pair := scene.pair(article_id, n)).likeness or pair.is_item]


def _by_age(name: str, scene: Scene) -> tuple[bool, datetime, str]:
    """Anchors first, the oldest first: `sticky` keeps the first that will do."""
    member = scene.members[name]
    return member.story_id != name, member.fetched_at, name


def _anchors(names: list[str], scene: Scene, newcomer: str = "") -> dict[str, str]:
    """The anchor of each article; `newcomer`: the one that founds no story yet."""
    likeness = _likeness(names, scene)
    order = [(scene.members[n].told_at, n) for n in names]
    founded = [n != newcomer and scene.members[n].story_id == n for n in names]
    fixed = [scene.members[n].fixed for n in names]
    texts = [next(i for i, other in enumerate(names) if scene.equal(name, other)) for name in names]
    anchors = sticky(stars(likeness, order, fixed, texts), likeness, founded)
    return {name: names[anchor] for name, anchor in zip(names, anchors, strict=True)}


def _settled(names: list[str], scene: Scene, newcomer: str = "") -> dict[str, str]:
    """The anchor of each article. Where known ones move, also of what is alike to the stories that change thereby: it
    may have been such a one that kept it apart, or in its story."""
    while True:
        anchor_of = _anchors(names, scene, newcomer)
        known = {n: scene.members[n].story_id for n in names if scene.knows(n)}
        changed = {story for n, was in known.items() if was != anchor_of[n] for story in (was, anchor_of[n])}
        stirred = [n for n, was in known.items() if was in changed or anchor_of[n] in changed]
        more = _beside(stirred, names, scene.alike, scene)[: max(0, _LOOKED_AT - len(names))]
        if not more:
            return anchor_of
        names = [*names, *more, *_beside(more, names + more, scene.holds, scene)]
        names.sort(key=lambda n: _by_age(n, scene))


def _verdict_of(
    article: Article, anchor_of: dict[str, str], moves: tuple[Move, ...], scene: Scene
) -> Article | Duplicate:
    anchor = anchor_of[article.id]
    if anchor == article.id:
        return replace(article, story_id=article.id, moves=moves)
    measured = scene.comparison(article.id, anchor).measured
    return Duplicate(
        article=replace(article, story_id=anchor, moves=moves),
        duplicate_of=anchor,
        relation=_relation(article.id, anchor, anchor_of, scene),
        jaccard=measured.jaccard,
        containment=measured.containment,
    )


def _twin(newcomer: str, touched: list[str], scene: Scene) -> str | None:
    """The anchor of a known article of the very same text, on another page: then there is nothing to look at anew, but
    where the newcomer's own page is known for another story."""
    page = {scene.members[name].story_id for name in touched if scene.members[name].url == scene.members[newcomer].url}
    for name in touched:
        found = scene.pair(newcomer, name).found
        if scene.members[name].url != scene.members[newcomer].url and found is not None and found.measured.equal:
            anchor = scene.members[name].story_id
            if page <= {anchor} and scene.add(anchor) and scene.pair(newcomer, anchor).likeness:
                return anchor
    return None


def _looked_at(article_id: str, touched: list[str], scene: Scene) -> list[str]:
    """The known articles that one touches, and the earliest others of their stories and, if it has one, of its own.

    What else the touched ones hold is looked for, too: that tells a roundup.
    """
    names = touched + _beside(touched, touched, scene.holds, scene)
    stories = {scene.members[n].story_id for n in [article_id, *names]}
    beside = [m for story in stories for m in scene.index.members(story)]
    beside.sort(key=lambda m: (m.story_id != m.article_id, m.told_at, m.article_id))
    for member in beside:
        if len(names) < _LOOKED_AT and member.article_id not in names and scene.add(member.article_id):
            names.append(member.article_id)
    names.sort(key=lambda n: _by_age(n, scene))
    return names


def _beside(names: list[str], known: list[str], wanted: Callable[[str, str], bool], scene: Scene) -> list[str]:
    """The candidates of some articles, those aside that are `known`, to which one of them is as `wanted`."""
    found: dict[str, None] = {}
    for name in names:
        for other in scene.candidates(name):
            if other not in known and other not in found and scene.add(other) and wanted(name, other):
                found[other] = None
    return list(found)


def _likeness(names: list[str], scene: Scene) -> NDArray[np.float64]:
    """How alike each two are; pages that string several of them together are alike to none but such."""
    n = len(names)
    likeness = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            likeness[i, j] = likeness[j, i] = scene.pair(names[i], names[j]).likeness
    roundup = np.array([_is_roundup(name, names, scene) for name in names])
    likeness[roundup[:, None] != roundup] = 0
    return likeness


def _is_roundup(name: str, names: list[str], scene: Scene) -> bool:
    """Whether a page holds two others, each at a place of its own, that are not one story."""
    words = scene.words(name)
    items = [o for o in names if o != name and scene.holds(name, o)]
    return any(
        not scene.pair(a, b).likeness and strings_together(words, scene.words(a), scene.words(b))
        for i, a in enumerate(items)
        for b in items[:i]
    )


def _moves(because_of: str, at: datetime, anchor_of: dict[str, str], scene: Scene) -> tuple[Move, ...]:
    """Known articles that belong to another story now, and those that stay behind without an anchor: it goes elsewhere,
    or is not known any more (a takedown, a loss, the window)."""
    index = scene.index
    left = {scene.members[n].story_id for n, a in anchor_of.items() if scene.knows(n)} - {*anchor_of.values()}
    for story in sorted(s for s in left if s in anchor_of or index.member(s) is None):
        for member in index.members(story):
            if member.article_id not in anchor_of and scene.add(member.article_id):
                alike = [a for a in dict.fromkeys(anchor_of.values()) if scene.pair(member.article_id, a).likeness]
                best = max(alike, key=lambda a: scene.pair(member.article_id, a).likeness, default=member.article_id)
                anchor_of[member.article_id] = best
    elsewhere = {n: a for n, a in anchor_of.items() if scene.knows(n) and scene.members[n].story_id != a}
    if not elsewhere:
        return ()
    moved_at = index.move_time(at, elsewhere)
    moves = []
    for name, anchor in elsewhere.items():
        found = None if anchor == name else scene.comparison(name, anchor).measured
        moves.append(
            Move(
                article_id=name,
                story_id=anchor,
                story_before=scene.members[name].story_id,
                moved_at=moved_at,
                because_of=because_of,
                relation=None if found is None else _relation(name, anchor, anchor_of, scene),
                jaccard=None if found is None else found.jaccard,
                containment=None if found is None else found.containment,
            )
        )
    return tuple(moves)


def _relation(name: str, anchor: str, anchor_of: dict[str, str], scene: Scene) -> Relation:
    """How an article relates to its anchor; a revision where it revises any version of its page in the story."""
    page = scene.members[name].url
    versions = [n for n, a in anchor_of.items() if a == anchor and n != name and scene.members[n].url == page]
    if any(scene.pair(name, version).revision for version in versions):
        return Relation.REVISION
    found = scene.comparison(name, anchor)
    # A revision of the same day may have less in common than a copy of another page must.
    return found.relation or Relation.REVISION
