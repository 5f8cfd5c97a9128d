"""What is told of a page, in a terminal: columns where they fit; into a pipe whole lines, of any length."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from newscrawl.dedup.explain import render_diff
from newscrawl.text.printable import printable
from newscrawl.why.beside import Fate, Line
from newscrawl.why.known import Known
from newscrawl.why.values import Value
from newscrawl.why.ways import Way
from newscrawl.why.why import Why

# Narrower, a Hindi line has two words in half of it.
_BESIDE = 70
_STYLES = {Fate.KEPT: "green", Fate.MOVED: "cyan", Fate.CUT: "red", Fate.LOST: "yellow"}
# For those who see no colour.
_MARKS = {Fate.KEPT: "+", Fate.MOVED: "=", Fate.CUT: "-", Fate.LOST: "~"}
# Characters of what another source says: enough to know it again.
_SHOWN = 160


def show(told: Why, console: Console) -> None:
    """Print it, section by section."""
    for heading, rows in (("page", told.page), ("what it is", told.kind)):
        if rows:
            _head(heading, console)
            _fields(rows, console)
    if told.values:
        _head("values, and where each came from", console)
        for value in told.values:
            _value(value, console)
    if told.ways:
        _head("ways of reading", console)
        for way in told.ways:
            _way(way, console)
        _print(Text(told.taken), console)
    if told.lines:
        _head(
            "lines as served, beside what is stored" if told.stored else "lines as served; nothing is stored", console
        )
        _lines(told.lines, console)
    _head("verdict", console)
    _fields(told.verdict, console)
    _head("what the archive takes it for", console)
    _known(told.known, console)


def _head(heading: str, console: Console) -> None:
    console.print(
        Rule(heading) if console.is_terminal else Text(f"\n== {heading} =="), soft_wrap=not console.is_terminal
    )


def _print(text: Text, console: Console, indent: int = 0) -> None:
    """One line: folded in a terminal, whole in a pipe."""
    if not console.is_terminal:
        console.print(Text(" " * indent) + text, soft_wrap=True)
        return
    console.print(Padding(text, (0, 0, 0, indent), expand=False), overflow="fold")


def _fields(rows: Iterable[tuple[str, str]], console: Console) -> None:
    if not console.is_terminal:
        for name, value in rows:
            console.print(Text(f"{name}: {printable(value)}"), soft_wrap=True)
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", max_width=26)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, Text(printable(value)))
    console.print(table)


def _value(value: Value, console: Console) -> None:
    said = Text(value.name, style="bold") + Text(
        f": {printable(value.value)}" if value.value else ": -", style="not bold"
    )
    _print(said, console)
    if value.source:
        _print(Text(f"from {printable(value.source)}", style="green"), console, 4)
    same = [source for source, _, why in value.others if not why]
    if same:
        _print(Text(f"so says {printable(', '.join(dict.fromkeys(same)))}", style="dim"), console, 4)
    for source, told, why in value.others:
        if why:
            words = f"not {printable(source)}: {_short(printable(told), console)}"
            _print(Text(words, style="dim") + Text(f" ({printable(why)})", style="yellow"), console, 4)


def _short(words: str, console: Console) -> str:
    return words if len(words) <= _SHOWN or not console.is_terminal else f"{words[:_SHOWN]}…"


def _way(way: Way, console: Console) -> None:
    style = "bold green" if way.taken else "bold"
    head = Text(way.name, style=style) + Text(
        f": {way.says}; {len(way.lines)} lines, {way.words} words; {way.standing}", style="not bold"
    )
    _print(head, console)
    if way.votes:
        votes = ", ".join(f"{name} {vote:.2f}" for name, vote in way.votes.items())
        score = f"; score {way.score:.2f}" if way.score is not None else ""
        _print(Text(f"agreement with {votes}{score}", style="dim"), console, 4)
    for line, why in way.cut:
        _print(
            Text(f"cleaned of: {_short(printable(line), console)}", style="dim") + Text(f" ({why})", style="yellow"),
            console,
            4,
        )


def _lines(lines: list[Line], console: Console) -> None:
    if not console.is_terminal or console.width < _BESIDE:
        for line in lines:
            words = printable(line.served if line.served is not None else line.stored or "")
            text = Text(f"{_MARKS[line.fate]} {words}", style=_STYLES[line.fate])
            _print(text + Text(f"  [{printable(line.why)}]" if line.why else "", style="dim"), console)
        return
    table = Table(box=None, pad_edge=False, expand=True, padding=(0, 1, 0, 0))
    table.add_column("", width=1)
    table.add_column("as served", ratio=1, overflow="fold")
    table.add_column("stored, or why not", ratio=1, overflow="fold")
    for line in lines:
        style = _STYLES[line.fate]
        served = printable(line.served or "")
        if line.fate in (Fate.CUT, Fate.LOST):
            served = _short(served, console)
        right = Text(printable(line.stored or ""), style="green")
        if line.why:
            right += Text(
                ("\n" if line.stored else "") + printable(line.why), style=style if not line.stored else "dim"
            )
        elif line.fate is Fate.KEPT and not line.stored:
            right = Text("part of the next line stored", style="dim")
        table.add_row(Text(_MARKS[line.fate], style=style), Text(served, style=style), right)
    console.print(table)


def _known(known: Known, console: Console) -> None:
    _print(Text(printable(known.asked)), console)
    if known.verdict:
        _print(Text(printable(known.verdict), style="bold"), console)
    if known.verdict and not known.neighbours:
        _print(Text("no candidate: nothing that it knows shares enough with this text"), console)
    for one in known.neighbours:
        console.print()
        page = ", an earlier text of this page" if one.same_page else ""
        _print(Text(f"{one.article_id}{page}", style="bold"), console)
        for words in (*([printable(one.told)] if one.told else []), one.verdict, one.scores, *one.weighed):
            _print(Text(words), console, 2)
        diff = render_diff([type(s)(s.side, tuple(map(printable, s.words))) for s in one.differs])
        _print(diff, console, 2)
