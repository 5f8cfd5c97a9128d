"""Workers run nothing of the program that started the crawl."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, environment

# As Scrapy's documentation has its scripts: without `if __name__ == "__main__"`.
SCRIPT = """
from newscrawl.workers.own_processes import OwnProcesses

print("a crawl begins", flush=True)
process = OwnProcesses().Process(target=print, args=("at work",), kwargs={"flush": True})
process.start()
process.join()
"""


def test_a_script_is_not_run_again_in_each_worker(tmp_path: Path) -> None:
    (tmp_path / "crawl.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, tmp_path / "crawl.py"],
        cwd=tmp_path, env=environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["a crawl begins", "at work"], done.stdout + done.stderr


# Starts a process that waits for something else than its starter, says which it is once it is bound to it, and waits.
STARTER = """
import subprocess, sys, time

BOUND = '''
import signal, time
from newscrawl.workers.own_processes import die_with_parent
die_with_parent(signal.SIGKILL)
print("bound", flush=True)
time.sleep(600)
'''
subprocess.Popen([sys.executable, "-c", BOUND])
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part of it is Linux's")
def test_a_process_ends_with_the_one_that_started_it_however_that_ends() -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == "bound\n"
    starter.kill()
    # Who is left holds the pipe open.
    assert starter.communicate(timeout=60) == ("", None)
