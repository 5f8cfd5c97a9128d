"""How the watch does over runs with known truth: `python -m benchmarks.watching [--fit 1 2 3 4 --seeds 701 702]`.

A simulation, and no more: sites of 3 to 400 stories a day with their own weekdays, drift and spread beyond chance,
papers without an edition on Sundays, holidays that quieten all of them, days of great news, sites that begin later,
shares that differ from run to run. Into one run in two hundred of a site something is broken. The limits of
`watch/alarms.py` were chosen on the seeds of `--fit` and are measured on `--seeds`: breakages found in the run in which
they began, by kind, and false alarms in a thousand runs of a site. `--hourly` has 24 runs a day, in which nothing is
broken, and counts false alarms alone: what one of them can show of a breakage is a matter of how many pages it has.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import cos, exp, log, pi, sqrt

from rich.console import Console
from rich.table import Table

from newscrawl.watch.alarms import LEAST_RUNS, LIMITS, MOST_DAYS, site_alarms
from newscrawl.watch.site_runs import SiteRun

_START = datetime(2026, 1, 1, 3, tzinfo=UTC)
_SITES, _DAYS, _HOURLY_DAYS = 40, 300, 45
# One run of a site in so many begins a breakage, which lasts until somebody mends it.
_BROKEN, _LASTS = 0.005, 7
# A source by itself in a run; of a site that has no other it is a breakage all the same.
_SOURCE_FAILS = 0.002
# What is broken, and which alarms name it.
KINDS = {
    "pages do not come, feeds as ever": {"silent", "missing"},
    "feeds frozen": {"silent"},
    "feeds empty": {"sources", "silent"},
    "discovery failed": {"sources", "silent"},
    "pages rejected": {"rejects"},
    "texts cut to teasers": {"length"},
    "comments taken for text": {"length"},
    "dates lost": {"dates"},
    "one text for all": {"duplicates"},
}

SIZES = ("under 10 a day", "10 to 40", "over 40")


@dataclass(slots=True)
class _Site:
    """What a site is like. Shares are means; `agree`: how alike the pages of a run are."""

    random: random.Random
    level: float
    spread: float
    weekdays: list[float]
    begins: int
    rejects: float
    duplicates: float
    undated: float
    agree: float
    words: float
    named: int
    missing: float
    sources: int
    drift: float = 0.0


def _site(rng: random.Random) -> _Site:
    # One paper in ten has no edition on Sundays.
    sunday = rng.uniform(0.4, 1.0) if rng.random() < 0.9 else 0.0
    return _Site(
        random=rng,
        level=min(400.0, max(3.0, rng.lognormvariate(3.4, 1.2))),
        spread=rng.uniform(0.03, 0.2),
        weekdays=[rng.uniform(0.9, 1.1) for _ in range(5)] + [rng.uniform(0.7, 1.0), sunday],
        begins=rng.choice([0, 0, 0, rng.randrange(_DAYS - 60)]),
        rejects=rng.betavariate(2, 18),
        duplicates=rng.betavariate(2, 10),
        undated=rng.choice([0.0, 0.01, 0.02, 0.1, 0.3]),
        agree=rng.uniform(0.005, 0.05),
        words=rng.lognormvariate(5.7, 0.35),
        named=rng.randrange(20, 200),
        missing=rng.betavariate(1, 30),
        sources=rng.randrange(1, 6),
    )


def _negative_binomial(rng: random.Random, mean: float, spread: float) -> int:
    return _poisson(rng, rng.gammavariate(1 / spread, mean * spread)) if mean > 0 else 0


def _poisson(rng: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(rng.gauss(mean, sqrt(mean))))
    limit, k, product = exp(-mean), 0, rng.random()
    while product > limit:
        product *= rng.random()
        k += 1
    return k


def _of(rng: random.Random, total: int, share: float, agree: float) -> int:
    if share <= 0 or not total:
        return 0
    strength = 1 / agree - 1
    today = rng.betavariate(share * strength, (1 - share) * strength)
    return sum(rng.random() < today for _ in range(total))


def _day(site: _Site, day: int, everywhere: float, runs: int) -> list[SiteRun]:
    rng = site.random
    site.drift = 0.97 * site.drift + rng.gauss(0, 0.03)
    great = 2.0 if rng.random() < 0.01 else 1.0
    at = _START + timedelta(days=day)
    mean = site.level * exp(site.drift) * site.weekdays[at.weekday()] * everywhere * great
    if runs == 1:
        return [_run(site, at, _negative_binomial(rng, mean, site.spread))]
    # A day's spread is that of the day; within it hours have their rhythm, least at night, and stories come by chance.
    today = rng.gammavariate(1 / site.spread, mean * site.spread) if mean > 0 else 0.0
    hours = [1 - cos(2 * pi * hour / runs) for hour in range(runs)]
    return [
        _run(site, at + timedelta(days=1) * hour / runs, _poisson(rng, today * hours[hour] / runs))
        for hour in range(runs)
    ]


def _run(site: _Site, at: datetime, stories: int) -> SiteRun:
    rng = site.random
    # A day of videos or of live blogs, now and then.
    rejects = min(0.5, site.rejects * 2.5) if rng.random() < 0.02 else site.rejects
    told = [rng.lognormvariate(log(site.words), 0.6) for _ in range(stories)]
    length = exp(rng.gauss(0, 0.08))
    failed = sum(rng.random() < _SOURCE_FAILS for _ in range(site.sources))
    refused = _of(rng, round(stories / (1 - rejects)), rejects, site.agree)
    came = stories + refused
    # Named and not fetched, for its host was busy, say; or come by another way than a source.
    copies = _of(rng, stories, site.duplicates, site.agree * 2)
    # Of one story: another address, a slide show, and what a busy site fills in each hour.
    more = _poisson(rng, 0.3 + stories * 0.005)
    new = came + _of(rng, round(came / (1 - site.missing)), site.missing, site.agree) - _of(rng, came, 0.03, site.agree)
    return SiteRun(
        at=at,
        stories=stories,
        rejects=refused,
        unchanged=_poisson(rng, came * 0.2),
        duplicates=copies,
        alike=min(copies, more + 1) if more and copies > 1 else 0,
        dated=stories - _of(rng, stories, site.undated, site.agree),
        words=round(sum(told) * length),
        named=max(0, round(site.named * exp(rng.gauss(0, 0.12)))) if failed < site.sources else 0,
        new=new if failed < site.sources else 0,
        sources=site.sources,
        read=site.sources - failed,
        failed=failed,
    )


def _broken(run: SiteRun, kind: str, rng: random.Random) -> SiteRun:
    stories = run.stories
    none = replace(run, stories=0, rejects=0, unchanged=0, duplicates=0, alike=0, dated=0, words=0, new=0)
    match kind:
        case "pages do not come, feeds as ever":
            left = round(stories * rng.uniform(0, 0.05))
            return replace(
                run, stories=left, rejects=0, unchanged=0, duplicates=0, alike=0, dated=left, words=left * 300
            )
        case "feeds frozen":
            return replace(none, unchanged=run.unchanged, named=0, read=0)
        case "feeds empty":
            return replace(none, named=0)
        case "discovery failed":
            return replace(none, named=0, read=0, failed=run.sources)
        case "pages rejected":
            lost = round(stories * rng.uniform(0.7, 1.0))
            kept = stories - lost
            part = kept / stories if stories else 0
            return replace(
                run,
                stories=kept,
                rejects=run.rejects + lost,
                duplicates=round(run.duplicates * part),
                dated=round(run.dated * part),
                words=round(run.words * part),
            )
        case "texts cut to teasers":
            return replace(run, words=round(run.words * rng.uniform(0.05, 0.2)))
        case "comments taken for text":
            return replace(run, words=round(run.words * rng.uniform(4, 10)))
        case "dates lost":
            return replace(run, dated=round(run.dated * rng.uniform(0, 0.15)))
        case _:
            one_text = round(stories * rng.uniform(0.9, 1.0))
            return replace(run, duplicates=one_text, alike=one_text if one_text > 1 else 0)


@dataclass(slots=True)
class Score:
    """What a simulated year showed. `broken`: breakages by kind and size of site; `found`: by these and the run of the
    breakage, from 0, in which they were found; `false`: by kind of alarm."""

    found: Counter[tuple[str, str, int]]
    broken: Counter[tuple[str, str]]
    false: Counter[str]
    runs: int

    def share(self, runs: int = 1, sizes: Sequence[str] = SIZES) -> float:
        """Of the breakages, how many were found in their first run, or by that of the number `runs`."""
        found = sum(n for (_, size, at), n in self.found.items() if size in sizes and at < runs)
        return found / sum(n for (_, size), n in self.broken.items() if size in sizes)

    @property
    def false_in_1000(self) -> float:
        """Runs of a site with a false alarm, in a thousand."""
        return 1000 * self.false.total() / self.runs


@dataclass(slots=True)
class Breakage:
    """What is broken at a site, and in how many runs it has been."""

    kind: str
    runs: int = 0
    size: str = ""
    found: bool = False


def simulated(
    seed: int, days: int = _DAYS, runs: int = 1
) -> Iterator[tuple[dict[str, list[SiteRun]], dict[str, SiteRun], dict[str, Breakage]]]:
    """Each day's histories, runs, and what is broken, by site."""
    rng = random.Random(seed)
    sites = {f"site{n}": _site(random.Random(rng.random())) for n in range(_SITES)}
    holidays = {rng.randrange(_DAYS): rng.uniform(0.35, 0.7) for _ in range(12)}
    histories: dict[str, list[SiteRun]] = defaultdict(list)
    broken: dict[str, Breakage] = {}
    for day in range(days):
        of_day = {
            name: _day(site, day, holidays.get(day, 1.0), runs) for name, site in sites.items() if day >= site.begins
        }
        for number in range(runs):
            today = {name: those[number] for name, those in of_day.items()}
            if runs == 1:
                _break(rng, histories, today, broken, days - day)
            yield histories, today, broken
            for name, run in today.items():
                # What was broken stays in the history as it would.
                histories[name] = [*histories[name][-MOST_DAYS * runs :], run]
            for breakage in broken.values():
                breakage.runs += 1
            broken = {name: breakage for name, breakage in broken.items() if breakage.runs < _LASTS}


