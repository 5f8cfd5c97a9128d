"""Runs a command and waits for every process that it leaves behind, so that the kernel's own account is whole.

    python -m benchmarks.crawl.reaper RESULT COMMAND ...

Processes whose parent ended first (a fork server's workers) become children of this one (PR_SET_CHILD_SUBREAPER);
after the last has ended `getrusage(RUSAGE_CHILDREN)` holds the CPU of them all. Linux only.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


def main() -> None:
    """Command line; see the module's documentation."""
    result, *command = sys.argv[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1):
        sys.exit("this system has no child subreaper: the CPU of all processes cannot be counted")
    started = time.monotonic()
    first = subprocess.Popen(command)
    code = ended = None
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            break
        if pid == first.pid:
            code, ended = os.waitstatus_to_exitcode(status), time.monotonic()
    first.returncode = code
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {"code": code, "started": started, "ended": ended, "cpu_seconds": used.ru_utime + used.ru_stime}
    Path(result).write_text(json.dumps(told))


if __name__ == "__main__":
    main()
