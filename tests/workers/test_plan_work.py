"""What a plan's process holds is let go of when it ends, by a call and by no finalizer."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys

from pebble.pool.process import WORKERS_NAME

from newscrawl.bucket.keys import Location
from newscrawl.items import Article
from newscrawl.workers.plan_work import Reading
from tests.samples import STORY, html, page
from tests.support import ROOT, environment


def workers() -> list[str]:
    return [p.name for p in multiprocessing.active_children() if p.name == WORKERS_NAME]


def test_a_reader_has_its_worker_until_it_is_closed() -> None:
    others = len(workers())
    reader = Reading(
        location=Location("nowhere"),
        credentials=None,
        obeyed=frozenset(),
        learned=({}, []),
        page_seconds=60,
        costly_pages=3,
    ).start()
    outcome = reader._loop.run_until_complete(reader._workers.process(page(html(STORY))))
    assert isinstance(outcome, Article) and len(workers()) == others + 1
    reader.close()
    assert len(workers()) == others
    reader.close()


# As one of Daft's processes does: it makes the object, has tasks done, and comes to its end.
ENDS = """
import pickle
from newscrawl.errors import StateMismatch
from newscrawl.workers.on_daft import _Process

class Work:
    def start(self):
        print("started")
        return self

    def do(self, task):
        if not task:
            raise StateMismatch("it is not there")
        return task

    def close(self):
        print("closed")

made = _Process(Work())
for task in (b"task", b""):
    print(*pickle.loads(made.do(task)))
"""


def test_a_process_of_a_plan_gives_failures_of_ours_back_and_closes_its_work_when_it_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("started\nb'task' None\nb'' it is not there\nclosed\n", "")
