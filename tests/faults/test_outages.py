"""The store goes away, disk or memory is full: the crawl waits or ends with its own code, and loses nothing."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from newscrawl.server.embedded import EmbeddedS3
from tests.crawl.interrupted import complete, finish, start
from tests.support import Archive, demo_web, scrapy

pytestmark = pytest.mark.timeout(900)

# The short form is part of `make test`, the long one of `make faults`.
LONG = float(os.environ.get("FAULT_OUTAGE_SECONDS", "60"))


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("web")
    sites, articles = ("6", "30") if "faults" in request.config.option.markexpr else ("4", "12")
    with demo_web(folder, "--sites", sites, "--articles", articles):
        yield folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedS3]:
    """A server that is not the crawl's own child: it can go away under it."""
    server = EmbeddedS3(tmp_path / "s3").start()
    yield server
    server.stop()


def wait_for_a_batch(archive: Archive, crawl: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not archive.records():
        assert crawl.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("seconds", [2, pytest.param(LONG, marks=pytest.mark.faults)])
def test_an_outage_of_the_store_in_the_middle_costs_no_row(
    web: Path, server: EmbeddedS3, tmp_path: Path, seconds: float
) -> None:
    endpoint = server.endpoint
    crawl = start(web, tmp_path / "state", **Archive(server).variables)
    wait_for_a_batch(Archive(server), crawl)
    server.stop()
    time.sleep(seconds)
    assert crawl.poll() is None, "the outage came in the middle"
    server.start()
    assert server.endpoint == endpoint
    _, said = crawl.communicate(timeout=300)
    assert crawl.returncode == 0, said
    complete(web, Archive(server))


@pytest.mark.faults
def test_an_outage_beyond_the_setting_ends_with_code_6_and_the_next_run_completes(
    web: Path, server: EmbeddedS3, tmp_path: Path
) -> None:
    settings = Archive(server).variables
    crawl = start(web, tmp_path / "state", **settings, NEWSCRAWL_OUTAGE_SECONDS="2")
    wait_for_a_batch(Archive(server), crawl)
    server.stop()
    _, said = crawl.communicate(timeout=120)
    assert crawl.returncode == 6, said
    server.start()
    finish(web, tmp_path / "state", **settings)
    complete(web, Archive(server))


def test_a_full_disk_ends_with_code_13_and_the_next_run_completes(web: Path, archive: Archive, tmp_path: Path) -> None:
    with disk(tmp_path / "small", 8 * 1024) as state:
        crawl = start(web, state, **archive.variables)
        wait_for_a_batch(archive, crawl)
        filler = state / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError as error:
                assert "space" in str(error)
        _, said = crawl.communicate(timeout=120)
        assert crawl.returncode == 13, said
        filler.unlink()
        finish(web, state, **archive.variables)
        complete(web, archive)


# KB in all, of what a small crawl takes a thousand: each write in turn is the one for which there is no room. The test
# above is the short form.
@pytest.mark.faults
@pytest.mark.parametrize("kb", [4, 16, 40, 64, 100, 160, 200, 260, 320, 400, 550, 800])
def test_a_disk_that_is_full_from_the_start_ends_with_code_13_as_the_last_word(
    archive: Archive, tmp_path: Path, kb: int
) -> None:
    with ExitStack() as stack:
        stack.enter_context(demo_web(tmp_path / "web", "--sites", "3", "--articles", "8"))
        state = stack.enter_context(disk(tmp_path / "small", kb))
        crawl = start(tmp_path / "web", state, **archive.variables)
        _, said = crawl.communicate(timeout=120)
        assert crawl.returncode == 13, said
        last = said.splitlines()[-1]
        assert last.startswith("failed: ") and "cannot be written" in last and last.endswith("(exit code 13)"), said
        archive.check()
        subprocess.run(["mount", "-o", "remount,size=64m", str(state)], check=True)
        finish(tmp_path / "web", state, **archive.variables)
        complete(tmp_path / "web", archive)


def test_a_disk_that_is_read_only_ends_crawl_and_check_with_code_13(
    archive: Archive, web: Path, tmp_path: Path
) -> None:
    with disk(tmp_path / "small", 64 * 1024) as state:
        subprocess.run(["mount", "-o", "remount,ro", str(state)], check=True)
        crawl = start(web, state, **archive.variables)
        _, said = crawl.communicate(timeout=120)
        assert crawl.returncode == 13 and "Traceback" not in said, said
        assert said.splitlines()[-1].startswith("failed: ") and "Read-only file system" in said.splitlines()[-1], said
        checked = scrapy("bucket", "check", NEWSCRAWL_STATE_DIR=str(state), **archive.variables)
        assert checked.returncode == 13 and "Read-only file system" in checked.stderr.splitlines()[-1], checked.stderr


@pytest.mark.faults
def test_a_full_disk_under_the_embedded_server_is_the_last_word_too(tmp_path: Path) -> None:
    with ExitStack() as stack:
        stack.enter_context(demo_web(tmp_path / "web", "--sites", "3", "--articles", "8"))
        state = stack.enter_context(disk(tmp_path / "small", 1000))
        crawl = start(tmp_path / "web", state, NEWSCRAWL_OUTAGE_SECONDS="2")
        _, said = crawl.communicate(timeout=120)
        assert crawl.returncode == 13 and "Traceback" not in said, said
        assert said.splitlines()[-1].startswith("failed: "), said


@contextmanager
def disk(folder: Path, kb: int) -> Iterator[Path]:
    """A file system of its own that holds so much."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kb}k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_workers_without_memory_end_the_run_with_code_14_and_the_next_run_completes(
    web: Path, archive: Archive, tmp_path: Path
) -> None:
    # The process that workers are forked from gets too little to load the extractors.
    limit = "import resource, sys\nif 'forkserver' in ' '.join(sys.orig_argv):\n"
    limit += "    resource.setrlimit(resource.RLIMIT_AS, (64 << 20, 64 << 20))\n"
    (tmp_path / "sitecustomize.py").write_text(limit)
    crawl = start(web, tmp_path / "state", **archive.variables, PYTHONPATH=str(tmp_path))
    _, said = crawl.communicate(timeout=120)
    assert crawl.returncode == 14, said
    last = said.splitlines()[-1]
    assert last.startswith("failed: worker processes") and "memory" in last, said
    blamed = [row for row in archive.rows("rejects") if row["reason"] == "extract_failed"]
    assert not blamed and not list(archive.rows("articles"))
    finish(web, tmp_path / "state", **archive.variables)
    complete(web, archive)
