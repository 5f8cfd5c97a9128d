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
from newscrawl.bucket.s3_errors import AlreadyExists, ObjectMissing, Outage
from newscrawl.errors import StateMismatch
from newscrawl.items import SCHEMA_VERSION

# Of a part that is not what it should be.
_READINGS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A committed part that is no more. `why`: missing | overwritten; `found_at` is ISO 8601 in UTC."""

    key: str
    rows: int
    sha256: str
    why: str
    found_at: str


def is_lost(store: ObjectStore, location: Location, part: PartRef) -> bool:
    """Whether a part is not there, or not what its batch stored.

    Asked more than once: an answer may be damaged on its way, and a loss that is recorded moves what lies there. Raises
    `Outage` where the store says that something else lies there than it gives.
    """
    key = location.key(part.key)
    body = None
    for _ in range(_READINGS):
        try:
            body = store.get(key)
        except ObjectMissing:
            continue
        if part.is_of(body):
            return False
    head = store.head(key)
    size = int(head["content-length"]) if head else None
    given = None if body is None else len(body)
    if size != given:
        raise Outage(f"get {key}: {given} bytes came, and the store says that it has {size}: try again")
    return True


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
