"""`scrapy bucket reextract`: what the servers answered is read again by today's extraction, without a request.

Each part of the raw archive is worked through as pages of a crawl are, by the same workers and the same verdict, and
becomes a batch of its own whose commit record names it: what a killed call left out the next one does, and a part that
this extraction has read is not looked at again. A row is written only where headline or text are others than those that
the archive has of the page; the rows of before stay.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from newscrawl.bucket.keys import Table
from newscrawl.bucket.lookup import find_stored
from newscrawl.bucket.query import query
from newscrawl.bucket.reader import commit_records, read_bytes, read_parts
from newscrawl.bucket.records import CommitRecord, PartRef
from newscrawl.bucket.s3 import retry_outage
from newscrawl.bucket.warc import held
from newscrawl.dedup.judge import entry_of
from newscrawl.dedup.match import compare
from newscrawl.dedup.words import words_of
from newscrawl.extraction.version import EXTRACTION_VERSION
from newscrawl.items import Article, Duplicate, Outcome, Page, Reject, Relation
from newscrawl.run.run import Run

# Where the row of a page lies: the URL that answered, and when.
_Place = tuple[str, datetime]


@dataclass(slots=True)
class Reextracted:
    """What was done. `outcomes` by what became of pages: unchanged, `revision` and other relations, `article` (a story
    by itself), or the reason for which it would be no story now: then nothing is written, and its row stays."""

    parts: int = 0
    pages: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """Rows written."""
        return sum(self.outcomes[name] for name in ("article", *Relation))


async def reextract(run: Run, say: Callable[[PartRef, int, int], None] = lambda part, number, of: None) -> Reextracted:
    """Read again every part of the raw archive that an older extraction read; `say` is told of each.

    The run is open, and nothing else goes on in it. A part is in memory at a time, and its new rows. Raises what a
    crawl's commit raises.
    """
    done = Reextracted()
    records = list(commit_records(run.archive.store, run.archive.location))
    wanted = _wanted(records)
    # What a page moves now counts beyond what any page did before.
    run.archive.index.move_time(datetime.now(UTC))
    try:
        for number, (record, part) in enumerate(wanted, 1):
            say(part, number, len(wanted))
            await _reextract(run, record, part, done)
            done.parts += 1
    finally:
        await run.workers.close()
    return done


def _wanted(records: list[CommitRecord]) -> list[tuple[CommitRecord, PartRef]]:
    """The parts of the raw archive that no extraction as new as ours has read, the oldest first."""
    read: dict[str, int] = {}
    for record in records:
        for key in record.reextracted:
            read[key] = max(read.get(key, 0), record.extraction_version or 0)
    return [
        (record, part)
        for record in records
        for part in record.objects
        if part.table is Table.RAW and max(record.extraction_version or 0, read.get(part.key, 0)) < EXTRACTION_VERSION
    ]


async def _reextract(run: Run, record: CommitRecord, part: PartRef, done: Reextracted) -> None:
    body = await asyncio.to_thread(read_bytes, run.archive.store, run.archive.location, part)
    before = _Before(run, record)
    outcomes: list[Outcome] = []
    async for page, read in _read(run, body):
        done.pages += 1
        outcome = run.judge(read) if isinstance(read, Article) else read
        if isinstance(outcome, Article):
            outcome = before.revised(page, outcome)
        done.outcomes[_word(outcome)] += 1
        if isinstance(outcome, Article | Duplicate):
            outcomes.append(outcome)
    batch = run.writer.batch(outcomes, [part.key])
    run.archive.intend(run.report.run_id, batch)
    stored = await asyncio.to_thread(
        retry_outage, lambda: run.writer.write(batch), run.config.outage_seconds, lambda outage, seconds: None
    )
    run.archive.index.forget_pending(run.archive.remember(stored, batch))


async def _read(run: Run, body: bytes) -> AsyncIterator[tuple[Page, Article | Reject]]:
    """The pages of a part and what extraction makes of them, in order; as many at once as there are workers, twice."""
    ahead: list[tuple[Page, asyncio.Task[Article | Reject]]] = []
    try:
        for found in held(body):
            # By the wishes that are obeyed now; and it is in the raw archive already.
            page = replace(found.page, obeyed=run.config.opt_outs, headers=None)
            ahead.append((page, asyncio.create_task(run.workers.process(page))))
            if len(ahead) >= 2 * run.config.workers:
                first, task = ahead.pop(0)
                yield first, await task
        while ahead:
            first, task = ahead.pop(0)
            yield first, await task
    finally:
        for _, task in ahead:
            task.cancel()


def _word(outcome: Outcome) -> str:
    match outcome:
        case Article():
            return "article"
        case Duplicate():
            return outcome.relation.value
        case Reject():
            return outcome.reason.value
        case _:
            return "unchanged"


class _Before:
    """The rows that the pages of a batch have, asked for when the first is needed."""

    def __init__(self, run: Run, record: CommitRecord) -> None:
        self._run, self._record = run, record
        self._rows: Mapping[_Place, str] | None = None
        self._stories: dict[str, str] = {}

    def revised(self, page: Page, article: Article) -> Article | Duplicate:
        """A verdict of `judge` that is right of the page as well: it is the same page, so it is the same story.

        The text of before may have been another's, and the index forgets after some months: then the verdict is a
        story by itself, and becomes a revision in the story that the page's row belongs to. Where it moved others, it
        stays.
        """
        anchor_id = None if article.moves else self._story(page)
        if anchor_id is None:
            return article
        store, location, index = self._run.archive.store, self._run.archive.location, self._run.archive.index
        anchor = next((row for row in find_stored(store, location, [anchor_id]) if row.id == anchor_id), None)
        if anchor is None:
            return article  # its row is lost, so there is nothing to compare it with
        measured = compare(words_of(article.text), words_of(anchor.text)).measured
        index.forget_pending([entry_of(article)])
        revision = Duplicate(
            article=replace(article, story_id=anchor_id),
            duplicate_of=anchor_id,
            relation=Relation.REVISION,
            jaccard=measured.jaccard,
            containment=measured.containment,
        )
        index.add(entry_of(revision))
        return revision

    def _story(self, page: Page) -> str | None:
        """The story of the page's row by now; None where it was none."""
        store, location = self._run.archive.store, self._run.archive.location
        if self._rows is None:
            self._rows = {
                (row["url"], row["fetched_at"]): row["id"]
                for table in (Table.ARTICLES, Table.DUPLICATES)
                for _, data in read_parts(store, location, table, ["id", "url", "fetched_at"], [self._record])
                for row in data.to_pylist()
            }
            asked = f"SELECT id, story_id FROM current WHERE run_id = '{self._record.run_id}'"
            self._stories = {str(name): str(story) for name, story in query(store, location, asked)[1]}
        found = self._rows.get((page.url, page.fetched_at))
        return None if found is None else self._stories.get(found)
