"""From the history of a site's runs to alarms: what a run shows that its own history makes all but impossible.

Two conditions each: a chance below a limit that was fitted on a simulation (`python -m benchmarks.watching`), and a
change that is large enough to be somebody's business. A site is watched from `LEAST_RUNS` runs on; on a day that is
quiet everywhere, a holiday, no single site is called quiet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from newscrawl.watch.likelihood import as_far, at_least, at_most, count_spread, share_and_spread
from newscrawl.watch.site_runs import SiteRun, days_before

# Runs of a site before it is watched: two weeks of daily runs have each weekday twice.
LEAST_RUNS = 14
# Days, and runs, that say what is usual: older ones are of another season, and perhaps of another design of the site.
MOST_DAYS, MOST_RUNS = 60, 200
# The chance below which a run is called broken, by kind of alarm: fitted (benchmarks.md, "Watching").
LIMITS = {
    "silent": 6e-4,
    "sources": 1e-3,
    "rejects": 1e-2,
    "length": 1e-2,
    "dates": 3e-3,
    "duplicates": 1.5e-3,
}
# What is no business of anybody's, however unlikely: a site that has a tenth of its stories, feeds that name a quarter,
# texts that are not this many times as long or as short; shares that did not move by `_SHARE_MOVED` to at least these.
_QUIET_SHARE, _NAMED_SHARE, _TIMES_AS_LONG, _SHARE_MOVED = 0.1, 0.25, 2.5, 0.3
_SHARES = {"rejects": 0.65, "duplicates": 0.8, "dates": 0.65}
# Runs in which all sources of a site failed: more, and it is usual there.
_OFTEN_DEAD = 0.1
# Stories of which a share or a mean says something.
_LEAST_PAGES = 2
# Sites from which on a quiet day is told from a quiet site, and how quiet a day may be.
_SITES, _QUIETEST_DAY = 5, 0.2
# A weekday's own level counts as much as so many runs of it.
_WEEKDAY_RUNS = 4
# Standard deviation of the logarithm of one text's length: briefs and long reads.
_TEXT_SPREAD = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something broke. `kind`: of `LIMITS`, or of a run as a whole; `words` say what, with the figures; `site` is None
    where it is about the run."""

    kind: str
    words: str
    site: str | None = None
    chance: float = 0.0

    def __str__(self) -> str:
        return f"{self.site or 'the run'}: {self.words} ({self.kind})"


def site_alarms(
    histories: Mapping[str, Sequence[SiteRun]], now: Mapping[str, SiteRun], limits: Mapping[str, float] = LIMITS
) -> list[Alarm]:
    """What broke in a run, by the history of each of its sites, oldest first, without this run."""
    watched = {site: list(histories[site]) for site in now if len(histories.get(site, ())) >= LEAST_RUNS}
    # Stories come by the rhythm of a day, however often it is looked: counted by the last 24 hours.
    days = {site: days_before([*history, now[site]], now[site].at) for site, history in watched.items()}
    expected = {site: expected_stories(of[:-1], of[-1]) for site, of in days.items() if len(of) > LEAST_RUNS}
    everywhere = _of_the_day([days[site][-1].stories / e for site, e in expected.items() if e >= 1])
    found: list[Alarm] = []
    for site, history in watched.items():
        strange = _of_run(history[-MOST_RUNS:], now[site])
        if site in expected:
            strange.append(_silent(days[site][-MOST_DAYS:-1], days[site][-1], expected[site] * everywhere))
        for kind, words, chance in filter(None, strange):
            if chance < limits[kind]:
                found.append(Alarm(kind=kind, words=words, site=site, chance=chance))
    return found


