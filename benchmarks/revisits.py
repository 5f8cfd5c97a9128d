"""Revisions found by learned ages, beside fixed ones and an oracle: `python -m benchmarks.revisits`.

A simulation with known truth, and no more: 60 sites of 5 to 200 stories a day in up to eight sections. How many
revisions a story has differs from site to site, from section to section and from story to story; they become fewer with
a story's age, faster at some sites than at others. A quarter of the sites tell most of their changes by lastmod: such a
change is fetched whoever plans, and is not counted. A third of the sites begin later; a third become other than they
were. Runs come every hour or two (`--every`), a story is found some while after it was published, and a look shows
only whether the text is another than at the look before.

All have the same stories and revisions, and as many requests. The oracle knows the rates of each section at each hour
(not what will happen to a story), plans as ours does, and may look at any hour. When stories are revised is like what
595 captured pages of 473 hosts say of themselves (modified half of them, a quarter of these within 1.4 hours, half
within 5.4, a quarter after more than 48); that two pages of one host agree in whether they were revised more often than
chance says how much sites differ: by a factor of 2.3 (`--spread 0.85`, the standard deviation of the logarithm).
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from newscrawl.state.revisit_plan import AGES, MOST_SEEN, Floats, Plan, Planner
from newscrawl.state.revisits import FixedAges, LearnedAges, Visit

_HOUR, _DAY = 3600.0, 86_400.0
_SITES, _DAYS, _BURN_IN = 60, 42, 7
_FIXED = (2 * _HOUR, 24 * _HOUR)
_LIFE = 14 * _DAY
# Of revisions the share that has nothing to do with the first hours, and how long those take.
_LONG, _LATER = 0.35, 4 * _DAY
_HOURS: Floats = _HOUR * np.concatenate([np.arange(0, 73.0), np.arange(76.0, 169.0, 4.0)])


@dataclass(slots=True)
class _Section:
    """The truth of a section: revisions of a story, in all; how many seconds they take to become fewer; whether a
    lastmod tells them. From `turns` on there are others."""

    site: str
    name: str
    begins: float
    stories: float  # a second
    revisions: float
    decay: float
    delay: float
    told: float
    turns: float
    later: float

    def level(self, at: float) -> float:
        return self.later if at >= self.turns else self.revisions

    def expected(self, ages: Floats) -> Floats:
        """Of a story's revisions those up to an age, as a share."""
        return (1 - _LONG) * -np.expm1(-ages / self.decay) + _LONG * -np.expm1(-ages / _LATER)

    def rates(self, at: float, ages: Floats) -> Floats:
        """Revisions a second of a story of each age that no lastmod tells."""
        rates: Floats = (1 - self.told) * self.level(at) * np.diff(self.expected(ages)) / np.diff(ages)
        return rates


@dataclass(slots=True)
class _Story:
    section: int
    url: str
    published: float
    found: float
    silent: list[float]
    told: list[float]


def _sections(rng: random.Random, spread: float) -> list[_Section]:
    found = list[_Section]()
    for number in range(_SITES):
        level = 1.0 * math.exp(rng.gauss(0, spread))
        daily = min(200.0, max(5.0, rng.lognormvariate(3.5, 0.9)))
        decay, delay = _HOUR * rng.lognormvariate(1.4, 0.8), _HOUR * rng.lognormvariate(-0.7, 0.8)
        told = rng.uniform(0.5, 0.95) if rng.random() < 0.25 else 0.0
        begins = rng.uniform(5, 30) * _DAY if rng.random() < 1 / 3 else 0.0
        turns = rng.uniform(10, 35) * _DAY if rng.random() < 1 / 3 else math.inf
        turned = math.exp(rng.gauss(0, spread))
        parts = [rng.gammavariate(1, 1) for _ in range(rng.randrange(1, 9))]
        for n, part in enumerate(parts):
            revisions = min(8.0, level * math.exp(rng.gauss(0, 0.5)))
            found.append(
                _Section(
                    site=f"site{number}", name=f"part{n}", begins=begins, stories=daily * part / sum(parts) / _DAY,
                    revisions=revisions, decay=decay, delay=delay, told=told, turns=turns,
                    later=min(8.0, revisions * turned),
                )
            )  # fmt: skip
    return found


def _stories(rng: random.Random, sections: Sequence[_Section]) -> list[_Story]:
    """Every story of all days, in order of when it is found."""
    found = list[_Story]()
    for number, section in enumerate(sections):
        at = section.begins
        while (at := at + rng.expovariate(section.stories)) < _DAYS * _DAY:
            # Some stories go on developing, most do not.
            total = section.level(at) * rng.gammavariate(1, 1)
            times = [at + age for age in _ages(rng, section, total)]
            told = [rng.random() < section.told for _ in times]
            found.append(
                _Story(
                    section=number, url=f"https://{section.site}/{section.name}/khabar-{len(found)}", published=at,
                    found=at + section.delay * rng.expovariate(1),
                    silent=sorted(t for t, is_told in zip(times, told, strict=True) if not is_told),
                    told=sorted(t for t, is_told in zip(times, told, strict=True) if is_told),
                )
            )  # fmt: skip
    return sorted(found, key=lambda story: story.found)


