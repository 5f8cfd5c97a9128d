"""Ctrl-C at any moment from the first line of ours on: one line, the documented exit code, no traceback."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.errors import Stopped
from tests.support import ROOT, Archive, environment
from tests.terminal import on_a_terminal

STOPPED = f"stopped: Ctrl-C ended it before it was through; start again (exit code {Stopped.exit_code})"


@pytest.mark.parametrize(
    ("program", "module"),
    [
        # Of our own command nearly everything; what Scrapy's has loaded before our settings is beyond us.
        ("newscrawl", "twisted.python.failure"),
        ("newscrawl", "newscrawl.config"),
        ("newscrawl", "pyarrow.lib"),
        ("scrapy", "settings.base"),
        ("scrapy", "boto3"),
    ],
)
def test_ctrl_c_while_a_command_starts_is_one_line(tmp_path: Path, program: str, module: str) -> None:
    # Python says of each module when it has been imported.
    (tmp_path / "state").mkdir()
    variables = {"PYTHONPROFILEIMPORTTIME": "1", "NEWSCRAWL_STATE_DIR": str(tmp_path / "state")}
    imported = re.compile(rb"import time:[^\n]*\| +" + re.escape(module.encode()) + rb"\r?\n")
    code, written = on_a_terminal("-m", program, "bucket", "stats", press=imported.search, **variables)
    told = written.decode().replace("\r\n", "\n")
    assert "Traceback" not in told
    assert code == Stopped.exit_code, told[-1000:]
    assert told.rstrip().endswith(STOPPED)


BESIDE_A_THREAD = """
import os, signal, threading, time
from newscrawl.interrupts import held, listen
listen()
threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
with held():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.3)
    print("through", flush=True)
time.sleep(30)
"""


@pytest.mark.parametrize(("name", "told"), [("SIGINT", STOPPED), ("SIGTERM", STOPPED.replace("Ctrl-C", "SIGTERM"))])
def test_what_must_not_be_left_half_way_is_not_whatever_thread_the_signal_reaches(name: str, told: str) -> None:
    program = BESIDE_A_THREAD.replace("SIGINT", name)
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("through\n", f"{told}\n", Stopped.exit_code)


IN_A_LIBRARY = """
import os, signal, sys, threading
from deltalake import DeltaTable
from newscrawl.interrupts import listen
listen()
threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
where = {"endpoint_url": sys.argv[1], "allow_http": "true", "access_key_id": "a", "secret_access_key": "b"}
DeltaTable("s3://a/b", storage_options=where | {"region": "us-east-1"})
"""


def test_a_library_that_waits_for_a_silent_store_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        command = [sys.executable, "-c", IN_A_LIBRARY, f"http://127.0.0.1:{silent.getsockname()[1]}"]
        ran = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=20)
    assert (ran.stderr, ran.returncode) == (f"{STOPPED}\n", Stopped.exit_code)


ENDLESS = """
import os, signal, sys, threading
from newscrawl.bucket.keys import Location
from newscrawl.bucket.query import query
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.interrupts import listen
listen()
bucket, prefix = sys.argv[1].split("/")
threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()
query(ObjectStore(bucket), Location(bucket, prefix), sys.argv[2])
"""


@pytest.mark.parametrize("condition", ["random() < 0", "i < 50000 OR random() < 0"])
def test_a_query_that_would_never_end_is_ended(condition: str, archive: Archive) -> None:
    # Of four DuckDB heard one interrupt and went on on its way out, or did not hear it.
    sql = f"SELECT count(*) FROM (FROM range(1000000000000000) t(i) WHERE {condition})"
    for _ in range(3):
        command = [sys.executable, "-c", ENDLESS, archive.root, sql]
        ran = subprocess.run(
            command, cwd=ROOT, env=environment(**archive.variables), capture_output=True, text=True, timeout=8
        )
        assert (ran.stderr, ran.returncode) == (f"{STOPPED}\n", Stopped.exit_code)


HOLDING = """
import os, signal, sys
from datetime import UTC, datetime
from newscrawl.bucket.keys import Location
from newscrawl.bucket.mending import mending
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.interrupts import listen
listen()
bucket, prefix = sys.argv[1].split("/")
with mending(ObjectStore(bucket), Location(bucket, prefix), datetime.now(UTC)):
    os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_pod_that_is_ended_leaves_no_lock_for_a_day(archive: Archive) -> None:
    command = [sys.executable, "-c", HOLDING, archive.root]
    ran = subprocess.run(command, cwd=ROOT, env=environment(**archive.variables), timeout=60)
    assert ran.returncode == Stopped.exit_code
    assert archive.names() == set()


BECOME_ANOTHER = """
import os, signal
from newscrawl.interrupts import listen
listen()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    pass
raise TypeError("Cannot compare structured arrays")
"""


def test_an_error_that_a_library_makes_of_an_interrupt_is_told_as_one() -> None:
    # NumPy's comparison of structured arrays makes one, and does not say of what.
    ran = subprocess.run(
        [sys.executable, "-c", BECOME_ANOTHER], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert (ran.stderr, ran.returncode) == (f"{STOPPED}\n", Stopped.exit_code)


# Starts a process that waits for something else than its starter, says which it is once it is bound to it, and waits.
STARTER = """
import subprocess, sys, time

BOUND = '''
import signal, time
from newscrawl.interrupts import die_with_parent
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
