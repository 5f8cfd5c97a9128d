"""Are two texts one story? What they have in common decides, weighed; estimates only proposed them.

The weights are fitted on labelled pairs and tested on others (`python -m benchmarks.dedup fit`); they stand, with what
they were fitted on, in `likeness.toml`. docs/dedup.md has the figures.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from newscrawl.dedup.measures import LEDE_WORDS, Measures, figures_by_words, measure, told
from newscrawl.dedup.words import Words
from newscrawl.items import Relation

# From here on both texts hold most of each other: an edited copy rather than a part.
NEAR_JACCARD = 0.5
# However alike the openings are: of the labelled pairs that the odds take for one story and that are, none has less
# than 0.43; a digest that opens with a story's first paragraph has 0.37.
MIN_TOLD = 0.4
# Fewer words than this in common are a headline or a dateline, unless the texts are equal: one-line stubs
# ("... में ग्राम सड़क योजना से बदली तस्वीर") share half their words and tell of different places.
MIN_TOLD_WORDS = 20
# A short text inside a longer one is a trimmed copy, or the longer grew out of it, when it is at least a
# sixth of the longer, or the longer opens with it. Else it is one item of a roundup, or background at
# the end of another story. Lowest share of a labelled version 0.20; the roundup of the labelled pairs 0.12.
MIN_PART = 1 / 6
MIN_OPENING = 0.5
# A page that strings stories together holds each of them whole, and says little of any in its other words: the
# cohesion of pages made of five stories of the collection is 0.04 (95 % below 0.13), of labelled copies and versions
# 0.12 or more. Where the shorter stands in the middle this is enough (reports grow at one end); where both have news of
# their own and share little of the longer; and where more is beside than a flash grows by.
MIN_COHESION = 0.1
MIN_SHARED_PART, MIN_COHESION_APART = 3 / 8, 0.13
MUCH_BESIDE, MIN_COHESION_OF_MUCH = 200, 0.16
SURE_HELD = 0.8
# An item of a roundup is at most so much of it: of a page of two stories one may be more than half. Two items share no
# more of their places in it than a quarter, and it tells more than half of each.
MAX_ITEM = 0.6
MAX_SHARED_PLACES = 0.25
MIN_ITEM_TOLD = 0.54
# Template stories (weather, bullion rates) share the frame and differ in the figures, a copy keeps the
# figures: of the frames around a figure that both have, this share must hold the same figure.
MIN_SAME_FIGURES = 0.6

# A template's stories may differ in names alone (the bazaars of two cities): one name three times in the place of
# another one, or two names twice. No labelled pair of one story of 141 has that, and of 373 that the odds accept in the
# collection one, which swaps its weekdays. An editor's synonyms are swapped once each.
MAX_RENAMED = 1

# Or in words that stand there once: a police report, a press note, a tally is a form that is filled in, one place in so
# many shared words. Two places with names for certain; or three of two sorts (names, figures, weekdays), among them
# another day or two names: an editor puts synonyms into a copy or corrects its figures, and then changes one word more.
# The form is much of both texts; who wrote a report out has other words, too. No labelled pair of one story has that.
REFILLED_PART, MIN_NAMES_REFILLED, MIN_REFILLED, MIN_SORTS_REFILLED = 1 / 60, 2, 3, 2
MIN_FORM = 1 / 3

# Under one URL less will do on one day, for that is evidence, too: all 108 labelled versions have this told share, and
# of 3,000 pairs of stories of one broadcaster, drawn by chance, none has more than 0.17.
MIN_REVISED = 0.3
# A page that is used again for each day's prices may print only two of them.
MIN_DAYS_FIGURES = 2

# Copies and versions come within days. Of 7,893 articles of one broadcaster 12 that the odds take for one story lie
# more than three days apart: the six least alike, all below 3, are next month's or next year's news told in the words
# of the last (a campaign's tally, another phase of a vote); of the six others five are right.
LATE = timedelta(days=4)
LATE_ODDS = 3.0

# Of most versions: what is taken for cohesion where too little stands beside to say.
USUAL_COHESION = 0.25

_WEIGHTS = Path(__file__).with_name("likeness.toml")


class Refusal(StrEnum):
    """Why two texts are not the same story."""

    LITTLE_IN_COMMON = "too little told in the same words"
    PART_OF_ANOTHER = "a part of a longer story that is about something else"
    ROUNDUP = "a part of a page that strings several stories together"
    BACKGROUND = "shared background: the openings tell different news"
    OTHER_MATTERS = "what they do not share names other things"
    OTHER_FIGURES = "the same frame with other figures"
    OTHER_NAMES = "the same frame with other names"
    LATE = "told days apart, and not alike enough for that"


# Which refusal a feature stands for that speaks against two texts most.
_REFUSALS = {
    "told": Refusal.LITTLE_IN_COMMON,
    "retold": Refusal.LITTLE_IN_COMMON,
    "ledes": Refusal.BACKGROUND,
    "cohesion": Refusal.OTHER_MATTERS,
    "figures_changed": Refusal.OTHER_FIGURES,
    "late": Refusal.LATE,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two texts relate: what was measured, and `relation` or `refusal` as the verdict.

    `likeness`: log odds that they are one story, above the threshold where positive; `weighed`: by how much each
    feature moves it against the mean of labelled copies and versions, the worst first.
    """

    measured: Measures
    likeness: float
    weighed: tuple[tuple[str, float], ...]
    relation: Relation | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """`likeness.toml`: log odds are `bias` and the sum of weight times feature; `typical`: means of one-story pairs."""

    bias: float
    threshold: float
    weights: dict[str, float]
    typical: dict[str, float]


