"""Running a command and measuring it: CPU of all its processes, wall time, memory while it runs."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent.parent
# Often enough for a peak that lasts; a sample of a crawl's processes costs a few milliseconds.
_SAMPLE_SECONDS = 0.5
# The server prepares its sitemaps in well under a second; on a loaded machine it may take longer.
_READY_SECONDS = 60


class BenchmarkFailed(Exception):
    """What was measured is no measurement; the message says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """While a crawl runs: pages served, memory in bytes (`total`: PSS of all processes, `first`: RSS of the first)."""

    pages: int
    total: int
    first: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command. Seconds are from the first request, where pages were served, to the end of the first
    process; CPU seconds are those of all processes from start to end."""

    seconds: float
    cpu_seconds: float
    server_cpu_seconds: float = 0.0
    pages: int = 0
    samples: list[Sample] = field(default_factory=list)

    @property
    def peak(self) -> int:
        """Highest memory seen, bytes."""
        return max((s.total for s in self.samples), default=0)


class PageServer:
    """The page server's process."""

    def __init__(self, process: subprocess.Popen[str], bases: list[str]) -> None:
        self.process, self.bases = process, bases

    def told(self) -> dict[str, float]:
        """What was asked of it; see `server`."""
        connection = http.client.HTTPConnection(urlsplit(self.bases[0]).netloc, timeout=30)
        try:
            connection.request("GET", "/.bench")
            told: dict[str, float] = json.loads(connection.getresponse().read())
            return told
        finally:
            connection.close()

    @property
    def cpu_seconds(self) -> float:
        """CPU it has used."""
        return cpu_seconds(self.process.pid)


@contextlib.contextmanager
def page_server(web: Path, count: int) -> Iterator[PageServer]:
    """Serve the first `count` pages of a printed web in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.crawl.server", str(web), str(count)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout
    try:
        line = process.stdout.readline() if select.select([process.stdout], [], [], _READY_SECONDS)[0] else ""
        if not line.startswith("ready "):
            raise BenchmarkFailed("the page server did not start")
        yield PageServer(process, line.split()[1:])
    finally:
        process.terminate()
        process.wait()


def run(command: Sequence[str], env: Mapping[str, str], log: Path, server: PageServer | None = None) -> Measured:
    """Run a command to its end. Raises `BenchmarkFailed` unless it ends with exit code 0."""
    with tempfile.TemporaryDirectory() as folder, log.open("wb") as output:
        result = Path(folder) / "result.json"
        served_before = server.cpu_seconds if server else 0.0
        reaper = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.crawl.reaper", str(result), *command],
            cwd=ROOT, env={**env}, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        samples = []
        try:
            while reaper.poll() is None:
                if sample := _sample(reaper.pid, int(server.told()["pages"]) if server else 0):
                    samples.append(sample)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    reaper.wait(_SAMPLE_SECONDS)
        finally:
            if reaper.poll() is None:
                os.killpg(reaper.pid, signal.SIGKILL)
                reaper.wait()
        told = json.loads(result.read_text()) if result.exists() else {"code": reaper.returncode}
    if told["code"] != 0:
        raise BenchmarkFailed(f"{' '.join(command[:6])} ... ended with exit code {told['code']}; see {log}")
    first, pages = told["started"], 0
    if server:
        asked = server.told()
        first, pages = asked["first"], int(asked["pages"])
    served = server.cpu_seconds - served_before if server else 0.0
    return Measured(told["ended"] - first, told["cpu_seconds"], served, pages, samples)


def cpu_seconds(pid: int) -> float:
    """CPU that a process has used, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _sample(reaper: int, pages: int) -> Sample | None:
    try:
        found = _descendants(reaper)
        total = sum(_memory(pid, "smaps_rollup", "Pss:") for pid in found)
        return Sample(pages, total, _memory(found[0], "status", "VmRSS:"))
    except (OSError, IndexError):  # a process ended meanwhile: there will be another sample
        return None


def _descendants(pid: int) -> list[int]:
    children = [int(c) for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()]
    return [*children, *(d for child in children for d in _descendants(child))]


def _memory(pid: int, file: str, name: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0  # a process between its end and its reaping has none


def wait_for_quiet(seconds: float = 1.0) -> None:
    """Let what the last contender left behind (page cache, closing sockets) settle."""
    time.sleep(seconds)
