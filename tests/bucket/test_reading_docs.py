"""Every command of docs/reading.md runs as it stands there, against a real archive."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pytest

from newscrawl.bucket.batch_writer import BatchWriter
from newscrawl.bucket.keys import Location, Table, new_run_id
from newscrawl.bucket.schema import ARROW, COLUMNS
from newscrawl.bucket.undo import Undo, write_undo
from newscrawl.bucket.warc import raw_page
from newscrawl.server.embedded import EmbeddedS3
from newscrawl.tables.compact import compact
from tests.bucket.samples import HEADER, NOON, article, duplicate, reject
from tests.samples import page
from tests.support import READERS, ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/reading.md").read_text(encoding="utf-8"), re.DOTALL)
LIBRARIES = ("deltalake", "duckdb", "polars")
# What will not stand beside the locked libraries is in an environment of its own: `make readers`.
APART = ("daft", "datasets", "pandas", "s3fs")
# Nobody outside is told that they are used, and no hub is asked.
QUIET = {
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "DAFT_ANALYTICS_ENABLED": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_ENDPOINT": "http://127.0.0.1:9",
}
# Daft's own threads may still run when Python ends, and abort it then, once in some dozen times on a busy machine.
# What is tried here is over by then.
END = "\nimport os, sys\nsys.stdout.flush()\nos._exit(0)\n"
# It lays the extension where DuckDB looks for it.
LOAD = """
import duckdb
from pathlib import Path
import duckdb_extension_httpfs
[file] = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
duckdb.sql(f"INSTALL '{file}'")
"""
# What each block, in its order, must print of the archive below.
EXPECTED = (
    ["nadi", "2026-11-23", "3"],
    ["पुल क्रमांक 1 खुला", "1", "nadi"],
    ["2026-11-23", "DATE", "nadi", "3"],
    ["3"],
    ["nadi", "word_count|count"],
    ["gone", "1"],
    ["None", r"\[\]"],
    ["nadi", "3"],
    [r"datetime.date\(2026, 11, 23\)", "nadi", r"\[3\]"],
    ["3 पुल क्रमांक 1 खुला Value\\('timestamp\\[us, tz=UTC\\]'\\)"],
    ["dt=2026-11-23", "3"],
    ["(category|str) 2026-11-23 True ndarray"],
    ["a00000001", "2026-11-23", "1"],
    ["khabar/1", "khabar/2"],
    ["nadi.example/khabar/2", "near"],
    ["a00000001", "पुल क्रमांक 1 खुला"],
    ["times", "1"],
    ["a00000001", "insert"],
    [r"runs/.*-.*/000001.json \['articles/dt=2026-11-23/", r"undo/a00000002.json \[\]"],
    ["https://nadi.example/khabar/4 text/html 11"],
    ["3"],
)


@pytest.fixture(scope="module")
def location(s3: EmbeddedS3) -> Location:
    """Three stories, one copy and one reject; the first batch is of a release before the newest column."""
    location = Location("newscrawl", "reading/archive")
    writer = BatchWriter(s3.store(), location, new_run_id(NOON), HEADER)
    with pytest.MonkeyPatch.context() as patch:
        for table in (Table.ARTICLES, Table.DUPLICATES):
            columns = [column for column in COLUMNS[table] if column.name != "reservations"]
            patch.setitem(COLUMNS, table, columns)  # type: ignore[arg-type]
            names = [column.name for column in columns]
            patch.setitem(ARROW, table, pa.schema([ARROW[table].field(name) for name in names]))  # type: ignore[arg-type]
        writer.write(writer.batch([article(1), duplicate(2, 1), reject(3)]))
    answered = page(b"<p>html</p>", "https://nadi.example/khabar/4", headers=(("Content-Type", "text/html"),))
    writer.write(writer.batch([article(4, raw=raw_page(answered)), article(5)]))
    writer.write_run({}, "<!doctype html>")
    compact(s3.store(), location)
    undo = Undo(article_id="a00000002", story_id="a00000001", relation="near", run_id="r", undone_at=NOON.isoformat())
    write_undo(s3.store(), location, undo)
    return location


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_command_of_the_docs_prints_what_is_in_the_bucket(
    number: int, s3: EmbeddedS3, location: Location, tmp_path: Path
) -> None:
    block = BLOCKS[number]
    apart = "LOAD httpfs" in block or any(f"import {library}\n" in block for library in APART)
    if apart and not READERS.exists():
        pytest.skip("it has libraries that will not stand beside the locked ones: make readers")
    python = str(READERS) if apart else sys.executable
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= s3.aws_env() | {"PYTHONIOENCODING": "utf-8"}
    if apart:
        environment |= QUIET | {"HOME": str(tmp_path)}
    if "LOAD httpfs" in block:
        subprocess.run([python, "-c", LOAD], env=environment, check=True)
    for library in LIBRARIES:
        if f"import {library}\n" in block and find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    assert block.count('root = "newscrawl"\n') == 1
    program = block.replace('root = "newscrawl"\n', f'root = "{location.bucket}/{location.prefix}"\n')
    done = subprocess.run(
        [python, "-c", program + (END if "import daft\n" in block else "")],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for word in EXPECTED[number]:
        assert re.search(word, done.stdout), done.stdout


def test_every_command_of_the_docs_is_tried() -> None:
    assert len(BLOCKS) == len(EXPECTED)


def test_no_table_is_read_through_python() -> None:
    """A Delta table's own `to_pandas` and `to_pyarrow_*` read in threads of Arrow that call Python: as a process ends
    these abort it, once in forty times."""
    ours = {path: path.read_text(encoding="utf-8") for path in (ROOT / "newscrawl").rglob("*.py")}
    assert not [str(path) for path, code in ours.items() if re.search(r"\.to_(pandas|pyarrow_\w+)\(", code)]
    assert not [block for block in BLOCKS if re.search(r"\btable\.to_(pandas|pyarrow_\w+)\(", block)]
