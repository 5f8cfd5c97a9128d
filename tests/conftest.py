"""Fixtures that several suites share."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.server.embedded import EmbeddedS3
from tests.support import Archive


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "faults: long fault tests, run by `make faults` only (-m faults)")
    # A shell that starts this in the background has it ignored, and what is interrupted here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared)
    if "faults" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(pytest.mark.skip(reason="a long fault test: make faults"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measuring data, which we may not publish."""
    if not (named := os.environ.get("NEWSCRAWL_SHARED")):
        pytest.skip("NEWSCRAWL_SHARED names no measuring data")
    folder = Path(named)
    assert folder.is_dir(), f"NEWSCRAWL_SHARED names no folder: {folder.absolute()}"
    return folder


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedS3]:
    """A real S3 server for the whole session; tests keep apart by prefix."""
    state_dir: Path = tmp_path_factory.mktemp("s3-state")
    with EmbeddedS3(state_dir) as server:
        yield server


@pytest.fixture
def archive(s3: EmbeddedS3) -> Archive:
    """A place of its own on the session's server, for crawls that need not start and stop one of their own: that
    takes them, and who reads what they left, five seconds."""
    return Archive(s3, uuid.uuid4().hex)


# Optional: `make scale` runs these tests in an environment that has no xdist.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two processes a core: with half as many again, tests that crawl left 40 % of two cores waiting for servers."""
    return (os.cpu_count() or 1) * 2
