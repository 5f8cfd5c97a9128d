"""What each row of a part is known by: of a Parquet table, a WARC file or its index."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from newscrawl.bucket.keys import Table
from newscrawl.bucket.warc import cdxj_lines, held

URLS = ("url", "canonical_url", "discovered_url")
# A table has some of these.
NAMES = ("id", "site", *URLS)


def row_names(table: Table, body: bytes) -> pa.Table:
    """The columns of `NAMES` that a part has, a row each; of a WARC file, a row a page.

    Raises `ValueError` or `OSError` where the body is none of the table's.
    """
    match table:
        case Table.RAW:
            pages = [(found.page.url, found.page.discovered_url, found.page.site) for found in held(body)]
            columns = list(zip(*pages, strict=True)) or [(), (), ()]
            kind = pa.string()
            return pa.table([pa.array(c, kind) for c in columns], ["url", "discovered_url", "site"])
        case Table.CDXJ:
            return pa.table({"url": pa.array([line["url"] for line in cdxj_lines(body)], pa.string())})
        case _:
            file = pq.ParquetFile(pa.BufferReader(body))
            return file.read([name for name in file.schema_arrow.names if name in NAMES])
