"""A run's summary for people."""

from __future__ import annotations

import os

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from newscrawl.run.report import RunReport
from newscrawl.text.printable import printable


def print_summary(report: RunReport, where: str, console: Console, query: str | None = None) -> None:
    """Print what became of the pages, where the archive lies (`where`), and how to ask it (a command, `query`)."""
    funnel = report.funnel
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim", overflow="fold")
    rate = funnel.fetched / report.seconds if report.seconds else 0.0
    table.add_row("pages fetched", f"{funnel.fetched:,}", f"{rate:.1f} a second, in {report.seconds:.1f} s")
    table.add_row("stories kept", f"{funnel.articles:,}", _sites(report))
    if report.doubtful:
        table.add_row("of doubtful text", f"{report.doubtful:,}", "stored; the least sure are named in run.json")
    table.add_row("duplicates", f"{funnel.relations.total():,}", _split(funnel.relations))
    table.add_row("unchanged", f"{funnel.unchanged:,}", "known word for word under the same canonical URL, no new row")
    table.add_row("rejects", f"{funnel.reasons.total():,}", _split(funnel.reasons))
    batches = "1 batch" if len(report.records) == 1 else f"{len(report.records)} batches"
    table.add_row("bytes stored", f"{report.bytes_committed:,}", f"in {batches}")
    if later := +report.later_pages:
        table.add_row(
            "later pages", f"{later.total():,}", f"of stories of several: {_split(later)}; the log names those left"
        )
    if looked := report.rechecks.get("looked"):
        table.add_row("looked at again", f"{looked:,}", f"{report.rechecks.get('changed', 0):,} had another text")
    if left_out := report.left_out:
        table.add_row("left out", f"{left_out.total():,}", f"{_split(left_out)}; by site in run.json")
    if report.sources_partly:
        first = "; ".join(f"{url}: {why}" for url, why in list(report.sources_partly.items())[:3])
        table.add_row("partly read", f"{len(report.sources_partly):,}", first)
    if report.licences_unread:
        first = "; ".join(f"{url}: {why}" for url, why in list(report.licences_unread.items())[:3])
        table.add_row("licences unread", f"{len(report.licences_unread):,}", _line(first))
    if report.alarms:
        table.add_row("alarms", f"{len(report.alarms):,}", _line("; ".join(map(str, report.alarms[:3]))))
    if report.sites_quiet:
        first = "; ".join(f"{site}: {words}" for site, words in list(report.sites_quiet.items())[:3])
        table.add_row("sites quiet", f"{len(report.sites_quiet):,}", first)
    if report.discovery_errors:
        first = "; ".join(f"{url}: {why}" for url, why in list(report.discovery_errors.items())[:3])
        table.add_row("sources failed", f"{len(report.discovery_errors):,}", _line(first))
    if report.sources_dead:
        first = "; ".join(f"{url}: {why}" for url, why in list(report.sources_dead.items())[:3])
        table.add_row("sources dead", f"{len(report.sources_dead):,}", _line(first))
    if report.hosts_left:
        first = "; ".join(f"{host}: {why}" for host, why in list(report.hosts_left.items())[:3])
        table.add_row(
            "hosts left", f"{len(report.hosts_left):,}", _line(f"{first}; their pages stay pending for the next run")
        )
    if report.sites_left:
        first = "; ".join(f"{site}: {why}" for site, why in list(report.sites_left.items())[:3])
        table.add_row(
            "sites left", f"{len(report.sites_left):,}", _line(f"{first}; their pages stay pending for the next run")
        )
    lines: list[RenderableType] = [Text(f"run {report.run_id}", style="bold"), table, Text(f"bucket  {where}")]
    console.print(Group(*lines))
    if report.page:
        path = min(str(report.page), os.path.relpath(report.page), key=len)
        console.print(Text(f"report  {path}"), soft_wrap=True)
    if query:
        # Unwrapped: it is there to be pasted.
        console.print(Text("ask it  ") + Text(query, style="green"), soft_wrap=True)


def _line(text: str) -> Text:
    """What comes from outside: neither a control of the terminal, nor markup of rich."""
    return Text(printable(text))


def _split(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda c: (-c[1], c[0])))


def _sites(report: RunReport) -> str:
    kept = {name: counts["articles"] for name, counts in report.funnel.sites.items() if counts["articles"]}
    if len(kept) == 1:
        return f"from {next(iter(kept))}"
    return f"from {len(kept)} sites" if kept else ""
