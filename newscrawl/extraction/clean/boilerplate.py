"""What is left in the text: labels, promos, repeated headline and summary, cut by the curated phrases."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate

import regex

from newscrawl.extraction.clean import phrases
from newscrawl.text import hindi

# What a label and its link in brackets left behind a sentence.
_UNPAIRED = regex.compile(r"^([^(\[]*[।॥?!.][\"'”’]*)\s+[)\]]$")
# Before the first running sentence stand captions, bylines, fact lines ("स्टार: 3"); a line is running text when
# it ends as a sentence does and has this many words, or is this much longer.
SENTENCE_WORDS, _LONG_WORDS = 8, 25
_BROKEN_OFF = ("...", "…", "[…]", "[...]")
# Hindi technology stories mix scripts freely, but a line without a tenth of Devanagari is not Hindi.
_HINDI_SHARE = 0.1
# An English story under a Hindi line is English: the tail goes only when this share of the words stays.
_KEPT_SHARE = 0.35
# A summary line repeats what the story says: this share of its word triples comes again.
_REPEATED_SHARE = 0.6
# What stands before the first running text is labels only where it is short, line by line and in sum: a poem, a
# table of results and a list are text as well. A byline with place and time has a dozen words.
_TOP_WORDS, _TOP_SHARE, _TOP_FEW = 18, 0.12, 12
# "Dear Minister," and the letter begins.
_SALUTES = regex.compile(
    r"^(?:(?:dear|sir|madam|प्रिय|आदरणीय|माननीय|महोदय|महोदया|श्रीमान|मान्यवर|सेवा में)\b).{0,60}[,!।]$", regex.I
)
# How the wire of an agency ends, in its last two lines: "भाषा" and those who edited it, or its bare name.
_SIGNED = regex.compile(
    r"[(\[–—-]{0,2}\s?(?:पीटीआई|PTI)?[-\s]?(?:भाषा|वार्ता)(?:\s\p{L}[\p{L}\p{M}]*+\.?){0,4}\s?[)\]]?"
)
_SIGNED_LINES = 2
# Two subheads below the first: a column of briefs, questions and answers.
SUBHEADS = 2
# A name has two words and more; what is told of an author below his story is a paragraph.
_NAME_MOST, _ABOUT_WORDS = 4, 80
# Above a byline stand a summary and a caption or two; below it so many lines of running text.
_BYLINE_LINES, _STORY_LINES = 6, 2
# Lines that come again hold so much of what is told: the story is printed twice. Pull quotes and refrains hold less.
_TWICE_SHARE = 0.5


Count = Callable[[str], int]  # words of a line


@dataclass(frozen=True, slots=True)
class Story:
    """The cleaned lines, the summary that stood on top of them, and which lines were cut why."""

    lines: list[str]
    summary: str | None = None
    cut: tuple[tuple[str, str], ...] = ()


def strip(
    lines: list[str],
    title: str | None,
    *,
    summarised: bool = False,
    top: bool = True,
    labels: frozenset[str] = frozenset(),
    authors: frozenset[str] = frozenset(),
    byline: frozenset[str] = frozenset(),
    subheads: frozenset[str] = frozenset(),
) -> Story:
    """Return the story without boilerplate lines, the headline, and a summary that the text repeats.

    `summarised`: the summary is gone already, so a line that the text repeats is a paragraph. `top`: what stands before
    the first running text is labels (in a live blog it is the first entry's heading). `labels`: keys (`phrases.key`) of
    the page's section and tags, which go where they stand alone at the end; `authors`: those of its authors, who go
    there with a paragraph that begins with them. `byline`: lines (`phrases.squeeze`) that say who wrote the story or
    when, which go from its first lines, behind a summary. `subheads`: lines that are headings by markup; the first of
    several stays above the first running text.
    """
    # Every step asks for the same few lines' words; the answers go with the page.
    count, boilerplate = hindi.word_count, cache(phrases.boilerplate)
    goes_on = _going_on(lines, count)
    kept: list[str] = []
    headline = phrases.squeeze(title) if title else ""
    announced = False  # the line before was a label: a headline of another story follows
    cut: list[tuple[str, str]] = []
    for number, line in enumerate(lines):
        if phrases.heads_teasers(line):
            if not goes_on(number + 1):
                cut += [(rest, "behind a teaser heading") for rest in lines[number:]]
                break
            announced = True
            cut.append((line, "heads teasers"))
        elif number < _BYLINE_LINES and phrases.squeeze(line) in byline and _between(kept, lines[number + 1 :], count):
            cut.append((line, "says who wrote it, or when"))
        elif phrase := boilerplate(line):
            cut.append((line, f"a boilerplate phrase: {phrase}"))
            announced = phrases.is_bare_label(line)
        elif announced and line not in subheads and not _runs(line, count):
            announced = False
            cut.append((line, "behind a label that announces it"))
        elif not headline or phrases.squeeze(line) != headline:
            announced = False
            whole, line = line, _UNPAIRED.sub(r"\1", phrases.cut_inside(line))
            if line and not (kept and kept[-1] == line):
                kept.append(line)
            else:
                cut.append((whole, "an also-read label" if not line else "said twice"))
        else:
            cut.append((line, "the headline again"))
    once = _once(kept, count)
    if once is not kept:
        again = (Counter(kept) - Counter(once)).elements()
        cut += [(line, "told again: the page prints the story twice") for line in again]
    hindi_lines = _without_latin_tail(once, count)
    cut += [(line, "English small print") for line in once[len(hindi_lines) :]]
    story = _without_top(hindi_lines, count, subheads, summarised=summarised) if top else Story(hindi_lines)
    above = hindi_lines[: len(hindi_lines) - len(story.lines)]
    cut += [(line, "the summary" if line == story.summary else "above the first running text") for line in above]
    kept = _without_excerpt(story.lines)
    whole_lines = set(kept)
    cut += [(line, "an excerpt that the story tells whole") for line in story.lines if line not in whole_lines]
    while len(kept) > 1 and (why := _of_the_end(phrases.key(kept[-1]), labels, authors)):
        cut.append((kept.pop(), why))
    signed = _signature(kept)
    cut += [(line, "who edited the wire") for line in kept[signed:]]
    return Story(kept[:signed], story.summary, tuple(cut))


def _between(above: list[str], below: list[str], count: Count) -> bool:
    """Whether a line stands between a summary and a story: running text above, and more of another below."""
    new = {line for line in below if _runs(line, count)}.difference(above)
    return any(_runs(line, count) for line in above) and len(new) >= _STORY_LINES


def _of_the_end(line: str, labels: frozenset[str], authors: frozenset[str]) -> str | None:
    """Why a line is none of the story where it is the last, or None."""
    if line in labels or line in authors:
        return "the section, a tag or an author"
    words = line.split()
    names = (" ".join(words[:count]) for count in range(2, _NAME_MOST + 1))
    return "about the author" if len(words) <= _ABOUT_WORDS and any(name in authors for name in names) else None


def _signature(lines: list[str]) -> int:
    """Where the lines end without an agency's signature: its editors' names, the last of which some sites print again
    on a line of its own."""
    for at in range(max(1, len(lines) - _SIGNED_LINES), len(lines)):
        if _SIGNED.fullmatch(lines[at]) and set(" ".join(lines[at + 1 :]).split()) <= set(lines[at].split()):
            return at
    return len(lines)


def _going_on(lines: list[str], count: Count) -> Callable[[int], bool]:
    """Whether most of what follows a teaser heading, from a line's number on, is running text: then the heading stood
    inside the story."""

    @cache
    def more() -> list[int]:
        # Of each line and those behind it: words of running text, less half of all.
        worth = [(2 * _runs(line, count) - 1) * count(line) for line in reversed(lines)]
        return [*reversed([*accumulate(worth)]), 0]

    return lambda number: more()[number] > 0


def _once(lines: list[str], count: Count) -> list[str]:
    """A story that a page prints twice, for two widths of screen or for machines, is told once."""
    once = list(dict.fromkeys(lines))
    if len(once) == len(lines):
        return lines
    told = sum(map(count, once))
    return once if sum(map(count, lines)) - told >= _TWICE_SHARE * told > 0 else lines


def _without_latin_tail(lines: list[str], count: Count) -> list[str]:
    """A Hindi story does not end in English paragraphs: that is the site's small print."""
    end = len(lines)
    while end and hindi.devanagari_share(lines[end - 1]) < _HINDI_SHARE:
        end -= 1
    words = list(map(count, lines))
    return lines[:end] if sum(words[:end]) >= _KEPT_SHARE * sum(words) else lines


def _without_top(lines: list[str], count: Count, subheads: frozenset[str], *, summarised: bool) -> Story:
    """Cut what stands before the first running text; a line there that the story repeats is its summary."""
    first = _first_running(lines, count)
    top = [] if summarised else lines[: first + 1]
    told = _Told(lines)
    summary = next((line for i, line in enumerate(top) if told.repeats_behind(i)), None)
    if summary is None:
        above = lines[first - 1] if first else ""
        heads = above in subheads and sum(line in subheads for line in lines[first:]) >= SUBHEADS
        if heads or _SALUTES.search(above):
            first -= 1
        return Story(lines[first:])
    rest = lines[lines.index(summary) + 1 :]
    return Story(rest[_first_running(rest, count) :], summary)


def _first_running(lines: list[str], count: Count) -> int:
    """Where running text begins; 0 where what stands before is more than labels."""
    first = next((i for i, line in enumerate(lines) if _runs(line, count)), 0)
    words = list(map(count, lines))
    few = sum(words[:first]) <= max(_TOP_FEW, _TOP_SHARE * sum(words))
    labels = max(words[:first], default=0) <= _TOP_WORDS and few
    return first if labels else 0


def _without_excerpt(lines: list[str]) -> list[str]:
    """A line broken off with dots that the others tell whole is the story's own teaser, wherever it stands."""
    told = _Told(lines)
    return [line for i, line in enumerate(lines) if not (line.endswith(_BROKEN_OFF) and told.repeats_elsewhere(i))]


def _runs(line: str, count: Count) -> bool:
    return runs(line, count(line))


def runs(line: str, words: int) -> bool:
    """Whether a line of `words` words is running text."""
    if line.endswith(_BROKEN_OFF):
        return False  # a teaser, broken off
    return words >= _LONG_WORDS or (words >= SENTENCE_WORDS and hindi.closes(line, colon=True))


_Triple = tuple[str, str, str]


class _Told:
    """What lines tell, by word triples in a row, the last of one line with the first of the next: which line the others
    tell again. The lines are gone through once, for each of them may be asked about."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def repeats_behind(self, number: int) -> bool:
        """Whether the lines behind a line tell most of it."""
        if (said := self._said(number)) is None:
            return False
        end = self._starts[number + 1]
        behind = len(self._last_places) - bisect_left(self._last_places, end)
        return self._is_most(said, sum(self._last.get(triple, -1) >= end for triple in said), behind)

    def repeats_elsewhere(self, number: int) -> bool:
        """Whether the other lines, set together, tell most of a line."""
        if (said := self._said(number)) is None:
            return False
        words, (start, end) = self._words, self._starts[number : number + 2]
        # With the line go the triples that reach into it, and those of its two neighbours in a row come.
        first = max(0, start - 2)
        touched = set(_triples(words[first : end + 2]))
        joined = set(_triples([*words[first:start], *words[end : end + 2]]))

        def stays(triple: _Triple) -> bool:
            return self._first.get(triple, start) < start - 2 or self._last.get(triple, -1) >= end

        gone = sum(not stays(triple) for triple in touched)
        others = len(self._first) - gone + sum(not stays(triple) for triple in joined)
        return self._is_most(said, sum(stays(triple) or triple in joined for triple in said), others)

    def _said(self, number: int) -> set[_Triple] | None:
        line = self._lines[number]
        if hindi.word_count(line) < SENTENCE_WORDS:
            return None
        return set(_triples(self._words[self._starts[number] : self._starts[number + 1]]))

    def _is_most(self, said: set[_Triple], again: int, others: int) -> bool:
        return len(said) <= others and again >= _REPEATED_SHARE * len(said)

    @cached_property
    def _of_lines(self) -> list[list[str]]:
        return [phrases.key(line).split() for line in self._lines]

    @cached_property
    def _words(self) -> list[str]:
        return [word for words in self._of_lines for word in words]

    @cached_property
    def _starts(self) -> list[int]:
        return [*accumulate(map(len, self._of_lines), initial=0)]

    @cached_property
    def _first(self) -> dict[_Triple, int]:
        first: dict[_Triple, int] = {}
        for at, triple in enumerate(_triples(self._words)):
            first.setdefault(triple, at)
        return first

    @cached_property
    def _last(self) -> dict[_Triple, int]:
        return {triple: at for at, triple in enumerate(_triples(self._words))}

    @cached_property
    def _last_places(self) -> list[int]:
        return sorted(self._last.values())


def _triples(words: list[str]) -> Iterator[_Triple]:
    return zip(words, words[1:], words[2:], strict=False)
