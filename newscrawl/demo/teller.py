"""Stories from a seed: what happened, told in Hindi, before any site prints it.

A topic is data (`content/*.toml`): slots, headlines, ledes, body sentences. A story binds the slots once, so
that names and numbers stay the same from headline to last line, and takes each sentence pattern at most once.
Of several sentences that could come next the one is taken that keeps the story farthest from every story told
before (word triples shared, of the shorter of the two): that is what a duplicate matcher looks at.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

from newscrawl.demo import names
from newscrawl.demo.patterns import expand

IST = timezone(timedelta(hours=5, minutes=30))
CONTENT = Path(__file__).with_name("content")
# Patterns considered for the next sentence, and renderings tried of each. More lowers the overlap of
# unrelated stories only little, and costs start-up.
_PATTERNS = 12
_TRIES = 3
# Paragraphs of an opening, which a wire copy may consist of.
_OPENING = 2
# Word triples that a paragraph has, about: what a story's final size is guessed from while it is told.
_TRIPLES_A_PARAGRAPH = 42


@dataclass(frozen=True, slots=True)
class Topic:
    """One content file. `frame` topics are templates: their paragraphs are told in order, unvaried."""

    slug: str
    section: str
    latin: str
    tags: tuple[str, ...]
    slots: dict[str, str | list[str]]
    headline: tuple[str, ...]
    lede: tuple[str, ...]
    body: tuple[str, ...]
    subhead: tuple[str, ...]
    frame: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One report. `more` are paragraphs that a later, grown version adds; `titles` differ in wording only."""

    id: str
    topic: Topic
    titles: tuple[str, ...]
    paragraphs: tuple[str, ...]
    subheads: tuple[str, ...]
    more: tuple[str, ...]
    city: str
    state: str
    slug: str
    tags: tuple[str, ...]
    event: str
    template_group: str | None = None


@cache
def topics() -> tuple[Topic, ...]:
    """All topics of the content folder, in the order of their file names."""
    found = []
    for path in sorted(CONTENT.glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        lines = {key: _lines(raw.get(key, "")) for key in ("headline", "lede", "body", "subhead")}
        found.append(
            Topic(
                slug=path.stem,
                section=raw["section"],
                latin=raw["latin"],
                tags=tuple(raw["tags"]),
                slots=raw.get("slots", {}),
                frame=raw.get("frame", False),
                headline=lines["headline"],
                lede=lines["lede"],
                body=lines["body"],
                subhead=lines["subhead"],
            )
        )
    return tuple(found)


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.splitlines() if line.strip())


@dataclass
class Facts:
    """The slots of one story, bound on first use."""

    topic: Topic
    rng: random.Random
    when: datetime
    bound: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (city, state, latin), (city2, _, _) = self.rng.sample(names.PLACES, 2)
        local = self.when.astimezone(IST)
        self.bound |= {
            "city": city,
            "state": state,
            "latin": latin,
            "city2": city2,
            "day": names.WEEKDAYS[local.weekday()],
            "yesterday": names.WEEKDAYS[(local.weekday() - 1) % 7],
            "tomorrow": names.WEEKDAYS[(local.weekday() + 1) % 7],
            "date": f"{local.day} {names.MONTHS[local.month - 1]}",
        }

    def slot(self, name: str) -> str:
        """What stands for `{name}`; `{12-40}` and `{100-900/50}` are numbers drawn anew each time."""
        if name[0].isdigit():
            return _number(name, self.rng)
        if name not in self.bound:
            kind = self.topic.slots.get(name, name)
            self.bound[name] = self._draw(kind)
        return self.bound[name]

    def _draw(self, kind: str | list[str]) -> str:
        if isinstance(kind, list):
            return expand(self.rng.choice(kind), self.rng, self.slot)
        if kind in ("man", "woman", "person"):
            return names.person(self.rng, kind)
        if kind[0].isdigit():
            return _number(kind, self.rng)
        raise ValueError(f"{self.topic.slug}: unknown slot {kind!r}")


def _number(spec: str, rng: random.Random) -> str:
    bounds, _, step = spec.partition("/")
    low, high = (int(x) for x in bounds.split("-"))
    return str(rng.randrange(low, high + 1, int(step or 1)))


_WORD = re.compile(r"[^\s,.।?!;:‘’“”\"'()…-]+")
_Triple = tuple[str, str, str]


def triples(text: str) -> set[_Triple]:
    """Distinct word triples; words are runs of anything but space and punctuation."""
    words = _WORD.findall(text)
    return set(zip(words, words[1:], words[2:], strict=False))


