"""A run's summary for people."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from newscrawl.run import Run


def print_summary(run: Run, console: Console, query: str | None = None) -> None:
    """Print what became of the pages, where the archive lies, and how to ask it."""
    funnel = run.funnel
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim", overflow="fold")
    rate = funnel.fetched / run.seconds if run.seconds else 0.0
    table.add_row("pages fetched", f"{funnel.fetched:,}", f"{rate:.1f} a second, in {run.seconds:.1f} s")
    table.add_row("stories kept", f"{funnel.articles:,}", _sites(run))
    table.add_row("duplicates", f"{funnel.relations.total():,}", _split(funnel.relations))
    table.add_row("unchanged", f"{funnel.unchanged:,}", "known word for word under the same canonical URL, no new row")
    table.add_row("rejects", f"{funnel.reasons.total():,}", _split(funnel.reasons))
    stored = run.committer.records if run.committer else []
    table.add_row("bytes stored", f"{run.bytes_stored:,}", f"in {len(stored)} batches")
    if run.discovery_errors:
        first = "; ".join(f"{url}: {why}" for url, why in list(run.discovery_errors.items())[:3])
        table.add_row("sources failed", f"{len(run.discovery_errors):,}", first)
    if run.sources_dead:
        first = "; ".join(f"{url}: {why}" for url, why in list(run.sources_dead.items())[:3])
        table.add_row("sources dead", f"{len(run.sources_dead):,}", first)
    if run.hosts_left:
        first = "; ".join(f"{host}: {why}" for host, why in list(run.hosts_left.items())[:3])
        table.add_row("hosts left", f"{len(run.hosts_left):,}", f"{first}; their pages stay pending for the next run")
    where = f"{run.archive.location} at {run.archive.store.endpoint}"
    lines: list[RenderableType] = [Text(f"run {run.id}", style="bold"), table, Text(f"bucket  {where}")]
    console.print(Group(*lines))
    if query:
        # Unwrapped: it is there to be pasted.
        console.print(Text("ask it  ") + Text(query, style="green"), soft_wrap=True)


def _split(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda c: (-c[1], c[0])))


def _sites(run: Run) -> str:
    kept = {name: counts["articles"] for name, counts in run.funnel.sites.items() if counts["articles"]}
    return f"from {len(kept)} sites" if kept else ""
