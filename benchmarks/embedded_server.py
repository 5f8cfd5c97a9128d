"""What the embedded S3 server costs: `python -m benchmarks.embedded_server [MEMORY-LIMIT ...]`.

CPU of the server process while nobody asks it anything and for small PUTs, and its memory, under each limit of Go's
heap (GOMEMLIMIT, such as 200MiB or off), one after the other in one run. Linux only: it reads /proc.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from newscrawl.server import weed
from newscrawl.server.embedded import EmbeddedS3

_IDLE_SECONDS = 10
# As many and as large as the objects of a year of small runs.
_PUTS, _BYTES = 300, 20_000
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure each limit named, or the one in use beside its neighbours."""
    table = Table("GOMEMLIMIT", "idle, % of a core", "CPU ms a PUT", "wall ms a PUT", "memory MB")
    given = weed.environment
    for limit in sys.argv[1:] or ["200MiB", "300MiB", "400MiB", "off"]:

        def environment(home: Path, temp: Path, limit: str = limit) -> dict[str, str]:
            return given(home, temp) | {"GOMEMLIMIT": limit}

        with (
            TemporaryDirectory() as folder,
            patch.object(weed, "environment", environment),
            EmbeddedS3(Path(folder)) as server,
        ):
            process = _process(Path(folder))
            time.sleep(_IDLE_SECONDS / 2)
            before = _cpu(process)
            time.sleep(_IDLE_SECONDS)
            idle = (_cpu(process) - before) / _IDLE_SECONDS
            store, before, started = server.store(), _cpu(process), time.perf_counter()
            for number in range(_PUTS):
                store.put(f"benchmark/{number}", os.urandom(_BYTES))
            wall, cpu = time.perf_counter() - started, _cpu(process) - before
            table.add_row(
                limit,
                f"{idle:.1%}",
                f"{cpu / _PUTS * 1000:.1f}",
                f"{wall / _PUTS * 1000:.1f}",
                f"{_memory(process):.0f}",
            )
    Console().print(table)


def _process(folder: Path) -> Path:
    """The /proc folder of the server whose data lies below `folder`."""
    for process in Path("/proc").glob("[0-9]*"):
        command = (process / "cmdline").read_bytes().split(b"\0")
        if b"mini" in command and any(a.startswith(f"-dir={folder}".encode()) for a in command):
            return process
    raise SystemExit(f"no server process with its data below {folder}")


def _cpu(process: Path) -> float:
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(process: Path) -> float:
    return next(
        int(line.split()[1]) / 1024
        for line in (process / "status").read_text().splitlines()
        if line.startswith("VmRSS")
    )


if __name__ == "__main__":
    main()
