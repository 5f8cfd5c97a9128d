"""Zipped answers that end too early. Scrapy unzips what there is of them; half a page is not a page."""

from __future__ import annotations

import zlib

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response

# What Scrapy calls an answer that is shorter than it says, where DOWNLOAD_FAIL_ON_DATALOSS lets it pass.
_FLAG = "dataloss"
_ZIPPED = (b"gzip", b"x-gzip", b"deflate")
# How a page ends that came whole.
_END = b"</html>"
# Browsers ask for no checksum behind the data, and servers send wrong ones, or none.
_CHECKSUM, _CHECKED = bytes(8), ("incorrect data check", "incorrect length check")


class DataLossMiddleware(HttpCompressionMiddleware):
    """Scrapy's, which tells of an answer whose gzip or deflate data ends in the middle: a cache that was still writing
    the page, a program that died after its first words."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Unzip an answer, with the flag where it is not whole."""
        encodings = response.headers.getlist("Content-Encoding")
        answer: Request | Response = super().process_response(request, response)
        if answer is response or not isinstance(answer, Response) or answer.body.rstrip().endswith(_END):
            return answer
        is_zipped = [encoding.strip().lower() for encoding in encodings] in [[known] for known in _ZIPPED]
        return answer.replace(flags=[*answer.flags, _FLAG]) if is_zipped and _ends_early(response.body) else answer


def has_lost_data(response: Response) -> bool:
    """Whether an answer is only the beginning of what the server had."""
    return _FLAG in response.flags


def _ends_early(body: bytes) -> bool:
    unzipped = zlib.decompressobj(wbits=47)  # of gzip or deflate, by its head
    try:
        unzipped.decompress(body)  # Scrapy has seen that it is no bomb
        if not unzipped.eof:
            unzipped.decompress(_CHECKSUM)
    except zlib.error as e:
        # Deflate without a head, as Microsoft's servers send it, cannot be told.
        return not str(e).endswith((*_CHECKED, "incorrect header check"))
    return not unzipped.eof
