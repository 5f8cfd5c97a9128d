"""docs/bucket-contract.md and the code name the same columns and reasons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from newscrawl.bucket.keys import Table
from newscrawl.bucket.schema import COLUMNS
from newscrawl.items import Reason
from newscrawl.tables.stories_table import SCHEMA

TEXT = (Path(__file__).parents[2] / "docs/bucket-contract.md").read_text(encoding="utf-8")


def documented(heading: str) -> set[str]:
    """The names in the first cell of each table row below a heading."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize("table", list(COLUMNS))
def test_every_column_is_documented_and_nothing_else(table: Table) -> None:
    names = {column.name for column in COLUMNS[table]}
    if table is Table.DUPLICATES:
        names -= {column.name for column in COLUMNS[Table.ARTICLES]}
    if table is Table.REJECTS:
        names |= {reason.value for reason in Reason}
    assert documented(table.value) == names


def test_every_column_of_the_stories_table_is_documented_and_nothing_else() -> None:
    assert documented("stories") == set(SCHEMA.names)
