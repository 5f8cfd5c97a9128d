"""From the history of a site's runs to alarms: what a run shows that its own history makes all but impossible.

Two conditions each: a chance below a limit that was fitted on a simulation (`python -m benchmarks.watching`), and a
change that is large enough to be somebody's business. A site is watched from `LEAST_RUNS` runs on; on a day that is
quiet everywhere, a holiday, no single site is called quiet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby, pairwise
from operator import add, itemgetter
from statistics import fmean, median
from typing import TypeVar

from newscrawl.watch.likelihood import as_far, at_least, at_most, count_spread, share_and_spread
from newscrawl.watch.site_runs import SiteRun, days_before

# Runs of a site before it is watched: two weeks of daily runs have each weekday twice.
LEAST_RUNS = 14
# Days, and runs, that say what is usual: older ones are of another season, and perhaps of another design of the site.
MOST_DAYS, MOST_RUNS = 60, 200
# The chance below which a run is called broken, by kind of alarm: fitted (benchmarks.md, "Watching").
LIMITS = {
    "silent": 7e-4,
    "missing": 1e-2,
    "sources": 1e-3,
    "rejects": 7e-2,
    "length": 5e-3,
    "dates": 1.2e-3,
    "duplicates": 5e-3,
}
# What is no business of anybody's, however unlikely: a site that has a tenth of its stories, feeds that name a quarter,
# texts that are not this many times as long or as short; shares that did not move by `_SHARE_MOVED` to at least these.
_QUIET_SHARE, _NAMED_SHARE, _TIMES_AS_LONG, _SHARE_MOVED = 0.1, 0.25, 2.5, 0.3
_SHARES = {"rejects": 0.65, "missing": 0.9, "duplicates": 0.8, "dates": 0.65}
# Outages of all sources of a site beside its runs, and runs in them: more, and it is usual there.
_OFTEN_DEAD, _LONG_DEAD = 0.1, 0.5
# Stories of which a share or a mean says something.
_LEAST_PAGES = 2
# The same of one run of several in a day.
_LEAST_OF_AN_HOUR = 5
# Days that are looked at together where each of them shows the same: a site of two stories a day has told by then.
_MOST_TOGETHER = 14
# Sites from which on a quiet day is told from a quiet site, and how quiet a day may be.
_SITES, _QUIETEST_DAY = 5, 0.2
# Pages of which none, or none that is as ever, is no chance, on one day or on some in a row.
_BUSY = 10
# Of its runs a site's share that is as ever: where more were broken than the rest, that is what is usual there now.
_MOSTLY = 0.6
# A weekday's own level counts as much as so many runs of it.
_WEEKDAY_RUNS = 4
# How much of a day's spread the day after shares: a season, a festival of several days.
_SHARED_SPREAD = 0.15
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
    found: dict[str, list[_Strange]] = defaultdict(list)
    for site, history in watched.items():
        usual = history[-MOST_RUNS:]
        # A day has many runs of a few pages each: of these one by itself says little, the day's pages say it.
        least = _LEAST_PAGES if days[site][-1] == now[site] else _LEAST_OF_AN_HOUR
        found[site] += [_sources(usual, now[site], days[site]), *_shares(usual, now[site], [now[site]], least)]
    # What one day does not show for certain, some days together do.
    for together in range(1, _MOST_TOGETHER + 1):
        of = {
            site: (_without_outages(those[-MOST_DAYS - together : -together]), those[-together:])
            for site, those in days.items()
            if len(those) >= LEAST_RUNS + together
        }
        expected = {site: [expected_stories(before, day) for day in last] for site, (before, last) in of.items()}
        if not (quiet := [site for site, (before, last) in of.items() if _is_quiet(before, last, expected[site])]):
            break
        everywhere = _everywhere((last, expected[site]) for site, (_, last) in of.items())
        for site in quiet:
            found[site].append(_silent(*of[site], expected[site], everywhere))
    for site, those in days.items():
        for together in range(1, min(_MOST_TOGETHER, len(those) - LEAST_RUNS) + 1):
            before, last = those[-MOST_DAYS - together : -together], those[-together:]
            found[site] += _shares(before, now[site], last)
    return [alarm for site in watched for alarm in _alarms(site, found[site], limits)]


def _alarms(site: str, found: Iterable[_Strange], limits: Mapping[str, float]) -> Iterator[Alarm]:
    """The least likely of each kind, where it is unlikely enough."""
    least: dict[str, Alarm] = {}
    for kind, words, chance in filter(None, found):
        if chance < min(limits[kind], least[kind].chance if kind in least else 1):
            least[kind] = Alarm(kind=kind, words=words, site=site, chance=chance)
    yield from least.values()


_Strange = tuple[str, str, float] | None
_T = TypeVar("_T")


def expected_stories(history: Sequence[SiteRun], now: SiteRun) -> float:
    """Stories that a day of a site may be expected to bring: its level of late, and that of the weekday."""
    level = fmean(run.stories for run in history[-2 * 7 :])
    same = [run.stories for run in history if run.at.weekday() == now.at.weekday()]
    usual = fmean(run.stories for run in history)
    if not usual:
        return 0.0
    # A day without an edition is no day that happened to be quiet.
    rests = len(same) * usual >= _BUSY and median(same) <= _QUIET_SHARE * usual
    weekday = fmean(same) / usual if rests else (sum(same) / usual + _WEEKDAY_RUNS) / (len(same) + _WEEKDAY_RUNS)
    return level * weekday


def _everywhere(sites: Iterable[tuple[Sequence[SiteRun], Sequence[float]]]) -> float:
    """How many of their stories sites have in some days, the middle one; `sites`: the days, and what was expected."""
    ratios = [sum(day.stories for day in days) / sum(expected) for days, expected in sites if sum(expected) >= 1]
    return min(1.0, max(_QUIETEST_DAY, median(ratios))) if len(ratios) >= _SITES else 1.0


def _without_outages(days: list[SiteRun]) -> list[SiteRun]:
    """Days that say what is usual, without outages: days in a row that brought next to nothing where `_BUSY` pages were
    usual, by their weekdays. With a week of them in it, the next one would be as usual."""
    came = [day.stories + day.rejects for day in days]
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for day, pages in zip(days, came, strict=True):
        by_weekday[day.at.weekday()].append(pages)
    usual = [median(by_weekday[day.at.weekday()]) for day in days]
    quiet = [pages <= _QUIET_SHARE * of for pages, of in zip(came, usual, strict=True)]
    return _mostly(days, _in_a_row(quiet, usual))


def _in_a_row(broken: Sequence[bool], weights: Sequence[float]) -> list[bool]:
    """Which of the broken ones stand in a row that has `_BUSY` by weight: fewer may be chance."""
    found: list[bool] = []
    for is_broken, row in groupby(zip(broken, weights, strict=True), key=itemgetter(0)):
        each = [weight for _, weight in row]
        found += [is_broken and sum(each) >= _BUSY] * len(each)
    return found


def _mostly(runs: list[_T], broken: Sequence[bool]) -> list[_T]:
    """Runs, or what was counted in them, without the broken ones; all, where these are too many to be none of usual."""
    kept = [run for run, is_broken in zip(runs, broken, strict=True) if not is_broken]
    return kept if len(kept) >= _MOSTLY * len(runs) else runs


def _is_quiet(history: Sequence[SiteRun], days: Sequence[SiteRun], expected: Sequence[float]) -> bool:
    """Whether each of some days brought next to nothing; pages that came and were no stories are another alarm's."""
    stories = sum(run.stories for run in history)
    a_story = sum(run.stories + run.rejects for run in history) / max(1, stories)
    came = [day.stories + day.rejects for day in days]
    return stories > 0 and all(n <= _QUIET_SHARE * e * a_story for n, e in zip(came, expected, strict=True))


