"""`scrapy bucket reextract`: what the servers answered is read again by today's extraction, without a request.

Each part of the raw archive is worked through as pages of a crawl are, by the same workers and the same verdict, and
becomes a batch of its own whose commit record names it: what a killed call left out the next one does, and a part that
this extraction has read is not looked at again. A row is written only where headline or text are others than those that
the archive has of the page; the rows of before stay. With `NEWSCRAWL_ENGINE` such workers read on many machines
(`workers/on_daft.py`), and the verdict stays here.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from newscrawl.bucket.keys import REEXTRACTING_KEY, Table
from newscrawl.bucket.lookup import find_stored
from newscrawl.bucket.query import query
from newscrawl.bucket.reader import commit_records, read_bytes, read_parts
from newscrawl.bucket.records import CommitRecord, PartRef
from newscrawl.bucket.s3 import retry_outage
from newscrawl.bucket.warc import held, torn
from newscrawl.dedup.judge import entry_of
from newscrawl.dedup.match import compare
from newscrawl.dedup.words import words_of
from newscrawl.doing import telling
from newscrawl.extraction.version import EXTRACTION_VERSION
from newscrawl.items import Article, Duplicate, Outcome, Page, Reject, Relation
from newscrawl.run.run import Run
from newscrawl.state import template_store

logger = logging.getLogger(__name__)

# Where the row of a page lies: the URL that answered, and when.
_Place = tuple[str, datetime]
# A part of the raw archive with the batch that wrote it; its pages and what extraction makes of them.
_Part = tuple[CommitRecord, PartRef]
_Pages = AsyncIterator[tuple[Page, Article | Reject]]


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
    crawl's commit raises, and `StateLocked` while another call is at it.
    """
    done = Reextracted()
    # Two at once would read the same parts, and store each row twice.
    with run.archive.alone(REEXTRACTING_KEY):
        wanted = _wanted(list(commit_records(run.archive.store, run.archive.location)))
        moved = _Moved(run)
        # What a page moves now counts beyond what any page did before.
        run.archive.index.move_time(datetime.now(UTC))
        telling(lambda: f"reading pages again: {done.pages:,}, {done.parts} of {len(wanted)} parts")
        try:
            async for record, part, pages in _plan(run, wanted) if run.config.engine else _here(run, wanted):
                done.parts += 1
                say(part, done.parts, len(wanted))
                await _reextract(run, record, part, pages, moved, done)
        finally:
            await run.workers.close()
    return done


def _wanted(records: list[CommitRecord]) -> list[_Part]:
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


async def _here(run: Run, wanted: list[_Part]) -> AsyncIterator[tuple[CommitRecord, PartRef, _Pages]]:
    """Each part with its pages, read by the run's own workers."""
    for record, part in wanted:
        body = await asyncio.to_thread(read_bytes, run.archive.store, run.archive.location, part)
        # Before the first verdict: half a part is no batch.
        if why := await asyncio.to_thread(torn, body):
            _leave(part, why)
        else:
            yield record, part, _read(run, body)


async def _plan(run: Run, wanted: list[_Part]) -> AsyncIterator[tuple[CommitRecord, PartRef, _Pages]]:
    """Each part with its pages, read by a Daft plan; in whatever order they come."""
    from newscrawl.workers.on_daft import Plan
    from newscrawl.workers.plan_work import Read, Reading

    reading = Reading(
        location=run.archive.location,
        credentials=run.credentials,
        obeyed=run.config.opt_outs,
        learned=template_store.load(run.archive.state.db),
        page_seconds=run.config.page_seconds,
        costly_pages=run.config.costly_pages,
    )
    plan = Plan(run.config.engine, reading, run.config.workers)
    read = plan.work([pickle.dumps(part) for _, part in wanted])
    coming: asyncio.Future[tuple[int, bytes] | None] | None = None
    try:
        while found := await asyncio.shield(coming := asyncio.ensure_future(asyncio.to_thread(next, read, None))):
            record, part = wanted[found[0]]
            pages: Read = pickle.loads(found[1])
            if isinstance(pages, str):
                _leave(part, pages)
            else:
                yield record, part, _each(pages)
    finally:
        await asyncio.to_thread(plan.close)
        if coming is not None:
            await asyncio.wait([coming])  # a thread that is at a part, which is not to come any more


