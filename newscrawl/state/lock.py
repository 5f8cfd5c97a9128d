"""One run at a time on a state directory."""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from newscrawl.errors import ConfigError, StateLocked
from newscrawl.state.database import close_to_others, make_private, needing_room

# Linux's, another with each start of the machine.
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class RunLock:
    """An exclusive lock on the state directory; the kernel drops it when its owner dies, however it dies."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "run.lock"
        self._file: int | None = None

    def acquire(self) -> Self:
        """Take the lock. Raises `StateLocked` naming the owner and its age when another run has it.

        What cannot be written is told as everywhere: `needing_room`.
        """
        try:
            with needing_room():
                make_private(self._path.parent)
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
                close_to_others(self._path)
        except OSError as e:
            raise ConfigError(
                f"state directory {self._path.parent} cannot be used ({e.strerror}): "
                "set NEWSCRAWL_STATE_DIR to a folder that you may write"
            ) from e
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(descriptor, 4096, 0)
            os.close(descriptor)
            raise StateLocked(
                f"{self._path.parent} is in use by {_describe(owner)}: "
                "wait for it to end, or set NEWSCRAWL_STATE_DIR to another folder"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat()}).encode(), 0)
        self._file = descriptor
        return self

    @property
    def identity(self) -> str:
        """Names this lock while it is held, and no other: of two processes with one identity the earlier is no more.

        Of the machine since it was booted and the locked file; without either, a name of chance.
        """
        assert self._file is not None, "acquire comes first"
        try:
            boot = _BOOT_ID.read_text().strip()
        except OSError:
            boot = uuid.uuid4().hex
        found = os.fstat(self._file)
        return f"{boot}:{found.st_dev}:{found.st_ino}"

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _describe(owner: bytes) -> str:
    try:
        record = json.loads(owner)
        age = datetime.now(UTC) - datetime.fromisoformat(record["since"])
        return f"process {int(record['pid'])}, running for {int(age.total_seconds())} s"
    except (ValueError, KeyError, TypeError):
        return "another run"  # it has not written its name yet
