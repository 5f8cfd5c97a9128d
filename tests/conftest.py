"""Fixtures that several suites share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.bucket.embedded import EmbeddedS3


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedS3]:
    """A real S3 server for the whole session; tests keep apart by prefix."""
    state_dir: Path = tmp_path_factory.mktemp("s3-state")
    with EmbeddedS3(state_dir) as server:
        yield server