class Told:
    """What the stories of one topic have said, by word triple, and how near the current one is to each."""

    def __init__(self) -> None:
        self._holders: dict[_Triple, list[int]] = {}
        self._sizes: list[int] = []
        self._shared: Counter[int] = Counter()
        self._mine: set[_Triple] = set()
        self._expected = 1

    def begin(self, paragraphs: int) -> None:
        """A story of about so many paragraphs starts."""
        self._expected = paragraphs * _TRIPLES_A_PARAGRAPH
        self._shared = Counter()

    def expect(self, paragraphs: int) -> None:
        """The story goes on to this length; what it shares so far stays counted."""
        self._expected = paragraphs * _TRIPLES_A_PARAGRAPH

    def farthest(self, candidates: Iterable[tuple[str, str]]) -> tuple[str, str]:
        """Of (pattern, text) the one that leaves the nearest earlier story farthest; it is then said."""
        # Renderings of a pattern with few alternatives are often the same; the first of equals is taken.
        texts: dict[str, str] = {}
        for pattern, text in candidates:
            texts.setdefault(text, pattern)
        said = {text: triples(text) for text in texts}
        best = min(texts, key=lambda text: self._nearness(said[text]))
        for triple in said[best]:
            self._mine.add(triple)
            self._shared.update(self._holders.get(triple, ()))
        return texts[best], best

    def keep(self) -> None:
        """What is said so far is a text of its own: everything later keeps away from it."""
        number = len(self._sizes)
        for triple in self._mine:
            self._holders.setdefault(triple, []).append(number)
        self._sizes.append(len(self._mine))

    def end(self) -> None:
        """The story is complete."""
        self.keep()
        self._mine = set()

    def _nearness(self, said: set[_Triple]) -> float:
        """Greatest containment in any earlier story if `said` came next; ties go to the least told."""
        more: dict[int, int] = {}
        # Most triples were never said before: the intersection leaves few to look up.
        for triple in said & self._holders.keys():
            for story in self._holders[triple]:
                more[story] = more.get(story, 0) + 1
        shared, sizes, expected = self._shared.get, self._sizes, self._expected
        worst = max([(shared(s, 0) + n) / min(expected, sizes[s]) for s, n in more.items()], default=0.0)
        return worst + sum(more.values()) / 10_000


class Teller:
    """Tells the stories of one web, remembering per topic what has been said. Order matters; one seed,
    one order, one web."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._told: dict[str, Told] = {}
        self._titles: set[str] = set()

    def story(self, key: str, topic: Topic, when: datetime, length: int, *, growth: int = 0) -> Story:
        """A story of `length` paragraphs, with `growth` more for its later version."""
        rng = random.Random(f"{self.seed}:{key}")
        return self._tell(key, key, topic, Facts(topic, rng, when), length, growth, topic.lede, topic.body)

    def event(self, key: str, topic: Topic, when: datetime, length: int) -> tuple[Story, Story]:
        """Two independent reports of one event: same facts, no sentence pattern in common."""
        facts = Facts(topic, random.Random(f"{self.seed}:{key}"), when)
        first = self._tell(f"{key}a", key, topic, facts, length, 0, topic.lede[::2], topic.body[::2])
        second = self._tell(f"{key}b", key, topic, facts, length, 0, topic.lede[1::2], topic.body[1::2])
        return first, second

    def frame(self, key: str, topic: Topic, when: datetime) -> Story:
        """A template story: the same frame for every city and day, other numbers."""
        facts = Facts(topic, random.Random(f"{self.seed}:{key}"), when)
        text = tuple(expand(p, facts.rng, facts.slot) for p in topic.body)
        return self._finish(key, key, facts, text, (), (), topic.slug)

    def _tell(
        self,
        key: str,
        event: str,
        topic: Topic,
        facts: Facts,
        length: int,
        growth: int,
        ledes: Sequence[str],
        patterns: Sequence[str],
    ) -> Story:
        told = self._told.setdefault(topic.slug, Told())
        # The opening is kept apart from others by its own size: wire copies are cut down to it.
        told.begin(min(length, _OPENING))
        order = list(patterns)
        facts.rng.shuffle(order)
        paragraphs: list[str] = []
        for i in range(length + growth):
            if i == _OPENING:
                told.keep()
                told.expect(length)
            if i == length:
                told.begin(length)  # growth is weighed by itself: the first version must not be the measure
            sentences: list[str] = []
            for j in range(facts.rng.choice((2, 2, 2, 3, 3, 4))):
                pool = list(ledes) if i == 0 and j == 0 else order[:_PATTERNS]
                if not pool:
                    break
                pattern, text = told.farthest(self._renderings(pool, facts))
                sentences.append(text)
                if pattern in order:
                    order.remove(pattern)
            if sentences:
                paragraphs.append(" ".join(sentences))
        told.end()
        subheads = [expand(p, facts.rng, facts.slot) for p in topic.subhead]
        facts.rng.shuffle(subheads)
        split = min(length, len(paragraphs))
        return self._finish(
            key, event, facts, tuple(paragraphs[:split]), tuple(subheads), tuple(paragraphs[split:]), None
        )

    def _renderings(self, patterns: Sequence[str], facts: Facts) -> list[tuple[str, str]]:
        return [(p, expand(p, facts.rng, facts.slot)) for p in patterns for _ in range(_TRIES)]

    def _finish(
        self,
        key: str,
        event: str,
        facts: Facts,
        paragraphs: tuple[str, ...],
        subheads: tuple[str, ...],
        more: tuple[str, ...],
        group: str | None,
    ) -> Story:
        topic, bound = facts.topic, facts.bound
        return Story(
            id=key,
            topic=topic,
            titles=tuple(self._fresh_titles(facts, 4)),
            paragraphs=paragraphs,
            subheads=subheads,
            more=more,
            city=bound["city"],
            state=bound["state"],
            slug=f"{topic.latin}-{bound['latin']}",
            tags=(bound["city"], *topic.tags),
            event=event,
            template_group=group,
        )

    def _fresh_titles(self, facts: Facts, count: int) -> Iterable[str]:
        """`count` wordings of the headline, none of which another story of this web has."""
        patterns = list(facts.topic.headline)
        facts.rng.shuffle(patterns)
        for i in range(count):
            title = expand(patterns[i % len(patterns)], facts.rng, facts.slot)
            for _ in range(20):  # a small pool of wordings needs a few draws, never twenty
                if title not in self._titles:
                    break
                title = expand(facts.rng.choice(patterns), facts.rng, facts.slot)
            self._titles.add(title)
            yield title
