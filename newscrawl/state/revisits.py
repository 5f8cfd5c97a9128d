"""At which ages a story is fetched again: those of the settings, or those at which its section is seen to change."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np
import xxhash

from newscrawl.state.revisit_plan import AGES, ALIKE, MOST_SEEN, Floats, Plan, Planner, believed, expected, prior

_DAY = 86_400.0
# What is older counts half: a paper that gets another desk is known anew in a month.
_HALF_LIFE = 14 * _DAY
# A plan is made anew after so long: a story more or less changes nothing.
_PLAN_SECONDS = 3600.0
# One story in so many is looked at once at an age drawn by lot, whatever is known of its section: who looks only where
# there was something never learns that a silent section has begun to revise.
_BY_LOT = 20
# Sections of a site that are told apart: papers have some dozen, and a site can have ten thousand first folders.
_MOST_SECTIONS = 60
_SECTION_CHARS = 40
# Days of looks that may be saved up or owed.
_MOST_BALANCE = 1.0
_BINS = len(AGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A story that was fetched. Times in seconds since 1970 (UTC).

    `before`: when it was fetched as a story the last time; None: this is the first. `by_age`: it was fetched for its
    age, and not because a source told a change. `changed`: whether it is another text than before; None: not known.
    `waits`: a look that was planned is still to come. `revised`: how many looks for its age found it changed before.
    """

    site: str
    url: str
    key: str
    published: float
    fetched: float
    before: float | None = None
    by_age: bool = False
    changed: bool | None = None
    waits: bool = False
    revised: int = 0

    @property
    def seen(self) -> int:
        """How many looks for its age found it changed, this one included."""
        return self.revised + (self.by_age and bool(self.changed))


class FixedAges:
    """The ages of the settings, the same for all."""

    def __init__(self, ages: Sequence[float]) -> None:
        """`ages`: in seconds."""
        self._ages = sorted(ages)

    @property
    def longest(self) -> float:
        """No look is planned for later than this age, in seconds."""
        return max(self._ages, default=0.0)

    def next(self, visit: Visit) -> float | None:
        """When a story is to be fetched again; None: not for its age."""
        return next((mark for age in self._ages if (mark := visit.published + age) > visit.fetched), None)

    def save(self) -> None:
        """Write what was learned, inside the caller's transaction."""


@dataclass(slots=True)
class _Section:
    """What is known of a section: revisions seen and seconds watched by age, stories by the age of their first fetch;
    looks that fixed ages would have taken. All of it fades; `at` says as of when."""

    at: float
    seen: Floats = field(default_factory=lambda: np.zeros(_BINS - 1))
    watched: Floats = field(default_factory=lambda: np.zeros(_BINS - 1))
    begun: Floats = field(default_factory=lambda: np.zeros(_BINS))
    due: float = 0.0

    def fade(self, now: float) -> None:
        factor = 0.5 ** (max(0.0, now - self.at) / _HALF_LIFE)
        self.seen *= factor
        self.watched *= factor
        self.begun *= factor
        self.due *= factor
        self.at = max(self.at, now)

    def to_json(self) -> str:
        lists = (self.seen, self.watched, self.begun)
        return json.dumps([*([float(f"{x:.5g}") for x in some] for some in lists), round(self.due, 3)])

    @classmethod
    def of_json(cls, at: float, text: str) -> _Section:
        seen, watched, begun, due = json.loads(text)
        return cls(at, np.array(seen), np.array(watched), np.array(begun), due)


