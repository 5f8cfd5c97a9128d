"""The figures of a benchmark as tables, for the terminal and for docs/benchmarks.md."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex
import rich.table

from benchmarks.crawl.contenders import ALONE, ALONE_FAST, FETCH, OURS, PEERS, PLAIN, Done

_MARK = "<!-- crawl -->"
_MB = 1e6

Runs = Mapping[str, Sequence[Done]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its first column is text, the others are figures."""

    title: str
    head: list[str]
    rows: list[list[str]]

    def rich(self) -> rich.table.Table:
        """For the terminal."""
        table = rich.table.Table(title=self.title, title_justify="left")
        for i, name in enumerate(self.head):
            table.add_column(name, justify="right" if i else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For docs/."""
        lines = [self.head, ["---", *["---:"] * (len(self.head) - 1)], *self.rows]
        return f"**{self.title}**\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def line(done: Done) -> str:
    """One run in a line."""
    lag = f", loop lag {done.lag_max} ms at the most" if done.lag_max is not None else ""
    return (
        f"{done.rate:.1f} pages/s, {done.cpu_ms:.1f} CPU ms a page, {done.measured.peak / _MB:.0f} MB{lag}"
        + (f", {done.stored} stored" if done.stored is not None else "")
        + (f", {done.dropped} dropped as copies" if done.dropped else "")
        + (f", {done.failed} raised an exception" if done.failed else "")
    )


def contenders_table(runs: Runs) -> Table:
    """One row a contender; medians over the rounds, lowest and highest in brackets."""
    rows = [
        [
            name,
            _spread([d.rate for d in done], 1),
            _spread([d.cpu_ms for d in done], 1),
            _spread([1000 * d.s3_cpu_seconds / d.measured.pages for d in done], 1) if done[0].stored else "",
            _spread([d.measured.peak / _MB for d in done], 0),
            str(max(d.lag_max for d in done if d.lag_max is not None)) if done[0].lag_max is not None else "",
            str(max(d.lag_p99 for d in done if d.lag_p99 is not None)) if done[0].lag_p99 is not None else "",
            "" if done[0].stored is None else f"{done[0].stored:,}",
            "" if done[0].stored is None else f"{done[0].dropped:,}",
            "" if done[0].stored is None else f"{done[0].failed:,}",
        ]
        for name, done in runs.items()
    ]
    pages, rounds = next(iter(runs.values()))[0].measured.pages, len(next(iter(runs.values())))
    served = [1000 * d.measured.server_cpu_seconds / d.measured.pages for ds in runs.values() for d in ds]
    title = f"{pages:,} pages, {rounds} rounds; the page server took up to {max(served):.2f} CPU ms a page besides"
    head = [
        "",
        "pages/s",
        "CPU ms/page",
        "S3 server",
        "peak MB",
        "lag max ms",
        "lag p99 ms",
        "stored",
        "dropped",
        "raised",
    ]
    return Table(title, head, rows)


def ratios_table(runs: Runs, cores: int) -> Table:
    """newscrawl against the others, round by round, and its share of the bounds."""
    ours = runs.get(OURS, ())
    rows = []
    for name in (PLAIN, *PEERS):
        if others := runs.get(name):
            rows.append([f"pages/s, times {name}", _ratios(ours, others, lambda d: d.rate)])
            rows.append([f"CPU ms a page, share of {name}", _ratios(ours, others, lambda d: d.cpu_ms)])
    for name in (ALONE, ALONE_FAST):
        if ours and (alone := runs.get(name)) and (fetch := runs.get(FETCH)):
            bounds = [bound(f, a, cores) for f, a in zip(fetch, alone, strict=True)]
            shares = [d.rate / b for d, b in zip(ours, bounds, strict=True)]
            rows.append([f"bound by {FETCH} and {name}, pages/s", _spread(bounds, 1)])
            rows.append(["share of it", _spread(shares, 2)])
    return Table(f"newscrawl beside the others, {cores} cores", ["", "median (lowest-highest)"], rows)


def bound(fetch: Done, alone: Done, cores: int) -> float:
    """Pages a second that fetching and extraction allow together.

    All cores divided by the CPU that a page costs in both; and never more than one core's Scrapy fetches.
    """
    return min(fetch.rate, cores * 1000 / (fetch.cpu_ms + alone.cpu_ms))


def slope(runs: Sequence[Done]) -> Table:
    """newscrawl over more and more pages."""
    rows = []
    for before, done in zip([None, *runs], runs, strict=False):
        m = done.measured
        rows.append(
            [
                f"{m.pages:,}",
                f"{m.seconds:.1f}",
                f"{m.seconds / before.measured.seconds:.2f}" if before else "",
                f"{done.cpu_ms:.1f}",
                f"{m.peak / _MB:.0f}",
            ]
        )
    return Table("newscrawl over more pages", ["pages", "seconds", "times", "CPU ms/page", "peak MB"], rows)


def memory(done: Done, growth: float) -> Table:
    """Memory of the crawl over many pages; `growth` in bytes a page."""
    samples = done.measured.samples
    half = [s for s in samples if s.pages >= done.measured.pages / 2]
    rows = [
        ["all processes, peak", f"{done.measured.peak / _MB:.0f} MB"],
        ["crawl process, half way", f"{half[0].first / _MB:.0f} MB"],
        ["crawl process, at the end", f"{half[-1].first / _MB:.0f} MB"],
        ["growth in the second half", f"{growth * 1000 / _MB:.2f} MB a thousand pages"],
    ]
    return Table(f"Memory over {done.measured.pages:,} pages", ["", ""], rows)


def write(file: Path, tables: Sequence[Table]) -> None:
    """Put the tables between the marks of a Markdown file."""
    told = "\n\n".join(table.markdown() for table in tables)
    text = file.read_text(encoding="utf-8")
    if text.count(_MARK) != 2:
        raise ValueError(f"{file} has no pair of {_MARK} marks")
    file.write_text(regex.sub(f"(?s){_MARK}.*{_MARK}", lambda _: f"{_MARK}\n{told}\n{_MARK}", text), encoding="utf-8")


def _ratios(ours: Sequence[Done], others: Sequence[Done], of: Callable[[Done], float]) -> str:
    return _spread([of(a) / of(b) for a, b in zip(ours, others, strict=True)], 2)


def _spread(values: Sequence[float], digits: int) -> str:
    middle = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):.{digits}f}-{max(values):.{digits}f})"
