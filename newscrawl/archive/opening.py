"""The archive over the configured bucket, opened in one way by a run and by every command."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newscrawl.archive.archive import Archive
from newscrawl.bucket.keys import Location
from newscrawl.bucket.rollup import load
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.config import Config
from newscrawl.doing import doing
from newscrawl.state.database import State, refusing_damage


@contextmanager
def state_at_hand(config: Config, store: ObjectStore, location: Location) -> Iterator[Path]:
    """A state directory to ask: the configured one, or where that has no state one that is made of the bucket, and goes
    at the end of the block."""
    if (config.state_dir / "state.db").is_file():
        yield config.state_dir
        return
    with tempfile.TemporaryDirectory(prefix="newscrawl-state-") as folder:
        archive = Archive(State(Path(folder)), store, location, window=config.dedup_window)
        try:
            archive.rebuild(load(store, location))
        finally:
            archive.state.close()
        yield Path(folder)


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