class LearnedAges(FixedAges):
    """Ages by site and section, learned from which looks found a change; as many looks as the fixed ages would take.

    The `revisits` table of the state database. Lost with it, and then learned anew within days. Belongs to one thread.
    """

    def __init__(self, db: sqlite3.Connection, ages: Sequence[float]) -> None:
        """`ages`: those of the settings, which say how many looks there are."""
        super().__init__(ages)
        self._db = db
        create(db)
        self._sections: dict[tuple[str, str], _Section] | None = None
        self._changed: set[tuple[str, str]] = set()
        self._numbers: dict[tuple[str, str], int] = {}
        self._sites: dict[str, int] = {}
        self._balance = 0.0
        self._planned_at = -np.inf

    @property
    def longest(self) -> float:
        return max(float(AGES[-1]), super().longest)

    def next(self, visit: Visit) -> float | None:
        """When a story is to be fetched again, by the plan; what its fetch shows is learned."""
        if self._sections is None:
            self._load()
        # What is read back teaches nothing.
        if visit.changed is not None and visit.fetched - self._planned_at > _PLAN_SECONDS:
            self._plan(visit.fetched)
        named = self._named(visit)
        begin = visit.fetched - visit.published
        if visit.changed is not None:
            self._learn(named, visit, begin)
        at = _bin(begin)
        following = self._following(named, visit, at)
        self._balance += visit.waits - bool(following)
        return visit.published + float(AGES[following]) if following else None

    def save(self) -> None:
        """Write what was learned, inside the caller's transaction."""
        for site, section in self._changed:
            known = (self._sections or {})[site, section]
            self._db.execute(
                "INSERT OR REPLACE INTO revisits VALUES (?, ?, ?, ?)", (site, section, known.at, known.to_json())
            )
        if self._changed:
            self._db.execute("INSERT OR REPLACE INTO revisits VALUES ('', '', 0, ?)", (json.dumps(self._balance),))
        self._changed.clear()

    def ages_of(self, site: str, section: str = "") -> list[float]:
        """The ages in seconds at which a story of a section is looked at, that was first fetched when it was new."""
        if self._sections is None:
            self._load()
        ages, at, number = list[float](), 0, self._number(site, section)
        while at := int(self._made.after[number, at, 0]):
            ages.append(float(AGES[at]))
        return ages

    def _load(self) -> None:
        self._sections = {}
        for site, section, at, text in self._db.execute("SELECT * FROM revisits"):
            if site:
                self._sections[site, section] = _Section.of_json(at, text)
            else:
                self._balance = float(json.loads(text))
        self._plan(max((known.at for known in self._sections.values()), default=0.0))

    def _named(self, visit: Visit) -> tuple[str, str]:
        """The section that a visit counts for, which is there afterwards."""
        assert self._sections is not None
        named = visit.site, section_of(visit.url)
        if named not in self._sections:
            if sum(site == visit.site for site, _ in self._sections) >= _MOST_SECTIONS:
                named = visit.site, ""
            self._sections.setdefault(named, _Section(visit.fetched))
        return named

    def _learn(self, named: tuple[str, str], visit: Visit, age: float) -> None:
        assert self._sections is not None
        known = self._sections[named]
        known.fade(visit.fetched)
        self._changed.add(named)
        age = max(0.0, age)
        if visit.before is None:
            known.begun[_bin(age)] += 1
            due = sum(fixed > age for fixed in self._ages)
            known.due += due
            self._balance += due
        elif visit.by_age:
            # What a source told would have been fetched anyway: it says nothing of what is found without it.
            rates, before = self._rates[self._number(*named)], visit.before - visit.published
            seconds, revisions = expected(rates, before, age)
            usual, until = float(expected(rates, 0.0, before)[1].sum()), float(revisions.sum())
            # One revision or more, at the ages where they were to be expected, of a story that is like what was seen
            # of it: the step of an EM over the gamma mixture.
            shape = ALIKE + visit.revised
            found = 0.0
            if visit.changed and until > 0:
                mean = until * shape / (ALIKE + usual)
                found = mean / (1 - (1 + mean / shape) ** -shape)
                known.seen += found * revisions / until
            known.watched += seconds * (shape + found) / (ALIKE + usual + until)

    def _following(self, named: tuple[str, str], visit: Visit, at: int) -> int:
        lot = xxhash.xxh3_64_intdigest(visit.key.encode())
        if lot % _BY_LOT == 0:
            left = _BINS - 1 - at
            return at + 1 + lot // _BY_LOT % left if left and visit.before is None else 0
        return int(self._made.after[self._number(*named), at, min(visit.seen, MOST_SEEN)])

    def _number(self, site: str, section: str) -> int:
        """The row of the plan for a section; of one that is new that of its site, or of all."""
        return self._numbers.get((site, section), self._sites.get(site, 0))

    def _plan(self, now: float) -> None:
        assert self._sections is not None
        for known in self._sections.values():
            known.fade(now)
        self._rates, self._numbers, self._sites = rates_of(self._sections)
        names = list(self._numbers)
        begun = np.zeros((len(self._rates), _BINS))
        for named in names:
            begun[self._numbers[named]] = self._sections[named].begun
        due = sum(known.due for known in self._sections.values())
        # Of a stream that fades so, what is left is as many days of it.
        daily = max(1.0, due * np.log(2) / (_HALF_LIFE / _DAY))
        self._balance = float(np.clip(self._balance, -_MOST_BALANCE * daily, _MOST_BALANCE * daily))
        budget = due * (1 + self._balance / (2 * daily))
        if names:
            by_lot = float(begun[:, :-1].sum()) / _BY_LOT
            self._made = Planner(self._rates).priced(begun * (1 - 1 / _BY_LOT), budget - by_lot)
        else:
            self._made = _as_fixed(self._ages)
        self._planned_at = now


