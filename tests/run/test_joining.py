"""Stories of shards that did not know of each other become one; what is one story, or was parted by hand, stays."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.archive.archive import Archive
from newscrawl.bucket.check import check
from newscrawl.bucket.keys import Location
from newscrawl.bucket.query import query
from newscrawl.dedup.postings import FREQUENT_KEY
from newscrawl.items import Article
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.compact import compact
from newscrawl.tables.stories_table import open_stories
from tests.dedup.hindi_texts import NOW, article, story
from tests.dedup.test_rebuild import archive_at, crawl, new_location
from tests.support import ROOT, environment, scrapy

Partition = set[frozenset[str]]
# `make scale` runs all of this on Daft as well, on its own and on Ray.
ENGINE = os.environ.get("TEST_ENGINE", "")


def variables(s3: EmbeddedS3, location: Location, state: Path) -> dict[str, str]:
    # The archive's newest page is of `hindi_texts.NOW`, whatever the clock says.
    said = {"NEWSCRAWL_STATE_DIR": str(state), "NEWSCRAWL_BUCKET": str(location), "NEWSCRAWL_TRUST_CLOCK": "1"}
    return said | s3.aws_env() | {"NEWSCRAWL_WORKERS": "2", "NEWSCRAWL_ENGINE": ENGINE}


def dedupe(s3: EmbeddedS3, location: Location, state: Path) -> str:
    done = scrapy("bucket", "dedupe", **variables(s3, location, state))
    assert done.returncode == 0, done.stderr
    if ENGINE and ": 0 belong" not in done.stdout:
        assert "articles that meet another story's" in done.stderr, "it was not looked at by the engine"
    return done.stdout


def partition(s3: EmbeddedS3, location: Location) -> Partition:
    stories: dict[str, set[str]] = {}
    for url, story_id in query(s3.store(), location, "SELECT url, story_id FROM current")[1]:
        stories.setdefault(str(story_id), set()).add(str(url))
    return {frozenset(urls) for urls in stories.values()}


def crawled(s3: EmbeddedS3, location: Location, folder: Path, shards: list[list[Article]]) -> None:
    """Each shard by itself: none has read back what the others committed."""
    archives: list[Archive] = []
    for number, articles in enumerate(shards):
        with archive_at(s3, location, folder / f"shard-{number}") as archive:
            archives.append(archive)
            crawl(archive, [articles[n : n + 5] for n in range(0, len(articles), 5)])


def news(seed: int, stories: int = 8) -> list[Article]:
    """Articles of some stories: copies, versions that lack a part, one page that holds a story and more."""
    chance = random.Random(seed)
    found = []
    for number in range(stories):
        told = story(seed * 100 + number, 14)
        for version in range(chance.randint(1, 4)):
            kept = told[: chance.randint(9, 14)]
            url = f"https://site-{version}.example/{seed}/{number}"
            found.append(article(len(found), " ".join(kept), url=url, day=number / 24 + version / 100))
    return found


# More of them: `make scale`, which sets SEEDS.
@pytest.mark.parametrize("seed", range(1, 1 + int(os.environ.get("SEEDS", "1"))))
def test_shards_and_dedupe_give_the_stories_of_one_crawl(s3: EmbeddedS3, tmp_path: Path, seed: int) -> None:
    articles = news(seed)
    one, many = new_location(s3), new_location(s3)
    crawled(s3, one, tmp_path / "one", [articles])
    chance = random.Random(seed)
    shards: list[list[Article]] = [[], [], []]
    for made in articles:
        shards[chance.randrange(3)].append(made)
    crawled(s3, many, tmp_path / "many", shards)
    assert partition(s3, many) != partition(s3, one), "there is nothing to join"

    assert "belong elsewhere now" in dedupe(s3, many, tmp_path / "join")
    assert partition(s3, many) == partition(s3, one)
    assert check(s3.store(), many, NOW).lines == []
    assert dedupe(s3, many, tmp_path / "join").startswith("looked at 0 articles")
    # Lost, its state costs time and moves nothing.
    again = dedupe(s3, many, tmp_path / "join-again")
    assert f"looked at {len(articles)} articles" in again and ": 0 belong" in again

    with archive_at(s3, many, tmp_path / "join") as live, archive_at(s3, many, tmp_path / "fresh") as fresh:
        fresh.catch_up()
        assert live.index.contents() == fresh.index.contents()
    compact(s3.store(), many)
    table = open_stories(s3.store(), many)
    assert table is not None
    rows = table.to_pyarrow_table().to_pylist()
    assert {frozenset(m["url"] for m in row["members"]) for row in rows} == partition(s3, one)


@pytest.mark.parametrize("seed", range(11, 11 + int(os.environ.get("SEEDS", "1"))))
def test_the_order_in_which_shards_came_makes_no_difference(s3: EmbeddedS3, tmp_path: Path, seed: int) -> None:
    articles = news(seed, 5)
    shards = [articles[n::3] for n in range(3)]
    found: list[Partition] = []
    for order in (shards, shards[::-1], [part[::-1] for part in shards]):
        location, folder = new_location(s3), tmp_path / str(len(found))
        crawled(s3, location, folder, order)
        dedupe(s3, location, folder / "join")
        found.append(partition(s3, location))
    assert found[0] == found[1] == found[2]
    assert any(len(urls) > 1 for urls in found[0])


def copied(s3: EmbeddedS3, location: Location) -> Location:
    """The same objects, elsewhere."""
    store, copy = s3.store(), new_location(s3)
    for key, _ in store.list(location.key("")):
        store.put(copy.key(key.removeprefix(location.key(""))), store.get(key))
    return copy


def moves(s3: EmbeddedS3, location: Location) -> set[tuple[object, ...]]:
    asked = "SELECT id, story_id, story_before, because_of, relation, jaccard, containment FROM moves"
    return {tuple(row) for row in query(s3.store(), location, asked)[1]}


# An engine compares for whom it does not look at, however few these are.
COMPARED = """
import sys
from newscrawl.run import joining_plan
from scrapy.cmdline import execute
joining_plan._FEWEST, of = 1, joining_plan.Comparing.of
def counted(self, names):
    found = of(self, names)
    print("compared", len(found), file=sys.stderr)
    return found
