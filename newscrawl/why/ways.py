"""The ways of reading: what each read, how far the others agree with it, and why one was taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from newscrawl.extraction.choose import SURE
from newscrawl.extraction.story import Steps
from newscrawl.text import hindi

_TAKEN = "taken"
_SPOKEN = {
    "pruned": "trafilatura on the pruned page",
    "densest": "the blocks of the densest box",
    "whole": "trafilatura with its fallbacks, on the page as served",
    "alike": "the blocks that stand where most running text stands",
    "restored": "pruned, with the lines that whole and densest both have",
    "articleBody": "JSON-LD articleBody",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A way of reading: the lines that it read, those that cleaning left, and those that it cut, with why.

    `votes`: others that were heard, and how far each agrees (0 to 1); empty where the way did not stand for choice.
    """

    name: str
    says: str
    read: list[str]
    lines: list[str]
    cut: tuple[tuple[str, str], ...]
    votes: Mapping[str, float]
    score: float | None
    standing: str  # whether it was taken, stood for choice, or was asked at all

    @property
    def taken(self) -> bool:
        """Whether it is the story's text."""
        return self.standing == _TAKEN

    @property
    def words(self) -> int:
        """Words that cleaning left."""
        return sum(len(hindi.words(line)) for line in self.lines)


def ways(found: Steps) -> list[Way]:
    """The ways in which the page was read; all four, for a person who asks, though the crawl may stop at two."""
    chosen = found.chosen
    read = {
        "pruned": found.read.pruned,
        "densest": found.read.densest,
        "alike": found.read.alike(),
        "whole": found.read.whole(),
    }
    if chosen.candidate in ("restored", "articleBody"):
        read[chosen.candidate] = chosen.lines
    told = []
    for name, lines in read.items():
        # What was made of cleaned lines is clean.
        story = found.clean(lines) if name in ("pruned", "densest", "alike", "whole") else None
        told.append(
            Way(
                name=name,
                says=_SPOKEN[name],
                read=lines,
                lines=story.lines if story else lines,
                cut=story.cut if story else (),
                votes=chosen.votes.get(name, {}),
                score=chosen.scores.get(name),
                standing=_standing(name, found),
            )
        )
    return told


def _standing(name: str, found: Steps) -> str:
    chosen = found.chosen
    if name == chosen.candidate:
        return _TAKEN
    if name in chosen.votes:
        return "not taken"
    if any(name in votes for votes in chosen.votes.values()):
        return "asked for its agreement"
    return "without text" if chosen.doubted else "read for you alone: a crawl did not need it"


def why_taken(found: Steps) -> str:
    """Why the way was taken that was, in a sentence."""
    chosen = found.chosen
    if chosen.candidate == "articleBody":
        return "JSON-LD articleBody is taken: the page prints no text of a story, or the beginning of this one"
    if not chosen.doubted:
        return (
            f"pruned and densest agree to {chosen.agreement:.2f}, {SURE} and more: the page is sure, pruned is taken, "
            "and a crawl asks no other"
        )
    if not chosen.scores:
        return "a live blog, whose entries are boxes of their own: the densest box is taken"
    told = chosen.votes[chosen.candidate].get("articleBody", 0.0)
    return f"pruned and densest agree to less than {SURE}: the page is in doubt, and {chosen.candidate} is taken, " + (
        f"which JSON-LD articleBody tells as well (agreement {told:.2f})"
        if told >= SURE
        else "whose score is highest (mean agreement, and a share for its size)"
    )
