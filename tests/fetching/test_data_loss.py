"""Kind: a zipped answer that ends in the middle, as a cache sends it that is still writing it. Half a page is none."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from tests.fetching.test_bounds import raw_deflate
from tests.samples import html
from tests.support import Answer, Archive, CountingWeb, scrapy

PAGE = html().encode()
ZIPPED, DEFLATED = gzip.compress(PAGE), zlib.compress(PAGE)
WHOLE = {
    "gzip": ("gzip", ZIPPED), "deflate": ("deflate", DEFLATED), "raw": ("deflate", raw_deflate(PAGE)),
    # What browsers take, too.
    "no-sum": ("gzip", ZIPPED[:-8]), "half-a-sum": ("x-gzip", ZIPPED[:-5]), "no-adler": ("deflate", DEFLATED[:-4]),
    "wrong-sum": ("gzip", ZIPPED[:-8] + bytes(8)), "more-behind": ("gzip", ZIPPED + b"\0\0x"),
    "comment": ("gzip", gzip.compress(PAGE + b"<!-- from the cache -->")),
}  # fmt: skip
CUT = {
    "gzip-cut": ("gzip", ZIPPED[: len(ZIPPED) * 2 // 3]), "last-bytes": ("gzip", ZIPPED[:-20]),
    "deflate-cut": ("deflate", DEFLATED[: len(DEFLATED) * 2 // 3]),
}  # fmt: skip


def test_half_a_page_has_its_reject_and_a_whole_one_is_stored_whatever_its_checksum(
    tmp_path: Path, archive: Archive
) -> None:
    pages: dict[str, Answer | list[Answer]] = {
        f"/khabar-ek-do-{name}-101": (200, {"Content-Encoding": encoding}, body)
        for name, (encoding, body) in (WHOLE | CUT).items()
    }
    links = "".join(f"<item><link>{path}</link></item>" for path in pages)
    pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, f"<rss>{links}</rss>".encode())
    # A listing is read as far as it came.
    listing = gzip.compress("".join(f'<a href="{path}">{n}</a>' for n, path in enumerate(pages)).encode())[:-12]
    pages["/desh/"] = (200, {"Content-Encoding": "gzip"}, listing)
    with CountingWeb(pages) as web:
        (tmp_path / "sites.toml").write_text(
            f'[[site]]\nname = "one"\nhome = "{web.url}"\nfeeds = ["{web.url}/feed"]\nsections = ["{web.url}/desh/"]\n'
            "delay = 0\n"
        )
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), **archive.variables,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        refused = {row["url"]: (row["reason"], row["http_status"]) for row in archive.rows("rejects")}
        stored = {row["url"] for table in ("articles", "duplicates") for row in archive.rows(table)}
        [report] = [archive.document(name) for name in archive.names() if name.endswith("/run.json")]
    assert report["sources_partly"] == {f"{web.url}/desh/": "its zipped body ends too early"}
    assert stored == {f"{web.url}/khabar-ek-do-{name}-101" for name in WHOLE}
    assert refused == {f"{web.url}/khabar-ek-do-{name}-101": ("fetch_failed", 200) for name in CUT}
