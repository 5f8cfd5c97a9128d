"""Leases of shards: which run may ask a shard's hosts, and commit, by nothing but the bucket.

A lease is an object, `_lock/shards/<count>/<index>/<token>.json`, made with a conditional PUT: of two that ask for the
same token one is refused. It is stored again a few times in the seconds that it lasts. Who finds it older than that, by
the store's clock, may make the next one, with a higher token. Its owner goes by a clock of its own and stops after two
thirds of them, so it stops before anybody else can begin, a process that was paused included: it looks at that clock
before each request.

A clock cannot be looked at and a batch be committed in one step, so an owner that took over fences the one before: it
puts a commit record that holds nothing where that one's next would be (`fence`). Commit records are never
overwritten, so the next batch of a run that has been asleep for an hour is refused by the bucket. (Leases with fencing
tokens: Gray and Cheriton, "Leases", 1989; Kleppmann, "How to do distributed locking", 2016.)
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from newscrawl.bucket.keys import (
    LEASES_FOLDER,
    RUNS_FOLDER,
    Location,
    Table,
    commit_key,
    lease_key,
    parse_commit_key,
    parse_lease_key,
    parse_part_key,
)
from newscrawl.bucket.reader import read_record
from newscrawl.bucket.records import CommitRecord, Counts, LeaseRef
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import AlreadyExists, ObjectMissing
from newscrawl.errors import AccessDenied, ConfigError, LeaseLost, NewscrawlError

logger = logging.getLogger(__name__)

# Of its seconds, when an owner stops by its own clock; and how often it says that it lives. A third is left for what
# two clocks and whole seconds differ by, and for a request that is on its way.
_OWN_SHARE, _RENEWED_SHARE = 2 / 3, 1 / 5
# Batches that a run may commit between two looks of who fences it: a fence that is never set must end, too.
_FENCE_TRIES = 1_000


def boot_clock() -> float:
    """Seconds of a clock that also goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a run stores to say that it lives. `age`: since it was stored last, by the store's clock."""

    key: str
    age: timedelta
    body: Mapping[str, Any]

    @property
    def ended(self) -> bool:
        return bool(self.body.get("ended"))

    @property
    def lives(self) -> bool:
        return not self.ended and self.age.total_seconds() < float(self.body.get("seconds", 0))

    def __str__(self) -> str:
        body = self.body
        return (
            f"process {body.get('pid')} on {body.get('host')} (run {body.get('run_id')}, last heard of "
            f"{self.age.total_seconds():.0f} s ago)"
        )


def word(run_id: str, owner: str, seconds: float) -> dict[str, Any]:
    """The body of one: who runs where, since when, and for how many `seconds` it lives without being stored again."""
    return {
        "run_id": run_id,
        "owner": owner,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": seconds,
    }


def word_json(body: Mapping[str, Any]) -> bytes:
    """As it lies in the bucket."""
    return json.dumps(body, sort_keys=True, indent=1).encode()


def words(store: ObjectStore, aged: Sequence[tuple[str, timedelta]]) -> list[Word]:
    """Those that are still there of these keys, each with its age."""
    found = []
    for (key, age), answer in zip(aged, store.get_each(key for key, _ in aged), strict=True):
        try:
            body = json.loads(answer.result())
            float(body["seconds"]), str(body["run_id"])
        except ObjectMissing:
            continue  # somebody has cleared it away in this moment
        except (ValueError, TypeError, KeyError, RecursionError):
            logger.warning("%s is no lease of ours: it binds nobody", key)
            body = {}
        found.append(Word(key=key, age=age, body=body))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found(Word):
    """A lease that is there."""

    index: int
    count: int
    token: int

    @property
    def shard(self) -> str:
        return f"{self.index}/{self.count}"