def _silent(
    history: Sequence[SiteRun], days: Sequence[SiteRun], expected: Sequence[float], everywhere: float
) -> _Strange:
    """Of days that are quiet, by what was `expected` of them, where sites have a share of that `everywhere`."""
    of_all = [everywhere * stories for stories in expected]
    pages, total = sum(day.stories + day.rejects for day in days), sum(of_all)
    if not total or not _is_quiet(history, days, of_all) or (len(days) > 1 and _was_before(history, len(days), pages)):
        return None
    spread = count_spread([run.stories for run in history], [expected_stories(history, run) for run in history])
    # Some days differ less than one does, but not by chance alone.
    spread *= (1 / len(days) + _SHARED_SPREAD) / (1 + _SHARED_SPREAD)
    within = "a day" if len(days) == 1 else f"{len(days)} days"
    words = f"{sum(day.stories for day in days)} stories in {within}, {total:.0f} expected"
    return "silent", words, at_most(pages, total, spread)


def _was_before(history: Sequence[SiteRun], days: int, pages: int) -> bool:
    """Whether as many days have brought as little before: a weekly has its week, whatever a law says."""
    of_days = [run.stories + run.rejects for run in history]
    return any(sum(of_days[at : at + days]) <= pages for at in range(len(of_days) - days + 1))


