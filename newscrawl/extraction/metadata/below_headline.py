"""The lines between headline and story, where byline and date stand: each as the pieces that its markup parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import accumulate, chain, islice, pairwise
from typing import Any

import regex
from lxml import etree

from newscrawl.extraction.clean import phrases
from newscrawl.extraction.prune import before_story, boxes
from newscrawl.extraction.prune.layout import BLOCKS, lineage, text_of
from newscrawl.text import hindi
from newscrawl.text.dates import find_date

# An address may stand inside a line: "Written by <address>...".
_LINES = BLOCKS - {"address"}
_YEAR = regex.compile(r"\d{4}")
# Boxes that may hold the headline alone, before its summary.
_HEADLINE_BOXES = 3
# How much text after the headline may hold byline and date; and running text, which ends the search.
_REACH_CHARS, _PROSE_CHARS = 900, 120
# As long as a line of both dates, with their labels, a name and a place.
_DATE_CHARS = 100
# "आज का राशिफल, 14 नवंबर 2026" is a headline.
_IN_SENTENCES = frozenset(
    hindi.fold("के का की को पर में से ने है हैं था थे थी हुआ हुई हुए नहीं क्या कैसे यह तक भी ही the in of to is was for").split()
)
# Beside a name.
_LABEL_WORDS = 3
# More words are no name, nor a button, but for a line of who wrote it and who edited it.
_NAME_WORDS = 7
_BY = regex.compile(r"\bby\b|लेखक|रिपोर्ट|संपादन|संपादक", regex.I)
# "रायपुर, 14 नवंबर 2026/ ...", "(14.11.2026) ...", "रायपुर, 14 नवंबर 2026 (भाषा) ...": so long, of so many words.
_DATELINE_CHARS, _DATELINE_WORDS = 80, 7
_DATELINE_END = regex.compile(r"[)\]।|:–—]|(?<!\d)/|/(?!\d)|\s-\s")
_AGENCY = regex.compile(r"\s?\([^()\d]{2,30}$")
_ENDS_IN_YEAR = regex.compile(r"\d{4}\s?$")
READING_TIME = regex.compile(r"(?<!\d)\d{1,2} (?:मिनट|min(?:ute)?s?\b)[^,|·•;()]*", regex.I)
_AT_A_TIME = regex.compile(r"(?:को|पर)(?= (?:\d|सुबह|शाम|दोपहर|रात))")
_NOT_OF_STORY = frozenset(("figcaption", "blockquote"))
# A box that is parted by nothing but inline elements is one line, were it as long as the page.
_LINE_CHARS = 4_000


def lines(headline: Any, summaries: Iterable[str], now: datetime) -> list[tuple[str, ...]]:
    """The lines printed after the headline, up to the first running text, each as the pieces that its markup parts; and
    those between it and the next, where one is a date: then it was a summary (`now`: the clock's).

    `summaries`: what the head says in short; printed in the same words below the headline it is passed over.
    """
    told = {phrases.squeeze(summary) for summary in summaries}
    above: list[tuple[str, ...]] = []
    behind: list[tuple[str, ...]] = []
    found, reach, goes_on = above, 0, False
    for pieces in map(_beginning, _texts_after(_behind_summary(headline))):
        text = " ".join(pieces)
        if _runs(text):
            if found is behind and phrases.squeeze(text) not in told:
                goes_on = True
                break
            found = behind
            continue
        found.append(pieces)
        reach += len(text)
        if reach > _REACH_CHARS:
            break
    texts = [" ".join(pieces) for pieces in behind] if goes_on else []
    dated = next((at for at, text in enumerate(texts) if _is_date(text, now)), None)
    # Above a teaser's date stands its headline.
    headed = any(hindi.word_count(text) > _NAME_WORDS and not _BY.search(text) for text in texts[:dated])
    return above if dated is None or headed else [*above, *behind]


def keys(near: list[tuple[str, ...]], authors: Iterable[str], now: datetime) -> frozenset[str]:
    """The lines, their pieces and each two of these in a row that say who wrote the story or when, as `phrases.squeeze`
    has them: a stylesheet may part what the markup does not."""
    named = [name for author in authors if (name := phrases.key(author))]
    joined = [" ".join(pieces) for pieces in near]
    in_a_row = (pairwise(texts) for texts in (joined, *near))
    texts = {*chain.from_iterable(near), *joined, *map(" ".join, chain.from_iterable(in_a_row))}
    short = (text for text in texts if len(text) <= _DATE_CHARS)
    return frozenset(phrases.squeeze(t) for t in short if _names(phrases.key(t), named) or _is_date(t, now))


def _names(key: str, named: list[str]) -> bool:
    """Whether a line is an author's name, with a few words besides: a label, a place."""
    words = len(key.split())
    return any(name in key and words <= len(name.split()) + _LABEL_WORDS for name in named)


def dateline(headline: Any) -> str | None:
    """The day that the first running text begins with, behind a place of a few words and before a mark: an office's or
    a wire's."""
    for pieces in map(_beginning, _texts_after(_behind_summary(headline))):
        text = " ".join(pieces)
        if _runs(text):
            return _dateline(text[:_DATELINE_CHARS])
    return None


def _dateline(beginning: str) -> str | None:
    if (end := _DATELINE_END.search(beginning)) is None:
        return None
    said = _AGENCY.sub("", hindi.fold(beginning[: end.start()]))
    words = said.split()
    is_one = len(words) <= _DATELINE_WORDS and _ENDS_IN_YEAR.search(said) and _IN_SENTENCES.isdisjoint(words)
    return said if is_one else None


def _runs(text: str) -> bool:
    return len(text) > _PROSE_CHARS and _has_sentence(text)


def _has_sentence(text: str) -> bool:
    return "।" in text or hindi.closes(text)


def _is_date(line: str, now: datetime) -> bool:
    """Whether a line is a date with a label, a name or a place; no headline of a day, nor a quoted post's."""
    if len(line) > _DATE_CHARS or "(@" in line or find_date(line, now) is None:
        return False
    return _IN_SENTENCES.isdisjoint(hindi.folded_words(_AT_A_TIME.sub("", READING_TIME.sub("", line))))


def _beginning(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """The pieces of a line, as far as a line of byline and date may go."""
    ends = accumulate(map(len, pieces))
    return tuple(piece[:_LINE_CHARS] for piece, end in zip(pieces, ends, strict=True) if end - len(piece) < _LINE_CHARS)


def _behind_summary(headline: Any) -> Any:
    """The headline, or a summary printed right behind it as a lesser heading, in sentences, or called so: the byline
    follows that."""
    around = (up for up in islice(lineage(headline), _HEADLINE_BOXES) if up.getnext() is not None)
    behind = next((up.getnext() for up in around), None)
    if behind is None or not isinstance(behind.tag, str):
        return headline
    text = text_of(behind)
    if behind.tag in ("h2", "h3", "h4"):
        return behind if _has_sentence(text) else headline
    return behind if before_story.is_called_summary(behind) and hindi.closes(text) else headline


def _texts_after(headline: Any) -> Iterator[tuple[str, ...]]:
    """Text of the blocks that follow an element in document order, one tuple of pieces a block."""
    parts: list[str] = []

    def pieces() -> tuple[str, ...]:
        found = tuple(text for part in parts if (text := " ".join(part.split())))
        parts.clear()
        return found

    for event, e in _following(headline):
        if event == "end":
            parts.append(e.tail or "")
            continue
        if e.tag in ("script", "style", "noscript"):
            continue
        # A story parted by line breaks follows the line of the date in the same box.
        dated = e.tag == "br" and any(map(_YEAR.search, parts))
        if (e.tag in _LINES or dated) and parts and (line := pieces()):
            yield line
        said = e.get("datetime") if e.tag == "time" else None
        if said and not _YEAR.search(e.text or ""):
            parts.append(f" {said} ")  # "14 नवंबर" says no date
            continue
        parts.append(e.text or "")
    if line := pieces():
        yield line


def _following(e: Any) -> Iterator[tuple[str, Any]]:
    """The starts of the elements that follow one, and the ends, behind which more text may stand; without what is in
    captions, posts that are quoted, and readers' comments."""
    at = e
    while at is not None and at.tag not in ("body", "html"):
        yield "end", at
        for sibling in at.itersiblings():
            if isinstance(sibling.tag, str):
                walk = etree.iterwalk(sibling, events=("start", "end", "comment", "pi"))
                for event, inner in walk:
                    if event == "start" and (inner.tag in _NOT_OF_STORY or boxes.names_comments(inner)):
                        walk.skip_subtree()
                        continue  # its end comes
                    yield (event if event == "start" else "end"), inner
            else:
                yield "end", sibling
        at = at.getparent()
