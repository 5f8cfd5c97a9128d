"""All that is told of a page, gathered by the functions that a crawl runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from newscrawl.config import Config
from newscrawl.errors import program
from newscrawl.extraction.story import Steps, steps
from newscrawl.fetching.optout import head_wishes, told
from newscrawl.items import Article, Page, Reject
from newscrawl.why.beside import Line, beside
from newscrawl.why.known import Known, taken_for
from newscrawl.why.values import Value, values
from newscrawl.why.ways import Way, ways, why_taken
from newscrawl.workers.pool import work


@dataclass(frozen=True, slots=True)
class Why:
    """A page, what it says of itself, what became of each of its lines, and what an archive would take it for."""

    page: tuple[tuple[str, str], ...]
    values: list[Value]
    kind: tuple[tuple[str, str], ...]
    ways: list[Way]
    taken: str
    lines: list[Line]
    stored: bool
    verdict: tuple[tuple[str, str], ...]
    known: Known


def why(page: Page, stated: Mapping[str, str], config: Config) -> Why:
    """Run a page through a worker's function and the steps in the open. `stated`: opt-outs of headers and robots.txt.

    Raises `StateMismatch` where the state directory is of another version.
    """
    outcome = work(page)
    found = steps(page)
    article = outcome if isinstance(outcome, Article) else None
    head = [("url", page.url), ("status", str(page.status)), ("content type", page.content_type or "-")]
    if isinstance(found, Steps):
        head.append(("decoded", f"{found.characters:,} characters, {found.elements:,} elements"))
    head.append(("bytes", f"{len(page.body):,}"))
    head += _signals(page, stated)
    read = ways(found) if isinstance(found, Steps) else []
    lines: list[Line] = []
    if isinstance(found, Steps):
        lines = beside(found, article.text.split("\n") if article else found.chosen.lines, read)
    return Why(
        page=tuple(head),
        values=values(found, outcome) if isinstance(found, Steps) else [],
        kind=_kind(found) if isinstance(found, Steps) else (),
        ways=read,
        taken=why_taken(found) if isinstance(found, Steps) else "",
        lines=lines,
        stored=article is not None,
        verdict=_verdict(outcome),
        known=taken_for(article, config.state_dir, config.dedup_window)
        if article
        else Known("no archive was asked: a page that is rejected is compared with none"),
    )


def _signals(page: Page, stated: Mapping[str, str]) -> list[tuple[str, str]]:
    wishes = told(stated, head_wishes(page.body))
    if not wishes:
        return [("opt-outs", "none stated")]
    return [
        ("opt-out", f"{kind}: {where} ({'obeyed' if kind in page.obeyed else 'recorded, not obeyed'})")
        for kind, where in wishes.items()
    ]


def _kind(found: Steps) -> tuple[tuple[str, str], ...]:
    meta, said = found.meta, found.said
    body = f"{len(meta.article_body):,} characters" if meta.article_body else "-"
    return (
        ("kind", str(said.kind)),
        ("says that it is an article", str(said.article)),
        ("address names a story", str(said.story_address)),
        ("address is none of a story", str(said.address or "-")),
        ("first page", meta.first_page or "-"),
        ("JSON-LD types", ", ".join(sorted(meta.types)) or "-"),
        ("JSON-LD articleBody", body),
    )


def _verdict(outcome: Article | Reject) -> tuple[tuple[str, str], ...]:
    if isinstance(outcome, Reject):
        return (("reject", outcome.reason.value), ("detail", outcome.detail or "-"))
    return (
        ("article", outcome.id),
        ("language", outcome.language),
        ("words", str(outcome.word_count)),
        ("kind", str(outcome.kind)),
        ("confidence", str(outcome.confidence)),
        ("signature", f"{outcome.signature.shingles} shingles, {len(outcome.signature.keys)} window keys"),
        ("extraction version", str(outcome.extraction_version)),
        ("once it is stored", f"{program()} bucket similar {outcome.url}"),
    )
