"""Rows as other programs take them: CSV, JSON lines, Parquet. Batch by batch, so that any number goes through."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
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
            out.write(json.dumps(row, ensure_ascii=False, default=plain).encode() + b"\n")


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
        return json.dumps(value, ensure_ascii=False, default=plain)
    return value.isoformat() if isinstance(value, datetime) else value


def plain(value: Any) -> Any:
    """A value as JSON has it: times in ISO 8601."""
    return value.isoformat() if isinstance(value, date) else str(value)
