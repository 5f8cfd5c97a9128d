"""A committed batch as ledger and index see it, from the bucket alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from newscrawl.bucket.keys import Location, Table
from newscrawl.bucket.reader import read_table
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.undo import Undo
from newscrawl.dedup.entries import Entry
from newscrawl.dedup.signature import header, signature
from newscrawl.items import Signature
from newscrawl.state.settled import Settled
from newscrawl.text.urls import url_key


def read_back(
    store: ObjectStore, location: Location, record: CommitRecord, undos: Mapping[str, Undo]
) -> tuple[list[Settled], list[Entry]]:
    """A committed batch as ledger and index see it, from the bucket alone."""
    texts = {
        row["id"]: row["text"]
        for row in read_table(store, location, Table.ARTICLES, ["id", "text"], [record]).to_pylist()
    }
    if undos and record.counts.duplicates:
        duplicates = read_table(store, location, Table.DUPLICATES, ["id", "text"], [record]).to_pylist()
        texts |= {row["id"]: row["text"] for row in duplicates if row["id"] in undos}
    ours = dict(record.header) == header()
    settled: list[Settled] = []
    entries: list[Entry] = []
    signatures = read_table(store, location, Table.SIGNATURES, records=[record]).to_pylist()
    if not record.whole:
        signatures = _signatures_of_what_is_left(store, location, record, signatures)
    for row in signatures:
        settled.append(
            Settled(
                url=row["discovered_url"],
                answered=row["url"],
                site=row["site"],
                fetched_at=row["fetched_at"],
                published_at=row["published_at"],
            )
        )
        entries.append(_entry(row, texts.get(row["id"]), stored=ours))
    for row in read_table(store, location, Table.REJECTS, records=[record]).to_pylist():
        settled.append(Settled(url=row["url"], site=row["site"], reason=row["reason"], fetched_at=row["fetched_at"]))
    return settled, entries


def _signatures_of_what_is_left(
    store: ObjectStore, location: Location, record: CommitRecord, signatures: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The signatures of a batch that has lost a part: none without its row, none missing beside its row.

    A page whose row is lost is not done. One whose signature is lost has it made anew; of its URLs, that under which
    it was discovered is known no more.
    """
    rows = {
        row["id"]: row
        for table in (Table.ARTICLES, Table.DUPLICATES)
        for row in read_table(store, location, table, records=[record]).to_pylist()
    }
    found = {row["id"]: row for row in signatures if row["id"] in rows}
    for name in rows.keys() - found.keys():
        row = rows[name]
        found[name] = row | {"discovered_url": row["url"], **asdict(signature(row["text"]))}
    return list(found.values())


def _entry(row: dict[str, Any], text: str | None, *, stored: bool) -> Entry:
    # Signatures of another version cannot be compared with ours: made anew from the text.
    made = (
        Signature(minhash=row["minhash"], keys=tuple(row["keys"]), shingles=row["shingles"])
        if stored or text is None
        else signature(text)
    )
    return Entry(
        article_id=row["id"],
        # An article with a text here founds its story: kept, or its collapse undone.
        story_id=row["story_id"] if text is None else row["id"],
        url_key=url_key(row["canonical_url"]),
        fetched_at=row["fetched_at"].astimezone(UTC) if isinstance(row["fetched_at"], datetime) else row["fetched_at"],
        signature=made,
        anchor_text=text,
    )
