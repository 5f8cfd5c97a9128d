"""Answers that are only the beginning of what there is. Scrapy takes what it can unzip; half a page is not a page."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import regex
from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response
from scrapy.utils._compression import brotli, zstd  # type: ignore[attr-defined]  # whichever this Python has

# What Scrapy calls an answer that is shorter than it says, where DOWNLOAD_FAIL_ON_DATALOSS lets it pass.
_FLAG = "dataloss"
# How a page ends that came whole.
_END = b"</html>"
# Names in a list of encodings that stand for none.
_PLAIN = (b"", b"identity")
_GZIP_HEAD = b"\x1f\x8b"
# Browsers ask for no checksum behind the data, and servers send wrong ones, or none.
_CHECKSUM, _CHECKED = bytes(8), ("incorrect data check", "incorrect length check")
_PARTIAL_CONTENT = 206
_WHOLE_RANGE = regex.compile(rb"\s*+bytes\s++0-(\d{1,15}+)/(\d{1,15}+)\s*+", regex.IGNORECASE)


class DataLossMiddleware(HttpCompressionMiddleware):
    """Scrapy's, which tells of an answer whose zipped data ends in the middle: a cache that was still writing the page,
    a program that died after its first words; and of a range that nobody asked for."""

    # Of the answer under way: each layer as it came, with its encoding.
    _layers: list[tuple[bytes, bytes]]

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Unzip an answer, with the flag where it is not whole."""
        self._layers = []
        answer: Request | Response = super().process_response(request, response)
        layers, self._layers = self._layers, []
        if not isinstance(answer, Response) or answer.body.rstrip().endswith(_END):
            return answer
        is_cut = any(body and _ends_early(body, encoding) for body, encoding in layers) or _is_range(response)
        return answer.replace(flags=[*answer.flags, _FLAG]) if is_cut else answer

    def _decode(self, body: bytes, encoding: bytes, max_size: int) -> bytes:  # type: ignore[override]
        self._layers.append((body, encoding))
        unzipped: bytes = super()._decode(body, encoding, max_size)
        return unzipped

    @staticmethod
    def _split_encodings(content_encoding: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        said = [name.strip() for name in b",".join(content_encoding).split(b",")]
        zipped = [name for name in said if name.lower() not in _PLAIN]
        return HttpCompressionMiddleware._split_encodings(zipped)


def has_lost_data(response: Response) -> bool:
    """Whether an answer is only the beginning of what the server had."""
    return _FLAG in response.flags


def _is_range(response: Response) -> bool:
    said = response.headers.get("Content-Range")
    if response.status != _PARTIAL_CONTENT or not said:
        return False
    whole = _WHOLE_RANGE.fullmatch(said)
    return whole is None or int(whole[1]) + 1 != int(whole[2])


def _ends_early(body: bytes, encoding: bytes) -> bool:
    # Scrapy has unzipped it, so that it is known to be that, and no bomb.
    return _CUT.get(encoding, _gzip_ends_early)(body)


def _gzip_ends_early(body: bytes) -> bool:
    while True:
        unzipped = zlib.decompressobj(wbits=31)
        if _zlib_ends_early(unzipped, body):
            return True
        # One member may follow on the other; what else follows is nobody's.
        body = unzipped.unused_data
        if not body.startswith(_GZIP_HEAD):
            return False


def _deflate_ends_early(body: bytes) -> bool:
    try:
        zlib.decompressobj().decompress(body, 1)
    except zlib.error:
        return _zlib_ends_early(zlib.decompressobj(wbits=-15), body)  # as Microsoft's servers send it
    return _zlib_ends_early(zlib.decompressobj(), body)


def _zlib_ends_early(unzipped: zlib._Decompress, body: bytes) -> bool:
    try:
        unzipped.decompress(body)
        if not unzipped.eof:
            unzipped.decompress(_CHECKSUM)
    except zlib.error as e:
        return not str(e).endswith(_CHECKED)
    return not unzipped.eof


def _brotli_ends_early(body: bytes) -> bool:
    unzipped = brotli.Decompressor()
    unzipped.process(body)
    return not unzipped.is_finished()


def _zstd_ends_early(body: bytes) -> bool:
    while body:
        unzipped = zstd.ZstdDecompressor()
        unzipped.decompress(body)
        if not unzipped.eof:
            return True
        body = unzipped.unused_data
    return False


_CUT: dict[bytes, Callable[[bytes], bool]] = {
    b"deflate": _deflate_ends_early,
    b"br": _brotli_ends_early,
    b"zstd": _zstd_ends_early,
}
