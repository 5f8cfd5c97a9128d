"""The curated phrases (`phrases.toml`), compiled once: which words are a label, a promo, a teaser heading."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import regex

from newscrawl.text import hindi
from newscrawl.text.remember import Remembered

# A label is followed by one of these, then the headline that it announces.
_WORD_ENDS = r"(?![\p{L}\p{M}])"
# No danda: behind a bare imperative ("पढ़ें।") it ends a sentence of the story, and a label with "भी" needs no mark.
_SEPARATOR = r"\s*(?:[:：;\-–—|>»→]|\.{2,})+\s*"
# Every "also read" label holds one of these; the pattern of all labels is much dearer.
_MAY_LEAD = regex.compile(
    r"पढ़?|खबर यह|रिलेटेड|देखे|देखि|सुने|जाने|संबंधित|read|watch|also|see|check|related|recommended|miss|trending", regex.I
)
# A line that begins as a label is one up to this many words; a longer one needs a colon or dash behind its first words.
_LABEL_WORDS, _LABEL_CHARS = 12, 40
_LABEL_END = regex.compile(r"[:：|]|\s[-–—]\s")
# A paragraph may say "our" in one sentence and "join" in another: on public pages eight did, on Hindi ones one.
_PROMO_WORDS = 10
# Of a line that begins with an "also read" label, so many words say which.
_LEAD_WORDS = 3
# What asks for consent says two such things, and who asks.
CONSENTS = 2
_WE = frozenset(map(hindi.fold, ("हम", "हमारे", "हमारी", "we", "our")))
_NUKTA = "\u093c"
_NUMBER = "0123456789 "
# "More from politics", "More must reads from the Daily".
_MORE_FROM = regex.compile(r"more (?:\S+ ){0,3}from \S+(?: \S+){0,2}")


@dataclass(frozen=True, slots=True)
class _Promo:
    max_words: int
    ours: frozenset[str]
    channel: frozenset[str]
    action: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Phrases:
    line: frozenset[str]
    tail: frozenset[str]
    lead_in: frozenset[str]
    full_story: frozenset[str]
    start: tuple[str, ...]
    patterns: tuple[regex.Pattern[str], ...]
    promo: _Promo
    seo_words: tuple[str, ...]
    seo_action: frozenset[str]
    error: tuple[str, ...]
    login: tuple[str, ...]
    consent: tuple[str, ...]
    label_end: regex.Pattern[str]
    label_inside: regex.Pattern[str]
    label_start: regex.Pattern[str]


# A line of a story is asked about several times, a site's menu on every page. Longer than a paragraph is a whole page's
# text, which is asked about once.
_KEYS: Remembered[str, str] = Remembered(lambda text: " ".join(hindi.folded_words(text)), entries=4096, longest=1000)


def key(text: str) -> str:
    """`text` as phrases are matched: its folded words, one space between."""
    return _KEYS[text]


def squeeze(text: str) -> str:
    """`text` without anything that spelling or markup may vary: folded words, no spaces at all."""
    return key(text).replace(" ", "")


def _loose(phrase: str) -> str:
    """A pattern that finds `phrase` in unfolded text in any of its spellings."""
    out = []
    for c in hindi.clean(phrase):
        if c == _NUKTA:
            continue
        if c in "ंँ":
            out.append("[ंँ]?")
        elif c == " ":
            out.append(r"\s+")
        else:
            out.append(regex.escape(c) + f"{_NUKTA}?" if "क" <= c <= "ह" else regex.escape(c))
    return "".join(out)


@cache
def load() -> _Phrases:
    """Read and compile the data file."""
    data = tomllib.loads(files(__package__).joinpath("phrases.toml").read_text(encoding="utf-8"))

    def keys(name: str) -> frozenset[str]:
        return frozenset(key(p) for p in data[name])

    labels = "|".join(sorted({_loose(p) for p in data["lead_in"]}, key=len, reverse=True))
    # "X भी पढ़ें" and "also read" say it without a colon, too.
    sure = "|".join(
        sorted({_loose(p) for p in data["lead_in"] if " भी " in p or "also" in p.lower()}, key=len, reverse=True)
    )
    flags = regex.I | regex.V1
    promo = data["promo"]
    words = {name: frozenset(key(w) for w in promo[name]) for name in ("ours", "channel", "action")}
    return _Phrases(
        line=keys("line"),
        tail=keys("tail"),
        lead_in=keys("lead_in"),
        full_story=keys("full_story"),
        # With the space behind, so that whole words are compared.
        start=tuple(sorted(f"{key(p)} " for p in data["start"])),
        patterns=tuple(regex.compile(p) for p in data["pattern"]),
        promo=_Promo(promo["max_words"], **words),
        seo_words=tuple(sorted({key(w) for w in data["seo"]["words"]})),
        seo_action=frozenset(key(w) for w in data["seo"]["action"]),
        error=tuple(key(p) for name in ("error", "mending", "guard") for p in data["page"][name]),
        login=tuple(key(p) for p in data["page"]["login"]),
        consent=tuple(key(p) for p in data["page"]["consent"]),
        label_end=regex.compile(
            rf"(?:^|(?<=[\s।.?!\"'”’)(\[|]))[(\[{{*>»\-–—|]{{0,5}}\s{{0,5}}(?:{labels})[\s:：;\-–—|>»→.]*$", flags
        ),
        # The sentence's end is part of the match: to look back for it at each letter takes eight times as long.
        label_inside=regex.compile(
            rf"([।॥.?!…\"'”’)\]|])\s{{0,5}}[(\[*>»\-–—|]{{0,5}}\s{{0,5}}(?:(?:{labels}){_SEPARATOR}|(?:{sure}){_WORD_ENDS}(?=\s*$|\s+[^।]{{0,400}}$)).*$",
            flags,
        ),
        label_start=regex.compile(
            rf"^[\s(\[{{*>»•\-–—|#]*(?:(?:{labels})(?:{_SEPARATOR}|\s*$)|(?:{sure}){_WORD_ENDS}(?!\s*कि\b))", flags
        ),
    )


def leads_in(text: str) -> bool:
    """Whether a line begins with an "also read" label."""
    return load().label_start.search(text) is not None


def continues(text: str) -> bool:
    """Whether a link's text asks to read the full story: its paragraph is a teaser."""
    return key(text) in load().full_story


