"""Parts that are lost for good: `lost/<key of the part>.json`, one small object each, only ever added.

The commit record stays as it is; with a loss beside it, the part it names counts no more. What an overwritten part
held instead lies as `lost/<key of the part>`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from newscrawl.bucket.keys import LOST_FOLDER, Location, loss_key
from newscrawl.bucket.records import PartRef
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import AlreadyExists, ObjectMissing
from newscrawl.errors import StateMismatch
from newscrawl.items import SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A committed part that is no more. `why`: missing | overwritten; `found_at` is ISO 8601 in UTC."""

    key: str
    rows: int
    sha256: str
    why: str
    found_at: str


def record_loss(store: ObjectStore, location: Location, part: PartRef) -> Loss:
    """Note that a part is lost, and clear its place; the caller has seen that it is not what its batch stored."""
    found = store.head(location.key(part.key)) is not None
    loss = Loss(
        key=part.key,
        rows=part.rows,
        sha256=part.sha256,
        why="overwritten" if found else "missing",
        found_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    body = json.dumps({**asdict(loss), "schema_version": SCHEMA_VERSION}, sort_keys=True, indent=1).encode()
    try:
        store.put(location.key(loss_key(part.key)), body, only_if_absent=True, content_type="application/json")
    except AlreadyExists:
        return losses(store, location)[part.key]
    if found:
        # Readers that take the folder as it is would stumble over it. Kept aside: half a part is better than none.
        store.put(location.key(f"{LOST_FOLDER}{part.key}"), store.get(location.key(part.key)))
        store.delete(location.key(part.key))
    return loss


def losses(store: ObjectStore, location: Location) -> Mapping[str, Loss]:
    """All recorded losses by the part's key. Raises `StateMismatch` at a record that is not one of ours."""
    found: dict[str, Loss] = {}
    for key, _ in store.list(location.key(LOST_FOLDER)):
        if not key.endswith(".json"):
            continue
        name = f"s3://{location.bucket}/{key}"
        try:
            document = json.loads(store.get(key))
            loss = Loss(**{field: document[field] for field in Loss.__dataclass_fields__})
            datetime.fromisoformat(loss.found_at)
        except (ValueError, KeyError, TypeError, ObjectMissing) as error:
            raise StateMismatch(f"{name} is no record of a loss ({error!r}): restore or delete it") from error
        if location.relative(key) != loss_key(loss.key):
            raise StateMismatch(f"{name} holds the loss of {loss.key}: restore it")
        found[loss.key] = loss
    return found
