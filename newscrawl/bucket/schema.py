"""Contract version 1 as Arrow schemas, and the way from outcomes to rows.

One list of columns makes everything: the Arrow schema, the machine-readable `_schema/v1.json` and the
check of each row. `docs/bucket-contract.md` says the same for people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa

from newscrawl.bucket.keys import Table
from newscrawl.errors import NewscrawlError
from newscrawl.items import SCHEMA_VERSION, Article, Duplicate, Move, Reject

# Who made the signatures (invariant 7): JSON text under this key of a signature part's Parquet metadata.
HEADER_METADATA = b"newscrawl.header"
VERSION_METADATA = b"newscrawl.schema_version"

Row = dict[str, Any]

# Rows that are made, and become Arrow columns, in one go: a batch's rows are never there all at once.
_SLICE_ROWS = 250


class InvalidRow(NewscrawlError):
    """An outcome that the contract cannot hold: an empty required value, a naive time, a lone surrogate."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, Arrow type, meaning, whether null is allowed, and whether min/max help a reader."""

    name: str
    type: pa.DataType
    meaning: str
    nullable: bool = False
    statistics: bool = True


_TEXT = pa.string()
_TIME = pa.timestamp("us", tz="UTC")

_ARTICLES = (
    Column("id", _TEXT, "stable article id, from the canonical URL and the content hash"),
    Column("story_id", _TEXT, "id of the story: the id of its anchor article"),
    Column("url", _TEXT, "URL that answered, after redirects"),
    Column("canonical_url", _TEXT, "URL that the page names as its own, normalised; else url, normalised"),
    Column("site", _TEXT, "name of the site in the registry"),
    Column("title", _TEXT, "headline"),
    Column("text", _TEXT, "body; paragraphs separated by one newline", statistics=False),
    Column("summary", _TEXT, "lede or description", nullable=True, statistics=False),
    Column("authors", pa.list_(_TEXT), "bylines; empty list when none is named", statistics=False),
    Column("section", _TEXT, "section of the site", nullable=True),
    Column("tags", pa.list_(_TEXT), "keywords; empty list when none is named", statistics=False),
    Column("language", _TEXT, "ISO 639-1 code detected in the text"),
    Column("published_at", _TIME, "publication time said by page, feed or sitemap", nullable=True),
    Column("modified_at", _TIME, "time of the last change said by page, feed or sitemap", nullable=True),
    Column("fetched_at", _TIME, "when the page was fetched; its UTC day is the partition dt"),
    Column("image_url", _TEXT, "lead picture", nullable=True, statistics=False),
    Column("word_count", pa.int32(), "words of text"),
    Column("content_sha256", _TEXT, "SHA-256 of the normalised text, hexadecimal", statistics=False),
    Column("run_id", _TEXT, "run that stored the row"),
    Column("schema_version", pa.int32(), "version of this contract"),
    # Added after the first release of version 1: columns are only ever added.
    Column("zone_assumed", pa.bool_(), "IST was assumed, published_at was said without a zone", nullable=True),
    Column(
        "reservations",
        pa.list_(_TEXT),
        "opt-outs that the publisher states and that were not obeyed, by kind; null in rows older than the column",
        nullable=True,
        statistics=False,
    ),
    Column("kind", _TEXT, "article | liveblog | gallery | video | opinion; null in rows older than it", nullable=True),
    Column("confidence", pa.float64(), "how sure the text is, 0 to 1; null in rows older than it", nullable=True),
    Column(
        "extraction_version",
        pa.int32(),
        "which extraction made the row, a number that grows; null in rows older than it",
        nullable=True,
    ),
    Column(
        "origin",
        _TEXT,
        "pti | ani | ians | uni | reuters | ap | afp | hs | own; null where none is said",
        nullable=True,
    ),
)

# Scores are float64: a ratio of two set sizes must compare with a threshold as it did when it was decided.
_DUPLICATES = (
    *_ARTICLES,
    Column("duplicate_of", _TEXT, "id of the anchor article that it was compared with"),
    Column("relation", _TEXT, "exact | near | contained | revision"),
    Column("jaccard", pa.float64(), "exact Jaccard similarity of the two shingle sets, 0 to 1"),
    Column("containment", pa.float64(), "shared shingles over those of the smaller text, 0 to 1"),
)

_REJECTS = (
    Column("url", _TEXT, "URL that was asked for"),
    Column("site", _TEXT, "name of the site in the registry"),
    Column("fetched_at", _TIME, "when the answer, or the failure, came; its UTC day is the partition dt"),
    Column("run_id", _TEXT, "run that stored the row"),
    Column("reason", _TEXT, "why it is no story (closed list)"),
    Column("http_status", pa.int32(), "HTTP status; null when there was no answer", nullable=True),
    Column("detail", _TEXT, "more on the reason", nullable=True, statistics=False),
)

