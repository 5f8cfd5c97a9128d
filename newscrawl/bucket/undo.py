"""Collapses undone by hand: `undo/<article id>.json`, one small object each, only ever added.

A duplicate's row stays where it is; the record says that it stands for a story of its own. Whoever derives
stories from the bucket (the index at a rebuild, a compacted view) asks `undone` first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from newscrawl.bucket.keys import UNDO_FOLDER, Location, undo_key
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import AlreadyExists
from newscrawl.errors import StateMismatch
from newscrawl.items import SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """A duplicate that is a story after all. `run_id` stored its row; `undone_at` is ISO 8601 in UTC."""

    article_id: str
    story_id: str
    relation: str
    run_id: str
    undone_at: str


def write_undo(store: ObjectStore, location: Location, undo: Undo) -> bool:
    """Store an undo; False when this collapse was undone before, which then stands."""
    body = json.dumps({**asdict(undo), "schema_version": SCHEMA_VERSION}, sort_keys=True, indent=1).encode()
    try:
        store.put(location.key(undo_key(undo.article_id)), body, only_if_absent=True, content_type="application/json")
    except AlreadyExists:
        return False
    return True


def undone(store: ObjectStore, location: Location) -> Mapping[str, Undo]:
    """All undone collapses by article id. Raises `StateMismatch` at a record that is not one of ours."""
    found: dict[str, Undo] = {}
    for key, _ in store.list(location.key(UNDO_FOLDER)):
        if not key.endswith(".json"):
            continue  # another program's, such as a desktop's .DS_Store
        name = f"s3://{location.bucket}/{key}"
        try:
            document = json.loads(store.get(key))
            undo = Undo(**{field: str(document[field]) for field in Undo.__dataclass_fields__})
            datetime.fromisoformat(undo.undone_at)
        except (ValueError, KeyError, TypeError) as error:
            raise StateMismatch(f"{name} is no undo record ({error!r}): restore or delete it") from error
        if location.relative(key) != undo_key(undo.article_id):
            raise StateMismatch(f"{name} holds the undo of {undo.article_id}: restore it")
        found[undo.article_id] = undo
    return found