def _ages(rng: random.Random, section: _Section, total: float) -> Iterator[float]:
    at = rng.expovariate(1)
    while at < total:
        age = rng.expovariate(1 / (_LATER if rng.random() < _LONG else section.decay))
        if age < _LIFE:
            yield age
        at += rng.expovariate(1)


class Oracle(FixedAges):
    """Knows the rates of all sections; at the price that makes its looks as many as the others'."""

    def __init__(self, sections: Sequence[_Section], price: float) -> None:
        super().__init__(())
        self._sections, self._price = sections, price
        self._numbers = {(s.site, s.name): number for number, s in enumerate(sections)}
        self._day = -1
        self._plan: Plan

    def next(self, visit: Visit) -> float | None:
        day = int(visit.fetched // (2 * _DAY))
        if day != self._day:
            self._day = day
            rates = np.array([s.rates(visit.fetched, _HOURS) for s in self._sections])
            self._plan = Planner(np.maximum(rates, 1e-12), _HOURS).plan(self._price)
        at = int(np.searchsorted(_HOURS, visit.fetched - visit.published + 1, side="right")) - 1
        section = visit.url.split("/")[3]
        seen = min(visit.seen, MOST_SEEN)
        following = int(self._plan.after[self._numbers[visit.site, section], at, seen])
        return visit.published + float(_HOURS[following]) if following else None


@dataclass(slots=True)
class Result:
    """What a policy came to: looks for their age, revisions that these found, and how old these were, in seconds."""

    looks: int = 0
    found: int = 0
    late: float = 0.0
    early_looks: int = 0
    early_found: int = 0

    @property
    def hours_late(self) -> float:
        return self.late / self.found / _HOUR if self.found else 0.0


def simulate(policy: FixedAges, sections: Sequence[_Section], stories: Sequence[_Story], every: float) -> Result:
    """Have a policy say when each story is fetched again, over all days; counted is what comes after the first week."""
    result = Result()
    # (when, story, whether for its age)
    waiting = [(story.found, number, False) for number, story in enumerate(stories)]
    heapq.heapify(waiting)
    planned: dict[int, float] = {}
    last: dict[int, float] = {}
    revised: Counter[int] = Counter()
    while waiting:
        due, number, by_age = heapq.heappop(waiting)
        if due > _DAYS * _DAY:
            break
        story = stories[number]
        if by_age and planned.get(number) != due:
            continue
        now = math.ceil(due / every) * every
        earlier = last.get(number)
        waits = not by_age and planned.get(number, 0.0) > now
        changed = None
        if earlier is not None:
            first = next((t for t in story.silent if earlier < t <= now), None)
            changed = first is not None or any(earlier < t <= now for t in story.told)
            if by_age and first is not None and now < _BURN_IN * _DAY:
                result.early_found += 1
            elif by_age and first is not None:
                result.found += 1
                result.late += now - story.silent[bisect_right(story.silent, now) - 1]
        else:
            changed = True
            for when in story.told:
                if when > now:
                    heapq.heappush(waiting, (when, number, False))
        if by_age and now < _BURN_IN * _DAY:
            result.early_looks += 1
        elif by_age:
            result.looks += 1
        section = sections[story.section]
        following = policy.next(
            Visit(
                site=section.site, url=story.url, key=story.url, published=story.published, fetched=now,
                before=earlier, by_age=by_age, changed=changed, waits=waits,
                revised=revised[number],
            )
        )  # fmt: skip
        revised[number] += by_age and bool(changed)
        last[number] = now
        if following is None:
            planned.pop(number, None)
        else:
            planned[number] = following
            heapq.heappush(waiting, (following, number, True))
    policy.save()
    return result


def oracle(sections: Sequence[_Section], stories: Sequence[_Story], every: float, looks: int) -> Result:
    """The oracle at the price at which it takes as many looks, or a few less."""
    low, high = 1e-4, 1.0
    best = Result()
    for _ in range(8):
        price = (low * high) ** 0.5
        result = simulate(Oracle(sections, price), sections, stories, every)
        if result.looks > looks:
            low = price
        else:
            high, best = price, result
    return best


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22])
    parser.add_argument("--spread", type=float, nargs="+", default=[0.85, 1.5])
    parser.add_argument("--every", type=float, default=1.0, help="hours between runs")
    arguments = parser.parse_args()
    table = Table("sites differ", "seed", "stories", "fixed ages", "learned", "oracle", "learned / fixed", "/ oracle")
    for spread in arguments.spread:
        for seed in arguments.seeds:
            rng = random.Random(seed)
            sections = _sections(rng, spread)
            stories = _stories(rng, sections)
            every = arguments.every * _HOUR
            fixed = simulate(FixedAges(_FIXED), sections, stories, every)
            ours = simulate(LearnedAges(sqlite3.connect(":memory:"), _FIXED), sections, stories, every)
            best = oracle(sections, stories, every, ours.looks)
            per = [r.found / r.looks for r in (fixed, ours, best)]
            table.add_row(
                f"{spread:g}", f"{seed}", f"{len(stories):,}",
                *(f"{r.found:,} of {r.looks:,}, {r.hours_late:.1f} h" for r in (fixed, ours, best)),
                f"{per[1] / per[0]:.2f}", f"{ours.found / best.found:.3f}",
            )  # fmt: skip
    Console(width=140).print(table)
    print(f"over {len(AGES) - 1} ages; hours: how old a revision is when it is found")


if __name__ == "__main__":
    main()
