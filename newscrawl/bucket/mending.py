"""A lock object, held by whoever removes from the bucket what no commit record names: one at a time. Another one for
those who read the raw archive again."""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from newscrawl.bucket.keys import MENDING_KEY, Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import AlreadyExists, ObjectMissing
from newscrawl.errors import AccessDenied, StateLocked

logger = logging.getLogger(__name__)

# Reading a whole archive takes hours; a lock older than a day was left by a process that died.
_STALE = timedelta(days=1)


@contextmanager
def mending(store: ObjectStore, location: Location, now: datetime, lock: str = MENDING_KEY) -> Iterator[None]:
    """Hold the lock object. Raises `StateLocked` naming its holder, and the mend where that is dead."""
    key = location.key(lock)
    body = json.dumps({"host": socket.gethostname(), "pid": os.getpid(), "since": now.isoformat(timespec="seconds")})
    try:
        store.put(key, body.encode(), only_if_absent=True, content_type="application/json")
    except AlreadyExists:
        holder, since, dead = _holder(store, key)
        if not dead and (since is None or now - since < _STALE):
            raise StateLocked(
                f"s3://{location.bucket}/{key} is held by {holder}: wait for it to end, or delete that object "
                "where it is dead"
            ) from None
        logger.warning("the lock that %s left is taken over", holder)
        store.put(key, body.encode(), content_type="application/json")
    try:
        yield
    finally:
        try:
            store.delete(key)
        except AccessDenied as e:
            logger.warning("%s stays behind: %s", key, e)


def _holder(store: ObjectStore, key: str) -> tuple[str, datetime | None, bool]:
    """Who holds it, since when, and whether that is a process of this machine that is no more."""
    try:
        record = json.loads(store.get(key))
        since = datetime.fromisoformat(record["since"])
        pid, host = int(record["pid"]), record["host"]
    except (ValueError, KeyError, TypeError, RecursionError, ObjectMissing):
        return "somebody unknown", None, False
    return f"process {pid} on {host}, since {record['since']}", since, host == socket.gethostname() and not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True
