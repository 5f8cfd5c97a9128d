"""Workers run nothing of the program that started the crawl."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
