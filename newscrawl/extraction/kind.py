"""Story or not: listing, tag, video and error pages are told from stories before and after extraction."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import regex

from newscrawl import hindi
from newscrawl.items import Reason

Verdict = tuple[Reason, str | None] | None

# One paragraph of 40 words is a real short story ("briefs"); 25 leaves room for trimmed wire copies and
# is longer than a picture caption or a teaser.
MIN_WORDS = 25
# A story tells: its words stand in sentences. On listings the text is headlines and teasers without a
# closing mark; the captured listings have under 0.35, the captured stories over 0.8.
MIN_SENTENCE_SHARE = 0.5

_LISTING_PATH = regex.compile(r"/(?:tags?|topics?|category|author|search|archive|page/\d+)(?:/|$)", regex.I)
_LISTING_TYPES = {"website", "object"}
_SENTENCE_CLOSE = regex.compile(r"[।॥.?!…][\"'”’)\]]*$")


def of_markup(tree: Any, url: str) -> Verdict:
    """Judge by URL and head alone; cheap, before extraction. None: may be a story."""
    path = urlsplit(url).path
    if path in ("", "/") and not urlsplit(url).query:
        return Reason.NOT_ARTICLE, "home page"
    if _LISTING_PATH.search(path):
        return Reason.NOT_ARTICLE, f"listing path {path[:80]}"
    return None


def of_text(tree: Any, paragraphs: list[str]) -> Verdict:
    """Judge by the extracted text. None: a story."""
    if not paragraphs:
        return Reason.NO_CONTENT, "no text found"
    words = [len(hindi.words(p)) for p in paragraphs]
    told = sum(n for n, p in zip(words, paragraphs, strict=True) if _SENTENCE_CLOSE.search(p))
    if sum(words) < MIN_WORDS:
        return Reason.TOO_SHORT, f"{sum(words)} words"
    if told < MIN_SENTENCE_SHARE * sum(words):
        return Reason.NOT_ARTICLE, f"{told} of {sum(words)} words stand in sentences"
    return None
