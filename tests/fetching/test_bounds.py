"""Kind: an answer without a bound. What one host sends costs that page alone: headers, compressed bodies, seconds."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import brotli
import pytest
import zstandard

from newscrawl.extraction.decode import decode
from newscrawl.fetching.http_protocol import MAX_HEAD
from newscrawl.fetching.scope import is_public
from newscrawl.text.remember import Remembered
from tests.samples import html
from tests.support import Answer, Archive, CountingWeb, scrapy

BOMB = bytes(64 * 1024 * 1024)
_GONE_ON = 60


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


def drip() -> Iterator[bytes]:
    """A byte now and then, longer than anybody waits."""
    yield html().encode()[:50]
    for _ in range(_GONE_ON):
        time.sleep(0.5)
        yield b" "


@contextmanager
def slow_headers() -> Iterator[str]:
    """A server that sends a header now and then, and never comes to the body; its URL."""
    closing = threading.Event()

    def serve(client: socket.socket) -> None:
        with suppress(OSError), client:
            client.sendall(b"HTTP/1.1 200 OK\r\n")
            while not closing.wait(0.5):
                client.sendall(b"X-More: to come\r\n")

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/shirshak-hi-shirshak-203"
        closing.set()
        listener.shutdown(socket.SHUT_RDWR)


BOMBS: dict[str, Answer] = {
    f"/bam-{name}-10{number}": (200, {"Content-Encoding": encoding}, body)
    for number, (name, encoding, body) in enumerate(
        [
            ("gzip", "gzip", gzip.compress(BOMB)),
            ("deflate", "deflate", zlib.compress(BOMB)),
            ("raw", "deflate", raw_deflate(BOMB)),
            ("brotli", "br", brotli.compress(BOMB, quality=5)),
            ("zstd", "zstd", zstandard.ZstdCompressor().compress(BOMB)),
            ("twice", "gzip, gzip", gzip.compress(gzip.compress(BOMB))),
        ]
    )
}


def test_headers_bombs_and_drips_cost_their_page_alone(tmp_path: Path, archive: Archive) -> None:
    endless = {f"X-{number}": "a" * 60 for number in range(2 * MAX_HEAD // 60)}
    with CountingWeb() as web, slow_headers() as slow:
        web.pages = BOMBS | {
            "/sir-hi-sir-201": (200, endless, html().encode()),
            "/boond-boond-202": (200, {}, drip()),
            "/jalashay-safai-101": (200, {}, html().encode()),
        }
        links = "".join(f"<item><link>{web.url}{path}</link></item>" for path in web.pages)
        links += f"<item><link>{slow}</link></item>"
        web.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, f"<rss>{links}</rss>".encode())
        (tmp_path / "sites.toml").write_text(
            f'[[site]]\nname = "one"\nhome = "{slow}"\nfeeds = ["{web.url}/feed"]\ndelay = 0\n'
        )
        result = scrapy(
            "crawl", "news", "-a", f"sites_file={tmp_path / 'sites.toml'}", "-s", "DOWNLOAD_TIMEOUT=3",
            "-s", "RETRY_TIMES=0", "-s", "ROBOTSTXT_OBEY=0",
            NEWSCRAWL_STATE_DIR=str(tmp_path / "state"), **archive.variables,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        # The headers were not asked for again: they would have no end the next time either.
        assert web.requests.count("/sir-hi-sir-201") == 1
        reasons = {row["url"].removeprefix(web.url): row["reason"] for row in archive.rows("rejects")}
    assert reasons == dict.fromkeys(BOMBS, "too_large") | {
        "/sir-hi-sir-201": "too_large",
        "/boond-boond-202": "fetch_failed",
        slow: "fetch_failed",
    }
    assert len(archive.rows("articles")) == 1


@pytest.mark.parametrize("private", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.9", "100.64.0.1"])
def test_a_private_address_is_private_in_every_form(private: str) -> None:
    a, b, c, d = map(int, private.split("."))
    high, low = a << 8 | b, c << 8 | d
    forms = [
        private,
        f"::ffff:{private}",  # IPv4-mapped
        f"::{high:x}:{low:x}",  # IPv4-compatible
        f"64:ff9b::{high:x}:{low:x}",  # NAT64
        f"64:ff9b:1::{high:x}:{low:x}",  # NAT64 of a network's own
        f"2002:{high:x}:{low:x}::1",  # 6to4
        f"2001:0:5efe::{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}",  # Teredo
        f"2a00:1450::5efe:{high:x}:{low:x}",  # ISATAP
        f"2a00:1450::200:5efe:{high:x}:{low:x}",
    ]
    assert [form for form in forms if is_public(form)] == []


def test_public_addresses_stay_public() -> None:
    for address in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"):
        assert is_public(address)
    assert is_public("64:ff9b::5db8:d70e") and is_public("64:ff9b:1::5db8:d70e")
    # 6to4, the last: by every Python, whatever it carries.
    assert not any(map(is_public, ("::1", "::", "fe80::1", "fc00::1", "224.0.0.1", "ff02::1", "2002:5db8:d70e::1")))


@pytest.mark.parametrize(
    "label",
    ["zlib", "zip", "bz2", "base64", "hex", "rot13", "uu", "quopri", "idna", "punycode", "undefined",
     "unicode_escape", "raw_unicode_escape", "utf-7", "no-such-thing", "", "zlib; charset=zlib"],
)  # fmt: skip
def test_a_label_that_is_no_charset_is_as_none(label: str) -> None:
    text = "<html><head><title>जलाशय की सफाई</title></head><body>\\u0041 शुरू</body></html>"
    assert decode(text.encode(), f"text/html; charset={label}") == text
    for meta in (f'<meta charset="{label}">', f"<META http-equiv=Content-Type content='text/html; charset={label}'>"):
        labelled = text.replace("<head>", f"<head>{meta}")
        assert "<title>जलाशय की सफाई</title>" in decode(labelled.encode(), "text/html")
        assert "\\u0041 शुरू" in decode(labelled.encode(), None)


def test_a_charset_that_browsers_know_is_taken_at_its_word() -> None:
    latin = "<html><body>café à propos</body></html>"
    assert decode(latin.encode("latin-1"), "text/html; charset=iso-8859-1") == latin
    assert decode(latin.encode("utf-16"), "text/html; charset=utf-16") == latin


def test_a_cache_of_texts_holds_none_that_is_long() -> None:
    made: list[str] = []

    def double(text: str) -> str:
        made.append(text)
        return text * 2

    doubles = Remembered(double, entries=2, longest=10)
    for text in ("short", "short", "a long text", "a long text"):
        assert doubles[text] == text * 2
    assert made == ["short", "a long text", "a long text"]
    for text in ("one", "two", "three"):
        assert doubles[text] == text * 2
        assert len(doubles) <= 2


def test_a_cache_of_several_texts_counts_their_characters_together() -> None:
    lengths = Remembered(lambda texts: sum(map(len, texts)), entries=9, longest=5)
    assert (lengths["ab", "cde"], lengths["abc", "def"]) == (5, 6)
    assert list(lengths) == [("ab", "cde")]
