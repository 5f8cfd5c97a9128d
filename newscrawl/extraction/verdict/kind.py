"""Story or not: a page is refused on positive evidence that it is none, never because its story is told unusually."""

from __future__ import annotations

import math

import regex

from newscrawl.extraction.clean import boilerplate, phrases
from newscrawl.extraction.prune.prune import Pruned
from newscrawl.extraction.verdict.facts import Facts
from newscrawl.items import Reason
from newscrawl.text import hindi

Verdict = tuple[Reason, str | None] | None

# One paragraph of 40 words is a real short story ("briefs"); 25 leaves room for trimmed wire copies and
# is longer than a picture caption or a teaser.
MIN_WORDS = 25
# Of a page that says that it is an article: a flash of one sentence.
_MIN_SAID_WORDS = 12
# Error pages and login walls say little else: beyond this many words a story only quotes such a phrase.
_ERROR_WORDS, _LOGIN_WORDS = 80, 60
# In text two phrases, with fewer words besides than a story has: a brief may stand above a note of the site.
_ERRORS = 2
# A page marked as a video or gallery with less text than this is its caption, not a story.
_CAPTION_WORDS = 80
# Where readings of such a page agree on less, what was read is menus and teasers.
_MENUS_AGREEMENT = 0.1
# A line of which so many words are figures is a row of rates, of points, of a tally.
_FIGURES, _FIGURES_SHARE = regex.compile(r"(?<!\S)[^\s\p{L}\d]*+\d[^\s\p{L}]*+(?!\S)"), 1 / 3
# A remark, or a figure, behind the verb that ends a sentence.
_BEHIND_VERB = regex.compile(r"(?<!\s)\s{0,9}+(?:\([^()]{0,99}+\)|(?<![\d.,])\d[\d.,]{0,20}+)$")
# A page that calls itself nothing and has hardly any running text is a list of headlines.
_RUNNING_SHARE = 0.3
# A page of which this share of prose stands in teaser cards is a list; under an address that names a story, this.
_CARDED_SHARE = {False: 0.5, True: 0.75}
# What is left of a page without its cards is a story beside them with these odds: of lists with an introduction the
# likeliest has 0.27, of stories beside teasers the least likely 0.36.
_CARDED_ODDS = 0.35
# A page of which this share of characters stands in links is a list, whoever calls it a story, where no two ways of
# reading it found the same. A story below a large menu is found by each.
_LINKS_ALONE = 0.8
_ERROR_TITLE = regex.compile(r"(?:^|\D)(?:404|410|500|502|503)(?:\D|$)")

# The odds that a page which does not say that it is an article is one: logistic regression over 191 such articles and
# 322 listings, forums, products and others, halves by site (`python -m benchmarks.story_odds`; docs/extraction.md).
WEIGHTS = {
    "always": -7.04,
    "story_address": 0.73,
    "calls_article": 0.64,
    "running": 1.8,  # share of its words
    "words": 0.05,  # natural logarithm
    "linked": -0.87,  # share of the page's characters
    "prose": 1.47,  # share of the page's characters
    "other": -3.04,
    "website": -1.08,
    "agreement": 2.46,
    "title": 0.32,  # words
}
# A longer headline says no more.
_TITLE_WORDS = 12
# Held out by site, 2 of 191 such articles are below 0.10 and 7 below 0.15.
_LEAST_ODDS = 0.11


def of_address(page: Facts) -> Verdict:
    """Judge by the address. None: may be a story."""
    return (Reason.NOT_ARTICLE, page.address) if page.address else None


