"""One owner a shard: leases, and the fence that holds where a clock does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from queue import Queue

import pytest

from newscrawl.bucket import reader
from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.check import check
from newscrawl.bucket.keys import LEASES_FOLDER, Location, Table, lease_key, new_run_id
from newscrawl.bucket.leases import Lease, fence, is_fence, refuse_beside_shards
from newscrawl.bucket.records import CommitRecord, LeaseRef
from newscrawl.bucket.rolling import roll_up
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import AlreadyExists
from newscrawl.errors import ConfigError, LeaseLost, NewscrawlError
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.compact import compact
from newscrawl.tables.stories_table import open_stories
from tests.bucket.samples import HEADER, article

# The shortest that a setting may say; nothing here waits for its end.
SECONDS = 6.0


def run_id() -> str:
    return new_run_id(datetime.now(UTC))


def take(store: ObjectStore, location: Location, index: int, count: int, owner: str, run: str = "") -> Lease:
    return Lease.acquire(store, location, index, count, run_id=run or run_id(), owner=owner, seconds=SECONDS)


def test_a_shard_has_one_owner_and_tokens_rise(store: ObjectStore, location: Location) -> None:
    first = take(store, location, 3, 16, "a")
    with pytest.raises(LeaseLost, match=r"shard 3/16 is held by process \d+ on .* wait for it to end"):
        take(store, location, 3, 16, "b")
    other = take(store, location, 4, 16, "b")
    first.close()
    second = take(store, location, 3, 16, "b")
    assert (first.ref, second.ref) == (LeaseRef(shard="3/16", token=1), LeaseRef(shard="3/16", token=2))
    assert first.valid and second.valid and other.ref.token == 1
    second.close()
    other.close()
    assert len(list(store.list(location.key(LEASES_FOLDER)))) == 2, "what is done with is cleared away"


def test_of_many_that_come_at_once_one_has_the_shard(store: ObjectStore, location: Location) -> None:
    assert store.conditional_put

    def try_it(number: int) -> Lease | LeaseLost:
        try:
            return take(store, location, 0, 2, f"owner {number}")
        except LeaseLost as lost:
            return lost

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(try_it, range(12)))
    leases = [lease for lease in found if isinstance(lease, Lease)]
    assert len(leases) == 1
    leases[0].close()


def test_shards_of_another_count_do_not_run_beside_these(store: ObjectStore, location: Location) -> None:
    lease = take(store, location, 0, 8, "a")
    with pytest.raises(LeaseLost, match=r"shard 0/8 of another count .* before their number changes"):
        take(store, location, 3, 16, "b")
    lease.close()
    take(store, location, 3, 16, "b").close()


def test_a_locked_state_directory_takes_its_own_shard_back_at_once(store: ObjectStore, location: Location) -> None:
    before = take(store, location, 1, 4, "this very lock", run := run_id())
    writer = BatchWriter(store, location, run, HEADER, lease=before.ref)
    writer.write(writer.batch([article(1)]))
    again = take(store, location, 1, 4, "this very lock")
    assert again.ref.token == 2
    with pytest.raises(AlreadyExists):
        writer.write(writer.batch([article(2)]))
    before.close()
    again.close()


def test_a_fenced_run_commits_nothing_more(store: ObjectStore, location: Location) -> None:
    slow = BatchWriter(store, location, run := run_id(), HEADER, lease=LeaseRef(shard="0/2", token=1))
    slow.write(slow.batch([article(1)]))
    by = LeaseRef(shard="0/2", token=2)
    assert fence(store, location, run, by) == 2
    assert fence(store, location, run, by) == 2, "once is enough"
    assert is_fence(store, location, run, 2) and not is_fence(store, location, run, 1)
    with pytest.raises(AlreadyExists):
        slow.write(slow.batch([article(2)]))
    assert reader.read_table(store, location, Table.ARTICLES).column("id").to_pylist() == [article(1).id]
    first, second = reader.commit_records(store, location)
    assert (first.lease, first.fenced_by) == (LeaseRef(shard="0/2", token=1), None)
    assert (second.lease, second.fenced_by, second.objects, second.counts.pages) == (None, by, (), 0)
    assert CommitRecord.from_json(second.to_json(), "it") == second
    assert check(store, location, datetime.now(UTC)).lines == []
    assert roll_up(store, location) == 2
    totals = reader.archive_totals(store, location)
    assert (totals.batches, totals.rows[Table.ARTICLES]) == (2, 1)
    compact(store, location)
    table = open_stories(store, location)
    assert table is not None and table.to_pyarrow_table().num_rows == 1


def test_a_run_that_had_not_committed_yet_is_fenced_too(store: ObjectStore, location: Location) -> None:
    slow = BatchWriter(store, location, run := run_id(), HEADER)
    assert fence(store, location, run, LeaseRef(shard="0/2", token=2)) == 1
    with pytest.raises(AlreadyExists):
        slow.write(slow.batch([article(1)]))


@pytest.mark.parametrize("ahead", [0, 24, -24])  # hours that its clock is
def test_the_parts_of_a_fenced_batch_are_removed_by_who_fences(
    store: ObjectStore, location: Location, ahead: int
) -> None:
    before = take(store, location, 0, 1, "a", run := run_id())
    writer = BatchWriter(store, location, run, HEADER, lease=before.ref)
    now = datetime.now(UTC) + timedelta(hours=ahead)
    kept = writer.write(writer.batch([article(1, fetched_at=now)]))
    torn = writer.write(writer.batch([article(2, fetched_at=now)]))
    store.delete(location.key(f"runs/{run}/000002.json"))  # as if it had been killed before its commit record
    assert all(store.head(location.key(part.key)) for part in torn.objects)
    after = take(store, location, 0, 1, "a")
    assert [part.key for part in torn.objects if store.head(location.key(part.key))] == []
    assert all(store.head(location.key(part.key)) for part in kept.objects)
    before.close()
    after.close()


def test_what_is_no_lease_binds_nobody(store: ObjectStore, location: Location) -> None:
    bodies = (b"torn", b"[]", b'{"run_id": "x"}', b'{"seconds": "soon", "run_id": "x"}', b"[" * 100_000)
    for token, body in enumerate(bodies, 1):
        store.put(location.key(lease_key(0, 2, token)), body)
    lease = take(store, location, 0, 2, "a")
    assert lease.ref.token == 6
    lease.close()


def told(lease: Lease) -> LeaseLost:
    """What a lease says when it is lost."""
    said: Queue[NewscrawlError] = Queue()
    lease.on_lost(said.put)
    found = said.get(timeout=30)
    assert isinstance(found, LeaseLost)
    return found


def test_who_wakes_up_too_late_stores_no_lease_that_binds_the_shard(store: ObjectStore, location: Location) -> None:
    paused = take(store, location, 0, 2, "a")
    paused._deadline = 0  # as if it had been paused until now
    store.delete(paused._key)  # by the next owner, who is through
    assert "was paused" in str(told(paused))
    paused.close()
    assert list(store.list(location.key(LEASES_FOLDER))) == []


def test_a_lease_deleted_by_hand_whose_shard_another_took_is_lost(store: ObjectStore, location: Location) -> None:
    first = take(store, location, 0, 2, "a")
    store.delete(first._key)
    second = take(store, location, 0, 2, "b")
    assert "another run has one" in str(told(first)) and not first.valid
    first.close()
    with pytest.raises(LeaseLost, match="is held by"):
        take(store, location, 0, 2, "c")
    second.close()


def test_a_crawl_of_all_hosts_is_refused_while_a_shard_lives(store: ObjectStore, location: Location) -> None:
    refuse_beside_shards(store, location, "b")
    lease = take(store, location, 3, 16, "a")
    with pytest.raises(LeaseLost, match=r"shard 3/16 is held by process \d+ on .* end all shards before"):
        refuse_beside_shards(store, location, "b")
    refuse_beside_shards(store, location, "a")  # on its own state directory it is dead
    lease.close()
    refuse_beside_shards(store, location, "b")


class Careless(ObjectStore):
    """A store that does not honour If-None-Match."""

    @property
    def conditional_put(self) -> bool:
        return False


def test_a_store_without_conditional_put_has_no_shards(s3: EmbeddedS3, location: Location) -> None:
    store = Careless(s3.bucket, s3.credentials)
    with pytest.raises(ConfigError, match=r"ignores If-None-Match.*without -a shard"):
        take(store, location, 0, 2, "a")