def _break(
    rng: random.Random,
    histories: Mapping[str, list[SiteRun]],
    today: dict[str, SiteRun],
    broken: dict[str, Breakage],
    left: int,
) -> None:
    """Break a site in some hundreds, and what is broken goes on so; `left`: days until the end."""
    for name, run in today.items():
        known = len(histories[name]) > LEAST_RUNS and name not in broken
        if known and run.stories and left >= _LASTS and rng.random() < _BROKEN:
            broken[name] = Breakage(rng.choice(list(KINDS)))
    for name, breakage in broken.items():
        today[name] = _broken(today[name], breakage.kind, rng)


def size_of(history: list[SiteRun]) -> str:
    """A site's size, by the stories that it has a day."""
    mean = sum(run.stories for run in history) / len(history)
    return SIZES[0] if mean < 10 else SIZES[1] if mean < 40 else SIZES[2]


def score(seeds: list[int], limits: Mapping[str, float], days: int = _DAYS, runs_a_day: int = 1) -> Score:
    """How the watch does over some simulated years, each a seed's, on all cores."""
    result = Score(Counter(), Counter(), Counter(), 0)
    with ProcessPoolExecutor() as pool:
        for year in pool.map(partial(_scored, limits=dict(limits), days=days, runs_a_day=runs_a_day), seeds):
            result.found += year.found
            result.broken += year.broken
            result.false += year.false
            result.runs += year.runs
    return result


