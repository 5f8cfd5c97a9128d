"""The embedded S3 server: SeaweedFS `weed mini` on loopback, one a state directory.

The server process itself holds the lock on the state directory, so the lock says exactly whether a
server runs, whatever became of who started it. S3 asks for keys; SeaweedFS's inner
ports do not, and any user of this machine can reach them on loopback: on a shared machine use an S3
server of your own. Acknowledged writes survive a kill, but are not synced to disk one by one: a power
loss may cost the last seconds. Layout of the state directory: `s3/data` (the objects),
`s3/credentials.json` (mode 0600), `s3/server.json` (who runs where), `seaweedfs.log`.
"""

from __future__ import annotations

import atexit
import fcntl
import http.client
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from newscrawl.bucket.keys import Location
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_client import Credentials
from newscrawl.errors import (
    AccessDenied,
    BucketMissing,
    ConfigError,
    EndpointUnreachable,
    StateLocked,
    StorageOutage,
)
from newscrawl.interrupts import held
from newscrawl.server import weed
from newscrawl.server.server_state import ServerRecord, is_alive, load_or_create_identity, private, rotate_log, tail

logger = logging.getLogger(__name__)

BUCKET = "newscrawl"

# It is ready in about a second; a loaded machine replaying a large volume may need much longer.
_READY_SECONDS = 30.0
# It stops in one to two seconds, but after many requests its filer waits ten more for nothing. S3 is
# closed by then and a kill loses nothing, so nobody needs to wait.
_STOP_SECONDS = 4.0
# How long a start waits for another server's end before it gives up.
_LOCK_SECONDS = 15.0
# A server that was killed just now still holds its lock for a moment while its owner lives.
_LOCKED_SECONDS = 1.0
# How long a server whose owner died may take to follow it before we end it ourselves.
_ORPHAN_GRACE_SECONDS = 4.0
_POLL_SECONDS = 0.1
# A port block that looked free may be taken between the look and the start; more often is a bug.
_START_ATTEMPTS = 3
# Now and then a service of it hangs from its start on (seen once in thousands, its filer): tried again so many times.
_STUCK_AGAIN = 1


class _Stuck(EndpointUnreachable):
    """The server runs and does not come up."""


