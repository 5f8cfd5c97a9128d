"""Whatever happened to an archive, all who read it see the same stories: `current`, the stories table, who follows its
changes, the index, and an index that is made anew."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from newscrawl.archive.archive import Archive
from newscrawl.archive.consistency import findings, rebuild
from newscrawl.archive.forget import Forgotten, look_for, record_wish, wish_of
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import STORIES_FOLDER, new_run_id
from newscrawl.bucket.query import query
from newscrawl.bucket.rolling import roll_up
from newscrawl.bucket.takedowns import takedowns
from newscrawl.config import Config
from newscrawl.dedup.judge import judge
from newscrawl.dedup.signature import header
from newscrawl.items import Article
from newscrawl.run.joining import join
from newscrawl.run.run import Run
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State
from newscrawl.state.lock import RunLock
from newscrawl.tables.changes import changes
from newscrawl.tables.compact import compact, take_out
from newscrawl.tables.stories_table import has_stories, open_stories
from tests.dedup.hindi_texts import NOW, article, story
from tests.dedup.test_rebuild import new_location

Members = dict[str, set[tuple[str, str | None]]]


class Readers:
    """An archive, the state directories of two machines that crawl into it in turn, and a reader of its changes."""

    def __init__(self, s3: EmbeddedS3, folder: Path) -> None:
        self.store, self.location, self.folder = s3.store(), new_location(s3), folder
        self.machine, self.runs, self.clock = "one", 0, NOW
        self.known: dict[str, dict[str, Any]] = {}
        self.cursor: str | None = None

    def archive(self) -> Archive:
        return Archive(State(self.folder / self.machine), self.store, self.location)

    def run_id(self) -> str:
        self.runs += 1
        return new_run_id(NOW + timedelta(seconds=self.runs))

    def crawl(self, *batches: list[Article]) -> None:
        archive = self.archive()
        archive.recover()
        run_id = self.run_id()
        writer = BatchWriter(self.store, self.location, run_id, header())
        for articles in batches:
            batch = writer.batch([judge(page, archive.index) for page in articles])
            archive.intend(run_id, batch)
            archive.index.forget_pending(archive.remember(writer.write(batch), batch))
        archive.state.close()

    def undo(self, article_id: str) -> None:
        archive = self.archive()
        archive.recover()
        archive.undo(article_id)
        archive.state.close()

    def forget(self, page: str) -> None:
        wish = wish_of(self.store, self.location, page=page, site=None, reason=None)
        record_wish(self.store, self.location, wish, look_for(self.store, self.location, wish))
        forgotten = Forgotten(takedowns(self.store, self.location).values())
        self.rebuild()
        if has_stories(self.store, self.location):
            take_out(self.store, self.location, forgotten.ids, forgotten.sites)
        # The other machine's state holds it, too, and is refused until it is made anew.
        self.change_machine()
        self.rebuild()
        self.known, self.cursor = {}, None  # a takedown ends the feed

    def roll_up(self) -> None:
        roll_up(self.store, self.location)

    def rebuild(self) -> None:
        rebuild(self.store, self.location, self.folder / self.machine, self.archive)

    def change_machine(self) -> None:
        self.machine = "two" if self.machine == "one" else "one"

    def lose(self) -> None:
        shutil.rmtree(self.folder / self.machine, ignore_errors=True)

    def dedupe(self) -> None:
        archive = self.archive()
        archive.recover()
        settings = Settings()
        settings.setmodule("settings.base")
        config = replace(Config.read(settings), state_dir=self.folder / self.machine, bucket=str(self.location))
        run = Run(config, archive, RunLock(config.state_dir).acquire(), None, run_id=self.run_id())
        join(run)
        run.close()

    def compact(self) -> None:
        compact(self.store, self.location)
        self.follow()
        assert {name: {(m["id"], m["relation"]) for m in row["members"]} for name, row in self.table().items()} == (
            self.current()
        )

    def follow(self) -> None:
        rows, self.cursor = changes(self.store, self.location, self.cursor)
        for row in rows:
            match row.pop("change"):
                case "gone":
                    assert self.known.pop(row["story_id"])
                case kind:
                    assert (kind == "changed") == (row["story_id"] in self.known)
                    self.known[row["story_id"]] = row

    def table(self) -> dict[str, dict[str, Any]]:
        table = open_stories(self.store, self.location)
        assert table is not None
        return {row["story_id"]: row for row in table.to_pyarrow_table().to_pylist()}

    def known_to_the_index(self) -> dict[str, str | None]:
        """The story of each article that is in `current`, by the state at hand."""
        archive = self.archive()
        archive.recover()
        found = {n: archive.index.story_of(n) for members in self.current().values() for n, _ in members}
        archive.state.close()
        return found

    def current(self) -> Members:
        """The members of each story, and how they relate to its anchor, by the exact view."""
        _, rows = query(self.store, self.location, "SELECT id, story_id, relation FROM current")
        place = {str(name): str(story_id) for name, story_id, _ in rows}
        assert len(place) == len(rows), "an id stands twice"
        stories: Members = {}
        for name, story_id, relation in rows:
            assert place.get(str(story_id), story_id) == story_id, "no chains"
            assert (relation is None) == (name == story_id)
            stories.setdefault(str(story_id), set()).add((str(name), relation))  # type: ignore[arg-type]
        return stories


def page(chance: random.Random, number: int, at: datetime) -> Article:
    """One of the pages of four sites tells a part of a story and perhaps of another, here and there in other words."""
    site, sentences = chance.choice("abcd"), story(chance.randint(1, 3), 12)
    start, size = chance.choice([0, 0, 0, 3, 6]), chance.choice([3, 5, 8, 12])
    told = sentences[start : start + size] + story(chance.randint(1, 3), 12)[: chance.choice([0, 0, 3, 6, 10])]
    if chance.random() < 0.3:
        told[chance.randrange(len(told))] = story(10 + number, 1)[0]
    title, url = f"शीर्षक {chance.randint(0, 1)}", f"https://{site}.example/{chance.randint(0, 3)}"
    published = chance.choice([None, at - timedelta(hours=chance.randint(0, 60))])
    return replace(article(0, " ".join(told), title=title, url=url), site=site, fetched_at=at, published_at=published)


def crawled(chance: random.Random, readers: Readers) -> None:
    """A run of some batches; here and there the clock has been set back since the last one."""
    back = timedelta(hours=chance.choice([1, 5, 20]) if chance.random() < 0.3 else 0)
    batches: list[list[Article]] = [[] for _ in range(chance.randint(1, 3))]
    for number, batch in enumerate(batches):
        for _ in range(chance.randint(1, 5)):
            readers.clock += timedelta(minutes=chance.randint(0, 200))
            batch.append(page(chance, number, readers.clock - back))
    readers.crawl(*batches)


def any_step(chance: random.Random, readers: Readers) -> None:
    """Something that a schedule or a person does to an archive."""
    steps: dict[Callable[[], None], int] = {
        lambda: crawled(chance, readers): 10,
        lambda: undone(chance, readers): 2,
        lambda: forgotten(chance, readers): 1,
        readers.compact: 3,
        readers.change_machine: 2,
        readers.rebuild: 1,
        readers.lose: 1,
        readers.dedupe: 1,
        readers.roll_up: 1,
    }
    chance.choices(list(steps), list(steps.values()))[0]()


def undone(chance: random.Random, readers: Readers) -> None:
    if fallen := sorted(name for members in readers.current().values() for name, relation in members if relation):
        readers.undo(chance.choice(fallen))


def forgotten(chance: random.Random, readers: Readers) -> None:
    if stored := sorted(name for members in readers.current().values() for name, _ in members):
        readers.forget(chance.choice(stored))


def untimed(table: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a table says, but for what depends on when it was compacted."""
    return {name: {**row, "last_changed_at": None, "event_id": None} for name, row in table.items()}


# More of them: `make faults`, which sets SEEDS.
@pytest.mark.parametrize("seed", range(2 * int(os.environ.get("SEEDS", "0")) or 1))
def test_all_who_read_see_the_same_stories_whatever_happened(seed: int, s3: EmbeddedS3, tmp_path: Path) -> None:
    chance, readers = random.Random(seed), Readers(s3, tmp_path)
    crawled(chance, readers)
    for _ in range(chance.randint(4, 8)):
        any_step(chance, readers)
        assert readers.known_to_the_index() == {n: s for s, members in readers.current().items() for n, _ in members}
    readers.compact()
    assert findings(readers.store, readers.location, tmp_path / readers.machine).lines == []
    piecemeal = untimed(readers.table())
    for key, _ in list(readers.store.list(readers.location.key(STORIES_FOLDER))):
        readers.store.delete(key)
    compact(readers.store, readers.location)
    assert untimed(readers.table()) == piecemeal