@cache
def fitted_weights() -> Weights:
    """The weights that are shipped."""
    document = tomllib.loads(_WEIGHTS.read_text())
    return Weights(document["bias"], document["threshold"], document["weights"], document["typical"])


def features(found: Measures) -> dict[str, float]:
    """What is weighed, by name."""
    return {
        "told": found.told,
        "retold": found.retold,
        "ledes": found.ledes,
        "cohesion": USUAL_COHESION if found.cohesion is None else found.cohesion,
        "figures_changed": math.log1p(found.figures_changed),
    }


def compare(text: Words, anchor: Words, apart: timedelta = timedelta(0)) -> Comparison:
    """Compare two texts, for a verdict and for explaining it; which of them comes first makes no difference.

    `apart`: time between their publication.
    """
    found = measure(text, anchor)
    model = fitted_weights()
    values = features(found)
    likeness = model.bias - model.threshold + sum(model.weights[name] * value for name, value in values.items())
    weighed = [(name, model.weights[name] * (value - model.typical[name])) for name, value in values.items()]
    if apart > LATE:
        likeness -= LATE_ODDS
        weighed.append(("late", -LATE_ODDS))
    weighed.sort(key=lambda pair: pair[1])
    relation = refusal = None
    if found.equal:
        relation = Relation.EXACT
    elif refusal := ruled_out(found):
        pass
    elif likeness <= 0:
        refusal = _REFUSALS[weighed[0][0]]
    else:
        relation = Relation.NEAR if found.jaccard >= NEAR_JACCARD else Relation.CONTAINED
    return Comparison(found, likeness, tuple(weighed), relation, refusal)


def revises(text: Words, anchor: Words, found: Comparison, *, same_day: bool) -> bool:
    """Whether two texts under one canonical URL are one story, told anew; `found` is their comparison.

    On the same day other figures in the same frame are a correction, and a flash may be rewritten. On another they are
    that day's prices, and a new text is a new story.
    """
    if same_day:
        return found.relation is not None or found.measured.told >= MIN_REVISED
    return found.relation is not None and not _prints_other_figures(text, anchor)


def holds(found: Measures) -> bool:
    """Whether the longer of two texts tells most of the shorter among other matters: it may be a roundup."""
    return found.told >= MIN_ITEM_TOLD and found.told_words >= MIN_TOLD_WORDS and found.part < MAX_ITEM


def strings_together(longer: Words, one: Words, other: Words) -> bool:
    """Whether a text tells most of both others, and how they open, each at places of its own: then it is a roundup of
    them. A report that repeats what was said at an earlier hearing does not tell how the report of that opened."""
    places = []
    for item in (one, other):
        item_told = told(item, longer)
        if len(item) >= len(longer) or item_told.sum() < max(MIN_TOLD_WORDS, MIN_ITEM_TOLD * len(item)):
            return False
        if item_told[: min(LEDE_WORDS, len(item) // 2)].mean() < MIN_OPENING:
            return False
        places.append(told(longer, item))
    shared = int((places[0] & places[1]).sum())
    return shared <= MAX_SHARED_PLACES * min(int(p.sum()) for p in places)


def _prints_other_figures(a: Words, b: Words) -> bool:
    """Whether two texts have the same frames with other figures in them."""
    ours, theirs = figures_by_words(a), figures_by_words(b)
    common = ours.keys() & theirs.keys()
    if len(common) < MIN_DAYS_FIGURES:
        return False
    return sum(bool(ours[frame] & theirs[frame]) for frame in common) < MIN_SAME_FIGURES * len(common)


def ruled_out(found: Measures) -> Refusal | None:
    """What no weight can make up for."""
    if found.told < MIN_TOLD or found.told_words < MIN_TOLD_WORDS:
        return Refusal.LITTLE_IN_COMMON
    if found.part < MIN_PART and found.opening < MIN_OPENING:
        return Refusal.PART_OF_ANOTHER
    if found.cohesion is not None and _is_item(found, found.cohesion):
        return Refusal.ROUNDUP
    # Of 200 labelled pairs of one story none counts one thing otherwise, of the others 14. Of 383 pairs of a collection
    # that the rest takes for one story three do: two episodes, two days of the market, two phases of a vote.
    if found.counted_otherwise or (found.figures is not None and found.figures < MIN_SAME_FIGURES):
        return Refusal.OTHER_FIGURES
    if found.renamed > MAX_RENAMED or _is_form(found):
        return Refusal.OTHER_NAMES
    return None


def _is_form(found: Measures) -> bool:
    """Whether both texts are one form, filled in with other names, or with other figures beside another name or day."""
    filled = found.refilled
    if found.part < MIN_FORM or filled.places < max(MIN_NAMES_REFILLED, REFILLED_PART * found.told_words):
        return False
    if filled.doers >= MIN_NAMES_REFILLED:
        return True
    named = filled.weekdays > 0 or filled.names + filled.doers >= MIN_NAMES_REFILLED
    return named and filled.places >= MIN_REFILLED and filled.sorts >= MIN_SORTS_REFILLED


def _is_item(found: Measures, cohesion: float) -> bool:
    """Whether the longer text goes on with other matters than the shorter one's."""
    if found.held < SURE_HELD and found.part < MIN_SHARED_PART and cohesion < MIN_COHESION_APART:
        return True
    if found.beside >= MUCH_BESIDE and cohesion < MIN_COHESION_OF_MUCH:
        return True
    return found.edge < MIN_OPENING and cohesion < MIN_COHESION
