"""Single stored articles by id or URL, for the tools that explain or undo a verdict, and for reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from newscrawl.bucket.keys import Location, Table
from newscrawl.bucket.query import query
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.schema import ARROW

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


def texts_of(
    store: ObjectStore, location: Location, keys: Mapping[Table, Sequence[str]], wanted: Mapping[str, datetime]
) -> dict[str, str]:
    """The texts of articles, by id, as far as the parts of `keys` (contract paths) have them.

    `wanted`: ids, and when each was fetched, by which a part tells that it has none of them: only those of the others
    are read, one at a time.
    """
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    at = pc.field("fetched_at")
    here = pc.field("id").isin(list(wanted))
    # As equalities: of these Arrow knows what a part's least and greatest value say of them.
    some = [at == time for time in set(wanted.values())]
    for condition in some[1:]:
        some[0] |= condition
    found: dict[str, str] = {}
    for table in (Table.ARTICLES, Table.DUPLICATES):
        if not (some and keys[table]):
            continue
        paths = [f"{location.bucket}/{location.key(key)}" for key in keys[table]]
        dataset = ds.dataset(paths, schema=ARROW[table], format="parquet", filesystem=store.arrow_filesystem())
        batches = dataset.to_batches(["id", "text"], some[0] & here, fragment_readahead=1, batch_readahead=1)
        for batch in batches:
            found.update(zip(batch["id"].to_pylist(), batch["text"].to_pylist(), strict=True))
    return found