def _sources(history: Sequence[SiteRun], now: SiteRun, days: Sequence[SiteRun]) -> _Strange:
    if now.sources and now.failed == now.sources:
        dead = [run.failed == run.sources for run in history if run.sources]
        outages = sum(fails and not failed for failed, fails in pairwise([False, *dead]))
        usual = outages > _OFTEN_DEAD * len(dead) or sum(dead) > _LONG_DEAD * len(dead)
        return None if usual else ("sources", f"all {now.sources} sources failed", 0.0)
    # Of those that had changed: one that has not names nothing.
    named = [run.named / run.read for run in history if run.read and run.named]
    if not now.read or len(named) < LEAST_RUNS or now.named / now.read >= _NAMED_SHARE * median(named):
        return None
    # A paper may shorten its feed, and go on as ever.
    if now.named and days[1:] and 2 * days[-1].new >= median(day.new for day in days[:-1]) > 0:
        return None
    words = f"a source named {now.named / now.read:.0f} entries, usually {median(named):.0f}"
    return "sources", words, as_far(now.named / now.read, named)


def _shares(
    history: Sequence[SiteRun], now: SiteRun, last: Sequence[SiteRun], least: int = _LEAST_PAGES
) -> Iterator[_Strange]:
    """Shares and lengths of the last runs, or days, together, where the last run, `now`, shows the same by itself, and
    of `least` pages or more."""
    together = reduce(add, last)
    for kind, (_, words) in _PARTS.items():
        part_now, total_now = _part(kind, now)
        part, total = _part(kind, together)
        if total < least or part < _SHARES[kind] * total or part_now < _SHARES[kind] * max(1, total_now):
            continue
        # A new map of old pages names more than a run takes; then some come.
        if kind == "missing" and together.pages > _QUIET_SHARE * len(last) * fmean(run.pages for run in history):
            continue
        before = _usual_parts(kind, history)
        if sum(of for _, of in before) < LEAST_RUNS:
            continue
        share, spread = share_and_spread(*zip(*before, strict=True))
        if part >= (share + _SHARE_MOVED) * total:
            yield kind, f"{part} of {total} {words}, usually {share:.0%}", at_least(part, total, share, spread)
    # A mean says something of one text, too.
    enough = least == _LEAST_PAGES or together.stories >= least
    if enough and (length := _length(history, now, together)):
        yield length


# By kind: a run's part and the total that it is of, and the words for it.
_PARTS: dict[str, tuple[Callable[[SiteRun], tuple[int, int]], str]] = {
    "missing": (lambda run: (max(0, run.new - run.pages), run.new), "new pages did not come"),
    "rejects": (lambda run: (run.rejects, run.stories + run.rejects), "pages are no stories"),
    "duplicates": (lambda run: (run.alike, run.stories), "stories are one text"),
    "dates": (lambda run: (run.stories - run.dated, run.stories), "stories have no date"),
}


def _part(kind: str, run: SiteRun) -> tuple[int, int]:
    return _PARTS[kind][0](run)


def _usual_parts(kind: str, history: Sequence[SiteRun]) -> list[tuple[int, int]]:
    """Parts and totals of the runs that say what is usual, without those that were broken in this way themselves, as
    long as they are few."""
    parts = [_part(kind, run) for run in history]
    broken = _in_a_row([of > 0 and part >= _SHARES[kind] * of for part, of in parts], [of for _, of in parts])
    return _mostly(parts, broken)


def _length(history: Sequence[SiteRun], now: SiteRun, together: SiteRun) -> _Strange:
    told = [run for run in history if run.stories >= _LEAST_PAGES]
    if not now.stories or len(told) < LEAST_RUNS:
        return None
    before = [run.words / run.stories for run in told]
    usual, mean = median(before), together.words / together.stories
    far = [not 1 / _TIMES_AS_LONG < words / max(1.0, usual) < _TIMES_AS_LONG for words in before]
    before = _mostly(before, _in_a_row(far, [run.stories for run in told]))
    moved = [usual and run.words / run.stories / usual for run in (now, together)]
    if max(moved) > 1 / _TIMES_AS_LONG and min(moved) < _TIMES_AS_LONG:
        return None
    own = _TEXT_SPREAD / together.stories**0.5
    return "length", f"{mean:.0f} words a story, usually {usual:.0f}", as_far(mean, before, own)
