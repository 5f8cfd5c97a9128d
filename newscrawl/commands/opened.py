"""What an action of `scrapy bucket` works on: the state directory's lock, and the configured bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newscrawl import interrupts
from newscrawl.config import Config

if TYPE_CHECKING:
    from newscrawl.bucket.keys import Location
    from newscrawl.bucket.s3 import ObjectStore


@contextmanager
def locked(config: Config) -> Iterator[None]:
    """The state directory's lock, for what no run may go on beside."""
    from newscrawl.state.lock import RunLock

    lock = RunLock(config.state_dir).acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def opened(config: Config, *, write: bool = True) -> Iterator[tuple[ObjectStore, Location]]:
    """The configured bucket; from here on Ctrl-C is heeded."""
    # Here, for each command imports this module.
    from newscrawl.server.configured import bucket_of

    with bucket_of(config, write=write) as found:
        interrupts.heed()
        yield found
