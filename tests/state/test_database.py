"""The state directory: its owner's alone; and what is no database is refused in one line that says the mend."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from newscrawl.errors import ConfigError, StateMismatch
from newscrawl.state.database import STATE_VERSION, State, set_aside
from newscrawl.state.ledger import Ledger
from newscrawl.state.lock import RunLock


def filled(folder: Path) -> Path:
    state = State(folder)
    Ledger(state.db)
    state.db.executemany(
        "INSERT INTO urls(key, url, site, first_seen, state) VALUES (?, ?, 'a', 0, 'done')",
        [(f"k{n}", f"https://a.example/{n}" * 9) for n in range(500)],
    )
    state.close()
    return folder / "state.db"


def damage(kind: str, path: Path) -> None:
    match kind:
        case "garbage":
            path.write_bytes(b"this is no database, but a file of some length\n" * 100)
        case "truncated":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        case "cut in its first page":
            path.write_bytes(path.read_bytes()[:700])
        case "directory":
            path.unlink()
            path.mkdir()


@pytest.mark.parametrize("kind", ["garbage", "truncated", "cut in its first page", "directory"])
def test_a_database_that_is_none_is_refused_in_one_line_and_can_be_set_aside(tmp_path: Path, kind: str) -> None:
    path = filled(tmp_path)
    damage(kind, path)
    with pytest.raises(StateMismatch) as caught:
        State(tmp_path)
    line = str(caught.value)
    assert "\n" not in line and str(path) in line and "bucket rebuild" in line
    assert set_aside(tmp_path) != [] and not path.exists()
    State(tmp_path).close()


def test_a_link_to_what_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state.db").symlink_to(tmp_path / "unmounted" / "state.db")
    with pytest.raises(ConfigError, match="link to what is not there"):
        State(tmp_path)


def test_another_version_is_refused_with_the_mend(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.put("state_version", str(STATE_VERSION - 1))
    state.close()
    with pytest.raises(StateMismatch, match="bucket rebuild"):
        State(tmp_path)


def test_what_is_not_damage_is_not_called_so(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.db.execute("PRAGMA max_page_count = 12")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        Ledger(state.db)
        state.put("name", "x" * 100_000)
    state.close()


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.iterdir()]}


def test_a_state_directory_and_its_files_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    lock, state = RunLock(folder).acquire(), State(folder)
    state.put("a", "b")
    assert modes(folder) == {
        "state": 0o700, "run.lock": 0o600, "state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600,
    }  # fmt: skip
    state.close()
    lock.release()


def test_one_of_an_older_release_is_closed_and_a_folder_with_other_things_keeps_its_mode(tmp_path: Path) -> None:
    old = tmp_path / "old"
    filled(old)
    old.chmod(0o755)
    (old / "state.db").chmod(0o644)
    State(old).close()
    assert modes(old) == {"old": 0o700, "state.db": 0o600}
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    (shared / "thesis.txt").write_text("mine")
    State(shared).close()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    assert stat.S_IMODE((shared / "state.db").stat().st_mode) == 0o600
