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
    rows = find_stored(archive.store, archive.location, [name])
    if not rows:
        raise ConfigError(f"{name}: no article or duplicate in {archive.location} has this id or URL")
    undos = undone(archive.store, archive.location)
    for row in rows:
        console.print(Rule())
        console.print(_named(row), soft_wrap=True)
        if row.id in undos:
            console.print(f"a story of its own since {undos[row.id].undone_at}, when its collapse was undone")
        elif row.relation:
            console.print(f"{row.relation} of {row.story_id}")
        else:
            console.print("a story of its own")
        _print_event(archive, row, console)
        for other, found in _neighbours(archive, row):
            console.print(Text("\n") + _named(other), soft_wrap=True)
            lines = (verdict(found), score_line(found), *weighed_lines(found))
            console.print("\n".join(lines), highlight=False, soft_wrap=True)
            console.print(Text.assemble(("[-in that one alone-]", "red"), " ", ("{+in this one alone+}", "green")))
            told, ours = (printable(text, lines=True) for text in (other.text, row.text))
            console.print(render_diff(word_diff(told, ours)), soft_wrap=True)


def _print_event(archive: Archive, row: Stored, console: Console) -> None:
    """Other stories of the event, as the stories table has them."""
    try:
        others = linked_to(archive.store, archive.location, row.id)
    except ConfigError as e:
        console.print(f"stories of the same event: {e}", soft_wrap=True)
        return
    if others:
        console.print(f"the same event in other words, not collapsed: {len(others)} stories")
    for other in others[:_SHOWN]:
        told = f"  {other['first_published_at']:%Y-%m-%d %H:%M}  {printable(other['title'])}"
        console.print(
            Text(f"{told}\n    {other['story_id']}  {other['site']}  {printable(other['url'])}"), soft_wrap=True
        )


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