joining_plan.Comparing.of = counted
sys.argv = ["scrapy", "bucket", "dedupe"]
execute()
"""


@pytest.mark.skipif(not ENGINE, reason="TEST_ENGINE names none: `make scale`")
def test_an_engine_moves_what_one_machine_does(s3: EmbeddedS3, tmp_path: Path) -> None:
    articles = news(31, 12)
    # So many carry one text that not all are found by it: they are looked at here.
    told = " ".join(story(5))
    articles += [article(n, told, url=f"https://paper-{n}.example/") for n in range(100, 104 + FREQUENT_KEY)]
    here = new_location(s3)
    crawled(s3, here, tmp_path, [articles[n::3] for n in range(3)])
    there = copied(s3, here)
    done = scrapy("bucket", "dedupe", **variables(s3, here, tmp_path / "here") | {"NEWSCRAWL_ENGINE": ""})
    assert done.returncode == 0, done.stderr
    by_engine = subprocess.run(
        [sys.executable, "-c", COMPARED],
        cwd=ROOT,
        env=environment(**variables(s3, there, tmp_path / "there")),
        timeout=240,
        capture_output=True,
        text=True,
    )
    assert by_engine.stdout == done.stdout, by_engine.stderr
    assert "articles that meet another story's" in by_engine.stderr
    assert int(by_engine.stderr.split("compared ")[1].split()[0]) > FREQUENT_KEY
    assert moves(s3, there) == moves(s3, here) != set()


# A process that ends itself, with SIGKILL, before it stores its object number `at` of the moves and their record.
KILLED = """
import os, signal, sys
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.run import joining, joining_plan
at, done, put = int(sys.argv[1]), [], ObjectStore.put
# So that there are several batches.
joining._ARTICLES = joining._OF_AN_ENGINE = joining_plan._OF_A_TASK = joining_plan._OF_A_ROUND = 5
def counted(self, key, *arguments, **more):
    done.append("moves/dt=" in key or "/000" in key)
    if sum(done) == at and done[-1]:
        os.kill(os.getpid(), signal.SIGKILL)
    return put(self, key, *arguments, **more)