class EmbeddedS3:
    """One server with one bucket, `newscrawl`. Use it as a context manager, or `start` and `stop`.

    Start it in the main thread: on Linux the server ends when the thread that started it ends, which is
    what keeps a killed crawl from leaving a server behind. Ctrl-C in the terminal does not reach it, so
    the last batch still finds it.
    """

    bucket = BUCKET

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir.absolute()
        self._dir = self._state_dir / "s3"
        self._log = self._state_dir / "seaweedfs.log"
        self._lock_file = self._dir / "lock"
        self._record_file = self._dir / "server.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._attached = False
        self._temp: Path | None = None
        self._base_port: int | None = None
        self._keys: tuple[str, str] | None = None

    # What others need to know of it

    @property
    def endpoint(self) -> str:
        """URL of the S3 service; the same after a restart unless its ports were taken meanwhile."""
        if self._base_port is None:
            raise RuntimeError("the embedded server has not been started")
        return f"http://{weed.HOST}:{self.s3_port}"

    @property
    def s3_port(self) -> int:
        """Port of the S3 service."""
        if self._base_port is None:
            raise RuntimeError("the embedded server has not been started")
        return weed.ports(self._base_port).s3

    @property
    def credentials(self) -> Credentials:
        """Endpoint and generated keys."""
        if self._keys is None:
            raise RuntimeError("the embedded server has not been started")
        return Credentials(self.endpoint, *self._keys)

    @property
    def location(self) -> Location:
        """Where the archive lies on this server."""
        return Location(BUCKET)

    @property
    def server_pid(self) -> int | None:
        """Process id of the server if this object started it and it lives."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def store(self) -> ObjectStore:
        """An object store of the server's bucket."""
        return ObjectStore(BUCKET, self.credentials)

    def aws_env(self) -> dict[str, str]:
        """The environment that points boto3, the `aws` command, pyarrow and others at this server."""
        keys = self.credentials
        return {
            "AWS_ENDPOINT_URL_S3": keys.endpoint,
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_REGION": keys.region,
        }

    # Life and death

    def start(self) -> Self:
        """Start the server and return when it takes writes.

        Raises `StateLocked` when a living process runs one on this state directory, `ConfigError` where
        there is no SeaweedFS for this platform, `EndpointUnreachable` when it does not come up.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("start the embedded server in the main thread: it ends with its thread")
        binary = weed.binary()
        self._make_directories()
        lock = self._take_lock()
        try:
            identity = self._dir / "credentials.json"
            self._keys = load_or_create_identity(identity)
            previous = ServerRecord.load(self._record_file)
            if previous and previous.temp:
                _remove_temp(Path(previous.temp))
            stuck = 0
            for base in self._candidate_bases(previous):
                try:
                    if self._try_start(binary, base, identity, lock):
                        return self
                except _Stuck:
                    stuck += 1
                    if stuck > _STUCK_AGAIN:
                        raise
            raise EndpointUnreachable(
                f"embedded S3 server: ports were taken {_START_ATTEMPTS} times while it started: try again"
            )
        finally:
            # From here on only the server itself holds the lock.
            os.close(lock)

    def stop(self) -> None:
        """Stop a server that this object started; it closes its files first. Does nothing otherwise."""
        if self._process is None or os.getpid() != self._owner:
            return
        with held():  # or the next start would find one that is about to end
            self._stop(self._process)

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        self._process = None
        atexit.unregister(self.stop)
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._base_port is not None:
            try:
                ServerRecord(self._base_port).save(self._record_file)
            except OSError as e:  # a full disk: the way out goes on
                logger.warning("%s cannot be written (%s): the next start may take other ports", self._record_file, e)
            weed.remove_sockets(self._base_port)
        if self._temp:
            _remove_temp(self._temp)

    def __enter__(self) -> Self:
        return self if self._attached or self.server_pid is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @classmethod
    def attach(cls, state_dir: Path) -> Self | None:
        """The living server of a state directory, whoever started it; None when none runs.

        It stays its owner's: `stop` on the returned object does nothing, and when the owner ends, so
        does the server.
        """
        server = cls(state_dir)
        end = time.monotonic() + _READY_SECONDS
        while _is_locked(server._lock_file):
            record = ServerRecord.load(server._record_file)
            if record and record.server_pid and is_alive(record.server_pid):
                server._base_port = record.base_port
                server._keys = load_or_create_identity(server._dir / "credentials.json")
                if server._is_ready():
                    server._attached = True
                    return server
            if time.monotonic() > end:
                raise EndpointUnreachable(
                    f"embedded S3 server of {server._state_dir} runs but does not answer: see {server._log}"
                )
            time.sleep(_POLL_SECONDS)
        return None

    @classmethod
    def attach_or_start(cls, state_dir: Path) -> Self:
        """The living server of a state directory, or a started one: what tools that only read want."""
        return cls.attach(state_dir) or cls(state_dir).start()

    def serve_forever(self, announce: Callable[[EmbeddedS3], None]) -> None:
        """Start, call `announce`, and serve until Ctrl-C or SIGTERM: how a bucket is read between crawls.

        Raises `EndpointUnreachable` if the server dies meanwhile, and what `start` raises.
        """
        over = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            over.set()

        before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with self:
                announce(self)
                while not over.wait(0.5):
                    if self.server_pid is None:
                        raise EndpointUnreachable(f"embedded S3 server died: {self._log_tail(0)}")
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    # Steps of a start

    def _make_directories(self) -> None:
        try:
            # One by one: `parents` would give those the mode that everybody may read.
            for folder in (self._state_dir, self._dir, self._dir / "data"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"state directory {self._state_dir} cannot be made ({error.strerror}): "
                "set NEWSCRAWL_STATE_DIR to a folder that you may write"
            ) from error

    def _take_lock(self) -> int:
        """The exclusive lock on the server's folder; waits for a server whose owner died."""
        lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        started = time.monotonic()
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except BlockingIOError:
                record = ServerRecord.load(self._record_file)
                waited = time.monotonic() - started
                owner = record.owner_pid if record else None
                owner_lives = owner is not None and is_alive(owner)
                if waited > (_LOCKED_SECONDS if owner_lives else _LOCK_SECONDS):
                    os.close(lock)
                    holder = f"process {owner}" if owner_lives else "another process"
                    raise StateLocked(
                        f"{holder} runs the S3 server of {self._state_dir}: "
                        "wait for it to end, or set NEWSCRAWL_STATE_DIR to another folder"
                    ) from None
                if record and record.server_pid and not owner_lives and waited > _ORPHAN_GRACE_SECONDS:
                    _kill(record.server_pid)
                time.sleep(_POLL_SECONDS)

    def _candidate_bases(self, previous: ServerRecord | None) -> Iterator[int]:
        """Port blocks to try: the last one first, so that the endpoint's URL stays."""
        first = previous.base_port if previous and weed.block_is_free(previous.base_port) else None
        for attempt in range(_START_ATTEMPTS):
            yield first if first is not None and attempt == 0 else weed.free_block()

    def _try_start(self, binary: Path, base: int, identity: Path, lock: int) -> bool:
        """Start on a port block; False when someone else took one of its ports meanwhile."""
        log_start = rotate_log(self._log)
        # Socket paths have a limit of about 100 bytes, which a state directory or TMPDIR may exceed.
        self._temp = Path(tempfile.mkdtemp(prefix=_TEMP_PREFIX, dir="/tmp"))
        arguments = weed.arguments(binary, base, self._dir / "data", identity, self._temp, BUCKET)
        with open(self._log, "ab", opener=private) as log:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._dir,
                env=weed.environment(self._dir, self._temp),
                pass_fds=(lock,),
                start_new_session=True,
                umask=0o077,
            )
        self._process, self._base_port, self._owner = process, base, os.getpid()
        atexit.register(self.stop)
        ServerRecord(base, process.pid, os.getpid(), str(self._temp)).save(self._record_file)
        try:
            if self._await_ready(process, log_start):
                return True
        except BaseException:
            self.stop()
            raise
        died = process.poll() is not None
        self.stop()
        if died and not weed.is_port_conflict(tail(self._log, log_start)):
            raise EndpointUnreachable(f"embedded S3 server died at start: {self._log_tail(log_start)}")
        return False

    def _await_ready(self, process: subprocess.Popen[bytes], log_start: int) -> bool:
        """Wait until a write succeeds; False when the process died or a stranger answers on the port."""
        end = time.monotonic() + _READY_SECONDS
        while process.poll() is None:
            try:
                if self._is_ready():
                    return True
            except AccessDenied:
                # Our own server knows our keys from its first moment.
                return False
            if time.monotonic() > end:
                raise _Stuck(f"embedded S3 server did not come up in {_READY_SECONDS:g} s: {self._log_tail(log_start)}")
            time.sleep(_POLL_SECONDS)
        return False

    def _log_tail(self, start: int) -> str:
        return f"see {self._log}, whose last lines are:\n{tail(self._log, start)}"

    def _is_ready(self) -> bool:
        if not _is_healthy(self.s3_port):
            return False
        try:
            # One try and short: the loop around it is the retry.
            ObjectStore(BUCKET, self.credentials, retries={"max_attempts": 0}, read_timeout=5).check()
        except (BucketMissing, EndpointUnreachable, StorageOutage):
            return False
        return True


_TEMP_PREFIX = "newscrawl-s3-"

# Run between fork and exec as a program of its own: code in the forked child of a threaded process may
# deadlock. PR_SET_PDEATHSIG (1) survives exec; the parent is compared in case it died before the call.
_LAUNCHER = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the starting process has ended")
os.execv(sys.argv[2], sys.argv[2:])
"""


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(weed.HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _is_locked(path: Path) -> bool:
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _remove_temp(path: Path) -> None:
    """Remove a server's socket folder. Only one of ours: the path may come from a damaged record."""
    if path.name.startswith(_TEMP_PREFIX) and path.parent == Path("/tmp"):
        shutil.rmtree(path, ignore_errors=True)
