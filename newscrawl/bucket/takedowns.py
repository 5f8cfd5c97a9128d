"""What may not be kept: `forgotten/<name>.json`, one small object a wish. It says nothing of what it takes away.

Whoever asks for pages, stores them or reads parts anew asks `takedowns` first; so a page that was taken down is not
fetched again on any machine, and a takedown that was killed is gone on with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from newscrawl.bucket.keys import FORGOTTEN_FOLDER, Location, takedown_key
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.errors import StateMismatch
from newscrawl.items import SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Takedown:
    """A wish. `site`: all pages of a site; else `urls` are SHA-256 of the pages' keys, and `ids` of their articles.

    `asked_at` is ISO 8601 in UTC; `reason` is who asks' own words.
    """

    name: str
    asked_at: str
    site: str | None = None
    urls: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    reason: str | None = None


def write_takedown(store: ObjectStore, location: Location, wish: Takedown) -> None:
    """Store a wish, or what it was widened to."""
    body = json.dumps({**asdict(wish), "schema_version": SCHEMA_VERSION}, sort_keys=True, indent=1).encode()
    store.put(location.key(takedown_key(wish.name)), body, content_type="application/json")


def takedowns(store: ObjectStore, location: Location) -> Mapping[str, Takedown]:
    """All wishes by name. Raises `StateMismatch` at a record that is not one of ours."""
    found: dict[str, Takedown] = {}
    for key, _ in store.list(location.key(FORGOTTEN_FOLDER)):
        if not key.endswith(".json"):
            continue  # another program's, such as a desktop's .DS_Store
        name = f"s3://{location.bucket}/{key}"
        try:
            document = json.loads(store.get(key))
            said = {field: document[field] for field in Takedown.__dataclass_fields__}
            wish = Takedown(**said | {"urls": tuple(said["urls"]), "ids": tuple(said["ids"])})
        except (ValueError, KeyError, TypeError) as error:
            raise StateMismatch(f"{name} is no record of a takedown ({error!r}): restore it") from error
        found[wish.name] = wish
    return found
