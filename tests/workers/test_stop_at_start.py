"""A pool that is stopped while it starts leaves nothing behind, and nobody hears of it."""

from __future__ import annotations

import subprocess
import sys

from tests.support import ROOT, environment

# Starts a pool, stops it a moment later, and tells how many processes are there still. A cold start takes seconds, most
# of them in the fork server, so that each moment meets another step of it.
STOPPED = """
import asyncio, multiprocessing, sys
from newscrawl.workers import pool

async def main():
    workers = pool.WorkerPool(2, 10, 3)
    workers.start()
    await asyncio.sleep(float(sys.argv[1]))
    workers.stop()
    print(len(multiprocessing.active_children()))

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_pool_that_is_stopped_while_it_starts_leaves_no_process_and_no_word() -> None:
    stopped = [
        subprocess.Popen(
            [sys.executable, "-c", STOPPED, str(moment)],
            cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for moment in (0, 0.5, 1, 2, 3, 4)
    ]  # fmt: skip
    said = [process.communicate(timeout=120) for process in stopped]
    assert said == [("0\n", "")] * len(stopped)
    assert {process.returncode for process in stopped} == {0}
