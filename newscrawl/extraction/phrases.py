"""The curated phrases (`phrases.toml`), compiled once: which words are a label, a promo, a teaser heading."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import regex

from newscrawl import hindi

# A label is followed by one of these, then the headline that it announces.
_SEPARATOR = r"\s*(?:[:：;\-–—|>»→।]|\.{2,})+\s*"
_NUKTA = "\u093c"


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
    start: tuple[str, ...]
    patterns: tuple[regex.Pattern[str], ...]
    promo: _Promo
    error: tuple[str, ...]
    login: tuple[str, ...]
    label_end: regex.Pattern[str]
    label_inside: regex.Pattern[str]
    label_start: regex.Pattern[str]


def key(text: str) -> str:
    """`text` as phrases are matched: its folded words, one space between."""
    return " ".join(hindi.words(hindi.fold(text)))


def squeeze(text: str) -> str:
    """`text` without anything that spelling or markup may vary: folded words, no spaces at all."""
    return "".join(hindi.words(hindi.fold(text)))


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
        start=tuple(sorted(key(p) for p in data["start"])),
        patterns=tuple(regex.compile(p) for p in data["pattern"]),
        promo=_Promo(promo["max_words"], **words),
        error=tuple(key(p) for p in data["page"]["error"]),
        login=tuple(key(p) for p in data["page"]["login"]),
        label_end=regex.compile(
            rf"(?:^|(?<=[\s।.?!\"'”’)(\[|]))[(\[{{*>»\-–—|]*\s*(?:{labels})[\s:：;\-–—|>»→.]*$", flags
        ),
        label_inside=regex.compile(
            rf"(?<=[।॥.?!…\"'”’)\]|])\s*[(\[*>»\-–—|]*\s*(?:(?:{labels}){_SEPARATOR}|(?:{sure})(?=\s*$|\s+[^।]*$)).*$",
            flags,
        ),
        label_start=regex.compile(
            rf"^[\s(\[{{*>»•\-–—|#]*(?:(?:{labels})(?:{_SEPARATOR}|\s*$)|(?:{sure})(?!\s*कि\b))", flags
        ),
    )


def leads_in(text: str) -> bool:
    """Whether a line begins with an "also read" label."""
    return load().label_start.search(text) is not None


def cut_label(text: str) -> str | None:
    """`text` without the "also read" label that ends it; None when there is none."""
    found = load().label_end.search(text)
    return text[: found.start()] if found else None


def cut_inside(text: str) -> str:
    """`text` without an "also read" label behind a sentence and the headline after it."""
    return load().label_inside.sub("", text).rstrip()


def heads_teasers(text: str) -> bool:
    """Whether a heading announces teasers ("Latest News")."""
    return key(text) in load().tail


def is_boilerplate(text: str) -> bool:
    """Whether a whole line is boilerplate by the curated list."""
    data = load()
    folded = hindi.fold(text)
    words = hindi.words(folded)
    joined = " ".join(words)
    if not words or joined in data.line or joined in data.lead_in or leads_in(text):
        return True
    if (
        any(joined.startswith(s) and joined[len(s) : len(s) + 1] in ("", " ") for s in data.start)
        and len(words) <= data.promo.max_words
    ):
        return True
    if len(words) <= 30 and any(p.search(folded.strip()) for p in data.patterns):
        return True
    return _promotes(words, data.promo)


def _promotes(words: list[str], promo: _Promo) -> bool:
    """A promo says whose it is ("our"), which channel, and what to do: only all three together."""
    if len(words) > promo.max_words:
        return False
    said = set(words)
    return bool(said & promo.ours and said & promo.channel and said & promo.action)


def says(text: str, which: str) -> int:
    """How many different phrases of `page.error` or `page.login` occur in `text`."""
    padded = f" {key(text)} "
    return sum(f" {p} " in padded for p in (load().error if which == "error" else load().login))
