"""`scrapy bucket similar`: what an article was compared with, how it scored, and which words differ."""

from __future__ import annotations

from datetime import timedelta

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from newscrawl.archive.archive import Archive
from newscrawl.bucket.lookup import Stored, find_stored
from newscrawl.bucket.undo import undone
from newscrawl.dedup.explain import render_diff, score_line, verdict, weighed_lines, word_diff
from newscrawl.dedup.match import Comparison, compare
from newscrawl.dedup.signature import signature
from newscrawl.dedup.words import words_of
from newscrawl.doing import answering, doing
from newscrawl.errors import ConfigError
from newscrawl.tables.linking import linked_to
from newscrawl.text.printable import printable
from newscrawl.text.urls import url_key

# Stories of one event that are printed, the first: of a big one there are hundreds.
_SHOWN = 10


def similar(archive: Archive, name: str, console: Console) -> None:
    """Print an article's neighbours in the index, best first. `name`: article id, URL or canonical URL.

    Raises `ConfigError` when the bucket has no such article.
    """
    doing(f"looking for {name}")
    rows = find_stored(archive.store, archive.location, spellings(name))
    if not rows:
        raise ConfigError(f"{name}: no article or duplicate in {archive.location} has this id or URL")
    undos = undone(archive.store, archive.location)
    found = [(row, _same_event(archive, row), _neighbours(archive, row)) for row in rows]
    answering()
    for row, event, neighbours in found:
        console.print(Rule())
        console.print(_named(row), soft_wrap=True)
        if row.id in undos:
            console.print(f"a story of its own since {undos[row.id].undone_at}, when its collapse was undone")
        elif row.relation:
            console.print(f"{row.relation} of {row.story_id}")
        else:
            console.print("a story of its own")
        console.print(event, soft_wrap=True, end="")
        for other, compared in neighbours:
            console.print(Text("\n") + _named(other), soft_wrap=True)
            lines = (verdict(compared), score_line(compared), *weighed_lines(compared))
            console.print("\n".join(lines), highlight=False, soft_wrap=True)
            console.print(Text.assemble(("[-in that one alone-]", "red"), " ", ("{+in this one alone+}", "green")))
            told, ours = (printable(text, lines=True) for text in (other.text, row.text))
            console.print(render_diff(word_diff(told, ours)), soft_wrap=True)


def spellings(name: str) -> list[str]:
    """An id, or a URL and how it may be stored: a browser has it with what tells where its reader came from."""
    if "/" not in name:
        return [name]
    key = url_key(name)
    return [name, *(f"{scheme}://{key}{end}" for scheme in ("https", "http") for end in ("", "/"))]


def _same_event(archive: Archive, row: Stored) -> Text:
    """Other stories of the event, as the stories table has them: lines, none where there is no other."""
    try:
        others = linked_to(archive.store, archive.location, row.id)
    except ConfigError as e:
        return Text(f"stories of the same event: {e}\n")
    stories = "1 story" if len(others) == 1 else f"{len(others)} stories"
    lines = Text(f"the same event in other words, not collapsed: {stories}\n" if others else "")
    for other in others[:_SHOWN]:
        lines.append(f"  {other['first_published_at']:%Y-%m-%d %H:%M}  {printable(other['title'])}\n")
        lines.append(f"    {other['story_id']}  {other['site']}  {printable(other['url'])}\n")
    return lines


def _named(row: Stored) -> Text:
    """Headline, id and URL: as text, for a headline may hold what is markup to rich."""
    return Text.assemble((printable(row.title), "bold"), f"\n{row.id}  {row.site}  {printable(row.url)}")


def _apart(row: Stored, other: Stored) -> timedelta:
    """The time between two stories, as the verdict took it: none between versions of one page."""
    same_page = url_key(row.canonical_url) == url_key(other.canonical_url)
    return timedelta(0) if same_page else abs(row.told_at - other.told_at)


def _neighbours(archive: Archive, row: Stored) -> list[tuple[Stored, Comparison]]:
    ids = dict.fromkeys(archive.index.candidates(signature(row.text)))
    ids[row.story_id] = None
    ids.pop(row.id, None)
    words = words_of(row.text)
    others = [s for s in find_stored(archive.store, archive.location, ids) if s.id in ids]
    compared = [(other, compare(words, words_of(other.text), _apart(row, other))) for other in others]
    return sorted(compared, key=lambda c: -c[1].likeness)
