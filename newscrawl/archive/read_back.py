"""A committed batch as ledger and index see it, from the bucket alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Any

from newscrawl.bucket.keys import Location, Table
from newscrawl.bucket.reader import read_table
from newscrawl.bucket.records import CommitRecord
from newscrawl.bucket.rollup import Named, RollUp
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.undo import Undo
from newscrawl.dedup.entries import Entry
from newscrawl.dedup.signature import header, signature
from newscrawl.items import Move, Relation, Signature
from newscrawl.state.settled import Settled
from newscrawl.text.urls import url_key


@dataclass(frozen=True, slots=True)
class Back:
    """A batch that was read back: what the ledger and what the index remember of it."""

    record: CommitRecord
    settled: list[Settled]
    entries: list[Entry]
    moves: tuple[Move, ...]  # in the order of the batch: by then every article that they name is there

    @property
    def named(self) -> Named:
        """Its run and number."""
        return self.record.run_id, self.record.seq


def read_back(
    store: ObjectStore,
    location: Location,
    record: CommitRecord,
    undos: Mapping[str, Undo],
    rolled: RollUp | None = None,
) -> Back:
    """A committed batch as ledger and index see it, from the bucket alone; of the roll-up where that has its rows."""
    texts = {
        row["id"]: row["text"]
        for table in (Table.ARTICLES, Table.DUPLICATES)
        for row in read_table(store, location, table, ["id", "text"], [record], rolled).to_pylist()
    }
    ours = dict(record.header) == header()
    settled: list[Settled] = []
    entries: list[Entry] = []
    signatures = read_table(store, location, Table.SIGNATURES, None, [record], rolled).to_pylist()
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
        if row["id"] in texts:
            entries.append(_entry(row, texts[row["id"]], stored=ours, fixed=row["id"] in undos))
    for row in read_table(store, location, Table.REJECTS, None, [record], rolled).to_pylist():
        settled.append(Settled(url=row["url"], site=row["site"], reason=row["reason"], fetched_at=row["fetched_at"]))
    moves = tuple(_move(row) for row in read_table(store, location, Table.MOVES, None, [record], rolled).to_pylist())
    # What was read again from the raw archive was not fetched: nothing is settled by it.
    return Back(record, [] if record.reextracted else settled, entries, moves)


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


def stored_signature(row: Mapping[str, Any]) -> Signature:
    """The signature of a row of `signatures`."""
    return Signature(minhash=row["minhash"], keys=tuple(row["keys"]), shingles=row["shingles"])


def _entry(row: dict[str, Any], text: str, *, stored: bool, fixed: bool) -> Entry:
    # Signatures of another version cannot be compared with ours: made anew from the text.
    made = stored_signature(row) if stored else signature(text)
    return Entry(
        article_id=row["id"],
        story_id=row["id"] if fixed else row["story_id"],
        url_key=url_key(row["canonical_url"]),
        fetched_at=row["fetched_at"].astimezone(UTC),
        told_at=(row["published_at"] or row["fetched_at"]).astimezone(UTC),
        signature=made,
        text=text,
        fixed=fixed,
    )


def _move(row: dict[str, Any]) -> Move:
    return Move(
        article_id=row["id"],
        story_id=row["story_id"],
        story_before=row["story_before"],
        moved_at=row["moved_at"],
        because_of=row["because_of"],
        relation=None if row["relation"] is None else Relation(row["relation"]),
        jaccard=row["jaccard"],
        containment=row["containment"],
    )
