"""Story or not: listing, tag, video, error and login pages are told from stories before and after extraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import regex

from newscrawl.extraction import phrases
from newscrawl.items import Reason
from newscrawl.text import hindi

Verdict = tuple[Reason, str | None] | None

# One paragraph of 40 words is a real short story ("briefs"); 25 leaves room for trimmed wire copies and
# is longer than a picture caption or a teaser.
MIN_WORDS = 25
# A story tells: its words stand in sentences. On listings the text is headlines and teasers without a
# closing mark, or broken off by an ellipsis; the captured listings have under 0.35, the captured stories over 0.8.
MIN_SENTENCE_SHARE = 0.5
# A page that says nowhere that it is an article must tell more clearly.
_UNMARKED_SHARE = 0.7
# Error pages and login walls say little else: beyond this many words a story only quotes such a phrase.
_ERROR_WORDS, _LOGIN_WORDS = 80, 60
# A page marked as a video or gallery with less text than this is its caption, not a story.
_CAPTION_WORDS = 80

_LISTING_PATH = regex.compile(
    r"/(?:tags?|topics?|category|categories|author|authors|search|archives?|page/\d+|videos?/?$|photos?/?$|web-?stories?)(?:/|$)",
    regex.I,
)
_SENTENCE_CLOSE = regex.compile(r"(?:[।॥?!]|(?<![.…])\.)[\"'”’)\]]*$")
_ERROR_TITLE = regex.compile(r"(?:^|\D)(?:404|410|500|502|503)(?:\D|$)")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the markup says of the page's kind, read before pruning."""

    title: str  # <title> and headings of the first level
    article: bool  # the page calls itself an article, or prints a publication time for machines
    linked_article: bool  # JSON-LD says that it is an article
    media: bool  # the page calls itself a video or a gallery, and no article
    password: bool  # there is a password field


def facts(tree: Any, types: frozenset[str], dated: bool) -> Facts:
    """Read the facts; `types` are the page's JSON-LD types, `dated` whether its head gives a time."""
    og = {str(v).strip().lower() for v in tree.xpath("//meta[@property='og:type']/@content")}
    article = dated or "article" in og or any(t.endswith(("Article", "Posting")) for t in types)
    heads = [tree.findtext(".//title") or "", *(" ".join(h.itertext()) for h in tree.iter("h1"))]
    return Facts(
        title=" | ".join(" ".join(h.split()) for h in heads),
        article=article,
        linked_article=any(t.endswith(("Article", "Posting")) for t in types),
        media=any(v.startswith("video") for v in og) or (not article and bool(types & {"VideoObject", "ImageGallery"})),
        password=bool(tree.xpath("//input[@type='password']")),
    )


def of_url(url: str) -> Verdict:
    """Judge by the address alone; cheap, before extraction. None: may be a story."""
    path = urlsplit(url).path
    if path in ("", "/") and not urlsplit(url).query:
        return Reason.NOT_ARTICLE, "home page"
    if _LISTING_PATH.search(path):
        return Reason.NOT_ARTICLE, f"listing path {path[:80]}"
    return None


def of_text(page: Facts, raw: list[str], paragraphs: list[str], *, listing: bool, cards: bool) -> Verdict:
    """Judge by the extracted lines, `raw` as extracted and `paragraphs` without boilerplate. None: a story."""
    words = [len(hindi.words(p)) for p in paragraphs]
    total = sum(words)
    if total <= _ERROR_WORDS and _errs(page, raw):
        return Reason.ERROR_PAGE, page.title[:80]
    asking = [phrases.says(p, "login") > 0 for p in paragraphs]
    told_otherwise = sum(n for n, asks in zip(words, asking, strict=True) if not asks)
    asks = phrases.says("\n".join([page.title, *raw]), "login")
    if told_otherwise < _LOGIN_WORDS and asks >= (1 if page.password else 2):
        return Reason.LOGIN_WALL, f"{asks} requests to log in or subscribe, {told_otherwise} words besides"
    if listing and not page.linked_article:
        return Reason.NOT_ARTICLE, "nearly all text stands in teasers"
    if page.media and total < _CAPTION_WORDS:
        return Reason.NOT_ARTICLE, f"video or gallery, {total} words"
    if cards and not page.article and total < MIN_WORDS:
        return Reason.NOT_ARTICLE, f"teasers, and {total} words besides"
    if not paragraphs:
        return Reason.NO_CONTENT, "no text found"
    if total < MIN_WORDS:
        return Reason.TOO_SHORT, f"{total} words"
    told = sum(n for n, p in zip(words, paragraphs, strict=True) if _SENTENCE_CLOSE.search(p))
    # A story of one paragraph may lack its full stop.
    if len(paragraphs) > 1 and told < (MIN_SENTENCE_SHARE if page.article else _UNMARKED_SHARE) * total:
        return Reason.NOT_ARTICLE, f"{told} of {total} words stand in sentences"
    return None


def _errs(page: Facts, raw: list[str]) -> bool:
    said = phrases.says("\n".join(raw), "error")
    return said >= 2 or phrases.says(page.title, "error") >= 1 or bool(said and _ERROR_TITLE.search(page.title))
