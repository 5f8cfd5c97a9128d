"""The commit record: the small JSON file whose presence makes a batch part of the archive."""

from __future__ import annotations

import builtins
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from newscrawl.bucket.keys import RAW_TABLES, Table
from newscrawl.errors import StateMismatch
from newscrawl.items import SCHEMA_VERSION

_T = TypeVar("_T")
_TABLES = {table.value: table for table in Table}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRef:
    """One object of a batch. `key` is relative to the location, so a copied archive stays whole.

    `rows` of the raw archive are the answers in it.
    """

    table: Table
    dt: str
    key: str
    rows: int
    bytes: int
    sha256: str

    def is_of(self, body: builtins.bytes) -> bool:
        """Whether these are the bytes that its batch stored."""
        return len(body) == self.bytes and hashlib.sha256(body).hexdigest() == self.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A part that rows were taken out of: its SHA-256 before and since; None where no row is left, and no object."""

    key: str
    was: str
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The funnel of a batch: `pages` is the sum of the others (invariant 3). `forgotten`: rows taken out since."""

    articles: int = 0
    duplicates: int = 0
    rejects: int = 0
    unchanged: int = 0
    forgotten: int = 0

    @property
    def pages(self) -> int:
        """Article pages fetched."""
        return self.articles + self.duplicates + self.rejects + self.unchanged + self.forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRef:
    """Which lease: of which shard (`INDEX/COUNT`), and its fencing token, higher with each owner that the shard has."""

    shard: str
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRecord:
    """What one batch stored. `header` says what made its signatures (invariant 7).

    It carries no time of its own: the same batch written twice gives the same bytes, so a repeated write
    after a lost reply is recognised. `fetched_from` and `fetched_to` (ISO 8601, UTC) bound its pages.
    `extraction_version` says which extraction read them; None where the record is older than the field.
    `reextracted` names the parts of the raw archive that it was made of: then no page was fetched for it.
    `lease` is what its writer held of a shard. `fenced_by` makes of the record a fence: it holds nothing, and stands
    where the next batch of a run would that lost its shard to another's lease, so that this batch cannot be committed.
    """

    run_id: str
    seq: int
    counts: Counts
    objects: tuple[PartRef, ...]
    fetched_from: str | None
    fetched_to: str | None
    relations: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)
    rewritten: tuple[Rewritten, ...] = ()
    extraction_version: int | None = None
    reextracted: tuple[str, ...] = ()
    lease: LeaseRef | None = None
    fenced_by: LeaseRef | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def whole(self) -> bool:
        """Whether the parts hold every row that the batch stored; not so where `losses` took one away."""
        stories = self.counts.articles + self.counts.duplicates
        # The counts say nothing of moves, nor of what was answered.
        uncounted = {Table.MOVES, *RAW_TABLES}
        rows = sum(part.rows for part in self.objects if part.table not in uncounted)
        return rows == 2 * stories + self.counts.rejects

    def holding(self, parts: Iterable[PartRef]) -> CommitRecord:
        """The same record with some of its parts only."""
        return replace(self, objects=tuple(parts))

    def to_json(self) -> bytes:
        """The record's bytes: same record, same bytes."""
        document = asdict(self)
        document["counts"]["pages"] = self.counts.pages
        if not self.rewritten:
            # As it was before there were takedowns: a repeated write must give the same bytes.
            del document["rewritten"], document["counts"]["forgotten"]
        for name in ("extraction_version", "reextracted", "lease", "fenced_by"):
            if not document[name]:
                del document[name]
        return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=True).encode()

    @classmethod
    def from_json(cls, body: bytes, name: str) -> CommitRecord:
        """Read a record. `name` (its URL) goes into the error. Raises `StateMismatch` if it is not ours."""
        try:
            document = json.loads(body)
            version = document["schema_version"]
            if version != SCHEMA_VERSION:
                raise StateMismatch(
                    f"{name} has schema version {version}, this program reads {SCHEMA_VERSION}: "
                    "use the release that wrote it, or another prefix"
                )
            said = document.pop("counts")
            pages = said.pop("pages")
            # A later release may add fields, ways in which a page ends, and tables: none of them is needed to read what
            # this one knows.
            counts = Counts(
                **{name: said[name] for name in Counts.__dataclass_fields__ if name != "forgotten"},
                forgotten=said.get("forgotten", 0),
            )
            objects = tuple(_part(part) for part in document.pop("objects") if part["table"] in _TABLES)
            document["rewritten"] = tuple(Rewritten(**note) for note in document.get("rewritten", ()))
            document["reextracted"] = tuple(document.get("reextracted", ()))
            for name in ("lease", "fenced_by"):
                document[name] = LeaseRef(**document[name]) if document.get(name) else None
            _typed(dict, document.get("header", {}))
            for name in ("fetched_from", "fetched_to"):
                if document[name] is not None:
                    datetime.fromisoformat(document[name])
            known = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
            record = cls(counts=counts, objects=objects, **known)
            summed = sum(said.values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateMismatch(f"{name} is no commit record ({error!r}): restore or delete it") from error
        if pages != summed:
            raise StateMismatch(f"{name} counts {pages} pages but its parts sum to {summed}")
        return record


def _part(document: Mapping[str, Any]) -> PartRef:
    return PartRef(
        table=_TABLES[document["table"]],
        dt=_typed(str, document["dt"]),
        key=_typed(str, document["key"]),
        rows=_typed(int, document["rows"]),
        bytes=_typed(int, document["bytes"]),
        sha256=_typed(str, document["sha256"]),
    )


def _typed(kind: type[_T], value: Any) -> _T:
    """The value, where it is of a kind; else `TypeError`: an edited record is found here, and not where it is used."""
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
