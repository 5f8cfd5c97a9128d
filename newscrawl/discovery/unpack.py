"""A source's bytes as text, piece by piece: gunzipped, decoded, without control characters, as far as it goes."""

from __future__ import annotations

import codecs
import itertools
import zlib
from collections.abc import Iterator

import regex
from w3lib.encoding import http_content_type_encoding

from newscrawl.text.utf8 import is_utf8

# sitemaps.org's bound on a sitemap; also bounds a gzip bomb. Read in pieces, it is never there whole as text.
MAX_BYTES = 50 * 1024 * 1024

_PIECE = 256 * 1024
# What goes into the decompressor at once: where the data is corrupt, what it had made of this much is lost.
_SLICE = 256
_GZIP = b"\x1f\x8b"
_MOST_ZIPPED = 2
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"),
)  # fmt: skip
_DECLARED = regex.compile(rb"""<\?xml[^>]{1,100}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})""", regex.I)
_CONTROL = regex.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]+")


def pieces(body: bytes, faults: list[str], content_type: str | None = None) -> Iterator[str]:
    """The text of a body. What is wrong with it is added to `faults`; never raises for what the body holds."""
    chunks = _unzipped(body, faults)
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in chunks:
        if decoder is None:
            decoder = codecs.getincrementaldecoder(_encoding(chunk, content_type))("replace")
        yield _clean(decoder.decode(chunk), faults)
    if decoder:
        yield _clean(decoder.decode(b"", final=True), faults)


def beginning(body: bytes, faults: list[str], content_type: str | None = None) -> tuple[str, Iterator[str]]:
    """The first characters that are no blanks, by which a source tells what it is; and its text from there on."""
    text = pieces(body, faults, content_type)
    for piece in text:
        if first := piece.lstrip():
            return first[:8], itertools.chain((first,), text)
    return "", text


def note(faults: list[str], fault: str) -> None:
    """Add a fault once."""
    if fault not in faults:
        faults.append(fault)


def _clean(text: str, faults: list[str]) -> str:
    if "\ufffd" in text:
        note(faults, "bytes that are not in its encoding")
    if _CONTROL.search(text):
        note(faults, "control characters")
        text = _CONTROL.sub("", text)
    return text


def _cut(body: bytes, faults: list[str]) -> Iterator[bytes]:
    if len(body) > MAX_BYTES:
        note(faults, f"over {MAX_BYTES} bytes")
    for start in range(0, min(len(body), MAX_BYTES), _PIECE):
        yield body[start : start + _PIECE]


def _unzipped(body: bytes, faults: list[str]) -> Iterator[bytes]:
    """The bytes themselves: a server may zip what a program has zipped, once more."""
    for _ in range(_MOST_ZIPPED):
        if body[:2] != _GZIP:
            break
        chunks = _gunzip(body, faults)
        first = next(chunks, b"")
        if first[:2] != _GZIP:
            return itertools.chain((first,), chunks)
        body = first + b"".join(chunks)
    return _cut(body, faults)


def _gunzip(body: bytes, faults: list[str]) -> Iterator[bytes]:
    """Every member of a gzip file, as far as each can be read."""
    done = 0
    for chunk in _merged(_members(body, faults)):
        done += len(chunk)
        if done > MAX_BYTES:
            note(faults, f"over {MAX_BYTES} bytes decompressed")
            yield chunk[: len(chunk) - (done - MAX_BYTES)]
            return
        yield chunk


def _merged(chunks: Iterator[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= _PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _members(body: bytes, faults: list[str]) -> Iterator[bytes]:
    at = 0
    while body[at : at + 2] == _GZIP:
        member = zlib.decompressobj(wbits=31)
        try:
            while at < len(body) and not member.eof:
                part = body[at : at + _SLICE]
                at += len(part)
                yield member.decompress(part, _PIECE)
                while member.unconsumed_tail:
                    yield member.decompress(member.unconsumed_tail, _PIECE)
        except zlib.error:
            note(faults, "corrupt gzip")
            return
        if not member.eof:
            note(faults, "gzip ends too early")
            return
        at -= len(member.unused_data)
    if body[at:].strip(b"\x00"):
        note(faults, "bytes behind the gzip data")


def _encoding(head: bytes, content_type: str | None) -> str:
    """UTF-8 where the bytes are, whatever is declared: a label is often a server's or a program's default."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if is_utf8(head):
        return "utf-8"
    declared = _DECLARED.search(head, 0, 1024)
    labels = (http_content_type_encoding(content_type), declared and declared[1].decode("ascii", "replace"))
    return next((name for label in labels if label and (name := _one_byte(label))), "utf-8")


def _one_byte(label: str) -> str | None:
    """The codec of a label, where it is one of text that is not UTF: those were tried."""
    try:
        codec = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    # Python has codecs that turn bytes into bytes (zlib, hex), and some that guess or run (idna, punycode).
    is_text = codec._is_text_encoding and not codec.name.startswith(("utf", "idna", "puny", "unicode", "raw", "undef"))
    return codec.name if is_text else None
