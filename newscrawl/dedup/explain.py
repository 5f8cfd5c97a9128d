"""Why two texts collapsed or not, for people: scores in words, and the two texts word by word."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from rich.text import Text

from newscrawl.dedup.match import Comparison
from newscrawl.text import hindi

# Words of unchanged text that are shown around a change.
_CONTEXT = 8


class Side(StrEnum):
    """Where a stretch of words stands."""

    BOTH = "both"
    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words in a row that stand in both texts, or in one of them."""

    side: Side
    words: tuple[str, ...]


def word_diff(first: str, second: str) -> list[Stretch]:
    """The two texts as one list of stretches, in order. Words are equal when they fold to the same."""
    a, b = first.split(), second.split()
    ours, theirs = [_folded(w) for w in a], [_folded(w) for w in b]
    # Words that are more than a hundredth of a long text only go with what is around them: of a text that says the same
    # few words again and again each place would be looked at with each other, for minutes. But how texts begin and end
    # alike is told whatever the words.
    start = _alike(ours, theirs)
    end = _alike(ours[start:][::-1], theirs[start:][::-1])
    a_end, b_end = len(a) - end, len(b) - end
    matcher = SequenceMatcher(None, ours[start:a_end], theirs[start:b_end])
    stretches = [Stretch(Side.BOTH, tuple(a[:start]))]
    for tag, *places in matcher.get_opcodes():
        a_from, a_to, b_from, b_to = (start + place for place in places)
        if tag == "equal":
            stretches.append(Stretch(Side.BOTH, tuple(a[a_from:a_to])))
            continue
        stretches.append(Stretch(Side.FIRST, tuple(a[a_from:a_to])))
        stretches.append(Stretch(Side.SECOND, tuple(b[b_from:b_to])))
    stretches.append(Stretch(Side.BOTH, tuple(a[a_end:])))
    return [stretch for stretch in stretches if stretch.words]


def _alike(some: list[str], others: list[str]) -> int:
    """How many words two lists have in common from the first on."""
    return next(
        (n for n, (one, other) in enumerate(zip(some, others, strict=False)) if one != other),
        min(len(some), len(others)),
    )


def _folded(word: str) -> str:
    # Punctuation is no difference to matching; a mark alone stays itself.
    return "".join(hindi.folded_words(word)) or word


def render_diff(stretches: list[Stretch]) -> Text:
    """A diff for a terminal: the first text's words struck and red in [-...-], the second's green in {+...+}.

    Long unchanged stretches are shortened. The brackets tell the same where there are no colours.
    """
    text = Text()
    for i, stretch in enumerate(stretches):
        if stretch.side is Side.BOTH:
            text.append(_shortened(stretch.words, first=i == 0, last=i == len(stretches) - 1) + " ")
        elif stretch.side is Side.FIRST:
            text.append("[-" + " ".join(stretch.words) + "-] ", style="red strike")
        else:
            text.append("{+" + " ".join(stretch.words) + "+} ", style="green")
    return text


def _shortened(words: tuple[str, ...], *, first: bool, last: bool) -> str:
    if len(words) <= 2 * _CONTEXT + 2:
        return " ".join(words)
    head = () if first else words[:_CONTEXT]
    tail = () if last else words[-_CONTEXT:]
    between = f"… {len(words) - len(head) - len(tail)} words in both …"
    return " ".join((*head, between, *tail))


def verdict(found: Comparison) -> str:
    """The verdict of a comparison in one line."""
    if found.relation is not None:
        return f"the same story ({found.relation.value})"
    return f"different stories: {found.refusal.value if found.refusal else 'not compared'}"


# What moves the log odds by less is not told.
_SLIGHT = 0.1
_SPOKEN = {
    "told": "how much of the shorter text the longer tells in the same words",
    "retold": "how many of the shorter one's names and things the longer tells in the same order",
    "ledes": "how far the openings tell the same",
    "cohesion": "whether what the longer text adds names the same things",
    "figures_changed": "the figures that both have",
    "late": "that they were told days apart",
}


def score_line(found: Comparison) -> str:
    """What was measured, in one line; docs/dedup.md says what each is."""
    m = found.measured
    figures, linked = ("-" if share is None else f"{share:.2f}" for share in (m.figures, m.cohesion))
    return (
        f"told {m.told:.2f}, held {m.held:.2f}, retold {m.retold:.2f}, part {m.part:.2f}, ledes {m.ledes:.2f}, "
        f"cohesion {linked}, figures {figures}, jaccard {m.jaccard:.2f}, containment {m.containment:.2f}"
    )


def weighed_lines(found: Comparison) -> list[str]:
    """What spoke for and against one story, the strongest first, beside what is usual in copies and versions."""
    lines = [f"likeness {found.likeness:+.1f} (one story above 0)"]
    for name, weight in sorted(found.weighed, key=lambda pair: -abs(pair[1])):
        if abs(weight) >= _SLIGHT:
            lines.append(f"  {weight:+.1f}  {_SPOKEN[name]}")
    return lines