def _leave(part: PartRef, why: str) -> None:
    logger.warning("%s is left out, and its rows stay: it was torn before it was stored (%s)", part.key, why)


async def _each(pages: list[tuple[Page, Article | Reject]]) -> _Pages:
    for read in pages:
        yield read


async def _reextract(
    run: Run, record: CommitRecord, part: PartRef, pages: _Pages, moved: _Moved, done: Reextracted
) -> None:
    before = _Before(run, record, moved)
    outcomes: list[Outcome] = []
    async for page, read in pages:
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


async def _read(run: Run, body: bytes) -> _Pages:
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


@dataclass(frozen=True, slots=True)
class _Row:
    """A stored row: its story when it was stored, and its text."""

    id: str
    story_id: str
    text: str


class _Before:
    """The rows that the pages of a batch have, asked for when the first is needed."""

    def __init__(self, run: Run, record: CommitRecord, moved: _Moved) -> None:
        self._run, self._record, self._moved = run, record, moved
        self._rows: dict[_Place, _Row] | None = None

    def revised(self, page: Page, article: Article) -> Article | Duplicate:
        """A verdict of `judge` that knows that it is the same answer.

        `judge` makes a story by itself of a text that has little in common with that of before, or whose story has
        left the index. Of one answer that is a revision in the story of its row; but where that fell to another page's
        story, only if it would do so with this text, too. A verdict that moved others stays.
        """
        row = None if article.moves else self._row(page)
        if row is None:
            return article
        anchor_id = self._moved.story_of(row)
        text = row.text if anchor_id == row.id else self._text(anchor_id)
        if text is None:
            return article  # the anchor's row is lost, so there is nothing to compare it with
        found = compare(words_of(article.text), words_of(text))
        if anchor_id != row.id and found.relation is None:
            return article
        index = self._run.archive.index
        index.forget_pending([entry_of(article)])
        revision = Duplicate(
            article=replace(article, story_id=anchor_id),
            duplicate_of=anchor_id,
            relation=Relation.REVISION,
            jaccard=found.measured.jaccard,
            containment=found.measured.containment,
        )
        index.add(entry_of(revision))
        return revision

    def _row(self, page: Page) -> _Row | None:
        """The page's row; None where it was no story."""
        if self._rows is None:
            columns = ["id", "story_id", "text", "url", "fetched_at"]
            self._rows = {
                (row["url"], row["fetched_at"]): _Row(row["id"], row["story_id"], row["text"])
                for table in (Table.ARTICLES, Table.DUPLICATES)
                for _, data in read_parts(
                    self._run.archive.store, self._run.archive.location, table, columns, [self._record]
                )
                for row in data.to_pylist()
            }
        return self._rows.get((page.url, page.fetched_at))

    def _text(self, article_id: str) -> str | None:
        found = find_stored(self._run.archive.store, self._run.archive.location, [article_id])
        return next((row.text for row in found if row.id == article_id), None)


class _Moved:
    """Which stories rows belong to by now, where that is not what they say; read when the first is asked for."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._stories: dict[str, str] | None = None

    def story_of(self, row: _Row) -> str:
        """The story of a row by now."""
        if self._stories is None:
            asked = "SELECT id, story_id FROM current WHERE id IN (SELECT id FROM moves UNION FROM undone)"
            _, found = query(self._run.archive.store, self._run.archive.location, asked)
            self._stories = {str(name): str(story) for name, story in found}
        return self._stories.get(row.id, row.story_id)
