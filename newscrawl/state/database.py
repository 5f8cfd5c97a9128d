"""The state directory's SQLite database: ledger and dedup index side by side, one transaction a batch.

Everything in it is a cache of the bucket (docs/architecture.md, invariant 1) but two things: URLs discovered and
not yet fetched, which a rebuild takes over, and the intents of batches under way.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import disk_usage

from newscrawl.errors import ConfigError, NewscrawlError, StateMismatch, StateUnwritable, StorageOutage, command

# Raised when the tables change shape; an older or newer database is refused, never guessed at.
STATE_VERSION = 5
# How long one connection waits for the other's transaction: a batch takes about a second.
_BUSY_SECONDS = 60
_BEFORE = "before-rebuild-"
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
# What a batch and its row in the server's index take.
_LEAST_ROOM = 4 * 2**20
_PRIVATE_DIRECTORY, _PRIVATE_FILE = 0o700, 0o600
# How the names in a state directory of ours begin; the embedded server's folder and log among them.
_OURS = (
    "state.db",
    "run.lock",
    "s3",
    "seaweedfs.log",
    _BEFORE,
    "bulk-",
    "captured",
    "demo",
    "web",
    "report.html",
    "sites.json",
)


class State:
    """An open state database. One process at a time (`lock.py`).

    `db` belongs to the thread that opened it. Batches are written through `writer`, by one thread at a time:
    meanwhile `db` goes on reading what was there before, and waits if it has to write.
    """

    def __init__(self, directory: Path) -> None:
        """Raises `StateMismatch` where there is a database of another version, or something that is none."""
        make_private(directory)
        self.path = directory / "state.db"
        with refusing_damage(self.path):
            self._open()

    def _open(self) -> None:
        # SQLite gives the files beside it the mode that this one has.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE))
        close_to_others(self.path)
        self.db = sqlite3.connect(self.path, isolation_level=None, timeout=_BUSY_SECONDS)
        # WAL: readers (`scrapy bucket similar`) never block the crawl. FULL: a committed batch survives
        # power loss; at one commit a batch the extra fsync is not measurable.
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        # 128 MiB of page cache, taken as the index grows: its look-ups are random reads, and of ten million
        # stories the inner pages and the fresh postings are 100 MiB.
        self.db.execute("PRAGMA cache_size=-131072")
        # A log of up to 64 MiB: copying it back into the database is the batch writer's work, not the crawl's.
        self.db.execute("PRAGMA wal_autocheckpoint=16384")
        self.db.execute("CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        found = self.get("state_version")
        if found is None:
            self.put("state_version", str(STATE_VERSION))
        elif found != str(STATE_VERSION):
            raise StateMismatch(
                f"{self.path}: made by state version {found}, this is version {STATE_VERSION}; "
                f"run `{command('bucket rebuild')}` to make it anew from the bucket"
            )

        self.writer = sqlite3.connect(self.path, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False)
        self.writer.execute("PRAGMA synchronous=FULL")
        # It writes in order of key, and touches each page once.
        self.writer.execute("PRAGMA cache_size=-16384")

    def get(self, name: str) -> str | None:
        """The value of a `meta` entry, None when absent."""
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def put(self, name: str, value: str) -> None:
        """Write a `meta` entry."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close both connections."""
        self.db.close()
        self.writer.close()


@contextmanager
def refusing_damage(path: Path) -> Iterator[None]:
    """One line with the mend where a state database is a directory, garbage, or cut short (`StateMismatch`).

    What SQLite says of a full disk or of another process passes.
    """
    mend = f"run `{command('bucket rebuild')}` to make it anew from the bucket"
    try:
        yield
    except FileNotFoundError as e:
        raise ConfigError(f"{path} is a link to what is not there: put that back, or remove the link") from e
    except IsADirectoryError as e:
        raise StateMismatch(f"{path} is a directory and no state database: {mend}") from e
    except sqlite3.DatabaseError as e:
        if e.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        raise StateMismatch(f"{path} is damaged ({e}): {mend}") from e


@contextmanager
def needing_room() -> Iterator[None]:
    """One line with the mend where the state directory cannot be written: its disk is full, or read only
    (`StateUnwritable`); it belongs to somebody else (`ConfigError`)."""
    try:
        yield
    except sqlite3.Error as e:
        if e.sqlite_errorcode & 0xFF not in _NO_ROOM:
            raise
        raise unwritable(e) from e
    except PermissionError as e:
        raise ConfigError(
            f"{e.filename} may not be written ({e.strerror}): set NEWSCRAWL_STATE_DIR to a folder that you may write"
        ) from e
    except OSError as e:
        if e.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        raise unwritable(e) from e


def unwritable(error: Exception) -> StateUnwritable:
    """The failure that a run ends with where it cannot note what it does."""
    return StateUnwritable(f"the state directory cannot be written ({error}); make room and start again")


def or_full_disk(error: NewscrawlError, directory: Path) -> NewscrawlError:
    """An outage of a store that lies on the disk of `directory`, as what it is where that is full: the server says no
    more of it than "500". Any other failure as it is."""
    if isinstance(error, StorageOutage) and disk_usage(directory).free < _LEAST_ROOM:
        return unwritable(error)
    return error


def make_private(directory: Path) -> None:
    """Make a state directory that its owner alone may look into: what is fetched, and the server's keys, are nobody
    else's. One that is there and holds other things than ours keeps its mode.
    """
    made = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_DIRECTORY)
    if made or all(entry.name.startswith(_OURS) for entry in directory.iterdir()):
        close_to_others(directory, _PRIVATE_DIRECTORY)


def close_to_others(path: Path, mode: int = _PRIVATE_FILE) -> None:
    """Let only its owner look into a file, or a folder; what another user owns is theirs to close."""
    if path.stat().st_uid == os.getuid():
        path.chmod(mode)


def set_aside(directory: Path) -> list[Path]:
    """Put the database out of the way of a rebuild; returns it after what rebuilds that were killed left there."""
    current = directory / "state.db"
    if current.exists():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(current)) as db:  # damaged: as much as there is
            db.execute("PRAGMA journal_mode=DELETE")  # brings what the log holds into the file
        current.rename(directory / f"{_BEFORE}{time.time_ns()}.db")
    for suffix in ("-wal", "-shm"):
        Path(f"{current}{suffix}").unlink(missing_ok=True)
    return sorted(directory.glob(f"{_BEFORE}*.db"))
