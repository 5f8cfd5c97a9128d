"""The configured bucket and the archive over it, opened in one way by a run and by every command."""

from __future__ import annotations

from pathlib import Path

from newscrawl.archive.archive import Archive
from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.config import Config
from newscrawl.doing import doing
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.state.database import State, refusing_damage


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


def open_archive(config: Config, store: ObjectStore, location: Location) -> Archive:
    """The archive of the configured state directory. Raises `StateMismatch`."""
    doing("opening the state")
    state = State(config.state_dir)
    try:
        with refusing_damage(state.path):
            return Archive(
                state, store, location, config.rechecks, learns=config.learns_rechecks, window=config.dedup_window
            )
    except BaseException:
        state.close()
        raise
