"""The data card: `README.md` and `croissant.json` in the bucket, so that who finds it knows what it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from newscrawl.bucket.keys import CARD_KEY, CROISSANT_KEY, Location, Table
from newscrawl.bucket.reader import commit_records
from newscrawl.bucket.rollup import committed
from newscrawl.bucket.s3 import ObjectStore
from newscrawl.bucket.s3_errors import ObjectMissing
from newscrawl.bucket.schema import COLUMNS, Column
from newscrawl.bucket.takedowns import takedowns
from newscrawl.tables.stories_table import dataset_of, files_by_day

if TYPE_CHECKING:
    from deltalake import DeltaTable

# What consumers read: the other tables are ours, and the stories table's folder holds files that count no more.
_DESCRIBED = (Table.ARTICLES, Table.DUPLICATES)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_ABOUT = "News of the Hindi web: stories as text, with their copies and revisions on other sites, deduplicated."
_LICENSE = (
    "The texts belong to their publishers, and no licence for them comes with this archive: what may be done with them "
    "is a question of the law where you are, and of what a publisher states (column reservations)."
)
_CARD = Path(__file__).with_name("data_card.md")


@dataclass(slots=True)
class Facts:
    """What the stories table says of itself."""

    stories: int = 0
    articles: int = 0
    sites: Counter[tuple[str, str]] = field(default_factory=Counter)  # by site and month
    first: date | None = None
    last: date | None = None
    words: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in some rows of the table."""
        self.stories += batch.num_rows
        self.articles += pc.sum(pc.list_value_length(batch["members"])).as_py() or 0
        self.words += pc.sum(batch["word_count"]).as_py() or 0
        days = batch["day"]
        low, high = pc.min(days).as_py(), pc.max(days).as_py()
        if low is not None:
            self.first, self.last = min(low, self.first or low), max(high, self.last or high)
        months = pc.strftime(days, "%Y-%m").to_pylist()
        self.sites.update(zip(batch["site"].to_pylist(), months, strict=True))


def write_card(store: ObjectStore, location: Location, table: DeltaTable) -> None:
    """Store both files as the table is now; one that says the same stays as it is."""
    facts = Facts()
    for paths in files_by_day(table).values():
        columns = ["day", "site", "word_count", "members"]
        for batch in dataset_of(store, location, paths).to_batches(columns=columns):
            facts.add(batch)
    header = _header(store, location)
    taken = len(takedowns(store, location))
    _put(store, location, CARD_KEY, card(location, facts, header, taken).encode(), "text/markdown")
    document = json.dumps(croissant(location, facts), indent=1, ensure_ascii=False).encode()
    _put(store, location, CROISSANT_KEY, document, "application/ld+json")


def _put(store: ObjectStore, location: Location, key: str, body: bytes, content_type: str) -> None:
    try:
        if store.get(location.key(key)) == body:
            return
    except ObjectMissing:
        pass
    store.put(location.key(key), body, content_type=content_type)


def _header(store: ObjectStore, location: Location) -> Mapping[str, Any]:
    """What made the newest signatures."""
    rolled, named = committed(store, location)
    newest = [max(named)] if named else []
    return next((record.header for record in commit_records(store, location, newest, rolled)), {})


def card(location: Location, facts: Facts, header: Mapping[str, Any], taken: int) -> str:
    """The card for people. `header`: what made the signatures; `taken`: takedowns that were carried out."""
    months = sorted({month for _, month in facts.sites})
    table = [f"| site | {' | '.join(months)} |", f"|---|{'---:|' * len(months)}"] if months else ["None yet."]
    for site in sorted({site for site, _ in facts.sites}):
        table.append(f"| {site} | {' | '.join(str(facts.sites[site, month]) for month in months)} |")
    return Template(_CARD.read_text(encoding="utf-8")).substitute(
        about=_ABOUT,
        stories=f"{facts.stories:,}",
        articles=f"{facts.articles:,}",
        words=f"{facts.words:,}",
        published=f", first published from {facts.first} to {facts.last}" if facts.first else "",
        header="\n".join(f"  - {name}: {value}" for name, value in sorted(header.items())),
        table="\n".join(table),
        taken=taken,
        license=_LICENSE,
        location=location,
    )


def croissant(location: Location, facts: Facts) -> dict[str, Any]:
    """The same for machines, as https://mlcommons.org/croissant describes it."""
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": "hindi-news",
        "description": _ABOUT,
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "license": _LICENSE,
        "url": str(location),
        "version": "1.0.0",
        "inLanguage": "hi",
        "isLiveDataset": True,
        "datePublished": str(facts.first or ""),
        "dateModified": str(facts.last or ""),
        "citeAs": f"newscrawl archive of Hindi news, {facts.stories} stories",
        "creator": {"@type": "sc:Organization", "name": "newscrawl"},
        "distribution": [
            {
                "@type": "cr:FileSet",
                "@id": f"{table.value}-parts",
                "name": f"{table.value}-parts",
                "description": f"Parts of {table.value}, by day of fetch",
                "encodingFormat": "application/vnd.apache.parquet",
                "includes": f"{table.value}/*/*.parquet",
            }
            for table in _DESCRIBED
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": table.value,
                "name": table.value,
                "field": [_field(table, column) for column in COLUMNS[table]],
            }
            for table in _DESCRIBED
        ],
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    kind = column.type.value_type if pa.types.is_list(column.type) else column.type
    name = f"{table.value}/{column.name}"
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name,
        "description": column.meaning,
        "dataType": _TYPES[kind],
        "repeated": pa.types.is_list(column.type),
        "source": {"fileSet": {"@id": f"{table.value}-parts"}, "extract": {"column": column.name}},
    }


_TYPES = {
    pa.string(): "sc:Text",
    pa.int32(): "sc:Integer",
    pa.float64(): "sc:Float",
    pa.bool_(): "sc:Boolean",
    pa.timestamp("us", tz="UTC"): "sc:DateTime",
}
