"""A crawl of all hosts and shards of them keep each other out, whoever comes first."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from queue import Queue

import pytest

from newscrawl.bucket import presence
from newscrawl.bucket.keys import CRAWLS_FOLDER, Location, crawl_key, new_run_id
from newscrawl.bucket.leases import Lease, word, word_json
from newscrawl.bucket.presence import Presence, refuse_beside_crawls
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.errors import AccessDenied, LeaseLost, NewscrawlError
from newscrawl.server.embedded import EmbeddedS3

SECONDS = 6.0


def run_id() -> str:
    return new_run_id(datetime.now(UTC))


def declare(store: ObjectStore, location: Location, owner: str, run: str = "") -> Presence:
    return Presence.declare(store, location, run_id=run or run_id(), owner=owner, seconds=SECONDS)


def take(store: ObjectStore, location: Location, owner: str) -> Lease:
    """As a run takes its shard."""
    lease = Lease.acquire(store, location, 3, 16, run_id=run_id(), owner=owner, seconds=SECONDS)
    try:
        refuse_beside_crawls(store, location, owner)
    except LeaseLost:
        lease.close()
        raise
    return lease


def told(store: ObjectStore, location: Location) -> list[str]:
    return [location.relative(key) for key, _ in store.list(location.key(CRAWLS_FOLDER))]


def test_no_shard_begins_while_a_crawl_has_all_hosts(store: ObjectStore, location: Location) -> None:
    crawl = declare(store, location, "a")
    with pytest.raises(LeaseLost, match=r"without -a shard has all hosts, process \d+ on .* wait for it to end"):
        take(store, location, "b")
    other = declare(store, location, "c")  # of another site list, say: that is not ours to judge
    crawl.close()
    with pytest.raises(LeaseLost):
        take(store, location, "b")
    take(store, location, "c").close()  # its own state directory: that crawl is dead
    other.close()
    assert told(store, location) == []
    take(store, location, "b").close()


def test_a_crawl_of_all_hosts_is_refused_while_a_shard_lives(store: ObjectStore, location: Location) -> None:
    lease = take(store, location, "a")
    with pytest.raises(LeaseLost, match=r"shard 3/16 is held by process \d+ on .* end all shards before"):
        declare(store, location, "b")
    assert told(store, location) == [], "who is refused says nothing more"
    declare(store, location, "a").close()
    lease.close()
    declare(store, location, "b").close()


def test_of_two_that_begin_at_once_one_sees_the_other(store: ObjectStore, location: Location) -> None:
    def try_it(number: int) -> Lease | Presence | None:
        try:
            return (take if number % 2 else declare)(store, location, f"owner {number}")
        except LeaseLost:
            return None

    with ThreadPoolExecutor(6) as pool:
        began = [one for one in pool.map(try_it, range(6)) if one]
    assert len({type(one) for one in began}) <= 1
    for one in began:
        one.close()


def test_a_crawl_that_was_killed_binds_nobody_for_long(
    store: ObjectStore, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_id()
    key = location.key(crawl_key(run))
    store.put(key, word_json(word(run, "a", 0)), content_type="application/json")  # its seconds are over
    store.put(location.key(f"{CRAWLS_FOLDER}note.json"), b"by other hands", content_type="application/json")
    take(store, location, "b").close()
    # The store alone says how old an object is; an hour cannot be waited for.
    monkeypatch.setattr(presence, "_LONGEST", timedelta(0))
    declare(store, location, "b").close()
    assert told(store, location) == [], "somebody clears it away, shards or none"


def test_a_crawl_that_was_asleep_ends_where_a_shard_began_meanwhile(store: ObjectStore, location: Location) -> None:
    lost: Queue[NewscrawlError] = Queue()
    crawl = declare(store, location, "a", run := run_id())
    crawl.on_lost(lost.put)
    store.delete(location.key(crawl_key(run)))  # as if its seconds were over
    lease = take(store, location, "b")
    crawl._said -= 2 * SECONDS  # by its own clock, too
    assert "shard 3/16 is held by" in str(lost.get(timeout=60))
    crawl.close()
    lease.close()


def test_a_word_is_kept_while_the_crawl_lives(store: ObjectStore, location: Location) -> None:
    crawl = declare(store, location, "a", run := run_id())
    store.delete(key := location.key(crawl_key(run)))
    deadline = time.monotonic() + 60
    while not told(store, location):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert json.loads(store.get(key))["run_id"] == run
    crawl.close()
    crawl.close()


class NoDeletes(ObjectStore):
    """For keys that may store and not delete, as a careful set-up gives them."""

    def delete(self, key: str) -> None:
        raise AccessDenied(f"{key} may not be deleted")


def test_keys_that_may_not_delete_bind_nobody_when_they_are_done(s3: EmbeddedS3, location: Location) -> None:
    store = NoDeletes(s3.bucket, s3.credentials)
    declare(store, location, "a").close()
    assert len(told(store, location)) == 1
    take(store, location, "b").close()
    declare(store, location, "b").close()
