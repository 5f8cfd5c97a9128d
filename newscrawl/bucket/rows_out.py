"""Rows as other programs take them: CSV, JSON lines, Parquet. Batch by batch, so that any number goes through."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

# Rows of a Parquet row group: a few MB of text.
_GROUP_ROWS = 1_000


def write_csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: BinaryIO) -> None:
    """Comma-separated, a line feed after each row, names first. Null is empty, lists and structs are JSON."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(schema.names)
    for batch in batches:
        writer.writerows([_cell(value) for value in row.values()] for row in batch.to_pylist())
    text.detach()


def write_json(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: BinaryIO) -> None:
    """A JSON object a line, in UTF-8; times in ISO 8601."""
    for batch in batches:
        for row in batch.to_pylist():
            out.write(_json(row).encode() + b"\n")


def write_json_gz(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: BinaryIO) -> None:
    """JSON lines, compressed with gzip; the same rows give the same bytes."""
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed:
        write_json(schema, batches, packed)  # type: ignore[arg-type]  # as far as it is used here it is one


def write_parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: BinaryIO) -> None:
    """One Parquet file, zstd."""
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=_GROUP_ROWS)


Writer = Callable[[pa.Schema, Iterable[pa.RecordBatch], BinaryIO], None]
WRITERS: Mapping[str, Writer] = {
    "csv": write_csv,
    "json": write_json,
    "jsonl.gz": write_json_gz,
    "parquet": write_parquet,
}


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return _json(value)
    if isinstance(value, bytes):
        return plain(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _json(value: Any) -> str:
    """A value, most often a row, as JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=plain)
    except ValueError:  # looked for only then: it takes longer than all the rest
        return json.dumps(_finite(value), ensure_ascii=False, default=plain)


def _finite(value: Any) -> Any:
    """The value with null for what JSON has no number for: NaN and the infinities."""
    match value:
        case dict():
            return {name: _finite(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_finite(inner) for inner in value]
        case float() if not math.isfinite(value):
            return None
    return value


def plain(value: Any) -> Any:
    """A value as JSON has it: times in ISO 8601, sums and decimals as numbers, bytes as DuckDB prints them."""
    match value:
        case Decimal() if value.is_finite():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytes():
            return value.decode("ascii", "backslashreplace")
        case date():
            return value.isoformat()
    return str(value)


def of_own_name(schema: pa.Schema) -> pa.Schema:
    """The schema with a name of its own for each column, as a row that is an object needs: a second `id` is `id_1`."""
    names: list[str] = []
    for name in schema.names:
        number, told = 0, name
        while told in names or (number and told in schema.names):
            number += 1
            told = f"{name}_{number}"
        names.append(told)
    return pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)], schema.metadata)
