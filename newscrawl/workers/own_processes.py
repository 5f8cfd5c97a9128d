"""Worker processes that run nothing but ours: not the script that started the crawl once more.

Python's fork server imports the main program in each process. Scrapy's own examples of scripts have no
`if __name__ == "__main__"`, so every worker would begin their crawl anew.
"""

from __future__ import annotations

from multiprocessing import popen_forkserver, process, spawn
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import FunctionType, SimpleNamespace
from typing import Any


def _prepared(name: str) -> dict[str, Any]:
    """What a new process is told of this one, without its main program."""
    told = spawn.get_preparation_data(name)
    return {what: value for what, value in told.items() if not what.startswith("init_main_")}


class _Popen(popen_forkserver.Popen):
    # Python's own with another `spawn`, for there is no other way to say so; nobody else's processes are changed.
    _launch = FunctionType(
        popen_forkserver.Popen._launch.__code__,  # type: ignore[attr-defined]
        vars(popen_forkserver) | {"spawn": SimpleNamespace(get_preparation_data=_prepared)},
    )


class _Process(ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: process.BaseProcess) -> _Popen:  # noqa: N802  # multiprocessing's name
        return _Popen(process_obj)


class OwnProcesses(ForkServerContext):
    """Of a fork server; what they run must be importable by its module's name."""

    Process = _Process
