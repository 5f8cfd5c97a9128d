"""Rows of the stories table put in the place of others: one Delta commit, of which one of two at once is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable

# Every commit of ours carries this one, so that of two at once one is refused, whatever rows they touch.
_OURS = "newscrawl"


def replace_rows(
    table: DeltaTable, source: pa.Table, before: Mapping[str, Mapping[str, Any]], marks: Mapping[str, int]
) -> None:
    """Put the rows of `source` in the place of those of `before`.

    `before`: by story, at least the `day` that its row lies in. `marks`: application transactions. Not by a merge: that
    writes string views, and then pyarrow cannot filter by them. Raises deltalake's `CommitFailedError` where another
    writer was first.
    """
    from deltalake import write_deltalake

    properties = _marked(table, marks)
    if not before:
        write_deltalake(table, source, mode="append", commit_properties=properties)
        return
    days = {row["day"] for row in before.values()} | set(source["day"].to_pylist())
    names = before.keys() | set(source["story_id"].to_pylist())
    write_deltalake(
        table,
        source,
        mode="overwrite",
        predicate=f"day IN ({_quoted(map(str, days))}) AND story_id IN ({_quoted(names)})",
        commit_properties=properties,
    )


def _marked(table: DeltaTable, marks: Mapping[str, int]) -> CommitProperties:
    """What a commit of ours says beside its files: of two that were begun at one version the later is refused."""
    from deltalake import CommitProperties, Transaction

    turn = (table.transaction_version(_OURS) or 0) + 1
    said = {_OURS: turn} | dict(marks)
    return CommitProperties(app_transactions=[Transaction(name, version) for name, version in said.items()])


def _quoted(names: Iterable[str]) -> str:
    return ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(names))
