"""A plan on Daft: tasks of bytes, worked through on this machine's cores or on a Ray cluster's (extra `scale`).

The plan is one column: of each task what the work (`workers/plan_work.py`) makes of it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Protocol

from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.interrupts import die_with_parent

# Daft and Ray tell their makers of each plan where nobody forbids it.
_SILENT = {"DO_NOT_TRACK": "1", "DAFT_ANALYTICS_ENABLED": "0", "RAY_USAGE_STATS_ENABLED": "0"}
# A plan that does not end by itself in this time, on Ray its workers with it, is killed.
_END_SECONDS = 10


class Worker(Protocol):
    """What does tasks, in a process of its own."""

    def do(self, task: bytes) -> bytes:
        """The result of a task."""

    def close(self) -> None:
        """Called when the process ends, after its last task."""


class Work(Protocol):
    """What is to be done; it is pickled into each of the processes."""

    def start(self) -> Worker:
        """Called once in each process."""


class Plan:
    """Tasks and what comes of them, as it comes, round by round.

    The plan has a process of its own: the engine's threads would outlive a signal, and end ours with them.
    """

    def __init__(self, engine: str, work: Work, cores: int) -> None:
        """`engine`: "daft", with `cores` processes here, or "ray", with as many on the cluster that RAY_ADDRESS names,
        else on one of this machine. Raises `ConfigError` where it is not installed."""
        for library in ["daft", *(["ray"] if engine == "ray" else [])]:
            if find_spec(library) is None:
                raise ConfigError(f"NEWSCRAWL_ENGINE={engine} needs {library}: pip install 'newscrawl[scale]'")
        self._engine = engine
        self._process = subprocess.Popen(
            [sys.executable, "-m", "newscrawl.workers.on_daft"],
            env={**_SILENT, **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._tell((engine, work, cores))

    def work(self, tasks: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        """The number of each task and its result, in whatever order they come; not to be called before the last round
        is through.

        Raises what a task raised of ours, as here, and `NewscrawlError` where the plan failed; what the engine says of
        that stands on stderr.
        """
        assert self._process.stdout
        self._tell(tasks)
        for _ in tasks:
            try:
                at, done = pickle.load(self._process.stdout)
            except (EOFError, pickle.UnpicklingError):
                raise self._ended() from None
            made, failure = pickle.loads(done)
            if failure is not None:
                raise failure
            yield at, made

    def _tell(self, what: object) -> None:
        assert self._process.stdin
        try:
            pickle.dump(what, self._process.stdin)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def _ended(self) -> NewscrawlError:
        code = self._process.wait()
        return NewscrawlError(
            f"the plan on {self._engine} ended with exit code {code}; what is committed is kept: start again"
        )

    def close(self) -> None:
        """End the process, whatever it is at, and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class _Process:
    """One of Daft's processes."""

    def __init__(self, work: Work) -> None:
        self._worker = work.start()
        # The engine says nothing when it is through: it has the process come to its end.
        atexit.register(self._worker.close)

    def do(self, task: bytes) -> bytes:
        """The task's result, and None, pickled; or what it raised of ours, which the engine would tell in pages."""
        try:
            return pickle.dumps((self._worker.do(task), None))
        except NewscrawlError as failure:
            return pickle.dumps((b"", failure))


def _run() -> None:
    """The plan's process: what to do by stdin, then each round's tasks; what came of them by stdout, pickled."""
    # Waiting for an engine whose cluster is gone it would never see that nobody waits for it.
    die_with_parent(signal.SIGKILL)
    try:
        engine, work, cores = pickle.load(sys.stdin.buffer)
    except EOFError:
        return  # whoever started it was ended before it could say
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # the engine prints, too
        import daft

        if engine == "ray":
            import ray

            ray.init(os.environ.get("RAY_ADDRESS"))
            daft.set_runner_ray(noop_if_initialized=True)
        # After Ray, which has a handler of its own.
        signal.signal(signal.SIGTERM, _end)
        while (tasks := _next_round()) is not None:
            made: Any = daft.cls(_Process, use_process=True, max_concurrency=max(1, min(cores, len(tasks))))(work)
            plan = daft.from_pydict({"at": list(range(len(tasks))), "task": tasks})
            # One at a time a process: they differ in size, and that is what fits into memory.
            plan = plan.into_batches(1).select("at", made.do(daft.col("task")).alias("done"))
            for row in plan.iter_rows():
                pickle.dump((row["at"], row["done"]), out)
                out.flush()


def _next_round() -> list[bytes] | None:
    try:
        return list(pickle.load(sys.stdin.buffer))
    except EOFError:
        return None


def _end(number: int, frame: object) -> None:
    # Who ended it says so; what the engine says of its own end are pages of traces.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    _run()
