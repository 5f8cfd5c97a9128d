"""When each site was checked last, and with what verdict: a file beside the state, which is no part of the registry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from newscrawl.errors import StateUnwritable
from newscrawl.state.database import close_to_others, make_private

_NAME = "sites.json"


def note(state_dir: Path, documents: Mapping[str, Mapping[str, Any]], now: datetime) -> Path:
    """Put what a check said of sites, by name, into the status file, over what was there of them; the file.

    Raises `StateUnwritable`.
    """
    path = state_dir / _NAME
    known = read(state_dir)
    for name, document in documents.items():
        known[name] = {"checked_at": now.isoformat(timespec="seconds")} | dict(document)
    beside = path.with_suffix(".new")
    try:
        make_private(state_dir)
        beside.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        close_to_others(beside)
        beside.replace(path)
    except OSError as e:
        raise StateUnwritable(f"{path} cannot be written ({e.strerror}); make room and check again") from e
    return path


def read(state_dir: Path) -> dict[str, Any]:
    """What the status file says, by site; nothing where there is none, or one that cannot be read: the next check
    writes it anew."""
    try:
        found = json.loads((state_dir / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