_SIGNATURES = (
    Column("id", _TEXT, "article id, of an article or a duplicate"),
    Column("story_id", _TEXT, "id of the story: the id of its anchor article"),
    Column("relation", _TEXT, "as in duplicates; null for the story's anchor", nullable=True),
    Column("url", _TEXT, "URL that answered, after redirects"),
    Column("canonical_url", _TEXT, "as in articles"),
    Column("discovered_url", _TEXT, "URL that discovery found: the ledger's key"),
    Column("site", _TEXT, "name of the site in the registry"),
    Column("title", _TEXT, "headline, to see a revision of the headline alone", statistics=False),
    Column("published_at", _TIME, "as in articles; sets when a page is checked again", nullable=True),
    Column("modified_at", _TIME, "as in articles", nullable=True),
    Column("fetched_at", _TIME, "as in articles; its UTC day is the partition dt"),
    Column("content_sha256", _TEXT, "SHA-256 of the normalised text, hexadecimal", statistics=False),
    Column("minhash", pa.binary(), "hash values, little-endian uint32 each", statistics=False),
    Column("keys", pa.list_(pa.uint64()), "fingerprints of word windows, uint64 each", statistics=False),
    Column("shingles", pa.int32(), "number of distinct shingles of the text"),
    Column("run_id", _TEXT, "run that stored the row"),
    Column("schema_version", pa.int32(), "version of this contract"),
)

_MOVES = (
    Column("id", _TEXT, "article id, of an article or a duplicate that was stored before or in the same batch"),
    Column("story_id", _TEXT, "id of the story that it belongs to now; its own where it founds one"),
    Column("story_before", _TEXT, "id of the story that it belonged to until then"),
    Column(
        "relation", _TEXT, "to the anchor of story_id, as in duplicates; null where it founds a story", nullable=True
    ),
    Column("jaccard", pa.float64(), "as in duplicates, with the anchor of story_id; null with relation", nullable=True),
    Column("containment", pa.float64(), "as in duplicates; null with relation", nullable=True),
    Column("moved_at", _TIME, "when the page was fetched that showed it; of two moves the later counts"),
    Column("because_of", _TEXT, "article id of that page"),
    Column("run_id", _TEXT, "run that stored the row"),
    Column("schema_version", pa.int32(), "version of this contract"),
)

COLUMNS: Mapping[Table, tuple[Column, ...]] = {
    Table.ARTICLES: _ARTICLES,
    Table.DUPLICATES: _DUPLICATES,
    Table.REJECTS: _REJECTS,
    Table.SIGNATURES: _SIGNATURES,
    Table.MOVES: _MOVES,
}


def _required_element(kind: pa.DataType) -> pa.DataType:
    """Lists of the contract hold no nulls."""
    if pa.types.is_list(kind):
        return pa.list_(pa.field("element", kind.value_type, nullable=False))
    return kind


ARROW: Mapping[Table, pa.Schema] = {
    table: pa.schema([pa.field(c.name, _required_element(c.type), nullable=c.nullable) for c in columns])
    for table, columns in COLUMNS.items()
}


def schema_document() -> dict[str, Any]:
    """The content of `_schema/v1.json`."""
    return {
        "version": SCHEMA_VERSION,
        "partition": {"dt": "UTC day of fetched_at, YYYY-MM-DD; in the path only"},
        "tables": {
            table.value: [
                {"name": c.name, "type": str(c.type), "nullable": c.nullable, "meaning": c.meaning} for c in columns
            ]
            for table, columns in COLUMNS.items()
        },
    }


def tables_of(outcome: Article | Duplicate | Reject) -> tuple[Table, ...]:
    """The tables in which an outcome has a row."""
    match outcome:
        case Reject():
            return (Table.REJECTS,)
        case Duplicate():
            return (Table.DUPLICATES, Table.SIGNATURES)
        case Article():
            return (Table.ARTICLES, Table.SIGNATURES)


def row_of(table: Table, outcome: Article | Duplicate | Reject, run_id: str) -> Row:
    """The checked row of an outcome in one of its tables.

    Raises `InvalidRow` that names table, column and URL: a caller that cannot be sure of its input asks
    here first, before the outcome joins a batch.
    """
    if isinstance(outcome, Reject):
        row = _reject_row(outcome, run_id)
    elif table is Table.SIGNATURES:
        row = _signature_row(outcome, run_id)
    elif isinstance(outcome, Duplicate):
        row = _duplicate_row(outcome, run_id)
    else:
        row = _article_row(outcome, run_id)
    return _checked(table, row)


def moves_of(outcome: Article | Duplicate | Reject) -> tuple[Move, ...]:
    """What an outcome changed in the stories of others."""
    match outcome:
        case Reject():
            return ()
        case Duplicate():
            return outcome.article.moves
        case Article():
            return outcome.moves


def move_row(move: Move, run_id: str) -> Row:
    """The checked row of a move; raises `InvalidRow` as `row_of` does."""
    return _checked(
        Table.MOVES,
        {
            "id": move.article_id,
            "story_id": move.story_id,
            "story_before": move.story_before,
            "relation": None if move.relation is None else move.relation.value,
            "jaccard": move.jaccard,
            "containment": move.containment,
            "moved_at": move.moved_at,
            "because_of": move.because_of,
            "run_id": run_id,
            "schema_version": SCHEMA_VERSION,
        },
    )