def of_text(
    page: Facts, pruned: Pruned, raw: list[str], paragraphs: list[str], title: str | None, agreement: float
) -> Verdict:
    """Judge by the extracted lines, `raw` as extracted and `paragraphs` without boilerplate. None: a story."""
    words = [hindi.word_count(p) for p in paragraphs]
    total = sum(words)
    if total <= _ERROR_WORDS and _errs(page, raw, paragraphs, words):
        return Reason.ERROR_PAGE, page.title[:80]
    asks = phrases.says([page.title, *raw], "login")
    if asks >= (1 if page.password else 2):
        told_otherwise = sum(n for n, p in zip(words, paragraphs, strict=True) if not phrases.says([p], "login"))
        if told_otherwise < _LOGIN_WORDS:
            return Reason.LOGIN_WALL, f"{asks} requests to log in or subscribe, {told_otherwise} words besides"
    if phrases.says([page.title, *raw], "consent") >= phrases.CONSENTS:
        told_otherwise = sum(n for n, p in zip(words, paragraphs, strict=True) if not phrases.says([p], "consent"))
        if told_otherwise < MIN_WORDS:
            return Reason.LOGIN_WALL, f"asks for consent to cookies, {told_otherwise} words besides"
    running = 0 if page.article else _running(words, paragraphs)
    signs = _signs(page, pruned, running / max(1, total), total, hindi.word_count(title or ""), agreement)
    chance = 1.0 if page.article else odds(signs)
    besides = chance >= _CARDED_ODDS and pruned.carded_share < 1
    if not page.article and pruned.carded_share >= _CARDED_SHARE[page.story_address] and not besides:
        return Reason.NOT_ARTICLE, "nearly all text stands in teasers"
    if page.media and (total < _CAPTION_WORDS or agreement < _MENUS_AGREEMENT):
        return Reason.NOT_ARTICLE, f"video or gallery, {total} words"
    if pruned.cards and not page.article and total < MIN_WORDS:
        return Reason.NOT_ARTICLE, f"teasers, and {total} words besides"
    if not paragraphs:
        return Reason.NO_CONTENT, "no text found"
    if total < (_MIN_SAID_WORDS if page.article else MIN_WORDS):
        return Reason.TOO_SHORT, f"{total} words"
    if pruned.linked_share > _LINKS_ALONE and not agreement:
        return Reason.NOT_ARTICLE, "nothing but links"
    if not page.article:
        if running < _RUNNING_SHARE * total:
            return Reason.NOT_ARTICLE, f"{running} of {total} words are running text"
        if chance < _LEAST_ODDS:
            return Reason.NOT_ARTICLE, f"does not say that it is an article; by its looks the odds are {chance:.2f}"
    return None


def _running(words: list[int], paragraphs: list[str]) -> int:
    """Words of running text: not of a line of figures. Some sites print no danda, and a remark in brackets or a figure
    stands behind the verb."""

    def runs(n: int, p: str) -> bool:
        if boilerplate.runs(p, n):
            return len(_FIGURES.findall(p)) < _FIGURES_SHARE * n
        return n >= boilerplate.SENTENCE_WORDS and hindi.ends_as_sentence(_BEHIND_VERB.sub("", p))

    return sum(n for n, p in zip(words, paragraphs, strict=True) if runs(n, p))


def _signs(page: Facts, pruned: Pruned, running: float, words: int, title: int, agreement: float) -> dict[str, float]:
    return {
        "always": 1.0,
        "story_address": page.story_address,
        "calls_article": page.calls_article,
        "running": running,
        "words": math.log1p(words),
        "linked": pruned.linked_share,
        "prose": pruned.prose_share,
        "other": page.other,
        "website": page.website,
        "agreement": agreement,
        "title": min(_TITLE_WORDS, title),
    }


def odds(signs: dict[str, float]) -> float:
    """How likely a page with such signs is a story, 0 to 1 (names and units of signs: `WEIGHTS`)."""
    return 1 / (1 + math.exp(-sum(weight * signs[name] for name, weight in WEIGHTS.items())))


def _errs(page: Facts, raw: list[str], paragraphs: list[str], words: list[int]) -> bool:
    """Whether a page's title says an error, or its text does and little besides: briefs stand above such notes."""
    if phrases.says([page.title], "error"):
        return True
    said = phrases.says([*raw, *paragraphs], "error")
    if said and _ERROR_TITLE.search(page.title):
        return True
    besides = sum(n for n, p in zip(words, paragraphs, strict=True) if not phrases.says([p], "error"))
    return said >= _ERRORS and besides < MIN_WORDS
