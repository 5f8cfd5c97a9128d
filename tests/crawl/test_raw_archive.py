"""What servers answered lies in the bucket with the rows, and is read again without a request."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from newscrawl.bucket.warc import cdxj_lines
from tests.crawl.small_sites import NOW, Web, urlset
from tests.crawl.test_story_pages import PARTS, story
from tests.samples import OTHER, STORY, html
from tests.support import Archive, scrapy

HOCKEY = html(OTHER, "हॉकी का फाइनल").encode()
PAGES = "/jalashay-safai-kaam-101"


@pytest.fixture
def web() -> Iterator[Web]:
    """A story of two pages, one sent compressed, a page that is no story, one that is gone, one that is reserved."""
    with ExitStack() as stack:
        made = Web(stack)
        reserved = html(STORY, "आरक्षित").replace("<head>", '<head><meta name="tdm-reservation" content="1">').encode()
        site = made.site("whole", story(PAGES, last=2), sitemaps=["/news.xml"])
        site.pages |= {
            "/khabar-hockey-102": (200, {"Content-Encoding": "gzip", "X-Naam": "hockey"}, gzip.compress(HOCKEY)),
            "/khabar-khaali-103": (200, {}, b"<html><body><p>nothing</p></body></html>"),
            "/khabar-aarakshit-104": (200, {}, reserved),
        }
        paths = (PAGES, "/khabar-hockey-102", "/khabar-khaali-103", "/khabar-aarakshit-104", "/khabar-gayab-105")
        site.pages["/news.xml"] = urlset(*((path, NOW) for path in paths))
        yield made


def answers(archive: Archive) -> dict[str, tuple[Any, bytes]]:
    """Header and body of each answer, by path, as a library reads them that did not write them."""
    found = {}
    for name in archive.names():
        if name.endswith(".warc.gz"):
            for record in ArchiveIterator(io.BytesIO(archive.body(name)), record_types=WarcRecordType.response):
                path = record.headers["WARC-Target-URI"].split("/", 3)[3]
                found[f"/{path}"] = (record.http_headers, record.reader.read())
    return found


def bucket(archive: Archive, folder: Path, *words: str) -> Any:
    return scrapy("bucket", *words, NEWSCRAWL_STATE_DIR=str(folder / "state"), **archive.variables)


def test_answers_are_kept_with_their_rows_and_read_again(web: Web, tmp_path: Path, archive: Archive) -> None:
    report, _ = web.crawl(tmp_path, archive, NEWSCRAWL_WARC="1")
    assert (report["funnel"]["fetched"], report["funnel"]["articles"], report["funnel"]["rejects"]) == (5, 2, 3)
    found = answers(archive)
    assert set(found) == {PAGES, f"{PAGES}?page=2", "/khabar-hockey-102", "/khabar-khaali-103"}
    headers, body = found["/khabar-hockey-102"]
    assert body == HOCKEY and headers["X-Naam"] == "hockey" and "Content-Encoding" not in headers
    [record] = archive.records()
    raw, index = (next(part for part in record["objects"] if part["table"] == t) for t in ("raw", "cdxj"))
    assert (raw["rows"], index["rows"]) == (4, 4)
    lines = {line["url"]: line for line in cdxj_lines(archive.body(index["key"]))}
    for row in (*archive.rows("articles"), *archive.rows("rejects")):
        if row["url"] in lines:
            where = lines[row["url"]]
            offset, length = int(where["offset"]), int(where["length"])
            member = gzip.decompress(archive.body(where["filename"])[offset : offset + length])
            assert f"WARC-Target-URI: {row['url']}\r\n".encode() in member
    assert {row["extraction_version"] for row in archive.rows("articles")} == {record["extraction_version"]}
    checked = bucket(archive, tmp_path, "check")
    assert checked.returncode == 0, checked.stdout
    before, asked = archive.names(), len(web.hosts["whole"].requests)
    again = bucket(archive, tmp_path, "reextract")
    assert again.returncode == 0, again.stderr
    assert "reextracted 0 pages of 0 raw parts: 0 new rows" in again.stdout
    assert archive.names() == before and len(web.hosts["whole"].requests) == asked


def test_without_the_setting_nothing_of_it_is_there(web: Web, tmp_path: Path, archive: Archive) -> None:
    web.crawl(tmp_path, archive)
    assert not [name for name in archive.names() if name.startswith(("raw/", "cdxj/"))]


# Half a minute: `make faults`.
@pytest.mark.faults
def test_a_takedown_takes_what_was_answered(web: Web, tmp_path: Path, archive: Archive) -> None:
    web.crawl(tmp_path, archive, NEWSCRAWL_WARC="1")
    url = web.hosts["whole"].url + PAGES
    asked = bucket(archive, tmp_path, "forget", url)
    assert "1 of raw" in asked.stdout
    done = bucket(archive, tmp_path, "forget", url, "--yes")
    assert done.returncode == 0, done.stderr
    assert set(answers(archive)) == {"/khabar-hockey-102", "/khabar-khaali-103"}
    held = b"".join(gzip.decompress(archive.body(n)) for n in archive.names() if n.endswith(".warc.gz"))
    held += b"".join(archive.body(n) for n in archive.names() if n.endswith(".cdxj"))
    for word in (PAGES, *PARTS[1].split("\n")):
        assert word.encode() not in held
    archive.check()
    assert bucket(archive, tmp_path, "check").returncode == 0
    for name in archive.names():
        if name.startswith("cdxj/"):
            for line in cdxj_lines(archive.body(name)):
                offset, length = int(line["offset"]), int(line["length"])
                assert line["url"].encode() in gzip.decompress(archive.body(line["filename"])[offset:][:length])


@pytest.mark.faults  # as the takedown of a page, with two crawls more
def test_a_site_that_is_taken_down_leaves_no_raw_object(web: Web, tmp_path: Path, archive: Archive) -> None:
    web.crawl(tmp_path, archive, NEWSCRAWL_WARC="1")
    assert bucket(archive, tmp_path, "forget", "--site", "whole", "--yes").returncode == 0
    assert not [name for name in archive.names() if name.startswith(("raw/", "cdxj/"))]
    assert bucket(archive, tmp_path, "check").returncode == 0