def to_arrow(table: Table, rows: Iterable[Row], header: Mapping[str, Any]) -> pa.Table:
    """Rows of `row_of`, at least one, as an Arrow table; `header` says what made the signatures (invariant 7)."""
    metadata = {VERSION_METADATA: str(SCHEMA_VERSION).encode()}
    if table is Table.SIGNATURES:
        metadata[HEADER_METADATA] = json.dumps(header, sort_keys=True).encode()
    schema = ARROW[table].with_metadata(metadata)
    left = iter(rows)
    return pa.concat_tables(
        pa.table([pa.array([_encoded(row[f.name]) for row in some], f.type) for f in schema], schema)
        for some in iter(lambda: list(islice(left, _SLICE_ROWS)), [])
    )


def _encoded(value: Any) -> Any:
    # Of a str Arrow has Python keep the UTF-8 as long as the str lives: 60 MB for 5,000 stories.
    return value.encode() if isinstance(value, str) else value


def _article_row(article: Article, run_id: str) -> Row:
    return {
        "id": article.id,
        "story_id": article.story_id,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "site": article.site,
        "title": article.title,
        "text": article.text,
        "summary": article.summary,
        "authors": article.authors,
        "section": article.section,
        "tags": article.tags,
        "language": article.language,
        "published_at": article.published_at,
        "zone_assumed": article.zone_assumed,
        "reservations": article.reservations,
        "kind": article.kind,
        "confidence": article.confidence,
        "extraction_version": article.extraction_version,
        "origin": article.origin,
        "modified_at": article.modified_at,
        "fetched_at": article.fetched_at,
        "image_url": article.image_url,
        "word_count": article.word_count,
        "content_sha256": article.content_sha256,
        "run_id": run_id,
        "schema_version": SCHEMA_VERSION,
    }


def _duplicate_row(duplicate: Duplicate, run_id: str) -> Row:
    return _article_row(duplicate.article, run_id) | {
        "duplicate_of": duplicate.duplicate_of,
        "relation": duplicate.relation.value,
        "jaccard": duplicate.jaccard,
        "containment": duplicate.containment,
    }


def _reject_row(reject: Reject, run_id: str) -> Row:
    return {
        "url": reject.url,
        "site": reject.site,
        "fetched_at": reject.fetched_at,
        "run_id": run_id,
        "reason": reject.reason.value,
        "http_status": reject.http_status,
        "detail": reject.detail,
    }


def _signature_row(outcome: Article | Duplicate, run_id: str) -> Row:
    article, relation = (outcome.article, outcome.relation.value) if isinstance(outcome, Duplicate) else (outcome, None)
    return {
        "id": article.id,
        "story_id": article.story_id,
        "relation": relation,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "discovered_url": article.discovered_url,
        "site": article.site,
        "title": article.title,
        "published_at": article.published_at,
        "modified_at": article.modified_at,
        "fetched_at": article.fetched_at,
        "content_sha256": article.content_sha256,
        "minhash": article.signature.minhash,
        "keys": article.signature.keys,
        "shingles": article.signature.shingles,
        "run_id": run_id,
        "schema_version": SCHEMA_VERSION,
    }


def _checked(table: Table, row: Row) -> Row:
    """The row with "" turned to None, after every promise of the contract was checked."""
    for column in COLUMNS[table]:
        value = row[column.name]
        complaint = _complaint(column, value)
        if complaint:
            raise InvalidRow(f"{table} row of {row.get('url', row.get('id'))!a}: column {column.name} {complaint}")
        if value == "":
            row[column.name] = None
    return row


def _complaint(column: Column, value: Any) -> str | None:
    """What is wrong with a value, or None. Each rule guards against silent damage in the Parquet part."""
    if value is None or value == "":
        return None if column.nullable else "is empty, and the contract requires it"
    if isinstance(value, datetime):
        return "is a time without time zone" if value.tzinfo is None else None
    strings: Iterable[Any] = value if isinstance(value, tuple) else (value,)
    if not all(_encodable(s) for s in strings if isinstance(s, str)):
        return "holds a lone surrogate, which UTF-8 cannot hold"
    check = _RANGES.get(column.type)
    return check(value) if check else None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _int32_complaint(value: int) -> str | None:
    return None if 0 <= value < 2**31 else f"is {value}: not a count that int32 holds"


def _ratio_complaint(value: float) -> str | None:
    return None if 0.0 <= value <= 1.0 else f"is {value}: not between 0 and 1"


def _keys_complaint(value: Sequence[int]) -> str | None:
    return None if all(0 <= key < 2**64 for key in value) else "holds a key outside 64 bits"


_RANGES: Mapping[pa.DataType, Callable[[Any], str | None]] = {
    pa.int32(): _int32_complaint,
    pa.float64(): _ratio_complaint,
    pa.list_(pa.uint64()): _keys_complaint,
}
