"""The small files of the embedded server: its keys, who runs it where, its log."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from newscrawl.errors import ConfigError

# The log is for diagnosis: one old generation is kept.
_LOG_LIMIT_BYTES = 5_000_000
_TAIL_LINES = 15


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """Where the server of a state directory listens, and while it runs its process, owner and sockets."""

    base_port: int
    server_pid: int | None = None
    owner_pid: int | None = None
    temp: str | None = None

    @classmethod
    def load(cls, path: Path) -> ServerRecord | None:
        """The record, or None when there is none or it is damaged: it is a cache, not a source."""
        try:
            return cls(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def save(self, path: Path) -> None:
        """Write it whole or not at all: another process may read it at any time."""
        fresh = path.with_suffix(".new")
        with open(fresh, "w", encoding="ascii", opener=private) as file:
            file.write(json.dumps(asdict(self)))
        fresh.replace(path)


def private(path: str, flags: int) -> int:
    """An opener for files that only their owner may read."""
    return os.open(path, flags, 0o600)


def load_or_create_identity(path: Path) -> tuple[str, str]:
    """Access key and secret of the server, from its identity file; generated once, mode 0600.

    Raises `ConfigError` when the file is damaged.
    """
    if not path.exists():
        _create_identity(path)
    try:
        keys = json.loads(path.read_bytes())["identities"][0]["credentials"][0]
        return keys["accessKey"], keys["secretKey"]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ConfigError(
            f"credentials file {path} is damaged ({error!r}): delete it, new ones are made at the next start"
        ) from error


def _create_identity(path: Path) -> None:
    document = {
        "identities": [
            {
                "name": "newscrawl",
                "credentials": [
                    {"accessKey": "NC" + secrets.token_hex(9).upper(), "secretKey": secrets.token_urlsafe(30)}
                ],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            }
        ]
    }
    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    # O_EXCL with the mode: the secret is never readable by others, not even for a moment.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def is_alive(pid: int) -> bool:
    """Whether a process runs. A zombie does not, though it can still be signalled."""
    try:
        # The state follows the name in brackets, which may itself hold brackets and blanks.
        if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
            return False
    except OSError:
        pass  # no /proc here, or no such process: the signal tells
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def rotate_log(path: Path) -> int:
    """Set a grown log aside; returns the offset at which the next start's lines begin."""
    size = path.stat().st_size if path.exists() else 0
    if size <= _LOG_LIMIT_BYTES:
        return size
    path.replace(path.with_name(path.name + ".1"))
    return 0


def tail(path: Path, start: int) -> str:
    """The log's last lines, none from before offset `start` (bytes)."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-_TAIL_LINES:])
