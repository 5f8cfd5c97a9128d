"""What is counted of a site in a run, for the watch: numbers only, so that a year of them is small."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRun:
    """Counts of one site in one run that began `at`.

    `stories`: articles and duplicates; `rejects`: pages that are no story; `unchanged`: pages that were as before;
    `duplicates`, `dated`: of the stories, those that collapsed and those that say when they were published; `alike`:
    the most pages that collapsed to one story, two at least, later versions of a page aside; `words`: of all stories
    together. `sources`: those that were asked; `read`, `failed`: of these, those with something new to read, and those
    that failed; `named`: entries that were read in them; `new`: of these, those to be fetched.
    """

    at: datetime
    stories: int = 0
    rejects: int = 0
    unchanged: int = 0
    duplicates: int = 0
    alike: int = 0
    dated: int = 0
    words: int = 0
    named: int = 0
    new: int = 0
    sources: int = 0
    read: int = 0
    failed: int = 0

    @classmethod
    def of(cls, at: datetime, counts: Mapping[str, int]) -> SiteRun:
        """From a document's counts; what a later release counts is left out."""
        names = cls.__dataclass_fields__.keys() - {"at"}
        return cls(at=at, **{name: int(counts[name]) for name in names if name in counts})

    @property
    def pages(self) -> int:
        """Pages that came, whatever they were."""
        return self.stories + self.rejects + self.unchanged

    def counts(self) -> dict[str, int]:
        """As a document has it; what is 0 is absent."""
        found = asdict(self)
        del found["at"]
        return {name: count for name, count in found.items() if count}

    def __add__(self, other: SiteRun) -> SiteRun:
        """Both together, as of the later one."""
        counts = {
            name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__ if name != "at"
        }
        return SiteRun(at=max(self.at, other.at), **counts)


def days_before(runs: Iterable[SiteRun], end: datetime) -> list[SiteRun]:
    """Runs by the stretch of 24 hours that they lie in, counted back from `end`: each its runs together, oldest first,
    `at` whole days before `end`: of one weekday what ends there as this does.

    The last one is the day that ends with `end`, if a run lies in it. Days without a run are left out. An hour is kept
    clear, so that of daily runs, which are never a day apart to the second, each has a day of its own.
    """
    days: dict[int, SiteRun] = {}
    for run in runs:
        day = -((end - run.at + timedelta(hours=1)) // timedelta(days=1))
        days[day] = days[day] + run if day in days else run
    return [replace(days[day], at=end + timedelta(days=day)) for day in sorted(days)]
