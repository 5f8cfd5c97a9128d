"""The configured bucket: a store's, or the embedded server's, opened in one way by a run and by every command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.config import Config
from newscrawl.doing import doing, show
from newscrawl.server.embedded import EmbeddedS3


def open_bucket(
    url: str | None, state_dir: Path, *, write: bool = True
) -> tuple[ObjectStore, Location, EmbeddedS3 | None]:
    """The bucket of `s3://bucket/prefix`, proven to answer; None: the embedded server's, started if need be.

    `write`: prove that it can be written, too. Stop the returned server when done (it does nothing for a
    server that another process started). Raises what `ObjectStore.check` and `EmbeddedS3.start` raise.
    """
    if url is None:
        doing("starting the S3 server")
        server = EmbeddedS3.attach_or_start(state_dir)
        return server.store(), server.location, server
    doing("reaching the bucket")
    location = Location.parse(url)
    store = ObjectStore(location.bucket, prefix=location.prefix)
    store.check(write=write)
    return store, location, None


@contextmanager
def bucket_of(config: Config, *, write: bool = True) -> Iterator[tuple[ObjectStore, Location]]:
    """The configured bucket, for a command; the embedded server ends with it if it was started here."""
    store, location, server = open_bucket(config.bucket, config.state_dir, write=write)
    try:
        yield store, location
    finally:
        if server:
            # Not over what reads the answer from a pipe, a pager as a rule.
            (show if sys.stdout.isatty() else doing)("stopping the S3 server")
            server.stop()