class Lease:
    """A shard that this run has; it is kept by a thread until `close`. Made by `acquire`."""

    def __init__(self, store: ObjectStore, key: str, ref: LeaseRef, seconds: float, body: dict[str, Any]) -> None:
        self.ref = ref
        self._store, self._key, self._seconds, self._body = store, key, seconds, body
        self._deadline = 0.0
        self._closing = threading.Event()
        self._on_lost: Callable[[NewscrawlError], object] = lambda error: None
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    @classmethod
    def acquire(
        cls, store: ObjectStore, location: Location, index: int, count: int, *, run_id: str, owner: str, seconds: float
    ) -> Lease:
        """Take a shard, fence whoever had it, and keep it.

        `owner` names what cannot run twice at once (a locked state directory of this machine): its own lease of before
        is taken over without a wait. `seconds`: how long the lease lasts without a word of its owner. Raises
        `LeaseLost` where another run has it, or has shards of another count, and `ConfigError` where the store has no
        conditional PUT.
        """
        if not store.conditional_put:
            raise ConfigError(
                f"{location}: the store ignores If-None-Match, so two processes could have one shard: "
                "crawl without -a shard, from one process"
            )
        found = _leases(store, location)
        _refuse(found, index, count, owner)
        token = 1 + max((lease.token for lease in found if (lease.index, lease.count) == (index, count)), default=0)
        ref = LeaseRef(shard=f"{index}/{count}", token=token)
        body = word(run_id, owner, seconds)
        lease = cls(store, location.key(lease_key(index, count, token)), ref, seconds, body)
        began = boot_clock()
        try:
            store.put(lease._key, word_json(lease._body), only_if_absent=True, content_type="application/json")
        except AlreadyExists:
            raise LeaseLost(f"shard {ref.shard} was taken by another run in this moment: start again later") from None
        lease._deadline = began + seconds * _OWN_SHARE
        lease._thread.start()
        try:
            # Whoever began with another count in the same moment sees ours, or we see theirs, or both.
            now = _leases(store, location)
            _refuse([other for other in now if other.count != count], index, count, owner)
            # Those of other shards are their next owners' to fence.
            over = [o for o in now if o.key != lease._key and (o.count != count or o.index == index)]
            _fence(store, location, over, ref)
        except BaseException:
            lease.close()
            raise
        logger.info("shard %s is ours, with token %d", ref.shard, token)
        return lease

    @property
    def valid(self) -> bool:
        """Whether nobody else can have the shard."""
        return boot_clock() < self._deadline

    def lost(self) -> LeaseLost:
        """What a run ends with whose lease has run out."""
        return LeaseLost(
            f"shard {self.ref.shard} is no more ours: the bucket was not told for "
            f"{self._seconds * _OWN_SHARE:.0f} s that this run lives (it was paused, the store is away, or other hands "
            "deleted its lease and another run has one): start again"
        )

    def on_lost(self, call: Callable[[NewscrawlError], object]) -> None:
        """Have `call` told, in a thread of the lease, when it has run out."""
        self._on_lost = call

    def close(self) -> None:
        """Give the shard back, for the next one need not wait. Idempotent; where the store is away it runs out."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        try:
            if not self.valid or not self._is_ours():
                return
            self._body["ended"] = datetime.now(UTC).isoformat(timespec="seconds")
            self._store.put(self._key, word_json(self._body), content_type="application/json")
        except NewscrawlError as e:
            logger.warning("the lease of shard %s stays until it runs out: %s", self.ref.shard, e)

    def _is_ours(self) -> bool:
        """Whether nobody has made a lease in the place of this one, which other hands had deleted."""
        try:
            return bool(json.loads(self._store.get(self._key))["run_id"] == self._body["run_id"])
        except (ObjectMissing, ValueError, TypeError, KeyError, RecursionError):
            return True  # it is stored anew

    def _keep(self) -> None:
        while not self._closing.wait(self._seconds * _RENEWED_SHARE):
            began, until = boot_clock(), self._deadline
            try:
                if not self._is_ours():
                    self._deadline = until = began
                # Who woke up too late stores nothing: that would bind the shard, and nobody has it.
                if self.valid:
                    self._store.put(self._key, word_json(self._body), content_type="application/json")
                    until = began + self._seconds * _OWN_SHARE
            except NewscrawlError as e:
                logger.warning("the lease of shard %s was not renewed: %s", self.ref.shard, e)
            # An answer that comes too late renews nothing: somebody else may have begun meanwhile.
            if not self.valid:
                self._on_lost(self.lost())
                return
            self._deadline = until


def _leases(store: ObjectStore, location: Location) -> list[_Found]:
    """All leases, whatever the count of shards, by token."""
    parsed = {
        key: (age, *named)
        for key, age in store.list_aged(location.key(LEASES_FOLDER))
        if (named := parse_lease_key(location.relative(key)))
    }
    found = []
    for one in words(store, [(key, age) for key, (age, *_) in parsed.items()]):
        _, index, count, token = parsed[one.key]
        found.append(_Found(key=one.key, age=one.age, body=one.body, index=index, count=count, token=token))
    return sorted(found, key=lambda lease: lease.token)


def _refuse(found: list[_Found], index: int, count: int, owner: str) -> None:
    for lease in found:
        if not lease.lives or lease.body.get("owner") == owner:
            continue
        if lease.count != count:
            raise LeaseLost(
                f"shard {lease.shard} of another count is held by {lease}: end all shards before their number changes"
            )
        if lease.index == index:
            raise LeaseLost(
                f"shard {lease.shard} is held by {lease}: wait for it to end; where it is dead, start again "
                f"{float(lease.body['seconds']):.0f} s after it was heard of last"
            )


def refuse_beside_shards(store: ObjectStore, location: Location, owner: str) -> None:
    """Raise `LeaseLost` where a shard is crawled: a run that has all hosts would be their second owner."""
    for lease in _leases(store, location):
        if lease.lives and lease.body.get("owner") != owner:
            raise LeaseLost(
                f"shard {lease.shard} is held by {lease}, and a crawl without -a shard asks its hosts, too: "
                "end all shards before, or crawl with -a shard"
            )


def _fence(store: ObjectStore, location: Location, over: list[_Found], by: LeaseRef) -> None:
    """Fence the runs of leases that are over, and clear these away."""
    for lease in over:
        run_id = lease.body.get("run_id")
        if not lease.ended and run_id:
            seq = fence(store, location, run_id, by)
            last = datetime.now(UTC) - lease.age
            _remove_parts(store, location, run_id, seq, last.date() - timedelta(days=1))
            logger.warning("shard %s: %s is fenced from batch %d on", lease.shard, lease, seq)
        try:
            store.delete(lease.key)
        except AccessDenied as e:
            logger.warning("%s; it does no harm there", e)


def fence(store: ObjectStore, location: Location, run_id: str, by: LeaseRef) -> int:
    """See that a run can commit no more; returns the number of the batch from which on it cannot.

    A run numbers its batches one after the other and never overwrites a commit record, so a record in the place of its
    next one refuses that and all behind it.
    """
    listed = store.list(location.key(f"{RUNS_FOLDER}{run_id}/"))
    taken = [named[1] for key, _ in listed if (named := parse_commit_key(location.relative(key)))]
    seq = max(taken, default=1)
    for _ in range(_FENCE_TRIES):
        record = CommitRecord(
            run_id=run_id, seq=seq, counts=Counts(), objects=(), fetched_from=None, fetched_to=None, fenced_by=by
        )
        key = location.key(commit_key(run_id, seq))
        try:
            store.put(key, record.to_json(), only_if_absent=True, content_type="application/json")
            return seq
        except AlreadyExists:
            if is_fence(store, location, run_id, seq):
                return seq
            seq += 1  # a batch of its own
    raise LeaseLost(f"run {run_id} commits faster than it can be fenced: end that process")


def is_fence(store: ObjectStore, location: Location, run_id: str, seq: int) -> bool:
    """Whether the commit record of this number is a fence. Raises `ObjectMissing` where there is none."""
    body = store.get(location.key(commit_key(run_id, seq)))
    return read_record(location, (run_id, seq), body).fenced_by is not None


def _remove_parts(store: ObjectStore, location: Location, run_id: str, seq: int, since: date) -> None:
    """Delete the parts of batches that a fenced run has begun and cannot commit, pages of days since then."""
    try:
        for key in list(_parts_from(store, location, run_id, seq, since)):
            store.delete(key)
    except AccessDenied as e:
        logger.warning("%s; until somebody does, readers that take a folder as it is see these rows too", e)


def _parts_from(store: ObjectStore, location: Location, run_id: str, seq: int, since: date) -> Iterator[str]:
    # Days are of the clock of who wrote them, which may be ahead of ours.
    day, last = since, datetime.now(UTC).date() + timedelta(days=1)
    while day <= last:
        for table in Table:
            for key, _ in store.list(location.key(f"{table.value}/dt={day.isoformat()}/{run_id}-")):
                if parse_part_key(location.relative(key)) >= (run_id, seq):
                    yield key
        day += timedelta(days=1)
