"""One stored article by its id or URL, for the tools that explain or undo a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from newscrawl.bucket.keys import Location
from newscrawl.bucket.query import query
from newscrawl.bucket.s3 import ObjectStore

_COLUMNS = "id, url, canonical_url, site, title, text, run_id, coalesce(published_at, fetched_at)"


@dataclass(frozen=True, slots=True)
class Stored:
    """An article or duplicate and the story that it belongs to by now; `relation` is None where it founds its own.

    `told_at`: when it says that it was published, else when it was fetched.
    """

    id: str
    url: str
    canonical_url: str
    site: str
    title: str
    text: str
    run_id: str
    told_at: datetime
    story_id: str
    relation: str | None


def find_stored(store: ObjectStore, location: Location, names: Iterable[str]) -> list[Stored]:
    """The rows whose id, URL or canonical URL is one of `names`, anchors of stories first, then by time."""
    listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    if not listed:
        return []
    where = f"id IN ({listed}) OR url IN ({listed}) OR canonical_url IN ({listed})"
    _, rows = query(
        store,
        location,
        f"SELECT {_COLUMNS}, story_id, relation FROM current WHERE {where} ORDER BY relation IS NOT NULL, fetched_at",
    )
    return [Stored(*row) for row in rows]  # type: ignore[arg-type]  # the contract's types