def cut_label(text: str) -> str | None:
    """`text` without the "also read" label that ends it; None when there is none."""
    found = load().label_end.search(text) if _MAY_LEAD.search(text.rstrip()[-_LABEL_CHARS:]) else None
    return text[: found.start()] if found else None


def cut_inside(text: str) -> str:
    """`text` without an "also read" label behind a sentence and the headline after it."""
    return load().label_inside.sub(r"\1", text).rstrip() if _MAY_LEAD.search(text) else text


def heads_teasers(text: str) -> bool:
    """Whether a heading announces teasers ("Latest News"), with or without their number ("Comments (3)")."""
    folded = key(text).strip(_NUMBER)
    return folded in load().tail or _MORE_FROM.fullmatch(folded) is not None


def is_bare_label(text: str) -> bool:
    """Whether a line is an "also read" label and nothing else: the headline follows on the next line."""
    return key(text) in load().lead_in


def is_boilerplate(text: str) -> bool:
    """Whether a whole line is boilerplate by the curated list."""
    return boilerplate(text) is not None


def boilerplate(text: str) -> str | None:
    """The family of phrases by which a whole line is boilerplate, and which of it: "start: photo credit"."""
    data = load()
    joined = key(text)
    words = joined.split()
    if not words:
        return "no words"
    if joined in data.line:
        return f"line: {joined}"
    if joined in data.lead_in or leads_in(text):
        return f"lead_in: {' '.join(words[:_LEAD_WORDS])}"
    if (start := _label_that_begins(text, joined, words, data)) is not None:
        return f"start: {start}"
    if len(words) <= 30:
        folded = hindi.fold(text).strip()
        for number, pattern in enumerate(data.patterns, start=1):
            if pattern.search(folded):
                return f"pattern: {number}"
    if _promotes(words, data.promo):
        return "promo"
    if _asks_for_consent(joined, words, data):
        return "consent"
    return "seo" if _advertises(joined, words, data) else None


def labels(text: str) -> bool:
    """Whether a heading is the site's, not the story's."""
    return heads_teasers(text) or is_boilerplate(text)


def _label_that_begins(text: str, joined: str, words: list[str], data: _Phrases) -> str | None:
    """The label that a line begins with: a short line, or one with a separator behind the label.

    "Posted on social media, the video shows ..." begins with the words of one and is a sentence.
    """
    padded = f"{joined} "
    if len(words) > data.promo.max_words or not padded.startswith(data.start):
        return None
    if len(words) > _LABEL_WORDS and _LABEL_END.search(text[:_LABEL_CHARS]) is None:
        return None
    return next(start.strip() for start in data.start if padded.startswith(start))


def _promotes(words: list[str], promo: _Promo) -> bool:
    """A promo says whose it is ("our"), which channel, and what to do: all three together, in a few words."""
    if len(words) > promo.max_words or promo.ours.isdisjoint(words):
        return False
    said = (set(words[at : at + _PROMO_WORDS]) for at in range(max(1, len(words) - _PROMO_WORDS + 1)))
    return any(few & promo.ours and few & promo.channel and few & promo.action for few in said)


def _asks_for_consent(joined: str, words: list[str], data: _Phrases) -> bool:
    """A notice of cookies says who asks ("we") and two things of its own; what explains cookies has no "we"."""
    if _WE.isdisjoint(words):
        return False
    padded = f" {joined} "
    return sum(f" {p} " in padded for p in data.consent) >= CONSENTS


def _advertises(joined: str, words: list[str], data: _Phrases) -> bool:
    """A tail for search engines names the same wares twice, and asks to take them."""
    if len(words) > data.promo.max_words or data.seo_action.isdisjoint(words):
        return False
    padded = f" {joined} "
    return sum(f" {w} " in padded for w in data.seo_words) >= 2


def says(lines: Iterable[str], which: str) -> int:
    """How many different phrases of `page.error`, `page.login` or `page.consent` occur in a text, wherever its lines
    break."""
    padded = f" {' '.join(filter(None, map(key, lines)))} "
    data = load()
    said = {"error": data.error, "login": data.login, "consent": data.consent}[which]
    return sum(f" {p} " in padded for p in said)
