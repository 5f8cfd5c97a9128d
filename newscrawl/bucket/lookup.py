"""One stored article by its id or URL, for the tools that explain or undo a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from newscrawl.bucket.keys import Location
from newscrawl.bucket.query import query
from newscrawl.bucket.s3 import ObjectStore

_COLUMNS = "id, story_id, url, site, title, text, run_id"


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of articles or duplicates. `duplicate_of` and `relation` are None for an article."""

    id: str
    story_id: str
    url: str
    site: str
    title: str
    text: str
    run_id: str
    duplicate_of: str | None
    relation: str | None


def find_stored(store: ObjectStore, location: Location, names: Iterable[str]) -> list[Stored]:
    """The rows whose id, URL or canonical URL is one of `names`, kept articles first, then by time."""
    listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    if not listed:
        return []
    where = f"id IN ({listed}) OR url IN ({listed}) OR canonical_url IN ({listed})"
    _, rows = query(
        store,
        location,
        f"SELECT {_COLUMNS}, NULL, NULL, fetched_at FROM articles WHERE {where} UNION ALL "
        f"SELECT {_COLUMNS}, duplicate_of, relation, fetched_at FROM duplicates WHERE {where} "
        "ORDER BY 8 NULLS FIRST, 10",
    )
    return [Stored(*row[:9]) for row in rows]  # type: ignore[arg-type]  # the contract's types