ObjectStore.put = counted
sys.argv = ["scrapy", "bucket", "dedupe"]
from scrapy.cmdline import execute
execute()
"""


@pytest.mark.parametrize("at", [1, 2, 3] if "SEEDS" in os.environ else [2])
def test_a_killed_call_is_gone_on_with(s3: EmbeddedS3, tmp_path: Path, at: int) -> None:
    articles = news(21)
    shards = [articles[n::3] for n in range(3)]
    whole, torn = new_location(s3), new_location(s3)
    for location in (whole, torn):
        crawled(s3, location, tmp_path / location.prefix, shards)
    dedupe(s3, whole, tmp_path / "whole")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(at)],
        cwd=ROOT,
        env=environment(**variables(s3, torn, tmp_path / "torn")),
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    assert partition(s3, torn) != partition(s3, whole), "it was through before the kill"
    dedupe(s3, torn, tmp_path / "torn")
    assert partition(s3, torn) == partition(s3, whole)
    assert check(s3.store(), torn, NOW).lines == []


# A call that is overtaken by another's, on another state, between its start and its turn.
OVERTAKEN = """
import os, subprocess, sys
from newscrawl.run.run import Run
from scrapy.cmdline import execute
opened, first = Run.open, os.environ | {"NEWSCRAWL_STATE_DIR": sys.argv[1]}
def overtaken(config):
    run = opened(config)
    subprocess.run([sys.executable, "-m", "scrapy", "bucket", "dedupe"], env=first, check=True, stdout=sys.stderr)
    return run
Run.open = overtaken
sys.argv = ["scrapy", "bucket", "dedupe"]
execute()
"""


def test_of_two_calls_at_once_the_second_moves_nothing_again(s3: EmbeddedS3, tmp_path: Path) -> None:
    location = new_location(s3)
    text = " ".join(story(7))
    crawled(s3, location, tmp_path, [[article(1, text)], [article(2, text, url="https://b.example/2")]])
    second = subprocess.run(
        [sys.executable, "-c", OVERTAKEN, str(tmp_path / "first")],
        cwd=ROOT,
        env=environment(**variables(s3, location, tmp_path / "second")),
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert ": 1 belong elsewhere now" in second.stderr and ": 0 belong elsewhere now" in second.stdout, second.stderr
    assert len(moves(s3, location)) == 1


def test_what_was_parted_by_hand_is_not_joined_again(s3: EmbeddedS3, tmp_path: Path) -> None:
    location = new_location(s3)
    text = " ".join(story(7))
    crawled(s3, location, tmp_path, [[article(1, text)], [article(2, text, url="https://b.example/2")]])
    dedupe(s3, location, tmp_path / "join")
    assert len(partition(s3, location)) == 1
    with archive_at(s3, location, tmp_path / "join") as archive:
        archive.recover()
        [(parted,)] = query(s3.store(), location, "SELECT id FROM moves")[1]
        archive.undo(str(parted))
    assert len(partition(s3, location)) == 2
    third = article(3, text, url="https://c.example/3", day=1)
    crawled(s3, location, tmp_path / "later", [[third]])
    dedupe(s3, location, tmp_path / "other state")
    parts = partition(s3, location)
    assert len(parts) == 2 and not any({"https://b.example/2", article(1, text).url} <= part for part in parts)
