"""Kind: an answer that ends in the middle, as a cache sends it that is still writing it. Half a page is none."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import brotli
import zstandard

from tests.fetching.test_bounds import raw_deflate
from tests.samples import html
from tests.support import Answer, Archive, CountingWeb, scrapy

PAGE = html().encode()
ZIPPED, DEFLATED, RAW = gzip.compress(PAGE), zlib.compress(PAGE), raw_deflate(PAGE)
BROTLI, TWO_FRAMES = brotli.compress(PAGE), b"".join(map(zstandard.compress, (PAGE[:700], PAGE[700:])))
# Longer than what Scrapy unzips at a time.
LONG = zstandard.compress(PAGE.replace(b"</body>", b"<p>%s</p></body>" % b" ".join(b"%d" % n for n in range(50_000))))
COMMENT = b"<!-- from the cache -->"
WHOLE = {
    "gzip": ("gzip", ZIPPED), "deflate": ("deflate", DEFLATED), "raw": ("deflate", RAW),
    # What browsers take, too.
    "no-sum": ("gzip", ZIPPED[:-8]), "half-a-sum": ("x-gzip", ZIPPED[:-5]), "no-adler": ("deflate", DEFLATED[:-4]),
    "wrong-sum": ("gzip", ZIPPED[:-8] + bytes(8)), "more-behind": ("gzip", ZIPPED + b"\0\0x"),
    "comment": ("gzip", gzip.compress(PAGE + COMMENT)), "raw-comment": ("deflate", raw_deflate(PAGE + COMMENT)),
    "brotli": ("br", brotli.compress(PAGE + COMMENT)), "two-frames": ("zstd", TWO_FRAMES + zstandard.compress(COMMENT)),
    "two-members": ("gzip", gzip.compress(PAGE[:700]) + gzip.compress(PAGE[700:] + COMMENT)),
    # Names that stand for no encoding.
    "nothing-behind": ("gzip,", ZIPPED), "identity": ("gzip, identity", ZIPPED), "first": ("Identity", PAGE),
}  # fmt: skip
CUT = {
    "gzip-cut": ("gzip", ZIPPED[: len(ZIPPED) * 2 // 3]), "last-bytes": ("gzip", ZIPPED[:-20]),
    "deflate-cut": ("deflate", DEFLATED[: len(DEFLATED) * 2 // 3]), "raw-cut": ("deflate", RAW[: len(RAW) * 2 // 3]),
    "brotli-cut": ("br", BROTLI[: len(BROTLI) * 2 // 3]), "zstd-cut": ("zstd", LONG[: len(LONG) * 9 // 10]),
    "second-member-cut": ("gzip", gzip.compress(PAGE[:700]) + gzip.compress(PAGE[700:])[:-100]),
    "inner-cut": ("gzip, gzip", gzip.compress(ZIPPED[: len(ZIPPED) * 2 // 3])), "capitals-cut": ("GZIP", ZIPPED[:-300]),
}  # fmt: skip


def test_half_a_page_has_its_reject_and_a_whole_one_is_stored_whatever_its_checksum(
    tmp_path: Path, archive: Archive
) -> None:
    pages: dict[str, Answer | list[Answer]] = {
        f"/khabar-ek-do-{name}-101": (200, {"Content-Encoding": encoding}, body)
        for name, (encoding, body) in (WHOLE | CUT).items()
    }
    half = len(PAGE) // 2
    for name, end in (("range", half), ("all", len(PAGE))):
        said = {"Content-Range": f"bytes 0-{end - 1}/{len(PAGE)}"}
        pages[f"/khabar-ek-do-{name}-101"] = (206, said, PAGE[:end])
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
    assert report["sources_partly"] == {f"{web.url}/desh/": "its body ends too early"}
    assert stored == {f"{web.url}/khabar-ek-do-{name}-101" for name in (*WHOLE, "all")}
    cut = {f"{web.url}/khabar-ek-do-{name}-101": ("fetch_failed", 200) for name in CUT}
    assert refused == cut | {f"{web.url}/khabar-ek-do-range-101": ("fetch_failed", 206)}
