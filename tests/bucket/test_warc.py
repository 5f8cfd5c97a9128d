"""WARC files as others read them: by a second library, by its index, and back into pages."""

from __future__ import annotations

import gzip
import io
import json
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cdxj_indexer.main import main as cdxj_indexer
from fastwarc.warc import ArchiveIterator, WarcRecordType

from newscrawl.bucket.keys import Table, is_part_key, parse_part_key, part_key
from newscrawl.bucket.warc import cdxj, held, only, raw_page, warc_file
from newscrawl.items import Hint, LaterPage, Page
from tests.samples import OTHER, html, page

NAME = "raw/dt=2026-11-20/20261120T060000Z-abcdef-000001.warc.gz"
TYPE = ("Content-Type", "text/html; charset=utf-8")
HEADERS = (TYPE, ("Content-Encoding", "br"), ("X-Naam", "\xe0"))


def pages() -> list[Page]:
    told = datetime(2026, 11, 20, 5, tzinfo=UTC)
    later = LaterPage(url="https://a.example/x?page=2", body=b"<p>2</p>", content_type="text/html", headers=())
    return [
        page(html(), headers=HEADERS, later=(later,), announced=True, reservations=("ai",)),
        page(
            html(OTHER), "https://b.example/?q=%E0&b=1&a=2", headers=(TYPE,), hint=Hint(title="खबर", published_at=told)
        ),
        page(b"\xff\x00", "https://c.example/", headers=(TYPE,), status=203, site="c", language="en", named=True),
    ]


def written() -> tuple[bytes, bytes]:
    body, entries = warc_file(NAME, "run", "newscrawl/0", map(raw_page, pages()))
    return body, cdxj(NAME, entries)


def test_a_second_library_reads_every_record_and_finds_its_digests_right() -> None:
    body, _ = written()
    kinds, bodies = [], []
    for record in ArchiveIterator(io.BytesIO(body), WarcRecordType.any_type, parse_http=False):
        kinds.append(record.headers["WARC-Type"])
        assert record.verify_block_digest()
        if record.record_type == WarcRecordType.response:
            record.parse_http()
            bodies.append(record.reader.read())
            assert int(record.http_headers["Content-Length"]) == len(bodies[-1])
            assert "Content-Encoding" not in record.http_headers, "the body is not compressed"
    assert kinds == ["warcinfo", *["response"] * 2, "metadata", *["response", "metadata"] * 2]
    first, second, third = pages()
    assert bodies == [first.body, first.later[0].body, second.body, third.body]


def test_the_index_is_the_one_that_the_common_indexer_makes(tmp_path: Path) -> None:
    body, index = written()
    (tmp_path / "x.warc.gz").write_bytes(body)
    said = io.StringIO()
    with redirect_stdout(said):
        cdxj_indexer(["--records", "response", "--sort", str(tmp_path / "x.warc.gz")])
    assert index.decode().replace(NAME, "x.warc.gz") == said.getvalue()


def test_each_line_of_the_index_leads_to_its_answer_alone() -> None:
    body, index = written()
    for line in index.decode().splitlines():
        where = json.loads(line.split(" ", 2)[2])
        member = gzip.decompress(body[int(where["offset"]) :][: int(where["length"])]).decode("utf-8", "replace")
        assert member.startswith("WARC/1.1\r\n") and member.count("WARC/1.1") == 1
        assert f"WARC-Target-URI: {where['url']}\r\n" in member


def test_pages_come_back_as_they_were_fetched() -> None:
    body, _ = written()
    bare = {"headers": None, "later": ()}
    found = [held_page.page for held_page in held(body)]
    assert [replace(p, **bare) for p in found] == [replace(p, **bare) for p in pages()]
    assert [(part.url, part.body) for part in found[0].later] == [("https://a.example/x?page=2", b"<p>2</p>")]


def test_the_same_pages_give_the_same_bytes() -> None:
    assert written() == written()


@pytest.mark.parametrize("kept", [(True, False, True), (False, True, True), (True, True, True), (False, False, False)])
def test_pages_that_go_leave_no_word_and_the_others_are_found(kept: tuple[bool, ...]) -> None:
    body, _ = written()
    left, entries = only(body, kept)
    assert [e.url for e in entries if "page=2" not in e.url] == [
        p.url for p, keep in zip(pages(), kept, strict=True) if keep
    ]
    assert not any(kept) or only(left, [True] * sum(kept)) == (left, entries), "once more changes nothing"
    for entry in entries:
        assert entry.url in gzip.decompress(left[entry.offset :][: entry.length]).decode("utf-8", "replace")
    for p, keep in zip(pages(), kept, strict=True):
        assert (p.url.encode() in (gzip.decompress(left) if left else b"")) is keep


@pytest.mark.parametrize(
    "header",
    [("X-\xe0", "v"), ("X-A", "1\r\n\r\n<html>"), ("X\nWARC-Type", "v"), ("X", "a\x00b"), ("", ""), ("X:", "v")],
)
def test_a_header_of_any_bytes_stays_one_line(header: tuple[str, str]) -> None:
    hostile = page(html(), headers=(header, TYPE), hint=Hint(title="\ud800"))
    body, entries = warc_file(NAME, "run", "newscrawl/0", [raw_page(hostile)])
    [found] = held(body)
    assert (found.page.body, found.page.content_type, found.page.hint) == (hostile.body, TYPE[1], hostile.hint)
    for record in ArchiveIterator(io.BytesIO(body), record_types=WarcRecordType.response):
        assert record.http_headers["Content-Type"] == TYPE[1] and record.reader.read() == hostile.body
    assert len(entries) == 1


def test_what_is_no_warc_file_is_refused() -> None:
    for body in (b"PAR1", gzip.compress(b"<html>")):
        with pytest.raises(ValueError, match="no WARC file"):
            list(held(body))


@pytest.mark.parametrize("table", list(Table))
def test_a_key_is_ours_only_with_the_ending_of_its_table(table: Table) -> None:
    key = part_key(table, datetime(2026, 11, 20, tzinfo=UTC).date(), "20261120T060000Z-abcdef", 7)
    assert is_part_key(key) and parse_part_key(key) == ("20261120T060000Z-abcdef", 7)
    assert not is_part_key(key + ".gz") and not is_part_key(key.removesuffix(table.suffix) + ".json")