def _scored(seed: int, limits: Mapping[str, float], days: int, runs_a_day: int) -> Score:
    result = Score(Counter(), Counter(), Counter(), 0)
    for histories, today, broken in simulated(seed, days, runs_a_day):
        alarms: dict[str, set[str]] = defaultdict(set)
        for alarm in site_alarms(histories, today, limits):
            alarms[alarm.site or ""].add(alarm.kind)
        for site, run in today.items():
            if breakage := broken.get(site):
                if not breakage.runs:
                    breakage.size = size_of(histories[site])
                    result.broken[breakage.kind, breakage.size] += 1
                if alarms[site] & KINDS[breakage.kind] and not breakage.found:
                    breakage.found = True
                    result.found[breakage.kind, breakage.size, breakage.runs] += 1
            elif run.failed < run.sources:  # else all of its sources failed by chance, which an alarm says rightly
                result.runs += len(histories[site]) > LEAST_RUNS
                result.false.update(sorted(alarms[site])[:1])
    return result


def main() -> None:
    """Fit or measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", type=int, nargs="*", default=[], help="seeds to try limits on")
    parser.add_argument("--seeds", type=int, nargs="+", default=[*range(701, 741)])
    parser.add_argument("--hourly", action="store_true")
    arguments = parser.parse_args()
    console = Console(width=110)
    if arguments.hourly:
        result = score(arguments.seeds, LIMITS, _HOURLY_DAYS, 24)
        console.print(
            f"{result.false.total()} runs with a false alarm in {result.runs:,} hourly runs of a site "
            f"({result.false_in_1000:.2f} in 1,000): {dict(result.false)}"
        )
        return
    if arguments.fit:
        table = Table("limit", "found", "false in 1,000", *LIMITS)
        for limit in (3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5):
            result = score(arguments.fit, dict.fromkeys(LIMITS, limit))
            table.add_row(
                f"{limit:g}",
                f"{result.share():.1%}",
                f"{result.false_in_1000:.2f}",
                *(f"{1000 * result.false[kind] / result.runs:.2f}" for kind in LIMITS),
            )
        console.print(table)
    result = score(arguments.seeds, LIMITS)
    table = Table("broken", "first run", "second", "seventh", *SIZES)
    for kind in KINDS:
        of = {size: result.broken[kind, size] for size in SIZES}
        by = {n: sum(result.found[kind, s, at] for s in SIZES for at in range(n)) for n in (1, 2, 7)}
        table.add_row(
            kind,
            f"{by[1]} of {sum(of.values())}",
            str(by[2]),
            str(by[7]),
            *(f"{result.found[kind, size, 0]} of {of[size]}" for size in SIZES),
        )
    console.print(table)
    for sizes in (SIZES, SIZES[1:]):
        shares = ", ".join(f"{result.share(n, sizes):.1%}" for n in (1, 2, 7))
        console.print(f"found in the first run, by the second, by the seventh, sites {', '.join(sizes)}: {shares}")
    console.print(
        f"{result.broken.total()} breakages; {result.false.total()} false alarms in {result.runs:,} runs of a site "
        f"({result.false_in_1000:.2f} in 1,000): {dict(result.false)}"
    )


if __name__ == "__main__":
    main()
