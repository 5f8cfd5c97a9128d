"""A crawl that has all hosts says in the bucket that it runs, so that no shard of them begins beside it.

It is no lease (`leases.py`): it binds nothing but shards, and two such crawls are kept apart by their state directory
and site lists. So it fences nobody, and who cannot say it crawls all the same. Whoever comes second is refused: either
stores its own word first and then looks for the other's, so of two that begin at once at least one sees the other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from newscrawl.bucket.keys import CRAWLS_FOLDER, Location, crawl_key
from newscrawl.bucket.leases import boot_clock, refuse_beside_shards, word, word_json, words
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.errors import AccessDenied, LeaseLost, NewscrawlError

logger = logging.getLogger(__name__)

# Of its seconds, when it is stored again: one may fail, and a pause between two be as long.
_RENEWED_SHARE = 1 / 3
# No word lasts longer (`NEWSCRAWL_LEASE_SECONDS`): older ones are not read.
_LONGEST = timedelta(hours=1)


class Presence:
    """The word of one crawl, kept by a thread until `close`. Made by `declare`."""

    def __init__(self, store: ObjectStore, location: Location, key: str, owner: str, body: dict[str, object]) -> None:
        self._store, self._location, self._key, self._owner, self._body = store, location, key, owner, body
        self._seconds = float(str(body["seconds"]))
        self._said = 0.0
        self._closing = threading.Event()
        self._on_lost: Callable[[NewscrawlError], object] = lambda error: None
        self._thread = threading.Thread(target=self._keep, name="presence", daemon=True)

    @classmethod
    def declare(cls, store: ObjectStore, location: Location, *, run_id: str, owner: str, seconds: float) -> Presence:
        """Say that this run has all hosts, for `seconds` at a time.

        `owner`: of the locked state directory, see `Lease.acquire`. Raises `LeaseLost` where a shard lives.
        """
        presence = cls(store, location, location.key(crawl_key(run_id)), owner, word(run_id, owner, seconds))
        try:
            presence._say()
        except AccessDenied as e:
            logger.warning("%s; a shard of these hosts that begins meanwhile will not know of this crawl", e)
        presence._thread.start()
        try:
            refuse_beside_shards(store, location, owner)
            _young(store, location)  # killed crawls leave theirs, and shards may never come
        except BaseException:
            presence.close()
            raise
        return presence

    def on_lost(self, call: Callable[[NewscrawlError], object]) -> None:
        """Have `call` told, in a thread of this, where a shard began while this run could not be heard of."""
        self._on_lost = call

    def close(self) -> None:
        """Say that the run is over. Idempotent; where the store is away the word runs out."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        if self._is_unheard():
            return
        try:
            self._store.delete(self._key)
        except AccessDenied:
            self._body["ended"] = True  # who may not delete may store
            self._try_to_say()
        except NewscrawlError as e:
            logger.warning("%s stays until it runs out: %s", self._key, e)

    def _keep(self) -> None:
        while not self._closing.wait(self._seconds * _RENEWED_SHARE):
            unheard = self._is_unheard()
            if self._try_to_say() and unheard:
                try:
                    refuse_beside_shards(self._store, self._location, self._owner)
                except LeaseLost as e:
                    self._on_lost(e)
                    return
                except NewscrawlError as e:
                    logger.warning("not known whether a shard began meanwhile: %s", e)

    def _is_unheard(self) -> bool:
        """Whether the word has run out: the run was paused, or the store is away."""
        return boot_clock() - self._said > self._seconds

    def _say(self) -> None:
        began = boot_clock()
        self._store.put(self._key, word_json(self._body), content_type="application/json")
        self._said = began

    def _try_to_say(self) -> bool:
        try:
            self._say()
        except NewscrawlError as e:
            logger.warning("the bucket was not told that this crawl lives: %s", e)
            return False
        return True


def refuse_beside_crawls(store: ObjectStore, location: Location, owner: str) -> None:
    """Raise `LeaseLost` where a crawl without shards lives: it asks the hosts of each."""
    for crawl in words(store, _young(store, location)):
        if crawl.lives and crawl.body.get("owner") != owner:
            raise LeaseLost(
                f"a crawl without -a shard has all hosts, {crawl}: wait for it to end; where it is dead, start again "
                f"{float(crawl.body['seconds']):.0f} s after it was heard of last"
            )


def _young(store: ObjectStore, location: Location) -> list[tuple[str, timedelta]]:
    """The words that may bind, by key, with their age; older ones, of crawls that were killed, are cleared away."""
    young = []
    for key, age in store.list_aged(location.key(CRAWLS_FOLDER)):
        if age < _LONGEST:
            young.append((key, age))
            continue
        with suppress(AccessDenied):  # it does no harm there
            store.delete(key)
    return young