def expected_stories(history: Sequence[SiteRun], now: SiteRun) -> float:
    """Stories that a day of a site may be expected to bring: its level of late, and that of the weekday."""
    level = fmean(run.stories for run in history[-2 * 7 :])
    same = [run.stories for run in history if run.at.weekday() == now.at.weekday()]
    usual = fmean(run.stories for run in history)
    if not usual:
        return 0.0
    weekday = (sum(same) / usual + _WEEKDAY_RUNS) / (len(same) + _WEEKDAY_RUNS)
    return level * weekday


def _of_the_day(ratios: Sequence[float]) -> float:
    """How many of their stories the sites have today, the middle one."""
    return min(1.0, max(_QUIETEST_DAY, median(ratios))) if len(ratios) >= _SITES else 1.0


_Strange = tuple[str, str, float] | None


def _of_run(history: Sequence[SiteRun], now: SiteRun) -> list[_Strange]:
    """What a run shows by itself, whatever the hour: sources, shares and lengths."""
    found = [_sources(history, now)]
    parts = {
        "rejects": ([r.rejects for r in history], [r.stories + r.rejects for r in history]),
        "duplicates": ([r.duplicates for r in history], [r.stories for r in history]),
        "dates": ([r.stories - r.dated for r in history], [r.stories for r in history]),
    }
    today = {
        "rejects": (now.rejects, now.stories + now.rejects, "pages are no stories"),
        "duplicates": (now.duplicates, now.stories, "stories are copies"),
        "dates": (now.stories - now.dated, now.stories, "stories have no date"),
    }
    for kind, (before, totals) in parts.items():
        found.append(_share(kind, before, totals, *today[kind]))
    return [*found, _length(history, now)]


def _silent(history: Sequence[SiteRun], now: SiteRun, expected: float) -> _Strange:
    pages, pages_before = now.stories + now.rejects, [run.stories + run.rejects for run in history]
    usual = fmean(run.stories for run in history)
    # Pages that came and were no stories are another alarm's.
    if expected <= 0 or pages >= _QUIET_SHARE * expected * fmean(pages_before) / usual:
        return None
    levels = [expected_stories(history, run) for run in history]
    spread = count_spread([run.stories for run in history], levels)
    return "silent", f"{now.stories} stories in a day, {expected:.0f} expected", at_most(pages, expected, spread)


def _sources(history: Sequence[SiteRun], now: SiteRun) -> _Strange:
    if now.sources and now.failed == now.sources:
        tried = sum(run.sources > 0 for run in history)
        dead = sum(run.sources > 0 and run.failed == run.sources for run in history)
        return ("sources", f"all {now.sources} sources failed", 0.0) if dead <= _OFTEN_DEAD * tried else None
    # Of those that had changed: one that has not names nothing.
    named = [run.named / run.read for run in history if run.read and run.named]
    if not now.read or len(named) < LEAST_RUNS or now.named / now.read >= _NAMED_SHARE * median(named):
        return None
    words = f"a source named {now.named / now.read:.0f} entries, usually {median(named):.0f}"
    return "sources", words, as_far(now.named / now.read, named)


def _share(kind: str, before: Sequence[int], totals: Sequence[int], part: int, total: int, words: str) -> _Strange:
    if total < _LEAST_PAGES or sum(totals) < LEAST_RUNS:
        return None
    share, spread = share_and_spread(before, totals)
    if part / total < max(_SHARES[kind], share + _SHARE_MOVED):
        return None
    return kind, f"{part} of {total} {words}, usually {share:.0%}", at_least(part, total, share, spread)


def _length(history: Sequence[SiteRun], now: SiteRun) -> _Strange:
    before = [run.words / run.stories for run in history if run.stories >= _LEAST_PAGES]
    if now.stories < _LEAST_PAGES or len(before) < LEAST_RUNS:
        return None
    mean, usual = now.words / now.stories, median(before)
    if usual / _TIMES_AS_LONG < mean < usual * _TIMES_AS_LONG:
        return None
    own = _TEXT_SPREAD / now.stories**0.5
    return "length", f"{mean:.0f} words a story, usually {usual:.0f}", as_far(mean, before, own)