def rates_of(
    sections: dict[tuple[str, str], _Section],
) -> tuple[Floats, dict[tuple[str, str], int], dict[str, int]]:
    """Revisions a second by age, a row for all, one for each site, one for each section; and which row is whose."""
    sites = {site: number for number, site in enumerate(dict.fromkeys(site for site, _ in sections), 1)}
    numbers = {named: number for number, named in enumerate(sections, 1 + len(sites))}
    if not sections:
        return prior()[None, :], {}, {}
    owner = np.array([sites[site] - 1 for site, _ in sections])
    seen = np.array([known.seen for known in sections.values()])
    watched = np.array([known.watched for known in sections.values()])
    stories = np.array([known.begun.sum() for known in sections.values()])
    seen_of, watched_of = np.zeros((len(sites), _BINS - 1)), np.zeros((len(sites), _BINS - 1))
    stories_of = np.full(len(sites), 1e-3)
    np.add.at(seen_of, owner, seen)
    np.add.at(watched_of, owner, watched)
    np.add.at(stories_of, owner, stories)
    all_sites = believed(seen_of.sum(0), watched_of.sum(0), prior())
    of_sites = believed(seen_of, watched_of, all_sites)
    # Where more is looked at there is more to see: the mean story, not the mean look.
    all_sites = np.average(of_sites, axis=0, weights=stories_of)
    of_sites = believed(seen_of, watched_of, all_sites)
    return np.vstack([all_sites, of_sites, believed(seen, watched, of_sites[owner])]), numbers, sites


def _bin(age: float) -> int:
    """The number of the age that a story has reached; times come out of the database a fraction earlier."""
    return int(np.clip(np.searchsorted(AGES, age + 1.0, side="right") - 1, 0, _BINS - 1))


def section_of(url: str) -> str:
    """The first folder of an address, where it is a name: papers have their sections there."""
    folders = [part for part in urlsplit(url).path.split("/") if part][:-1]
    name = next((part for part in folders if not part.isdecimal()), "")
    return name[:_SECTION_CHARS].lower()


def create(db: sqlite3.Connection) -> None:
    """Create the table where it is not there."""
    db.execute(
        "CREATE TABLE IF NOT EXISTS revisits"
        "(site TEXT, section TEXT, at REAL NOT NULL, known TEXT NOT NULL, PRIMARY KEY(site, section)) WITHOUT ROWID"
    )


def _as_fixed(ages: Iterable[float]) -> Plan:
    """The plan before anything is known: the ages of the settings."""
    wanted = sorted({int(np.searchsorted(AGES, age).clip(1, _BINS - 1)) for age in ages})
    after = [next((n for n in wanted if n > at), 0) for at in range(_BINS)]
    looks = [float(sum(n > at for n in wanted)) for at in range(_BINS)]
    whatever = (1, 1, MOST_SEEN + 1)
    return Plan(np.tile(np.array(after)[None, :, None], whatever), np.tile(np.array(looks)[None, :, None], whatever))
